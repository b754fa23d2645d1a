//! A network policy, as who is kept from something and who is reached sees it.

use std::{
    fs,
    io::ErrorKind,
    net::UdpSocket,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use reactant_core::policy::{NetworkPolicy, load_text};
use reactant_helpers::effects::block::policy::{Denial, Upheld};
use rustix::mount::mount_bind;
use serde_json::Value as Json;

use super::{SOON, connect, echoes, machine, names::asks, reachable};
use crate::remote;

const RESOLVER: &str = "10.7.0.3";

struct Run {
    upheld: Arc<Upheld>,
    denials: Receiver<Denial>,
}

impl Run {
    fn start(folder: &Path, text: &str) -> Run {
        let file = folder.join("resolv.conf");
        fs::write(&file, format!("nameserver {RESOLVER}\nnameserver fd07::3\n")).unwrap();
        mount_bind(&file, "/etc/resolv.conf").unwrap();
        let (sender, denials) = channel();
        let told = move |denial| drop(sender.send(denial));
        let cgroup = machine::cgroup();
        let upheld = Upheld::start(policy(text), cgroup.as_deref(), Box::new(told)).unwrap();
        Run { upheld, denials }
    }

    /// What is told next.
    fn told(&self) -> Json {
        let denial = self.denials.recv_timeout(SOON).unwrap();
        let event = denial.event().unwrap();
        serde_json::from_str(&event.packed().root().to_json_exact()).unwrap()
    }

    /// Nothing waits.
    fn silent(&self) {
        let more = self.denials.recv_timeout(Duration::from_millis(200));
        assert!(more.is_err(), "{more:?}");
    }

    /// Waits until a name's answer counts.
    fn knows(&self, addresses: usize) {
        let start = Instant::now();
        while self.upheld.figures().learned < addresses {
            assert!(start.elapsed() < SOON, "{:?}", self.upheld.figures());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn policy(text: &str) -> Arc<NetworkPolicy> {
    let loaded = load_text("policy.yaml", text);
    Arc::new(loaded.policy.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
}

fn head(cidr: &str, default: &str, resolve: &str, names: &str) -> String {
    format!(
        "network_policy:\n  cidr_mode: {cidr}\n  cidr_policy: {default}\n  resolve_mode: {resolve}\n  resolve_policy: {names}\n  rules:\n"
    )
}

/// Refused, and at once.
fn denied(address: &str) {
    let start = Instant::now();
    let error = connect(address).map(drop).expect_err(address);
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{address}");
    let any = if address.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
    let sent = UdpSocket::bind(any).unwrap().send_to(b"x", super::at(address));
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::PermissionDenied, "{address}");
    assert!(start.elapsed() < SOON / 2);
}

pub(super) fn addresses() {
    let folder = tempfile::tempdir().unwrap();
    let mut old = connect("10.8.0.6").unwrap();
    echoes(&mut old).unwrap();
    let text = head("both", "allow", "bypass", "allow")
        + "    - {cidr: 10.8.0.0/16, policy: deny}\n    - {cidr: 10.8.0.0/24, policy: allow}\n    - {cidr: 10.8.0.6, policy: deny}\n    - {cidr: 'fd08::/64', policy: deny}\n    - {cidr: 'fd08::5', policy: allow}\n    - {cidr: 127.0.0.0/8, policy: deny}\n    - {cidr: 10.7.0.3, policy: deny}\n";
    let run = Run::start(folder.path(), &text);
    // The longest prefix wins.
    for address in ["10.8.1.5", "10.8.0.6", "::ffff:10.8.0.6", "fd08::6"] {
        denied(address);
    }
    for address in ["10.8.0.5", "::ffff:10.8.0.5", "10.7.0.2", "fd08::5", "fd08:1::5"] {
        reachable(address);
    }
    // Who is denied is told with who wanted it, once each.
    let event = run.told();
    assert_eq!(event["event_type"], "dropip");
    assert_eq!(event["flow"]["remote"]["address"], "10.8.1.5");
    assert_eq!(event["flow"]["remote"]["port"], remote::ECHO);
    assert_eq!(event["flow"]["proto"], "tcp");
    assert_eq!(event["flow"]["flags"]["egress"], true);
    assert_eq!(event["process"]["pid"], std::process::id());
    let exe = std::env::current_exe().unwrap();
    assert_eq!(event["process"]["exe"], exe.to_str().unwrap());
    assert_eq!(event["process"]["uid"], 0);
    let policy = &event["policy"];
    assert_eq!((&policy["verdict"], &policy["refused"]), (&"deny".into(), &true.into()));
    assert_eq!((&policy["mode"], &policy["at"]), (&"both".into(), &"connect".into()));
    assert_eq!(policy["rule"], serde_json::json!({"cidr": "10.8.0.0/16", "line": 7}));
    let send = run.told();
    assert_eq!((&send["flow"]["proto"], &send["policy"]["at"]), (&"udp".into(), &"send".into()));
    // The machine's own, its loopback and its resolvers are never cut off.
    reachable("10.7.0.3");
    asks(RESOLVER, "evil.example", 1).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    // One that stood is silent, and who calls from there too.
    old.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(echoes(&mut old).is_err());
    let _own = std::net::TcpListener::bind("[::]:6000").unwrap();
    assert_eq!(remote::ask("call 10.8.0.5 10.7.0.1:6000"), "answered");
    assert_eq!(remote::ask("call 10.8.0.6 10.7.0.1:6000"), "silence");
    let start = Instant::now();
    let inward = loop {
        let event = run.told();
        if event["policy"]["at"] == "ingress" && event["flow"]["local"]["port"] == 6000 {
            break event;
        }
        assert!(start.elapsed() < SOON);
    };
    assert_eq!(inward["flow"]["remote"]["address"], "10.8.0.6");
    assert!(inward["process"].get("pid").is_none(), "whose it is is not known: {inward}");
    assert_eq!(inward["flow"]["flags"]["ingress"], true);
    run.upheld.end();
    reachable("10.8.1.5");
    reachable("fd08::6");
}

pub(super) fn modes() {
    let folder = tempfile::tempdir().unwrap();
    let rules =
        "    - {cidr: 10.8.0.6, policy: deny}\n    - {domain: evil.example, policy: deny}\n";
    // Told, and not refused.
    let run = Run::start(folder.path(), &(head("alert", "allow", "alert", "allow") + rules));
    reachable("10.8.0.6");
    let event = run.told();
    assert_eq!(
        (&event["policy"]["refused"], &event["policy"]["mode"]),
        (&false.into(), &"alert".into())
    );
    run.silent();
    asks(RESOLVER, "a.evil.example", 1).unwrap();
    let event = run.told();
    assert_eq!(event["event_type"], "dropdomain");
    assert_eq!(event["flow"]["remote"]["name"], "a.evil.example");
    assert!(event["flow"]["remote"].get("address").is_none());
    assert_eq!(event["policy"]["resolver"], RESOLVER);
    assert_eq!(event["policy"]["rule"], serde_json::json!({"domain": "evil.example", "line": 8}));
    assert_eq!(event["process"]["pid"], std::process::id());
    drop(run);
    // Refused, and not told.
    let run = Run::start(folder.path(), &(head("enforce", "allow", "enforce", "allow") + rules));
    denied("10.8.0.6");
    let error = asks(RESOLVER, "EVIL.example", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    asks(RESOLVER, "notevil.example", 1).unwrap();
    run.silent();
    drop(run);
    // Neither.
    let run = Run::start(folder.path(), &(head("bypass", "deny", "bypass", "deny") + rules));
    reachable("10.8.0.6");
    asks(RESOLVER, "evil.example", 1).unwrap();
    run.silent();
    drop(run);
    // A name that no rule covers.
    let text = head("both", "allow", "both", "deny")
        + "    - {domain: notevil.example, policy: allow}\n    - {domain: a.notevil.example, policy: deny}\n";
    let run = Run::start(folder.path(), &text);
    asks(RESOLVER, "notevil.example", 1).unwrap();
    asks(RESOLVER, "b.notevil.example", 1).unwrap();
    for name in ["a.notevil.example", "evil.example", "example"] {
        let error = asks(RESOLVER, name, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{name}");
        let event = run.told();
        assert_eq!(event["flow"]["remote"]["name"], name);
        assert_eq!(event["policy"]["refused"], true);
    }
}

/// Domain rules hold whatever the mode of resolution is.
pub(super) fn domains() {
    let folder = tempfile::tempdir().unwrap();
    // What a denied name leads to is denied.
    let text = head("both", "allow", "bypass", "allow")
        + "    - {domain: evil.example, policy: deny}\n    - {cidr: 10.8.0.6, policy: allow}\n";
    let run = Run::start(folder.path(), &text);
    reachable("10.8.0.5");
    asks(RESOLVER, "www.good.example", 1).unwrap();
    asks(RESOLVER, "www.good.example", 28).unwrap();
    run.knows(2);
    denied("10.8.0.5");
    denied("fd08::5");
    let event = run.told();
    assert_eq!(event["policy"]["rule"], serde_json::json!({"domain": "evil.example", "line": 7}));
    let names = event["flow"]["remote"]["names"].as_array().unwrap();
    assert!(names.contains(&"cdn.evil.example".into()), "{names:?}");
    // A rule for just this address comes first.
    asks(RESOLVER, "evil.example", 1).unwrap();
    run.knows(3);
    reachable("10.8.0.6");
    drop(run);
    reachable("10.8.0.5");

    // What an allowed name leads to passes where nothing else does.
    let text = head("enforce", "deny", "bypass", "allow")
        + "    - {domain: good.example, policy: allow}\n    - {domain: evil.example, policy: deny}\n    - {domain: other.example, policy: allow}\n    - {domain: notevil.example, policy: allow}\n";
    let run = Run::start(folder.path(), &text);
    for address in ["10.8.0.5", "10.8.1.5", "10.8.0.6", "fd08::5", "10.7.0.2"] {
        denied(address);
    }
    asks(RESOLVER, "notevil.example", 1).unwrap();
    run.knows(1);
    reachable("10.8.1.5");
    // One of its names is denied.
    asks(RESOLVER, "www.good.example", 1).unwrap();
    run.knows(2);
    denied("10.8.0.5");
    // An answer that somebody gave themselves allows nothing, nor does what stands beside an allowed name.
    let mut liar = machine::stranger("liar").stdout(std::process::Stdio::piped()).spawn().unwrap();
    use std::io::BufRead as _;
    let mut said = std::io::BufReader::new(liar.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "lied");
    asks(RESOLVER, "mine.evil-but-clever.example", 1).unwrap();
    asks(RESOLVER, "edge.other.example", 28).unwrap();
    run.knows(3);
    reachable("fd08::5");
    denied("10.7.0.2");
    denied("10.8.0.6");
    liar.kill().unwrap();
    liar.wait().unwrap();
}

/// The same is told once, and a flood is counted.
pub(super) fn storm() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        head("both", "allow", "bypass", "allow") + "    - {cidr: 10.8.0.0/16, policy: deny}\n";
    let run = Run::start(folder.path(), &text);
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    for _ in 0..1000 {
        socket.send_to(b"x", "10.8.0.5:9").unwrap_err();
    }
    let start = Instant::now();
    let first = run.told();
    assert_eq!(first["flow"]["remote"]["port"], 9);
    let told = run.upheld.figures();
    assert!(told.told + told.again >= 1000 && told.told < 10, "{told:?}");
    // Each port is another.
    for port in 1..=20_000_u16 {
        socket.send_to(b"x", ("10.8.0.5", port)).unwrap_err();
    }
    run.upheld.end();
    let figures = run.upheld.figures();
    let read = run.denials.try_iter().count() as u64 + 1;
    println!("a storm of denials: {figures:?}, {read} read, {:?}", start.elapsed());
    assert!(figures.told + figures.lost + figures.again >= 21_000, "{figures:?}");
    assert!(read <= figures.told);
}
