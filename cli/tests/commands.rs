//! Sessions at a terminal: what each command prints and how it ends. `TRYCMD=overwrite cargo test` writes what is printed now.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

fn sessions(folder: &str, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = std::fs::read_dir(&folder).unwrap();
    let is_session = |path: &Path| path.extension().is_some_and(|end| end == "trycmd");
    let count = files.filter(|entry| is_session(&entry.as_ref().unwrap().path())).count();
    assert!(count >= least, "only {count} sessions in {}", folder.display());
    trycmd::TestCases::new().case(folder.join("*.trycmd").to_str().unwrap());
}

#[test]
fn commands_print_what_the_sessions_show() {
    sessions("cmd", 6);
}

#[test]
fn every_reaction_of_the_founding_document_runs() {
    sessions("seed", 13);
}
