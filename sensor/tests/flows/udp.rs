//! Datagrams.

use std::{net::UdpSocket, os::fd::OwnedFd};

use serde_json::{Value, json};

use crate::{
    net::{Net, Side},
    role,
    scene::{Scene, pid, statuses},
};

fn udp(flow: &Value, by: &str) -> bool {
    flow["proto"] == "udp" && flow["phase"]["initiated_by"] == by
}

pub(crate) fn both_ways_v4() {
    both_ways(false);
}

pub(crate) fn both_ways_v6() {
    both_ways(true);
}

fn both_ways(is_v6: bool) {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let bind = |side: Side| net.on(side, || UdpSocket::bind((side.address(is_v6), 0)).unwrap());
    let (client, server) = (bind(Side::Left), bind(Side::Right));
    let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
    // One of them is connected, the other is not.
    client.connect(to).unwrap();
    let mut bytes = [0; 8];
    for _ in 0..3 {
        client.send(b"ping").unwrap();
        assert_eq!(server.recv_from(&mut bytes).unwrap(), (4, from));
        server.send_to(b"pong", from).unwrap();
        client.recv(&mut bytes).unwrap();
    }
    drop((client, server));

    let out = scene.flow("the caller's end", |flow| udp(flow, "local"));
    assert_eq!(statuses(&out), ["started", "ongoing", "ended"], "not one a packet");
    let flow = &out[0]["flow"];
    assert_eq!(
        flow["local"],
        json!({"address": from.ip().to_string(), "name": "", "names": [], "port": from.port()})
    );
    assert_eq!(flow["remote"]["port"], to.port());
    assert_eq!(
        (&flow["service_port"], &flow["ip_version"]),
        (&json!(to.port()), &json!(if is_v6 { 6 } else { 4 }))
    );
    assert_eq!(flow["phase"]["direction"], "egress");
    assert_eq!(out[1]["flow"]["phase"]["direction"], "both");
    assert_eq!(out[2]["flow"]["phase"]["ended_by"], "local", "the socket was closed");
    let came = scene.flow("the other end", |flow| udp(flow, "remote"));
    assert_eq!(statuses(&came), ["started", "ongoing", "ended"]);
    assert_eq!(came[0]["flow"]["phase"]["direction"], "ingress");
    assert_eq!(came[0]["flow"]["service_port"], to.port());
    assert!(came.iter().all(|event| event["flow"]["uuid"] == came[0]["flow"]["uuid"]));
}

pub(crate) fn each_peer() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let socket = net.on(Side::Left, || UdpSocket::bind((Side::Left.address(false), 0)).unwrap());
    for port in 7001..7004 {
        socket.send_to(b"x", (Side::Right.address(false), port)).unwrap();
        socket.send_to(b"x", (Side::Right.address(false), port)).unwrap();
    }
    drop(socket);
    for port in 7001..7004 {
        let out = scene.flow("each", |flow| udp(flow, "local") && flow["remote"]["port"] == port);
        assert_eq!(statuses(&out), ["started", "ended"]);
    }
}

pub(crate) fn passed_on() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let socket = net.on(Side::Left, || UdpSocket::bind((Side::Left.address(false), 0)).unwrap());
    // Somebody is there: else who sends next is told that nobody is.
    let there = net.on(Side::Right, || UdpSocket::bind((Side::Right.address(false), 0)).unwrap());
    socket.connect(there.local_addr().unwrap()).unwrap();
    socket.send(b"x").unwrap();
    let twin = OwnedFd::from(socket.try_clone().unwrap());
    let mut child = role::child("send").stdin(twin).spawn().unwrap();
    let other = child.id();
    assert!(child.wait().unwrap().success());
    let (own, theirs) = scene.wait("both have it", |events| {
        let of = |pid: u32| {
            let is =
                |event: &&Value| event["process"]["pid"] == pid && udp(&event["flow"], "local");
            events.iter().find(is).cloned()
        };
        Some((of(pid())?, of(other)?))
    });
    assert_eq!(own["flow"]["uuid"], theirs["flow"]["uuid"]);
    drop((socket, there));
}
