//! What this process may do on the machine: what the run does not need is given up before the first thread, and told.
//!
//! Only the command line gives anything up. A library never does: its program may need what reactions do not.

mod table;

use std::{collections::BTreeMap, fs};

use caps::{CapSet, Capability, CapsHashSet};
use reactant_core::capability::Capability as Grant;

use crate::{console::Console, exit::Failure, settings::Settings};
pub(crate) use table::{Acts, rows, tell, write};

/// What a command is about to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) settings: &'a Settings,
    /// Whether reactions act for real.
    pub(crate) acts: bool,
    /// Whether it watches this machine.
    pub(crate) watches: bool,
    /// Whether shell reactions are started in a dry run.
    pub(crate) run_shell: bool,
    /// Whether it writes a folder or a file that was named, and may be another user's.
    pub(crate) writes: bool,
}

impl Plan<'_> {
    /// Whether a capability of the reactions' is granted to any of them.
    pub(crate) fn grants(&self, grant: &Grant) -> bool {
        self.settings.grants.holds(grant)
    }

    /// The Linux capabilities (capabilities(7)) that this may need, each with what for.
    fn needs(&self) -> BTreeMap<&'static str, (Capability, Vec<&'static str>)> {
        let mut needs: BTreeMap<&'static str, (Capability, Vec<&'static str>)> = BTreeMap::new();
        let mut need = |why: &'static str, which: &[(&'static str, Capability)]| {
            for (name, capability) in which {
                needs.entry(name).or_insert_with(|| (*capability, Vec::new())).1.push(why);
            }
        };
        if self.grants(&Grant::FS_READ) {
            need("fs.read: files of other users", &[READ]);
        }
        if self.writes {
            need("a folder or file that was named, of another user", &[OVERRIDE]);
        }
        if self.watches {
            let kernel = [ADMIN, BPF, PERFMON, NET_ADMIN, RESOURCE];
            need("the sensor: programs and marks in the kernel", &kernel);
            need("the sensor: what /proc tells of other users' processes", &[PTRACE, READ]);
        }
        let shell = self.grants(&Grant::EXEC_SHELL);
        if shell && (self.acts || self.run_shell) {
            need("exec.shell: the namespaces that hold scripts", &[ADMIN, SETPCAP]);
        }
        if !self.acts {
            return needs;
        }
        if self.grants(&Grant::FS_WRITE) || self.grants(&Grant::FS_TEMP) {
            need("fs.write, fs.temp: folders of other users", &[OVERRIDE, FOWNER]);
        }
        if self.settings.keep_replaced.is_some() {
            let owners = [CHOWN, FOWNER, FSETID, SETFCAP, OVERRIDE];
            need("audit undo: owners and attributes of files", &owners);
        }
        if self.grants(&Grant::PROCESS_KILL) {
            need("process.kill: processes of other users", &[KILL]);
            need("process.kill: what they execute", &[PTRACE]);
        }
        if self.grants(&Grant::NET_BLOCK) || self.settings.network_policy.is_some() {
            need("net.block: the kernel's tables and programs", &[NET_ADMIN, BPF, ADMIN]);
            need("net.block: connections in other network namespaces", &[PTRACE]);
        }
        if self.grants(&Grant::SYSTEM_POWER) && self.settings.armed {
            need("system.power: to stop the machine", &[BOOT]);
        }
        if shell {
            need("exec.shell: what scripts of root's may do", &SCRIPTS);
        }
        needs
    }
}

const CHOWN: (&str, Capability) = ("CAP_CHOWN", Capability::CAP_CHOWN);
const OVERRIDE: (&str, Capability) = ("CAP_DAC_OVERRIDE", Capability::CAP_DAC_OVERRIDE);
const READ: (&str, Capability) = ("CAP_DAC_READ_SEARCH", Capability::CAP_DAC_READ_SEARCH);
const FOWNER: (&str, Capability) = ("CAP_FOWNER", Capability::CAP_FOWNER);
const FSETID: (&str, Capability) = ("CAP_FSETID", Capability::CAP_FSETID);
const SETFCAP: (&str, Capability) = ("CAP_SETFCAP", Capability::CAP_SETFCAP);
const KILL: (&str, Capability) = ("CAP_KILL", Capability::CAP_KILL);
const SETPCAP: (&str, Capability) = ("CAP_SETPCAP", Capability::CAP_SETPCAP);
const NET_ADMIN: (&str, Capability) = ("CAP_NET_ADMIN", Capability::CAP_NET_ADMIN);
const BPF: (&str, Capability) = ("CAP_BPF", Capability::CAP_BPF);
const PERFMON: (&str, Capability) = ("CAP_PERFMON", Capability::CAP_PERFMON);
const ADMIN: (&str, Capability) = ("CAP_SYS_ADMIN", Capability::CAP_SYS_ADMIN);
const PTRACE: (&str, Capability) = ("CAP_SYS_PTRACE", Capability::CAP_SYS_PTRACE);
const RESOURCE: (&str, Capability) = ("CAP_SYS_RESOURCE", Capability::CAP_SYS_RESOURCE);
const BOOT: (&str, Capability) = ("CAP_SYS_BOOT", Capability::CAP_SYS_BOOT);

