//! What is measured, on the runtime's machine.

use std::{
    fmt::Write as _,
    fs,
    io::Read,
    net::{TcpStream, UdpSocket},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use criterion::Criterion;
use reactant_helpers::effects::{
    Blockable, Holder,
    block::{Blocks, Kind, Settings, choose},
};

use crate::{machine, remote};

/// Each on machines of its own: a run of two million blocks leaves memory behind.
pub(crate) const PARTS: [&str; 4] =
    ["call cgroup", "call nftables", "packet cgroup", "packet nftables"];

/// How often the time to the last byte is taken.
const TIMES: usize = 200;

pub(crate) fn run(part: &str) {
    let (part, name) = part.split_once(' ').unwrap();
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    match part {
        "call" => {
            call(&mut criterion, kind);
            last_byte(kind);
        }
        _ => [0, 10_000, 1_000_000].iter().for_each(|count| packet(&mut criterion, kind, *count)),
    }
}

pub(crate) fn be(role: &str) {
    panic!("no role {role}");
}

fn open(kind: Kind, folder: &Path) -> Blocks {
    let settings = Settings {
        kinds: vec![kind],
        cgroup: machine::cgroup(),
        ..Settings::new(folder.join("blocks"))
    };
    Blocks::open(choose(&settings).unwrap(), settings).unwrap()
}

fn net(address: [u8; 4]) -> Blockable {
    Blockable::Net(std::net::IpAddr::from(address).into())
}

fn holder() -> Holder {
    Holder::new("recipe", "event")
}

/// One block and its end, with all that belongs to it: what must stay reachable, the lease on disk, the kernel, the sockets of all namespaces.
fn call(criterion: &mut Criterion, kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let what = net([10, 8, 0, 5]);
    criterion.bench_function(&format!("{}/block and unblock", kind.name()), |bencher| {
        bencher.iter(|| {
            blocks.add(&what, &holder(), None).unwrap();
            blocks.remove(&what, "recipe").unwrap();
        });
    });
}

/// From the call to the last byte that comes out of a connection through which the other side sends as fast as it can.
fn last_byte(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let what = net([10, 8, 0, 5]);
    let mut spans: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let mut stream = TcpStream::connect(("10.8.0.5", remote::STREAM)).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            let reader = thread::spawn(move || {
                let (mut buffer, mut last) = ([0; 4096], Instant::now());
                while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
                    last = Instant::now();
                }
                last
            });
            thread::sleep(Duration::from_millis(20));
            let start = Instant::now();
            blocks.add(&what, &holder(), None).unwrap();
            let span = reader.join().unwrap().saturating_duration_since(start);
            blocks.remove(&what, "recipe").unwrap();
            span
        })
        .collect();
    spans.sort();
    let mut line = format!("{}/from the call to the last byte:", kind.name());
    for (name, part) in [("median", 50), ("90 %", 90), ("99 %", 99), ("worst", 100)] {
        let _ = write!(line, " {name} {:?},", spans[(TIMES * part / 100).min(TIMES - 1)]);
    }
    println!("{}", line.trim_end_matches(','));
}

/// What sending one datagram costs to an address that is not blocked, and to one that is.
fn packet(criterion: &mut Criterion, kind: Kind, count: u32) {
    let folder = tempfile::tempdir().unwrap();
    // As an earlier run would have left them: one by one takes minutes.
    let mut leases = String::from("{\"boot_id\":\"\",\"remove_on_exit\":false}\n");
    for number in 0..count {
        let [_, b, c, d] = number.to_be_bytes();
        let lease = r#""leases":[{"recipe":"recipe","event":"event"}]"#;
        let _ = writeln!(leases, "{{\"block\":\"11.{b}.{c}.{d}\",{lease}}}");
    }
    fs::write(folder.path().join("blocks"), leases).unwrap();
    let start = Instant::now();
    let blocks = open(kind, folder.path());
    println!("{}/{count} blocks are back after {:?}", kind.name(), start.elapsed());
    blocks.add(&net([10, 8, 0, 6]), &holder(), None).unwrap();
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    for (name, address) in [("passing", "10.8.0.5"), ("blocked", "10.8.0.6")] {
        let name = format!("{}/{count} blocks/{name} packet", kind.name());
        criterion.bench_function(&name, |bencher| {
            bencher.iter(|| socket.send_to(&[0; 64], (address, remote::SINK)).is_ok());
        });
    }
}
