use super::{Contender, Figures, Outcome, Work, table};

#[test]
fn table_shows_how_many_times_the_throughput_of_others_we_have() {
    let work = Work { operation: "put", bytes: 64, clients: 16 };
    let outcome = |contender, per_second| {
        let figures =
            Figures { per_second, p50_ms: 1.0, p99_ms: 2.0, server_us: 10.0, client_us: 5.0 };
        Outcome { work, contender, figures }
    };
    let text = table(&[outcome(Contender::Thorp, 5000.0), outcome(Contender::Etcd, 1000.0)]);
    assert!(text.lines().last().unwrap().ends_with(" 5.00"), "{text}");
}
