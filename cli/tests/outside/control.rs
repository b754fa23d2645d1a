//! Looking into a data folder while a run holds it, and after it was killed.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Output, Stdio},
};

use serde_json::Value;

use crate::support::{Case, command, executions, lines, on_execution, reactant, text};

/// A run that holds a folder until its input ends.
pub(crate) struct Live {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Live {
    pub(crate) fn start(case: &Case, data: &Path, more: &[&str]) -> Live {
        let mut child = command(&["run", "-q", "--output", "json", "--no-timings"])
            .args(more)
            .arg("-r")
            .args([&case.path("recipes.yaml"), Path::new("--data"), data])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Live { child, input, output }
    }

    /// What the reaction to one more event said.
    pub(crate) fn says(&mut self) -> String {
        self.input.as_mut().unwrap().write_all(executions(1).as_bytes()).unwrap();
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the run ended");
            let line: Value = serde_json::from_str(&line).unwrap();
            match line["type"].as_str().unwrap() {
                "log" => said = line["message"].as_str().unwrap().to_owned(),
                "outcome" => return said,
                _ => {}
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn end(mut self) {
        self.input = None;
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const COUNT: &str = "function process() { Info(String(DataIncr('n'))); }";

fn counting() -> (Case, PathBuf) {
    let case = Case::new(&on_execution("counter", &[COUNT]), "");
    let data = case.path("state");
    (case, data)
}

fn data(folder: &Path, args: &[&str]) -> Output {
    reactant(&[&["data", "--data", folder.to_str().unwrap()], args].concat())
}

fn said(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_store_is_read_and_changed_beside_the_run_that_holds_it() {
    let (case, folder) = counting();
    let mut live = Live::start(&case, &folder, &[]);
    assert_eq!(live.says(), "1");
    assert_eq!(said(&data(&folder, &["get", "counter", "n"])), "1\n");
    said(&data(&folder, &["set", "counter", "n", "41"]));
    assert_eq!(live.says(), "42");
    assert_eq!(said(&data(&folder, &["list"])), "counter (1 key)\n");
    assert_eq!(said(&data(&folder, &["list", "counter"])), "n\n");
    let export = said(&data(&folder, &["export"])).to_owned();
    assert_eq!(export, "{\"recipe\":\"counter\",\"data\":{\"keys\":{\"n\":{\"text\":\"42\"}}}}\n");
    said(&data(&folder, &["delete", "counter", "n"]));
    assert_eq!(live.says(), "1");
    let backup = case.path("backup.jsonl");
    fs::write(&backup, &export).unwrap();
    said(&data(&folder, &["import", backup.to_str().unwrap()]));
    assert_eq!(live.says(), "43");
    // The same answers and the same codes as without a run.
    for _ in 0..2 {
        let missing = data(&folder, &["get", "counter", "absent"]);
        assert_eq!(missing.status.code(), Some(1));
        assert!(text(&missing.stderr).contains("`counter` stores nothing under `absent`"));
        assert_eq!(data(&folder, &["set", "a\nb", "k", "v"]).status.code(), Some(2));
        let json = lines(&data(&folder, &["get", "counter", "n", "--output", "json"]));
        assert_eq!(json[0]["value"], "43");
        live.kill();
    }
    assert_eq!(said(&data(&folder, &["get", "counter", "n"])), "43\n");
}

#[test]
fn a_large_store_goes_out_and_in_through_the_socket() {
    let (case, folder) = counting();
    let backup = case.path("backup.jsonl");
    // Each byte of a value is six on the wire.
    let (value, member) = ("\u{1}".repeat(1 << 20), "m".repeat(100));
    let keys: Vec<String> =
        (0..3).map(|key| format!("\"k{key}\":{{\"text\":{}}}", Value::from(&*value))).collect();
    let list = serde_json::json!(vec![member; 2000]);
    let line = format!(
        "{{\"recipe\":\"big\",\"data\":{{\"keys\":{{{}}},\"list\":{list}}}}}\n",
        keys.join(",")
    );
    fs::write(&backup, &line).unwrap();
    let mut live = Live::start(&case, &folder, &[]);
    live.says();
    said(&data(&folder, &["import", backup.to_str().unwrap()]));
    assert!(said(&data(&folder, &["export", "big"])) == line, "it came out otherwise");
    live.end();
    assert!(said(&data(&folder, &["export", "big"])) == line, "it was kept otherwise");
}

#[test]
fn what_a_killed_run_left_is_in_nobodys_way() {
    let (case, folder) = counting();
    for number in 1..4 {
        let mut live = Live::start(&case, &folder, &[]);
        assert_eq!(live.says(), number.to_string());
        assert_eq!(said(&data(&folder, &["get", "counter", "n"])), format!("{number}\n"));
        live.kill();
        assert!(folder.join("control.sock").exists(), "it had no time to remove it");
        assert_eq!(said(&data(&folder, &["get", "counter", "n"])), format!("{number}\n"));
    }
    let mut live = Live::start(&case, &folder, &[]);
    live.says();
    live.end();
    assert!(!folder.join("control.sock").exists());
}

#[test]
fn a_second_run_is_refused_and_told_who_holds_the_folder() {
    let (case, folder) = counting();
    let mut live = Live::start(&case, &folder, &[]);
    live.says();
    let second = case.run(&["--data", folder.to_str().unwrap()]);
    assert_eq!(second.status.code(), Some(2));
    let told = text(&second.stderr);
    assert!(told.contains(&format!("in use by process {}", live.pid())), "{told}");
    assert_eq!(live.says(), "2", "the first goes on");
}

/// The run's worth is not lost for a socket that cannot be.
#[test]
fn a_trap_at_the_sockets_path_costs_the_socket_only() {
    let (case, folder) = counting();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let elsewhere = case.path("elsewhere.sock");
    let _listener = UnixListener::bind(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join("control.sock")).unwrap();
    fs::write(case.path("events.jsonl"), executions(1)).unwrap();
    let output = reactant(&[
        "run",
        "-r",
        case.path("recipes.yaml").to_str().unwrap(),
        "--data",
        folder.to_str().unwrap(),
        case.path("events.jsonl").to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("is a symlink and not a socket"));
    let mut live = Live::start(&case, &folder, &[]);
    live.says();
    let refused = data(&folder, &["get", "counter", "n"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("in use by process"), "{}", text(&refused.stderr));
}

/// Commands that come at the same time take their turns.
#[test]
fn commands_beside_each_other_wait_for_the_folder() {
    let (case, folder) = counting();
    said(&data(&folder, &["set", "counter", "n", "0"]));
    std::thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let folder = &folder;
            scope.spawn(move || {
                for value in ["1", "2", "3"] {
                    said(&data(folder, &["set", "counter", key, value]));
                }
            });
        }
    });
    assert_eq!(said(&data(&folder, &["list"])), "counter (5 keys)\n");
    drop(case);
}
