//! `reactant watch` with recipes that decide before the act.
//!
//! The tests run in a mount namespace of their own, and only a tmpfs that they mount there is asked about, so nobody else on the machine ever waits. Each scene has a watchdog that
//! kills what watches: then the kernel lets everything happen that waits. They need root, as the other tests of `watch` do.
//!
//! `ten_thousand_verdicts` prints how long answers took:
//! `REACTANT_ROOT_TESTS=1 cargo test --release -p reactant --test verdicts -- --nocapture ten_thousand`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it ignores and measures"
)]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "watch/scene.rs"]
mod scene;

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Trial};
use reactant_core::interest::Interest;
use rustix::process::{Pid, Signal, kill_process};
use scene::{Ended, Scene, lines, of_type};

/// When what watches is killed, whatever the test is about.
const WATCHDOG: Duration = Duration::from_secs(120);

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("a_denied_open_fails_and_is_on_record", a_denied_open_fails_and_is_on_record),
    ("a_denied_program_never_starts", a_denied_program_never_starts),
    ("what_nobody_decides_in_time_happens_and_is_counted", what_nobody_decides_in_time_happens),
    ("a_dry_run_refuses_nothing_and_holds_nobody", a_dry_run_refuses_nothing_and_holds_nobody),
    ("without_the_capability_nothing_is_refused", without_the_capability_nothing_is_refused),
    ("what_finds_no_room_happens_and_is_counted", what_finds_no_room_happens_and_is_counted),
    ("own_acts_and_those_of_reactions_never_wait", own_acts_and_those_of_reactions_never_wait),
    ("the_store_compacts_under_verdicts", the_store_compacts_under_verdicts),
    ("a_recording_gives_the_same_verdicts_simulated", a_recording_gives_the_same_verdicts),
    ("a_kill_leaves_everything_running", a_kill_leaves_everything_running),
    ("changed_recipes_begin_and_end_the_asking", changed_recipes_begin_and_end_the_asking),
    (
        "a_lease_or_a_pipe_does_not_hold_the_answers_up",
        a_lease_or_a_pipe_does_not_hold_the_answers_up,
    ),
    ("ten_thousand_verdicts_none_missed_none_wrong", ten_thousand_verdicts),
];

