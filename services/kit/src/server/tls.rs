//! Certificates from files that are read again when they change.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry::KeyValue;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use x509_parser::parse_x509_certificate;

use super::seldom::Seldom;
use crate::{args::TlsArgs, telemetry};

/// The certificate a caller brought, verified against our authorities. In request extensions.
#[derive(Debug, Clone)]
pub struct PeerCertificate(pub CertificateDer<'static>);

/// Accepts TLS with the certificate and the client authorities that the files hold at that moment.
pub(super) struct Acceptor {
    identity: Arc<Reloaded<Identity>>,
    seldom: Seldom,
}

struct Identity {
    config: Arc<ServerConfig>,
    /// When the first of our chain expires, in seconds since 1970.
    expires: i64,
}

impl Acceptor {
    /// None when no certificate was given: plaintext.
    pub(super) fn new(args: &TlsArgs) -> io::Result<Option<Self>> {
        let (Some(cert), Some(key)) = (args.tls_cert.clone(), args.tls_key.clone()) else {
            return Ok(None);
        };
        let files = [Some(cert.clone()), Some(key.clone()), args.tls_ca.clone()];
        let authorities = args.tls_ca.clone();
        let build = move || {
            let config = Arc::new(server_config(&cert, &key, authorities.as_deref())?);
            Ok(Identity { config, expires: expiry(&cert)? })
        };
        let identity = Reloaded::new(files.into_iter().flatten().collect(), Box::new(build))?;
        Ok(Some(Self { identity: Arc::new(identity), seldom: Seldom::default() }))
    }

    /// Metric of the certificate in use: `kinerja.tls.certificate.expiry`.
    pub(super) fn observe(&self, service: &'static str) {
        let identity = Arc::clone(&self.identity);
        telemetry::meter()
            .i64_observable_gauge("kinerja.tls.certificate.expiry")
            .with_unit("s")
            .with_description("When the certificate in use expires, in seconds since 1970")
            .with_callback(move |gauge| {
                gauge.observe(identity.current().expires, &[KeyValue::new("service", service)]);
            })
            .build();
    }

    pub(super) async fn accept(
        &self,
        socket: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<PeerCertificate>)> {
        let config = self.identity.current().config.clone();
        let stream = TlsAcceptor::from(config).accept(socket).await.inspect_err(|error| {
            if self.seldom.now() {
                tracing::warn!(%error, "a peer and we do not accept each other's certificates");
            }
        })?;
        let (_, session) = stream.get_ref();
        let leaf = session.peer_certificates().and_then(|chain| chain.first());
        let peer = leaf.map(|leaf| PeerCertificate(leaf.clone().into_owned()));
        Ok((stream, peer))
    }
}

/// When the first certificate of a chain expires, in seconds since 1970.
fn expiry(chain: &Path) -> io::Result<i64> {
    let mut first = i64::MAX;
    for certificate in certificates(chain)? {
        let (_, certificate) =
            parse_x509_certificate(&certificate).map_err(|error| at(chain, error))?;
        first = first.min(certificate.validity().not_after.timestamp());
    }
    Ok(first)
}

fn server_config(cert: &Path, key: &Path, ca: Option<&Path>) -> io::Result<ServerConfig> {
    let builder = ServerConfig::builder();
    let builder = match ca {
        Some(ca) => {
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots(ca)?)).build();
            builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(certificates(cert)?, private_key(key)?)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

pub(crate) fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| at(path, error))?;
    if chain.is_empty() { Err(at(path, "no certificate")) } else { Ok(chain) }
}

pub(crate) fn private_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| at(path, error))
}

pub(crate) fn roots(path: &Path) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| at(path, error))?;
    }
    Ok(roots)
}

fn at(path: &Path, error: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

/// A value made from files, made again when one of them has changed. While the files do not fit
/// together (a rotation half way) the last good value stays.
pub(crate) struct Reloaded<C> {
    files: Vec<PathBuf>,
    build: Box<dyn Fn() -> io::Result<C> + Send + Sync>,
    current: Mutex<(Vec<Stamp>, Arc<C>)>,
}

/// What tells one version of a file from the next: inode, size and time of change.
type Stamp = Option<(u64, u64, i64, i64)>;

impl<C> Reloaded<C> {
    pub(crate) fn new(
        files: Vec<PathBuf>,
        build: Box<dyn Fn() -> io::Result<C> + Send + Sync>,
    ) -> io::Result<Self> {
        let stamps = stamps(&files);
        let first = Arc::new(build()?);
        Ok(Self { files, build, current: Mutex::new((stamps, first)) })
    }

    pub(crate) fn current(&self) -> Arc<C> {
        let stamps = stamps(&self.files);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != stamps {
            match (self.build)() {
                Ok(made) => *current = (stamps, Arc::new(made)),
                Err(error) => tracing::warn!(%error, "kept the certificates in use"),
            }
        }
        current.1.clone()
    }
}

impl<C> fmt::Debug for Reloaded<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded").field("files", &self.files).finish_non_exhaustive()
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let file = fs::metadata(path).ok()?;
        Some((file.ino(), file.size(), file.ctime(), file.ctime_nsec()))
    };
    files.iter().map(stamp).collect()
}
