//! Connections.

use std::{
    io::{Read, Write},
    net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    time::Duration,
};

use rustix::net::{AddressFamily, SocketType, sockopt};
use serde_json::{Value, json};

use crate::{
    net::{Net, Side},
    role,
    scene::{Scene, flows, listener, pid, statuses},
};

fn outgoing(flow: &Value) -> bool {
    flow["proto"] == "tcp" && flow["phase"]["initiated_by"] == "local"
}

fn incoming(flow: &Value) -> bool {
    flow["proto"] == "tcp" && flow["phase"]["initiated_by"] == "remote"
}

/// What all flags are where these are true.
fn flags(names: &str) -> Value {
    let all = "ingress egress incoming outgoing started ongoing ended terminator terminated";
    let all = all
        .split(' ')
        .map(|name| (name.to_owned(), names.split(' ').any(|other| other == name).into()));
    Value::Object(all.collect())
}

pub(crate) fn both_ends_v4() {
    both_ends(false);
}

pub(crate) fn both_ends_v6() {
    both_ends(true);
}

fn both_ends(is_v6: bool) {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(is_v6), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let mut client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    let from = client.local_addr().unwrap();
    let (mut server, _) = net.on(Side::Right, || listener.accept().unwrap());
    client.write_all(b"hello").unwrap();
    drop(client);
    let mut all = Vec::new();
    server.read_to_end(&mut all).unwrap();
    drop(server);

    let out = scene
        .flow("the caller's end", |flow| outgoing(flow) && flow["remote"]["port"] == to.port());
    assert_eq!(statuses(&out), ["started", "ongoing", "ended"]);
    let end = |at: SocketAddr| json!({"address": at.ip().to_string(), "name": "", "names": [], "port": at.port()});
    let flow = &out[0]["flow"];
    let expected = json!({
        "uuid": flow["uuid"], "ip_version": if is_v6 { 6 } else { 4 }, "proto": "tcp", "icmp": {"type": "", "code": ""},
        "local": end(from), "remote": end(to), "service_port": to.port(), "flags": flags("egress outgoing started"),
        "phase": {"direction": "egress", "initiated_by": "local", "status": "started", "ended_by": ""},
    });
    assert_eq!(*flow, expected);
    assert_eq!(out[1]["flow"]["flags"], flags("ingress egress outgoing ongoing"));
    assert_eq!(out[1]["flow"]["phase"]["direction"], "both");
    assert_eq!(out[2]["flow"]["flags"], flags("ingress egress outgoing ended terminator"));
    assert_eq!(out[2]["flow"]["phase"]["ended_by"], "local");
    assert_eq!(out[2]["flow"]["local"], end(from));
    let process = &out[0]["process"];
    assert_eq!(process["exe"], std::env::current_exe().unwrap().to_str().unwrap());
    let ancestry = out[0]["background"]["ancestry"].as_array().unwrap();
    assert_eq!((&ancestry[0]["pid"], &ancestry.last().unwrap()["pid"]), (&json!(1), &json!(pid())));
    assert_eq!(
        ancestry,
        out[2]["background"]["ancestry"].as_array().unwrap(),
        "also once it is told by the kernel alone"
    );

    let came =
        scene.flow("the other end", |flow| incoming(flow) && flow["remote"]["port"] == from.port());
    assert_eq!(statuses(&came), ["started", "ongoing", "ended"]);
    assert!(came[0]["flow"]["uuid"] != out[0]["flow"]["uuid"]);
    assert_eq!(came[0]["flow"]["flags"], flags("ingress incoming started"));
    assert_eq!(came[1]["flow"]["flags"], flags("ingress egress incoming ongoing"));
    assert_eq!(came[2]["flow"]["flags"], flags("ingress egress incoming ended terminated"));
    assert_eq!(came[2]["flow"]["phase"]["ended_by"], "remote");
    for event in &came {
        assert_eq!((&event["flow"]["local"], &event["flow"]["remote"]), (&end(to), &end(from)));
        assert_eq!(event["flow"]["service_port"], to.port());
    }
}

pub(crate) fn who_resets_has_ended_it() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    let (server, _) = listener.accept().unwrap();
    // Closing it sends a reset.
    sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    let out = scene.flow("the caller's end", outgoing);
    assert_eq!(out.last().unwrap()["flow"]["phase"]["ended_by"], "local");
    let came = scene.flow("the other end", incoming);
    assert_eq!(came.last().unwrap()["flow"]["phase"]["ended_by"], "remote");
    drop(server);
}

pub(crate) fn refused() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    net.on(Side::Left, || TcpStream::connect((Side::Right.address(false), 9)).unwrap_err());
    let out = scene.flow("the attempt", outgoing);
    assert_eq!(statuses(&out), ["started", "ended"]);
    assert_eq!(out[1]["flow"]["flags"], flags("ingress egress outgoing ended terminated"));
    assert_eq!(out[1]["flow"]["remote"]["port"], 9);
    assert!(out[1]["flow"]["local"]["port"].as_u64().unwrap() > 0);
}

