//! The formats of the type `string`.

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFormat {
    Any,
    Email,
    Uri,
    Uuid,
    /// Base64; the text stays encoded.
    Binary,
}

impl TextFormat {
    /// The format called `name`; an unknown name asks for nothing, as in the reference.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "email" => Self::Email,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            "binary" => Self::Binary,
            _ => Self::Any,
        }
    }

    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Uuid => is_uuid(text),
            Self::Binary => is_base64(text),
        }
    }
}

/// Something, `@`, something with a point inside; what follows a further `@` does not count.
fn is_email(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(name), Some(host)) = (parts.next(), parts.next()) else { return false };
    let mut letters = host.chars();
    // One letter before the point and one behind it.
    letters.next();
    letters.next_back();
    !name.is_empty() && letters.as_str().contains('.')
}

/// A scheme and a colon; what follows is the scheme's own business.
fn is_uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// 32 hexadecimal digits; hyphens, braces and `urn:uuid:` may stand around them.
fn is_uuid(text: &str) -> bool {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What Python's `base64.b64decode` takes: other characters are skipped, the length and the
/// padding must fit.
fn is_base64(text: &str) -> bool {
    if !text.is_ascii() {
        return false;
    }
    // How many letters of the group of four were read, and how many `=` behind them.
    let (mut letters, mut pads) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'=' if letters >= 2 => {
                pads += 1;
                if letters + pads >= 4 {
                    return true;
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                pads = 0;
                letters = (letters + 1) % 4;
            }
            _ => {}
        }
    }
    letters == 0
}

#[cfg(test)]
mod tests;
