//! Echoes.

use std::{net::SocketAddr, os::fd::OwnedFd};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, ipproto, recv, sendto, socket};
use serde_json::Value;

use crate::{
    net::{Net, Side},
    scene::{Scene, statuses},
};

fn is_icmp(flow: &Value) -> bool {
    flow["proto"] == "icmp"
}

/// Asks for an echo and waits for it.
fn echo(socket: &OwnedFd, side: Side, is_v6: bool) {
    let to = SocketAddr::new(side.address(is_v6), 0);
    let mut request = [if is_v6 { 128 } else { 8 }, 0, 0, 0, 0, 1, 0, 1];
    // A raw socket of version 4 is not helped with the checksum.
    request[2..4].copy_from_slice(&(!(0x0800u16 + 1 + 1)).to_be_bytes());
    sendto(socket, &request, SendFlags::empty(), &to).unwrap();
    recv(socket, &mut [0u8; 128][..], RecvFlags::empty()).unwrap();
}

fn ping(is_v6: bool) {
    let (net, scene) = (Net::new(), Scene::new("all"));
    net.set(Side::Left, "ipv4/ping_group_range", "0 2147483647");
    net.on(Side::Left, || {
        let (family, protocol) = if is_v6 {
            (AddressFamily::INET6, ipproto::ICMPV6)
        } else {
            (AddressFamily::INET, ipproto::ICMP)
        };
        let socket = socket(family, SocketType::DGRAM, Some(protocol)).unwrap();
        echo(&socket, Side::Right, is_v6);
        echo(&socket, Side::Right, is_v6);
    });
    let out = scene.flow("the echo", is_icmp);
    assert_eq!(statuses(&out), ["started", "ongoing", "ended"]);
    let flow = &out[0]["flow"];
    assert_eq!(flow["icmp"]["type"], "echo-request");
    assert_eq!(flow["remote"]["address"], Side::Right.address(is_v6).to_string());
    assert_eq!(flow["local"]["address"], Side::Left.address(is_v6).to_string());
    assert_eq!(flow["phase"]["initiated_by"], "local");
}

pub(crate) fn echo_v4() {
    ping(false);
}

pub(crate) fn echo_v6() {
    ping(true);
}

pub(crate) fn raw() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    net.on(Side::Left, || {
        let socket = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP)).unwrap();
        echo(&socket, Side::Right, false);
    });
    let out = scene.flow("the echo", is_icmp);
    assert_eq!(statuses(&out), ["started", "ongoing", "ended"]);
    assert_eq!(out[0]["flow"]["icmp"]["type"], "echo-request");
}
