//! Holds a network policy up on this machine (`helpers/bpf/policy.bpf.c`), as long as this lives: the programs are not pinned, and end with the process.
//!
//! The rules lie in tables that the programs ask. What an address is beside them, that of a denied or of an allowed name, is heard on the wire
//! (`wire`) and put into a table with the time for which the answer holds. What is denied comes back as [`Denial`]s where the modes say so.

mod denial;

use std::{
    collections::HashMap,
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use aya::{
    Ebpf, EbpfLoader, include_bytes_aligned,
    maps::{
        Array, HashMap as Table, Map, MapData, RingBuf,
        lpm_trie::{Key, LpmTrie},
    },
    programs::CgroupAttachMode,
};
use ipnet::IpNet;
use reactant_core::{
    dns::Message,
    policy::{Mode, NetworkPolicy, Subject, Verdict},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    backend::Boot,
    cgroup::{error, hierarchy, link_one},
    host::{own_addresses, resolvers},
    names::{
        key,
        wire::{Hear, Heard, Wire, bounded, mapped},
    },
    reason,
};

pub use denial::{Denial, How};

static OBJECT: &[u8] =
    include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/policy.bpf.o"));

const PROGRAMS: [&str; 7] =
    ["connect4", "connect6", "sendmsg4", "sendmsg6", "question", "egress", "ingress"];

/// Addresses that names are known to lead to; the program's table has as much room.
const LEARNED: usize = 1 << 16;

/// Names that are told with an address.
const NAMES: usize = 8;

/// How long the thread waits for a denial before it looks whether it is to end, and how many it reads between two looks.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
const GLANCE: usize = 64;

/// What the policy reaches.
pub const REACHES: [&str; 2] = [
    "what the processes of the cgroup and of all cgroups below it connect to, send and receive, in whatever network namespace they are",
    "the names that these ask for over UDP to port 53, and the addresses that answers of this machine's resolvers tell of",
];

/// What it does not.
pub const MISSES: [&str; 6] = [
    "packets that this machine forwards and no process of it sends or receives, processes outside of the cgroup, packet sockets (AF_PACKET) and XDP",
    "connections that stood before it began are not ended: their packets are dropped",
    "names that are resolved over TCP, HTTPS, TLS or QUIC, at other ports, or without a query: what is denied by name only is reached by its address then, and what is allowed by name only is not",
    "what runs before the runtime starts and after it ends: the policy is held up while it runs",
    "whose packet a denied one is, where it is neither of a connect nor of a datagram: such a denial is told without a process",
    "a resolver's address is never cut off, at no port, and neither is what a link needs: its multicast and neighbour discovery",
];

/// What is done with a denial.
pub type Told = Box<dyn Fn(Denial) + Send + Sync>;

/// A policy that is held up.
#[derive(Debug)]
pub struct Upheld {
    policy: Arc<NetworkPolicy>,
    /// The place of each domain's rule, from 1.
    domains: HashMap<Box<str>, u32>,
    state: Mutex<State>,
    counts: Mutex<Counts>,
    wire: Mutex<Option<Wire>>,
    deaf: Option<String>,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

struct Counts(Array<MapData, u64>);

impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

struct State {
    table: Table<MapData, [u8; 16], [u64; 3]>,
    spared: Table<MapData, [u8; 16], u32>,
    is_spared: HashMap<[u8; 16], u32>,
    learned: HashMap<IpAddr, Learned>,
    beyond: u64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("learned", &self.learned.len()).finish_non_exhaustive()
    }
}

/// What names lead to an address, until when, and by which rule.
#[derive(Debug, Default)]
struct Learned {
    denied: Option<(Boot, u32)>,
    allowed: Option<(Boot, u32)>,
    names: Vec<String>,
    until: Option<Boot>,
}

/// How it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Denials that were told.
    pub told: u64,
    /// Denials that were not, since the same had been told just before.
    pub again: u64,
    /// Denials that were lost: they came faster than they were read.
    pub lost: u64,
    /// Addresses that names are known to lead to.
    pub learned: usize,
    /// Of these, how many there was no room for.
    pub beyond: u64,
    /// How listening to resolvers goes.
    pub heard: Heard,
}

