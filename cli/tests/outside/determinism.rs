//! Two runs give the same bytes.

use std::fs;

use crate::support::{Case, SAMPLES, executions, lines, of_type, on_execution, reactant, text};

#[test]
fn two_runs_give_the_same_bytes_for_any_number_of_jobs() {
    let (recipes, events) = (format!("{SAMPLES}/recipes"), format!("{SAMPLES}/events.jsonl"));
    for format in ["human", "json"] {
        let run = |jobs| {
            let output = reactant(&[
                "run",
                "--output",
                format,
                "--no-timings",
                "--events-out",
                "--jobs",
                jobs,
                "-r",
                &recipes,
                &events,
            ]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            output.stdout
        };
        let first = run("1");
        assert!(text(&first).lines().count() > 50);
        for jobs in ["1", "2", "5"] {
            assert_eq!(text(&run(jobs)), text(&first), "{format}, {jobs} jobs");
        }
    }
}

#[test]
fn missing_uuids_and_random_numbers_follow_the_seed() {
    let random = "function process() { Info(String(Math.random())); }";
    let case = Case::new(&on_execution("r", &[random]), &executions(3));
    let run = |seed| case.run(&["--seed", seed]).stdout;
    assert_eq!(text(&run("7")), text(&run("7")));
    assert_ne!(text(&run("7")), text(&run("8")));
    let logs = lines(&case.run(&[]));
    let messages: Vec<&str> =
        of_type(&logs, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 3);
    assert!(messages[0] != messages[1] && messages[1] != messages[2]);
}

#[test]
fn parallel_reactions_are_told_in_the_order_of_events_recipes_and_reactions() {
    let uneven = "function process(data) { let n = 0; \
                  for (let i = 0; i < (data.process.pid * 7919) % 7 * 500; i++) n += i; Info('done ' + data.process.pid); }";
    let recipes = on_execution("a", &[uneven, "function process() { Info('quick'); }", uneven])
        + &on_execution("b", &[uneven]);
    let case = Case::new(&recipes, &executions(60));
    let sequential = case.run(&[]);
    assert_eq!(of_type(&lines(&sequential), "outcome").len(), 240);
    let parallel = case.run(&["--parallel"]);
    assert_eq!(text(&parallel.stdout), text(&sequential.stdout));
}

#[test]
fn two_runs_of_one_script_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("dice.js");
    let code = "function process() { Info(String(Math.random())); Info(CreateTempDir()); Info(new Date().toString()); Info(uuid); }";
    fs::write(&script, code).unwrap();
    let exec = |seed| {
        let script = script.to_str().unwrap();
        reactant(&["exec", "--output", "json", "--no-timings", "--seed", seed, script]).stdout
    };
    assert_eq!(text(&exec("1")), text(&exec("1")));
    assert_ne!(text(&exec("1")), text(&exec("2")));
}

#[test]
fn the_clock_is_the_events_unless_the_wall_clock_is_asked_for() {
    let event = r#"{"timestamp":"2001-02-03T04:05:06Z","event_type":"execution","process":{}}"#;
    let tell = "function process() { Info(Now()); Info(new Date().toISOString()); }";
    let case = Case::new(&on_execution("r", &[tell]), event);
    let years = |args: &[&str]| -> Vec<String> {
        let lines = lines(&case.run(args));
        of_type(&lines, "log")
            .iter()
            .map(|log| log["message"].as_str().unwrap()[..4].to_owned())
            .collect()
    };
    assert_eq!(years(&[]), ["2001", "2001"]);
    assert!(years(&["--clock", "wall"]).iter().all(|year| year.as_str() >= "2026"));
}