pub(crate) fn nobody_answers() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    // A machine that is not there: who asks for it is dropped.
    net.on(Side::Left, || {
        let to = SocketAddr::new("10.9.0.77".parse().unwrap(), 80);
        std::process::Command::new("ip")
            .args("neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev cable".split(' '))
            .status()
            .unwrap();
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        sockopt::set_tcp_user_timeout(&socket, 300).unwrap();
        rustix::net::connect(&socket, &to).unwrap_err();
    });
    let out = scene.flow("the attempt", outgoing);
    assert_eq!(statuses(&out), ["started", "ended"]);
    assert_eq!(out[1]["flow"]["flags"], flags("egress outgoing ended"));
    assert_eq!(out[1]["flow"]["phase"]["ended_by"], "");
}

pub(crate) fn told_as_it_is_accepted() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    scene.wait("the caller's end stands", |events| {
        flows(events)
            .find(|event| outgoing(&event["flow"]) && event["flow"]["phase"]["status"] == "ongoing")
            .map(drop)
    });
    scene.wait("nobody has accepted it", |events| {
        assert!(!flows(events).any(|event| incoming(&event["flow"])));
        Some(())
    });
    let accepted = listener.accept().unwrap();
    scene.wait("it is accepted", |events| {
        flows(events).find(|event| incoming(&event["flow"])).map(drop)
    });
    // And where accept waits for it.
    let waits = std::thread::spawn(move || listener.accept().unwrap().0);
    let other = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    let port = other.local_addr().unwrap().port();
    let server = waits.join().unwrap();
    drop((client, accepted, other, server));
    let came = scene.flow("the other one", |flow| incoming(flow) && flow["remote"]["port"] == port);
    assert_eq!(statuses(&came), ["started", "ongoing", "ended"]);
}

pub(crate) fn nobody_accepts() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(true), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    let came = scene.flow("the other end", incoming);
    assert_eq!(statuses(&came), ["started", "ongoing", "ended"]);
    assert_eq!(came[2]["flow"]["phase"]["ended_by"], "remote");
    drop(listener);
}

pub(crate) fn mapped() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener = net.on(Side::Right, || TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap());
    let port = listener.local_addr().unwrap().port();
    let client =
        net.on(Side::Left, || TcpStream::connect((Side::Right.address(false), port)).unwrap());
    let server = listener.accept().unwrap();
    assert!(server.1.is_ipv6(), "the socket is of version 6");
    drop((client, server));
    let came = scene.flow("the other end", incoming);
    assert_eq!(came[0]["flow"]["ip_version"], 4);
    assert_eq!(came[0]["flow"]["remote"]["address"], "10.9.0.1");
    assert_eq!(came[0]["flow"]["local"]["address"], "10.9.0.2");
}

pub(crate) fn forked_server() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let mut server = role::child("accept").stdin(OwnedFd::from(listener)).spawn().unwrap();
    let mut client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    client.write_all(b"four").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut count = [0];
    client.read_exact(&mut count).unwrap();
    assert_eq!((count[0], server.wait().unwrap().success()), (4, true));
    let ended = scene.wait("the other end", |events| {
        let is = |event: &&Value| {
            incoming(&event["flow"]) && event["flow"]["phase"]["status"] == "ended"
        };
        events.iter().find(is).cloned()
    });
    // A child served it, and closed it last.
    assert_eq!(ended["process"]["pid"], server.id());
    assert_eq!(ended["process"].get("exit"), None, "it is there still");
}

pub(crate) fn stands() {
    let net = Net::new();
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    let client = net.on(Side::Left, || TcpStream::connect(to).unwrap());
    let (server, from) = listener.accept().unwrap();
    let scene = Scene::new("all");
    let stands = |what, is: &dyn Fn(&Value) -> bool| {
        scene.wait(what, |events| flows(events).find(|event| is(&event["flow"])).cloned())
    };
    let out = stands("the caller's end", &outgoing);
    assert_eq!(out["flow"]["flags"], flags("ingress egress outgoing ongoing"));
    assert_eq!(out["flow"]["local"]["port"], from.port());
    let came = stands("the other end", &incoming);
    assert_eq!(came["flow"]["flags"], flags("ingress egress incoming ongoing"));
    drop(server);
    drop(client);
    assert_eq!(statuses(&scene.flow("its end", outgoing)), ["ongoing", "ended"]);
}

pub(crate) fn loopback() {
    let scene = Scene::new("all");
    let listener = listener();
    let to = listener.local_addr().unwrap();
    let client = TcpStream::connect(to).unwrap();
    let from = client.local_addr().unwrap();
    let (server, _) = listener.accept().unwrap();
    drop((client, server));
    let out = scene
        .flow("the caller's end", |flow| outgoing(flow) && flow["remote"]["port"] == to.port());
    let came =
        scene.flow("the other end", |flow| incoming(flow) && flow["remote"]["port"] == from.port());
    for event in out.iter().chain(&came) {
        assert_eq!(event["flow"]["phase"]["direction"], "local");
    }
    assert!(out[0]["flow"]["uuid"] != came[0]["flow"]["uuid"]);
}
