//! Acting for real: on files of the test's own, with the state in a folder of the test's own.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::support::{Case, command, executions, lines, of_type, on_execution, reactant, text};

/// A recipe that writes its event's executable into a file of the case, and the case.
fn writing(events: usize) -> Case {
    let case = Case::new("", &executions(events));
    let target = case.path("target");
    let code = format!(
        "function process(data) {{ if (WriteFile({target:?}, data.process.exe) !== 0) Error(Errno()); }}"
    );
    fs::write(case.path("recipes.yaml"), on_execution("writes", &[&code])).unwrap();
    case
}

fn audit(state: &Path, args: &[&str]) -> Output {
    let state = state.to_str().unwrap();
    reactant(&[&["audit", "--data", state, "--output", "json"], args].concat())
}

#[test]
fn nothing_is_done_for_real_that_nobody_confirmed() {
    let case = writing(1);
    let state = case.path("state");
    let refused = case.run(&["--enforce", "--data", state.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("without a terminal: say --yes"));
    assert_eq!(case.run(&["--yes"]).status.code(), Some(2), "--yes alone says nothing");
    assert!(!state.exists() && !case.path("target").exists());
}

#[test]
fn at_a_terminal_it_asks() {
    let case = writing(1);
    let state = case.path("state");
    let at_terminal = |answer: &str| {
        let reactant = env!("CARGO_BIN_EXE_reactant");
        let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
        let line = format!(
            "'{reactant}' run --enforce --data '{}' -r '{}' '{}'",
            state.display(),
            recipes.display(),
            events.display()
        );
        // script(1) gives its child a terminal, and what it is given itself to type there.
        let mut child = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    for answer in ["n\n", "\n", "maybe\n"] {
        let refused = at_terminal(answer);
        assert_eq!(refused.status.code(), Some(2), "{answer:?}");
        assert!(text(&refused.stdout).contains("Go on? [y/N]"), "{}", text(&refused.stdout));
        assert!(text(&refused.stdout).contains("not confirmed: nothing was done"));
        assert!(!state.exists() && !case.path("target").exists());
    }
    let done = at_terminal("y\n");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stdout));
    assert!(case.path("target").exists());
}

#[test]
fn what_is_done_for_real_can_be_read_afterwards() {
    let case = writing(3);
    let state = case.path("state");
    let run = case.run(&["--enforce", "--yes", "--data", state.to_str().unwrap()]);
    assert_eq!((run.status.code(), text(&run.stderr)), (Some(0), ""));
    assert_eq!(fs::read_to_string(case.path("target")).unwrap(), "/bin/p2");
    let told = lines(&run);
    let actions = of_type(&told, "action");
    assert!(actions.len() == 3 && actions.iter().all(|action| action["dry_run"] == false));

    let shown = lines(&audit(&state, &["show"]));
    let acts = of_type(&shown, "act");
    assert_eq!(of_type(&shown, "start").len(), 1);
    assert_eq!(acts.len(), 3);
    for (act, action) in acts.iter().zip(&actions) {
        for field in ["recipe", "reaction", "uuid", "helper"] {
            assert_eq!(act[field], action[field], "{field}");
        }
        assert_eq!((&act["result"], &act["args"]["path"]), (&"done".into(), &action["args"][0]));
    }
    let uuid = acts[1]["uuid"].as_str().unwrap();
    let time = acts[1]["time"].as_str().unwrap();
    for (args, count) in [
        (&["show", "--event", uuid][..], 1),
        (&["show", "--event", uuid, "--helper", "KillCurrent"], 0),
        (&["show", "--recipe", "writes"], 3),
        (&["show", "--recipe", "other"], 0),
        (&["show", "--since", time], 2),
        (&["show", "--until", time], 1),
    ] {
        let shown = lines(&audit(&state, args));
        assert_eq!(of_type(&shown, "act").len(), count, "{args:?}");
    }
    let human = reactant(&["audit", "show", "--data", state.to_str().unwrap()]);
    assert!(text(&human.stdout).contains("data=/bin/p1 "), "{}", text(&human.stdout));
    assert!(text(&human.stdout).contains("-> done  (writes/0, event "), "{}", text(&human.stdout));

    let verdict = audit(&state, &["verify"]);
    let head = lines(&audit(&state, &["head"]));
    assert_eq!(verdict.status.code(), Some(0));
    assert_eq!(lines(&verdict)[0]["head"], head[0]["hash"]);
    let hash = head[0]["hash"].as_str().unwrap();
    assert_eq!(audit(&state, &["verify", "--head", hash]).status.code(), Some(0));
    let other = "0".repeat(63) + "1";
    assert_eq!(audit(&state, &["verify", "--head", &other]).status.code(), Some(1));
    assert_eq!(audit(&state, &["verify", "--head", "nonsense"]).status.code(), Some(2));
}

