//! The token that a client must show.

/// A secret text; it is compared in a time that does not tell how much of it was right.
pub(super) struct Token(Vec<u8>);

impl Token {
    pub(super) fn new(secret: String) -> Self {
        Self(secret.into_bytes())
    }

    pub(super) fn is(&self, shown: &[u8]) -> bool {
        let differences = self.0.iter().zip(shown.iter().chain(std::iter::repeat(&0)));
        let difference = differences.fold(0, |all, (one, two)| all | (one ^ two));
        std::hint::black_box(difference) == 0 && self.0.len() == shown.len()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}
