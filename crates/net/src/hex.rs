//! 32 bytes as 64 hexadecimal digits and back.

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct HexError;

pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

pub(crate) fn decode(text: &str) -> Result<[u8; 32], HexError> {
    let digits: Vec<u32> = text.chars().map_while(|letter| letter.to_digit(16)).collect();
    if digits.len() != text.chars().count() {
        return Err(HexError);
    }
    let pair = |pair: &[u32]| pair.iter().fold(0, |sum, digit| sum * 16 + digit);
    let bytes: Vec<u8> =
        digits.chunks_exact(2).filter_map(|two| u8::try_from(pair(two)).ok()).collect();
    if digits.len() != 64 {
        return Err(HexError);
    }
    bytes.try_into().map_err(|_| HexError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{HexError, decode, encode};

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes in any::<[u8; 32]>()) {
            assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn any_other_text_is_refused(text in "[0-9a-fg]{0,66}") {
            let is_right = text.len() == 64 && !text.contains('g');
            assert_eq!(decode(&text) != Err(HexError), is_right);
        }
    }
}
