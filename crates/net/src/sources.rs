//! Who did something wrong lately, by address.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::limits;

/// Counts what sources did wrong, so that they can be made to wait and fill no log.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    windows: BTreeMap<IpAddr, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since_ms: u64,
    wrong: u32,
}

impl Sources {
    /// How long `source` has to wait, in milliseconds; nothing when it may try.
    pub(crate) fn wait_ms(&self, source: IpAddr, now_ms: u64) -> Option<u64> {
        let window = self.windows.get(&network_of(source))?;
        let passed_ms = now_ms.saturating_sub(window.since_ms);
        let left_ms = limits::WRONGS_WINDOW_MS.saturating_sub(passed_ms);
        (window.wrong >= limits::WRONG_SECRETS_MAX && left_ms > 0).then_some(left_ms)
    }

    /// Notes a wrong; returns how many there were in the window of `source`, with this one.
    pub(crate) fn count(&mut self, source: IpAddr, now_ms: u64) -> u32 {
        let is_over =
            |window: &Window| now_ms.saturating_sub(window.since_ms) >= limits::WRONGS_WINDOW_MS;
        let source = network_of(source);
        if self.windows.len() >= limits::WRONG_SOURCES_MAX {
            self.windows.retain(|_, window| !is_over(window));
        }
        if self.windows.len() >= limits::WRONG_SOURCES_MAX
            && let Some(oldest) =
                self.windows.iter().min_by_key(|(_, window)| window.since_ms).map(|(ip, _)| *ip)
        {
            self.windows.remove(&oldest);
        }
        let fresh = Window { since_ms: now_ms, wrong: 0 };
        let window = self.windows.entry(source).or_insert(fresh);
        if is_over(window) {
            *window = fresh;
        }
        window.wrong = window.wrong.saturating_add(1);
        window.wrong
    }
}

/// Whoever has an IPv6 address has 2^64 of them, so they count as one.
fn network_of(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::Sources;
    use crate::limits;

    const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn a_source_waits_after_too_many_wrong_secrets() {
        let mut sources = Sources::default();
        for _ in 0..limits::WRONG_SECRETS_MAX {
            assert_eq!(sources.wait_ms(SOURCE, 5), None);
            sources.count(SOURCE, 5);
        }
        assert_eq!(sources.wait_ms(SOURCE, 6), Some(limits::WRONGS_WINDOW_MS - 1));
        assert_eq!(sources.wait_ms([10, 0, 0, 2].into(), 6), None);
        assert_eq!(sources.wait_ms(SOURCE, 5 + limits::WRONGS_WINDOW_MS), None);
        sources.count(SOURCE, 5 + limits::WRONGS_WINDOW_MS);
        assert_eq!(sources.wait_ms(SOURCE, 5 + limits::WRONGS_WINDOW_MS), None);
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let mut sources = Sources::default();
        for host in 0..limits::WRONG_SECRETS_MAX {
            let host = u16::try_from(host).unwrap();
            sources.count([0xfd00, 0, 0, 1, 0, 0, 0, host].into(), 0);
        }
        assert!(sources.wait_ms([0xfd00, 0, 0, 1, 9, 9, 9, 9].into(), 0).is_some());
        assert!(sources.wait_ms([0xfd00, 0, 0, 2, 9, 9, 9, 9].into(), 0).is_none());
    }

    #[test]
    fn the_number_of_remembered_sources_is_bounded() {
        let mut sources = Sources::default();
        for n in 0..u32::try_from(limits::WRONG_SOURCES_MAX).unwrap() + 50 {
            sources.count(Ipv4Addr::from(n).into(), u64::from(n));
        }
        assert_eq!(sources.windows.len(), limits::WRONG_SOURCES_MAX);
    }
}
