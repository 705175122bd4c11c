use std::{
    convert::Infallible,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task,
};

use http::Request;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, transport::server::TcpConnectInfo};

use super::{
    front::Front,
    tls::{Acceptor, PeerCertificate},
};

/// How the connections of one listener are served.
pub(super) struct Connections {
    pub front: Arc<Front>,
    pub tls: Option<Acceptor>,
    /// Cancelled when connections should finish what they do, and close.
    pub finish: CancellationToken,
    /// Cancelled when they must close.
    pub cut: CancellationToken,
}

/// Headers of one request, as HTTP/2 counts them; a token is about 2 KiB.
const MAX_HEADERS: u32 = 16 << 10;
const MAX_STREAMS_PER_CONNECTION: u32 = 256;

impl Connections {
    pub(super) async fn serve(&self, socket: TcpStream) {
        let outcome = tokio::select! {
            outcome = self.handshake(socket) => outcome,
            () = self.cut.cancelled() => Ok(()),
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "connection failed");
        }
    }

    async fn handshake(&self, socket: TcpStream) -> io::Result<()> {
        let peer = TcpConnectInfo {
            local_addr: socket.local_addr().ok(),
            remote_addr: socket.peer_addr().ok(),
        };
        let Some(tls) = &self.tls else { return self.drive(socket, peer, None).await };
        let patience = self.front.limits.args().peer_timeout;
        let accepted = timeout(patience, tls.accept(socket)).await;
        let (socket, certificate) = accepted.map_err(|_| io::ErrorKind::TimedOut)??;
        self.drive(socket, peer, certificate).await
    }

    async fn drive<S>(
        &self,
        socket: S,
        peer: TcpConnectInfo,
        certificate: Option<PeerCertificate>,
    ) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let spoken = CancellationToken::new();
        let socket = TokioIo::new(Listened { socket, missing: PREFACE, spoken: spoken.clone() });
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer.clone());
            if let Some(certificate) = &certificate {
                request.extensions_mut().insert(certificate.clone());
            }
            let answer = self.front.clone().answer(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let mut connection = pin!(self.builder().serve_connection(socket, service));
        let patience = self.front.limits.args().peer_timeout;
        let mut silent = pin!(async {
            if timeout(patience, spoken.cancelled()).await.is_ok() {
                std::future::pending().await
            }
        });
        let mut age = pin!(tokio::time::sleep(self.front.limits.connection_age()));
        let mut finishing = false;
        loop {
            tokio::select! {
                outcome = &mut connection => return outcome.map_err(io::Error::other),
                () = &mut silent => return Err(io::ErrorKind::TimedOut.into()),
                () = &mut age, if !finishing => {}
                () = self.finish.cancelled(), if !finishing => {}
            }
            finishing = true;
            connection.as_mut().graceful_shutdown();
        }
    }

    fn builder(&self) -> http2::Builder<TokioExecutor> {
        let patience = self.front.limits.args().peer_timeout;
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .max_header_list_size(MAX_HEADERS)
            .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
            .keep_alive_interval(2 * patience)
            .keep_alive_timeout(patience);
        builder
    }
}

/// What a client says before its first request; one that does not is not speaking HTTP/2.
const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// A socket that tells when its peer has begun to speak: from then on pings find the dead ones.
struct Listened<S> {
    socket: S,
    missing: usize,
    spoken: CancellationToken,
}

impl<S: AsyncRead + Unpin> AsyncRead for Listened<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> task::Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        let read = buffer.filled().len() - before;
        if self.missing > 0 && read > 0 {
            self.missing = self.missing.saturating_sub(read);
            if self.missing == 0 {
                self.spoken.cancel();
            }
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Listened<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> task::Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> task::Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> task::Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> task::Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
