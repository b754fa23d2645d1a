//! The watch under a service manager.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    Test,
    scene::{PATIENCE, Scene, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("a_service_manager_hears_of_every_change_of_state", a_service_manager_hears),
    ("a_watchdog_hears_nothing_while_nothing_moves", a_watchdog_hears_nothing),
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
