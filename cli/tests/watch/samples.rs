//! The sample recipes on real acts, kept to the test's own folder, and how soon a kill is.

use std::{
    collections::HashMap,
    fs,
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    Test,
    scene::{Scene, killed, lives, of_type, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("a_planted_miner_is_dead", a_planted_miner_is_dead),
    ("a_written_sudoers_file_has_its_evidence", a_written_sudoers_file_has_its_evidence),
    ("a_thousand_planted_programs_are_each_dead", a_thousand_planted_programs),
    ("who_was_there_when_something_was_lost_is_spared", who_was_there_is_spared),
];

/// The samples in the folder, with its own places in the place of the system's.
fn samples(scene: &Scene, places: &[(&str, &str)]) {
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/recipes");
    fs::create_dir(scene.path("recipes/scripts")).unwrap();
    for name in ["execution.yaml", "files.yaml"] {
        let mut text = fs::read_to_string(format!("{from}/{name}")).unwrap();
        for (of_system, own) in places {
            text = text.replace(of_system, own);
        }
        scene.recipes(name, &text);
    }
    let script = format!("{from}/scripts/evidence.js");
    fs::copy(script, scene.path("recipes/scripts/evidence.js")).unwrap();
}

fn a_planted_miner_is_dead() {
    let mut scene = Scene::new();
    let own = |place: &'static str| (place, "- dir: @");
    samples(&scene, &[own("- dir: /tmp"), own("- dir: /var/tmp"), own("- dir: /dev/shm")]);
    scene.watch(&["--data", "state", "--only", "run_from_tmp"]);
    fs::rename(scene.path("prog"), scene.path("xmrig")).unwrap();
    let miner = || {
        Command::new(scene.path("xmrig"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // The recipe has patience with the first.
    let first = miner();
    let second = miner();
    assert!(killed(second));
    assert!(lives(first));
    scene.end();
}

fn a_written_sudoers_file_has_its_evidence() {
    let mut scene = Scene::new();
    samples(&scene, &[("- dir: /etc\n", "- dir: @/etc\n")]);
    fs::create_dir(scene.path("etc")).unwrap();
    scene.watch(&["--data", "state", "--only", "sudoers_changed"]);
    let sudoers = scene.path("etc/sudoers");
    let line = "mallory ALL=(ALL) NOPASSWD: ALL";
    let script = format!("echo '{line}' >> '{}'", sudoers.display());
    assert!(Command::new("/bin/sh").args(["-c", &script]).status().unwrap().success());
    scene.wait_for("the outcome", |scene| !of_type(&scene.written(), "outcome").is_empty());
    let ended = scene.end();
    let logs = of_type(&ended.lines, "log");
    let text = |log: &&&Value| {
        log["message"].as_str().unwrap().strip_prefix("evidence in ").map(str::to_owned)
    };
    let evidence: Vec<String> = logs.iter().filter_map(|log| text(&log)).collect();
    assert!(!evidence.is_empty(), "{logs:?}");
    for file in &evidence {
        let kept: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(kept["file"]["file"], *sudoers.to_str().unwrap());
        assert_eq!(kept["process"]["comm"], "sh");
        fs::remove_dir_all(std::path::Path::new(file).parent().unwrap()).unwrap();
    }
}

/// Also prints how long each takes, from the execution by the kernel's clock to the parent that has its status.
fn a_thousand_planted_programs() {
    const PROGRAMS: usize = 1000;
    let mut scene = Scene::new();
    scene.recipes("kill.yaml", &on_start("kill", "function process() { KillCurrent(); }"));
    fs::write(scene.path("config.yaml"), "budgets: {kills_per_minute: 1000000}\n").unwrap();
    scene.watch(&["--data", "state", "--events-out", "--config", "config.yaml"]);
    let mut ends = HashMap::new();
    for _ in 0..PROGRAMS {
        let mut program = scene.start_program();
        let pid = u64::from(program.id());
        // Waiting would close it, and end the program by itself.
        let _input = program.stdin.take();
        // Where the kill does not come, this never ends: whoever runs the test sees that.
        let status = program.wait().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
        ends.insert(pid, now);
    }
    let ended = scene.end();
    let mut times: Vec<Duration> = of_type(&ended.lines, "detection")
        .iter()
        .filter_map(|detection| {
            let event = &detection["event"];
            let end = ends.get(&event["process"]["pid"].as_u64().unwrap())?;
            let at: jiff::Timestamp = event["timestamp"].as_str().unwrap().parse().unwrap();
            let at = Duration::from_nanos(u64::try_from(at.as_nanosecond()).unwrap());
            Some(end.saturating_sub(at))
        })
        .collect();
    assert!(times.len() >= PROGRAMS - 1, "{} detections", times.len());
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    eprintln!(
        "event to kill over {}: median {:?}, p90 {:?}, p99 {:?}, worst {:?}",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}

fn who_was_there_is_spared() {
    let mut scene = Scene::new();
    let kill = on_start("kill", "function process() { KillCurrent(); }");
    let careful = kill.replace("  version", "  on_loss: skip_destructive\n  version");
    scene.recipes("kill.yaml", &careful);
    fs::write(scene.path("config.yaml"), "budgets: {kills_per_minute: 1000000}\n").unwrap();
    // A shell that waits before it becomes the program: it has begun before the loss.
    let early = Command::new("/bin/sh")
        .args(["-c", "while [ ! -e go ]; do sleep 0.05; done; exec ./prog"])
        .current_dir(&scene.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    scene.watch(&["--data", "state", "--config", "config.yaml"]);
    // Nobody reads: the ring of 8 MiB has room for some 130 of these.
    scene.signal(rustix::process::Signal::STOP);
    let long = "x".repeat(60_000);
    for _ in 0..200 {
        assert!(Command::new(scene.path("prog")).arg(&long).output().is_ok());
    }
    scene.signal(rustix::process::Signal::CONT);
    // Whatever is executed next tells of the loss; this is one of them.
    scene.wait_for("room", |scene| of_type(&scene.written(), "outcome").len() >= 100);
    std::thread::sleep(Duration::from_millis(500));
    let outcomes = |scene: &Scene| of_type(&scene.written(), "outcome").len();
    let before = outcomes(&scene);
    scene.run_program();
    scene.wait_for("the loss", |scene| outcomes(scene) > before);
    fs::write(scene.path("go"), "").unwrap();
    scene.wait_for("the answer", |scene| outcomes(scene) > before + 1);
    assert!(killed(scene.start_program()), "it began afterwards");
    let lives = lives(early);
    let ended = scene.end();
    assert!(lives, "it was killed");
    let refused = |act: &&&Value| act["errno"].as_str().unwrap().contains("incomplete evidence");
    let acts = of_type(&ended.lines, "action");
    assert!(acts.iter().filter(refused).count() >= 1, "{acts:?}");
}
