//! When blocks end, and when they do not.

use std::{
    env,
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, mpsc::channel},
    thread,
    time::{Duration, Instant},
};

use reactant_core::config::BlocksOnExit;
use reactant_helpers::effects::{
    Holder, Outcome,
    block::{Blocks, Kind, Lookout, OnDemand, Settings, choose},
};

use rustix::mount::{UnmountFlags, unmount};

use super::{SOON, block, connect, net, open, reachable, refused, settings, unblock};
use crate::{
    machine::another,
    netlink::{Batch, Socket, attributes},
};

const SPAN: Duration = Duration::from_millis(1500);

/// Waits until an address can be reached, and sees that it is not before its block ends, and not long after.
fn ends_on_time(address: &str, start: Instant, span: Duration) {
    let reached = loop {
        let before = Instant::now();
        match connect(address) {
            Ok(_) => break before,
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
        assert!(start.elapsed() < span * 2 + SOON, "{address} is still blocked");
    };
    // What begins before the end may come through after it.
    assert!(reached - start + Duration::from_millis(100) > span, "{:?}", reached - start);
}

/// It is refused, or its block has ended meanwhile on a slow machine.
fn refused_until(address: &str, start: Instant, span: Duration) {
    if connect(address).is_ok() {
        assert!(start.elapsed() >= span, "{address} came through after {:?}", start.elapsed());
    }
}

pub(super) fn timer(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    for address in ["10.8.0.5", "fd08::5"] {
        let start = Instant::now();
        block(&blocks, address, Some(SPAN));
        refused_until(address, start, SPAN);
        ends_on_time(address, start, SPAN);
        assert_eq!(blocks.list(), []);
    }
    // A lease on one address prolongs none on another; a second one on the same does.
    let start = Instant::now();
    block(&blocks, "10.8.0.5", Some(SPAN));
    block(&blocks, "10.8.1.5", Some(SPAN));
    let more = Holder::new("recipe", "another event");
    let already = Outcome::Already("already blocked".into());
    assert_eq!(blocks.add(&net("10.8.1.5"), &more, Some(SPAN * 2)).unwrap(), already);
    // While nothing runs.
    drop(blocks);
    refused_until("10.8.0.5", start, SPAN);
    ends_on_time("10.8.0.5", start, SPAN);
    refused_until("10.8.1.5", start, SPAN * 2);
    ends_on_time("10.8.1.5", start, SPAN * 2);
}

pub(super) fn nested(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    for (wide, narrow, other) in
        [("10.8.0.0/24", "10.8.0.5", "10.8.0.6"), ("fd08::/64", "fd08::5", "fd08::6")]
    {
        block(&blocks, narrow, Some(Duration::from_millis(300)));
        block(&blocks, wide, None);
        thread::sleep(Duration::from_millis(400));
        refused(narrow);
        // Also once the ended one has been taken out.
        assert_eq!(blocks.list().len(), 1);
        refused(narrow);
        // The narrow one outlives the wide one.
        let holder = Holder::new("another", "event");
        blocks.add(&net(narrow), &holder, None).unwrap();
        let still = Outcome::Done;
        assert_eq!(blocks.remove(&net(wide), "recipe").unwrap(), still);
        refused(narrow);
        reachable(other);
        blocks.remove(&net(narrow), "another").unwrap();
        reachable(narrow);
    }
}

const FOLDER: &str = "REACTANT_FOLDER";
const KIND: &str = "REACTANT_KIND";

/// A runtime that blocks, says so, and waits to be killed.
pub(super) fn be_blocking() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let name = env::var(KIND).unwrap();
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
    let blocks = open(kind, &folder);
    block(&blocks, "10.8.0.5", None);
    block(&blocks, "fd08::5", None);
    block(&blocks, "10.8.0.6", Some(SPAN));
    block(&blocks, "fd08::6", Some(SPAN * 2));
    println!("blocked");
    thread::sleep(Duration::from_secs(60));
}

