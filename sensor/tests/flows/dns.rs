//! Names: a small resolver of the tests' own, honest and not.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    os::unix::process::CommandExt,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    net::{Net, Side},
    role,
    scene::Scene,
};

/// The number of every query.
const ID: u16 = 0x1234;

/// A message about one name, with addresses.
fn message(id: u16, flags: u16, name: &str, addresses: &[Ipv4Addr]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [id, flags, 1, addresses.len() as u16, 0, 0] {
        bytes.extend(word.to_be_bytes());
    }
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    for address in addresses {
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4]);
        bytes.extend(address.octets());
    }
    bytes
}

/// Asks, and takes so many answers.
pub(crate) fn ask(resolver: SocketAddr, name: &str, answers: usize) {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.send_to(&message(ID, 0x0100, name, &[]), resolver).unwrap();
    for _ in 0..answers {
        socket.recv(&mut [0; 512]).unwrap();
    }
}

/// Answers as many queries with what this makes of the name; gives its address.
fn resolver(
    net: &Net,
    queries: usize,
    answers: fn(&[UdpSocket; 2], SocketAddr, &str),
) -> (SocketAddr, thread::JoinHandle<()>) {
    let bind = |at: &str| net.on(Side::Right, || UdpSocket::bind((at, 53)).unwrap());
    let sockets = ["10.9.0.2", "10.9.0.3"].map(bind);
    let at = sockets[0].local_addr().unwrap();
    let resolver = thread::spawn(move || {
        for _ in 0..queries {
            let mut bytes = [0; 512];
            let (count, from) = sockets[0].recv_from(&mut bytes).unwrap();
            let mut labels = Vec::new();
            let mut rest = &bytes[12..count];
            while let [length, more @ ..] = rest
                && *length > 0
            {
                let (label, next) = more.split_at(usize::from(*length));
                labels.push(std::str::from_utf8(label).unwrap());
                rest = next;
            }
            answers(&sockets, from, &labels.join("."));
        }
    });
    (at, resolver)
}

fn there() -> Ipv4Addr {
    match Side::Right.address(false) {
        IpAddr::V4(v4) => v4,
        IpAddr::V6(_) => unreachable!("asked for version 4"),
    }
}

fn honest([socket, _]: &[UdpSocket; 2], from: SocketAddr, name: &str) {
    socket.send_to(&message(ID, 0x8180, name, &[there()]), from).unwrap();
}

/// The remote end of the first connection of a process.
fn remote(scene: &Scene, pid: u32) -> Value {
    scene.wait("the connection", |events| {
        let is = |event: &&Value| event["process"]["pid"] == pid && event["flow"]["proto"] == "tcp";
        Some(events.iter().find(is)?["flow"]["remote"].clone())
    })
}

fn listener(net: &Net) -> (TcpListener, SocketAddr) {
    let listener =
        net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let to = listener.local_addr().unwrap();
    (listener, to)
}

pub(crate) fn answered() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let (_listener, to) = listener(&net);
    let (at, resolver) = resolver(&net, 1, honest);
    let child = net.on(Side::Left, || {
        role::start(&mut role::child(&format!("ask 1 {at} www.evil.example {to}")))
    });
    let remote = remote(&scene, child.id());
    assert_eq!(
        (&remote["name"], &remote["names"]),
        (&json!("www.evil.example"), &json!(["www.evil.example"]))
    );
    resolver.join().unwrap();
    end(child);
    let (_, figures) = scene.end();
    assert_eq!(figures["names"]["made"], 1);
}

fn end(mut child: std::process::Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

pub(crate) fn of_another_user() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let (_listener, to) = listener(&net);
    let (at, resolver) = resolver(&net, 1, honest);
    // Nobody asks for a name of this address; who is not nobody has none for it.
    let mut asks = role::child(&format!("ask 1 {at} www.evil.example {to}"));
    let child = net.on(Side::Left, || role::start(asks.uid(65_534)));
    assert_eq!(remote(&scene, child.id())["name"], "www.evil.example");
    let other = net.on(Side::Left, || role::start(&mut role::child(&format!("connect {to}"))));
    assert_eq!(remote(&scene, other.id())["name"], "");
    // The same user in another process has it.
    let third =
        net.on(Side::Left, || role::start(role::child(&format!("connect {to}")).uid(65_534)));
    assert_eq!(remote(&scene, third.id())["name"], "www.evil.example");
    resolver.join().unwrap();
    [child, other, third].into_iter().for_each(end);
}

pub(crate) fn hostile() {
    let (net, scene) = (Net::new(), Scene::new("all"));
    let (_listener, to) = listener(&net);
    let (at, resolver) = resolver(&net, 1, |[socket, other], from, name| {
        let lie = |id, flags, name: &str| message(id, flags, name, &[there()]);
        // From an address that was not asked, before the answer.
        other.send_to(&lie(ID, 0x8180, name), from).unwrap();
        // Under another number.
        socket.send_to(&lie(ID + 1, 0x8180, name), from).unwrap();
        // To who asked, but about something else; that is what this query is answered with.
        socket.send_to(&lie(ID, 0x8180, "bank.example"), from).unwrap();
        // After the answer.
        socket.send_to(&lie(ID, 0x8180, name), from).unwrap();
    });
    let child = net.on(Side::Left, || {
        role::start(&mut role::child(&format!("ask 4 {at} www.evil.example {to}")))
    });
    let remote = remote(&scene, child.id());
    assert_eq!((&remote["name"], &remote["names"]), (&json!(""), &json!([])));
    resolver.join().unwrap();
    end(child);
}