/// Tries whether a policy can be held up here, and leaves nothing. Gives what that reaches and what it misses.
///
/// # Errors
///
/// Why it cannot.
pub fn probe(cgroup: Option<&Path>) -> Result<(Vec<String>, Vec<String>), String> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let mut object = load().map_err(|error| reason(&error))?;
    attach(&mut object, cgroup).map_err(|error| reason(&error))?;
    Ok((texts(&REACHES), texts(&MISSES)))
}

impl Upheld {
    /// Holds a policy up for the processes of a cgroup and all below it; `None`: for all.
    ///
    /// # Errors
    ///
    /// Why the kernel takes no such programs, or not from this process.
    pub fn start(
        policy: Arc<NetworkPolicy>,
        cgroup: Option<&Path>,
        told: Told,
    ) -> Result<Arc<Upheld>, String> {
        Upheld::begin(policy, cgroup, told).map_err(|error| reason(&error))
    }

    fn begin(
        policy: Arc<NetworkPolicy>,
        cgroup: Option<&Path>,
        told: Told,
    ) -> io::Result<Arc<Upheld>> {
        let mut object = load()?;
        let (domains, rules) = fill(&mut object, &policy)?;
        let mut state = State {
            table: Table::try_from(map(&mut object, "learned")?).map_err(error)?,
            spared: Table::try_from(map(&mut object, "spared")?).map_err(error)?,
            is_spared: HashMap::new(),
            learned: HashMap::new(),
            beyond: 0,
        };
        state.spare()?;
        let ring = RingBuf::try_from(map(&mut object, "alerts")?).map_err(error)?;
        let counts = Array::try_from(map(&mut object, "counts")?).map_err(error)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (mut wire, mut deaf) = (None, None);
        let mut object = Some(object);
        let mut failed = None;
        let mut state = Some(state);
        let upheld = Arc::new_cyclic(|this: &Weak<Upheld>| {
            // Heard before anything is denied: an allowed name is reached from the first query on.
            if policy.rules().iter().any(|rule| matches!(rule.subject, Subject::Domain(_))) {
                match Wire::listen(cgroup, Weak::<Upheld>::clone(this)) {
                    Ok(heard) => wire = Some(heard),
                    Err(error) => deaf = Some(reason(&error)),
                }
            }
            let thread = object.take().ok_or_else(|| io::ErrorKind::NotFound.into()).and_then(
                |mut object| {
                    let links = attach(&mut object, cgroup)?;
                    let (stopped, this) = (Arc::clone(&stop), Weak::<Upheld>::clone(this));
                    let run = move || {
                        // They end with the thread.
                        let _links = links;
                        read(ring, &this, &told, &stopped);
                    };
                    thread::Builder::new().name("policy".to_owned()).spawn(run)
                },
            );
            let thread = thread.map_err(|error: io::Error| failed = Some(error)).ok();
            Upheld {
                policy: Arc::clone(&policy),
                domains,
                #[allow(clippy::expect_used, reason = "it is taken once")]
                state: Mutex::new(state.take().expect("it is there")),
                counts: Mutex::new(Counts(counts)),
                wire: Mutex::new(wire),
                deaf,
                stop,
                thread: Mutex::new(thread),
            }
        });
        drop(rules);
        failed.map_or(Ok(upheld), Err)
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Arc<NetworkPolicy> {
        &self.policy
    }

    /// What is reached and what is not.
    #[must_use]
    pub fn coverage(&self) -> (Vec<String>, Vec<String>) {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (reaches, mut misses): (_, Vec<String>) = (texts(&REACHES), texts(&MISSES));
        if let Some(why) = &self.deaf {
            misses.insert(
                0,
                format!("the addresses of names: nobody hears what resolvers answer: {why}"),
            );
        }
        (reaches, misses)
    }

    /// How it goes.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let (learned, beyond) = {
            let state = self.state();
            (state.learned.len(), state.beyond)
        };
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |which| counts.0.get(&which, 0).unwrap_or_default();
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = wire.as_ref().map_or_else(Heard::default, Wire::heard);
        Figures { told: count(0), again: count(1), lost: count(2), learned, beyond, heard }
    }

    /// Ends it: everything may be reached again.
    pub fn end(&self) {
        self.stop.store(true, Ordering::Release);
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(wire);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last that holds this may be the thread itself.
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names that are known to lead to an address.
    fn names(&self, address: IpAddr) -> Vec<String> {
        self.state().learned.get(&address).map(|known| known.names.clone()).unwrap_or_default()
    }

    /// What a rule says of one of these names: the first that is denied, else the first that is allowed.
    fn says<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<(Verdict, u32)> {
        let mut allowed = None;
        for name in names {
            let rule = self.policy.name(name).rule;
            let Some(rule) = rule else { continue };
            let Subject::Domain(domain) = &rule.subject else { continue };
            let number = self.domains.get(domain).copied().unwrap_or_default();
            match rule.policy {
                Verdict::Deny => return Some((Verdict::Deny, number)),
                Verdict::Allow => allowed = allowed.or(Some((Verdict::Allow, number))),
            }
        }
        allowed
    }
}

