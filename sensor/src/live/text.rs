//! Events of live processes as the line that a recording holds.

use jiff::Timestamp;
use reactant_core::event::{Event, EventError, Line};
use serde::Serialize;

use super::{
    clock,
    file::{FileText, Touched},
    flow::{BackgroundText, Brief, FlowText},
    image::{Image, Texts},
    process::{Exit, Process},
    record::{Head, Who},
};

/// What names processes and events of this boot.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// `/proc/sys/kernel/random/boot_id`.
    pub(super) boot_id: String,
    /// When the machine booted, in nanoseconds since 1970; it stays what it was when the sensor started, so that a process keeps its start.
    pub(super) boot: i128,
    /// Random bits: two runs never give an event the same name.
    pub(super) random: u64,
}

/// What happened, and what to name it by.
pub(super) struct Act<'a> {
    /// `execution`, `file_access`, `network_peer`.
    pub(super) event_type: &'static str,
    pub(super) head: &'a Head,
    /// `None` where nothing is known but who it is.
    pub(super) process: Option<&'a Process>,
    /// Its program with all arguments, where the table keeps only some.
    pub(super) image: Option<&'a Image>,
    /// The parent first; `None` where nothing is known but who it is.
    pub(super) ancestors: &'a [(Who, Option<Process>)],
    pub(super) more_ancestors: bool,
    pub(super) file: Option<FileText<'a>>,
    pub(super) flow: Option<FlowText<'a>>,
    /// Of the process.
    pub(super) flows: &'a [Brief],
    /// What the process did to files of late.
    pub(super) files: &'a [Touched],
    /// Of the events of this run.
    pub(super) number: u64,
    pub(super) lost: u64,
}

#[derive(Serialize)]
struct EventText<'a> {
    uuid: String,
    #[serde(serialize_with = "display")]
    timestamp: Timestamp,
    event_type: &'static str,
    process: &'a ProcessText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a FileText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a FlowText<'a>>,
    background: Background<'a>,
    lost: u64,
    /// Whether it waits for a verdict.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    before: bool,
}

#[derive(Serialize)]
struct Background<'a> {
    /// Init first, the process itself last.
    ancestry: Vec<&'a ProcessText<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ancestry_truncated: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    file_list: &'a [Touched],
    /// The event's tree `flows` is made of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flow_list: Vec<BackgroundText<'a>>,
}

#[derive(Serialize)]
struct ProcessText<'a> {
    uuid: String,
    #[serde(serialize_with = "display")]
    start: Timestamp,
    start_ticks: u64,
    boot_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<u32>,
    pid: u32,
    /// 0 for who has no parent; absent for the last ancestor that is told where there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    ppid: Option<u32>,
    /// Of who is gone.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "display_known")]
    exit: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retcode: Option<u32>,
    #[serde(flatten)]
    known: Option<Known<'a>>,
}

#[derive(Serialize)]
struct Known<'a> {
    comm: Text<'a>,
    cmd: String,
    /// Absent where it is not known: a kernel thread has none, and `/proc` does not tell everything to everybody.
    #[serde(skip_serializing_if = "str::is_empty")]
    exe: Text<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exe_truncated: bool,
    args: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    args_truncated: bool,
    /// Of the process itself only: an ancestor's are seldom asked for, and would be most of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    envs: Option<Vec<Text<'a>>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    envs_truncated: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    cwd: Text<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cwd_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_exe: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_args: Option<Vec<Text<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_envs: Option<Vec<Text<'a>>>,
    container_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespaces: Option<Namespaces>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the page's names")]
struct Namespaces {
    mnt_ns: u32,
    pid_ns: u32,
    uts_ns: u32,
    ipc_ns: u32,
    net_ns: u32,
    cgroup_ns: u32,
}

fn display_known<S: serde::Serializer>(time: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.collect_str(time),
        None => to.serialize_none(),
    }
}

fn display<S: serde::Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

pub(super) type Text<'a> = std::borrow::Cow<'a, str>;

/// A text of the kernel's; says whether something in it was not UTF-8.
pub(super) fn text<'a>(bytes: &'a [u8], lossy: &mut bool) -> Text<'a> {
    let text = String::from_utf8_lossy(bytes);
    // Only what was replaced is owned.
    *lossy |= matches!(text, Text::Owned(_));
    text
}

fn texts<'a>(texts: &'a Texts, lossy: &mut bool) -> Vec<Text<'a>> {
    texts.iter().map(|bytes| text(bytes, lossy)).collect()
}

