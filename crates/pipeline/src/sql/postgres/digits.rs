//! Which digits of a number a column keeps; the server would round the others away.

use tabular::{Column, Kind};

use super::super::number;

/// What a column keeps of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Digits {
    /// All that the server does not refuse.
    #[default]
    All,
    /// So many after the point.
    AfterPoint(i64),
    /// Those of a double.
    Double,
}

impl Digits {
    /// The first row of `column` with a number that would be rounded, and why.
    pub(super) fn lost(self, column: &Column) -> Option<(usize, String)> {
        if self == Self::All || !matches!(column.kind(), Kind::Number | Kind::Integer) {
            return None;
        }
        let mut cells = column.cells().iter().enumerate();
        cells.find_map(|(row, text)| Some((row, self.problem(text?)?)))
    }

    fn problem(self, text: &str) -> Option<String> {
        match self {
            Self::All => None,
            Self::AfterPoint(held) => {
                let digits = number::scale(text).filter(|digits| *digits > held)?;
                Some(format!(
                    "needs {digits} digits after the point, the column has {held}; \
                     set a larger `scale` on the field, or alter the column to `numeric`"
                ))
            }
            Self::Double => {
                let is_exact = text == "NaN" || number::stored(text).is_some_and(in_double);
                (!is_exact).then(|| {
                    "has more digits than a double keeps; alter the column to `numeric`".into()
                })
            }
        }
    }
}

/// Whether a stored number is the same as a double.
fn in_double(stored: number::Stored) -> bool {
    const EXACT_MAX: u64 = 1 << 53;
    match stored {
        number::Stored::Integer(whole) => whole.unsigned_abs() <= EXACT_MAX,
        number::Stored::Double(_) => true,
    }
}
