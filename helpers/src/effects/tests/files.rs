use std::{
    io::{Read, Write},
    os::unix::fs::MetadataExt,
    process::{Command, Stdio},
    thread,
};

use super::*;
use crate::effects::{
    files::write_as,
    walk::{Over, Walk},
};

const LINK: &str = "is a symbolic link, which is not followed here";
const UNTRUSTED: &str = "a symbolic link in a directory that others can write is not followed";
const KERNEL: &str = "nothing is written through `/proc`, `/sys` or `/dev`";

#[test]
fn a_file_is_created_and_replaced_for_its_owner_only() {
    let (ground, caller) = (Ground::new(), Caller::live());
    let path = ground.own("f");
    assert_eq!(caller.give("WriteFile", &[&path, &"one"]), done());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(caller.give("WriteFile", &[&path, &"two"]), done());
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(caller.value("ReadFile", &[&path]), "two".into());
    assert_eq!(fs::read_dir(ground.own.path()).unwrap().count(), 2);
}

/// A process that is killed in the middle of it leaves nothing.
#[test]
fn what_is_being_written_has_no_name() {
    let ground = Ground::new();
    let (folder, at) = (ground.own.path(), ground.own("f"));
    fs::write(&at, "old").unwrap();
    let names = || fs::read_dir(folder).unwrap().count();
    let before = names();
    let walk = Walk { follow_last: false, write: true, over: &|_| Over::Disk };
    let place = walk.to(at.to_str().unwrap()).unwrap();
    let seen = |_: &_| {
        assert_eq!(names(), before);
        Ok(())
    };
    write_as(&place, b"new", seen).unwrap();
    assert_eq!((fs::read_to_string(&at).unwrap(), names()), ("new".into(), before));
    // What fails after it leaves nothing either.
    write_as(&place, b"newer", |_| Err(reactant_core::helper::Failure::new("full"))).unwrap_err();
    assert_eq!((fs::read_to_string(&at).unwrap(), names()), ("new".into(), before));
}

#[test]
fn the_runtimes_own_process_is_not_looked_into() {
    let ground = Ground::new();
    symlink("/proc/thread-self/environ", ground.own("environ")).unwrap();
    let own = std::process::id();
    let thread = fs::read_link("/proc/thread-self").unwrap();
    let thread = thread.file_name().unwrap().to_str().unwrap().to_owned();
    let mut paths = vec![ground.own("environ").to_str().unwrap().to_owned()];
    for process in ["self", "thread-self", &own.to_string(), &thread] {
        for file in ["environ", "maps", "fd/0", "task", "cwd/x", "task/1/comm", "net/tcp", "none"] {
            paths.push(format!("/proc/{process}/{file}"));
        }
    }
    for caller in both() {
        for path in &paths {
            for helper in ["ReadFile", "Stat"] {
                let errno = caller.errno(helper, &[path]);
                assert!(
                    errno.ends_with(": the runtime's own process is not looked into"),
                    "{errno}"
                );
            }
        }
        let others = ["/proc/1/comm", "/proc/version", "/proc/sys/kernel/pid_max"];
        for path in others {
            assert_ne!(caller.value("ReadFile", &[&path]), "".into(), "{path}");
        }
        assert!(caller.value("Stat", &[&"/proc/self"]) != Value::Null);
        // A directory with that name elsewhere is any directory.
        fs::create_dir_all(ground.own(&own.to_string())).unwrap();
        fs::write(ground.own(&own.to_string()).join("f"), "x").unwrap();
        let plain = ground.own(&own.to_string()).join("f");
        assert_eq!(caller.value("ReadFile", &[&plain]), "x".into());
    }
}

#[test]
fn a_path_is_absolute_and_names_no_parent() {
    for caller in both() {
        for (path, why) in [
            ("etc/passwd", "the path is not absolute"),
            ("", "the path is not absolute"),
            ("/tmp/../etc/passwd", "the path has a `..` in it"),
            ("/tmp/..", "the path has a `..` in it"),
            ("/tmp/a\0b", "the path holds a NUL"),
        ] {
            for (helper, args) in [("WriteFile", true), ("AppendFile", true), ("ReadFile", false)] {
                let errno = match args {
                    true => caller.errno(helper, &[&path, &"x"]),
                    false => caller.errno(helper, &[&path]),
                };
                assert!(errno.ends_with(why), "{helper} {path:?}: {errno}");
            }
        }
        let long = format!("/{}", "a/".repeat(2100));
        assert!(caller.errno("ReadFile", &[&long]).ends_with("too long"));
        let deep = format!("/tmp/{}", "a/".repeat(2000));
        assert!(caller.errno("ReadFile", &[&deep]).ends_with("no such file or directory"));
    }
}