fn main() -> ExitCode {
    const INSIDE: &str = "REACTANT_TEST_NAMESPACE";
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    let why =
        reactant_sensor::Live::start(&Interest::default()).err().map(|error| error.to_string());
    if let Some(why) = &why {
        eprintln!(
            "ignored: these tests hold up acts of others, on file systems of their own: {why}"
        );
    } else if std::env::var_os(INSIDE).is_none() {
        // Nothing of what is mounted below is seen by anybody else, and it goes with the last of these processes.
        let error = Command::new("unshare")
            .args(["--mount", "--propagation", "private"])
            .arg(std::env::current_exe().unwrap())
            .args(std::env::args_os().skip(1))
            .env(INSIDE, "1")
            .exec();
        panic!("unshare: {error}");
    }
    let trials = TESTS.iter().map(|(name, test)| {
        let trial = Trial::test(*name, move || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(why.is_some() && !must)
    });
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A scene with a file system of its own at `held`, the only one that is asked about.
struct Held {
    scene: Scene,
    /// Ends the watchdog.
    _alive: Option<mpsc::Sender<()>>,
}

impl Held {
    /// Begins to watch with these recipes, in which `@` stands for the folder.
    fn new(recipes: &str, arguments: &[&str], verdicts: &str) -> Held {
        let mut scene = Scene::new();
        fs::create_dir(scene.path("held")).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2g", "none"])
            .arg(scene.path("held"))
            .status()
            .unwrap();
        assert!(mounted.success());
        for name in ["plain", "secret"] {
            fs::write(scene.path("held").join(name), name).unwrap();
        }
        scene.recipes("verdicts.yaml", recipes);
        let held = scene.path("held");
        let config = format!("verdicts: {{on: [{}]{verdicts}}}\n", held.display());
        fs::write(scene.path("config.yaml"), config).unwrap();
        let fixed = ["--config", "config.yaml", "--grant", "verdict.deny", "--grant", "exec.shell"];
        scene.watch(&[&fixed, arguments].concat());
        let pid = Pid::from_raw(scene.pid() as i32).unwrap();
        let (alive, dead) = mpsc::channel::<()>();
        thread::spawn(move || {
            if dead.recv_timeout(WATCHDOG) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        let mut held = Held { scene, _alive: Some(alive) };
        held.scene.wait_for("its marks", |scene| scene.read("said").contains("fanotify on"));
        held
    }

    /// The same, acting, with its state in the folder.
    fn acting(recipes: &str) -> Held {
        Held::new(recipes, &["-v", "--data", "state"], "")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scene.path("held").join(name)
    }

    fn end(mut self) -> Ended {
        self.scene.end()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // First what watches, so that nobody waits; the namespace takes the mount with it otherwise.
        if let Some(watch) = &mut self.scene.watch {
            let _ = watch.kill();
        }
        let _ = Command::new("umount").arg("-l").arg(self.scene.path("held")).status();
    }
}

/// A recipe that decides about files in `held`.
fn deciding(name: &str, actions: &str, base: &str, reaction: &str) -> String {
    format!(
        "- kind: test\n  name: {name}\n  version: 1\n  description: test\n  breed: file_access\n  mechanism: file_access\n  importance: low\n  \
         when: before\n  bases: [{{dir: '@/held'{base}}}]\n  file_actions: {actions}\n  reactions: [{reaction}]\n"
    )
}

fn js(code: &str) -> String {
    format!("{{format: js, timeout: 5s, code: {}}}", serde_json::to_string(code).unwrap())
}

const SECRET: &str = ", base: secret";
const DENY: &str = "function process(data) { Deny('secret'); }";

fn refused(path: &Path) -> bool {
    File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

fn verdicts(ended: &Ended) -> serde_json::Value {
    of_type(&ended.lines, "verdicts")[0].clone()
}

fn a_denied_open_fails_and_is_on_record() {
    let held = Held::acting(&deciding("guard", "open", SECRET, &js(DENY)));
    assert!(refused(&held.path("secret")));
    assert_eq!(fs::read_to_string(held.path("plain")).unwrap(), "plain");
    // As others see it, through another mount and a link.
    let other = held.scene.path("other");
    fs::create_dir(&other).unwrap();
    let bound = Command::new("mount").arg("--bind").arg(held.path("")).arg(&other).status();
    assert!(bound.unwrap().success());
    let elsewhere = File::open(other.join("secret")).is_ok();
    Command::new("umount").arg(&other).status().unwrap();
    assert!(elsewhere, "it is another path");
    std::os::unix::fs::symlink(held.path("secret"), held.scene.path("link")).unwrap();
    assert!(refused(&held.scene.path("link")));
    let shown = held.scene.reactant(&["audit", "show", "--data", "state", "--output", "json"]);
    let acts = lines(std::str::from_utf8(&shown.stdout).unwrap());
    let denials: Vec<_> = acts.iter().filter(|act| act["helper"] == "Deny").collect();
    assert_eq!(denials.len(), 2, "{acts:?}");
    let ended = held.end();
    let detections = of_type(&ended.lines, "detection");
    assert_eq!(detections.len(), 2);
    assert!(detections.iter().all(|line| line["dropped"] == true), "{detections:?}");
    let actions = of_type(&ended.lines, "action");
    assert_eq!(
        (
            &actions[0]["helper"],
            &actions[0]["args"][0],
            &actions[0]["result"],
            &actions[0]["dry_run"]
        ),
        (&"Deny".into(), &"secret".into(), &0.into(), &false.into())
    );
    let verdicts = verdicts(&ended);
    assert_eq!((&verdicts["denied"], &verdicts["missed"]), (&2.into(), &0.into()), "{verdicts}");
}

fn a_denied_program_never_starts() {
    let code = "function process(data) { if (data.file.execve && data.process.comm !== 'x') Deny(); Info(data.process.exe + ' ' + data.event_type); }";
    let held = Held::acting(&deciding("guard", "execve", ", base: prog", &js(code)));
    fs::copy("/bin/true", held.path("prog")).unwrap();
    fs::copy("/bin/true", held.path("other")).unwrap();
    let error = Command::new(held.path("prog")).status().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(Command::new(held.path("other")).status().unwrap().success());
    // It is read as a file as before.
    assert!(fs::read(held.path("prog")).unwrap().len() > 1000);
    let ended = held.end();
    let logs = of_type(&ended.lines, "log");
    let own = std::env::current_exe().unwrap();
    assert_eq!(logs[0]["message"], format!("{} execution", own.display()), "it is asked before");
    assert_eq!(verdicts(&ended)["denied"], 1);
}

fn what_nobody_decides_in_time_happens() {
    let forever = "{format: js, code: 'function process() { for (;;); }'}";
    let late = "{format: js, timeout: 50ms, code: 'function process() { const end = Date.now() + 2000; while (Date.now() < end); Deny(); }'}";
    let recipes = deciding("loops", "open", ", base: plain", forever)
        + &deciding("late", "open", SECRET, late);
    let held = Held::acting(&recipes);
    for (name, least) in [("plain", 20), ("secret", 50)] {
        let start = Instant::now();
        assert!(File::open(held.path(name)).is_ok(), "{name}");
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(least) && took < Duration::from_secs(2), "{took:?}");
    }
    let ended = held.end();
    let verdicts = verdicts(&ended);
    let missed = verdicts["missed"].as_u64().unwrap() + verdicts["allowed"].as_u64().unwrap();
    assert_eq!((missed, &verdicts["denied"]), (2, &0.into()), "{verdicts}");
    let statuses: Vec<_> =
        of_type(&ended.lines, "outcome").iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, ["timeout", "timeout"]);
    assert!(of_type(&ended.lines, "detection").iter().all(|line| line["dropped"] == false));
}

fn a_dry_run_refuses_nothing_and_holds_nobody() {
    let recipes = deciding("guard", "open", SECRET, &js(DENY))
        + &deciding(
            "slow",
            "open",
            ", base: plain",
            "{format: js, timeout: 5s, code: 'function process() { for (;;); }'}",
        );
    let held = Held::new(&recipes, &["-v", "--dry-run"], "");
    let start = Instant::now();
    assert!(File::open(held.path("secret")).is_ok());
    assert!(File::open(held.path("plain")).is_ok());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let mut held = held;
    held.scene.wait_for("both outcomes", |scene| of_type(&scene.written(), "outcome").len() == 2);
    let ended = held.end();
    let actions = of_type(&ended.lines, "action");
    assert_eq!(
        (&actions[0]["helper"], &actions[0]["result"], &actions[0]["dry_run"]),
        (&"Deny".into(), &0.into(), &true.into())
    );
    assert!(of_type(&ended.lines, "detection").iter().all(|line| line["dropped"] == false));
    assert_eq!(verdicts(&ended)["denied"], 0);
}

fn without_the_capability_nothing_is_refused() {
    let held = Held::new(
        &deciding("guard", "open", SECRET, &js(DENY)),
        &["-v", "--data", "state", "--revoke", "verdict.deny"],
        "",
    );
    assert!(File::open(held.path("secret")).is_ok());
    let ended = held.end();
    let actions = of_type(&ended.lines, "action");
    assert_eq!(actions[0]["result"], -1);
    assert!(actions[0]["errno"].as_str().unwrap().contains("needs capability verdict.deny"));
}

fn what_finds_no_room_happens_and_is_counted() {
    let slow = "{format: js, timeout: 300ms, code: 'function process() { for (;;); }'}";
    let recipes = deciding("slow", "open", "", slow);
    let held = Held::new(&recipes, &["-v", "--data", "state"], ", workers: 1, queue: 1");
    let path = held.path("plain");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || File::open(path).is_ok())
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    let verdicts = verdicts(&held.end());
    let count = |name: &str| verdicts[name].as_u64().unwrap();
    assert!(count("no_room") >= 1, "{verdicts}");
    assert_eq!(count("no_room") + count("missed") + count("allowed"), 8, "{verdicts}");
}

/// Every file there is decided, and what decides reads and writes there itself.
fn own_acts_and_those_of_reactions_never_wait() {
    let reads = "function process(data) { if (data.file.basename !== 'secret') return Error('asked about ' + data.file.file); DataIncr('opens'); const text = ReadFile('@/held/plain'); if (text !== 'plain') Error(Errno()); WriteFile('@/held/written', text); Deny(); }";
    let shell = "{format: shell, timeout: 20s, code: \"cat '@/held/plain'; /bin/sh -c 'cat @/held/plain' & wait; DataPush seen yes\"}";
    let recipes =
        deciding("reads", "open", "", &js(reads)) + &deciding("shell", "open", SECRET, shell);
    let held = Held::new(&recipes, &["-v", "--data", "held/state"], ", workers: 2");
    for _ in 0..5 {
        assert!(refused(&held.path("secret")));
    }
    let ended = held.end();
    let statuses: Vec<_> =
        of_type(&ended.lines, "outcome").iter().map(|line| line["status"].clone()).collect();
    assert!(statuses.iter().all(|status| status == "ok"), "{statuses:?}: {}", ended.said);
    assert_eq!(statuses.len(), 10);
    let read = of_type(&ended.lines, "log")
        .iter()
        .filter(|line| line["message"] == "plainplain" || line["message"] == "plain")
        .count();
    assert!(read >= 5, "{:?}", of_type(&ended.lines, "log"));
    let verdicts = verdicts(&ended);
    assert_eq!((&verdicts["denied"], &verdicts["missed"]), (&5.into(), &0.into()), "{verdicts}");
    // Each time one read here, and two by programs of the shell.
    assert!(verdicts["own"].as_u64().unwrap() >= 15, "{verdicts}");
    let asked = of_type(&ended.lines, "log").iter().filter(|line| line["level"] == "error").count();
    assert_eq!(asked, 0, "{:?}", of_type(&ended.lines, "log"));
}

/// The store lies on what is asked about, and every file there is decided: 400 MiB go through it, more than it holds in memory several times.
fn the_store_compacts_under_verdicts() {
    let code = "let n = 0; function process(data) { if (DataSet('k' + Number(DataIncr('n')) % 48, 'x'.repeat(1 << 20)) !== 0) Error(Errno()); }";
    let held =
        Held::new(&deciding("stores", "open", "", &js(code)), &["-v", "--data", "held/state"], "");
    let path = held.path("plain");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || {
                (0..100).for_each(|_| drop(File::open(&path).unwrap()));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let store = held.path("state/store");
    let tables =
        Command::new("find").arg(&store).args(["-type", "f", "-size", "+1M"]).output().unwrap();
    let tables = String::from_utf8_lossy(&tables.stdout)
        .lines()
        .filter(|path| path.contains("/tables/"))
        .count();
    assert!(tables > 0, "nothing was written out of memory");
    let ended = held.end();
    assert!(of_type(&ended.lines, "log").is_empty(), "{:?}", of_type(&ended.lines, "log").first());
    let verdicts = verdicts(&ended);
    let count = |name: &str| verdicts[name].as_u64().unwrap();
    assert_eq!(count("allowed") + count("missed"), 400, "{verdicts}");
    assert_eq!(count("no_room") + count("failed") + count("unread"), 0, "{verdicts}");
    assert!(count("own") > 0, "{verdicts}");
}

fn a_recording_gives_the_same_verdicts() {
    // What has happened is told too, and is nothing to decide once more.
    let after = deciding("after", "open", ", base: plain", &js("function process() {}"))
        .replace("  when: before\n", "");
    let recipes = deciding("guard", "open", SECRET, &js(DENY))
        + &deciding("looks", "open", ", base: plain", &js("function process() {}"))
        + &after;
    let mut held = Held::acting(&recipes);
    assert!(refused(&held.path("secret")));
    assert!(File::open(held.path("plain")).is_ok());
    held.scene
        .wait_for("all detections", |scene| of_type(&scene.written(), "detection").len() >= 3);
    held.scene.signal(Signal::TERM);
    let ended = held.scene.ended();
    assert!(ended.status.success(), "{}", ended.said);
    let grant = ["--grant", "verdict.deny"];
    let run = ["run", "--output", "json", "-r", "recipes", "seen.jsonl"];
    let replayed = held.scene.reactant(&[&run[..], &grant].concat());
    let replayed = lines(std::str::from_utf8(&replayed.stdout).unwrap());
    let named = |lines: &[serde_json::Value]| {
        let mut names: Vec<_> = of_type(lines, "detection")
            .iter()
            .map(|line| (line["recipe"].to_string(), line["uuid"].to_string()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(named(&replayed), named(&ended.lines));
    let actions = of_type(&replayed, "action");
    assert_eq!(
        (actions.len(), &actions[0]["result"], &actions[0]["dry_run"]),
        (1, &0.into(), &true.into())
    );
}

fn changed_recipes_begin_and_end_the_asking() {
    let guard = deciding("guard", "open", SECRET, &js(DENY));
    let mut held = Held::acting(&guard);
    assert!(refused(&held.path("secret")));
    let change = |held: &mut Held, text: &str, count: usize| {
        held.scene.recipes("verdicts.yaml", text);
        held.scene.wait_for("the change", |scene| {
            of_type(&scene.written(), "reload")
                .iter()
                .filter(|line| line["replaced"] == true)
                .count()
                == count
        });
    };
    let after = guard.replace("  when: before\n", "");
    change(&mut held, &after, 1);
    assert!(!refused(&held.path("secret")));
    change(&mut held, &guard, 2);
    assert!(refused(&held.path("secret")));
    // What is asked about changes with the recipes, too.
    let both = guard.clone()
        + &deciding("programs", "execve", ", base: prog", &js("function process() { Deny(); }"));
    change(&mut held, &both, 3);
    fs::copy("/bin/true", held.path("prog")).unwrap();
    assert_eq!(
        Command::new(held.path("prog")).status().unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
    assert!(refused(&held.path("secret")));
    assert_eq!(verdicts(&held.end())["denied"], 4);
}

fn a_kill_leaves_everything_running() {
    let slow = "{format: js, timeout: 60s, code: 'function process() { for (;;); }'}";
    let recipes = deciding("slow", "open", SECRET, slow)
        + &deciding("guard", "open", ", base: plain", &js(DENY));
    let mut held = Held::acting(&recipes);
    assert!(refused(&held.path("plain")));
    let waiting = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (path, waiting) = (held.path("secret"), Arc::clone(&waiting));
            thread::spawn(move || {
                waiting.fetch_add(1, Ordering::Relaxed);
                File::open(path).is_ok()
            })
        })
        .collect();
    let start = Instant::now();
    while waiting.load(Ordering::Relaxed) < 16 {
        assert!(start.elapsed() < scene::PATIENCE);
        thread::yield_now();
    }
    // In the middle of what is decided.
    thread::sleep(Duration::from_millis(300));
    assert!(threads.iter().any(|thread| !thread.is_finished()), "nobody waits");
    held.scene.signal(Signal::KILL);
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()), "who waited goes on");
    held.scene.watch.take().unwrap().wait().unwrap();
    assert_eq!(
        fs::read_to_string(held.path("plain")).unwrap(),
        "plain",
        "nobody is asked any more"
    );
    // What it had announced is found by who comes next.
    let verified = held.scene.reactant(&["audit", "verify", "--data", "state"]);
    assert!(verified.status.success(), "{verified:?}");
}

fn a_lease_or_a_pipe_does_not_hold_the_answers_up() {
    let held = Held::acting(&deciding("guard", "open", SECRET, &js(DENY)));
    let pipe = held.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Nobody writes to it: whoever opens it waits, and nobody else does.
    let reader = pipe.clone();
    let waiting = thread::spawn(move || File::open(reader).is_ok());
    thread::sleep(Duration::from_millis(100));
    assert!(refused(&held.path("secret")));
    assert!(!waiting.is_finished());
    fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    assert!(waiting.join().unwrap());
    // A lease of another's: python has it, and does not give way.
    let lease = "import fcntl,os,signal,sys,time\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf=os.open(sys.argv[1],os.O_WRONLY)\nfcntl.fcntl(f,1024,fcntl.F_WRLCK)\nprint('held',flush=True)\nsys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", lease])
        .arg(held.path("plain"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(holder.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert_eq!(line, "held\n");
    let start = Instant::now();
    let leased = File::open(held.path("plain"));
    assert!(refused(&held.path("secret")));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(leased.unwrap_err().kind(), ErrorKind::PermissionDenied, "as documented");
    drop(holder.stdin.take());
    holder.wait().unwrap();
    let verdicts = verdicts(&held.end());
    assert_eq!(verdicts["denied"], 2, "{verdicts}");
}

/// Half of the files are refused, by eight threads at a time, while others start programs, write and open what nobody decides.
fn ten_thousand_verdicts() {
    const THREADS: usize = 8;
    const EACH: usize = 1250;
    let code = "function process(data) { if (data.file.basename.endsWith('1')) Deny(); }";
    let after = "- kind: test\n  name: started\n  version: 1\n  description: test\n  breed: execution\n  mechanism: execution\n  importance: low\n  \
         bases: [{dir: '@', base: prog}]\n  file_actions: [execve]\n  reactions: [{format: shell, code: 'cat @/held/load-0 >/dev/null'}]\n";
    let recipes = deciding("guard", "open", ", regex: '/asked'", &js(code)) + after;
    let held = Held::acting(&recipes);
    for thread in 0..THREADS {
        for kind in 0..2 {
            // To make one is to open it; to give it another name is not.
            fs::write(held.path("new"), "x").unwrap();
            fs::rename(held.path("new"), held.path(&format!("asked-{thread}-{kind}"))).unwrap();
        }
        fs::write(held.path(&format!("load-{thread}")), "x").unwrap();
    }
    let over = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..2)
        .map(|number| {
            let (over, program) = (Arc::clone(&over), held.scene.path("prog"));
            let file = held.path(&format!("load-{number}"));
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    assert!(Command::new(&program).arg(&file).output().unwrap().status.success());
                    File::create(&file).unwrap().write_all(b"more").unwrap();
                    // Each start is answered by a shell, and all of them before the end.
                    thread::sleep(Duration::from_millis(100));
                }
            })
        })
        .collect();
    let askers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let paths = [0, 1].map(|kind| held.path(&format!("asked-{thread}-{kind}")));
            thread::spawn(move || {
                let (mut wrong, mut times) = (0, Vec::with_capacity(EACH));
                for number in 0..EACH {
                    let start = Instant::now();
                    let opened = File::open(&paths[number % 2]);
                    times.push(start.elapsed());
                    let right = match opened {
                        Ok(_) => number % 2 == 0,
                        Err(error) => {
                            number % 2 == 1 && error.kind() == ErrorKind::PermissionDenied
                        }
                    };
                    wrong += usize::from(!right);
                }
                (wrong, times)
            })
        })
        .collect();
    let (mut wrong, mut times) = (0, Vec::new());
    for asker in askers {
        let (of_one, took) = asker.join().unwrap();
        wrong += of_one;
        times.extend(took);
    }
    over.store(true, Ordering::Relaxed);
    load.into_iter().for_each(|thread| thread.join().unwrap());
    let ended = held.end();
    let verdicts = verdicts(&ended);
    times.sort();
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let beyond = times.iter().filter(|time| **time > Duration::from_millis(20)).count();
    eprintln!(
        "{} verdicts; an open took {:?} (median), {:?} (90 %), {:?} (99 %), {:?} (99.9 %), {:?} at most; {beyond} took more than 20 ms; {verdicts}",
        times.len(),
        share(0.5),
        share(0.9),
        share(0.99),
        share(0.999),
        share(1.0),
    );
    assert_eq!((wrong, times.len()), (0, THREADS * EACH), "{verdicts}");
    assert_eq!((&verdicts["denied"], &verdicts["allowed"]), (&5000.into(), &5000.into()));
    let bad = ["missed", "no_room", "failed", "late", "unread"];
    assert!(bad.iter().all(|name| verdicts[name] == 0), "{verdicts}");
    let denials =
        of_type(&ended.lines, "action").iter().filter(|line| line["helper"] == "Deny").count();
    assert_eq!(denials, 5000);
}
