//! The watch under a service manager.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    Test,
    scene::{PATIENCE, Scene, killed, of_type, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("a_service_manager_hears_of_every_change_of_state", a_service_manager_hears),
    ("a_watchdog_hears_nothing_while_nothing_moves", a_watchdog_hears_nothing),
    ("the_capabilities_of_the_shipped_service_are_enough", the_capabilities_of_the_service),
];

struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn of(scene: &Scene) -> Manager {
        let socket = UnixDatagram::bind(scene.path("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        Manager { socket }
    }

    /// What is told next, within a time.
    fn hear(&self, time: Duration) -> Option<String> {
        let start = Instant::now();
        let mut buffer = [0; 512];
        while start.elapsed() < time {
            if let Ok(count) = self.socket.recv(&mut buffer) {
                return Some(String::from_utf8(buffer[..count].to_vec()).unwrap());
            }
        }
        None
    }

    fn wait_for(&self, what: &str) -> String {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(told) = self.hear(PATIENCE).filter(|told| told.contains(what)) {
                return told;
            }
        }
        panic!("nothing of {what}")
    }
}

fn watched(scene: &mut Scene, watchdog: Option<Duration>) -> Manager {
    scene.recipes("a.yaml", &on_start("a", "function process() {}"));
    let manager = Manager::of(scene);
    let mut command = scene.command(&["--dry-run"]);
    command.env("NOTIFY_SOCKET", scene.path("notify"));
    if let Some(interval) = watchdog {
        command.env("WATCHDOG_USEC", interval.as_micros().to_string());
    }
    scene.spawn(&mut command);
    manager
}

fn a_service_manager_hears() {
    let mut scene = Scene::new();
    let manager = watched(&mut scene, None);
    assert!(manager.wait_for("READY=1").starts_with("READY=1\n"));
    scene.signal(Signal::HUP);
    let reloading = manager.wait_for("RELOADING=1");
    let at = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    let now = fs::read_to_string("/proc/uptime").unwrap();
    let seconds = now.split('.').next().unwrap().parse::<u64>().unwrap();
    assert!(at.parse::<u64>().unwrap() / 1_000_000 <= seconds + 1, "{reloading}");
    manager.wait_for("READY=1");
    scene.signal(Signal::TERM);
    manager.wait_for("STOPPING=1");
    assert!(scene.ended().status.success());
}

fn a_watchdog_hears_nothing() {
    let mut scene = Scene::new();
    let interval = Duration::from_millis(600);
    let manager = watched(&mut scene, Some(interval));
    for _ in 0..3 {
        manager.wait_for("WATCHDOG=1");
    }
    scene.signal(Signal::STOP);
    while manager.hear(interval).is_some() {}
    assert_eq!(manager.hear(3 * interval), None);
    scene.signal(Signal::CONT);
    // It goes on where it stood.
    manager.wait_for("WATCHDOG=1");
    scene.end();
}

fn the_capabilities_of_the_service() {
    let unit = include_str!("../../package/systemd/reactant.service");
    let bounds = unit.lines().find_map(|line| line.strip_prefix("CapabilityBoundingSet="));
    let bounds: Vec<String> = bounds
        .unwrap()
        .split(' ')
        .map(|name| format!("+{}", name.strip_prefix("CAP_").unwrap().to_lowercase()))
        .collect();
    let mut scene = Scene::new();
    // A file of somebody else's is replaced; a process of somebody else's is killed.
    let code = "function process(data) { if (WriteFile('@/theirs', 'x') < 0) Error(Errno()); KillCurrent(); }"
        .replace('@', scene.folder.path().to_str().unwrap());
    scene.recipes("act.yaml", &on_start("act", &code));
    fs::write(scene.path("theirs"), "").unwrap();
    std::os::unix::fs::chown(scene.path("theirs"), Some(65534), Some(65534)).unwrap();
    fs::set_permissions(scene.folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--bounding-set=-all,{}", bounds.join(",")))
        .args(["--no-new-privs", env!("CARGO_BIN_EXE_reactant")]);
    let mut command = scene.set_up(command, "json", &["--data", "state"]);
    scene.spawn(&mut command);
    let other = Command::new("setpriv")
        .args(["--reuid=65534", "--clear-groups"])
        .arg(scene.path("prog"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert!(killed(other));
    let ended = scene.end();
    let acts = of_type(&ended.lines, "action");
    assert!(acts.len() == 2 && acts.iter().all(|act| act["result"] == 0), "{acts:?}");
    assert_eq!(scene.read("theirs"), "x");
}
