//! The README shows what the commands really print.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn readme() -> String {
    fs::read_to_string(repository().join("README.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    text.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

fn reactant(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reactant"));
    command.args(args).current_dir(repository()).output().unwrap()
}

#[test]
fn the_demonstration_is_what_the_first_command_prints() {
    let readme = readme();
    let block = blocks(&readme, "console")[0];
    let (command, shown) = block.split_once('\n').unwrap();
    let args = command.strip_prefix("$ cargo run --release -p reactant -- ").unwrap();
    let args: Vec<&str> = args.split(' ').collect();
    let output = reactant(&args);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut rest = printed.lines();
    for line in shown.lines() {
        assert!(rest.any(|printed| printed == line), "{line}");
    }
    for what in ["failed the time limit", "failed TypeError", "38 events"] {
        assert!(printed.contains(what), "{what}");
    }
}

#[test]
fn the_recipe_has_no_fault() {
    let readme = readme();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.yaml");
    fs::write(&file, blocks(&readme, "yaml")[0]).unwrap();
    let output = reactant(&["check", file.to_str().unwrap()]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "1 good recipe, 1 reaction, 0 errors, 0 warnings\n");
}

#[test]
fn the_library_is_shown_by_the_example_that_compiles() {
    let example = fs::read_to_string(repository().join("cli/examples/library.rs")).unwrap();
    assert_eq!(blocks(&readme(), "rust")[0], example.trim_end());
}

#[test]
fn the_samples_have_no_fault() {
    let output = reactant(&["check", "cli/samples/recipes"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.ends_with(" 0 errors, 0 warnings\n"), "{printed}");
}

#[test]
fn the_number_of_helpers_is_right() {
    let output = reactant(&["helpers", "--output", "json"]);
    let count = String::from_utf8(output.stdout).unwrap().lines().count();
    assert!(readme().contains(&format!("with {count} helpers")), "{count}");
}

#[test]
fn a_shell_reaction_is_only_recorded_unless_it_is_to_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let recipe = "- {kind: k, name: n, version: 1, description: d, breed: execution, mechanism: execution, importance: low,\n   \
                  base: x, reactions: [{format: shell, code: 'touch ran'}]}\n";
    fs::write(path("recipes.yaml"), recipe).unwrap();
    let event = r#"{"event_type":"execution","file":{"file":"/x","actions":["execve"]}}"#;
    fs::write(path("events.jsonl"), event).unwrap();
    let run = |more: &[&str]| {
        let (recipes, events) = (path("recipes.yaml"), path("events.jsonl"));
        let args = ["run", "-q", "--no-timings", "--output", "json", "-r", &recipes, &events];
        let output = reactant(&[&args, more].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&[]).contains(r#""format":"shell","status":"denied""#));
    let granted = run(&["--grant", "exec.shell"]);
    assert!(granted.contains(r#""helper":"Shell""#) && granted.contains(r#""status":"ok""#));
    let started = run(&["--grant", "exec.shell", "--run-shell"]);
    assert!(started.contains(r#""helper":"Shell""#) && started.contains(r#""status":"ok""#));
    assert!(!folder.path().join("ran").exists() && !repository().join("ran").exists());
}
