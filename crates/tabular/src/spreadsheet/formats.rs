//! What the number format of a cell says about the moments in it.

use calamine::Style;

/// Which parts of a moment a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Moment {
    /// The day alone.
    Date,
    /// The time of day, perhaps with the day.
    #[default]
    Time,
}

impl Moment {
    /// What cells of this style show.
    pub(super) fn of_style(style: &Style) -> Self {
        style.number_format.as_ref().map_or(Self::Time, |format| Self::of_code(&format.format_code))
    }

    /// What a format code such as `yyyy-mm-dd hh:mm` shows.
    pub(super) fn of_code(code: &str) -> Self {
        let (mut date, mut time) = (false, false);
        let mut rest = code.chars();
        while let Some(c) = rest.next() {
            match c {
                // What follows is literal: one character, or all up to the closing quote.
                '\\' | '_' | '*' => drop(rest.next()),
                '"' => drop(rest.by_ref().find(|c| *c == '"')),
                '[' => drop(rest.by_ref().find(|c| *c == ']')),
                ';' => break,
                'y' | 'Y' | 'd' | 'D' => date = true,
                'h' | 'H' | 's' | 'S' => time = true,
                _ => {}
            }
        }
        if date && !time { Self::Date } else { Self::Time }
    }
}
