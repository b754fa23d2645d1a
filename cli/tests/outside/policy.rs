//! Grants, limits and the configuration.

use std::fs;

use crate::support::{Case, executions, lines, of_type, on_execution, reactant, text};

#[test]
fn a_revoked_capability_is_denied_and_told() {
    let kill = "function process() { KillCurrent(); Info(Errno()); }";
    let case = Case::new(&on_execution("r", &[kill]), &executions(1));
    let output = case.run(&["--revoke", "process.kill"]);
    let lines = lines(&output);
    let action = of_type(&lines, "action")[0];
    assert_eq!((&action["helper"], &action["result"]), (&"KillCurrent".into(), &(-1).into()));
    assert!(action["errno"].as_str().unwrap().contains("needs capability process.kill"));
}

#[test]
fn the_limits_of_the_command_line_stop_a_reaction() {
    let endless = "function process() { while (true) try { DataSize(); } catch {} }";
    let case = Case::new(&on_execution("r", &[endless]), &executions(1));
    let status = |args: &[&str]| {
        let lines = lines(&case.run(args));
        of_type(&lines, "outcome")[0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&["--timeout", "100ms", "--helper-calls", "4000000000"]), "timeout");
    assert_eq!(status(&["--helper-calls", "10"]), "limit");
}

#[test]
fn the_configuration_holds_unless_a_flag_says_otherwise() {
    let code = "function process(data) { NetBlockIp('198.51.100.7'); KillCurrent(); for (let i = 0; i < 20; i++) DataSize(); }";
    let event =
        r#"{"event_type":"execution","process":{"pid":600,"start":"2026-01-01T00:00:00Z"}}"#;
    let case = Case::new(&on_execution("r", &[code]), event);
    let config = format!(
        "capabilities:\n  revoke: [process.kill]\nprotect:\n  cidrs: [198.51.100.0/24]\nlimits:\n  helper_calls: 10\nrecipes: [{:?}]\n",
        case.path("recipes.yaml")
    );
    fs::write(case.path("config.yaml"), config).unwrap();
    let (config, events) = (case.path("config.yaml"), case.path("events.jsonl"));
    // The recipes are the configuration's.
    let run = |more: &[&str]| {
        let args = ["run", "-q", "--output", "json", "--config", config.to_str().unwrap()];
        let output = reactant(&[&args, more, &[events.to_str().unwrap()]].concat());
        let lines = lines(&output);
        let results: Vec<i64> = of_type(&lines, "action")
            .iter()
            .map(|action| action["result"].as_i64().unwrap())
            .collect();
        (results, of_type(&lines, "outcome")[0]["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(run(&[]), (vec![-1, -1], "limit".to_owned()));
    let flags = ["--grant", "process.kill", "--helper-calls", "100"];
    assert_eq!(run(&flags), (vec![-1, 0], "ok".to_owned()));
    let floor = ["--grant", "process.kill", "--protect-pids-below", "601"];
    assert_eq!(run(&floor).0, [-1, -1]);
}

#[test]
fn the_log_is_written_as_the_configuration_says_unless_a_flag_says_otherwise() {
    let code = "function process() { Debug('d1'); Info('i1'); Warn('w1'); Error('e1'); }";
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let said = |log: &str, args: &[&str]| {
        let config = case.path("config.yaml");
        fs::write(&config, format!("log: {log}\n")).unwrap();
        let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
        let paths = [&config, &recipes, &events].map(|path| path.to_str().unwrap());
        let usual = ["run", "--config", paths[0], "-r", paths[1], paths[2]];
        let output = reactant(&[&usual[..], args].concat());
        let said = text(&output.stdout).to_owned();
        let shown = ["d1", "i1", "w1", "e1"].iter().filter(|message| said.contains(*message));
        (shown.count(), said.starts_with('{'))
    };
    assert_eq!(said("{}", &[]), (3, false));
    assert_eq!(said("{level: error}", &[]), (1, false));
    assert_eq!(said("{level: error}", &["--log-level", "debug"]), (4, false));
    assert_eq!(said("{level: warn}", &["-v"]), (4, false));
    assert_eq!(said("{level: error, format: json}", &[]), (4, true), "every level is in the JSON");
    assert_eq!(said("{format: json}", &["--output", "human"]), (3, false));
}

#[test]
fn what_the_configuration_names_stands_beside_it() {
    let code = "function process() { Info(String(DataIncr('n'))); }";
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let config = case.path("config.yaml");
    fs::write(&config, "recipes: [recipes.yaml]\ndata: state\n").unwrap();
    let (config, events) = (config.to_str().unwrap(), case.path("events.jsonl"));
    let output =
        reactant(&["run", "-q", "--output", "json", "--config", config, events.to_str().unwrap()]);
    assert_eq!(of_type(&lines(&output), "outcome").len(), 1, "{}", text(&output.stderr));
    let set = reactant(&["data", "--config", config, "set", "r", "k", "v"]);
    assert_eq!(set.status.code(), Some(0), "{}", text(&set.stderr));
    assert!(case.path("state").is_dir());
}
