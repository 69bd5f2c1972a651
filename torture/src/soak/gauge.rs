//! What was measured again and again, and whether it grows.

/// Measured values with the seconds at which they were.
#[derive(Debug, Clone, Default)]
pub(super) struct Gauge {
    samples: Vec<(f64, f64)>,
}

/// Letters for small and large values.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Widest plot, in letters.
const PLOT_WIDTH: usize = 90;

const SECONDS_OF_HOUR: f64 = 3_600.0;

impl Gauge {
    pub(super) fn add(&mut self, seconds: f64, value: f64) {
        self.samples.push((seconds, value));
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.samples.len()).unwrap_or(u32::MAX)).max(1.0)
    }

    pub(super) fn mean(&self) -> f64 {
        self.samples.iter().map(|(_, value)| value).sum::<f64>() / self.count()
    }

    /// By how much the value grows in a second: the slope of the line of least squares.
    fn slope(&self) -> f64 {
        let mean = self.mean();
        let middle = self.samples.iter().map(|(seconds, _)| seconds).sum::<f64>() / self.count();
        let (mut above, mut below) = (0.0, 0.0);
        for (seconds, value) in &self.samples {
            above += (seconds - middle) * (value - mean);
            below += (seconds - middle) * (seconds - middle);
        }
        if below > 0.0 { above / below } else { 0.0 }
    }

    /// By how much the line of least squares grows from the first sample to the last one.
    pub(super) fn growth(&self) -> f64 {
        let (first, last) = (self.samples.first(), self.samples.last());
        let span = last.zip(first).map_or(0.0, |((last, _), (first, _))| last - first);
        self.slope() * span
    }

    fn ends(&self) -> (f64, f64) {
        let values = || self.samples.iter().map(|(_, value)| *value);
        (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
    }

    pub(super) fn summary(&self, unit: &str) -> String {
        let ((least, most), mean) = (self.ends(), self.mean());
        let hourly = self.slope() * SECONDS_OF_HOUR;
        format!("{least:.1} to {most:.1} {unit}, {mean:.1} on average, {hourly:+.1} per hour")
    }

    /// The course of the value, from 0 to the largest.
    pub(super) fn plot(&self) -> String {
        let (_, most) = self.ends();
        let step = self.samples.len().div_ceil(PLOT_WIDTH).max(1);
        let bar = |(_, value): &(f64, f64)| {
            let share = value / most.max(1.0) * 8.0;
            let level = BARS.iter().zip(1_u32..).find(|(_, level)| share <= f64::from(*level));
            level.map_or('█', |(bar, _)| *bar)
        };
        self.samples.iter().step_by(step).map(bar).collect()
    }
}

#[cfg(test)]
mod tests;
