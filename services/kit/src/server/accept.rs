use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Limits, connection::Connections, seldom::Seldom};
use crate::telemetry;

/// Between two attempts to accept when the process has no file descriptor left.
const BREATH: Duration = Duration::from_millis(50);
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Accepts connections while there is room for them, until told to stop; then the port is closed.
/// A peer that has its share already is hung up on: it costs nobody else a place.
pub(super) async fn accept(
    listener: TcpListener,
    limits: Limits,
    connections: Arc<Connections>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    let seldom = Seldom::default();
    let accepting = async {
        loop {
            let permit = limits.connection().await;
            let Some((socket, peer)) = next(&listener).await else { continue };
            let Some(place) = limits.place(peer.ip()) else {
                telemetry::count_refused_connection();
                if seldom.now() {
                    tracing::warn!(peer = %peer.ip(), "a peer has more connections than its share");
                }
                continue;
            };
            let connections = connections.clone();
            tracker.spawn(async move {
                connections.serve(socket).await;
                drop((permit, place));
            });
        }
    };
    stop.run_until_cancelled(accepting).await;
}

async fn next(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    let (socket, peer) = match listener.accept().await {
        Ok(accepted) => accepted,
        Err(error) => {
            if !is_of_the_peer(&error) {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot accept");
                tokio::time::sleep(BREATH).await;
            }
            return None;
        }
    };
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let options = socket
        .set_nodelay(true)
        .and_then(|()| SockRef::from(&socket).set_tcp_keepalive(&keepalive));
    // The peer may be gone already; serving will find out.
    options.is_ok().then_some((socket, peer))
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Interrupted, TimedOut};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | Interrupted | TimedOut
    )
}
