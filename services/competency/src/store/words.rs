//! What the tables' constraints make sure of, read back.

use crate::domain::{Code, Level};

/// A stored word that the domain does not know: the schema and the code have parted.
#[derive(Debug, thiserror::Error)]
#[error("the table holds {0:?}, which the domain does not know")]
struct UnknownWord(String);

pub(super) fn unknown(word: &str) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(UnknownWord(word.to_owned())))
}

pub(super) fn code(text: String) -> Result<Code, sqlx::Error> {
    Code::try_from(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

pub(super) fn level(value: i16) -> Result<Level, sqlx::Error> {
    Level::try_from(i32::from(value)).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

pub(super) fn number(level: Level) -> i16 {
    i16::from(level.get())
}
