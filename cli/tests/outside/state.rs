//! What a run leaves behind, and the data store from outside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{Case, command, executions, lines, of_type, on_execution, reactant, text};

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    let code = format!(
        "function process() {{ const path = {target:?}; if (WriteFile(path, 'x') !== 0) Error(Errno()); Info(ReadFile(path)); Info(CreateTempDir('left-*')); }}"
    );
    let case = Case::new(&on_execution("r", &[&code]), &executions(1));
    let before = entries(case.folder.path());
    let output = command(&["run", "--output", "json", "-r"])
        .args([case.path("recipes.yaml"), case.path("events.jsonl")])
        .current_dir(case.folder.path())
        .output()
        .unwrap();
    let lines = lines(&output);
    let logs: Vec<&str> =
        of_type(&lines, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert_eq!(logs[0], "x", "the reaction reads what it wrote");
    assert!(logs[1].starts_with("/tmp/left-") && !Path::new(logs[1]).exists());
    assert!(!target.exists());
    assert_eq!(entries(case.folder.path()), before);
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn the_data_store_outlives_the_run_only_where_a_folder_is_named() {
    let count = "function process() { Info(String(DataIncr('n'))); }";
    let case = Case::new(&on_execution("counter", &[count]), &executions(2));
    let counts = |args: &[&str]| -> Vec<String> {
        let lines = lines(&case.run(args));
        of_type(&lines, "log")
            .iter()
            .map(|log| log["message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(counts(&[]), ["1", "2"]);
    assert_eq!(counts(&[]), ["1", "2"]);
    let data = case.path("state");
    let data = data.to_str().unwrap();
    assert_eq!(counts(&["--data", data]), ["1", "2"]);
    assert_eq!(counts(&["--data", data]), ["3", "4"]);
    let get = |args: &[&str]| reactant(&[&["data", "--data", data], args].concat());
    assert_eq!(text(&get(&["get", "counter", "n"]).stdout), "4\n");
    let exported = get(&["export"]).stdout;
    assert_eq!(get(&["delete", "counter"]).status.code(), Some(0));
    assert_eq!(get(&["get", "counter", "n"]).status.code(), Some(1));
    let backup = case.path("backup.jsonl");
    fs::write(&backup, exported).unwrap();
    assert_eq!(get(&["import", backup.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(text(&get(&["get", "counter", "n"]).stdout), "4\n");
}

#[test]
fn nothing_is_imported_of_a_line_that_is_no_export() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let data = data.to_str().unwrap();
    let file = folder.path().join("backup.jsonl");
    let good =
        r#"{"recipe":"a","data":{"keys":{"k":{"text":"v"},"l":{"list":["1","2"]}},"list":["x"]}}"#;
    fs::write(&file, format!("{{\"recipe\":\"b\"}}\n{good}\nnonsense\n")).unwrap();
    let import = reactant(&["data", "--data", data, "import", file.to_str().unwrap()]);
    assert_eq!(import.status.code(), Some(1));
    let told = text(&import.stderr);
    assert!(told.contains("backup.jsonl:1: ") && told.contains("backup.jsonl:3: "), "{told}");
    assert_eq!(text(&reactant(&["data", "--data", data, "export"]).stdout), format!("{good}\n"));
}

/// A recording's clock judges what its run wrote, whatever this machine's says.
#[test]
fn looking_at_a_store_does_not_end_what_lives_by_another_clock() {
    let code = "function process() { DataSetTtl('soon', 'v', 3600); Info(DataGet('soon')); }";
    let event = r#"{"event_type":"execution","timestamp":"2020-01-01T00:00:00Z"}"#;
    let case = Case::new(&on_execution("r", &[code]), event);
    let data = case.path("state");
    let data = data.to_str().unwrap();
    assert_eq!(case.run(&["--data", data]).status.code(), Some(0));
    let said = |args: &[&str]| {
        let output = reactant(&[&["data", "--data", data], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    for _ in 0..2 {
        assert_eq!(said(&["list"]), "r (1 key)\n");
        assert_eq!(said(&["get", "r", "soon"]), "v\n");
        assert!(said(&["export"]).contains("2020-01-01T01:00:00Z"));
    }
}

#[test]
fn json_of_a_store_holds_nothing_that_a_terminal_would_obey() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let data = data.to_str().unwrap();
    let hostile = "\u{9b}31m\u{202e}\u{7f}";
    let all =
        |args: &[&str]| reactant(&[&["data", "--data", data, "--output", "json"], args].concat());
    assert_eq!(all(&["set", "r", hostile, hostile]).status.code(), Some(0));
    for args in [&["list"][..], &["list", "r"], &["get", "r", hostile], &["export"]] {
        let output = all(args);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).is_ascii() && !output.stdout.contains(&0x7f), "{args:?}");
        assert!(!lines(&output).is_empty());
    }
    assert_eq!(lines(&all(&["get", "r", hostile]))[0]["value"], hostile);
    for name in ["", "a\nb"] {
        assert_eq!(all(&["set", name, "k", "v"]).status.code(), Some(2));
    }
}
