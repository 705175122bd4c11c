//! Words of closed lists, as the database and the event messages write them.

/// A word that is on no list of this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a known word")]
pub struct UnknownWord;

pub(super) fn of<T: PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words
        .iter()
        .find_map(|(known, word)| (*known == value).then_some(*word))
        .expect("every value has its word")
}

pub(super) fn find<T: Copy>(words: &[(T, &'static str)], text: &str) -> Result<T, UnknownWord> {
    words.iter().find_map(|(value, word)| (*word == text).then_some(*value)).ok_or(UnknownWord)
}
