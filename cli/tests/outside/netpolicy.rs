//! The network policy: checked where it is named, and shown.

use std::{fs, path::PathBuf};

use crate::{
    control::Live,
    support::{Case, executions, lines, of_type, on_execution, reactant, text},
};

const POLICY: &str = "\
network_policy:
  cidr_policy: deny
  resolve_mode: alert
  rules:
    - {cidr: 10.1.2.3/8, policy: allow}
    - {domain: Evil.Example, policy: deny}
";

fn case(policy: &str) -> (Case, PathBuf) {
    let case = Case::new(&on_execution("r", &["function process() {}"]), &executions(1));
    let file = case.path("netpolicy.yaml");
    fs::write(&file, policy).unwrap();
    (case, file)
}

#[test]
fn the_policy_is_shown_with_its_defaults_and_without_a_claim() {
    let (_case, file) = case(POLICY);
    let file = file.to_str().unwrap();
    let output = reactant(&["policy", "show", "--network-policy", file]);
    assert_eq!(output.status.code(), Some(0));
    let expected = format!(
        "{file} (named here)\n  cidr_mode       both     where an address is denied, by default\n  cidr_policy     deny     for an address that no rule covers\n  \
         resolve_mode    alert    where the resolution of a name is denied\n  resolve_policy  allow    for a name that no rule covers, by default\n  \
         allow 10.0.0.0/8\n  deny  evil.example and below\nNot held up: only `reactant watch` holds a policy up, while it runs.\n"
    );
    assert_eq!(text(&output.stdout), expected);
    let shown = lines(&reactant(&["policy", "show", "--network-policy", file, "--output", "json"]));
    assert_eq!(
        shown[0].to_string(),
        format!(
            r#"{{"type":"policy","file":"{file}","cidr_mode":"both","cidr_policy":"deny","resolve_mode":"alert","resolve_policy":"allow","defaults":["cidr_mode","resolve_policy"],"rules":2,"enforced":false}}"#
        )
    );
    assert_eq!(
        shown[2].to_string(),
        r#"{"type":"rule","domain":"evil.example","policy":"deny","line":6}"#
    );
}

#[test]
fn the_running_processes_policy_is_shown_and_else_the_configurations() {
    let (case, file) = case(POLICY);
    let (config, state) = (case.path("config.yaml"), case.path("state"));
    let show = || {
        let args = ["policy", "show", "--config", config.to_str().unwrap()];
        let output = reactant(&args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    fs::write(&config, "data: state\n").unwrap();
    assert!(show().starts_with("there is no network policy"));
    // What the configuration names stands beside it.
    fs::write(&config, "data: state\nnetwork_policy: netpolicy.yaml\n").unwrap();
    assert!(show().contains("netpolicy.yaml (of the configuration)"));
    let mut live = Live::start(&case, &state, &["--network-policy", file.to_str().unwrap()]);
    live.says();
    fs::write(&file, "network_policy: {}\n").unwrap();
    let shown = show();
    assert!(shown.contains(&format!("(of the running process {})", live.pid())), "{shown}");
    assert!(
        shown.contains("evil.example and below"),
        "the policy in force, not the file as it is now"
    );
    drop(live);
    assert!(!show().contains("evil.example"));
}

#[test]
fn a_policy_that_cannot_be_used_is_told_before_anything_runs() {
    let (case, file) = case("network_policy: {cidr_mode: sometimes}\n");
    let flag = ["--network-policy", file.to_str().unwrap()];
    let run = case.run(&flag);
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stdout.is_empty() && text(&run.stderr).contains("sometimes"));
    assert_eq!(reactant(&["policy", "show", flag[0], flag[1]]).status.code(), Some(2));
    let recipes = case.path("recipes.yaml");
    let check =
        reactant(&["check", "--output", "json", flag[0], flag[1], recipes.to_str().unwrap()]);
    assert_eq!(check.status.code(), Some(1));
    let found = lines(&check);
    let problem = of_type(&found, "diagnostic")[0];
    assert_eq!(
        (&problem["code"], &problem["line"], &problem["column"]),
        (&"unknown-value".into(), &1.into(), &29.into())
    );
    assert_eq!(of_type(&found, "summary")[0]["recipes"], 1, "the recipes are checked all the same");
    fs::write(&file, POLICY).unwrap();
    assert_eq!(case.run(&flag).status.code(), Some(0));
    let check = reactant(&["check", flag[0], flag[1], recipes.to_str().unwrap()]);
    assert_eq!(check.status.code(), Some(0));
}
