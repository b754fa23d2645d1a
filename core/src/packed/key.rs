//! The names of an event's fields, numbered, so that engines compare numbers instead of text.

/// A field name that `events.md` knows, as a small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u16);

macro_rules! keys {
    ($($constant:ident $name:literal)*) => {
        #[allow(missing_docs, reason = "each constant is named as the field is")]
        impl Key {
            $(pub const $constant: Key = Key(Names::$constant as u16);)*
        }
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "an index, named as the constants are")]
        enum Names { $($constant),* }
        const NAMES: &[&str] = &[$($name),*];
    };
}

keys! {
    UUID "uuid" TIMESTAMP "timestamp" EVENT_TYPE "event_type" NOTE "note" PROCESS "process" FILE "file" FLOW "flow"
    BACKGROUND "background" BASE "base" METADATA "metadata" LOST "lost" LOSSY "lossy" BEFORE "before" TYPE "type"
    CONTAINERS "containers" ATTENUATOR "attenuator" SCORE "score" SCENARIOS "scenarios" SCENARIO "scenario" HABITAT "habitat"
    START "start" START_TICKS "start_ticks" BOOT_ID "boot_id" EXIT "exit" RETCODE "retcode" UID "uid" GID "gid" PID "pid"
    PPID "ppid" COMM "comm" CMD "cmd" EXE "exe" ARGS "args" ENVS "envs" CWD "cwd" LOADER "loader" PREV_EXE "prev_exe"
    PREV_ARGS "prev_args" PREV_ENVS "prev_envs" PREV_LOADER "prev_loader" CONTAINER_ID "container_id"
    NAMESPACES "namespaces" MNT_NS "mnt_ns" PID_NS "pid_ns" UTS_NS "uts_ns" IPC_NS "ipc_ns" NET_NS "net_ns" CGROUP_NS "cgroup_ns"
    DIR "dir" BASENAME "basename" ACTIONS "actions" OWNER "owner" PERMISSIONS "permissions" MODE "mode" SIZE "size" PATH "path"
    FASYNC "fasync" FLOCK "flock" FSYNC "fsync" LLSEEK "llseek" MMAP "mmap" OPEN "open" READ "read" WRITE "write"
    RENAME "rename" TRUNCATE "truncate" UNLINK "unlink" CREATE "create" CLOSE "close" LINK "link" EXECVE "execve"
    EXEC "exec" SEEK "seek" ASYNC "async"
    IP_VERSION "ip_version" PROTO "proto" ICMP "icmp" CODE "code" LOCAL "local" REMOTE "remote" ADDRESS "address" NAME "name"
    NAMES "names" PORT "port" SERVICE_PORT "service_port" FLAGS "flags" PHASE "phase" PROPERTIES "properties" SETTINGS "settings"
    INGRESS "ingress" EGRESS "egress" INCOMING "incoming" OUTGOING "outgoing" STARTED "started" ONGOING "ongoing" ENDED "ended"
    TERMINATOR "terminator" TERMINATED "terminated" DIRECTION "direction" INITIATED_BY "initiated_by" STATUS "status" ENDED_BY "ended_by"
    ANCESTRY "ancestry" FILES "files" FLOWS "flows" FILE_LIST "file_list" FLOW_LIST "flow_list" ROOT "root" DIRS "dirs"
    PROTOCOLS "protocols" PAIRS "pairs" NODES "nodes" PORT_MATRIX "port_matrix" SRC_PORT "src_port" DST_PORT "dst_port" ICMPS "icmps"
    KIND "kind" FORMAT "format" VERSION "version" DESCRIPTION "description" TACTIC "tactic" TECHNIQUE "technique"
    SUBTECHNIQUE "subtechnique" IMPORTANCE "importance" DOCUMENTATION "documentation"
}

/// Every name of every event is looked up: a table made when this is compiled, with open addressing, at most half full.
static INDEX: [u16; PLACES] = index();
const PLACES: usize = 512;
const EMPTY: u16 = u16::MAX;

const fn index() -> [u16; PLACES] {
    assert!(NAMES.len() <= PLACES / 2, "PLACES must grow with the names");
    let mut index = [EMPTY; PLACES];
    let mut number = 0;
    while number < NAMES.len() {
        let mut at = place(NAMES[number].as_bytes());
        while index[at] != EMPTY {
            at = (at + 1) % PLACES;
        }
        index[at] = number as u16;
        number += 1;
    }
    index
}

/// Length, first, middle and last byte tell the names apart; the factor was chosen so that none is further than one from its place.
const fn place(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let (first, middle, last) = (name[0], name[name.len() / 2], name[name.len() - 1]);
    let word = u32::from_le_bytes([first, middle, last, name.len() as u8]);
    (word.wrapping_mul(0x7ea5_2d5b) >> 23) as usize
}

impl Key {
    /// Looks a name up.
    #[must_use]
    pub fn of(name: &str) -> Option<Key> {
        let mut at = place(name.as_bytes());
        loop {
            let number = INDEX[at];
            if number == EMPTY {
                return None;
            }
            if NAMES[usize::from(number)] == name {
                return Some(Key(number));
            }
            at = (at + 1) % PLACES;
        }
    }

    /// Every known key, in the order of their numbers.
    pub fn all() -> impl ExactSizeIterator<Item = Key> {
        (0..NAMES.len() as u16).map(Key)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The number: dense from 0, the same for the life of the process and of its children of one build.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    pub(super) fn from_number(number: u16) -> Option<Key> {
        (usize::from(number) < NAMES.len()).then_some(Key(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_key() {
        for key in Key::all() {
            assert_eq!(Key::of(key.name()), Some(key), "{} stands twice", key.name());
        }
        for other in ["", "x", "Pid", "pi", "pidd", "__proto__", &"x".repeat(1 << 20)] {
            assert_eq!(Key::of(other), None, "{other:.20}");
        }
    }
}
