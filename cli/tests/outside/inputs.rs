//! Recipes and recordings, good and bad.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

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
    // What is asked for by name and takes no part is told.
    let recipes = case.path("recipes.yaml");
    for (more, told) in [(&[][..], true), (&["--include-disabled"], false)] {
        let output = command(&["run", "--only", "off", "-r", recipes.to_str().unwrap()])
            .args(more)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stderr).contains("--include-disabled"), told);
    }
    let output = case.run(&["--only", "offf"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `off`?"), "{}", text(&output.stderr));
}

/// The tables are bounded; what they forget is told.
#[test]
fn forgotten_pairs_are_told() {
    let recipe = on_execution("r", &["function process() {}"])
        .replace("breed: execution", "breed: file_access")
        .replace("mechanism: execution", "mechanism: file_access")
        .replace("[execve]", "[open, write]\n  file_actions_how: all");
    let accesses: String = (0..65_539)
        .map(|file| {
            format!("{{\"process\":{{\"pid\":7}},\"file\":{{\"file\":\"/f{file}\",\"actions\":[\"open\"]}}}}\n")
        })
        .collect();
    let case = Case::new(&recipe, &accesses);
    let paths = [case.path("recipes.yaml"), case.path("events.jsonl")];
    let run = |format: &str| {
        command(&["run", "--no-timings", "--output", format, "-r"]).args(&paths).output().unwrap()
    };
    let json = run("json");
    let summary = of_type(&lines(&json), "summary")[0].clone();
    assert_eq!(summary["evicted"], 3);
    assert!(text(&json.stdout).trim_end().ends_with(r#""dropped":0,"evicted":3}"#));
    let told: Value = serde_json::from_str(text(&json.stderr).trim_end()).unwrap();
    assert_eq!((&told["type"], &told["code"]), (&"diagnostic".into(), &"evicted".into()));
    let human = run("human");
    assert!(text(&human.stdout).contains("3 evicted"), "{}", text(&human.stdout));
    assert!(text(&human.stderr).contains("3 pairs of process and file"), "{}", text(&human.stderr));
    let few = Case::new(&recipe, &executions(2)).run(&[]);
    assert_eq!(of_type(&lines(&few), "summary")[0].get("evicted"), None);
}

#[test]
fn messages_that_were_cut_are_told_to_programs_too() {
    let code = "function process() { for (let i = 0; i < 1003; i++) Info('x'); }";
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let paths = [case.path("recipes.yaml"), case.path("events.jsonl")];
    let output = command(&["run", "--output", "json", "-r"]).args(&paths).output().unwrap();
    // The first is about the recipe.
    let told: Value = serde_json::from_str(text(&output.stderr).lines().last().unwrap()).unwrap();
    assert_eq!((&told["severity"], &told["code"]), (&"warning".into(), &"log-cut".into()));
    assert!(told["message"].as_str().unwrap().starts_with("3 log messages of `r` were cut"));
}

#[test]
fn a_recordings_header_names_the_host_that_limits_count_by() {
    let recipe = on_execution("r", &["function process() {}"])
        .replace("  reactions", "  times: [{kind: times_per_hostname, max: 1}]\n  reactions");
    let header = |name: &str| format!("{{\"type\":\"header\",\"hostname\":\"{name}\"}}\n");
    let events = [executions(2), header("a"), executions(2), header("b"), executions(2)].concat();
    let output = Case::new(&recipe, &events).run(&[]);
    assert_eq!(of_type(&lines(&output), "detection").len(), 3);
}

#[test]
fn a_script_is_a_regular_file_or_an_open_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo.js");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let output = command(&["exec"]).arg(&fifo).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it is no regular file"), "{}", text(&output.stderr));
}

#[test]
fn an_events_mistake_is_told_at_its_line_and_its_format_is_its_mechanism() {
    let folder = tempfile::tempdir().unwrap();
    let (script, event) = (folder.path().join("s.js"), folder.path().join("e.json"));
    fs::write(&script, "function process(data) { Info(data.metadata.format); }").unwrap();
    let exec = |json: &str| {
        fs::write(&event, json).unwrap();
        command(&["exec", "--output", "json"])
            .arg(&script)
            .arg("--event")
            .arg(&event)
            .output()
            .unwrap()
    };
    let output = exec("{\n \"event_type\": \"execution\",\n \"process\": {\n  \"pid\": \"x\"}}");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("e.json:4: process.pid: "), "{}", text(&output.stderr));
    for (json, format) in [
        (r#"{"event_type":"execution"}"#, "execution"),
        (r#"{"file":{"file":"/x","actions":["open"]}}"#, "file_access"),
        (r#"{"flow":{}}"#, "network_peers"),
    ] {
        assert_eq!(of_type(&lines(&exec(json)), "log")[0]["message"], format);
    }
}
