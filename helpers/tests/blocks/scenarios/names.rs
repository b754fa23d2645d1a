//! Blocked names, as who asks for them and who is reached sees it.

#[allow(unsafe_code, reason = "socket options that no safe call sets")]
mod raw;

use std::{
    env, fs,
    io::{BufRead, BufReader, ErrorKind, Read},
    net::{IpAddr, UdpSocket},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use reactant_core::{config::BlocksOnExit, dns::Message};
use reactant_helpers::effects::{
    Blockable, Holder, Outcome, Whose,
    block::{Kind, Names, OnDemand, Settings},
};
use rustix::mount::mount_bind;

use super::{SOON, connect, echoes, machine, reachable, refused, settings};
use crate::{resolver, wire};

/// The resolvers of the runtime's machine.
const RESOLVERS: [&str; 2] = ["10.7.0.3", "fd07::3"];

const FOLDER: &str = "REACTANT_FOLDER";

/// Makes the remote machine this one's resolver.
fn resolvers(folder: &Path) {
    let file = folder.join("resolv.conf");
    fs::write(&file, "nameserver 10.7.0.3\nnameserver fd07::3\n").unwrap();
    mount_bind(&file, "/etc/resolv.conf").unwrap();
}

/// A run over a data folder.
struct Run {
    demand: OnDemand,
    names: Arc<Names>,
}

impl Run {
    fn open(folder: &Path) -> Run {
        Run::with(settings(Kind::Cgroup, folder))
    }

    fn with(settings: Settings) -> Run {
        let demand = OnDemand::new(settings);
        let names = demand.names().unwrap();
        Run { demand, names }
    }

    fn add(&self, name: &str, by: &str, span: Option<Duration>) -> Result<Outcome, String> {
        let deadline = Instant::now() + SOON;
        let added = self.names.add(&domain(name), &Holder::new(by, "event"), span, deadline);
        added.map_err(|failure| failure.0)
    }

    fn block(&self, name: &str) {
        assert_eq!(self.add(name, "recipe", None), Ok(Outcome::Done), "{name}");
    }

    fn unblock(&self, name: &str) {
        assert_eq!(self.end(name, "recipe"), Outcome::Done, "{name}");
    }

    fn end(&self, name: &str, by: &str) -> Outcome {
        self.names.end(&domain(name), Whose::Recipe(by)).unwrap().0
    }

    /// The addresses that follow from names.
    fn followed(&self) -> Vec<String> {
        let listed = self.demand.blocks().unwrap().list();
        let mut found: Vec<String> = listed
            .iter()
            .filter(|held| held.holder.recipe.starts_with("domain "))
            .map(|held| format!("{} by {}", held.what, held.holder.recipe))
            .collect();
        found.sort();
        found
    }

    /// Waits until an address that follows from a name is blocked.
    fn follows(&self, address: &str) {
        let start = Instant::now();
        while !self.followed().iter().any(|held| held.starts_with(&format!("{address} "))) {
            assert!(start.elapsed() < SOON, "{address} in {:?}", self.followed());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn domain(name: &str) -> Blockable {
    Blockable::Domain(name.to_owned())
}

fn query(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let head = [id.to_be_bytes(), [1, 0], [0, 1], [0, 0], [0, 0], [0, 0]].concat();
    [head, resolver::wire(name), [kind.to_be_bytes(), [0, 1]].concat()].concat()
}

/// A client that asks one resolver.
fn client(resolver: &str) -> UdpSocket {
    let any = if resolver.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    socket.connect((resolver.parse::<IpAddr>().unwrap(), resolver::PORT)).unwrap();
    socket
}

pub(super) fn asks(resolver: &str, name: &str, kind: u16) -> std::io::Result<Message> {
    let socket = client(resolver);
    socket.send(&query(77, name, kind))?;
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer)?;
    Ok(Message::parse(&buffer[..length]).unwrap())
}

/// A query is refused, and at once.
fn unasked(name: &str) {
    for resolver in RESOLVERS {
        let start = Instant::now();
        let error = asks(resolver, name, 1).map(drop).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{name}");
        assert!(start.elapsed() < SOON / 2, "{name}");
    }
}

fn asked(name: &str) -> Message {
    let all = RESOLVERS.map(|resolver| asks(resolver, name, 1).unwrap());
    let [first, _] = all;
    first
}

pub(super) fn refusal() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    unasked_none();
    run.block("evil.example");
    for name in
        ["evil.example", "a.evil.example", "b.a.evil.example", "EVIL.eXample", "a.eViL.example"]
    {
        unasked(name);
    }
    for name in ["notevil.example", "example", "good.example", "evil.example.good.example", "evil"]
    {
        asked(name);
    }
    let wide = format!("{}.evil.example", ["abcdefghijklmno"; 15].join("."));
    assert_eq!(wide.len(), 252);
    unasked(&wide);

    // Whatever else is in it.
    let start = Instant::now();
    for resolver in RESOLVERS {
        let to = (resolver.parse::<IpAddr>().unwrap(), resolver::PORT);
        let any = if resolver.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
        let socket = UdpSocket::bind(any).unwrap();
        let plain = query(1, "evil.example", 1);
        // EDNS.
        let mut edns = query(1, "evil.example", 28);
        edns[11] = 1;
        edns.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        // Two questions, of which the second is blocked.
        let mut two = query(1, "good.example", 1);
        two[5] = 2;
        two.extend(&plain[12..]);
        // A name whose end stands elsewhere.
        let mut pointed = query(1, "a", 1);
        pointed.splice(14..15, [0xc0, 19]);
        pointed.extend(resolver::wire("evil.example"));
        for hidden in [&plain, &edns, &two, &pointed] {
            let error = socket.send_to(hidden, to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        }
        // Of no port of a resolver, it is none of ours.
        socket.send_to(&plain, (to.0, 5300)).unwrap();
        // What asks nothing passes: an answer, and what is too short.
        let mut answer = plain.clone();
        answer[2] |= 0x80;
        socket.send_to(&answer, to).unwrap();
        socket.send_to(b"abc", to).unwrap();
        // Two datagrams in one.
        let several = [query(1, "good.exampl", 1), query(1, "evil.example", 1)];
        raw::segment(&socket, several[0].len() as u16);
        let error = socket.send_to(&several.concat(), to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        raw::segment(&socket, 0);
        // Sent in two calls.
        raw::cork(&socket, to.into(), &plain);
    }
    assert!(start.elapsed() < SOON);
    // Behind other headers.
    for (extension, passes) in [(60, false), (0, false), (43, false), (44, false), (255, true)] {
        let name = if passes { "good.example" } else { "evil.example" };
        let sent = raw::behind(extension, &query(1, name, 1));
        assert_eq!(
            sent.map_err(|error| error.kind()),
            if passes { Ok(()) } else { Err(ErrorKind::PermissionDenied) },
            "{extension}"
        );
    }
    run.unblock("evil.example");
    unasked_none();
    // Nothing stays where nothing is blocked.
    run.demand.close().unwrap();
    drop(run);
    assert_eq!(pins(), Vec::<PathBuf>::new());
}

fn unasked_none() {
    for name in ["evil.example", "a.evil.example", "notevil.example"] {
        asked(name);
    }
}

/// What is pinned that has to do with names.
fn pins() -> Vec<PathBuf> {
    let all = fs::read_dir("/sys/fs/bpf").unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.to_string_lossy().contains("names")).collect()
}

/// Somebody asked before the name was blocked.
pub(super) fn before() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    asks(RESOLVERS[0], "www.good.example", 1).unwrap();
    asks(RESOLVERS[1], "www.good.example", 28).unwrap();
    // The answers are heard in their order.
    let heard = Instant::now();
    while run.names.heard().answers < 2 {
        assert!(heard.elapsed() < SOON);
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(100));
    let mut old = ["10.8.0.5", "fd08::5"].map(|address| connect(address).unwrap());
    let mut other = connect("10.8.1.5").unwrap();
    old.iter_mut().for_each(|stream| echoes(stream).unwrap());
    let start = Instant::now();
    run.block("evil.example");
    println!("a name with two known addresses: blocked in {:?}", start.elapsed());
    for (stream, address) in old.iter_mut().zip(["10.8.0.5", "fd08::5"]) {
        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionAborted);
        refused(address);
    }
    // It was asked for its own as well.
    refused("10.8.0.6");
    refused("fd08::6");
    echoes(&mut other).unwrap();
    reachable("10.8.1.5");
    let held = ["10.8.0.5", "10.8.0.6", "fd08::5", "fd08::6"];
    assert_eq!(run.followed(), held.map(|at| format!("{at} by domain evil.example")));
    // An address that somebody else holds too stays.
    let blocks = run.demand.blocks().unwrap();
    let other = Holder::new("other", "event");
    blocks.add(&super::net("10.8.0.6"), &other, None).unwrap();
    run.unblock("evil.example");
    for address in ["10.8.0.5", "fd08::5", "fd08::6"] {
        reachable(address);
    }
    refused("10.8.0.6");
    assert_eq!(run.followed(), Vec::<String>::new());
}

/// Somebody asks for another name, which leads over a blocked one.
pub(super) fn after() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    run.block("evil.example");
    run.block("other.example");
    reachable("10.8.0.5");
    // Its records come in another order each time.
    for _ in 0..4 {
        asks(RESOLVERS[0], "wWw.gOOd.example", 1).unwrap();
        asks(RESOLVERS[1], "www.good.example", 28).unwrap();
        run.follows("10.8.0.5");
        run.follows("fd08::5");
        refused("10.8.0.5");
        refused("fd08::5");
        // Both names led there.
        run.unblock("evil.example");
        refused("10.8.0.5");
        run.unblock("other.example");
        reachable("10.8.0.5");
        reachable("fd08::5");
        run.block("evil.example");
        run.block("other.example");
        // What is known already is blocked at once.
        refused("10.8.0.5");
    }
    // What is damaged hides nothing.
    for (name, address) in [("junk.good.example", "10.7.0.2"), ("short.good.example", "10.8.1.5")] {
        reachable(address);
        asks(RESOLVERS[0], name, 1).unwrap();
        run.follows(address);
        refused(address);
    }
}