#[test]
fn a_missing_parent_is_not_made() {
    let ground = Ground::new();
    let path = ground.own("missing/f");
    for caller in both() {
        let gone = about(&path, "no such file or directory");
        assert_eq!(caller.give("WriteFile", &[&path, &"x"]), gone);
        assert_eq!(caller.give("AppendFile", &[&path, &"x"]), gone);
    }
    assert!(!ground.own("missing").exists());
}

#[test]
fn what_is_no_regular_file_is_not_written() {
    let ground = Ground::new();
    for caller in both() {
        for helper in ["WriteFile", "AppendFile"] {
            let directory = ground.own("open");
            assert_eq!(
                caller.give(helper, &[&directory, &"x"]),
                about(&directory, "is a directory")
            );
            let slash = format!("{}/", ground.own("new").display());
            let (value, errno) = caller.give(helper, &[&slash, &"x"]);
            assert_eq!((value, errno.ends_with("is a directory")), (Value::Int(-1), true));
        }
    }
}

#[test]
fn the_last_component_of_a_write_is_never_followed() {
    let ground = Ground::new();
    fs::write(ground.own("victim"), "precious").unwrap();
    for place in [ground.own("link"), ground.open("link")] {
        symlink(ground.own("victim"), &place).unwrap();
        for caller in both() {
            assert_eq!(caller.give("WriteFile", &[&place, &"x"]), about(&place, LINK));
            assert_eq!(caller.give("AppendFile", &[&place, &"x"]), about(&place, LINK));
        }
    }
    let dangling = ground.own("dangling");
    symlink(ground.own("new"), &dangling).unwrap();
    for caller in both() {
        assert_eq!(caller.give("AppendFile", &[&dangling, &"x"]), about(&dangling, LINK));
    }
    assert_eq!(fs::read_to_string(ground.own("victim")).unwrap(), "precious");
    assert!(!ground.own("new").exists());
}

#[test]
fn a_link_is_followed_only_where_nobody_else_could_have_put_it() {
    let ground = Ground::new();
    fs::write(ground.own("f"), "content").unwrap();
    fs::create_dir(ground.own("a")).unwrap();
    symlink("../f", ground.own("a/up")).unwrap();
    symlink(ground.own("a"), ground.own("to-a")).unwrap();
    symlink(ground.own("f"), ground.open("planted")).unwrap();
    symlink(ground.own("a"), ground.open("way")).unwrap();
    for caller in both() {
        assert_eq!(caller.value("ReadFile", &[&ground.own("to-a/up")]), "content".into());
        let planted = ground.open("planted");
        assert_eq!(caller.give("ReadFile", &[&planted]), about_text(&planted, UNTRUSTED));
        let way = ground.open("way/new");
        assert_eq!(caller.give("WriteFile", &[&way, &"x"]), about(&way, UNTRUSTED));
        assert_eq!(caller.give("WriteFile", &[&ground.own("to-a/new"), &"x"]), done());
    }
    assert!(ground.own("a/new").exists());
}

#[test]
fn a_group_that_can_write_is_somebody_else() {
    let ground = Ground::new();
    fs::create_dir(ground.own("g")).unwrap();
    fs::set_permissions(ground.own("g"), fs::Permissions::from_mode(0o770)).unwrap();
    fs::write(ground.own("f"), "content").unwrap();
    let link = ground.own("g/link");
    symlink(ground.own("f"), &link).unwrap();
    assert_eq!(Caller::live().give("ReadFile", &[&link]), about_text(&link, UNTRUSTED));
}

#[test]
fn links_in_a_circle_end() {
    let ground = Ground::new();
    symlink(ground.own("b"), ground.own("a")).unwrap();
    symlink("a", ground.own("b")).unwrap();
    symlink("deep/../deep/../deep", ground.own("deep")).unwrap();
    for caller in both() {
        for name in ["a", "deep", "a/x"] {
            let errno = caller.errno("ReadFile", &[&ground.own(name)]);
            assert!(errno.ends_with("too many symbolic links"), "{errno}");
        }
    }
}

#[test]
fn a_link_to_the_root_leads_there() {
    let ground = Ground::new();
    symlink("/", ground.own("root")).unwrap();
    symlink("../../../../../..", ground.own("up")).unwrap();
    for caller in both() {
        for path in [ground.own("root"), ground.own("up"), PathBuf::from("/")] {
            assert_eq!(field(&caller.value("Stat", &[&path]), "isDir"), true.into());
            assert!(caller.errno("WriteFile", &[&path, &"x"]).contains(": is a"));
        }
    }
}

