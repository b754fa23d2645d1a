//! `reactant watch` on this machine: programs that the tests start, and what is told of them.
//!
//! Programs in the kernel need root. Without it, or where the kernel takes none of them, the tests are ignored and say so, but fail where
//! `REACTANT_ROOT_TESTS` is set. Whatever else runs on the machine meanwhile is seen too, and looked past.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it ignores"
)]

use std::{
    ffi::OsStr,
    fs,
    io::{Read, Write},
    os::{
        fd::AsRawFd,
        unix::{ffi::OsStrExt, fs::PermissionsExt, process::ExitStatusExt},
    },
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Trial};
use reactant_core::interest::Interest;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    process::{Pid, Signal, kill_process},
};
use serde_json::Value;

/// When a test that waits gives up.
const PATIENCE: Duration = Duration::from_secs(120);

const TESTS: &[(&str, fn())] = &[
    ("an_execution_is_told_whole", an_execution_is_told_whole),
    ("a_recording_gives_the_same_detections", a_recording_gives_the_same_detections),
    ("long_arguments_are_whole_and_longer_ones_say_so", long_arguments),
    ("a_child_that_was_left_has_its_new_parent", a_child_that_was_left_has_its_new_parent),
    ("what_has_more_ancestors_says_so", what_has_more_ancestors_says_so),
    ("a_path_is_what_the_process_sees", a_path_is_what_the_process_sees),
    ("a_path_is_whole_however_deep", a_path_is_whole_however_deep),
    ("a_file_without_a_name_keeps_its_last", a_file_without_a_name_keeps_its_last),
    ("a_file_in_memory_has_the_name_it_was_given", a_file_in_memory_has_the_name_it_was_given),
    ("own_acts_are_never_seen", own_acts_are_never_seen),
    ("a_signal_ends_it_and_nothing_seen_is_lost", a_signal_ends_it_and_nothing_seen_is_lost),
    ("it_ends_while_more_comes_than_it_can_read", it_ends_while_more_comes_than_it_can_read),
    ("a_second_signal_ends_it_at_once", a_second_signal_ends_it_at_once),
    ("what_is_lost_is_counted_exactly", what_is_lost_is_counted_exactly),
    ("what_serves_each_subject_is_said", what_serves_each_subject_is_said),
    ("a_recording_stays_where_nothing_is_watched", a_recording_stays_where_nothing_is_watched),
];