/// Answers that nobody asked for, or that somebody gave themselves.
pub(super) fn lies() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    run.block("evil.example");
    for name in ["wrong-id.good.example", "wrong-name.good.example", "wrong-port.good.example"] {
        let socket = client(RESOLVERS[0]);
        socket.send(&query(4, name, 1)).unwrap();
        // Whatever came: one to another port does not come at all.
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let _ = socket.recv(&mut [0; 512]);
    }
    // In a network of their own, everybody is whoever they say.
    let mut liar = machine::stranger("liar").stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(liar.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "lied");
    // What comes after all of these is heard, so they have been.
    asks(RESOLVERS[0], "www.good.example", 1).unwrap();
    run.follows("10.8.0.5");
    assert!(
        !run.followed().iter().any(|held| held.starts_with("10.8.1.5 ")),
        "{:?}",
        run.followed()
    );
    reachable("10.8.1.5");
    // An honest one says the same, and counts.
    asks(RESOLVERS[0], "second.good.example", 1).unwrap();
    run.follows("10.8.1.5");
    refused("10.8.1.5");
    // An address beside an alias is none of the other name's.
    asks(RESOLVERS[0], "beside.good.example", 1).unwrap();
    asks(RESOLVERS[1], "www.good.example", 28).unwrap();
    run.follows("fd08::5");
    reachable("10.7.0.2");
    liar.kill().unwrap();
    liar.wait().unwrap();
}

