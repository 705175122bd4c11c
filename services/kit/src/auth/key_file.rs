use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process,
};

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};

use super::IssuerError;

/// A new Ed25519 key in PKCS#8.
pub(super) fn generate() -> Result<Vec<u8>, IssuerError> {
    let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new());
    Ok(key.map_err(|_| IssuerError::KeyGeneration)?.as_ref().to_vec())
}

/// The key kept in a file. Of two processes that find none, one makes it and both use it.
pub(super) fn read_or_make(path: &Path) -> Result<Vec<u8>, IssuerError> {
    let fault = |source| IssuerError::KeyFile { path: path.display().to_string(), source };
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path, &generate()?).and_then(|()| fs::read(path)).map_err(fault)
        }
        read => read.map_err(fault),
    }
}

/// Puts a whole file in place, or leaves the one that another process was quicker with.
fn make(path: &Path, key: &[u8]) -> io::Result<()> {
    let draft = PathBuf::from(format!("{}.{}", path.display(), process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(key)?;
    file.sync_all()?;
    let placed = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match placed {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        placed => placed,
    }
}
