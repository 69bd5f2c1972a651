//! The word that somebody probably meant.

/// The one of `words` that is most like `word`, when one is like it at all.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    several(word, words, 1).into_iter().next()
}

/// Up to `count` of `words` that are like `word`, the most similar one first.
pub fn several<'a>(
    word: &str,
    words: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let small = word.to_lowercase();
    let mut similar: Vec<(usize, &str)> = words
        .into_iter()
        .map(|other| (strsim::damerau_levenshtein(&small, &other.to_lowercase()), other))
        .filter(|(distance, other)| *distance <= word.len().max(other.len()) / 3)
        .collect();
    similar.sort();
    similar.into_iter().map(|(_, other)| other).take(count).collect()
}

/// `: did you mean `x`?`, or nothing.
pub fn hint<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, words).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{nearest, several};

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("paramters", ["pipeline", "parameters"]), Some("parameters"));
        assert_eq!(nearest("owner", ["pipeline", "parameters"]), None);
        assert_eq!(several("./a", ["./b", "./ab", "./xyz"], 2), ["./ab", "./b"]);
    }
}
