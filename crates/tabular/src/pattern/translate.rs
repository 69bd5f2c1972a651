//! From the syntax of Python's `re` to that of the `regex` crate.

/// The same expression in the syntax of the `regex` crate: there brackets and doubled signs have
/// a meaning inside a class, `\Z` is `\z`, and a brace that counts nothing must be escaped.
pub(super) fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    // `Some(n)` inside a class, of which `n` characters were read.
    let mut class: Option<usize> = None;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' {
            let escaped = rest.chars().next();
            rest = rest.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
            write_escape(&mut out, escaped, class.is_some());
            class = class.map(|read| read + 1);
            continue;
        }
        match class {
            None if c == '[' => {
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                class = Some(0);
                continue;
            }
            None if c == '{' && !is_count(rest) => out.push_str(r"\{"),
            None if c == '{' && rest.starts_with(',') => out.push_str("{0"),
            None => out.push(c),
            Some(read) if c == ']' && read > 0 => {
                out.push(']');
                class = None;
            }
            Some(_) => {
                if matches!(c, '[' | ']' | '&' | '~') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        class = class.map(|read| read + 1);
    }
    out
}

fn write_escape(out: &mut String, escaped: Option<char>, in_class: bool) {
    match escaped {
        Some('Z') if !in_class => out.push_str(r"\z"),
        // A backspace in a Python class.
        Some('b') if in_class => out.push_str(r"\x08"),
        Some(c) => {
            out.push('\\');
            out.push(c);
        }
        None => out.push('\\'),
    }
}

/// Whether what follows a `{` makes it a repetition: `3}`, `3,}`, `,3}`, `3,5}`.
fn is_count(rest: &str) -> bool {
    let Some((count, _)) = rest.split_once('}') else { return false };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match count.split_once(',') {
        Some((least, most)) => digits(least) && digits(most) && count.len() > 1,
        None => !count.is_empty() && digits(count),
    }
}
