//! Patterns of keys as Redis has them: `*`, `?`, `[a-c]`, `[^a]`, `\x`.

/// Whether the whole of `text` matches `pattern`.
///
/// Takes at most pattern times text steps: after a mismatch it goes back to the last star only.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            retry = Some((rest, text));
            pattern = rest;
            continue;
        }
        if let Some((letter, rest_of_text)) = text.split_first() {
            if let Some(rest) = one(pattern, *letter) {
                (pattern, text) = (rest, rest_of_text);
                continue;
            }
        } else if pattern.is_empty() {
            return true;
        }
        let Some((after_star, seen)) = retry else { return false };
        let Some((_, behind)) = seen.split_first() else { return false };
        retry = Some((after_star, behind));
        (pattern, text) = (after_star, behind);
    }
}

/// What is left of the pattern when its first piece takes `letter`.
fn one(pattern: &[u8], letter: u8) -> Option<&[u8]> {
    match pattern {
        [] => None,
        [b'?', rest @ ..] => Some(rest),
        [b'\\', escaped, rest @ ..] => (*escaped == letter).then_some(rest),
        [b'[', rest @ ..] => class(rest, letter),
        [plain, rest @ ..] => (*plain == letter).then_some(rest),
    }
}

/// Takes a class, behind its opening bracket. A class that is not closed ends with the pattern.
fn class(pattern: &[u8], letter: u8) -> Option<&[u8]> {
    let (negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut found = false;
    loop {
        rest = match rest {
            [] => break,
            [b'\\', escaped, rest @ ..] => {
                found |= *escaped == letter;
                rest
            }
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [from, b'-', to, rest @ ..] => {
                let (low, high) = (from.min(to), from.max(to));
                found |= (*low..=*high).contains(&letter);
                rest
            }
            [plain, rest @ ..] => {
                found |= *plain == letter;
                rest
            }
        };
    }
    (found != negated).then_some(rest)
}

/// What every text that matches begins with.
pub(crate) fn literal_prefix(pattern: &[u8]) -> &[u8] {
    let end = pattern.iter().position(|letter| b"*?[\\".contains(letter));
    pattern.split_at(end.unwrap_or(pattern.len())).0
}

#[cfg(test)]
mod tests;
