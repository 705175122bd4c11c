use std::{collections::HashSet, io, net::SocketAddr, sync::Arc};

use http::Uri;

/// Why a neighbour cannot be called at all.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUrl {
    #[error("{0}: not http://host:port, https://host:port or dns+http(s)://name:port")]
    Malformed(String),
    #[error("the certificates towards neighbours cannot be used")]
    Tls(#[from] io::Error),
}

/// A name and port behind which replicas are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub host: Arc<str>,
    pub port: u16,
    pub secure: bool,
}

/// One replica: a target's address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub target: Target,
    pub addr: SocketAddr,
}

/// Reads one URL, or several with commas between. Every address of every name is a replica; the
/// prefix `dns+`, customary for headless names, changes nothing.
pub(super) fn parse(urls: &str) -> Result<Vec<Target>, InvalidUrl> {
    urls.split(',').map(|url| target(url.trim())).collect()
}

fn target(url: &str) -> Result<Target, InvalidUrl> {
    let malformed = || InvalidUrl::Malformed(url.to_owned());
    let uri: Uri = url.strip_prefix("dns+").unwrap_or(url).parse().map_err(|_| malformed())?;
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err(malformed()),
    };
    let host = uri.host().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    let host = host.filter(|host| !host.is_empty()).ok_or_else(malformed)?;
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Ok(Target { host: host.into(), port, secure })
}

impl Target {
    /// `host:port`, as it stands in a URL.
    pub(super) fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// The replicas there are now. The names that cannot be resolved are given back too.
pub(super) async fn resolve(targets: &[Target]) -> (HashSet<Place>, Vec<Target>) {
    let (mut places, mut unknown) = (HashSet::new(), Vec::new());
    for target in targets {
        match tokio::net::lookup_host((target.host.as_ref(), target.port)).await {
            Ok(addrs) => {
                places.extend(addrs.map(|addr| Place { target: target.clone(), addr }));
            }
            Err(error) => {
                tracing::warn!(host = %target.host, %error, "the name does not resolve");
                unknown.push(target.clone());
            }
        }
    }
    (places, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_is_one_url_or_several() {
        let named = |host: &str, port, secure| Target { host: host.into(), port, secure };
        let read = parse("http://a:1, dns+http://b-headless:7101,https://[::1]").expect("urls");
        assert_eq!(
            read,
            [named("a", 1, false), named("b-headless", 7101, false), named("::1", 443, true)]
        );
        assert_eq!(read[2].authority(), "[::1]:443");
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for urls in ["", "a:1", "ftp://a:1", "http://", "http://a:1,,http://b:1", "dns+a:1"] {
            assert!(parse(urls).is_err(), "{urls}");
        }
    }
}
