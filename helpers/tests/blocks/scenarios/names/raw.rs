//! Datagrams that no plain call sends.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    os::fd::AsRawFd,
};

use rustix::net::{AddressFamily, Protocol, SendFlags, SocketType, sendto, socket};

/// Sends what follows as datagrams of this size each; 0: as one (`UDP_SEGMENT` of udp(7)).
pub(super) fn segment(socket: &UdpSocket, size: u16) {
    let size = libc::c_int::from(size);
    // SAFETY: the option's value is a number that lives until the call returns, and its size is told.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            std::ptr::from_ref(&size).cast(),
            size_of_val(&size) as u32,
        )
    };
    assert_eq!(done, 0, "{}", io::Error::last_os_error());
}

/// Sends a datagram in two calls, and sees that the second is refused.
pub(super) fn cork(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    let (first, second) = bytes.split_at(15);
    assert_eq!(sendto(socket, first, SendFlags::MORE, &to), Ok(15));
    assert_eq!(sendto(socket, second, SendFlags::empty(), &to), Err(rustix::io::Errno::PERM));
}

/// Sends a query over IPv6 with a header of this kind before that of UDP, twice; 255: with none.
pub(super) fn behind(extension: u8, query: &[u8]) -> io::Result<()> {
    let (from, to): (std::net::Ipv6Addr, std::net::Ipv6Addr) =
        ("fd07::1".parse().unwrap(), "fd07::3".parse().unwrap());
    let udp = [
        &40000_u16.to_be_bytes()[..],
        &53_u16.to_be_bytes(),
        &(query.len() as u16 + 8).to_be_bytes(),
        &[0, 0],
        query,
    ];
    let mut body = udp.concat();
    let mut next = 17;
    if extension != 255 {
        for _ in 0..2 {
            // Padding; a routing header without a segment left; a first and only part.
            let head = match extension {
                43 => [next, 0, 2, 0, 0, 0, 0, 0],
                44 => [next, 0, 0, 0, 1, 2, 3, 4],
                _ => [next, 0, 1, 4, 0, 0, 0, 0],
            };
            body = [&head[..], &body].concat();
            next = extension;
        }
    }
    let length = (body.len() as u16).to_be_bytes();
    let head = [&[0x60, 0, 0, 0][..], &length, &[next, 64], &from.octets(), &to.octets()];
    let packet = [&head.concat()[..], &body].concat();
    let raw = Protocol::from_raw(255.try_into().unwrap());
    let socket = socket(AddressFamily::INET6, SocketType::RAW, Some(raw))?;
    sendto(&socket, &packet, SendFlags::empty(), &SocketAddr::from((to, 0)))?;
    Ok(())
}
