use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use http::HeaderMap;

use super::{
    bounded::BoundedMap,
    proxies::{Network, origin},
};

/// Addresses remembered at once; one that is forgotten begins with a full bucket.
const PEERS: usize = 65_536;

/// How often one address may call the public RPCs.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicRate {
    pub per_second: f64,
    /// So many at once, after a rest.
    pub burst: f64,
    /// Proxies of ours: a call through them counts for the address they forward.
    pub proxies: Vec<Network>,
}

impl Default for PublicRate {
    fn default() -> Self {
        Self { per_second: 10.0, burst: 50.0, proxies: Vec::new() }
    }
}

/// A token bucket per address.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: PublicRate,
    buckets: Mutex<BoundedMap<IpAddr, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Limiter {
    pub(super) fn new(rate: PublicRate) -> Self {
        Self { rate, buckets: Mutex::new(BoundedMap::new(PEERS / 2)) }
    }

    /// Whether one more call may be made at `now` from `peer`, or from whom `headers` say it forwards.
    pub(super) fn admit(&self, peer: IpAddr, headers: &HeaderMap, now: Instant) -> bool {
        self.take(origin(peer, &self.rate.proxies, headers), now)
    }

    fn take(&self, address: IpAddr, now: Instant) -> bool {
        let peer = household(address);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { level: self.rate.burst, at: now };
        let mut bucket = buckets.remove(&peer).unwrap_or(full);
        let rested = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + rested * self.rate.per_second).min(self.rate.burst);
        bucket.at = now;
        let admitted = bucket.level >= 1.0;
        if admitted {
            bucket.level -= 1.0;
        }
        buckets.insert(peer, bucket);
        admitted
    }
}

/// A household has one IPv4 address, and a whole /64 of IPv6.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RATE: PublicRate = PublicRate { per_second: 2.0, burst: 3.0, proxies: Vec::new() };

    fn peer(address: &str) -> IpAddr {
        address.parse().expect("address")
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (limiter, start) = (Limiter::new(RATE), Instant::now());
        let admitted = (0..10).filter(|_| limiter.take(peer("10.0.0.1"), start)).count();
        assert_eq!(admitted, 3);
        assert!(!limiter.take(peer("10.0.0.1"), start + Duration::from_millis(400)));
        assert!(limiter.take(peer("10.0.0.1"), start + Duration::from_millis(600)));
    }

    #[test]
    fn one_address_does_not_use_up_anothers() {
        let (limiter, start) = (Limiter::new(RATE), Instant::now());
        while limiter.take(peer("10.0.0.1"), start) {}
        assert!(limiter.take(peer("10.0.0.2"), start));
        while limiter.take(peer("2001:db8::1"), start) {}
        assert!(!limiter.take(peer("2001:db8::2"), start), "of the same network");
        assert!(limiter.take(peer("2001:db8:0:1::1"), start));
        assert!(!limiter.take(peer("::ffff:10.0.0.1"), start), "the same in other notation");
    }
}
