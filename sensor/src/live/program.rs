//! The kernel's programs: loaded once, attached tier by tier, so that what this kernel refuses is refused alone.

use std::{
    error::Error,
    fmt::Write,
    fs::{self, File},
    io::Read,
    os::fd::{AsFd, AsRawFd},
};

use aya::{
    Btf, Ebpf, EbpfLoader,
    maps::{Array, HashMap, MapData, PerCpuArray, RingBuf, lpm_trie::LpmTrie},
    programs::{
        BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, CgroupSock, Iter, Program,
        ProgramError,
    },
    util::nr_cpus,
};

use reactant_core::interest::Interest;

use super::{
    LiveError,
    coverage::{self, Coverage, Subject},
    execution,
    figures::Counts,
    file,
    filter::{Filter, Maps},
    flow::{self, FlowState, KernelFlows, Keys},
};

/// What `.ci/bpf` made of the sources beside it.
static OBJECT: &[u8] =
    aya::include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/sensor.bpf.o"));

/// Where a program of the object runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hook {
    /// At a tracepoint, with typed arguments.
    TpBtf(&'static str),
    /// Where a process of any control group makes or closes a socket.
    CgroupSock,
    /// Packets to and from the sockets of all control groups.
    CgroupIngress,
    CgroupEgress,
}

/// Programs that serve subjects together: all of them are at work, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tier {
    /// As [`Live::coverage`](super::Live::coverage) says it.
    pub(super) source: &'static str,
    pub(super) subjects: &'static [Subject],
    /// Names in the object. Without any, the tier needs nothing of the kernel.
    pub(super) programs: &'static [(&'static str, Hook)],
}

/// The best of each subject first: what comes later is tried for what is not served yet. One list a subject, in its own module.
fn tiers() -> impl Iterator<Item = &'static Tier> {
    [execution::TIERS, file::TIERS, flow::TIERS].into_iter().flatten()
}

/// The programs, at work as long as this lives.
pub(super) struct Programs {
    ebpf: Ebpf,
    btf: Btf,
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) programs: Programs,
    pub(super) coverage: Vec<Coverage>,
    pub(super) filter: Filter,
    /// The flows that the programs keep.
    pub(super) flows: KernelFlows,
    /// What the programs write to.
    pub(super) ring: RingBuf<MapData>,
    /// What they count, by kind.
    pub(super) counts: PerCpuArray<MapData, Counts>,
}

/// Loads and attaches what this kernel takes.
pub(super) fn load(random: u64, interest: &Interest) -> Result<Loaded, LiveError> {
    let load = |error: &(dyn Error + 'static)| LiveError::Load { reason: reasons(error) };
    let btf = Btf::from_sys_fs().map_err(|error| load(&error))?;
    let processors = nr_cpus().map_err(|(_, error)| load(&error))?;
    let processors = processors.try_into().unwrap_or(u32::MAX);
    let mut ebpf = EbpfLoader::new()
        .btf(Some(&btf))
        .override_global("self", &std::process::id(), true)
        .override_global("secret", &random, true)
        .map_max_entries("exec_parts", processors)
        .map_max_entries("file_parts", processors)
        // What a task left at the entry of a system call is in a map that only the programs use.
        .allow_unsupported_maps()
        .load(OBJECT)
        .map_err(|error| load(&error))?;
    let mut map = |name: &str| {
        let missing = LiveError::Load { reason: format!("the object has no map `{name}`") };
        ebpf.take_map(name).ok_or(missing)
    };
    let ring = RingBuf::try_from(map("ring")?).map_err(|error| load(&error))?;
    let counts = PerCpuArray::try_from(map("counts")?).map_err(|error| load(&error))?;
    let flow_filter = flow::Filter {
        rules: Array::try_from(map("flow_rules")?).map_err(|error| load(&error))?,
        in_use: Array::try_from(map("flow_use")?).map_err(|error| load(&error))?,
        ports: HashMap::try_from(map("flow_ports")?).map_err(|error| load(&error))?,
        addresses: LpmTrie::try_from(map("flow_addresses")?).map_err(|error| load(&error))?,
        sets: [Keys::default(), Keys::default()],
        set: 0,
        on: false,
    };
    let flows =
        HashMap::<_, _, FlowState>::try_from(map("flows")?).map_err(|error| load(&error))?;
    let flows = KernelFlows(flows);
    let maps = Maps {
        slot: map("filter_slot")?.try_into().map_err(|error| load(&error))?,
        filters: map("filters")?.try_into().map_err(|error| load(&error))?,
        directories: map("directories")?.try_into().map_err(|error| load(&error))?,
        names: map("names")?.try_into().map_err(|error| load(&error))?,
    };
    let filter = Filter::new(maps, flow_filter);
    filter.watch(interest)?;
    let coverage = coverage::of(tiers(), |tier| attach(&mut ebpf, tier, &btf));
    Ok(Loaded { programs: Programs { ebpf, btf }, coverage, filter, flows, ring, counts })
}

/// Puts all programs of a tier to work; where one is refused, none is.
fn attach(ebpf: &mut Ebpf, tier: &Tier, btf: &Btf) -> Result<(), String> {
    let attached = tier.programs.iter().try_for_each(|(name, hook)| {
        let program = ebpf.program_mut(name).ok_or("the object has no such program")?;
        attach_one(program, *hook, btf).map_err(|reason| format!("{name}: {reason}"))
    });
    if attached.is_err() {
        for (name, hook) in tier.programs {
            if let Some(program) = ebpf.program_mut(name) {
                // What was not loaded cannot be unloaded.
                let _ = unload(program, *hook);
            }
        }
    }
    attached
}

fn unload(program: &mut Program, hook: Hook) -> Result<(), ProgramError> {
    match hook {
        Hook::TpBtf(_) => <&mut BtfTracePoint>::try_from(program)?.unload(),
        Hook::CgroupSock => <&mut CgroupSock>::try_from(program)?.unload(),
        Hook::CgroupIngress | Hook::CgroupEgress => <&mut CgroupSkb>::try_from(program)?.unload(),
    }
}

fn attach_one(program: &mut Program, hook: Hook, btf: &Btf) -> Result<(), String> {
    let failed = |error: ProgramError| reasons(&error);
    // Links are always beside whatever others have there, and take no flags.
    let mode = CgroupAttachMode::Single;
    match hook {
        Hook::TpBtf(tracepoint) => {
            let program: &mut BtfTracePoint = program.try_into().map_err(failed)?;
            program.load(tracepoint, btf).and_then(|()| program.attach().map(drop)).map_err(failed)
        }
        Hook::CgroupSock => {
            let groups = root_group()?;
            let program: &mut CgroupSock = program.try_into().map_err(failed)?;
            program.load().and_then(|()| program.attach(groups, mode).map(drop)).map_err(failed)
        }
        Hook::CgroupIngress | Hook::CgroupEgress => {
            let way = match hook {
                Hook::CgroupIngress => CgroupSkbAttachType::Ingress,
                _ => CgroupSkbAttachType::Egress,
            };
            let groups = root_group()?;
            let program: &mut CgroupSkb = program.try_into().map_err(failed)?;
            program
                .load()
                .and_then(|()| program.attach(groups, way, mode).map(drop))
                .map_err(failed)
        }
    }
}

/// The group that all others of version 2 lie in: in a namespace of control groups, such as a container's, only the first process sees it.
fn root_group() -> Result<File, String> {
    /// `PROC_CGROUP_INIT_INO` (include/linux/proc_ns.h).
    const INITIAL: &str = "cgroup:[4026531835]";
    let space = fs::read_link("/proc/self/ns/cgroup").unwrap_or_default();
    let (mounts, root) = match space.as_os_str() == INITIAL {
        true => ("/proc/self/mountinfo", ""),
        false => ("/proc/1/mountinfo", "/proc/1/root"),
    };
    let mounts = fs::read_to_string(mounts).map_err(|error| format!("{mounts}: {error}"))?;
    // proc_pid_mountinfo(5): fields 4 and 5 are root and mount point; behind the separator comes the file system.
    let at = mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let fields: Vec<&str> = before.split(' ').collect();
        (after.starts_with("cgroup2 ") && *fields.get(3)? == "/").then_some(*fields.get(4)?)
    });
    let at = at.ok_or("cgroup v2 is not mounted: mount -t cgroup2 none /sys/fs/cgroup/unified")?;
    let path = format!("{root}{at}");
    File::open(&path).map_err(|error| format!("{path}: {error}"))
}