fn main() -> ExitCode {
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    let why = hindrance();
    if let Some(why) = &why {
        eprintln!("ignored: these tests run programs in the kernel: {why}");
    }
    let trials = TESTS.iter().map(|(name, test)| {
        let trial = Trial::test(*name, || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(why.is_some() && !must)
    });
    // One after another: each sees what the others do, and some do much.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Why this machine cannot be watched.
fn hindrance() -> Option<String> {
    match reactant_sensor::Live::start(&Interest::default()) {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// A folder with a program of its own: a copy of `cat`, which tells what it is by reading `/proc/self/stat`.
struct Scene {
    folder: tempfile::TempDir,
    watch: Child,
}

/// What `cat /proc/self/stat` said.
#[derive(Debug, PartialEq)]
struct Stat {
    pid: u64,
    ppid: u64,
    start_ticks: u64,
}

impl Scene {
    /// Begins to watch for the program, with these arguments more.
    fn new(arguments: &[&str]) -> Scene {
        Scene::with(|program| on_execution(program, "js", "function process() {}"), arguments)
    }

    /// The same with a recipe of one's own.
    fn with(recipe: impl Fn(&Path) -> String, arguments: &[&str]) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("seen.jsonl"), "").unwrap();
        let program = folder.path().join("prog");
        fs::copy("/bin/cat", &program).unwrap();
        fs::write(folder.path().join("recipes.yaml"), recipe(&program)).unwrap();
        let watch = Command::new(env!("CARGO_BIN_EXE_reactant"))
            .args(["watch", "--dry-run", "--output", "json", "--events-out", "-r", "recipes.yaml"])
            .args(["--record", "seen.jsonl"])
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(fs::File::create(folder.path().join("out")).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut scene = Scene { folder, watch };
        // The header is written once the programs are at work.
        scene.wait_for("the header", |scene| scene.file("seen.jsonl").contains('\n'));
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn wait_for(&mut self, what: &str, holds: impl Fn(&Scene) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            if let Some(status) = self.watch.try_wait().unwrap() {
                let mut said = String::new();
                self.watch.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("it ended before {what}: {status}: {said}");
            }
            assert!(start.elapsed() < PATIENCE, "no {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.watch.id() as i32).unwrap(), signal).unwrap();
    }

    /// Runs a command of the shell's in the folder.
    fn shell(&self, script: &str) -> Stat {
        stat(
            &Command::new("/bin/sh")
                .args(["-c", script])
                .current_dir(&self.folder)
                .output()
                .unwrap(),
        )
    }

    /// Waits for the end, and gives what was written and said.
    fn end(mut self) -> (Vec<Value>, String, tempfile::TempDir) {
        let start = Instant::now();
        while self.watch.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
        let mut said = String::new();
        self.watch.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = self.watch.wait().unwrap();
        assert!(status.success(), "{status}: {said}");
        let lines = lines(&self.file("out"));
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (lines, said, folder)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.watch.kill();
        let _ = self.watch.wait();
    }
}

/// A recipe that fires when this program is started, with one reaction.
fn on_execution(program: &Path, format: &str, code: &str) -> String {
    format!(
        "- kind: test\n  name: started\n  version: 1\n  description: test\n  breed: execution\n  mechanism: execution\n  importance: low\n  \
         bases: [{{dir: {}}}]\n  file_actions: [execve]\n  reactions: [{{format: {format}, code: {}}}]\n",
        program.parent().unwrap().display(),
        serde_json::to_string(code).unwrap(),
    )
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

/// The event of the only detection.
fn only_event(lines: &[Value]) -> &Value {
    let detections = of_type(lines, "detection");
    assert_eq!(detections.len(), 1, "{lines:?}");
    &detections[0]["event"]
}

fn stat(output: &Output) -> Stat {
    assert!(output.status.success(), "{output:?}");
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let (pid, rest) = text.split_once(" (prog) ").unwrap_or_else(|| panic!("{output:?}"));
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |text: &str| text.parse().unwrap();
    Stat { pid: number(pid), ppid: number(fields[1]), start_ticks: number(fields[19]) }
}

/// That of the event's process.
fn told(event: &Value) -> Stat {
    let number = |name: &str| event["process"][name].as_u64().unwrap();
    Stat { pid: number("pid"), ppid: number("ppid"), start_ticks: number("start_ticks") }
}

fn namespace(name: &str) -> u64 {
    let link = fs::read_link(format!("/proc/self/ns/{name}")).unwrap();
    let digits = link.to_str().unwrap().chars().filter(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap()
}

fn an_execution_is_told_whole() {
    let scene = Scene::new(&["--count", "1"]);
    fs::set_permissions(scene.path("prog"), fs::Permissions::from_mode(0o750)).unwrap();
    let output = Command::new("./prog")
        .args(["/proc/self/stat", "/dev/null", "/proc/self/../../dev//null"])
        .arg(OsStr::from_bytes(b"/dev/nu\xff/../null"))
        .current_dir(&scene.folder)
        .env_clear()
        .envs([("A", "1"), ("B", "x y=z")])
        .output()
        .unwrap();
    // The one file that does not exist makes it fail after it has told all.
    assert_eq!(output.status.code(), Some(1));
    let real = stat(&Output { status: Default::default(), ..output });
    let exe = scene.path("prog").display().to_string();
    let folder = scene.folder.path().display().to_string();
    let (lines, ..) = scene.end();
    let event = only_event(&lines);

    assert_eq!(told(event), real);
    assert_eq!(real.ppid, u64::from(std::process::id()));
    let process = &event["process"];
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert_eq!(process["boot_id"], boot.trim());
    assert_eq!((&process["uid"], &process["gid"]), (&0.into(), &0.into()));
    assert_eq!(process["comm"], "prog");
    assert_eq!(process["exe"], *exe);
    let args =
        ["/proc/self/stat", "/dev/null", "/proc/self/../../dev//null", "/dev/nu\u{fffd}/../null"];
    assert_eq!(process["args"], Value::from(args.to_vec()));
    assert_eq!(process["cmd"], format!("./prog {}", args.join(" ")));
    assert_eq!(process["lossy"], true);
    assert_eq!(process["envs"], Value::from(vec!["A=1", "B=x y=z"]));
    assert_eq!(process["cwd"], *folder);
    // The child was this test before.
    let before = std::env::current_exe().unwrap();
    assert_eq!(process["prev_exe"], *before.to_str().unwrap());
    assert_eq!(process["container_id"], "");
    for (name, field) in [
        ("mnt", "mnt_ns"),
        ("pid", "pid_ns"),
        ("uts", "uts_ns"),
        ("ipc", "ipc_ns"),
        ("net", "net_ns"),
        ("cgroup", "cgroup_ns"),
    ] {
        assert_eq!(process["namespaces"][field], namespace(name), "{field}");
    }
    for absent in ["args_truncated", "envs_truncated", "exe_truncated", "cwd_truncated"] {
        assert_eq!(process.get(absent), None, "{absent}");
    }
    let file = &event["file"];
    assert_eq!(file["file"], *exe);
    assert_eq!((&file["dir"], &file["basename"]), (&folder.clone().into(), &"prog".into()));
    assert_eq!(file["actions"], Value::from(vec!["mmap", "open", "execve"]));
    assert_eq!(
        (&file["type"], &file["permissions"]["mode"]),
        (&"regular".into(), &"rwxr-x---".into())
    );
    assert_eq!(file["metadata"]["size"], fs::metadata("/bin/cat").unwrap().len());

    // From init to the process itself, each the child of the one before.
    let ancestry = event["background"]["ancestry"].as_array().unwrap();
    assert_eq!(ancestry[0]["pid"], 1);
    for pair in ancestry.windows(2) {
        assert_eq!(pair[1]["ppid"], pair[0]["pid"]);
    }
    let [.., parent, itself] = &ancestry[..] else { panic!("{ancestry:?}") };
    assert_eq!(itself["uuid"], process["uuid"]);
    assert_eq!(parent["exe"], *before.to_str().unwrap());
    let own = fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = own.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().to_owned();
    assert_eq!(parent["start_ticks"].to_string(), ticks);
}

fn a_recording_gives_the_same_detections() {
    let scene = Scene::new(&["--count", "3"]);
    for _ in 0..3 {
        scene.shell("./prog /proc/self/stat");
    }
    let (lines, _, folder) = scene.end();
    let seen: Vec<&Value> = of_type(&lines, "detection");
    let mode = fs::metadata(folder.path().join("seen.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = Command::new(env!("CARGO_BIN_EXE_reactant"))
        .args(["run", "--output", "json", "--events-out", "-r", "recipes.yaml", "seen.jsonl"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
    let again = self::lines(std::str::from_utf8(&again.stdout).unwrap());
    assert_eq!(of_type(&again, "detection"), seen);
    assert_eq!(seen.len(), 3);
}

fn long_arguments() {
    let scene = Scene::new(&["--count", "2"]);
    let start = |bytes: usize| {
        let long = vec!["/dev/null".to_owned(); bytes / 10];
        let status = Command::new(scene.path("prog")).args(long).status().unwrap();
        assert!(status.success());
    };
    start(32 << 10);
    start(100 << 10);
    let (lines, ..) = scene.end();
    let [whole, cut] = &of_type(&lines, "detection")[..] else { panic!("{lines:?}") };
    let args = |detection: &Value| detection["event"]["process"]["args"].as_array().unwrap().len();
    assert_eq!(
        (args(whole), whole["event"]["process"].get("args_truncated")),
        ((32 << 10) / 10, None)
    );
    assert_eq!(cut["event"]["process"]["args_truncated"], true);
    // 64 KiB of them are there.
    assert!((6500..6600).contains(&args(cut)), "{}", args(cut));
}

fn a_child_that_was_left_has_its_new_parent() {
    let scene = Scene::new(&["--count", "1"]);
    // The child waits until its parent is gone.
    let script =
        "(sh -c 'while [ -d /proc/$1 ]; do :; done; exec ./prog /proc/self/stat >stat' x $$ &)";
    let shell = Command::new("/bin/sh").args(["-c", script]).current_dir(&scene.folder).status();
    assert!(shell.unwrap().success());
    let (lines, _, folder) = scene.end();
    let event = only_event(&lines);
    let start = Instant::now();
    let text = loop {
        let text = fs::read(folder.path().join("stat")).unwrap_or_default();
        if text.ends_with(b"\n") {
            break text;
        }
        assert!(start.elapsed() < PATIENCE, "nothing in the file");
        thread::sleep(Duration::from_millis(10));
    };
    let real = stat(&Output { status: Default::default(), stdout: text, stderr: Vec::new() });
    assert_eq!(told(event), real);
    let ancestry = event["background"]["ancestry"].as_array().unwrap();
    let parent = &ancestry[ancestry.len() - 2];
    assert_eq!(parent["pid"], real.ppid);
    assert_eq!(
        event["process"]["prev_exe"],
        fs::canonicalize("/bin/sh").unwrap().to_str().unwrap()
    );
}

fn what_has_more_ancestors_says_so() {
    let scene = Scene::new(&["--count", "1"]);
    let script = "[ $1 -gt 0 ] || exec ./prog /proc/self/stat; sh nest $(($1 - 1)); exit";
    fs::write(scene.path("nest"), script).unwrap();
    let real = scene.shell("exec sh nest 70");
    let (lines, ..) = scene.end();
    let event = only_event(&lines);
    assert_eq!(told(event), real);
    assert_eq!(event["background"]["ancestry_truncated"], true);
    let ancestry = event["background"]["ancestry"].as_array().unwrap();
    assert_eq!(ancestry.len(), 64 + 1);
    assert_eq!(ancestry[0].get("ppid"), None, "its parent is not told");
    for pair in ancestry.windows(2) {
        assert_eq!(pair[1]["ppid"], pair[0]["pid"]);
    }
}

fn a_path_is_what_the_process_sees() {
    let scene = Scene::new(&["--count", "2"]);
    let deep = "d/".repeat(60);
    fs::create_dir_all(scene.path(&deep)).unwrap();
    fs::create_dir(scene.path("bound")).unwrap();
    fs::copy("/bin/cat", scene.path(&format!("{deep}prog"))).unwrap();
    let bind = format!("mount --bind {deep} bound && cd bound && exec ./prog /proc/self/stat");
    scene.shell(&format!("exec unshare -m sh -c '{bind}'"));
    // The recipe wants the folder itself; this one says that it is over.
    scene.shell("./prog /proc/self/stat");
    scene.shell("cd bound; exec ../prog /proc/self/stat");
    let (path, folder) = (scene.path("bound/prog"), scene.path(""));
    let (_, _, kept) = scene.end();
    let seen = fs::read_to_string(kept.path().join("seen.jsonl")).unwrap();
    let events = lines(&seen);
    let event = events.iter().find(|event| event["file"]["file"] == *path.to_str().unwrap());
    let event = event
        .unwrap_or_else(|| panic!("no event of {} under {}", path.display(), folder.display()));
    assert_eq!(event["process"]["cwd"], *path.parent().unwrap().to_str().unwrap());
    assert_ne!(event["process"]["namespaces"]["mnt_ns"], namespace("mnt"));
}

fn a_path_is_whole_however_deep() {
    let scene = Scene::new(&["--count", "1"]);
    // Deeper, and who cleans up runs out of descriptors.
    let folder = scene.path(&"d/".repeat(900));
    fs::create_dir_all(&folder).unwrap();
    fs::copy("/bin/true", folder.join("deep")).unwrap();
    assert!(Command::new(folder.join("deep")).current_dir(&folder).status().unwrap().success());
    scene.shell("./prog /proc/self/stat");
    let (_, _, kept) = scene.end();
    let events = lines(&fs::read_to_string(kept.path().join("seen.jsonl")).unwrap());
    let event = events.iter().find(|event| event["process"]["comm"] == "deep").unwrap();
    assert_eq!(event["file"]["file"], *folder.join("deep").to_str().unwrap());
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    assert_eq!(event["process"]["cwd"], *folder);
    assert_eq!(
        (event["file"].get("truncated"), event["process"].get("cwd_truncated")),
        (None, None)
    );
}

fn a_file_without_a_name_keeps_its_last() {
    let scene = Scene::new(&["--count", "1"]);
    let last = scene.path("gone").display().to_string();
    // Without a name for its process either: the kernel calls it by the number of the descriptor.
    let script = "cp prog gone; exec 3<gone; rm gone; exec /proc/self/fd/3 /proc/self/stat";
    let output = Command::new("/bin/sh").args(["-c", script]).current_dir(&scene.folder).output();
    assert!(output.unwrap().status.success());
    let (lines, ..) = scene.end();
    let event = only_event(&lines);
    assert_eq!(
        (&event["file"]["file"], &event["file"]["deleted"]),
        (&last.clone().into(), &true.into())
    );
    assert_eq!(event["process"]["exe"], *last);
}

fn a_file_in_memory_has_the_name_it_was_given() {
    let scene = Scene::new(&["--count", "1"]);
    let memory = memfd_create("implant", MemfdFlags::empty()).unwrap();
    fs::File::from(memory.try_clone().unwrap()).write_all(&fs::read("/bin/cat").unwrap()).unwrap();
    let program = format!("/proc/self/fd/{}", memory.as_raw_fd());
    let output = Command::new(&program).arg("/dev/null").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    scene.shell("./prog /proc/self/stat");
    let (_, _, kept) = scene.end();
    let events = lines(&fs::read_to_string(kept.path().join("seen.jsonl")).unwrap());
    let of_program = |event: &&Value| event["process"]["cmd"] == format!("{program} /dev/null");
    let event = events.iter().find(of_program).unwrap();
    // As proc_pid_exe(5) shows it.
    let name = Value::from("/memfd:implant");
    assert_eq!((&event["file"]["file"], &event["process"]["exe"]), (&name, &name));
    assert_eq!(event["file"]["deleted"], true);
}

fn own_acts_are_never_seen() {
    let code = "/bin/true; /bin/sh -c '/bin/true; /bin/true'";
    let recipe = |program: &Path| on_execution(program, "shell", code);
    let mut scene = Scene::with(recipe, &["--run-shell", "--grant", "exec.shell"]);
    let watch = u64::from(scene.watch.id());
    for _ in 0..3 {
        scene.shell("./prog /proc/self/stat");
    }
    // What reactions do after the programs have ended is counted by nobody.
    let all = |scene: &Scene| scene.file("out").matches("\"type\":\"outcome\"").count() == 3;
    scene.wait_for("third outcome", all);
    scene.signal(Signal::TERM);
    let (lines, said, folder) = scene.end();
    let outcomes = of_type(&lines, "outcome");
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.iter().all(|outcome| outcome["status"] == "ok"), "{outcomes:?} {said}");
    let own = of_type(&lines, "sensor")[0]["own"].as_u64().unwrap();
    assert!(own >= 3 * 2, "{own} own acts");
    let seen = fs::read_to_string(folder.path().join("seen.jsonl")).unwrap();
    for event in self::lines(&seen).iter().skip(1) {
        let ancestry = event["background"]["ancestry"].as_array().unwrap();
        assert!(!ancestry.iter().any(|process| process["pid"] == watch), "{event}");
    }
}

fn a_signal_ends_it_and_nothing_seen_is_lost() {
    let scene = Scene::new(&[]);
    for _ in 0..20 {
        scene.shell("./prog /proc/self/stat");
    }
    scene.signal(Signal::TERM);
    let (lines, said, _) = scene.end();
    assert_eq!(of_type(&lines, "detection").len(), 20, "{said}");
    assert_eq!(of_type(&lines, "outcome").len(), 20);
    let sensor = of_type(&lines, "sensor")[0];
    assert_eq!(sensor["made"], sensor["read"]);
    assert_eq!(sensor["lost"], Value::Array(Vec::new()));
    assert_eq!(lines.last().unwrap()["type"], "summary");
}

fn it_ends_while_more_comes_than_it_can_read() {
    let scene = Scene::new(&["-q"]);
    let over = AtomicBool::new(false);
    // Soon run, and long to tell of.
    let (program, long) = (scene.path("busy"), vec!["x"; 30_000]);
    fs::copy("/bin/true", &program).unwrap();
    let lines = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let _ = Command::new(&program).args(&long).output();
                }
            });
        }
        // Whatever happens, the threads end.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut scene = scene;
            scene.wait_for("events", |scene| scene.file("out").lines().count() >= 20);
            scene.signal(Signal::TERM);
            scene.end().0
        }));
        over.store(true, Ordering::Relaxed);
        result
    });
    let lines = lines.unwrap_or_else(|panic| resume_unwind(panic));
    assert_eq!(lines.last().unwrap()["type"], "summary");
}

fn a_second_signal_ends_it_at_once() {
    let recipe =
        |program: &Path| on_execution(program, "js", "function process() { while (true) {} }");
    let mut scene = Scene::with(recipe, &["--timeout", "10m"]);
    scene.shell("./prog /proc/self/stat");
    scene.wait_for("the detection", |scene| {
        !of_type(&lines(&scene.file("out")), "detection").is_empty()
    });
    let start = Instant::now();
    let status = loop {
        // Signals that come together are one.
        scene.signal(Signal::TERM);
        if let Some(status) = scene.watch.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}");
}

fn what_is_lost_is_counted_exactly() {
    let scene = Scene::new(&["-q"]);
    // Nobody reads: the ring of 8 MiB has room for some 130 of these.
    scene.signal(Signal::STOP);
    // Too long for the name of a file: the program says so, and ends.
    let long = "x".repeat(60_000);
    for _ in 0..200 {
        assert!(Command::new(scene.path("prog")).arg(&long).output().is_ok());
    }
    scene.signal(Signal::CONT);
    let mut scene = scene;
    // The ring must have been read before one can be sure of room for the last one.
    scene.wait_for("events", |scene| scene.file("out").lines().count() >= 2 * 100);
    scene.shell("./prog /proc/self/stat");
    scene.signal(Signal::TERM);
    let (lines, said, folder) = scene.end();
    let sensor = of_type(&lines, "sensor")[0];
    let number = |value: &Value| value.as_u64().unwrap();
    let losses = sensor["lost"].as_array().unwrap();
    let of_ring: u64 = losses
        .iter()
        .filter(|loss| loss["stage"] == "ring")
        .map(|loss| number(&loss["count"]))
        .sum();
    assert!(of_ring > 50, "{sensor} {said}");
    assert_eq!(number(&sensor["made"]), number(&sensor["read"]) + of_ring, "{sensor}");
    let seen = fs::read_to_string(folder.path().join("seen.jsonl")).unwrap();
    let events = self::lines(&seen);
    let told: u64 = events.iter().skip(1).map(|event| number(&event["lost"])).sum();
    assert_eq!(told, of_ring, "the events together tell of all that was lost before the last");
}

fn what_serves_each_subject_is_said() {
    let recipe = |_: &Path| {
        "- {kind: test, name: reader, version: 1, description: test, breed: file_access, mechanism: network_peers, importance: low, reactions: [{format: js, code: 'function process() {}'}]}".to_owned()
    };
    let scene = Scene::with(recipe, &["--duration", "100ms"]);
    let (lines, said, _) = scene.end();
    assert!(!said.contains("unwatched-recipe"), "{said}");
    let sensor = of_type(&lines, "sensor")[0];
    assert_eq!(sensor["sources"]["execution"], "tp_btf sched_process_exec");
    for protocol in ["tcp", "udp", "icmp"] {
        let source = sensor["sources"][protocol].as_str().unwrap();
        assert!(source.contains("cgroup_skb"), "{source}");
    }
}

fn a_recording_stays_where_nothing_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = on_execution(&folder.path().join("prog"), "js", "function process() {}");
    fs::write(folder.path().join("recipes.yaml"), recipe).unwrap();
    fs::write(folder.path().join("seen.jsonl"), "of yesterday").unwrap();
    // In a namespace of its own it can watch nobody.
    let output = Command::new("unshare")
        .args(["--pid", "--fork", env!("CARGO_BIN_EXE_reactant"), "watch", "--dry-run"])
        .args(["-r", "recipes.yaml", "--record", "seen.jsonl"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("namespace"), "{output:?}");
    assert_eq!(fs::read_to_string(folder.path().join("seen.jsonl")).unwrap(), "of yesterday");
}