#[test]
fn a_file_with_several_links_is_not_written_where_others_could_have_linked_it() {
    let ground = Ground::new();
    fs::write(ground.own("victim"), "precious").unwrap();
    fs::hard_link(ground.own("victim"), ground.open("linked")).unwrap();
    let linked = ground.open("linked");
    let why = "has several links in a directory that others can write";
    for caller in both() {
        assert_eq!(caller.give("WriteFile", &[&linked, &"x"]), about(&linked, why));
        assert_eq!(caller.give("AppendFile", &[&linked, &"x"]), about(&linked, why));
    }
    assert_eq!(fs::read_to_string(ground.own("victim")).unwrap(), "precious");
    assert_eq!(Caller::live().give("AppendFile", &[&ground.own("victim"), &"!"]), done());
}

#[test]
fn nothing_waits_for_a_fifo_or_touches_a_device() {
    let ground = Ground::new();
    let fifo = ground.own("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for caller in both() {
        for path in [&fifo, Path::new("/dev/zero"), Path::new("/dev/tty")] {
            let path = path.to_path_buf();
            assert_eq!(
                caller.give("ReadFile", &[&path]),
                about_text(&path, "is not a regular file")
            );
        }
        assert_eq!(caller.give("WriteFile", &[&fifo, &"x"]), about(&fifo, "is not a regular file"));
        assert_eq!(
            caller.give("AppendFile", &[&fifo, &"x"]),
            about(&fifo, "is not a regular file")
        );
        let stat = caller.value("Stat", &[&fifo]);
        assert!(field(&stat, "mode").as_text().unwrap().starts_with('p'));
    }
}

#[test]
fn a_file_is_read_up_to_the_limit() {
    let ground = Ground::new();
    let path = ground.own("f");
    for caller in both() {
        fs::write(&path, "x".repeat(1 << 20)).unwrap();
        assert_eq!(caller.value("ReadFile", &[&path]).as_text().unwrap().len(), 1 << 20);
        fs::write(&path, "x".repeat((1 << 20) + 1)).unwrap();
        let why = "the file has more than 1048576 bytes";
        assert_eq!(caller.give("ReadFile", &[&path]), about_text(&path, why));
        fs::write(&path, b"a\xff\xfeb").unwrap();
        assert_eq!(caller.value("ReadFile", &[&path]), "a\u{fffd}\u{fffd}b".into());
        assert!(
            caller.value("ReadFile", &[&"/proc/version"]).as_text().unwrap().contains("ersion")
        );
        let directory = ground.own("open");
        assert_eq!(
            caller.give("ReadFile", &[&directory]),
            about_text(&directory, "is a directory")
        );
        let below = ground.own("f/x");
        assert_eq!(caller.give("ReadFile", &[&below]), about_text(&below, "not a directory"));
    }
}

#[test]
fn nothing_is_written_through_the_kernels_file_systems() {
    let ground = Ground::new();
    symlink("/proc/self", ground.own("self")).unwrap();
    symlink("/dev", ground.own("dev")).unwrap();
    for caller in both() {
        for path in ["/proc/self/comm", "/sys/x", "/dev/null", "/dev/shm/x", "/proc/self/cwd/x"] {
            assert!(caller.errno("WriteFile", &[&path, &"x"]).ends_with(KERNEL), "{path}");
            assert!(caller.errno("AppendFile", &[&path, &"x"]).ends_with(KERNEL), "{path}");
        }
        for name in ["self/comm", "self/cwd/x", "dev/null"] {
            assert!(
                caller.errno("AppendFile", &[&ground.own(name), &"x"]).ends_with(KERNEL),
                "{name}"
            );
        }
    }
}

#[test]
fn grants_and_the_protect_list_are_checked_on_the_resolved_path() {
    let ground = Ground::new();
    for name in ["in", "out", "kept"] {
        fs::create_dir(ground.own(name)).unwrap();
    }
    fs::write(ground.own("out/secret"), "secret").unwrap();
    symlink(ground.own("out"), ground.own("in/way")).unwrap();
    symlink(ground.own("in"), ground.own("to-in")).unwrap();
    let mut protect = Protect::default();
    protect.add(format!("{}/kept/**", ground.own.path().display()).parse().unwrap());
    for dry_run in [false, true] {
        let standard = crate::Standard::new(crate::store::Store::memory()).protect(protect.clone());
        let mut caller = Caller { dry_run, ..Caller::new(&standard, crate::testing::EVENT) };
        let kept = ground.own("kept/f");
        assert!(caller.errno("WriteFile", &[&kept, &"x"]).contains("protected by the pattern"));
        let glob = format!("{}/in/**", ground.own.path().display());
        caller.grant(&[&format!("fs.write:{glob}"), &format!("fs.read:{glob}")]);
        assert_eq!(caller.give("WriteFile", &[&ground.own("to-in/f"), &"x"]), done());
        assert_eq!(caller.value("ReadFile", &[&ground.own("to-in/f")]), "x".into());
        let denied = |helper: &str, capability: &str, path: PathBuf| {
            format!(
                "permission denied: {helper} needs capability {capability} for {}",
                path.display()
            )
        };
        let errno = caller.errno("WriteFile", &[&ground.own("in/way/f"), &"x"]);
        assert_eq!(errno, denied("WriteFile", "fs.write", ground.own("out/f")));
        // The same whether it exists or not: what is not granted tells nothing.
        for name in ["secret", "absent", "secret/x"] {
            for helper in ["ReadFile", "Stat"] {
                let gave = caller.call(helper, &[&ground.own("out").join(name)]);
                let errno = denied(helper, "fs.read", ground.own("out").join(name));
                assert_eq!((gave.actions.len(), &gave.actions[0].errno), (1, &errno));
                assert_eq!(gave.errno, errno);
            }
        }
    }
}

