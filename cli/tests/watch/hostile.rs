//! Who wants to hold the watch up, or to make it answer itself.

use std::{
    io::Read,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    Test,
    scene::{Scene, killed, lines, of_type, on_start, recipe},
};

pub(crate) const TESTS: &[Test] = &[
    ("who_does_not_read_the_results_holds_no_reaction_up", who_does_not_read),
    ("reactions_never_answer_themselves", reactions_never_answer_themselves),
    ("a_watch_that_was_stopped_goes_on_and_tells_what_it_missed", a_watch_that_was_stopped),
];

fn who_does_not_read() {
    let mut scene = Scene::new();
    // A pipe holds 64 KiB: each answer is larger.
    let code = "function process() { for (let i = 0; i < 100; i++) Info('x'.repeat(4000)); KillCurrent(); }";
    scene.recipes("loud.yaml", &on_start("loud", code));
    let mut command = scene.command(&["--data", "state"]);
    command.stdout(Stdio::piped());
    scene.spawn(&mut command);
    for _ in 0..10 {
        assert!(killed(scene.start_program()));
    }
    // It ends, and says what was not read.
    scene.signal(Signal::TERM);
    let start = Instant::now();
    let mut watch = scene.watch.take().unwrap();
    let status = watch.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let said = scene.read("said");
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("output") && said.contains("nobody read it in time"), "{said}");
    let mut read = Vec::new();
    watch.stdout.take().unwrap().read_to_end(&mut read).unwrap();
    assert!(scene.reactant(&["audit", "verify", "--data", "state"]).status.success());
}

fn reactions_never_answer_themselves() {
    let mut scene = Scene::new();
    // Whatever is done to whatever file of the folder; the answers do much to them.
    let all = |name: &str, format: &str, code: &str| {
        recipe(name, format, code)
            .replace("mechanism: execution", "mechanism: file_access")
            .replace("breed: execution", "breed: file_access")
            .replace("  file_actions: [execve]\n", "  file_actions: any\n")
            .replace(", base: prog", "")
    };
    let write = "function process(data) { AppendFile('@/log', data.file.file + '\\n'); WriteFile('@/file', 'x'); const dir = CreateTempDir(); RemoveDir(dir); }"
        .replace('@', scene.folder.path().to_str().unwrap());
    let run = "echo x >> '@/shell'; c='@/copy.'$REACTION_UUID; cp '@/prog' $c; $c '@/shell' >/dev/null; mv $c $c.2; rm $c.2"
        .replace('@', scene.folder.path().to_str().unwrap());
    scene.recipes("write.yaml", &all("write", "js", &write));
    scene.recipes("run.yaml", &all("run", "shell", &run));
    scene.watch(&["--data", "state", "--grant", "exec.shell", "--events-out"]);
    let watch = u64::from(scene.pid());
    for _ in 0..3 {
        scene.run_program();
    }
    let outcomes = |scene: &Scene, name: &str| {
        let written = scene.written();
        of_type(&written, "outcome").iter().filter(|line| line["recipe"] == name).count()
    };
    scene.wait_for("the answers", |scene| {
        outcomes(scene, "write") >= 3 && outcomes(scene, "run") >= 3
    });
    // What would loop has the time to.
    std::thread::sleep(Duration::from_millis(500));
    let ended = scene.end();
    let done = of_type(&ended.lines, "outcome");
    assert!(done.iter().all(|outcome| outcome["status"] == "ok"), "{done:?}");
    assert!(scene.read("shell").lines().count() >= 3, "the shell acted");
    let detections = of_type(&ended.lines, "detection");
    let own = |event: &serde_json::Value| {
        let ancestry = event["background"]["ancestry"].as_array().unwrap();
        ancestry.iter().any(|process| process["pid"] == watch)
    };
    assert!(!detections.iter().any(|detection| own(&detection["event"])), "{detections:?}");
    for event in lines(&scene.read("seen.jsonl")).iter().skip(1) {
        assert!(!own(event) && event["process"]["pid"] != watch, "{event}");
    }
    // The test itself opened a few files; each act of a start is told once.
    assert!(detections.len() < 200, "{} detections", detections.len());
}

fn a_watch_that_was_stopped() {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &on_start("a", "function process() {}"));
    scene.watch(&["--dry-run"]);
    for _ in 0..3 {
        scene.signal(Signal::STOP);
        for _ in 0..20 {
            scene.run_program();
        }
        scene.signal(Signal::CONT);
    }
    let ended = scene.end();
    assert_eq!(of_type(&ended.lines, "detection").len(), 60, "{}", ended.said);
    assert_eq!(of_type(&ended.lines, "outcome").len(), 60);
}