pub(super) fn restart(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let mut blocking =
        another("blocking", &[(FOLDER, folder.path().to_str().unwrap()), (KIND, kind.name())]);
    let mut blocking = blocking.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(blocking.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "blocked");
    blocking.kill().unwrap();
    blocking.wait().unwrap();
    for address in ["10.8.0.5", "fd08::5"] {
        refused(address);
    }
    // While nothing runs.
    ends_on_time("10.8.0.6", start, SPAN);

    // A new start finds what held, and no more.
    let blocks = open(kind, folder.path());
    let held: Vec<String> = blocks.list().iter().map(|held| held.what.to_string()).collect();
    assert!(held.starts_with(&["10.8.0.5".into()]) && held.contains(&"fd08::5".into()), "{held:?}");
    refused_until("fd08::6", start, SPAN * 2);
    ends_on_time("fd08::6", start, SPAN * 2);
    drop(blocks);

    // Blocks that no lease holds go.
    let (leases, aside) = (folder.path().join("blocks"), folder.path().join("aside"));
    std::fs::rename(&leases, &aside).unwrap();
    let blocks = open(kind, folder.path());
    reachable("10.8.0.5");
    reachable("fd08::5");
    drop(blocks);

    // And leases without their blocks get them again.
    std::fs::rename(&aside, &leases).unwrap();
    let blocks = open(kind, folder.path());
    refused("10.8.0.5");
    refused("fd08::5");
    unblock(&blocks, "10.8.0.5");
    unblock(&blocks, "fd08::5");
    reachable("10.8.0.5");
    reachable("fd08::5");
}

/// More than are made in one transaction. How long a start takes is told.
pub(super) fn very_many(kind: Kind) {
    const COUNT: u32 = 100_100;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blocks");
    let leases = r#""leases":[{"recipe":"recipe","event":"event"}]"#;
    let line = |what: &str| format!("{{\"block\":\"{what}\",{leases}}}\n");
    let head = "{\"boot_id\":\"\",\"remove_on_exit\":false}\n";
    let many = (0..COUNT).map(|number| {
        let [_, b, c, d] = number.to_be_bytes();
        line(&format!("11.{b}.{c}.{d}"))
    });
    let few: String = ["10.8.0.0/24", "fd08::/64"].map(line).concat();
    std::fs::write(&file, format!("{head}{}{few}", many.collect::<String>())).unwrap();
    for which in ["first", "second", "third"] {
        let start = Instant::now();
        let _held = open(kind, folder.path());
        println!("{}: {which} start with {COUNT} blocks: {:?}", kind.name(), start.elapsed());
        refused("10.8.0.5");
        refused("fd08::5");
        reachable("10.8.1.5");
    }
    std::fs::write(&file, format!("{head}{}", line("10.8.0.6"))).unwrap();
    let blocks = open(kind, folder.path());
    reachable("10.8.0.5");
    reachable("fd08::5");
    refused("10.8.0.6");
    unblock(&blocks, "10.8.0.6");
    blocks.close().unwrap();
    drop(blocks);
    assert_eq!(left(), Vec::<String>::new());
}

pub(super) fn exit(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    block(&blocks, "10.8.0.5", None);
    blocks.close().unwrap();
    drop(blocks);
    refused("10.8.0.5");

    let mut remove = settings(kind, folder.path());
    remove.on_exit = BlocksOnExit::Remove;
    let blocks = Blocks::open(choose(&remove).unwrap(), remove.clone()).unwrap();
    refused("10.8.0.5");
    blocks.close().unwrap();
    drop(blocks);
    reachable("10.8.0.5");
    assert_eq!(left(), Vec::<String>::new());
    assert!(open(kind, folder.path()).list().is_empty(), "the leases went with them");
}

/// The folders of pins; a kernel has some files of its own there.
fn pins() -> Vec<PathBuf> {
    ours("/sys/fs/bpf".as_ref())
}

fn ours(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.file_name().unwrap().as_encoded_bytes().starts_with(b"reactant"))
        .collect()
}

/// What is on this machine that it did not have before.
pub(super) fn left() -> Vec<String> {
    let files = [pins(), ours("/run".as_ref())].concat();
    let mut found: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    found.extend(tables());
    found
}

fn tables() -> Vec<String> {
    let (mut found, mut batch) = (Vec::new(), Batch::default());
    // `NFT_MSG_GETTABLE` of all families.
    batch.message(10 << 8 | 1, 0, &[0; 4]);
    let netfilter = Some(rustix::net::netlink::NETFILTER);
    Socket::open(netfilter).unwrap().dump(batch, |body| found.push(format!("{body:?}"))).unwrap();
    found
}

