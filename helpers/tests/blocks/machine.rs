//! The two machines of a test: this program once more for each.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::mount::{MountFlags, mount};

use crate::{remote, resolver, scenarios, wire};

/// Says which machine this process is, and of which test.
const ROLE: &str = "REACTANT_MACHINE";
const TEST: &str = "REACTANT_INSIDE";
const CGROUP: &str = "REACTANT_CGROUP";

/// Longer than any test takes on a slow machine that does much else.
const LONGEST: Duration = Duration::from_secs(120);

/// The addresses of the remote machine; those with 7 are on the cable's network, those with 8 lie behind it. The names say what they are for.
pub(crate) const REMOTE: [&str; 10] = [
    "10.7.0.2/24",
    "10.7.0.3/24",
    "fd07::2/64",
    "fd07::3/64",
    "10.8.0.5/24",
    "10.8.0.6/24",
    "10.8.1.5/24",
    "fd08::5/64",
    "fd08::6/64",
    "fd08:1::5/64",
];

/// Those of the runtime's machine.
pub(crate) const LOCAL: [&str; 2] = ["10.7.0.1/24", "fd07::1/64"];

/// Runs a test on its two machines.
pub(crate) fn run(test: &str) -> Result<(), String> {
    let cgroup = Cgroup::new();
    let mut remote = unshared(&["--net", "--kill-child", "--fork"], "remote", test)?;
    match &cgroup {
        Ok(cgroup) => drop(remote.env(CGROUP, &cgroup.0)),
        Err(error) if test.contains("cgroup") => return Err(format!("no cgroup v2: {error}")),
        Err(_) => {}
    }
    let output = remote.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    if output.status.success() {
        print!("{said}");
        return Ok(());
    }
    Err(format!("{}\n{said}", output.status))
}

/// A cgroup of the test's own, where the machine has a tree of them; it goes with the test.
struct Cgroup(PathBuf);

impl Cgroup {
    fn new() -> std::io::Result<Cgroup> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
        let tree = mounts.lines().find(|line| line.contains(" - cgroup2 "));
        let tree =
            tree.and_then(|line| line.split(' ').nth(4)).ok_or(std::io::ErrorKind::NotFound)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(tree).join(format!("reactant-test-{}-{count}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Cgroup(path))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Its processes have been told to end, and are gone soon.
        for _ in 0..500 {
            if std::fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        eprintln!("{} could not be removed", self.0.display());
    }
}

/// The cgroup of the runtime's machine.
pub(crate) fn cgroup() -> Option<PathBuf> {
    env::var_os(CGROUP).map(PathBuf::from)
}

/// What this process is to do where it is a machine.
pub(crate) fn inside() -> Option<ExitCode> {
    let test = env::var(TEST).ok()?;
    match env::var(ROLE).ok()?.as_str() {
        "remote" => be_remote(&test),
        "runtime" => {
            // Ready for the cable; the other side says when it is there.
            if let Some(cgroup) = cgroup() {
                std::fs::write(cgroup.join("cgroup.procs"), "0").unwrap();
            }
            // Its own, whatever the machine has there.
            mount("bpf", "/sys/fs/bpf", "bpf", MountFlags::empty(), None).unwrap();
            mount("tmpfs", "/run", "tmpfs", MountFlags::empty(), None).unwrap();
            println!("ready");
            std::io::stdin().lines().next()?.ok()?;
            wire::up("lo");
            wire::address("near", &LOCAL);
            wire::up("near");
            for behind in ["10.8.0.0/16", "fd08::/16"] {
                wire::route("near", behind);
            }
            scenarios::run(&test);
        }
        role => scenarios::be(role),
    }
    Some(ExitCode::SUCCESS)
}

/// The remote machine: plugs in the cable, serves, and ends with the runtime's.
fn be_remote(test: &str) {
    let kind = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let mut runtime = unshared(&kind, "runtime", test).unwrap();
    let mut runtime = runtime.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(runtime.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    thread::spawn(move || said.map_while(Result::ok).for_each(|line| println!("{line}")));
    wire::up("lo");
    wire::cable("far", "near", inner(&runtime));
    wire::address("far", &REMOTE);
    wire::up("far");
    // Where a container of the runtime's machine is.
    wire::via("far", "10.6.0.0/16", Some("10.7.0.1"));
    remote::serve();
    resolver::serve();
    runtime.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let start = Instant::now();
    while start.elapsed() < LONGEST {
        if let Some(status) = runtime.try_wait().unwrap() {
            std::process::exit(i32::from(!status.success()));
        }
        thread::sleep(Duration::from_millis(5));
    }
    runtime.kill().unwrap();
    runtime.wait().unwrap();
    panic!("the test took more than {LONGEST:?}");
}

/// The process that unshare(1) forked: its network is the one that was made.
pub(crate) fn inner(unshare: &Child) -> u32 {
    let pid = unshare.id();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().next().unwrap().parse().unwrap()
}

fn unshared(kind: &[&str], role: &str, test: &str) -> Result<Command, String> {
    let mut command = Command::new("unshare");
    command.args(kind).arg("--").arg(env::current_exe().map_err(|error| error.to_string())?);
    command.env(ROLE, role).env(TEST, test);
    Ok(command)
}

/// This program once more, in a network of its own on the same machine.
pub(crate) fn contained(role: &str) -> Command {
    unshared(&["--net", "--fork", "--kill-child"], role, "").unwrap()
}

/// This program once more, in a network and a user namespace of its own, as anybody may make them.
pub(crate) fn stranger(role: &str) -> Command {
    let kind = ["--user", "--map-root-user", "--net", "--fork", "--kill-child"];
    unshared(&kind, role, "").unwrap()
}

/// This program once more, on the same machine, in another role.
pub(crate) fn another(role: &str, arguments: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(ROLE, role).env(TEST, "").envs(arguments.iter().copied());
    command
}
