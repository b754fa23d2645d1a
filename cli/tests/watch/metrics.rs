//! What is measured of real acts.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Test,
    scene::{PATIENCE, Scene, killed, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("what_happens_is_measured", what_happens_is_measured),
    ("a_scraper_that_hangs_holds_nothing_up", a_scraper_that_hangs_holds_nothing_up),
];

/// Watches, and gives the port of the metrics.
fn measured(scene: &mut Scene) -> u16 {
    let code = "function process(data) { KillCurrent(); }";
    scene.recipes("kill.yaml", &on_start("kill", code));
    // The system chooses; what it chose is told to people.
    let arguments = ["--data", "state", "--metrics", "127.0.0.1:0", "--color", "never"];
    let command = Command::new(env!("CARGO_BIN_EXE_reactant"));
    let mut command = scene.set_up(command, "human", &arguments);
    scene.spawn(&mut command);
    scene.wait_for("the address", |scene| scene.read("said").contains("/metrics"));
    let said = scene.read("said");
    let (_, rest) = said.split_once("http://127.0.0.1:").unwrap();
    rest.split_once('/').unwrap().0.parse().unwrap()
}

fn scrape(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// The sample of this name and these labels.
fn sample(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(it, _)| it == series));
    let line = line.unwrap_or_else(|| panic!("no {series} in {text}"));
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

fn what_happens_is_measured() {
    let mut scene = Scene::new();
    let port = measured(&mut scene);
    for _ in 0..3 {
        assert!(killed(scene.start_program()));
    }
    let done = "reactant_reactions_total{engine=\"js\",status=\"ok\"}";
    scene.wait_for("three answers", |_| sample(&scrape(port), done) >= 3.0);
    let text = scrape(port);
    let at_least = |series: &str, least: f64| {
        let value = sample(&text, series);
        assert!(value >= least, "{series} {value}");
    };
    let events = "reactant_events_total{source=\"tp_btf sched_process_exec\",action=\"execve\"}";
    at_least(events, 3.0);
    at_least("reactant_detections_total{recipe=\"kill\"}", 3.0);
    at_least("reactant_actions_total{helper=\"KillCurrent\",result=\"done\"}", 3.0);
    at_least("reactant_event_to_detection_seconds_count", 3.0);
    at_least("reactant_event_to_effect_seconds_count", 3.0);
    at_least("reactant_engine_memory_bytes{engine=\"js\"}", 100_000.0);
    at_least("reactant_cache_hits_total{cache=\"processes\"}", 1.0);
    // What began it, and of each kill an intent and an outcome.
    at_least("reactant_journal_lines_total", 7.0);
    at_least("process_resident_memory_bytes", 1e6);
    assert_eq!(sample(&text, "reactant_recipes"), 1.0);
    assert_eq!(sample(&text, "reactant_reloads_total{result=\"refused\"}"), 0.0);
    assert_eq!(sample(&text, "reactant_queue_depth"), 0.0);
    // From an act to its effect it takes less than any bucket but the last few: a kill waits for the process to be gone.
    at_least("reactant_event_to_effect_seconds_bucket{le=\"5\"}", 3.0);
    scene.recipes("broken.yaml", "- {");
    let refused = "reactant_reloads_total{result=\"refused\"}";
    scene.wait_for("the refusal", |_| sample(&scrape(port), refused) >= 1.0);
    scene.signal(rustix::process::Signal::TERM);
    let status = scene.watch.as_mut().unwrap().wait().unwrap();
    assert_eq!(status.code(), Some(1), "the set in the files is broken");
}

fn a_scraper_that_hangs_holds_nothing_up() {
    let mut scene = Scene::new();
    let port = measured(&mut scene);
    let hanging: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nX: ");
            stream
        })
        .collect();
    assert!(killed(scene.start_program()));
    let start = Instant::now();
    scene.wait_for("an answer", |_| scrape(port).contains("200 OK"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    scene.signal(rustix::process::Signal::TERM);
    assert!(scene.watch.as_mut().unwrap().wait().unwrap().success());
    drop(hanging);
}
