//! Kills: each state of a process has its result.

use std::{
    env, fs,
    os::unix::process::{ExitStatusExt, parent_id},
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use reactant_core::{engine::Door, limits::Stop};
use reactant_helpers::protect::Protect;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Standard, Test,
    namespace::Kind::{BelowInit, Processes},
    store::Store,
    testing::{Caller, already, done, failed},
    victim,
};

pub(crate) const TESTS: &[Test] = &[
    ("a_running_process_is_killed", Processes, running),
    ("another_start_another_boot_or_no_start_is_another_process", Processes, strangers),
    ("a_pid_that_nobody_has_is_gone", Processes, nobody),
    ("a_process_that_no_event_named_is_killed_if_it_started_before", Processes, unnamed),
    ("a_zombie_is_gone", Processes, zombie),
    ("a_thread_alone_is_not_killed", Processes, thread),
    ("a_process_whose_main_thread_has_exited_is_killed", Processes, leaderless),
    ("a_stopped_process_is_killed", Processes, stopped),
    ("a_traced_process_is_killed", Processes, traced),
    ("a_process_that_waits_uninterruptibly_for_its_child_is_killed", Processes, vfork),
    ("a_process_in_a_pid_namespace_below_is_killed", Processes, inner),
    ("the_first_process_of_a_pid_namespace_below_is_killed", Processes, init),
    ("what_cannot_leave_in_time_is_signalled_not_yet_gone", Processes, stuck),
    ("the_runtime_and_its_ancestors_are_spared", BelowInit, ancestors),
    ("a_protected_executable_is_spared_even_when_it_was_replaced", Processes, protected),
    ("what_users_execute_is_not_spared_whatever_its_name", Processes, pretenders),
];

/// What runs below a victim, by the victim's name.
pub(crate) const BELOW: &[(&str, fn())] = &[("spare_my_ancestors", spare_my_ancestors)];

/// A field of `/proc/PID/stat` behind the name, read as the page says and not as the helpers do.
fn stat_field(pid: i64, field: usize) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, behind) = stat.rsplit_once(") ").unwrap();
    behind.split(' ').nth(field - 3).unwrap().to_owned()
}

pub(crate) fn start_ticks(pid: i64) -> i64 {
    stat_field(pid, 22).parse().unwrap()
}

pub(crate) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim().to_owned()
}

/// An event of a process that started so.
pub(crate) fn event(pid: i64, ticks: i64, boot: &str) -> String {
    format!(
        r#"{{"uuid":"u","timestamp":"{}","event_type":"execution","process":{{"pid":{pid},"start_ticks":{ticks},"boot_id":"{boot}"}}}}"#,
        Timestamp::now()
    )
}

/// One that answers an event of this process.
fn about(pid: i64) -> Caller {
    Caller { dry_run: false, ..Caller::dry(&event(pid, start_ticks(pid), &boot_id())) }
}

/// The signal that ended a child.
pub(crate) fn signal(child: &mut Child) -> Option<i32> {
    child.wait().unwrap().signal()
}

fn alive(pid: i64) -> bool {
    Path::new(&format!("/proc/{pid}")).exists() && stat_field(pid, 3) != "Z"
}

fn running() {
    let (mut child, pid) = victim::start("plain");
    let caller = about(pid);
    assert_eq!(caller.give("KillCurrent", &[]), done());
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
    assert_eq!(signal(&mut child), Some(9));
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
    // By the time of its start, to the second; that is how recordings have it.
    let (mut child, pid) = victim::start("plain");
    let start = Timestamp::now().as_second();
    let start = Timestamp::from_second(start).unwrap();
    let by_time = format!(
        r#"{{"event_type":"execution","timestamp":"{start}","process":{{"pid":{pid},"start":"{start}"}}}}"#
    );
    let caller = Caller { dry_run: false, ..Caller::dry(&by_time) };
    assert_eq!(caller.give("KillCurrent", &[]), done());
    assert_eq!(signal(&mut child), Some(9));
}

