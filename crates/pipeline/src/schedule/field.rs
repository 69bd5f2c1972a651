//! One field of a schedule: `*`, `5`, `1-5`, `*/15`, `mon,fri`, `8-18/2`.

/// What a field may hold.
#[derive(Debug)]
pub(super) struct Range {
    name: &'static str,
    min: u32,
    max: u32,
    /// Words for the numbers from `min` on; three letters are enough.
    words: &'static [&'static str],
}

pub(super) const MINUTE: Range = Range { name: "minute", min: 0, max: 59, words: &[] };
pub(super) const HOUR: Range = Range { name: "hour", min: 0, max: 23, words: &[] };
pub(super) const DAY_OF_MONTH: Range = Range { name: "day_of_month", min: 1, max: 31, words: &[] };
pub(super) const MONTH: Range = Range { name: "month", min: 1, max: 12, words: &MONTHS };
// 7 is Sunday as well.
pub(super) const DAY_OF_WEEK: Range = Range { name: "day_of_week", min: 0, max: 7, words: &DAYS };

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The numbers of a field, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    bits: u64,
    /// Whether it is `*`, which leaves the choice to other fields.
    pub(super) any: bool,
}

impl Field {
    pub(super) fn parse(range: &Range, text: &str) -> Result<Self, FieldError> {
        let mut bits = 0;
        for part in text.split(',') {
            bits |= part_bits(range, part)?;
        }
        if range.max == DAY_OF_WEEK.max && bits & (1 << 7) != 0 {
            bits = (bits | 1) & !(1 << 7);
        }
        Ok(Self { bits, any: text.starts_with('*') && !text.contains([',', '/']) })
    }

    pub(super) fn has(self, number: u32) -> bool {
        number < u64::BITS && self.bits & (1 << number) != 0
    }

    /// The numbers, small ones first.
    pub(super) fn numbers(self) -> Vec<u32> {
        (0..u64::BITS).filter(|number| self.has(*number)).collect()
    }
}

fn part_bits(range: &Range, part: &str) -> Result<u64, FieldError> {
    let wrong =
        || FieldError { part: part.to_owned(), name: range.name, min: range.min, max: range.max };
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => {
            (span, Some(step.parse::<u32>().ok().filter(|step| *step > 0).ok_or_else(wrong)?))
        }
        None => (part, None),
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" => (range.min, range.max),
        Some((first, last)) => {
            (number(range, first).ok_or_else(wrong)?, number(range, last).ok_or_else(wrong)?)
        }
        None => {
            let first = number(range, span).ok_or_else(wrong)?;
            (first, if step.is_some() { range.max } else { first })
        }
    };
    let step = step.unwrap_or(1);
    let numbers: Vec<u32> = if first <= last {
        (first..=last).collect()
    } else {
        // `22-2` and `fri-mon` go over the end.
        (first..=range.max).chain(range.min..=last).collect()
    };
    let stride = usize::try_from(step).map_err(|_| wrong())?;
    Ok(numbers.into_iter().step_by(stride).fold(0, |bits, number| bits | (1 << number)))
}

fn number(range: &Range, text: &str) -> Option<u32> {
    let by_word = || {
        let small = text.to_ascii_lowercase();
        let at = range.words.iter().position(|word| {
            let word = word.to_ascii_lowercase();
            small.len() >= 3 && (word == small || (small.len() == 3 && word.starts_with(&small)))
        })?;
        u32::try_from(at).ok().map(|at| at + range.min)
    };
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        let number = text.parse().ok()?;
        return (range.min..=range.max).contains(&number).then_some(number);
    }
    by_word()
}

/// Why a field was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is not a {name} from {min} to {max}")]
pub struct FieldError {
    part: String,
    name: &'static str,
    min: u32,
    max: u32,
}
