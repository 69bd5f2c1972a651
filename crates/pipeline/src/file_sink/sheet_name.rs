//! The name of a sheet, made of the name of a resource.

/// Longest name of a sheet, in the units of UTF-16 that Excel counts.
const UNITS_MAX: usize = 31;

/// `name` as far as Excel takes it: letters that it refuses become `_`, the rest is cut.
///
/// A workbook has one sheet, so nothing needs to tell two of them apart.
pub(super) fn of_resource(name: &str) -> String {
    let mut units = 0;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units <= UNITS_MAX
    };
    let allowed = |letter: char| match letter {
        '/' | '\\' | '?' | '*' | '[' | ']' | ':' => '_',
        letter if letter.is_control() => '_',
        letter => letter,
    };
    let cut: String = name.chars().map(allowed).take_while(fits).collect();
    let sheet = cut.trim_matches('\'');
    // Excel keeps this name for itself.
    if sheet.trim().is_empty() || sheet.eq_ignore_ascii_case("history") {
        return "Sheet1".into();
    }
    sheet.to_owned()
}

#[cfg(test)]
mod tests;