#[test]
fn a_changed_journal_is_found_and_told_at_the_next_start() {
    let case = writing(2);
    let state = case.path("state");
    let enforce = ["--enforce", "--yes", "--data", state.to_str().unwrap()];
    case.run(&enforce);
    let journal = state.join("journal");
    let text_of = || fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text_of().replacen("/bin/p0", "/bin/p9", 1)).unwrap();
    let verdict = audit(&state, &["verify"]);
    assert_eq!(verdict.status.code(), Some(1));
    assert_eq!(of_type(&lines(&verdict), "problem")[0]["line"], 3);
    // The outcome of the last act is cut off, and a torn line put in its place.
    let cut = text_of();
    let cut = &cut[..cut.trim_end().rfind('\n').unwrap() + 1];
    fs::write(&journal, format!("{cut}{{\"n\":5,")).unwrap();
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    let mut command = command(&["run", "--output", "human", "-r", recipes.to_str().unwrap()]);
    let next = command.args(enforce).arg(events).output().unwrap();
    let told = text(&next.stderr);
    assert_eq!(next.status.code(), Some(0));
    for what in [
        "in the middle of what lines 4 of the journal",
        "its 7 bytes were cut",
        "lacks 1 of its last lines",
        "was changed at line 3",
    ] {
        assert!(told.contains(what), "{told}");
    }
    let shown = lines(&audit(&state, &["show"]));
    assert_eq!(of_type(&shown, "crash").len(), 1);
    let left = of_type(&shown, "act").into_iter().find(|act| act["line"] == 4).unwrap();
    assert!(left["result"].is_null());
}

#[test]
fn one_at_a_time_acts_on_a_folder() {
    let case = writing(1);
    let state = case.path("state");
    let enforce = ["--enforce", "--yes", "--data", state.to_str().unwrap()];
    let recipes = case.path("recipes.yaml");
    let mut first = command(&["run", "-q", "--output", "json", "-r", recipes.to_str().unwrap()])
        .args(enforce)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !state.join("head").exists() {
        assert!(first.try_wait().unwrap().is_none());
    }
    let second = case.run(&enforce);
    assert_eq!(second.status.code(), Some(2));
    let in_use = format!("is in use by process {}", first.id());
    assert!(text(&second.stderr).contains(&in_use), "{}", text(&second.stderr));
    // Reading is for everybody.
    assert_eq!(audit(&state, &["verify"]).status.code(), Some(0));
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
    assert_eq!(case.run(&enforce).status.code(), Some(0));
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let case = writing(1);
    let open = case.path("open");
    fs::create_dir(&open).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(&open, mode).unwrap();
    for (folder, why) in [
        (Path::new("/proc/nowhere"), "cannot be written"),
        (&*open, "others can write to"),
        (&*case.path("recipes.yaml"), "cannot be written"),
    ] {
        let refused = case.run(&["--enforce", "--yes", "--data", folder.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2));
        let told = text(&refused.stderr);
        assert!(told.contains("--data") && told.contains(why), "{told}");
    }
    assert!(!case.path("target").exists());
    let none = audit(&case.path("none"), &["verify"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("there is no journal in"));
}

#[test]
fn no_reaction_writes_its_own_record() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let real = folder.path().canonicalize().unwrap();
    fs::create_dir(real.join("real")).unwrap();
    std::os::unix::fs::symlink(real.join("real"), real.join("state")).unwrap();
    let (state, inside) = (real.join("state"), real.join("real"));
    let code = format!(
        "function process() {{
          for (const name of ['journal', 'head', 'budgets', 'lock', 'new']) {{
            for (const folder of [{state:?}, {inside:?}]) Info(WriteFile(folder + '/' + name, '') + AppendFile(folder + '/' + name, 'x') + ' ' + Errno());
          }}
          Info(RemoveDir({inside:?}) + RemoveDir({real:?}) + ' ' + Errno());
        }}"
    );
    let case = Case::new(&on_execution("r", &[&code]), &executions(1));
    let run = case.run(&["--enforce", "--yes", "--data", state.to_str().unwrap()]);
    let told = lines(&run);
    let logs = of_type(&told, "log");
    assert_eq!(logs.len(), 11);
    for log in logs {
        let message = log["message"].as_str().unwrap();
        assert!(
            message.starts_with("-2 ") && message.contains("protected by the pattern"),
            "{message}"
        );
    }
    assert_eq!(audit(&state, &["verify"]).status.code(), Some(0));
}

