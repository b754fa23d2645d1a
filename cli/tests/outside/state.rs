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
