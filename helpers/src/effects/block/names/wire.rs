//! Listens to what resolvers answer (`helpers/bpf/wire.bpf.c`), as long as this lives: the programs are not pinned, and end with the process.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    hash::{BuildHasher, RandomState},
    io,
    net::IpAddr,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use aya::{
    Ebpf, EbpfLoader, include_bytes_aligned,
    maps::{Array, HashMap, Map, MapData, RingBuf},
    programs::CgroupAttachMode,
};
use reactant_core::dns::Message;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::{
    cgroup::{error, hierarchy, link_one},
    host::{own_addresses, resolvers},
    reason,
};

static OBJECT: &[u8] =
    include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/wire.bpf.o"));

const PROGRAMS: [&str; 2] = ["egress", "ingress"];

/// How long the thread waits for an answer before it looks whether it is to end.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Answers between two looks at that and at the clock.
const GLANCE: usize = 64;

/// How often the resolvers are looked up, and the listener is told of the time.
const TICK: Duration = Duration::from_secs(1);

/// Resolvers that the program has room for. The C library asks three at most (resolv.conf(5)).
const RESOLVERS: usize = 64;

/// How long an answer counts, whatever it says: a name must not slip away between two answers, and nobody keeps one longer than a day (RFC 8767 has a week
/// as the most that any resolver should).
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(86_400);

/// How long an answer counts that holds so many seconds.
pub(in super::super) fn bounded(ttl: u32) -> Duration {
    Duration::from_secs(ttl.into()).clamp(SHORTEST, LONGEST)
}

/// Whoever wants to know what was answered.
pub(in super::super) trait Hear: Send + Sync {
    /// An answer that a resolver of this machine gave to a query that had left.
    fn hear(&self, message: &Message);

    /// Some time has passed.
    fn tick(&self);
}

/// How the listening went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Answers that belonged to a query.
    pub answers: u64,
    /// Of these, lost since they came faster than they were read.
    pub lost: u64,
    /// Of these, cut since they were too long: what stood behind 16 KiB was not seen.
    pub cut: u64,
}

/// The thread that listens; it ends with this.
pub(in super::super) struct Wire {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    counts: Mutex<Array<MapData, u64>>,
}

impl Wire {
    /// Begins to listen to what the processes of a cgroup and all below it are answered.
    ///
    /// # Errors
    ///
    /// Why the kernel takes no such programs, or not from this process.
    pub(in super::super) fn listen(
        cgroup: Option<&Path>,
        hear: Weak<dyn Hear>,
    ) -> io::Result<Wire> {
        let cgroup = match cgroup {
            Some(cgroup) => cgroup.to_owned(),
            None => hierarchy()?,
        };
        let cgroup = fs::File::open(&cgroup)?;
        let mut object = EbpfLoader::new().load(OBJECT).map_err(error)?;
        let mut settings: Array<MapData, [u32; 4]> =
            Array::try_from(map(&mut object, "settings")?).map_err(error)?;
        let secret = RandomState::new().hash_one(0_u8);
        let inode = |kind: &str| Ok::<_, io::Error>(fs::metadata(kind)?.ino() as u32);
        let (user, net) = (inode("/proc/thread-self/ns/user")?, inode("/proc/thread-self/ns/net")?);
        let own = [user, net, secret as u32, (secret >> 32) as u32];
        settings.set(0, own, 0).map_err(error)?;
        let mut known = Resolvers {
            map: HashMap::try_from(map(&mut object, "resolvers")?).map_err(error)?,
            there: BTreeMap::new(),
        };
        known.refresh()?;
        let ring = RingBuf::try_from(map(&mut object, "answers")?).map_err(error)?;
        let counts = Array::try_from(map(&mut object, "counts")?).map_err(error)?;
        let mut links = Vec::new();
        for name in PROGRAMS {
            let program = object.program_mut(name);
            let program = program.ok_or_else(|| io::Error::other("it is not in the object"))?;
            links.push(link_one(program, name, &cgroup, CgroupAttachMode::Single).map_err(
                |error| io::Error::new(error.kind(), format!("program {name}: {}", reason(&error))),
            )?);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            // They end with the thread.
            let _links = links;
            listen(ring, &mut known, &hear, &stopped);
        };
        let thread = thread::Builder::new().name("names".to_owned()).spawn(run)?;
        Ok(Wire { stop, thread: Some(thread), counts: Mutex::new(counts) })
    }