#[test]
fn one_script_acts_for_real_too() {
    let case = writing(1);
    let (state, script) = (case.path("state"), case.path("s.lua"));
    let target = case.path("made");
    fs::write(&script, format!("function process() WriteFile({target:?}, 'x') end")).unwrap();
    let run = |args: &[&str]| {
        let exec = ["exec", script.to_str().unwrap(), "--data", state.to_str().unwrap()];
        reactant(&[&exec, args].concat())
    };
    assert_eq!(run(&[]).status.code(), Some(0));
    assert!(!target.exists());
    assert_eq!(run(&["--enforce"]).status.code(), Some(2));
    assert_eq!(run(&["--enforce", "--yes"]).status.code(), Some(0));
    assert!(target.exists());
    assert_eq!(of_type(&lines(&audit(&state, &["show"])), "act")[0]["recipe"], "s");
}

#[test]
fn what_was_written_can_be_undone() {
    let case = Case::new("", &executions(3));
    let (old, new, changed, big) =
        (case.path("old"), case.path("new"), case.path("changed"), case.path("big"));
    let code = format!(
        "function process(data) {{
          for (const path of [{old:?}, {new:?}, {changed:?}, {big:?}]) WriteFile(path, data.process.exe);
          AppendFile({changed:?}, 'x');
        }}"
    );
    fs::write(case.path("recipes.yaml"), on_execution("writes", &[&code])).unwrap();
    fs::write(case.path("config.yaml"), "journal: {keep_replaced: 1KiB}").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let config = config.to_str().unwrap();
    fs::write(&old, "precious").unwrap();
    fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    fs::write(&big, "x".repeat(1025)).unwrap();
    let enforce = ["--enforce", "--yes", "--data", state.to_str().unwrap(), "--config", config];
    assert_eq!(case.run(&enforce).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&old).unwrap(), "/bin/p2");
    let events = lines(&audit(&state, &["show", "--helper", "WriteFile"]));
    let last = events.last().unwrap()["uuid"].as_str().unwrap();

    assert_eq!(audit(&state, &["undo"]).status.code(), Some(2), "all is never meant");
    // One event first: the second one's content comes back.
    let one = audit(&state, &["undo", "--event", last]);
    let told: Vec<(String, bool)> = lines(&one)
        .iter()
        .map(|undo| (undo["what"].as_str().unwrap_or("none").into(), undo["undone"] == true))
        .collect();
    let shown = |path: &Path, undone| (path.to_str().unwrap().to_owned(), undone);
    let expected = [
        ("none".to_owned(), false), // the append
        shown(&big, true),
        shown(&changed, false), // what was appended is no longer what was written
        shown(&new, true),
        shown(&old, true),
    ];
    assert_eq!((told, one.status.code()), (expected.to_vec(), Some(1)));
    for path in [&old, &new, &big] {
        assert_eq!(fs::read_to_string(path).unwrap(), "/bin/p1");
    }
    let rest = lines(&audit(&state, &["undo", "--helper", "WriteFile", "--recipe", "writes"]));
    let why = |path: &Path| {
        let of = rest.iter().filter(|undo| undo["what"] == path.to_str().unwrap());
        of.map(|undo| undo["why"].as_str().unwrap_or("undone").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fs::read_to_string(&old).unwrap(), "precious");
    let about = fs::metadata(&old).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o7777, 0o640);
    assert!(!new.exists(), "it was not there before");
    assert_eq!(fs::read_to_string(&big).unwrap(), "/bin/p0", "it was too large to be kept");
    assert!(why(&big).last().unwrap().contains("was not kept"), "{:?}", why(&big));
    assert!(why(&changed).iter().all(|why| why.contains("something else by now")));
    let already = why(&old)[0].clone();
    assert!(already.starts_with("it was undone already (line "), "{already}");
    assert_eq!(why(&old)[1..], ["undone", "undone"]);
    // What is undone is not undone again.
    let again = lines(&audit(&state, &["undo", "--helper", "WriteFile"]));
    let old_again = again.iter().filter(|undo| undo["what"] == old.to_str().unwrap());
    assert!(
        old_again.clone().count() == 3 && old_again.clone().all(|undo| undo["undone"] == false)
    );
    assert!(!old.exists() || fs::read_to_string(&old).unwrap() == "precious");
    assert_eq!(audit(&state, &["verify"]).status.code(), Some(0));
    let undos = lines(&audit(&state, &["show", "--helper", "audit undo"]));
    assert_eq!(undos.iter().filter(|act| act["result"] == "done").count(), 3 + 5);
}

