use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use super::{Mode, seconds};

#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Where gRPC is served
    #[arg(long, env = "KINERJA_ADDR", default_value = "127.0.0.1:0")]
    pub addr: SocketAddr,
    /// Where health is served, in plaintext
    #[arg(long, env = "KINERJA_HEALTH_ADDR", default_value = "127.0.0.1:0")]
    pub health_addr: SocketAddr,
    #[arg(long, env = "KINERJA_MODE", value_enum, default_value = "production")]
    pub mode: Mode,
    #[command(flatten)]
    pub tls: TlsArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub drain: DrainArgs,
    #[command(flatten)]
    pub retention: RetentionArgs,
}

impl Default for ServerArgs {
    /// In development, in plaintext, on loopback ports of the system's choice.
    fn default() -> Self {
        Self {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            health_addr: (Ipv4Addr::LOCALHOST, 0).into(),
            mode: Mode::Development,
            tls: TlsArgs::default(),
            limits: LimitArgs::default(),
            drain: DrainArgs::default(),
            retention: RetentionArgs::default(),
        }
    }
}

/// Our certificate, and whom we trust: for the server and, as a client, towards neighbours.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TlsArgs {
    /// Certificate chain (PEM); plaintext without it
    #[arg(long, env = "KINERJA_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, env = "KINERJA_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Certificate authorities of neighbours; with it, callers must bring a certificate of theirs
    #[arg(long, env = "KINERJA_TLS_CA")]
    pub tls_ca: Option<PathBuf>,
}

/// Limits of the process, whatever number of services it runs.
#[derive(Debug, Clone, clap::Args)]
pub struct LimitArgs {
    /// Connections; more wait to be accepted
    #[arg(long, env = "KINERJA_MAX_CONNECTIONS", default_value_t = 2048)]
    pub max_connections: usize,
    /// Connections from one address; more are closed at once. 0: as many as there are, for where a mesh or a
    /// load balancer shows its own address for everybody's
    #[arg(long, env = "KINERJA_MAX_CONNECTIONS_PER_PEER", default_value_t = 256)]
    pub max_connections_per_peer: usize,
    /// Unary calls in flight; more are refused
    #[arg(long, env = "KINERJA_MAX_CALLS", default_value_t = 512)]
    pub max_calls: usize,
    /// Open streams; more are refused
    #[arg(long, env = "KINERJA_MAX_STREAMS", default_value_t = 512)]
    pub max_streams: usize,
    /// Bytes of one request message, at most 4 MiB (what generated servers take)
    #[arg(long, env = "KINERJA_MAX_MESSAGE_BYTES", default_value_t = 4 << 20)]
    pub max_message_bytes: usize,
    /// Seconds a unary call may take whose caller set no deadline, and in which a caller must have sent
    /// it, or 64 KiB more of a stream
    #[arg(long, env = "KINERJA_DEADLINE_SECONDS", default_value = "30", value_parser = seconds)]
    pub deadline: Duration,
    /// Seconds after which a connection is asked to be renewed, give or take a fifth
    #[arg(long, env = "KINERJA_CONNECTION_AGE_SECONDS", default_value = "300", value_parser = seconds)]
    pub connection_age: Duration,
    /// Seconds a peer has for its handshake, and for its answer to a ping
    #[arg(long, env = "KINERJA_PEER_SECONDS", default_value = "10", value_parser = seconds)]
    pub peer_timeout: Duration,
}

impl Default for LimitArgs {
    fn default() -> Self {
        Self {
            max_connections: 2048,
            max_connections_per_peer: 256,
            max_calls: 512,
            max_streams: 512,
            max_message_bytes: 4 << 20,
            deadline: Duration::from_secs(30),
            connection_age: Duration::from_secs(300),
            peer_timeout: Duration::from_secs(10),
        }
    }
}

#[derive(Debug, Clone, clap::Args)]
pub struct DrainArgs {
    /// Seconds new connections are still accepted once readiness is withdrawn
    #[arg(long, env = "KINERJA_LINGER_SECONDS", default_value = "2", value_parser = seconds)]
    pub linger: Duration,
    /// Seconds calls in flight have to end
    #[arg(long, env = "KINERJA_DRAIN_SECONDS", default_value = "20", value_parser = seconds)]
    pub drain: Duration,
    /// Seconds between two probes of readiness
    #[arg(long, env = "KINERJA_PROBE_SECONDS", default_value = "2", value_parser = seconds)]
    pub probe_interval: Duration,
}

impl Default for DrainArgs {
    fn default() -> Self {
        Self {
            linger: Duration::from_secs(2),
            drain: Duration::from_secs(20),
            probe_interval: Duration::from_secs(2),
        }
    }
}

/// How long a service keeps what law or policy bounds.
#[derive(Debug, Clone, clap::Args)]
pub struct RetentionArgs {
    /// Days an entry of the access log is kept; five years unless the government's policy says otherwise
    #[arg(long, env = "KINERJA_ACCESS_LOG_DAYS", default_value_t = 1826,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub access_log_days: u32,
}

impl RetentionArgs {
    pub fn access_log(&self) -> Duration {
        Duration::from_secs(u64::from(self.access_log_days) * 24 * 3600)
    }
}

impl Default for RetentionArgs {
    fn default() -> Self {
        Self { access_log_days: 1826 }
    }
}