    /// How it went so far.
    pub(in super::super) fn heard(&self) -> Heard {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |which| counts.get(&which, 0).unwrap_or_default();
        Heard { answers: count(0), lost: count(1), cut: count(2) }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("heard", &self.heard()).finish_non_exhaustive()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The last that holds the listener may be the thread itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn map(object: &mut Ebpf, name: &str) -> io::Result<Map> {
    object.take_map(name).ok_or_else(|| io::Error::other(format!("the object has no map {name}")))
}

fn listen(
    mut ring: RingBuf<MapData>,
    resolvers: &mut Resolvers,
    hear: &Weak<dyn Hear>,
    stop: &AtomicBool,
) {
    let mut last = Instant::now();
    while !stop.load(Ordering::Acquire) {
        let mut read = 0;
        while read < GLANCE
            && let Some(record) = ring.next()
        {
            read += 1;
            let bytes = record.to_vec();
            // Its room is given back before anybody thinks about it.
            drop(record);
            // It is not there yet, or no more; then this is told to end soon.
            let Some(hear) = hear.upgrade() else { continue };
            datagrams(&bytes).filter_map(|one| Message::parse(one).ok()).for_each(|message| {
                if message.is_response && message.code == 0 {
                    hear.hear(&message);
                }
            });
        }
        if last.elapsed() >= TICK {
            last = Instant::now();
            // Those that were known are, where it fails.
            let _ = resolvers.refresh();
            if let Some(hear) = hear.upgrade() {
                hear.tick();
            }
        }
        if read == 0 {
            // An interrupted wait is as good as one that ended.
            let _ = poll(&mut [PollFd::new(&ring, PollFlags::IN)], Some(&PATIENCE));
        }
    }
}

/// The datagrams of a record: the length of all, that of each where there are several, and their bytes.
fn datagrams(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let word = |at: usize| {
        let bytes = record.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map_or(0, u32::from_ne_bytes) as usize
    };
    let (length, each) = (word(0), word(4));
    let bytes = record.get(8..).unwrap_or(&[]);
    let bytes = &bytes[..length.min(bytes.len())];
    bytes.chunks(if each == 0 { bytes.len().max(1) } else { each })
}

/// The resolvers that the program knows.
struct Resolvers {
    map: HashMap<MapData, [u8; 16], u32>,
    there: BTreeMap<[u8; 16], u32>,
}

impl Resolvers {
    fn refresh(&mut self) -> io::Result<()> {
        let own = own_addresses()?;
        let wanted = wanted(&resolvers(), &own);
        for address in self.there.keys().filter(|address| !wanted.contains_key(*address)) {
            let _ = self.map.remove(address);
        }
        for (address, place) in &wanted {
            if self.there.get(address) != Some(place) {
                self.map.insert(address, place, 0).map_err(error)?;
            }
        }
        self.there = wanted;
        Ok(())
    }
}

/// Each resolver as the program knows it: 2 where it has an address of this machine, else 1.
fn wanted(
    resolvers: &BTreeSet<ipnet::IpNet>,
    own: &BTreeSet<ipnet::IpNet>,
) -> BTreeMap<[u8; 16], u32> {
    let place = |net: &ipnet::IpNet| {
        let is_own = net.addr().is_loopback() || own.contains(net);
        (mapped(net.addr()), if is_own { 2 } else { 1 })
    };
    resolvers.iter().map(place).take(RESOLVERS).collect()
}

/// An address of either family as the programs know it.
pub(in super::super) fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_datagrams_of_one_packet_are_told_apart() {
        let record = |length: u32, each: u32, bytes: &[u8]| {
            [&length.to_ne_bytes()[..], &each.to_ne_bytes(), bytes].concat()
        };
        let read = |bytes: &[u8]| datagrams(bytes).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(read(&record(3, 0, b"abcxx")), [b"abc"]);
        assert_eq!(read(&record(5, 2, b"abcde")), [&b"ab"[..], b"cd", b"e"]);
        assert_eq!(read(&record(9, 0, b"ab")), [b"ab"]);
        assert_eq!(read(&record(0, 0, b"")), Vec::<Vec<u8>>::new());
        assert_eq!(read(b"xx"), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_resolver_on_this_machine_is_told_from_others() {
        let nets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let all = nets(&["127.0.0.53/32", "192.0.2.53/32", "2001:db8::53/128"]);
        let places = wanted(&all, &nets(&["2001:db8::53/128"]));
        assert_eq!(places.values().copied().collect::<Vec<_>>(), [2, 1, 2]);
    }

    #[test]
    fn the_time_that_an_answer_counts_is_bounded() {
        assert_eq!(bounded(0), SHORTEST);
        assert_eq!(bounded(300), Duration::from_secs(300));
        assert_eq!(bounded(i32::MAX as u32), LONGEST);
    }
}
