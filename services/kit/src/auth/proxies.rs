use std::{net::IpAddr, str::FromStr};

use http::HeaderMap;

const FORWARDED: &str = "x-forwarded-for";

/// Addresses with a common beginning, such as `10.0.0.0/8`; one address alone is a network too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network such as 10.0.0.0/8")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), str::parse).map_err(|_| NotANetwork)?;
        if bits <= all { Ok(Self { address, bits }) } else { Err(NotANetwork) }
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differs = (own.to_bits() ^ other.to_bits()).leading_zeros();
                differs >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differs = (own.to_bits() ^ other.to_bits()).leading_zeros();
                differs >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

/// Where a call began: its peer, unless that is one of our proxies, who says on whose behalf it
/// calls. Only what our own proxies wrote is believed, and that is at the end of the list.
pub(super) fn origin(peer: IpAddr, proxies: &[Network], headers: &HeaderMap) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !ours(peer) {
        return peer;
    }
    let lists = headers.get_all(FORWARDED).iter().filter_map(|list| list.to_str().ok());
    let forwarded: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    let mut origin = peer;
    for text in forwarded.into_iter().rev() {
        let Ok(address) = text.parse() else { return origin };
        origin = address;
        if !ours(origin) {
            break;
        }
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn from(peer: &str, forwarded: &[&str]) -> IpAddr {
        let proxies = ["10.0.0.0/8", "2001:db8::/32"].map(|n| n.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(FORWARDED, list.parse().expect("a header"));
        }
        origin(ip(peer), &proxies, &headers)
    }

    #[test]
    fn a_network_is_an_address_and_a_length() {
        for text in ["10.0.0.0/8", "10.1.2.3", "::/0", "2001:db8::/32"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "::/129", "proxy"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }

    #[test]
    fn a_network_holds_what_begins_alike() {
        let network: Network = "10.1.0.0/15".parse().expect("a network");
        assert!(network.contains(ip("10.0.3.4")) && network.contains(ip("::ffff:10.1.3.4")));
        assert!(!network.contains(ip("10.2.0.0")) && !network.contains(ip("::1")));
        let all: Network = "0.0.0.0/0".parse().expect("a network");
        assert!(all.contains(ip("203.0.113.9")));
    }

    #[test]
    fn a_proxy_says_on_whose_behalf_it_calls() {
        assert_eq!(from("10.0.0.1", &["203.0.113.9"]), ip("203.0.113.9"));
        assert_eq!(from("10.0.0.1", &["203.0.113.9, 10.0.0.2"]), ip("203.0.113.9"));
        assert_eq!(from("2001:db8::1", &["203.0.113.9", "10.0.0.2"]), ip("203.0.113.9"));
        assert_eq!(from("10.0.0.1", &[]), ip("10.0.0.1"));
    }

    #[test]
    fn what_a_caller_claims_of_itself_is_not_believed() {
        assert_eq!(from("203.0.113.9", &["198.51.100.1"]), ip("203.0.113.9"));
        assert_eq!(from("10.0.0.1", &["198.51.100.1, 203.0.113.9"]), ip("203.0.113.9"));
        assert_eq!(from("10.0.0.1", &["198.51.100.1, unknown"]), ip("10.0.0.1"));
    }
}