/// Somebody without rights, who asks a resolver that they are themselves.
pub(super) fn be_liar() {
    wire::up("lo");
    wire::address("lo", &["10.7.0.3/32", "fd07::3/128"]);
    wire::settled("fd07::3".parse().unwrap());
    for resolver in RESOLVERS {
        let address: IpAddr = resolver.parse().unwrap();
        let socket = UdpSocket::bind((address, resolver::PORT)).unwrap();
        thread::spawn(move || resolver::answer_all(&socket));
        let answer = asks(resolver, "second.good.example", 1);
        let answer = answer.unwrap_or_else(|error| panic!("{resolver}: {error}"));
        assert_eq!(answer.resolved().addresses[0].0.to_string(), "10.8.1.5");
    }
    println!("lied");
    thread::sleep(Duration::from_secs(60));
}

pub(super) fn refused_names() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let mut settings = settings(Kind::Cgroup, folder.path());
    settings.protect.add("10.8.0.0/30".parse().unwrap());
    settings.protect.add("10.8.0.5".parse().unwrap());
    settings.protect.add("corp.example".parse().unwrap());
    let run = Run::with(settings);
    let why = |name: &str| run.add(name, "recipe", None).unwrap_err();
    for (name, reason) in [
        ("protected.example", "it leads to 10.8.0.5: 10.8.0.5/32 is protected"),
        ("alias.protected.example", "it leads to 10.8.0.5: 10.8.0.5/32 is protected"),
        ("own.example", "it leads to 10.7.0.1: 10.7.0.1 is the host's own address"),
        ("resolver.example", "it leads to 10.7.0.3: 10.7.0.3 is a resolver"),
        ("corp.example", "corp.example is protected"),
        ("a.corp.example", "corp.example is protected"),
        ("example", "corp.example is protected"),
        ("localhost", "loopback"),
    ] {
        assert_eq!(why(name), format!("{name} is never blocked: {reason}"));
    }
    assert_eq!(run.names.list(), []);
    unasked_none();
    // One that leads nowhere can be blocked, and only as far as it leads anywhere.
    run.block("sunk.example");
    unasked("sunk.example");
    // A name below does not keep the one above from being blocked, and what it leads to is told.
    asked("below.rebinding.example");
    thread::sleep(Duration::from_millis(100));
    run.block("rebinding.example");
    unasked("below.rebinding.example");
    refused("10.8.0.6");
    let (notes, beyond) = run.names.take_notes();
    assert_eq!(beyond, 0);
    assert_eq!(
        notes,
        [
            "rebinding.example leads to 10.7.0.1: 10.7.0.1 is never blocked: 10.7.0.1 is the host's own address"
        ]
    );
}

