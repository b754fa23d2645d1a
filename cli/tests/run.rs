//! `reactant run` from outside: its JSON output, its exit codes, and what it leaves behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reactant"));
    command.args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn reactant(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

/// A folder with a recipe and a recording.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(recipes: &str, events: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("recipes.yaml"), recipes).unwrap();
        fs::write(folder.path().join("events.jsonl"), events).unwrap();
        Case { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let (recipes, events) = (self.path("recipes.yaml"), self.path("events.jsonl"));
        let mut all = vec!["run", "-q", "--output", "json", "--no-timings", "-r"];
        all.push(recipes.to_str().unwrap());
        all.extend(args);
        all.push(events.to_str().unwrap());
        reactant(&all)
    }
}

/// A recipe that fires on every execution, with these reactions.
fn on_execution(name: &str, reactions: &[&str]) -> String {
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

fn executions(count: usize) -> String {
    (0..count)
        .map(|pid| format!("{{\"event_type\":\"execution\",\"process\":{{\"pid\":{pid},\"exe\":\"/bin/p{pid}\"}}}}\n"))
        .collect()
}

#[test]
fn two_runs_give_the_same_bytes_for_any_number_of_jobs() {
    let (recipes, events) = (format!("{SAMPLES}/recipes"), format!("{SAMPLES}/events.jsonl"));
    for format in ["human", "json"] {
        let run = |jobs| {
            let output = reactant(&[
                "run",
                "--output",
                format,
                "--no-timings",
                "--events-out",
                "--jobs",
                jobs,
                "-r",
                &recipes,
                &events,
            ]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            output.stdout
        };
        let first = run("1");
        assert!(text(&first).lines().count() > 50);
        for jobs in ["1", "2", "5"] {
            assert_eq!(text(&run(jobs)), text(&first), "{format}, {jobs} jobs");
        }
    }
}

#[test]
fn missing_uuids_and_random_numbers_follow_the_seed() {
    let random = "function process() { Info(String(Math.random())); }";
    let case = Case::new(&on_execution("r", &[random]), &executions(3));
    let run = |seed| case.run(&["--seed", seed]).stdout;
    assert_eq!(text(&run("7")), text(&run("7")));
    assert_ne!(text(&run("7")), text(&run("8")));
    let logs = lines(&case.run(&[]));
    let messages: Vec<&str> =
        of_type(&logs, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 3);
    assert!(messages[0] != messages[1] && messages[1] != messages[2]);
}

#[test]
fn parallel_reactions_are_told_in_the_order_of_events_recipes_and_reactions() {
    let uneven = "function process(data) { let n = 0; \
                  for (let i = 0; i < (data.process.pid * 7919) % 7 * 500; i++) n += i; Info('done ' + data.process.pid); }";
    let recipes = on_execution("a", &[uneven, "function process() { Info('quick'); }", uneven])
        + &on_execution("b", &[uneven]);
    let case = Case::new(&recipes, &executions(60));
    let sequential = case.run(&[]);
    assert_eq!(of_type(&lines(&sequential), "outcome").len(), 240);
    let parallel = case.run(&["--parallel"]);
    assert_eq!(text(&parallel.stdout), text(&sequential.stdout));
}

#[test]
fn the_names_and_the_order_of_fields_are_those_of_the_interface() {
    let code = "function process() { Warn('w'); KillCurrent(); throw new TypeError('bad'); }";
    let case = Case::new(
        &on_execution("r", &[code]),
        "{\"uuid\":\"u1\",\"timestamp\":\"2026-11-24T10:15:00Z\",\"event_type\":\"execution\",\"process\":{\"pid\":4242,\"start\":\"2026-11-24T10:14:00Z\"}}\n",
    );
    let output = case.run(&[]);
    let file = case.path("recipes.yaml");
    let file = file.to_str().unwrap();
    let expected = [
        r#"{"type":"detection","uuid":"u1","recipe":"r","kind":"test","importance":"low","event_type":"execution"}"#
            .to_owned(),
        r#"{"type":"log","level":"warn","recipe":"r","reaction":0,"uuid":"u1","message":"w"}"#.to_owned(),
        r#"{"type":"action","recipe":"r","reaction":0,"uuid":"u1","helper":"KillCurrent","args":[],"result":0,"errno":"","dry_run":true}"#
            .to_owned(),
        format!(
            r#"{{"type":"outcome","recipe":"r","reaction":0,"uuid":"u1","format":"js","status":"error","error":{{"message":"TypeError: bad","file":"{file}","line":12,"column":"#
        ),
        r#"{"type":"summary","events":1,"invalid_events":0,"detections":1,"suppressed":0,"reactions":1,"errors":1,"dropped":0}"#
            .to_owned(),
    ];
    let got: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(got.len(), expected.len(), "{got:#?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!(got.starts_with(expected.as_str()), "{got}\n{expected}");
    }
    assert_eq!(output.status.code(), Some(0), "a reaction that throws is no problem of the run");
}

#[test]
fn timings_are_told_unless_they_are_left_out() {
    let case = Case::new(&on_execution("r", &["function process() {}"]), &executions(1));
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    let output = reactant(&[
        "run",
        "--output",
        "json",
        "-r",
        recipes.to_str().unwrap(),
        events.to_str().unwrap(),
    ]);
    let lines = lines(&output);
    assert!(of_type(&lines, "outcome")[0]["duration_us"].is_u64());
    assert!(of_type(&lines, "summary")[0]["elapsed_ms"].is_u64());
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let noisy = "function process() { for (let i = 0; i < 100; i++) Info('x'.repeat(200)); }";
    let case = Case::new(&on_execution("r", &[noisy]), &executions(3000));
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    for more in [&["--output", "human"][..], &["--output", "json"], &["--parallel"]] {
        let mut child = command(&["run", "-q", "-r"])
            .args([&recipes, &events])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut some = [0; 100];
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn nothing_that_an_event_or_a_script_says_can_steer_a_terminal() {
    let hostile = "\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e\\r\\n\\u200b";
    let events = format!(
        "{{\"uuid\":\"{hostile}\",\"event_type\":\"execution\",\"process\":{{\"pid\":1,\"exe\":\"/{hostile}\",\"cmd\":\"{hostile}\"}}}}\n\
         {{\"file\":{{\"file\":\"/{hostile}\",\"actions\":[\"open\",\"{hostile}\"]}},\"process\":{{\"comm\":\"{hostile}\"}}}}\n\
         {{\"flow\":{{\"remote\":{{\"address\":\"{hostile}\",\"name\":\"{hostile}\",\"port\":1}}}}}}\n\
         {{\"event_type\":\"{hostile}\"}}\n\
         \x1b[2J not json\n"
    );
    let speak = format!(
        "function process(data) {{\n  Info(\"{hostile}\"); ReadFile(\"{hostile}\"); WriteFile(\"/{hostile}\", \"{hostile}\"); NetBlockDomain(\"{hostile}\");\n  \
         /* \x1b[31m\u{202e} */ throw new Error(\"{hostile}\");\n}}"
    );
    let mut recipes = String::new();
    for (name, mechanism) in [("e", "execution"), ("f", "file_access"), ("n", "network_peers")] {
        recipes.push_str(
            &on_execution(name, &[])
                .replace("mechanism: execution", &format!("mechanism: {mechanism}"))
                .replace("  file_actions: [execve]\n", ""),
        );
        recipes.push_str(&format!(
            "    - {{format: js, file: 'say\u{7f}\u{202e}.js', name: {name}}}\n"
        ));
    }
    recipes.push_str("- kind: \"\\x1b[2J\"\n  name: [\"\\x1b\"]\n  \"\\x1b[31m\": \u{202e}\n");
    let case = Case::new(&recipes, &events);
    fs::write(case.path("say\u{7f}\u{202e}.js"), speak).unwrap();
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    let (recipes, events) = (recipes.to_str().unwrap(), events.to_str().unwrap());
    for args in [
        vec!["run", "-v", "--color", "never", "-r", recipes, events],
        vec!["check", "-v", "--color", "never", recipes],
    ] {
        let output = reactant(&args);
        assert_eq!(output.status.code(), Some(1));
        for stream in [&output.stdout, &output.stderr] {
            let stray = text(stream).chars().find(|c| {
                c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{200b}' | '\u{feff}')
            });
            assert_eq!(stray, None, "{}", text(stream).escape_debug());
        }
    }
}

#[test]
fn hostile_names_and_keys_are_escaped_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let hostile = "\x1b[2Jkey\u{9b}31m\u{202e}";
    let set = reactant(&["data", "--data", data, "set", hostile, hostile, hostile]);
    assert_eq!(set.status.code(), Some(0));
    for args in [
        &["data", "--data", data, "list"][..],
        &["data", "--data", data, "list", hostile],
        &["data", "--data", data, "get", hostile, hostile],
        &["data", "--data", data, "get", hostile, "none\x1b[2J"],
        &["data", "--data", hostile, "list"],
        &["check", hostile],
        &["exec", hostile],
        &["exec", "x.js", "--event", hostile],
        &["run", "-r", hostile, hostile],
        &["run", hostile, "--only"],
        &["man", hostile],
        &[hostile],
        &["run", "--protect", hostile],
    ] {
        let output = reactant(args);
        for stream in [&output.stdout, &output.stderr] {
            let stray = text(stream)
                .chars()
                .find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202e}'));
            assert_eq!(stray, None, "{args:?}: {}", text(stream).escape_debug());
        }
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?} said nothing");
    }
}

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
        let mut child = command(&["run", "--output", "json", "-r", recipes.to_str().unwrap()])
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

/// The template of the founding document, in the test mode that it looks for in its data.
#[test]
fn the_seeds_own_self_test_passes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/seed/template.js");
    let event = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/file.json");
    let set = reactant(&["data", "--data", data, "set", "template", "test_mode", "true"]);
    assert_eq!(set.status.code(), Some(0), "{}", text(&set.stderr));
    let output = reactant(&["exec", "--output", "json", "--data", data, "--event", event, script]);
    assert_eq!(output.status.code(), Some(0));
    let lines = lines(&output);
    let logs: Vec<&str> =
        of_type(&lines, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert!(!logs.iter().any(|log| log.contains("FAIL")), "{logs:#?}");
    assert_eq!(logs.iter().filter(|log| log.ends_with("PASS")).count(), 5);
    assert!(lines[0]["event"]["file"]["file"] == "/etc/shadow", "exec tells the event");
    assert!(of_type(&lines, "summary").is_empty());
}

#[test]
fn two_runs_of_one_script_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("dice.js");
    let code = "function process() { Info(String(Math.random())); Info(CreateTempDir()); Info(new Date().toString()); Info(uuid); }";
    fs::write(&script, code).unwrap();
    let exec = |seed| {
        let script = script.to_str().unwrap();
        reactant(&["exec", "--output", "json", "--no-timings", "--seed", seed, script]).stdout
    };
    assert_eq!(text(&exec("1")), text(&exec("1")));
    assert_ne!(text(&exec("1")), text(&exec("2")));
}

