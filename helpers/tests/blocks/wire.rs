//! Network interfaces over rtnetlink (rtnetlink(7), linux/if_link.h).

use std::{
    net::{IpAddr, Ipv6Addr},
    thread,
    time::{Duration, Instant},
};

use ipnet::IpNet;
use rustix::net::{AddressFamily, SocketType, netdevice, socket};

use crate::netlink::{Batch, CREATE, Socket};

const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
const NEW_ROUTE: u16 = 24;

fn send(fill: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::default();
    fill(&mut batch);
    batch.acknowledge();
    Socket::open(None).unwrap().commit(batch).unwrap();
}

/// Makes a cable between this network and that of a process.
pub(crate) fn cable(here: &str, there: &str, pid: u32) {
    send(|batch| {
        batch.message(NEW_LINK, CREATE, &[0; 16]).text(3, here).nest(18, |info| {
            info.text(1, "veth").nest(2, |data| {
                // `VETH_INFO_PEER`: a header of its own, and then attributes.
                data.nest(1, |peer| {
                    peer.raw(&[0; 16]);
                    peer.text(3, there).put(19, &pid.to_ne_bytes());
                });
            });
        });
    });
}

/// Switches an interface on.
pub(crate) fn up(name: &str) {
    send(|batch| {
        // `struct ifinfomsg` with `IFF_UP` and what changes.
        batch.message(NEW_LINK, 0, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]).text(3, name);
    });
}

fn index(name: &str) -> u32 {
    let (family, kind) = (AddressFamily::INET, SocketType::DGRAM);
    netdevice::name_to_index(socket(family, kind, None).unwrap(), name).unwrap()
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Gives an interface addresses, which are there at once (`IFA_F_NODAD`).
pub(crate) fn address(name: &str, addresses: &[&str]) {
    for net in addresses {
        let net: IpNet = net.parse().unwrap();
        let family = if net.addr().is_ipv4() { 2 } else { 10 };
        send(|batch| {
            let mut header = vec![family, net.prefix_len(), 2, 0];
            header.extend(index(name).to_ne_bytes());
            let address = octets(net.addr());
            batch.message(NEW_ADDRESS, CREATE, &header).put(1, &address).put(2, &address);
        });
    }
}

/// Waits until an address of version 6 is this network's own. The kernel has it at once, and what goes there comes back from the interface; that it is
/// taken in then is noted by a work queue (`addrconf_dad_work` in net/ipv6/addrconf.c), which a busy machine runs later.
pub(crate) fn settled(address: Ipv6Addr) {
    /// `RTF_LOCAL` (linux/ipv6_route.h).
    const LOCAL: u32 = 0x8000_0000;
    let own = format!("{:032x} 80 ", u128::from(address));
    let start = Instant::now();
    let is_local = |line: &str| {
        let flags = line.split_whitespace().nth(8).unwrap_or_default();
        line.starts_with(&own) && u32::from_str_radix(flags, 16).unwrap_or_default() & LOCAL != 0
    };
    while !std::fs::read_to_string("/proc/self/net/ipv6_route").unwrap().lines().any(is_local) {
        assert!(start.elapsed() < Duration::from_secs(20), "{address} does not become local");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a network over an interface.
pub(crate) fn route(name: &str, net: &str) {
    via(name, net, None);
}

/// Sends a network over a gateway.
pub(crate) fn via(name: &str, net: &str, gateway: Option<&str>) {
    let net: IpNet = net.parse().unwrap();
    let family = if net.addr().is_ipv4() { 2 } else { 10 };
    let scope = if gateway.is_none() && family == 2 { 253 } else { 0 };
    send(|batch| {
        // `struct rtmsg`: main table, `RTPROT_STATIC`, `RTN_UNICAST`.
        let header = [family, net.prefix_len(), 0, 0, 254, 4, scope, 1, 0, 0, 0, 0];
        batch.message(NEW_ROUTE, CREATE, &header).put(1, &octets(net.network()));
        batch.put(4, &index(name).to_ne_bytes());
        if let Some(gateway) = gateway {
            batch.put(5, &octets(gateway.parse().unwrap()));
        }
    });
}
