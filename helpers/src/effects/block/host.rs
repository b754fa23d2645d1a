//! What of this machine must stay reachable: its own addresses, its gateways and its resolvers (rtnetlink(7), resolv.conf(5)).

use std::{
    collections::BTreeSet,
    fs, io,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use rustix::net::Protocol;

use super::{
    namespaces,
    netlink::{Batch, Socket, attributes},
};
use crate::block::Own;

/// `NETLINK_ROUTE` is 0, which is what no protocol means.
const ROUTE: Option<Protocol> = None;

/// `RTM_GETADDR`, `RTM_GETROUTE`.
const GET_ADDRESS: u16 = 22;
const GET_ROUTE: u16 = 26;

/// Where resolvers stand; the second lists those behind the stub of systemd-resolved(8).
const RESOLVERS: [&str; 2] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/// How long all but this namespace's addresses is taken as known: looking takes a thread for each namespace, and routes can be very many.
const KNOWN: Duration = Duration::from_secs(5);

/// What this machine says of itself.
#[derive(Debug, Default)]
pub(super) struct Host {
    known: Mutex<Option<(Instant, Reach)>>,
}

/// The addresses of some namespaces.
#[derive(Debug, Default, Clone)]
struct Reach {
    own: BTreeSet<IpNet>,
    gateways: BTreeSet<IpNet>,
}

/// What must stay reachable, as of now, each with what it is.
#[derive(Debug)]
pub(super) struct Needs([(Own, &'static str); 3]);

impl Needs {
    /// Why a network is not blocked on this machine, if so.
    pub(super) fn refuse(&self, net: &IpNet) -> Option<String> {
        self.0.iter().find_map(|(addresses, is)| {
            addresses.sharing(net).map(|held| format!("{} is {is}", held.addr()))
        })
    }
}

impl Host {
    /// Looks at what must stay reachable.
    ///
    /// # Errors
    ///
    /// Where the machine does not tell: then nothing can be said to be safe.
    pub(super) fn needs(&self) -> io::Result<Needs> {
        let mut reach = self.known()?;
        reach.add_addresses()?;
        Ok(Needs([
            (Own::new(reach.own), "the host's own address"),
            (Own::new(reach.gateways), "a gateway"),
            (Own::new(resolvers()), "a resolver"),
        ]))
    }

    fn known(&self) -> io::Result<Reach> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((since, reach)) if since.elapsed() < KNOWN => Ok(reach.clone()),
            _ => {
                let mut reach = Reach::default();
                reach.add_gateways()?;
                for namespace in namespaces::trusted() {
                    // One that has ended meanwhile has no addresses, one that may not be entered keeps them to itself.
                    let _ = namespaces::inside(&namespace, || {
                        reach.add_addresses()?;
                        reach.add_gateways()
                    });
                }
                *known = Some((Instant::now(), reach.clone()));
                Ok(reach)
            }
        }
    }
}

/// The addresses of the network namespace that the thread is in.
///
/// # Errors
///
/// What the system answers.
pub(super) fn own_addresses() -> io::Result<BTreeSet<IpNet>> {
    let mut reach = Reach::default();
    reach.add_addresses()?;
    Ok(reach.own)
}

impl Reach {
    /// Adds the addresses of the network namespace that the thread is in.
    fn add_addresses(&mut self) -> io::Result<()> {
        let mut socket = Socket::open(ROUTE)?;
        let mut batch = Batch::default();
        // `struct ifaddrmsg`; its attributes `IFA_ADDRESS`, which is the other end of a point-to-point link, `IFA_LOCAL`, `IFA_BROADCAST`.
        batch.message(GET_ADDRESS, 0, &[0; 8]);
        socket.dump(batch, |body| {
            let found = attributes(body.get(8..).unwrap_or(&[]));
            let found: Vec<(u16, &[u8])> =
                found.filter(|(kind, _)| [1, 2, 4].contains(kind)).collect();
            let has_local = found.iter().any(|(kind, _)| *kind == 2);
            let own = found.iter().filter(|(kind, _)| !(has_local && *kind == 1));
            self.own.extend(own.filter_map(|(_, bytes)| address(bytes)));
        })
    }

    /// Adds its gateways.
    fn add_gateways(&mut self) -> io::Result<()> {
        let mut socket = Socket::open(ROUTE)?;
        let mut batch = Batch::default();
        // `struct rtmsg`; `RTA_GATEWAY` 5, `RTA_MULTIPATH` 9, `RTA_VIA` 18.
        batch.message(GET_ROUTE, 0, &[0; 12]);
        socket.dump(batch, |body| {
            for (kind, bytes) in attributes(body.get(12..).unwrap_or(&[])) {
                match kind {
                    5 => self.gateways.extend(address(bytes)),
                    18 => self.gateways.extend(bytes.get(2..).and_then(address)),
                    9 => hops(bytes, &mut self.gateways),
                    _ => {}
                }
            }
        })
    }
}

/// The gateways of a route over several: `struct rtnexthop` and its attributes, one after another.
fn hops(mut bytes: &[u8], gateways: &mut BTreeSet<IpNet>) {
    while let Some(head) = bytes.get(..8) {
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let Some(hop) = bytes.get(8..length) else { return };
        for (kind, value) in attributes(hop) {
            match kind {
                5 => gateways.extend(address(value)),
                18 => gateways.extend(value.get(2..).and_then(address)),
                _ => {}
            }
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
}

fn address(bytes: &[u8]) -> Option<IpNet> {
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
        _ => return None,
    };
    (!address.is_unspecified()).then(|| IpNet::from(address))
}

/// The machine's resolvers.
pub(super) fn resolvers() -> BTreeSet<IpNet> {
    let texts = RESOLVERS.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.flat_map(|text| nameservers(&text)).collect()
}

fn nameservers(text: &str) -> Vec<IpNet> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = (words.next() == Some("nameserver")).then(|| words.next())??;
        // A link-local one has its interface behind a `%`.
        address.split('%').next()?.parse::<IpAddr>().ok().map(IpNet::from)
    };
    text.lines().filter_map(server).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_addresses_are_refused() {
        let mut reach = Reach::default();
        reach.add_addresses().unwrap();
        assert!(reach.own.contains(&"127.0.0.1/32".parse().unwrap()));
        let needs = Host::default().needs().unwrap();
        assert_eq!(
            needs.refuse(&"127.0.0.0/24".parse().unwrap()),
            Some("127.0.0.1 is the host's own address".into())
        );
        assert_eq!(needs.refuse(&"198.51.100.7/32".parse().unwrap()), None);
    }

    #[test]
    fn resolvers_are_read_as_the_library_does() {
        let text = "# nameserver 192.0.2.1\nnameserver 192.0.2.53 # one\n\tnameserver fe80::53%eth0\nsearch example\nnameserver\noptions x";
        let found: Vec<String> = nameservers(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.53/32", "fe80::53/128"]);
    }

    #[test]
    fn each_hop_of_a_route_is_a_gateway() {
        let hop = |last: u8| {
            let mut bytes = vec![16, 0, 0, 0, 1, 0, 0, 0, 8, 0, 5, 0];
            bytes.extend([192, 0, 2, last]);
            bytes
        };
        let mut gateways = BTreeSet::new();
        hops(&[hop(1), hop(2)].concat(), &mut gateways);
        assert_eq!(gateways.len(), 2);
        hops(&[255, 0, 0, 0, 0, 0, 0, 0, 1], &mut gateways);
        assert_eq!(gateways.len(), 2);
    }
}
