use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Certificate, Client, redirect};

use super::{JwksSource, key_set::NotAKeySet};

/// A source that takes longer is taken for absent.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longer documents are not key sets.
const MAX_DOCUMENT: usize = 1 << 20;

/// Reads a JWKS document from its source.
#[derive(Debug)]
pub(super) struct Fetcher {
    source: JwksSource,
    /// Made at the first use: only then must the authorities be there.
    client: Mutex<Option<Client>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("a file cannot be read")]
    File(#[from] std::io::Error),
    #[error("the endpoint does not answer as it should")]
    Http(#[from] reqwest::Error),
    #[error("the document is too long")]
    TooLong,
    #[error(transparent)]
    NotAKeySet(#[from] NotAKeySet),
}

impl Fetcher {
    pub(super) fn new(source: JwksSource) -> Self {
        Self { source, client: Mutex::default() }
    }

    pub(super) async fn document(&self) -> Result<Vec<u8>, FetchError> {
        match &self.source {
            JwksSource::File(path) => Ok(tokio::fs::read(path).await?),
            JwksSource::Fixed(document) => Ok(document.as_bytes().to_vec()),
            JwksSource::Url { url, authorities, token } => {
                let client = self.client(authorities.as_deref()).await?;
                let mut request = client.get(url);
                if let Some(path) = token {
                    request = request.bearer_auth(tokio::fs::read_to_string(path).await?.trim());
                }
                body(request.send().await?.error_for_status()?).await
            }
        }
    }

    async fn client(&self, authorities: Option<&Path>) -> Result<Client, FetchError> {
        let made = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(client) = made {
            return Ok(client);
        }
        let mut builder = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
        if let Some(path) = authorities {
            builder = builder
                .tls_certs_only(Certificate::from_pem_bundle(&tokio::fs::read(path).await?)?);
        }
        let client = builder.build()?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }
}

async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, FetchError> {
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        document.extend_from_slice(&chunk);
        if document.len() > MAX_DOCUMENT {
            return Err(FetchError::TooLong);
        }
    }
    Ok(document)
}
