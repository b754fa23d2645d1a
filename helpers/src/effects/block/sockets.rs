//! Ends the connections that stand (sock_diag(7); linux/inet_diag.h): the process gets `ECONNABORTED`, and the other side a reset.

use std::{io, net::IpAddr};

use ipnet::IpNet;
use rustix::{io::Errno, net::netlink::SOCK_DIAG};

use super::{
    namespaces,
    netlink::{Batch, Socket},
};

/// `SOCK_DIAG_BY_FAMILY`, `SOCK_DESTROY`.
const BY_FAMILY: u16 = 20;
const DESTROY: u16 = 21;

/// `AF_INET`, `AF_INET6`.
const V4: u8 = 2;
const V6: u8 = 10;

/// `IPPROTO_TCP`, `IPPROTO_UDP`.
const PROTOCOLS: [u8; 2] = [6, 17];

/// All states but `TCP_LISTEN`, which has no other side, and `TCP_TIME_WAIT`, through which nothing passes. A UDP socket is `TCP_ESTABLISHED` or
/// `TCP_CLOSE`.
const STATES: u32 = 0xffff & !(1 << 10) & !(1 << 6);

/// Networks of one look: the kernel walks over all sockets for each look, and asks each of them all of these.
const TOGETHER: usize = 64;

/// Bytes of `struct inet_diag_sockid`, and where it begins in `struct inet_diag_msg`.
const ID: usize = 48;
const ID_AT: usize = 4;

/// Ends the connections with some networks, here first and then in every other namespace. One that cannot be ended is silent: its packets are dropped.
pub(super) fn end_everywhere(nets: &[IpNet]) {
    for nets in nets.chunks(TOGETHER) {
        let _ = end(nets);
        for namespace in namespaces::others() {
            let _ = namespaces::inside(&namespace, || end(nets));
        }
    }
}

/// Ends every TCP connection, and every connected UDP socket, whose other side lies in one of some networks ([`TOGETHER`] at most), in the network
/// namespace that the thread is in. Gives how many.
///
/// # Errors
///
/// What the kernel answered first, after all have been tried: it was built without `CONFIG_INET_DIAG_DESTROY`, or this process may not.
fn end(nets: &[IpNet]) -> io::Result<usize> {
    let mut socket = Socket::open(Some(SOCK_DIAG))?;
    let (mut ended, mut failed) = (0, None);
    // An IPv4 address may be the other side of an IPv6 socket, mapped; the kernel's comparison knows.
    let has_v4 = nets.iter().any(|net| matches!(net, IpNet::V4(_)));
    let families: &[u8] = if has_v4 { &[V4, V6] } else { &[V6] };
    for (family, protocol) in families.iter().flat_map(|f| PROTOCOLS.map(|p| (*f, p))) {
        // What one protocol or one socket answers saves no other.
        let found = find(&mut socket, family, protocol, nets).unwrap_or_else(|error| {
            failed.get_or_insert(error);
            Vec::new()
        });
        for id in found {
            match destroy(&mut socket, family, protocol, &id) {
                Ok(()) => ended += 1,
                // It has ended meanwhile, or another has ended it.
                Err(error) if error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => {}
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
    }
    failed.map_or(Ok(ended), Err)
}

/// The sockets whose other side lies in one of some networks.
fn find(
    socket: &mut Socket,
    family: u8,
    protocol: u8,
    nets: &[IpNet],
) -> io::Result<Vec<[u8; ID]>> {
    let mut dump = Batch::default();
    dump.message(BY_FAMILY, 0, &request(family, protocol, STATES, &[0; ID]));
    // `INET_DIAG_REQ_BYTECODE`.
    dump.put(1, &conditions(nets));
    let mut found = Vec::new();
    socket.dump(dump, |body| {
        found.extend(body.get(ID_AT..ID_AT + ID).and_then(|id| <[u8; ID]>::try_from(id).ok()));
    })?;
    Ok(found)
}

/// Whether sockets can be ended here: asks for one that there cannot be, of port 0.
///
/// # Errors
///
/// As [`end`].
pub(super) fn probe() -> io::Result<()> {
    let mut socket = Socket::open(Some(SOCK_DIAG))?;
    // A kernel that cannot find any answers as if there were none.
    find(&mut socket, V4, PROTOCOLS[0], &[IpAddr::from([0; 4]).into()])?;
    match destroy(&mut socket, V4, PROTOCOLS[0], &[0; ID]) {
        Err(error) if error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => Ok(()),
        other => other,
    }
}

fn destroy(socket: &mut Socket, family: u8, protocol: u8, id: &[u8; ID]) -> io::Result<()> {
    let mut batch = Batch::default();
    batch.message(DESTROY, 0, &request(family, protocol, u32::MAX, id));
    batch.acknowledge();
    socket.commit(batch)
}

/// `struct inet_diag_req_v2`.
fn request(family: u8, protocol: u8, states: u32, id: &[u8; ID]) -> Vec<u8> {
    let mut bytes = vec![family, protocol, 0, 0];
    bytes.extend(states.to_ne_bytes());
    bytes.extend(id);
    bytes
}

/// The program that finds sockets whose other side lies in one of some networks: for each an `INET_DIAG_BC_D_COND` with its `struct inet_diag_hostcond`.
/// Where one holds it goes on to an `INET_DIAG_BC_JMP` to the end, where not to the next; after the last, beyond the end.
fn conditions(nets: &[IpNet]) -> Vec<u8> {
    const JUMP: u8 = 1;
    const D_COND: u8 = 8;
    const OP: u16 = 4;
    let mut ops: Vec<Vec<u8>> = Vec::new();
    let mut behind = 0;
    for net in nets.iter().rev() {
        let (family, address) = match net.network() {
            IpAddr::V4(address) => (V4, address.octets().to_vec()),
            IpAddr::V6(address) => (V6, address.octets().to_vec()),
        };
        let length = OP as u8 + 8 + address.len() as u8;
        let mut op = vec![D_COND, length];
        op.extend((u16::from(length) + OP).to_ne_bytes());
        // Any port.
        op.extend([family, net.prefix_len(), 0, 0]);
        op.extend((-1_i32).to_ne_bytes());
        op.extend(address);
        if behind > 0 {
            op.extend([JUMP, OP as u8]);
            op.extend((behind + OP).to_ne_bytes());
        }
        behind += op.len() as u16;
        ops.push(op);
    }
    ops.into_iter().rev().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// Loopback is never blocked, so its sockets are none that a block ends; an unconnected one has no other side.
    #[test]
    fn sockets_with_another_other_side_are_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _standing = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        for net in ["198.51.100.0/24", "2001:db8::/32"] {
            // Without the right to end any, finding none needs none.
            assert_eq!(end(&[net.parse().unwrap()]).unwrap(), 0, "{net}");
        }
    }
}
