//! What people see, and readers that go away.

use std::{fs, io::Read, process::Stdio};

use crate::support::{Case, command, executions, on_execution, reactant, text};

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
    // No recipe can be named by controls; what turns the direction of writing is left.
    let recipe = "\u{202e}recipe";
    let set = reactant(&["data", "--data", data, "set", recipe, hostile, hostile]);
    assert_eq!(set.status.code(), Some(0));
    for args in [
        &["data", "--data", data, "list"][..],
        &["data", "--data", data, "list", recipe],
        &["data", "--data", data, "get", recipe, hostile],
        &["data", "--data", data, "get", recipe, "none\x1b[2J"],
        &["data", "--data", data, "get", hostile, hostile],
        &["data", "--data", data, "set", hostile, hostile, hostile],
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