impl Drop for Upheld {
    fn drop(&mut self) {
        self.end();
    }
}

impl Hear for Upheld {
    fn hear(&self, message: &Message) {
        let resolved = message.resolved();
        let now = Boot::now();
        for (address, ttl, names) in resolved.leads() {
            let Some((verdict, number)) = self.says(names.iter().map(|name| name.as_str())) else {
                continue;
            };
            let until = now.after(bounded(ttl));
            let names = names.iter().map(|name| name.to_string());
            self.state().learn(address, verdict, number, until, names);
        }
    }

    fn tick(&self) {
        let mut state = self.state();
        let now = Boot::now();
        // Those that were spared are, where it fails.
        let _ = state.spare();
        let ended = |known: &Learned| known.until.is_none_or(|until| until <= now);
        let gone: Vec<IpAddr> =
            state.learned.iter().filter(|(_, known)| ended(known)).map(|(at, _)| *at).collect();
        for address in gone {
            state.learned.remove(&address);
            let _ = state.table.remove(&mapped(address));
        }
    }
}

impl State {
    fn learn(
        &mut self,
        address: IpAddr,
        verdict: Verdict,
        number: u32,
        until: Boot,
        names: impl Iterator<Item = String>,
    ) {
        if self.learned.len() >= LEARNED && !self.learned.contains_key(&address) {
            self.beyond += 1;
            return;
        }
        let known = self.learned.entry(address).or_default();
        let held = match verdict {
            Verdict::Deny => &mut known.denied,
            Verdict::Allow => &mut known.allowed,
        };
        if held.is_none_or(|(held, _)| held < until) {
            *held = Some((until, number));
        }
        known.until = known.until.max(Some(until));
        for name in names {
            if known.names.len() < NAMES && !known.names.contains(&name) {
                known.names.push(name);
            }
        }
        let end = |held: Option<(Boot, u32)>| held.map_or(0, |(until, _)| until.nanos().max(1));
        let rule = |held: Option<(Boot, u32)>| held.map_or(0, |(_, number)| number);
        let (denies, allows) = (rule(known.denied), rule(known.allowed));
        let value = [end(known.denied), end(known.allowed), two(denies, allows)];
        if self.table.insert(mapped(address), value, 0).is_err() {
            self.beyond += 1;
        }
    }

    /// Spares this machine's own addresses, and its resolvers.
    fn spare(&mut self) -> io::Result<()> {
        let all = own_addresses()?.into_iter().chain(resolvers());
        let wanted: HashMap<[u8; 16], u32> = all.map(|net| (mapped(net.addr()), 1)).collect();
        for address in self.is_spared.keys().filter(|address| !wanted.contains_key(*address)) {
            let _ = self.spared.remove(address);
        }
        for address in wanted.keys().filter(|address| !self.is_spared.contains_key(*address)) {
            self.spared.insert(address, 1, 0).map_err(error)?;
        }
        self.is_spared = wanted;
        Ok(())
    }
}

/// Two numbers as the program reads them, one behind the other.
fn two(first: u32, second: u32) -> u64 {
    let bytes = [first.to_ne_bytes(), second.to_ne_bytes()].concat();
    <[u8; 8]>::try_from(bytes).map_or(0, u64::from_ne_bytes)
}

fn load() -> io::Result<Ebpf> {
    EbpfLoader::new().allow_unsupported_maps().load(OBJECT).map_err(error)
}

fn map(object: &mut Ebpf, name: &str) -> io::Result<Map> {
    object.take_map(name).ok_or_else(|| io::Error::other(format!("the object has no map {name}")))
}

type Links = Vec<aya::programs::links::FdLink>;