#[test]
fn a_stat_tells_size_mode_time_and_kind() {
    let ground = Ground::new();
    let path = ground.own("f");
    fs::write(&path, "12345").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_millis(1500)).unwrap();
    for caller in both() {
        let stat = caller.value("Stat", &[&path]);
        assert_eq!(
            stat.to_string(),
            r#"{"size":5,"mode":"-rw-r-----","modTime":"1970-01-01T00:00:01.5Z","isDir":false}"#
        );
        let open = caller.value("Stat", &[&ground.own("open/")]);
        assert_eq!(
            (field(&open, "mode"), field(&open, "isDir")),
            ("drwxrwxrwx".into(), true.into())
        );
        let missing = ground.own("missing");
        let (value, errno) = caller.give("Stat", &[&missing]);
        assert_eq!((value, errno), (Value::Null, about(&missing, "no such file or directory").1));
        let slash = format!("{}/", path.display());
        assert!(caller.errno("Stat", &[&slash]).ends_with("not a directory"));
    }
}

#[test]
fn lines_of_several_writers_stay_whole() {
    let ground = Ground::new();
    let path = ground.own("log");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = path.clone();
            scope.spawn(move || {
                let caller = Caller::live();
                let line = format!("{}\n", writer.to_string().repeat(3000));
                (0..50)
                    .for_each(|_| assert_eq!(caller.give("AppendFile", &[&path, &line]), done()));
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 200);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    for line in text.lines() {
        assert!(line.len() == 3000 && line.bytes().all(|byte| byte == line.as_bytes()[0]));
    }
}

#[test]
fn an_unreadable_file_is_refused_by_the_system() {
    let ground = Ground::new();
    let path = ground.own("f");
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    fs::create_dir(ground.own("shut")).unwrap();
    fs::set_permissions(ground.own("shut"), fs::Permissions::from_mode(0o500)).unwrap();
    if is_root() {
        // libtest shows it with --nocapture; root reads and writes whatever it likes.
        writeln!(std::io::stderr(), "skipped: needs an ordinary user").unwrap();
        return;
    }
    for caller in both() {
        let why = "permission denied by the system";
        assert_eq!(caller.give("ReadFile", &[&path]), about_text(&path, why));
        assert_eq!(caller.give("AppendFile", &[&path, &"x"]), about(&path, why));
        let shut = ground.own("shut/new");
        assert_eq!(caller.give("WriteFile", &[&shut, &"x"]), about(&shut, why));
    }
}

const CHILD: &str = "REACTANT_TEST_FILE";

#[test]
#[ignore = "the child that `a_crash_leaves_the_old_or_the_new_content` starts"]
fn child_that_replaces_a_file_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let caller = Caller::live();
    for letter in ["a", "b"].into_iter().cycle() {
        assert_eq!(caller.give("WriteFile", &[&path, &letter.repeat(1 << 16)]), done());
        writeln!(std::io::stdout().lock(), "replaced").unwrap();
    }
}

#[test]
fn a_crash_leaves_the_old_or_the_new_content() {
    let ground = Ground::new();
    let path = ground.own("f");
    for round in 1..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "effects::tests::files::child_that_replaces_a_file_until_it_is_killed",
            ])
            .args(["--ignored", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = vec![0; 60 + round * 9];
        child.stdout.take().unwrap().read_exact(&mut out).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let content = fs::read(&path).unwrap();
        assert_eq!(content.len(), 1 << 16);
        assert!(content.iter().all(|byte| *byte == content[0]));
    }
}

/// Whoever knows the run's seed could otherwise take every name, and stop all writes; and whoever dies in the middle of a write leaves one behind.
#[test]
fn the_name_of_the_file_that_is_written_beside_cannot_be_foretold() {
    use reactant_core::seed::mix;
    let ground = Ground::new();
    for sequence in 0..4 {
        for attempt in 0..crate::effects::files::TRIES {
            let name = crate::effects::files::random_name(mix(0, sequence), attempt);
            let _ = fs::write(ground.open(&format!(".reactant-{name}")), "");
        }
    }
    let path = ground.open("f");
    assert_eq!(Caller::live().give("WriteFile", &[&path, &"x"]), done());
}
