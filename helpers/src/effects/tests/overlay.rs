use super::*;

fn dry() -> Caller {
    Caller { dry_run: true, ..Caller::live() }
}

/// Everything below a directory, with its content and time of change.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stat = fs::symlink_metadata(&path).unwrap();
        found.push((path.clone(), fs::read(&path).ok(), stat.modified().unwrap()));
        if stat.is_dir() {
            found.extend(snapshot(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn nothing_on_disk_changes() {
    let ground = Ground::new();
    fs::write(ground.own("old"), "disk").unwrap();
    fs::create_dir(ground.own("d")).unwrap();
    fs::write(ground.own("d/f"), "x").unwrap();
    let before = snapshot(ground.own.path());
    let caller = dry();
    for (helper, name) in [("WriteFile", "old"), ("AppendFile", "d/f"), ("WriteFile", "new")] {
        assert_eq!(caller.give(helper, &[&ground.own(name), &"changed"]), done());
    }
    assert_eq!(caller.give("RemoveDir", &[&ground.own("d")]), done());
    assert_eq!(snapshot(ground.own.path()), before);
}

#[test]
fn reads_see_the_overlay_and_then_the_disk() {
    let ground = Ground::new();
    let (old, new) = (ground.own("old"), ground.own("new"));
    fs::write(&old, "disk").unwrap();
    let caller = dry();
    assert_eq!(caller.value("ReadFile", &[&old]), "disk".into());
    assert_eq!(caller.value("ReadFile", &[&new]), "".into());
    caller.call("WriteFile", &[&old, &"over"]);
    caller.call("WriteFile", &[&new, &"12345"]);
    assert_eq!(caller.value("ReadFile", &[&old]), "over".into());
    assert_eq!(
        caller.value("Stat", &[&new]).to_string(),
        r#"{"size":5,"mode":"-rw-------","modTime":"2026-11-24T10:15:00Z","isDir":false}"#
    );
    let below = ground.own("new/x");
    assert_eq!(caller.give("WriteFile", &[&below, &"x"]), about(&below, "not a directory"));
    let live = Caller { dry_run: false, registry: caller.registry.clone(), ..dry() };
    assert_eq!(live.value("ReadFile", &[&old]), "disk".into());
}

#[test]
fn appending_begins_with_what_the_disk_has() {
    let ground = Ground::new();
    let path = ground.own("log");
    fs::write(&path, "disk\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let caller = dry();
    caller.call("AppendFile", &[&path, &"one\n"]);
    caller.call("AppendFile", &[&path, &"two\n"]);
    assert_eq!(caller.value("ReadFile", &[&path]), "disk\none\ntwo\n".into());
    assert_eq!(field(&caller.value("Stat", &[&path]), "mode"), "-rw-r-----".into());
    let fresh = ground.own("fresh");
    caller.call("AppendFile", &[&fresh, &"a"]);
    caller.call("AppendFile", &[&fresh, &"b"]);
    assert_eq!(caller.value("ReadFile", &[&fresh]), "ab".into());
}

#[test]
fn a_temporary_directory_exists_in_the_run_only() {
    let caller = dry();
    let path = PathBuf::from(caller.value("CreateTempDir", &[]).as_text().unwrap());
    assert!(path.starts_with("/tmp") && !path.exists());
    let again = PathBuf::from(caller.value("CreateTempDir", &[]).as_text().unwrap());
    assert_ne!(path, again);
    let stat = caller.value("Stat", &[&path]);
    assert_eq!((field(&stat, "mode"), field(&stat, "isDir")), ("drwx------".into(), true.into()));
    let (file, missing) = (path.join("f"), path.join("x/f"));
    assert_eq!(caller.give("WriteFile", &[&file, &"evidence"]), done());
    assert_eq!(caller.value("ReadFile", &[&file]), "evidence".into());
    assert_eq!(caller.give("ReadFile", &[&path]), about_text(&path, "is a directory"));
    let gone = "no such file or directory";
    assert_eq!(caller.give("WriteFile", &[&missing, &"x"]), about(&missing, gone));
    assert_eq!(caller.give("RemoveDir", &[&path]), done());
    assert_eq!(caller.give("RemoveDir", &[&path]), about(&path, gone));
    assert_eq!(caller.give("ReadFile", &[&file]), about_text(&file, gone));
    assert_eq!(caller.give("AppendFile", &[&file, &"x"]), about(&file, gone));
}

#[test]
fn two_runs_give_the_same_names() {
    let name = || dry().value("CreateTempDir", &[&"same-*"]);
    assert_eq!(name(), name());
    let other = Caller { seed: 1, ..dry() };
    assert_ne!(name(), other.value("CreateTempDir", &[&"same-*"]));
}

#[test]
fn a_removed_directory_hides_what_the_disk_has() {
    let ground = Ground::new();
    fs::create_dir_all(ground.own("d/e")).unwrap();
    fs::write(ground.own("d/f"), "x").unwrap();
    let caller = dry();
    caller.call("WriteFile", &[&ground.own("d/e/new"), &"x"]);
    assert_eq!(caller.give("RemoveDir", &[&ground.own("d")]), done());
    for name in ["d", "d/f", "d/e/new"] {
        let path = ground.own(name);
        let (value, errno) = caller.give("Stat", &[&path]);
        assert_eq!((value, errno), (Value::Null, about(&path, "no such file or directory").1));
    }
    assert_eq!(caller.give("WriteFile", &[&ground.own("d"), &"now a file"]), done());
    assert_eq!(caller.value("ReadFile", &[&ground.own("d")]), "now a file".into());
}

/// Resident bytes of this process (proc(5)).
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// In a process of its own: what is resident is the whole process's, and other tests run beside this one.
#[test]
fn what_is_appended_takes_no_more_memory_than_is_counted() {
    const ALONE: &str = "REACTANT_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name =
            concat!(module_path!(), "::what_is_appended_takes_no_more_memory_than_is_counted");
        let (_, name) = name.split_once("::").unwrap();
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let output = alone.args(["--exact", name]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let ground = Ground::new();
    let (caller, path) = (dry(), ground.own("f"));
    let before = resident();
    let chunk = "x".repeat(1 << 20);
    let appended = (0..300)
        .take_while(|_| caller.value("AppendFile", &[&path, &chunk]) == Value::Int(0))
        .count();
    assert_eq!(appended, 255, "with what each entry takes beside its content");
    let held = resident().saturating_sub(before);
    assert!(held < 300 << 20, "{held}");
}

#[test]
fn two_threads_that_append_lose_nothing() {
    let ground = Ground::new();
    let path = ground.own("log");
    fs::write(&path, "disk\n").unwrap();
    let caller = dry();
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let (caller, path) = (&caller, &path);
            scope.spawn(move || {
                for n in 0..100 {
                    let line = format!("{name}{n}\n");
                    assert_eq!(caller.give("AppendFile", &[path, &line]), done());
                }
            });
        }
    });
    let text = caller.value("ReadFile", &[&path]);
    let mut lines: Vec<&str> = text.as_text().unwrap().lines().collect();
    assert_eq!((lines.len(), lines.remove(0)), (301, "disk"));
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 300);
}

#[test]
fn the_overlay_is_bounded() {
    let ground = Ground::new();
    let (caller, path) = (dry(), ground.own("f"));
    let chunk = "x".repeat(63 << 20);
    for _ in 0..4 {
        assert_eq!(caller.give("AppendFile", &[&path, &chunk]), done());
    }
    let why = "no space left: a dry run keeps at most 256 MiB of files";
    assert_eq!(caller.give("AppendFile", &[&path, &chunk]), about(&path, why));
    assert_eq!(caller.value("WriteFile", &[&ground.own("g"), &chunk]), Value::Int(-1));
    assert_eq!(caller.give("WriteFile", &[&path, &"small"]), done());
    assert_eq!(caller.give("WriteFile", &[&ground.own("g"), &chunk]), done());
}
