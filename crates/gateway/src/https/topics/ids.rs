//! The ids of entries as text: a time in milliseconds and a sequence, `1526919030474-55`.

use structures::topic::Id;

use crate::https::problem::Problem;
use crate::https::request::RequestError;

/// Reads an id; one without a sequence has the given one.
pub(super) fn parse(text: &str, sequence: u64) -> Result<Id, Problem> {
    let parsed = match text.split_once('-') {
        Some((ms, sequence)) => ms.parse().ok().zip(sequence.parse().ok()),
        None => text.parse().ok().map(|ms| (ms, sequence)),
    };
    let (ms, sequence) = parsed.ok_or_else(|| {
        RequestError::parameter("id", format_args!("`{text}` is not `MS-SEQUENCE`"))
    })?;
    Ok(Id { ms, sequence })
}

/// Reads some ids.
pub(super) fn parse_all(texts: &[String]) -> Result<Vec<Id>, Problem> {
    texts.iter().map(|text| parse(text, 0)).collect()
}

#[cfg(test)]
mod tests {
    use structures::topic::Id;

    #[test]
    fn an_id_has_a_time_and_perhaps_a_sequence() {
        assert_eq!(super::parse("5-7", 0), Ok(Id { ms: 5, sequence: 7 }));
        assert_eq!(super::parse("5", 9), Ok(Id { ms: 5, sequence: 9 }));
        for text in ["", "-", "5-", "-5", "a", "1-2-3", "18446744073709551616"] {
            super::parse(text, 0).unwrap_err();
        }
    }
}
