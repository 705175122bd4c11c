//! The running suite, seen from another process: its issuer's key and its addresses.

use std::path::Path;

use anyhow::Context as _;
use kinerja_kit::{
    args::Mode,
    auth::{DevelopmentIssuer, Identity, TokenSource},
    client::{self, Channel, Options},
};

/// The issuer of the suite that keeps its data in `folder`.
pub fn issuer(folder: &Path) -> anyhow::Result<DevelopmentIssuer> {
    let key = folder.join("issuer.key");
    anyhow::ensure!(
        key.exists(),
        "there is no suite in {}: start one with `kinerja up`, or name its folder with --data",
        folder.display()
    );
    DevelopmentIssuer::persisted(Mode::Development, &key).context("cannot read the issuer's key")
}

/// A channel to a service at `url` that calls as `identity`.
pub fn channel(
    issuer: &DevelopmentIssuer,
    identity: &Identity,
    url: &str,
) -> anyhow::Result<Channel> {
    let token = TokenSource::development(issuer.clone(), identity.clone());
    let options = Options { token: Some(token), ..Options::default() };
    client::connect(url, options).with_context(|| format!("cannot call {url}"))
}
