//! Running the command and reading what it says.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

pub(crate) const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reactant"));
    command.args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

pub(crate) fn reactant(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn of_type<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

/// A folder with a recipe and a recording.
pub(crate) struct Case {
    pub(crate) folder: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new(recipes: &str, events: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("recipes.yaml"), recipes).unwrap();
        fs::write(folder.path().join("events.jsonl"), events).unwrap();
        Case { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let (recipes, events) = (self.path("recipes.yaml"), self.path("events.jsonl"));
        let mut all = vec!["run", "-q", "--output", "json", "--no-timings", "-r"];
        all.push(recipes.to_str().unwrap());
        all.extend(args);
        all.push(events.to_str().unwrap());
        reactant(&all)
    }
}

/// A recipe that fires on every execution, with these reactions.
pub(crate) fn on_execution(name: &str, reactions: &[&str]) -> String {
    let mut recipe = format!(
        "- kind: test\n  name: {name}\n  version: 1\n  description: test\n  breed: execution\n  mechanism: execution\n  importance: low\n  \
         file_actions: [execve]\n  reactions:\n"
    );
    for code in reactions {
        recipe.push_str("    - format: js\n      code: |\n");
        for line in code.lines() {
            recipe.push_str(&format!("        {line}\n"));
        }
    }
    recipe
}

pub(crate) fn executions(count: usize) -> String {
    (0..count)
        .map(|pid| format!("{{\"event_type\":\"execution\",\"process\":{{\"pid\":{pid},\"exe\":\"/bin/p{pid}\"}}}}\n"))
        .collect()
}