impl Act<'_> {
    /// The event.
    ///
    /// # Errors
    ///
    /// The line is no event of this program's: a mistake in this module.
    pub(super) fn event(&self, names: &Names) -> Result<Event, EventError> {
        self.read(self.line(names, false))
    }

    /// The same of what waits for a verdict.
    ///
    /// # Errors
    ///
    /// As above.
    pub(super) fn question(&self, names: &Names) -> Result<Event, EventError> {
        self.read(self.line(names, true))
    }

    fn read(&self, line: String) -> Result<Event, EventError> {
        match Line::parse(line.as_bytes(), self.number)? {
            Line::Event(event) => Ok(event),
            Line::Header(_) => Err(EventError::NoSubject),
        }
    }

    fn line(&self, names: &Names, before: bool) -> String {
        let head = self.head;
        // The calendar's clock as it is now: a machine that was told the time meanwhile has right events.
        let timestamp = clock::timestamp(clock::boot(), head.time);
        let ppid = |parents: &[(Who, _)]| match parents.first() {
            Some((parent, _)) => Some(parent.pid),
            None => (!self.more_ancestors).then_some(0),
        };
        let known = self.process.map(|process| (process, self.image.unwrap_or(&process.image)));
        let mut process = names.process(head.process, Some(head.parent.pid), known);
        // What it is by the record is newer than what is known.
        (process.uid, process.gid) = (Some(head.uid), Some(head.gid));
        if let (Some(text), Some((known, image))) = (&mut process.known, known) {
            let mut lossy = text.lossy;
            text.envs = Some(texts(&image.envs, &mut lossy));
            text.envs_truncated = image.envs.cut;
            let previous = known.previous.as_deref();
            text.prev_envs = previous.map(|previous| texts(&previous.envs, &mut lossy));
            text.lossy = lossy;
        }
        let ancestors: Vec<_> = self
            .ancestors
            .iter()
            .enumerate()
            .map(|(index, (who, known))| {
                let known = known.as_ref().map(|process| (process, &*process.image));
                names.process(*who, ppid(&self.ancestors[index + 1..]), known)
            })
            .collect();
        let event = EventText {
            uuid: names.event(timestamp, self.number),
            timestamp,
            event_type: self.event_type,
            file: self.file.as_ref(),
            flow: self.flow.as_ref(),
            background: Background {
                ancestry: ancestors.iter().rev().chain([&process]).collect(),
                ancestry_truncated: self.more_ancestors,
                file_list: self.files,
                flow_list: self.flows.iter().map(Brief::background).collect(),
            },
            process: &process,
            lost: self.lost,
            before,
        };
        // Texts and numbers always serialise.
        serde_json::to_string(&event).unwrap_or_default()
    }
}

impl Names {
    fn process<'a>(
        &'a self,
        who: Who,
        ppid: Option<u32>,
        known: Option<(&'a Process, &'a Image)>,
    ) -> ProcessText<'a> {
        let exit = known.and_then(|(process, _)| process.exit);
        ProcessText {
            uuid: self.uuid(who),
            start: clock::start(self.boot, who.ticks),
            start_ticks: who.ticks,
            boot_id: &self.boot_id,
            uid: known.map(|(process, _)| process.uid),
            gid: known.map(|(process, _)| process.gid),
            pid: who.pid,
            ppid,
            exit: exit.map(|exit| clock::timestamp(self.boot, exit.time)),
            retcode: exit.map(Exit::code),
            known: known.map(|(process, image)| Known::of(process, image)),
        }
    }

    /// Names a process: the same in every run of this boot, and different from every other boot's.
    fn uuid(&self, who: Who) -> String {
        let boot = uuid::Uuid::parse_str(&self.boot_id).unwrap_or_default().as_u128();
        let process = u128::from(who.ticks) << 64 | u128::from(who.pid);
        uuid::Builder::from_custom_bytes((boot ^ process).to_be_bytes()).into_uuid().to_string()
    }

    /// Names a flow, by its socket and when it began, in nanoseconds since boot: differently from every process.
    pub(super) fn flow(&self, cookie: u64, began: u64) -> String {
        let boot = uuid::Uuid::parse_str(&self.boot_id).unwrap_or_default().as_u128();
        let flow = 1 << 127 | u128::from(began) << 64 | u128::from(cookie);
        uuid::Builder::from_custom_bytes((boot ^ flow).to_be_bytes()).into_uuid().to_string()
    }

    /// Names an event: in the order of time, and never twice (RFC 9562, version 7).
    fn event(&self, time: Timestamp, number: u64) -> String {
        let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
        let mut random = [0; 10];
        random[..8].copy_from_slice(&reactant_core::seed::mix(self.random, number).to_be_bytes());
        random[8..].copy_from_slice(&(number as u16).to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }
}

impl<'a> Known<'a> {
    fn of(process: &'a Process, image: &'a Image) -> Known<'a> {
        let mut lossy = false;
        let words = texts(&image.args, &mut lossy);
        let previous = process.previous.as_deref();
        let mut known = Known {
            comm: text(&process.comm, &mut lossy),
            cmd: words.join(" "),
            exe: text(&image.exe, &mut lossy),
            exe_truncated: image.exe_cut,
            args: words.into_iter().skip(1).collect(),
            args_truncated: image.args.cut,
            envs: None,
            envs_truncated: false,
            cwd: text(&process.cwd, &mut lossy),
            cwd_truncated: process.cwd_cut,
            prev_exe: previous.map(|previous| text(&previous.exe, &mut lossy)),
            prev_args: previous
                .map(|previous| texts(&previous.args, &mut lossy).into_iter().skip(1).collect()),
            prev_envs: None,
            container_id: &process.container,
            namespaces: Namespaces::of(process.namespaces),
            lossy: false,
        };
        known.lossy = lossy;
        known
    }
}

impl Namespaces {
    /// `None` where they are not known.
    fn of(numbers: [u32; 6]) -> Option<Namespaces> {
        let [mnt_ns, pid_ns, uts_ns, ipc_ns, net_ns, cgroup_ns] = numbers;
        let known = numbers.iter().all(|number| *number > 0);
        known.then_some(Namespaces { mnt_ns, pid_ns, uts_ns, ipc_ns, net_ns, cgroup_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_process_and_event() {
        let boot_id = "7d0c9d0f-8f7a-4b3c-9a55-d9f7d3b1a001".to_owned();
        let names = Names { boot_id, boot: 0, random: 1 };
        let name = |pid, ticks| names.uuid(Who { pid, ticks });
        assert_eq!(name(5, 6), name(5, 6));
        assert!(name(5, 6) != name(6, 5) && name(5, 6) != name(5, 7));
        let time = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        assert!(names.event(time, 1) != names.event(time, 2));
    }
}
