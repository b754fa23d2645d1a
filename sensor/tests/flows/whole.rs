//! What is left out, and that nothing else is.

use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::{
    net::{Net, Side},
    role,
    scene::{Scene, flows, listener},
};

pub(crate) fn left_out() {
    let net = Net::new();
    let bind =
        || net.on(Side::Right, || TcpListener::bind((Side::Right.address(false), 0)).unwrap());
    let (wanted, other) = (bind(), bind());
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let scene = Scene::new(&port(&wanted).to_string());
    for to in [&other, &wanted] {
        let to = to.local_addr().unwrap();
        net.on(Side::Left, || drop(TcpStream::connect(to).unwrap()));
    }
    scene.flow("what goes to the port", |flow| flow["remote"]["port"] == port(&wanted));
    let (events, figures) = scene.end();
    assert!(flows(&events).all(|event| event["flow"]["remote"]["port"] == port(&wanted)));
    assert!(figures["flow"]["filtered"].as_u64().unwrap() > 0, "{figures}");
    assert_eq!(figures["flow"]["made"].as_u64(), Some(flows(&events).count() as u64));
}

pub(crate) fn own() {
    let mut scene = Scene::new("all");
    let listener = listener();
    let to = listener.local_addr().unwrap();
    scene.connect(to);
    let from = listener.accept().unwrap().1;
    // This process's end of it is no act of the sensor's.
    scene.flow("the other end", |flow| flow["remote"]["port"] == from.port());
    let watcher = scene.watcher();
    let (events, figures) = scene.end();
    assert!(!events.iter().any(|event| event["process"]["pid"] == watcher));
    assert!(figures["flow"]["own"].as_u64().unwrap() > 0, "{figures}");
}

pub(crate) fn background() {
    let scene = Scene::new("background");
    let listener = listener();
    let to = listener.local_addr().unwrap();
    let mut child = role::start(&mut role::child(&format!("execute {to}")));
    let pid = child.id();
    let event = scene.wait("cat is executed", |events| {
        let is =
            |event: &&Value| event["process"]["pid"] == pid && event["file"]["basename"] == "cat";
        events.iter().find(is).cloned()
    });
    let protocol = &event["background"]["flows"]["protocols"][0];
    assert_eq!(protocol["proto"], "tcp", "{event:#}");
    let pair = &protocol["pairs"][0];
    assert_eq!(pair["nodes"]["remote"]["address"], "127.0.0.1");
    assert_eq!(pair["port_matrix"][0]["dst_port"], to.port());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let (events, _) = scene.end();
    assert!(
        events.iter().all(|event| event["event_type"] != "network_peer"),
        "no recipe asks for them"
    );
}

pub(crate) fn ten_thousand() {
    const CONNECTIONS: usize = 10_000;
    let listener = listener();
    let to = listener.local_addr().unwrap();
    let scene = Scene::new(&format!("ended:{}", to.port()));
    let accepts = std::thread::spawn(move || {
        for _ in 0..CONNECTIONS {
            drop(listener.accept().unwrap());
        }
    });
    for _ in 0..CONNECTIONS {
        drop(TcpStream::connect(to).unwrap());
    }
    accepts.join().unwrap();
    // Until the last has ended at both ends; what waits in the kernel after that is nobody's.
    let port = format!(":{:04X}", to.port());
    let stands = |line: &str| line.contains(&port) && !line.contains(" 06 ");
    while std::fs::read_to_string("/proc/net/tcp").unwrap().lines().any(stands) {
        std::thread::yield_now();
    }
    let (events, figures) = scene.end();
    let count = |figure: &str| figures["flow"][figure].as_u64().unwrap();
    let told = flows(&events).filter(|event| event["flow"]["remote"]["port"] == to.port()).count();
    // A program that is entered while it runs on that processor is left out by the kernel, which counts it: at most one end each.
    let skipped = figures["skipped"].as_u64().unwrap();
    let decided = count("made");
    assert_eq!(told as u64 + count("lost"), decided, "{figures}");
    assert!((decided..=decided + skipped).contains(&(CONNECTIONS as u64)), "{figures}");
    assert!(flows(&events).all(|event| event["flow"]["phase"]["status"] == "ended"));
}

pub(crate) fn after_its_process() {
    let scene = Scene::new("all");
    let listener = listener();
    let to = listener.local_addr().unwrap();
    let mut child = role::start(&mut role::child(&format!("connect {to}")));
    let server = listener.accept().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // Until the other side closes it too, the kernel holds what nobody has any more.
    drop(server);
    let pid = child.id();
    let ended = scene.wait("its end", |events| {
        let is = |event: &&Value| {
            event["process"]["pid"] == pid && event["flow"]["phase"]["status"] == "ended"
        };
        events.iter().find(is).cloned()
    });
    assert_eq!(ended["process"]["retcode"], 137, "{:#}", ended["process"]);
    assert!(ended["process"]["exit"].as_str() >= ended["process"]["start"].as_str());
    assert_eq!(ended["flow"]["phase"]["ended_by"], "local");
}