/// What the engine of shell reactions leaves a script that acts (`engines/shell`, `launch/order.rs`); it takes the rest away itself.
const SCRIPTS: [(&str, Capability); 15] = [
    CHOWN,
    OVERRIDE,
    READ,
    FOWNER,
    FSETID,
    KILL,
    ("CAP_SETGID", Capability::CAP_SETGID),
    ("CAP_SETUID", Capability::CAP_SETUID),
    ("CAP_LINUX_IMMUTABLE", Capability::CAP_LINUX_IMMUTABLE),
    ("CAP_NET_BIND_SERVICE", Capability::CAP_NET_BIND_SERVICE),
    ("CAP_NET_BROADCAST", Capability::CAP_NET_BROADCAST),
    NET_ADMIN,
    ("CAP_NET_RAW", Capability::CAP_NET_RAW),
    ("CAP_SYS_NICE", Capability::CAP_SYS_NICE),
    ("CAP_AUDIT_WRITE", Capability::CAP_AUDIT_WRITE),
];

/// A capability that was kept, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) name: &'static str,
    pub(crate) why: String,
}

/// What this process may do from now on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    permitted: CapsHashSet,
    /// What is kept, by name.
    pub(crate) kept: Vec<Kept>,
    /// How many were given up.
    pub(crate) dropped: usize,
}

impl Held {
    /// Whether a capability is held.
    pub(crate) fn has(&self, capability: Capability) -> bool {
        self.permitted.contains(&capability)
    }

    /// What would be kept of what this process holds; nothing is given up.
    pub(crate) fn foreseen(plan: &Plan<'_>) -> Held {
        // A process that cannot read its own capabilities is told to have none.
        let permitted = caps::read(None, CapSet::Permitted).unwrap_or_default();
        let before = permitted.len();
        let needs = plan.needs();
        let kept: Vec<Kept> = needs
            .iter()
            .filter(|(_, (capability, _))| permitted.contains(capability))
            .map(|(name, (_, why))| Kept { name, why: why.join("; ") })
            .collect();
        let wanted: CapsHashSet = needs.values().map(|(capability, _)| *capability).collect();
        let permitted: CapsHashSet = permitted.intersection(&wanted).copied().collect();
        Held { dropped: before - permitted.len(), permitted, kept }
    }
}

/// Gives up what a command does not need, for all threads that this process will have, and for good.
///
/// # Errors
///
/// [`Failure`] where the kernel refuses: then nothing is begun.
pub(crate) fn give_up(console: &Console, plan: &Plan<'_>) -> Result<Held, Failure> {
    let held = Held::foreseen(plan);
    let refused = |what: &str, why: &dyn std::fmt::Display| {
        Failure::Problem(format!("what this run does not need cannot be given up ({what}): {why}"))
    };
    // Each thread has its own: those that were made before would keep theirs.
    let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads != 1 {
        return Err(refused("threads", &format!("there are {threads} already")));
    }
    rustix::thread::set_no_new_privs(true).map_err(|errno| refused("no_new_privs", &errno))?;
    // Before Linux 4.3 there are none.
    let _ = caps::clear(None, CapSet::Ambient);
    let may_bound =
        caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).unwrap_or(false);
    if may_bound {
        let bounding =
            caps::read(None, CapSet::Bounding).map_err(|why| refused("bounding", &why))?;
        for capability in bounding.difference(&held.permitted) {
            caps::drop(None, CapSet::Bounding, *capability)
                .map_err(|why| refused(&capability.to_string(), &why))?;
        }
    } else if !held.permitted.is_empty() {
        console.note("the bounding set stays: giving it up needs CAP_SETPCAP");
    }
    let effective =
        caps::read(None, CapSet::Effective).map_err(|why| refused("effective", &why))?;
    let effective = effective.intersection(&held.permitted).copied().collect();
    for (name, set, left) in [
        ("effective", CapSet::Effective, &effective),
        ("permitted", CapSet::Permitted, &held.permitted),
        ("inheritable", CapSet::Inheritable, &CapsHashSet::new()),
    ] {
        caps::set(None, set, left).map_err(|why| refused(name, &why))?;
    }
    Ok(held)
}
