//! Recipes and recordings, good and bad.

use std::{io::Write, process::Stdio};

use serde_json::Value;

use crate::support::{Case, command, executions, lines, of_type, on_execution, text};

#[test]
fn an_invalid_event_is_told_with_its_line_and_the_rest_goes_on() {
    let events = format!("{}not json\n\n{{\"pid\":1}}\n{}", executions(2), executions(1));
    let case = Case::new(&on_execution("r", &["function process() {}"]), &events);
    let output = case.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    let summary = of_type(&lines, "summary")[0];
    assert_eq!((&summary["events"], &summary["invalid_events"]), (&3.into(), &2.into()));
    let told: Vec<Value> =
        text(&output.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let places: Vec<(&str, u64)> = told
        .iter()
        .map(|line| (line["code"].as_str().unwrap(), line["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [("invalid-event", 3), ("invalid-event", 5)]);
}

#[test]
fn a_rejected_recipe_is_told_and_the_good_ones_run() {
    let recipes = on_execution("good", &["function process() {}"]) + "- kind: bad\n  nmae: x\n";
    let case = Case::new(&recipes, &executions(1));
    let output = case.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(of_type(&lines(&output), "outcome").len(), 1);
    assert!(text(&output.stderr).contains("nmae"));
}

#[test]
fn an_unreadable_recording_is_told_and_the_others_are_read() {
    let case = Case::new(&on_execution("r", &["function process() {}"]), &executions(2));
    let output = case.run(&["/nonexistent/events.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(of_type(&lines(&output), "outcome").len(), 2);
    assert!(text(&output.stderr).contains("/nonexistent/events.jsonl"));
}

#[test]
fn events_come_from_standard_input_where_no_file_is_named() {
    let case = Case::new(&on_execution("r", &["function process() {}"]), "");
    let recipes = case.path("recipes.yaml");
    for more in [&[][..], &["-"]] {
        let mut child =
            command(&["run", "-q", "--output", "json", "-r", recipes.to_str().unwrap()])
                .args(more)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
        child.stdin.take().unwrap().write_all(executions(3).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(of_type(&lines(&output), "outcome").len(), 3);
    }
}

#[test]
fn disabled_recipes_and_those_not_named_take_no_part() {
    let off = on_execution("off", &["function process() {}"])
        .replace("  version", "  enabled: false\n  version");
    let case = Case::new(&(on_execution("on", &["function process() {}"]) + &off), &executions(1));
    let fired = |args: &[&str]| -> Vec<String> {
        let lines = lines(&case.run(args));
        of_type(&lines, "detection")
            .iter()
            .map(|line| line["recipe"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(fired(&[]), ["on"]);
    assert_eq!(fired(&["--include-disabled"]), ["on", "off"]);
    assert_eq!(fired(&["--include-disabled", "--only", "off"]), ["off"]);
    let output = case.run(&["--only", "offf"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `off`?"), "{}", text(&output.stderr));
}
