use std::{io, path::Path, pin::Pin, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use super::{Options, resolve::Place};
use crate::server::{Reloaded, certificates, private_key, roots};

/// Opens connections to replicas, with the certificates that the files hold at that moment.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    tls: Option<Arc<Reloaded<ClientConfig>>>,
    patience: Duration,
}

const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
const BAD_NAME: &str = "a host name is an authority";

trait Socket: AsyncRead + AsyncWrite + Send {}
impl<S: AsyncRead + AsyncWrite + Send> Socket for S {}

impl Connector {
    pub(super) fn new(options: &Options, secure: bool) -> io::Result<Self> {
        let tls = if secure { Some(Arc::new(tls(options)?)) } else { None };
        Ok(Self { tls, patience: options.connect_timeout })
    }

    /// Connects to a replica. The channel connects again by itself when its connection ends.
    pub(super) async fn connect(&self, place: &Place) -> Result<Channel, tonic::transport::Error> {
        let (connector, to) = (self.clone(), place.clone());
        let dial = tower::service_fn(move |_: Uri| {
            let (connector, to) = (connector.clone(), to.clone());
            async move { connector.dial(&to).await.map(TokioIo::new) }
        });
        // TLS is ours, so tonic is told of a plain connection and of the scheme apart.
        let authority = place.target.authority();
        let scheme = if place.target.secure { "https" } else { "http" };
        let origin: Uri = format!("{scheme}://{authority}").parse().expect(BAD_NAME);
        Endpoint::from_shared(format!("http://{authority}"))?
            .origin(origin)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .keep_alive_while_idle(true)
            .connect_with_connector(dial)
            .await
    }

    async fn dial(&self, to: &Place) -> io::Result<Pin<Box<dyn Socket>>> {
        let dialled = async {
            let socket = TcpStream::connect(to.addr).await?;
            socket.set_nodelay(true)?;
            let Some(tls) = self.tls.as_ref().filter(|_| to.target.secure) else {
                return Ok::<Pin<Box<dyn Socket>>, io::Error>(Box::pin(socket));
            };
            let name =
                ServerName::try_from(to.target.host.to_string()).map_err(io::Error::other)?;
            let stream = TlsConnector::from(tls.current()).connect(name, socket).await?;
            Ok(Box::pin(stream))
        };
        timeout(self.patience, dialled).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}

fn tls(options: &Options) -> io::Result<Reloaded<ClientConfig>> {
    let args = options.tls.clone();
    let files = [&args.tls_cert, &args.tls_key, &args.tls_ca];
    let files = files.into_iter().flatten().cloned().collect();
    let build = move || {
        let ca = args.tls_ca.as_deref().ok_or_else(|| {
            io::Error::other("no authorities of neighbours are given (KINERJA_TLS_CA)")
        })?;
        let identity = args.tls_cert.as_deref().zip(args.tls_key.as_deref());
        client_config(roots(ca)?, identity)
    };
    Reloaded::new(files, Box::new(build))
}

fn client_config(
    roots: RootCertStore,
    identity: Option<(&Path, &Path)>,
) -> io::Result<ClientConfig> {
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let mut config = match identity {
        Some((cert, key)) => builder
            .with_client_auth_cert(certificates(cert)?, private_key(key)?)
            .map_err(io::Error::other)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