fn strangers() {
    let (mut child, pid) = victim::start("plain");
    let ticks = start_ticks(pid);
    let now = Timestamp::now();
    let by_time = |start: Timestamp| {
        format!(
            r#"{{"event_type":"execution","timestamp":"{now}","process":{{"pid":{pid},"start":"{start}"}}}}"#
        )
    };
    let second = jiff::SignedDuration::from_secs(3);
    for other in [
        event(pid, ticks - 1, &boot_id()),
        event(pid, ticks + 1, &boot_id()),
        event(pid, ticks, "00000000-0000-0000-0000-000000000000"),
        by_time(now + second),
        by_time(now - second),
    ] {
        let caller = Caller { dry_run: false, ..Caller::dry(&other) };
        assert_eq!(caller.give("KillCurrent", &[]), already("already exited"), "{other}");
    }
    for nameless in [
        format!(r#"{{"event_type":"execution","process":{{"pid":{pid}}}}}"#),
        format!(r#"{{"event_type":"execution","process":{{"pid":{pid},"start_ticks":{ticks}}}}}"#),
    ] {
        let caller = Caller { dry_run: false, ..Caller::dry(&nameless) };
        assert!(caller.errno("KillCurrent", &[]).contains("no start time"), "{nameless}");
    }
    assert!(child.try_wait().unwrap().is_none());
}

fn nobody() {
    let caller = Caller { dry_run: false, ..Caller::dry(&event(30_000, 5, &boot_id())) };
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
}

fn unnamed() {
    let (mut child, pid) = victim::start("plain");
    let now = Timestamp::now();
    let mut caller = Caller::live();
    let at = |time: Timestamp| format!(r#"{{"event_type":"execution","timestamp":"{time}"}}"#);
    caller.event(&at(now - jiff::SignedDuration::from_secs(2)));
    let why = caller.errno("KillProcess", &[&pid]);
    assert!(why.ends_with("not before the event: it is another process"), "{why}");
    assert!(child.try_wait().unwrap().is_none());
    caller.event(&at(now + jiff::SignedDuration::from_secs(1)));
    assert_eq!(caller.give("KillProcess", &[&pid]), done());
    assert_eq!(signal(&mut child), Some(9));
}

fn zombie() {
    let (_parent, pid) = victim::start("zombie");
    assert_eq!(stat_field(pid, 3), "Z");
    assert_eq!(about(pid).give("KillCurrent", &[]), already("already exited"));
}

fn thread() {
    let (mut child, tid) = victim::start("thread");
    let why = format!("pid {tid} is a thread: only whole processes are killed");
    assert_eq!(about(tid).give("KillCurrent", &[]), failed(&why));
    assert!(child.try_wait().unwrap().is_none());
}

fn leaderless() {
    let (mut child, pid) = victim::start("leaderless");
    assert_eq!(stat_field(pid, 3), "Z", "as `/proc` shows it, it would be gone");
    let mut protect = Protect::default();
    protect.add(env::current_exe().unwrap().to_str().unwrap().parse().unwrap());
    let standard = Standard::new(Store::memory()).protect(protect);
    let event = event(pid, start_ticks(pid), &boot_id());
    let careful = Caller { dry_run: false, ..Caller::new(&standard, &event) };
    let why = careful.errno("KillCurrent", &[]);
    assert!(why.contains("its executable matches"), "{why}");
    assert!(child.try_wait().unwrap().is_none());
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert_eq!(signal(&mut child), Some(9));
}

fn stopped() {
    let (mut child, pid) = victim::start("plain");
    let raw = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(raw, Signal::STOP).unwrap();
    while stat_field(pid, 3) != "T" {}
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert_eq!(signal(&mut child), Some(9));
}

fn traced() {
    let (_tracer, pid) = victim::start("tracer");
    assert_eq!(stat_field(pid, 3), "t");
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert!(!alive(pid));
}

fn vfork() {
    let (mut child, pid) = victim::start("vfork");
    assert_eq!(stat_field(pid, 3), "D");
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert_eq!(signal(&mut child), Some(9));
}

fn inner() {
    let (mut parent, pid) = victim::start("inner");
    let own = fs::read_link("/proc/self/ns/pid").unwrap();
    assert_ne!(fs::read_link(format!("/proc/{pid}/ns/pid")).unwrap(), own);
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert!(!alive(pid));
    parent.kill().unwrap();
}

fn init() {
    let (mut parent, pid) = victim::start("init");
    assert_eq!(about(pid).give("KillCurrent", &[]), done());
    assert!(!alive(pid));
    parent.kill().unwrap();
}

fn stuck() {
    let (mut parent, pid) = victim::start("stuck");
    let mut caller = about(pid);
    assert_eq!(caller.give("KillCurrent", &[]), failed("signalled, not yet gone"));
    assert!(alive(pid));
    // What the deadline leaves is less than a second.
    caller.limits.timeout = Duration::from_millis(200);
    let start = Instant::now();
    let kill = caller.registry.id("KillCurrent").unwrap();
    assert_eq!(caller.host().call(kill, &[]), Err(Stop::Timeout));
    assert!(start.elapsed() < Duration::from_millis(400), "{:?}", start.elapsed());
    parent.kill().unwrap();
    parent.wait().unwrap();
}

fn ancestors() {
    assert_ne!(std::process::id(), 1);
    let why = |what: &str, pid: u32| failed(&format!("pid {pid} {what}: never killed"));
    let own = about(std::process::id().into());
    assert_eq!(own.give("KillCurrent", &[]), why("is the runtime", std::process::id()));
    assert_eq!(about(1).give("KillCurrent", &[]), failed("pid 1 is never killed"));
    // This process, and the one between, are the ancestors of that.
    let (mut child, _) = victim::start("spare_my_ancestors");
    assert!(child.wait().unwrap().success());
}

fn spare_my_ancestors() {
    let parent = parent_id();
    let grandparent: u32 = stat_field(parent.into(), 4).parse().unwrap();
    assert_eq!(grandparent, 1);
    let why = format!("pid {parent} is an ancestor of the runtime: never killed");
    assert_eq!(about(parent.into()).give("KillCurrent", &[]), failed(&why));
    // It is told by name too: one that no event described.
    let mut caller = Caller::live();
    let later = Timestamp::now() + jiff::SignedDuration::from_secs(1);
    caller.event(&format!(r#"{{"event_type":"execution","timestamp":"{later}"}}"#));
    assert_eq!(caller.give("KillProcess", &[&i64::from(parent)]), failed(&why));
}

fn protected() {
    let ground = tempfile::tempdir().unwrap();
    let exe = ground.path().canonicalize().unwrap().join("daemon");
    fs::copy("/bin/sleep", &exe).unwrap();
    std::os::unix::fs::symlink(&exe, ground.path().join("link")).unwrap();
    let mut protect = Protect::default();
    // What was named leads over a link; what runs is told resolved.
    protect.add(ground.path().join("link").to_str().unwrap().parse().unwrap());
    let standard = Standard::new(Store::memory()).protect(protect);
    let mut child = Command::new(&exe).arg("60").spawn().unwrap();
    let pid = i64::from(child.id());
    let event = event(pid, start_ticks(pid), &boot_id());
    let caller = Caller { dry_run: false, ..Caller::new(&standard, &event) };
    let why = format!("pid {pid} is protected: its executable matches `{}`", exe.display());
    assert_eq!(caller.give("KillCurrent", &[]), failed(&why));
    fs::remove_file(&exe).unwrap();
    assert_eq!(caller.give("KillCurrent", &[]), failed(&why), "as after an upgrade");
    assert!(child.try_wait().unwrap().is_none());
}

/// A process that executes a file at this path by now, in whatever mount namespace.
fn executing(command: &mut Command, exe: &std::path::Path) -> std::process::Child {
    let mut child = command.spawn().unwrap();
    let link = format!("/proc/{}/exe", child.id());
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while fs::read_link(&link).ok().as_deref() != Some(exe) {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        assert!(std::time::Instant::now() < until, "{:?}", fs::read_link(&link));
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn pretenders() {
    let ground = tempfile::tempdir().unwrap();
    let folder = ground.path().canonicalize().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&folder, mode).unwrap();
    let exe = folder.join("daemon");
    fs::copy("/bin/sleep", &exe).unwrap();
    let mut protect = Protect::default();
    protect.add(exe.to_str().unwrap().parse().unwrap());
    protect.add(folder.join("d*").to_str().unwrap().parse().unwrap());
    let standard = Standard::new(Store::memory()).protect(protect);
    let kill = |pid: u32| {
        let pid = i64::from(pid);
        // The event says what the process showed.
        let event = event(pid, start_ticks(pid), &boot_id());
        let named = format!("\"process\":{{\"exe\":\"{}\",", exe.display());
        let event = event.replacen("\"process\":{", &named, 1);
        Caller { dry_run: false, ..Caller::new(&standard, &event) }.give("KillCurrent", &[])
    };
    let spared = |pid: u32| {
        failed(&format!("pid {pid} is protected: its executable matches `{}`", exe.display()))
    };
    let mount = format!(
        "mount -t tmpfs none {0} && cp /bin/sleep {1} && exec {1} 60",
        folder.display(),
        exe.display()
    );
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let shell = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args);
        command
    };
    // In a mount namespace of his own anybody executes what he likes under that name; and root there is root, but the file is another.
    let own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount];
    let mut by_nobody = shell("setpriv", &[&nobody[..], &own[..]].concat());
    let mut by_root = shell("unshare", &["--mount", "sh", "-c", &mount]);
    // The file itself, executed by somebody who may have preloaded code into it.
    let plain = format!("exec {} 60", exe.display());
    let mut preloaded = shell("setpriv", &[&nobody[..], &["sh", "-c", &plain][..]].concat());
    for (who, command) in
        [("nobody", &mut by_nobody), ("root", &mut by_root), ("nobody here", &mut preloaded)]
    {
        let mut child = executing(command, &exe);
        assert_eq!(kill(child.id()), done(), "{who}");
        assert_eq!(signal(&mut child), Some(9), "{who}");
    }
    // Root's is spared under each of its names.
    let other = folder.join("other");
    fs::hard_link(&exe, &other).unwrap();
    for name in [&exe, &other] {
        let mut child = executing(Command::new(name).arg("60"), name);
        assert_eq!(kill(child.id()), spared(child.id()), "{name:?}");
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