fn attach(object: &mut Ebpf, cgroup: Option<&Path>) -> io::Result<Links> {
    let cgroup = match cgroup {
        Some(cgroup) => cgroup.to_owned(),
        None => hierarchy()?,
    };
    let cgroup = fs::File::open(&cgroup)?;
    let one = |name: &&str| {
        let program = object.program_mut(name);
        let program = program.ok_or_else(|| io::Error::other("it is not in the object"))?;
        link_one(program, name, &cgroup, CgroupAttachMode::Single).map_err(|error| {
            io::Error::new(error.kind(), format!("program {name}: {}", reason(&error)))
        })
    };
    PROGRAMS.iter().map(one).collect()
}

/// The tables of the rules. They are held until the programs that ask them are loaded.
#[allow(dead_code, reason = "held")]
struct Rules {
    settings: Array<MapData, [u32; 2]>,
    four: LpmTrie<MapData, [u8; 4], [u32; 3]>,
    six: LpmTrie<MapData, [u8; 16], [u32; 3]>,
    names: LpmTrie<MapData, [u8; 256], [u32; 3]>,
}

/// Fills the tables with the rules, and gives the place of each domain's.
fn fill(object: &mut Ebpf, policy: &NetworkPolicy) -> io::Result<(HashMap<Box<str>, u32>, Rules)> {
    let flag = |is: bool, bit: u32| if is { bit } else { 0 };
    let told =
        |mode: Mode, enforced, told| flag(mode.enforces(), enforced) | flag(mode.alerts(), told);
    let flags = told(policy.cidr_mode, 1, 2)
        | flag(policy.cidr_policy == Verdict::Deny, 4)
        | told(policy.resolve_mode, 8, 16)
        | flag(policy.resolve_policy == Verdict::Deny, 32);
    let mut settings: Array<MapData, [u32; 2]> =
        Array::try_from(map(object, "settings")?).map_err(error)?;
    let pids = fs::metadata("/proc/thread-self/ns/pid")?.ino() as u32;
    settings.set(0, [flags, pids], 0).map_err(error)?;
    let mut four: LpmTrie<MapData, [u8; 4], [u32; 3]> =
        LpmTrie::try_from(map(object, "rules4")?).map_err(error)?;
    let mut six: LpmTrie<MapData, [u8; 16], [u32; 3]> =
        LpmTrie::try_from(map(object, "rules6")?).map_err(error)?;
    let mut names: LpmTrie<MapData, [u8; 256], [u32; 3]> =
        LpmTrie::try_from(map(object, "domains")?).map_err(error)?;
    let mut domains = HashMap::new();
    for (number, rule) in (1..).zip(policy.rules()) {
        let denies = u32::from(rule.policy == Verdict::Deny);
        match &rule.subject {
            Subject::Cidr(IpNet::V4(net)) => {
                let prefix = net.prefix_len().into();
                let key = Key::new(prefix, net.network().octets());
                four.insert(&key, [denies, prefix, number], 0).map_err(error)?;
            }
            Subject::Cidr(IpNet::V6(net)) => {
                let prefix = net.prefix_len().into();
                let key = Key::new(prefix, net.network().octets());
                six.insert(&key, [denies, prefix, number], 0).map_err(error)?;
            }
            Subject::Domain(name) => {
                let key = key(name);
                names.insert(&key, [denies, key.prefix_len(), number], 0).map_err(error)?;
                domains.insert(name.clone(), number);
            }
        }
    }
    Ok((domains, Rules { settings, four, six, names }))
}

fn read(mut ring: RingBuf<MapData>, upheld: &Weak<Upheld>, told: &Told, stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        let mut read = 0;
        while read < GLANCE
            && let Some(record) = ring.next()
        {
            read += 1;
            let bytes = record.to_vec();
            // Its room is given back before anybody thinks about it.
            drop(record);
            let Some(upheld) = upheld.upgrade() else { continue };
            if let Some(mut denial) = Denial::parse(&bytes, &upheld.policy) {
                if denial.how != How::Query {
                    denial.names = upheld.names(denial.remote);
                }
                told(denial);
            }
        }
        if read == 0 {
            // An interrupted wait is as good as one that ended.
            let _ = poll(&mut [PollFd::new(&ring, PollFlags::IN)], Some(&PATIENCE));
        }
    }
}