#[test]
fn what_is_protected_is_protected_under_its_other_names() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        return;
    }
    let case = Case::new("", &executions(1));
    let folder = case.folder.path().canonicalize().unwrap();
    for name in ["kept/deep", "mirror", "lower"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for name in ["kept/deep/f", "mirrored", "free"] {
        fs::write(folder.join(name), "old").unwrap();
    }
    fs::hard_link(folder.join("kept/deep/f"), folder.join("linked")).unwrap();
    let code = format!(
        "function process() {{
          const at = '{}/';
          for (const name of ['kept/deep/f', 'mirror/f', 'lower/journal', 'lower/new']) Info(WriteFile(at + name, 'new') + AppendFile(at + name, 'x') + ' ' + Errno());
          Info(AppendFile(at + 'mirrored', 'x') + ' ' + Errno());
          Info(AppendFile(at + 'linked', 'x') + ' ' + Errno());
          Info(WriteFile(at + 'free', 'new') + AppendFile(at + 'free', 'x') + '');
          Info(WriteFile(at + 'linked', 'new') + '');
        }}",
        folder.display()
    );
    fs::write(case.path("recipes.yaml"), on_execution("r", &[&code])).unwrap();
    let script = r#"mkdir -m 700 "$C/state" && mount --bind "$C/kept/deep" "$C/mirror" && mount --bind "$C/kept/deep/f" "$C/mirrored" && mount --bind "$C/state" "$C/lower" &&
        "$R" run -q --output json --no-timings --enforce --yes --protect "$C/kept/**" --data "$C/state" -r "$C/recipes.yaml" "$C/events.jsonl""#;
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .env("R", env!("CARGO_BIN_EXE_reactant"))
        .env("C", &folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = lines(&output);
    let said: Vec<&str> =
        of_type(&told, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert!(said[0].starts_with("-2 ") && said[0].contains("protected by the pattern"), "{said:?}");
    assert!(
        said[1].contains("mirror/f: is also ")
            && said[1].contains("kept/deep/f, which is protected"),
        "{said:?}"
    );
    for said in &said[2..4] {
        assert!(said.starts_with("-2 ") && said.contains("is also "), "{said}");
    }
    assert!(said[4].starts_with("-1 ") && said[4].contains("is also "), "{said:?}");
    assert!(said[5].contains("has several names, and one of them may be protected"), "{said:?}");
    assert_eq!(said[6..], ["0", "0"], "a write replaces the name only");
    assert_eq!(fs::read_to_string(folder.join("kept/deep/f")).unwrap(), "old");
}

#[test]
fn a_timer_for_real_begins_now_however_old_the_recording_is() {
    let event = r#"{"event_type":"execution","timestamp":"2020-01-01T00:00:00Z","process":{"pid":7,"exe":"/bin/p"}}"#;
    let case = Case::new(
        &on_execution("clock", &["function process() { Info(Now().slice(0, 4)); }"]),
        event,
    );
    let state = case.path("state");
    let year = |args: &[&str]| {
        let told = lines(&case.run(args));
        of_type(&told, "log")[0]["message"].as_str().unwrap().to_owned()
    };
    let enforce = ["--enforce", "--yes", "--data", state.to_str().unwrap()];
    assert_eq!(year(&[]), "2020");
    assert_ne!(year(&enforce), "2020");
    assert_eq!(year(&[&enforce[..], &["--clock", "event"]].concat()), "2020");
}

#[test]
fn refusals_are_on_record_bounded_and_counted() {
    let code = r#"function process() {
        NetBlockIp("127.0.0.1");
        KillProcess(1);
        PowerOff();
        for (let i = 0; i < 200; i++) NetBlockIp("127.0.0." + i);
        WriteFile("relative", "");
    }"#;
    let case = Case::new(&on_execution("r", &[code]), &executions(1));
    let state = case.path("state");
    let run = case.run(&["--enforce", "--yes", "--data", state.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let shown = lines(&audit(&state, &["show"]));
    let refused: Vec<String> = of_type(&shown, "act")
        .iter()
        .filter(|act| act["result"] == "refused")
        .map(|act| format!("{} {}", act["helper"].as_str().unwrap(), act["note"].as_str().unwrap()))
        .collect();
    assert_eq!(refused[0], "NetBlockIp 127.0.0.1 is never blocked: loopback");
    assert_eq!(refused[1], "KillProcess pid 1 is never killed");
    assert_eq!(refused[2], "PowerOff permission denied: PowerOff needs capability system.power");
    // What was announced and failed then is on record as that, once.
    let failed = of_type(&shown, "act").iter().filter(|act| act["result"] == "failed").count();
    let left_out: u64 =
        of_type(&shown, "left_out").iter().map(|line| line["refusals"].as_u64().unwrap()).sum();
    assert_eq!((refused.len(), left_out, failed), (100, 103, 1));
    let narrowed = lines(&audit(&state, &["show", "--helper", "PowerOff"]));
    assert_eq!((narrowed.len(), &narrowed[0]["result"]), (1, &"refused".into()));
    assert_eq!(audit(&state, &["verify"]).status.code(), Some(0));
}

#[test]
fn an_undone_write_gives_owner_mode_and_attributes_back() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        return;
    }
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let case = writing(1);
    let target = case.path("target");
    fs::write(&target, "precious").unwrap();
    std::os::unix::fs::chown(&target, Some(1234), Some(2345)).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o4755)).unwrap();
    // What may be had of this file system, and a capability as setcap(8) writes it.
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let attributes: [(&str, &[u8]); 2] =
        [("user.note", b"kept \xff"), ("security.capability", &capability)];
    let flags = rustix::fs::XattrFlags::empty();
    let settable: Vec<_> = attributes
        .into_iter()
        .filter(|(name, value)| rustix::fs::setxattr(&target, *name, value, flags).is_ok())
        .collect();
    assert!(!settable.is_empty(), "no attribute can be set where temporary files are");
    fs::write(case.path("config.yaml"), "journal: {keep_replaced: 1MiB}").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let enforce = [
        "--enforce",
        "--yes",
        "--data",
        state.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
    ];
    assert_eq!(case.run(&enforce).status.code(), Some(0));
    let written = fs::metadata(&target).unwrap();
    assert_eq!((written.uid(), written.mode() & 0o7777), (0, 0o600));
    let undone = audit(&state, &["undo", "--recipe", "writes"]);
    assert_eq!(undone.status.code(), Some(0), "{:?}", lines(&undone));
    let about = fs::metadata(&target).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert_eq!((about.uid(), about.gid(), about.mode() & 0o7777), (1234, 2345, 0o4755));
    for (name, value) in settable {
        let mut held = [0; 64];
        let length = rustix::fs::getxattr(&target, name, &mut held[..]).unwrap();
        assert_eq!(&held[..length], value, "{name}");
    }
}
