//! What the name of a file says: base name, format, compression.

use reqwest::Url;

use crate::compression::Compression;

/// A file name taken apart: `cities.csv.gz` is `cities`, `csv`, gzip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The whole file name.
    pub file: String,
    /// Without the endings that tell format and compression.
    pub base: String,
    /// The ending that tells the format, in small letters.
    pub format: Option<String>,
    pub compression: Option<Compression>,
}

impl Name {
    /// Takes `file` apart; it holds no folder.
    pub fn parse(file: &str) -> Self {
        let (rest, compression) = match split_ending(file) {
            Some((rest, ending)) => match Compression::of_ending(&ending) {
                Some(compression) => (rest, Some(compression)),
                None => (file, None),
            },
            None => (file, None),
        };
        let (base, format) = match split_ending(rest) {
            Some((base, ending)) => (base, Some(ending)),
            None => (rest, None),
        };
        Self { file: file.into(), base: base.into(), format, compression }
    }

    /// The last part of the path; without an ending, the format that the query asks for.
    pub(super) fn of_url(url: &Url) -> Self {
        let part = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        let file = match part {
            "" => url.host_str().unwrap_or_default().to_owned(),
            part => percent_decode(part),
        };
        let mut name = match part {
            "" => Self { base: file.clone(), file, format: None, compression: None },
            _ => Self::parse(&file),
        };
        if name.format.is_none() && name.compression.is_none() {
            name.format = url
                .query_pairs()
                .find(|(key, value)| {
                    matches!(key.as_ref(), "format" | "output") && is_ending(value)
                })
                .map(|(_, value)| value.to_ascii_lowercase());
        }
        name
    }
}

/// `cities.csv` as `cities` and `csv`; a hidden file has no ending.
fn split_ending(file: &str) -> Option<(&str, String)> {
    let (base, ending) = file.rsplit_once('.')?;
    (!base.is_empty() && is_ending(ending)).then(|| (base, ending.to_ascii_lowercase()))
}

fn is_ending(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.first_chunk::<2>().and_then(|pair| std::str::from_utf8(pair).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
