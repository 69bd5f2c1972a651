use super::figures_in;

#[test]
fn figures_are_found_behind_any_name() {
    let said = "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\
                \"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"\n\
                \"MSET (10 keys)\",\"1000.50\",\"2.0\",\"0.1\",\"1.9\",\"3.0\",\"4.5\",\"9.9\"";
    assert_eq!(figures_in(said), Some((1000.5, 4.5)));
    assert_eq!(figures_in("no figures"), None);
}
