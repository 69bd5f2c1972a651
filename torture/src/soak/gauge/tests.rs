use super::Gauge;

fn gauge(values: impl IntoIterator<Item = f64>) -> Gauge {
    let mut gauge = Gauge::default();
    for (value, second) in values.into_iter().zip(0_u32..) {
        gauge.add(f64::from(second), value);
    }
    gauge
}

#[test]
fn a_line_grows_by_its_slope() {
    let line = gauge((0..100).map(|second| 50.0 + 0.5 * f64::from(second)));
    assert!((line.growth() - 49.5).abs() < 0.001, "{}", line.growth());
    assert_eq!(line.summary("MB"), "50.0 to 99.5 MB, 74.8 on average, +1800.0 per hour");
}

#[test]
fn saw_teeth_do_not_grow() {
    let teeth = gauge((0..300).map(|second| f64::from(second % 10)));
    assert!(teeth.growth().abs() < 0.5, "{}", teeth.growth());
}

#[test]
fn what_was_never_measured_does_not_grow() {
    assert!(gauge([]).growth().abs() < 0.001);
    assert_eq!(gauge([]).plot(), "");
}

#[test]
fn a_plot_is_high_where_values_are() {
    assert_eq!(gauge([0.0, 50.0, 100.0]).plot(), "▁▄█");
}