#[test]
fn the_clock_is_the_events_unless_the_wall_clock_is_asked_for() {
    let event = r#"{"timestamp":"2001-02-03T04:05:06Z","event_type":"execution","process":{}}"#;
    let tell = "function process() { Info(Now()); Info(new Date().toISOString()); }";
    let case = Case::new(&on_execution("r", &[tell]), event);
    let years = |args: &[&str]| -> Vec<String> {
        let lines = lines(&case.run(args));
        of_type(&lines, "log")
            .iter()
            .map(|log| log["message"].as_str().unwrap()[..4].to_owned())
            .collect()
    };
    assert_eq!(years(&[]), ["2001", "2001"]);
    assert!(years(&["--clock", "wall"]).iter().all(|year| year.as_str() >= "2026"));
}

#[test]
fn a_long_argument_is_cut_and_said_to_be() {
    let code = "function process() { WriteFile('/nonexistent/file', 'x'.repeat(1000)); WriteFile('/nonexistent/file', 'x'); }";
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let lines = lines(&case.run(&[]));
    let actions = of_type(&lines, "action");
    assert_eq!(actions[0]["args"][1].as_str().unwrap().len(), 256);
    assert_eq!(actions[0]["truncated"], true);
    assert!(actions[1].get("truncated").is_none());
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