pub(super) fn holders() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    run.block("evil.example");
    let already = Ok(Outcome::Already("already blocked".into()));
    assert_eq!(run.add("evil.example", "b", None), already);
    assert_eq!(run.add("a.evil.example", "c", None), already);
    let ended = run.end("evil.example", "recipe");
    assert_eq!(ended, Outcome::Already("still blocked by b".into()));
    unasked("evil.example");
    refused("10.8.0.6");
    assert_eq!(run.end("evil.example", "b"), Outcome::Done);
    asked("evil.example");
    unasked("a.evil.example");
    reachable("10.8.0.6");
    // The blocks of two data folders stand by themselves.
    let second = tempfile::tempdir().unwrap();
    let other = Run::open(second.path());
    other.block("evil.example");
    run.block("evil.example");
    other.unblock("evil.example");
    unasked("evil.example");
    run.unblock("evil.example");
    asked("evil.example");
}

/// A runtime that blocks two names and waits to be killed.
pub(super) fn be_naming() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let run = Run::open(&folder);
    run.block("evil.example");
    let span = Some(Duration::from_secs(3));
    assert_eq!(run.add("good.example", "recipe", span), Ok(Outcome::Done));
    println!("blocked");
    thread::sleep(Duration::from_secs(60));
}

pub(super) fn restart() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let path = folder.path().to_str().unwrap();
    let mut child =
        machine::another("naming", &[(FOLDER, path)]).stdout(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "blocked");
    child.kill().unwrap();
    child.wait().unwrap();
    // Nothing runs.
    unasked("a.evil.example");
    refused("10.8.0.6");
    if start.elapsed() < Duration::from_secs(2) {
        unasked("good.example");
    }
    let run = Run::open(folder.path());
    unasked("evil.example");
    refused("10.8.0.6");
    assert_eq!(
        run.followed(),
        ["10.8.0.6 by domain evil.example", "fd08::6 by domain evil.example"]
    );
    drop(run);
    // A block that ends ends also while nothing runs.
    let late = Instant::now();
    while asks(RESOLVERS[0], "good.example", 1).is_err() {
        assert!(late.elapsed() < Duration::from_secs(4));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(
        start.elapsed() >= Duration::from_secs(3) || start.elapsed() >= Duration::from_millis(2900)
    );
    unasked("evil.example");
    let run = Run::open(folder.path());
    let held: Vec<String> = run.names.list().iter().map(|held| held.what.to_string()).collect();
    assert_eq!(held, ["evil.example"]);
    run.unblock("evil.example");
    reachable("10.8.0.6");
    reachable("fd08::6");
    asked("evil.example");
    // Without its pins, the next start blocks again.
    run.block("evil.example");
    run.demand.close().unwrap();
    drop(run);
    unasked("evil.example");
    for pins in pins() {
        fs::remove_dir_all(pins).unwrap();
    }
    thread::sleep(Duration::from_millis(300));
    asked("evil.example");
    let mut remove = settings(Kind::Cgroup, folder.path());
    let run = Run::open(folder.path());
    unasked("evil.example");
    drop(run);
    remove.on_exit = BlocksOnExit::Remove;
    let run = Run::with(remove);
    unasked("evil.example");
    run.demand.close().unwrap();
    drop(run);
    asked("evil.example");
    reachable("10.8.0.6");
    assert_eq!(pins(), Vec::<PathBuf>::new());
}

