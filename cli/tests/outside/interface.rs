//! The JSON output: what is told, in which fields.

use crate::support::{Case, executions, lines, of_type, on_execution, reactant, text};

#[test]
fn the_names_and_the_order_of_fields_are_those_of_the_interface() {
    let code = "function process() { Warn('w'); KillCurrent(); throw new TypeError('bad'); }";
    let case = Case::new(
        &on_execution("r", &[code]),
        "{\"uuid\":\"u1\",\"timestamp\":\"2026-11-24T10:15:00Z\",\"event_type\":\"execution\",\"process\":{\"pid\":4242,\"start\":\"2026-11-24T10:14:00Z\"}}\n",
    );
    let output = case.run(&[]);
    let file = case.path("recipes.yaml");
    let file = file.to_str().unwrap();
    let expected = [
        r#"{"type":"detection","uuid":"u1","recipe":"r","kind":"test","importance":"low","event_type":"execution"}"#
            .to_owned(),
        r#"{"type":"log","level":"warn","recipe":"r","reaction":0,"uuid":"u1","message":"w"}"#.to_owned(),
        r#"{"type":"action","recipe":"r","reaction":0,"uuid":"u1","helper":"KillCurrent","args":[],"result":0,"errno":"","dry_run":true}"#
            .to_owned(),
        format!(
            r#"{{"type":"outcome","recipe":"r","reaction":0,"uuid":"u1","format":"js","status":"error","error":{{"message":"TypeError: bad","file":"{file}","line":12,"column":"#
        ),
        r#"{"type":"summary","events":1,"invalid_events":0,"detections":1,"suppressed":0,"reactions":1,"errors":1,"dropped":0}"#
            .to_owned(),
    ];
    let got: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(got.len(), expected.len(), "{got:#?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!(got.starts_with(expected.as_str()), "{got}\n{expected}");
    }
    assert_eq!(output.status.code(), Some(0), "a reaction that throws is no problem of the run");
}

#[test]
fn timings_are_told_unless_they_are_left_out() {
    let case = Case::new(&on_execution("r", &["function process() {}"]), &executions(1));
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    let output = reactant(&[
        "run",
        "--output",
        "json",
        "-r",
        recipes.to_str().unwrap(),
        events.to_str().unwrap(),
    ]);
    let lines = lines(&output);
    assert!(of_type(&lines, "outcome")[0]["duration_us"].is_u64());
    assert!(of_type(&lines, "summary")[0]["elapsed_ms"].is_u64());
}

#[test]
fn a_long_argument_is_cut_and_said_to_be() {
    let code = "function process() { WriteFile('/nonexistent/file', 'x'.repeat(1000)); WriteFile('/nonexistent/file', 'x'); }";
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let lines = lines(&case.run(&[]));
    let actions = of_type(&lines, "action");
    assert_eq!(actions[0]["args"][1].as_str().unwrap().len(), 256);
    assert_eq!(actions[0]["truncated"], true);
    assert!(actions[1].get("truncated").is_none());
}

/// The template of the founding document, in the test mode that it looks for in its data.
#[test]
fn the_seeds_own_self_test_passes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/seed/template.js");
    let event = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/file.json");
    let set = reactant(&["data", "--data", data, "set", "template", "test_mode", "true"]);
    assert_eq!(set.status.code(), Some(0), "{}", text(&set.stderr));
    let output = reactant(&["exec", "--output", "json", "--data", data, "--event", event, script]);
    assert_eq!(output.status.code(), Some(0));
    let lines = lines(&output);
    let logs: Vec<&str> =
        of_type(&lines, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert!(!logs.iter().any(|log| log.contains("FAIL")), "{logs:#?}");
    assert_eq!(logs.iter().filter(|log| log.ends_with("PASS")).count(), 5);
    assert!(lines[0]["event"]["file"]["file"] == "/etc/shadow", "exec tells the event");
    assert!(of_type(&lines, "summary").is_empty());
}

#[test]
fn a_schema_for_programs_is_one_line() {
    for name in ["recipe", "event", "config"] {
        let output = reactant(&["schema", name, "--output", "json"]);
        assert_eq!(text(&output.stdout).lines().count(), 1);
        assert!(lines(&output)[0]["$schema"].is_string());
    }
}