pub(super) fn choice() {
    let folder = tempfile::tempdir().unwrap();
    let all = Settings { kinds: Kind::ALL.to_vec(), ..settings(Kind::Cgroup, folder.path()) };
    let chosen = choose(&all).unwrap();
    assert_eq!(chosen.kind, Kind::Cgroup);
    assert!(!chosen.reaches.is_empty() && !chosen.misses.is_empty());
    assert_eq!(left(), Vec::<String>::new(), "a choice alone leaves nothing");
    let blocks = Blocks::open(chosen, all).unwrap();
    block(&blocks, "10.8.0.5", None);
    drop(blocks);
    refused("10.8.0.5");
    let blocks = open(Kind::Nftables, folder.path());
    refused("10.8.0.5");
    assert_eq!(pins(), Vec::<PathBuf>::new());
    drop(blocks);
    let blocks = open(Kind::Cgroup, folder.path());
    refused("10.8.0.5");
    unblock(&blocks, "10.8.0.5");
    reachable("10.8.0.5");
    blocks.close().unwrap();
    drop(blocks);
    assert_eq!(left(), Vec::<String>::new(), "nothing stays where nothing is blocked");

    // Where the file system for pins is not mounted, it is.
    let bpffs = folder.path().join("bpf");
    std::fs::create_dir(&bpffs).unwrap();
    let elsewhere = Settings { bpffs: bpffs.clone(), ..settings(Kind::Cgroup, folder.path()) };
    let blocks = Blocks::open(choose(&elsewhere).unwrap(), elsewhere).unwrap();
    let pinned = || ours(&bpffs).len();
    assert_eq!(pinned(), 1);
    assert_eq!(bpffs.metadata().unwrap().mode() & 0o777, 0o700, "nobody else may pin there");
    block(&blocks, "10.8.0.5", None);
    unblock(&blocks, "10.8.0.5");
    blocks.close().unwrap();
    drop(blocks);
    assert_eq!(pinned(), 0);
    unmount(&bpffs, UnmountFlags::empty()).unwrap();

    // What cannot be is not chosen, and the report says why.
    let mut nowhere = settings(Kind::Cgroup, folder.path());
    nowhere.cgroup = Some("/nowhere".into());
    let why = choose(&nowhere).unwrap_err();
    let missing = "cgroup: the cgroup /nowhere cannot be opened: no such file or directory";
    assert_eq!(why, format!("nothing blocks addresses here: {missing}"));
    nowhere.kinds = Kind::ALL.to_vec();
    let chosen = choose(&nowhere).unwrap();
    assert_eq!(chosen.kind, Kind::Nftables);
    let last = chosen.misses.last().map(String::as_str);
    assert_eq!(last, Some(&*format!("not chosen: {missing}")));
    let mut unmountable = settings(Kind::Cgroup, folder.path());
    unmountable.bpffs = folder.path().join("nothing");
    let why = choose(&unmountable).unwrap_err();
    assert!(why.contains("no bpf file system can be mounted on "), "{why}");
}

/// Another program that takes away what is pinned.
pub(super) fn unpinned() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(Kind::Cgroup, folder.path());
    block(&blocks, "10.8.0.5", None);
    refused("10.8.0.5");
    std::fs::remove_dir_all(&pins()[0]).unwrap();
    // Programs leave a cgroup a little after their last link.
    thread::sleep(Duration::from_millis(300));
    refused("10.8.0.5");
    block(&blocks, "10.8.0.6", None);
    refused("10.8.0.6");
    drop(blocks);
    drop(open(Kind::Cgroup, folder.path()));
    refused("10.8.0.5");
    // Some of it only.
    let pins = std::fs::read_dir(&pins()[0]).unwrap().next().unwrap().unwrap().path();
    for link in ["connect4", "egress", "ingress"] {
        std::fs::remove_file(pins.join(link)).unwrap();
    }
    thread::sleep(Duration::from_millis(300));
    reachable("10.8.0.5");
    let blocks = open(Kind::Cgroup, folder.path());
    refused("10.8.0.5");
    for address in ["10.8.0.5", "10.8.0.6"] {
        unblock(&blocks, address);
        reachable(address);
    }
    blocks.close().unwrap();
    drop(blocks);
    assert_eq!(left(), Vec::<String>::new());
}