/// Answers come without an end, and the listener ends all the same.
pub(super) fn flood() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    run.block("evil.example");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = || {
            let socket = client(RESOLVERS[0]);
            socket.set_nonblocking(true).unwrap();
            while !done.load(Ordering::Relaxed) {
                (0..100).for_each(|id| {
                    drop(socket.send(&query(id, "www.good.example", 1)));
                    drop(socket.recv(&mut [0; 512]));
                });
            }
        };
        (0..2).for_each(|_| drop(scope.spawn(ask)));
        run.follows("10.8.0.5");
        thread::sleep(Duration::from_millis(300));
        let heard = run.names.heard();
        let start = Instant::now();
        run.names.close().unwrap();
        let took = start.elapsed();
        done.store(true, Ordering::Relaxed);
        assert!(heard.answers > 100, "{heard:?}");
        assert!(took < SOON, "{took:?}");
        println!("a flood: {heard:?}, ended in {took:?}");
    });
}

/// How long it takes from the call until queries are refused, and until they pass again.
pub(super) fn times() {
    let folder = tempfile::tempdir().unwrap();
    resolvers(folder.path());
    let run = Run::open(folder.path());
    let (mut blocked, mut freed) = (Vec::new(), Vec::new());
    run.add("kept.example", "recipe", None).unwrap();
    for _ in 0..50 {
        let start = Instant::now();
        run.block("x.evil.example");
        let error = client(RESOLVERS[0]).send(&query(1, "x.evil.example", 1)).unwrap_err();
        blocked.push(start.elapsed());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let start = Instant::now();
        run.unblock("x.evil.example");
        client(RESOLVERS[0]).send(&query(1, "x.evil.example", 1)).unwrap();
        freed.push(start.elapsed());
    }
    for (what, mut all) in [("call to refused query", blocked), ("call to passing query", freed)] {
        all.sort();
        let at = |part: usize| all[(all.len() - 1) * part / 100];
        println!("{what}: median {:?}, 90th {:?}, longest {:?}", at(50), at(90), at(100));
    }
}