/// An error with its causes, in one line that is not too long: of the pages that the verifier may have written, the last line that is not about
/// what it counted.
fn reasons(error: &(dyn Error + 'static)) -> String {
    /// In characters.
    const SHOWN: usize = 300;
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    let counted = |line: &&str| {
        let about = ["processed ", "stack depth ", "verification time ", ": "];
        !line.is_empty() && !about.iter().any(|start| line.starts_with(start))
    };
    let (mut lines, mut last) = (text.lines(), text.lines().rev());
    let first = lines.next().unwrap_or_default();
    let first = first.split_once(" Verifier output:").map_or(first, |(said, _)| said);
    match last.find(counted).filter(|_| lines.next().is_some()) {
        Some(last) => format!("{first} ({last})").chars().take(SHOWN).collect(),
        None => first.chars().take(SHOWN).collect(),
    }
}

impl Programs {
    /// How often the kernel left a program out because it was running on that processor already.
    pub(super) fn skipped(&self) -> u64 {
        let skipped = |(_, program): (&str, &aya::programs::Program)| {
            let fd = program.fd().ok()?.as_fd().as_raw_fd();
            let about = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).ok()?;
            let line = about.lines().find_map(|line| line.strip_prefix("recursion_misses:"))?;
            line.trim().parse::<u64>().ok()
        };
        self.ebpf.programs().filter_map(skipped).sum()
    }

    /// Looks through the descriptors of all processes for sockets that were there before flows were watched.
    ///
    /// # Errors
    ///
    /// The kernel refuses it: such sockets stay unknown.
    pub(super) fn find_sockets(&mut self, filter: &Filter) -> Result<(), String> {
        let Programs { ebpf, btf } = self;
        let program = ebpf.program_mut("find_sockets").ok_or("the object has no such program")?;
        let program: &mut Iter =
            program.try_into().map_err(|error: ProgramError| reasons(&error))?;
        if program.fd().is_err() {
            program.load("task_file", btf).map_err(|error| reasons(&error))?;
        }
        // Who listens is known before whose connections are looked at.
        for pass in 1..=2 {
            filter.pass(pass).map_err(|error| reasons(&error))?;
            let link = program.attach().and_then(|link| program.take_link(link));
            let mut file = link
                .map_err(|error| reasons(&error))?
                .into_file()
                .map_err(|error| reasons(&error))?;
            // It runs as it is read, and writes nothing.
            file.read_to_end(&mut Vec::new()).map_err(|error| error.to_string())?;
        }
        filter.pass(0).map_err(|error| reasons(&error))
    }
}
