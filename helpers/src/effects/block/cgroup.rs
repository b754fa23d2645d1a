//! The back end that blocks in programs of the kernel on a cgroup (`helpers/bpf/block.bpf.c`), for the processes in it and in all below it.
//!
//! Programs and tries are pinned below `/sys/fs/bpf`, in a folder that is named after what is in it: so they stay when the process ends, are found
//! again, and another version of them takes the place of this one without a moment between.

use std::{
    collections::HashMap,
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use aya::{
    Ebpf, EbpfLoader, include_bytes_aligned,
    maps::{
        Map, MapData, MapError,
        lpm_trie::{Key, LpmTrie},
    },
    programs::{
        CgroupAttachMode, CgroupSkbAttachType, Program,
        links::{FdLink, PinnedLink},
    },
};
use ipnet::IpNet;
use rustix::{
    fd::{AsFd, OwnedFd},
    fs::statfs,
    io::Errno,
    mount::{MountFlags, mount},
};
use sha2::{Digest, Sha256};

use super::{
    backend::{Backend, Block},
    calls,
};

/// What clang made of the source; `.ci/bpf` makes it anew.
static OBJECT: &[u8] =
    include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/block.bpf.o"));

/// The object's programs and tries.
const PROGRAMS: [&str; 6] = ["connect4", "connect6", "sendmsg4", "sendmsg6", "ingress", "egress"];
const TRIES: [&str; 2] = ["blocked4", "blocked6"];

/// `BPF_FS_MAGIC` (linux/magic.h).
const BPF_FS: u64 = 0xcafe_4a11;

/// The end and the prefix length, as the programs read them.
type Value = [u64; 2];

/// One trie, and its descriptor once more, which aya does not lend.
#[derive(Debug)]
struct Trie<K: aya::Pod> {
    entries: LpmTrie<MapData, K, Value>,
    fd: OwnedFd,
}

impl<K: aya::Pod> Trie<K> {
    fn new(map: Map) -> io::Result<Trie<K>> {
        let fd = match &map {
            Map::LpmTrie(data) => data.fd().as_fd().try_clone_to_owned()?,
            _ => return Err(io::Error::other("its map is no trie")),
        };
        Ok(Trie { entries: LpmTrie::try_from(map).map_err(error)?, fd })
    }
}

/// Where it is attached and pinned.
#[derive(Debug)]
pub(super) struct Cgroup {
    cgroup: PathBuf,
    /// All of this data folder's.
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What is pinned of this version on this cgroup.
    pins: PathBuf,
    tries: Option<Tries>,
    /// The links to the cgroup, by their names. They are held, also once they are pinned: who takes away the pins of a running process ends no block.
    links: Vec<(&'static str, FdLink)>,
    /// Whether all of it is pinned, which is done with the first blocks.
    is_pinned: bool,
}

#[derive(Debug)]
struct Tries {
    four: Trie<[u8; 4]>,
    six: Trie<[u8; 16]>,
}

impl Cgroup {
    /// Opens what is pinned, or loads and attaches the programs; nothing is pinned before the first [`Backend::replace`].
    ///
    /// # Errors
    ///
    /// Why the kernel takes no such programs, or not from this process.
    pub(super) fn open(cgroup: Option<&Path>, bpffs: &Path, name: &str) -> io::Result<Cgroup> {
        let cgroup = match cgroup {
            Some(cgroup) => cgroup.to_owned(),
            None => hierarchy()?,
        };
        let named = |error: io::Error, what: String| {
            io::Error::new(error.kind(), format!("{what}: {}", super::reason(&error)))
        };
        let directory = fs::File::open(&cgroup).map_err(|error| {
            named(error, format!("the cgroup {} cannot be opened", cgroup.display()))
        })?;
        mount_bpffs(bpffs).map_err(|error| {
            named(error, format!("no bpf file system can be mounted on {}", bpffs.display()))
        })?;
        let root = bpffs.join(name);
        let pins = pins_of(&root, &directory)?;
        let state = match (pinned(&pins), linked(&pins)) {
            (Ok(tries), Ok(links)) => State { pins, tries: Some(tries), links, is_pinned: true },
            // Nothing is there, or not all of it.
            _ => attach(&directory, pins)?,
        };
        Ok(Cgroup { cgroup, root, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tries) -> io::Result<T>) -> io::Result<T> {
        work(self.state().tries()?)
    }
}

impl State {
    fn tries(&mut self) -> io::Result<&mut Tries> {
        self.tries.as_mut().ok_or_else(|| io::Error::other("its tries could not be pinned"))
    }

    /// Pins everything in a folder that then gets its name at once.
    fn pin(&mut self, root: &Path) -> io::Result<()> {
        if self.is_pinned {
            return Ok(());
        }
        // Names there hold no dots.
        let new = root.join("new");
        let _ = fs::remove_dir_all(&new);
        fs::create_dir_all(&new)?;
        self.pin_in(&new)?;
        if self.pins.exists() {
            dismantle(&self.pins)?;
        }
        fs::rename(&new, &self.pins)?;
        self.tries = Some(pinned(&self.pins)?);
        self.is_pinned = true;
        Ok(())
    }

    /// Pins again what was pinned, where a pin is gone: what is held goes on.
    fn pin_again(&mut self) -> io::Result<()> {
        let folder = self.pins.clone();
        fs::create_dir_all(&folder)?;
        self.pin_in(&folder)?;
        self.tries = Some(pinned(&folder)?);
        Ok(())
    }

    /// Pins in a folder what is not pinned in it.
    fn pin_in(&mut self, folder: &Path) -> io::Result<()> {
        let tries = self.tries.take().ok_or(io::ErrorKind::NotFound)?;
        let missing = |name: &str| Some(folder.join(name)).filter(|pin| !pin.exists());
        missing(TRIES[0]).map_or(Ok(()), |pin| tries.four.entries.pin(pin)).map_err(error)?;
        missing(TRIES[1]).map_or(Ok(()), |pin| tries.six.entries.pin(pin)).map_err(error)?;
        for (name, link) in std::mem::take(&mut self.links) {
            let link = match missing(name) {
                Some(pin) => link.pin(pin).map_err(error)?.into(),
                None => link,
            };
            self.links.push((name, link));
        }
        Ok(())
    }

    /// Whether everything is pinned and attached.
    fn stands(&self) -> io::Result<bool> {
        if !TRIES.iter().all(|name| self.pins.join(name).exists()) {
            return Ok(false);
        }
        for name in PROGRAMS {
            match calls::cgroup_of(&self.pins.join(name)) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Removes what other versions, another cgroup or an interrupted start have left: with its link, a program leaves its cgroup.
    fn sweep(&self, root: &Path) -> io::Result<()> {
        for path in pins(root)? {
            if path != self.pins {
                dismantle(&path)?;
            }
        }
        Ok(())
    }
}

/// The folder of what is pinned of this version on a cgroup.
fn pins_of(root: &Path, cgroup: &fs::File) -> io::Result<PathBuf> {
    let version: String =
        Sha256::digest(OBJECT).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(root.join(format!("{version}-{}", cgroup.metadata()?.ino())))
}

/// Removes a folder with all that is pinned in it, if there is one.
pub(super) fn remove(root: &Path) -> io::Result<()> {
    for path in pins(root)? {
        dismantle(&path)?;
    }
    match fs::remove_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The folders of pins, if there are any.
fn pins(root: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Removes a folder of pins. The programs leave their cgroup a little later, so they are left without anything to block.
fn dismantle(folder: &Path) -> io::Result<()> {
    if let Ok(mut tries) = pinned(folder) {
        tries.replace(&[])?;
    }
    fs::remove_dir_all(folder)
}

impl Backend for Cgroup {
    fn reaches(&self) -> &'static [&'static str] {
        &[
            "what the processes of the cgroup and of all cgroups below it connect to, send and receive, in whatever network namespace they are",
        ]
    }

    fn misses(&self) -> &'static [&'static str] {
        &[
            "packets that this machine forwards and no process of it sends or receives, as for virtual machines",
            "processes outside of the cgroup, and sockets of the kernel's own",
            "what another program with the same rights takes out of the tries",
            "packet sockets (AF_PACKET), XDP, and the answers that the kernel sends without a socket",
        ]
    }

    fn replace(&self, blocks: &[Block]) -> io::Result<()> {
        let mut state = self.state();
        state.tries()?.replace(blocks)?;
        state.pin(&self.root)?;
        state.sweep(&self.root)
    }

    fn change(&self, set: &[Block], clear: &[IpNet]) -> io::Result<()> {
        self.with(|tries| {
            set.iter().try_for_each(|block| tries.set(block))?;
            clear.iter().try_for_each(|net| tries.clear(net))
        })
    }

    fn stands(&self) -> io::Result<bool> {
        self.state().stands()
    }

    fn mend(&self, blocks: &[Block]) -> io::Result<()> {
        let mut state = self.state();
        // What is held is still in its place where only pins are gone.
        if state.is_pinned && state.pin_again().is_ok() && state.stands()? {
            return state.tries()?.replace(blocks);
        }
        let directory = fs::File::open(&self.cgroup)?;
        let mut fresh = attach(&directory, pins_of(&self.root, &directory)?)?;
        fresh.tries()?.replace(blocks)?;
        fresh.pin(&self.root)?;
        fresh.sweep(&self.root)?;
        *state = fresh;
        Ok(())
    }

    fn remove(&self) -> io::Result<()> {
        self.with(|tries| tries.replace(&[]))?;
        remove(&self.root)
    }
}

impl Tries {
    /// Adds before it removes: no block that stays has a moment without it. What is there as it should be is left alone.
    fn replace(&mut self, blocks: &[Block]) -> io::Result<()> {
        let (four, six): (Vec<&Block>, Vec<&Block>) =
            blocks.iter().partition(|block| matches!(block.net, IpNet::V4(_)));
        agree(&mut self.four, &four, |net| match net.network() {
            IpAddr::V4(address) => Some(Key::new(u32::from(net.prefix_len()), address.octets())),
            IpAddr::V6(_) => None,
        })?;
        agree(&mut self.six, &six, |net| match net.network() {
            IpAddr::V6(address) => Some(Key::new(u32::from(net.prefix_len()), address.octets())),
            IpAddr::V4(_) => None,
        })
    }

    fn set(&mut self, block: &Block) -> io::Result<()> {
        let (prefix, value) = (u32::from(block.net.prefix_len()), value(block));
        match block.net.network() {
            IpAddr::V4(address) => {
                self.four.entries.insert(&Key::new(prefix, address.octets()), value, 0)
            }
            IpAddr::V6(address) => {
                self.six.entries.insert(&Key::new(prefix, address.octets()), value, 0)
            }
        }
        .map_err(error)
    }

    fn clear(&mut self, net: &IpNet) -> io::Result<()> {
        let prefix = u32::from(net.prefix_len());
        let removed = match net.network() {
            IpAddr::V4(address) => self.four.entries.remove(&Key::new(prefix, address.octets())),
            IpAddr::V6(address) => self.six.entries.remove(&Key::new(prefix, address.octets())),
        };
        match removed.map_err(error) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

fn value(block: &Block) -> Value {
    // A block that ends ends after 0.
    let end = block.until.map_or(0, |until| until.nanos().max(1));
    [end, u64::from(block.net.prefix_len())]
}

/// Makes the entries of a trie those of some blocks.
fn agree<const N: usize>(
    trie: &mut Trie<[u8; N]>,
    blocks: &[&Block],
    key: impl Fn(&IpNet) -> Option<Key<[u8; N]>>,
) -> io::Result<()>
where
    [u8; N]: aya::Pod,
{
    let there = entries(trie)?;
    let mut there: HashMap<(u32, [u8; N]), Value> =
        there.into_iter().map(|(key, value)| ((key.prefix_len(), key.data()), value)).collect();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for block in blocks {
        let (Some(key), value) = (key(&block.net), value(block)) else { continue };
        if there.remove(&(key.prefix_len(), key.data())) != Some(value) {
            keys.push(key);
            values.push(value);
        }
    }
    match calls::update(trie.fd.as_fd(), &keys, &values) {
        Err(error) if is_unknown(&error) => keys
            .iter()
            .zip(&values)
            .try_for_each(|(key, value)| trie.entries.insert(key, value, 0).map_err(self::error))?,
        other => other?,
    }
    let over: Vec<_> = there.into_keys().map(|(length, data)| Key::new(length, data)).collect();
    match calls::delete(trie.fd.as_fd(), &over) {
        Err(error) if is_unknown(&error) => {
            over.iter().try_for_each(|key| trie.entries.remove(key).map_err(self::error))
        }
        other => other,
    }
}

/// What is in a trie.
fn entries<const N: usize>(trie: &Trie<[u8; N]>) -> io::Result<Vec<(Key<[u8; N]>, Value)>>
where
    [u8; N]: aya::Pod,
{
    let empty = (Key::new(0, [0; N]), [0; 2]);
    match calls::entries(trie.fd.as_fd(), empty) {
        Err(error) if is_unknown(&error) => {
            trie.entries.iter().map(|entry| entry.map_err(self::error)).collect()
        }
        other => other,
    }
}

/// Whether a kernel answers so that has no calls for many entries of a trie (`EINVAL`, and `ENOTSUPP`, which has no name outside of it).
fn is_unknown(error: &io::Error) -> bool {
    [Some(Errno::INVAL.raw_os_error()), Some(524)].contains(&error.raw_os_error())
}

/// Loads the programs and attaches each to the cgroup, beside those of others.
fn attach(cgroup: &fs::File, pins: PathBuf) -> io::Result<State> {
    let mut object = EbpfLoader::new().load(OBJECT).map_err(error)?;
    let tries = Tries { four: trie(&mut object, TRIES[0])?, six: trie(&mut object, TRIES[1])? };
    // A link is always beside those of others (`BPF_F_ALLOW_MULTI` is implied, and refused).
    let mode = CgroupAttachMode::Single;
    let links = PROGRAMS.iter().map(|name| {
        let program = object.program_mut(name);
        let link = program.ok_or_else(|| io::Error::other("it is not in the object"));
        let link = link.and_then(|program| link_one(program, name, cgroup, mode));
        match link {
            Ok(link) => Ok((*name, link)),
            Err(error) => Err(io::Error::new(
                error.kind(),
                format!("program {name}: {}", super::reason(&error)),
            )),
        }
    });
    let links = links.collect::<io::Result<_>>()?;
    Ok(State { pins, tries: Some(tries), links, is_pinned: false })
}

pub(super) fn link_one(
    program: &mut Program,
    name: &str,
    cgroup: &fs::File,
    mode: CgroupAttachMode,
) -> io::Result<FdLink> {
    match program {
        Program::CgroupSkb(program) => {
            let inward = name == "ingress";
            let side =
                if inward { CgroupSkbAttachType::Ingress } else { CgroupSkbAttachType::Egress };
            program.load().map_err(error)?;
            let id = program.attach(cgroup, side, mode).map_err(error)?;
            FdLink::try_from(program.take_link(id).map_err(error)?).map_err(error)
        }
        Program::CgroupSockAddr(program) => {
            program.load().map_err(error)?;
            let id = program.attach(cgroup, mode).map_err(error)?;
            FdLink::try_from(program.take_link(id).map_err(error)?).map_err(error)
        }
        _ => Err(io::Error::other("it is of another kind")),
    }
}

fn trie<K: aya::Pod>(object: &mut Ebpf, name: &str) -> io::Result<Trie<K>> {
    let map = object.take_map(name);
    let map = map.ok_or_else(|| io::Error::other(format!("the object has no map {name}")))?;
    Trie::new(map)
}

/// The links that are pinned in a folder.
fn linked(folder: &Path) -> io::Result<Vec<(&'static str, FdLink)>> {
    let link = |name: &&'static str| {
        Ok((*name, PinnedLink::from_pin(folder.join(name)).map_err(error)?.into()))
    };
    PROGRAMS.iter().map(link).collect()
}

/// The tries that are pinned in a folder.
fn pinned(folder: &Path) -> io::Result<Tries> {
    let map = |name: &str| -> io::Result<Map> {
        Ok(Map::LpmTrie(MapData::from_pin(folder.join(name)).map_err(error)?))
    };
    Ok(Tries { four: Trie::new(map(TRIES[0])?)?, six: Trie::new(map(TRIES[1])?)? })
}

/// Mounts the file system that keeps what is pinned, if it is not.
pub(super) fn mount_bpffs(bpffs: &Path) -> io::Result<()> {
    if is_bpffs(bpffs) {
        return Ok(());
    }
    // As systemd and bpftool(8) do where nobody has. By itself, everybody may make files there.
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    Ok(mount("bpf", bpffs, "bpf", flags, c"mode=0700")?)
}

fn is_bpffs(path: &Path) -> bool {
    // The low half: the type is signed and of the machine's width.
    statfs(path).is_ok_and(|at| at.f_type as u64 & 0xffff_ffff == BPF_FS)
}

/// Where the cgroup v2 tree is mounted (proc_pid_mountinfo(5)).
pub(super) fn hierarchy() -> io::Result<PathBuf> {
    let mounts = fs::read_to_string("/proc/thread-self/mountinfo")?;
    let mount = mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        (kind.split(' ').next()? == "cgroup2").then(|| mount.split(' ').nth(4))?
    });
    let none = || io::Error::new(io::ErrorKind::NotFound, "no cgroup v2 tree is mounted");
    // Spaces and the like are written as octal numbers there, and are in no path of it that is in use.
    mount.map(PathBuf::from).ok_or_else(none)
}

/// What the system answered, where that is what failed; else the whole chain of reasons.
pub(super) fn error(error: impl std::error::Error + 'static) -> io::Error {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut texts = Vec::new();
    while let Some(cause) = at {
        let system = cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        if let Some(code) = system {
            return io::Error::from_raw_os_error(code);
        }
        texts.push(cause.to_string());
        at = cause.source();
    }
    match error_kind(&error) {
        Some(kind) => io::Error::new(kind, texts.join(": ")),
        None => io::Error::other(texts.join(": ")),
    }
}

fn error_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    let map = error.downcast_ref::<MapError>()?;
    matches!(map, MapError::KeyNotFound | MapError::ElementNotFound)
        .then_some(io::ErrorKind::NotFound)
}
