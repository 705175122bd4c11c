//! What commands print. Who reads it may stop early, as `head` does: a command ends then without a word, where
//! `println!` would panic.

use std::{
    fmt::Display,
    io::{ErrorKind, Write as _, stdout},
};

use anyhow::Context as _;

/// The exit code that a shell gives a tool ended by SIGPIPE.
pub const UNREAD: u8 = 128 + 13;

/// Nobody reads on.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads what is printed")]
struct Unread;

/// Prints a line. The error ends the command; see [`is_unread`].
pub fn line(text: impl Display) -> anyhow::Result<()> {
    match writeln!(stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unread.into()),
        printed => printed.context("cannot print"),
    }
}

/// Whether a command ended because nobody read on, which is no failure to tell of.
pub fn is_unread(error: &anyhow::Error) -> bool {
    error.is::<Unread>()
}