/// Another program that flushes the whole ruleset, as a restart of a firewall does.
pub(super) fn flushed() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(Kind::Nftables, folder.path());
    block(&blocks, "10.8.0.5", None);
    flush();
    reachable("10.8.0.5");
    block(&blocks, "10.8.0.6", None);
    refused("10.8.0.6");
    refused("10.8.0.5");
    flush();
    // One that says that it is blocked, is.
    let again = blocks.add(&net("10.8.0.5"), &Holder::new("recipe", "event"), None).unwrap();
    assert_eq!(again, Outcome::Already("already blocked".into()));
    refused("10.8.0.5");
}

/// What another program takes away comes back without a change, and that is told.
pub(super) fn mended(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = Arc::new(OnDemand::new(settings(kind, folder.path())));
    let opened = blocks.blocks().unwrap();
    assert_eq!(opened.mend(), Ok(false));
    block(&opened, "10.8.0.5", None);
    block(&opened, "fd08::5", None);
    assert_eq!(opened.mend(), Ok(false));
    let (told, heard) = channel();
    let lookout = Lookout::start(&blocks, move |what| told.send(what.to_owned()).unwrap()).unwrap();
    let pinned = |name: &str| {
        let pins = std::fs::read_dir(&pins()[0]).unwrap().next().unwrap().unwrap().path();
        pins.join(name)
    };
    let damages: &[&dyn Fn()] = match kind {
        Kind::Nftables => &[&flush, &|| dormant(), &|| without_rules()],
        _ => &[
            &|| std::fs::remove_dir_all(&pins()[0]).unwrap(),
            &|| std::fs::remove_file(pinned("egress")).unwrap(),
            &|| std::fs::remove_file(pinned("blocked6")).unwrap(),
        ],
    };
    for damage in damages {
        damage();
        let said = heard.recv_timeout(SOON * 5).unwrap();
        assert!(said.contains("they are back"), "{said}");
        refused("10.8.0.5");
        refused("fd08::5");
        reachable("10.8.0.6");
        assert_eq!(opened.mend(), Ok(false), "all of it");
    }
    assert!(heard.try_recv().is_err(), "once each");
    drop(lookout);
    // What comes back can be changed as before.
    block(&opened, "10.8.0.6", None);
    refused("10.8.0.6");
    for address in ["10.8.0.5", "10.8.0.6", "fd08::5"] {
        unblock(&opened, address);
        reachable(address);
    }
    blocks.close().unwrap();
    drop(opened);
    assert_eq!(left(), Vec::<String>::new());
}

/// The name of our table.
fn table() -> String {
    let mut batch = Batch::default();
    batch.message(10 << 8 | 1, 0, &[0; 4]);
    let mut name = Vec::new();
    let netfilter = Some(rustix::net::netlink::NETFILTER);
    let keep = |body: &[u8]| {
        let found = attributes(&body[4..]).find(|(kind, _)| *kind == 1).unwrap().1.to_vec();
        name = found;
    };
    Socket::open(netfilter).unwrap().dump(batch, keep).unwrap();
    String::from_utf8(name).unwrap().trim_end_matches('\0').to_owned()
}

fn transact(what: u16, fill: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::default();
    batch.message(0x10, 0, &[0, 0, 0, 10]);
    // `NFPROTO_INET`.
    batch.message(10 << 8 | what, 0, &[1, 0, 0, 0]).text(1, &table());
    fill(&mut batch);
    batch.acknowledge();
    batch.message(0x11, 0, &[0, 0, 0, 10]);
    Socket::open(Some(rustix::net::netlink::NETFILTER)).unwrap().commit(batch).unwrap();
}

/// `NFT_MSG_NEWTABLE` with `NFT_TABLE_F_DORMANT`.
fn dormant() {
    transact(0, |batch| {
        batch.number(2, 1);
    });
}

/// `NFT_MSG_DELRULE` of one chain.
fn without_rules() {
    transact(8, |batch| {
        batch.text(2, "output");
    });
}

fn flush() {
    let mut batch = Batch::default();
    batch.message(0x10, 0, &[0, 0, 0, 10]);
    batch.message(10 << 8 | 2, 0, &[0; 4]);
    batch.acknowledge();
    batch.message(0x11, 0, &[0, 0, 0, 10]);
    Socket::open(Some(rustix::net::netlink::NETFILTER)).unwrap().commit(batch).unwrap();
    assert_eq!(tables(), Vec::<String>::new());
}
