//! What holds of a script's world, for real and in a dry run. These tests start a runtime, and leave nothing behind however they end.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "world/runs.rs"]
mod runs;

use std::{fs, time::Duration};

use reactant_core::runtime::Status;
use runs::{Run, residue};

/// Real runs of these scripts do nothing to the machine but what each test says.
#[test]
fn the_environment_is_made_from_nothing() {
    let run =
        Run::real("env | cut -d= -f1 | sort | grep -v -e '^_$' -e '^OLDPWD$' -e '^SHLVL$'").go();
    let names = "HOME LANG PATH PWD REACTION_DATA REACTION_DATA_FILE REACTION_KIND REACTION_NAME REACTION_UUID TMPDIR TZ";
    assert_eq!(run.said(), names.split(' ').map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn the_folder_is_empty_and_its_own() {
    let run = Run::real("ls -A | wc -l; stat -c '%a %u' .; id -u").go();
    let user = rustix::process::geteuid().as_raw().to_string();
    assert_eq!(run.said(), ["0", &format!("700 {user}"), &user]);
}

#[test]
fn the_event_is_in_four_places() {
    let script = r#"[ "$(cat)" = "$REACTION_DATA" ] && [ "$(cat "$REACTION_DATA_FILE")" = "$REACTION_DATA" ] && echo same; echo "$REACTION_UUID""#;
    let run = Run::real(script)
        .event(r#"{"event_type":"execution","uuid":"u-1","n":9223372036854775807,"text":"a\n\"ü"}"#)
        .go();
    assert_eq!(run.said(), ["same", "u-1"]);
}

#[test]
fn an_event_too_large_for_a_variable_is_in_the_file_and_a_warning_says_so() {
    let event =
        |size: usize| format!(r#"{{"event_type":"execution","text":"{}"}}"#, "x".repeat(size));
    let script = r#"wc -c <"$REACTION_DATA_FILE"; wc -c; echo ${#REACTION_DATA}"#;
    let run = Run::real(script).event(&event(200_000)).go();
    let said = run.said();
    let size: usize = said[1].parse().unwrap();
    assert!(size > 200_000, "{said:?}");
    let warning = format!(
        "REACTION_DATA is left out: the event has {size} bytes, and a variable holds less than 131072; read REACTION_DATA_FILE"
    );
    assert_eq!(said, [&warning, &size.to_string(), &size.to_string(), "0"]);
    let run = Run::real(script).event(&event(100_000)).go();
    assert_eq!(run.said().len(), 3);
    assert_eq!(run.said()[0], run.said()[2]);
}

#[test]
fn no_descriptor_is_inherited_but_the_helpers() {
    // One that does not close by itself when a program is started.
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let run = Run::real(
        "ls /proc/self/fd | grep -v '^3$' | paste -sd ' ' -; ls -l /proc/self/fd | grep -c socket",
    )
    .go();
    assert_eq!(run.said(), ["0 1 2 8", "1"]);
    drop((reader, writer));
}

#[test]
fn nothing_that_a_script_started_outlives_it() {
    for script in [
        "sleep 987654 & setsid sleep 987654 & (setsid sh -c 'trap \"\" TERM HUP; (sleep 987654 & sleep 987654) & sleep 987654' &)",
        "(setsid nohup sleep 987654 >/dev/null 2>&1 </dev/null &) ; exec 8>&- >&- 2>&-; kill -9 $$",
        "(setsid sleep 987654 &); while :; do (setsid sleep 987654 &); done",
        "bomb() { bomb | bomb & }; bomb; sleep 987654",
    ] {
        let run = Run::real(script).timeout(Duration::from_millis(700)).go();
        assert!(run.took < Duration::from_millis(1400), "{script}: {:?}", run.took);
        assert_eq!(run.left, Vec::<String>::new(), "{script}: {:?}", run.status);
    }
}

#[test]
fn a_timeout_is_told_as_one() {
    let run = Run::real("echo before; trap '' TERM; sleep 987654")
        .timeout(Duration::from_millis(300))
        .go();
    assert_eq!((run.status, run.said()), (Status::Timeout, vec!["before".to_owned()]));
    assert!(
        run.took >= Duration::from_millis(300) && run.took < Duration::from_millis(600),
        "{:?}",
        run.took
    );
}

#[test]
fn a_folder_that_a_script_filled_is_removed_whatever_its_modes() {
    let script = "mkdir -p a/b/c; ln -s /etc/passwd a/link; ln -s / a/root; mkfifo a/pipe; echo x >a/b/c/file; chmod 0 a/b/c a/b a .";
    let run = Run::real(script).go();
    assert_eq!((run.status, run.left), (Status::Ok, Vec::new()));
    assert!(fs::metadata("/etc/passwd").unwrap().len() > 0);
}

#[test]
fn a_real_run_writes_where_its_user_may_and_a_dry_run_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written");
    let script = format!("echo x >'{}' && echo could", path.display());
    let dry = Run::dry(&script).go();
    assert!(!path.exists() && dry.said().iter().all(|line| line != "could"), "{:?}", dry.said());
    let real = Run::real(&script).go();
    assert_eq!(real.said(), ["could"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "x\n");
}

#[test]
fn a_dry_run_reaches_no_service_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NONBLOCK;
    let reader = rustix::fs::open(&pipe, flags, rustix::fs::Mode::empty()).unwrap();
    let script = format!(
        "perl -e 'use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => \"{}\") and print \"reached\\n\"; use IO::Socket::INET; IO::Socket::INET->new(\"127.0.0.1:1\") or print \"$!\\n\"'\n\
         (echo x >'{}') && echo piped\necho end",
        path.display(),
        pipe.display()
    );
    let run = Run::dry(&script).go();
    let said = run.said();
    assert!(said.contains(&"end".to_owned()), "{said:?}");
    assert!(!said.iter().any(|line| line == "reached"), "{said:?}");
    assert!(listener.accept().is_err());
    // Landlock keeps it from named pipes; without that only those below /run are out of reach.
    if landlocked() {
        assert!(!said.iter().any(|line| line == "piped"), "{said:?}");
    }
    drop(reader);
}

#[test]
fn a_dry_run_makes_no_namespace() {
    // `clone3` (435 everywhere) with CLONE_NEWUSER and SIGCHLD, and `clone` with the same; each prints what a child would.
    let script = r#"perl -e '
        my $set = pack("Q11", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0);
        my $pid = syscall(435, $set, 88); print "clone3 $!
" if $pid < 0; print "made
" if $pid >= 0; exit if $pid == 0;
        $pid = syscall(56, 0x10000011, 0, 0, 0, 0); print "clone $!
" if $pid < 0; print "made
" if $pid >= 0;'
        unshare -U true 2>/dev/null && echo made; (echo forks)"#;
    let said = Run::dry(script).go().said();
    assert!(!said.iter().any(|line| line == "made"), "{said:?}");
    assert!(said.iter().any(|line| line == "clone3 Function not implemented"), "{said:?}");
    assert!(
        cfg!(not(target_arch = "x86_64"))
            || said.iter().any(|line| line == "clone Permission denied"),
        "{said:?}"
    );
    assert!(said.iter().any(|line| line == "forks"), "{said:?}");
}

#[test]
fn memory_is_that_of_all_processes_together() {
    let eats =
        |size: usize| format!("perl -e 'my $x = \"x\" x ({size} << 20); sleep 2' && echo kept");
    // Many that take little together take too much; and one alone, whatever its parent says of it. Where no control group counts, the system refuses
    // that one its memory instead.
    let many = format!("for n in 1 2 3 4 5 6 7 8; do {} & done; wait; exit 0", eats(20));
    let mut scripts = vec![many];
    if runs::confinement().iter().any(|line| line.contains("memory by control group")) {
        scripts.push(format!("{}; exit 0", eats(400)));
    }
    for script in scripts {
        let run = Run::real(&script).timeout(Duration::from_secs(20)).go();
        assert_eq!(
            (run.status, run.said().contains(&"kept".to_owned())),
            (Status::Memory, false),
            "{script}: {:?}",
            run.said()
        );
        assert_eq!(run.left, Vec::<String>::new());
    }
}

fn landlocked() -> bool {
    let lines = runs::confinement();
    lines.iter().any(|line| line.contains("Landlock"))
}

#[test]
fn root_keeps_no_right_over_the_kernel() {
    let run = Run::real("sed -n 's/^CapBnd:\t*//p' /proc/self/status; sed -n 's/^NoNewPrivs:\t*//p' /proc/self/status; umount /proc 2>/dev/null || echo mounted").go();
    let said = run.said();
    let bounding = u64::from_str_radix(&said[0], 16).unwrap();
    if rustix::process::geteuid().is_root() {
        // CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_RESOURCE, CAP_MKNOD (`capabilities(7)`).
        for capability in [16, 17, 19, 21, 22, 24, 27] {
            assert_eq!(bounding & (1 << capability), 0, "{capability}");
        }
    }
    assert_eq!(said[1..], ["1", "mounted"]);
}

#[test]
fn many_at_once_do_not_mix() {
    let runs: Vec<_> = (0..4)
        .map(|number| {
            std::thread::spawn(move || {
                let script = format!("for n in $(seq 20); do DataSet k {number}.$n; [ \"$(DataGet k)\" = {number}.$n ] || echo wrong; done; echo {number}");
                (number, Run::real(&script).timeout(Duration::from_secs(20)).go())
            })
        })
        .collect();
    for run in runs {
        let (number, run) = run.join().unwrap();
        assert_eq!(run.said(), [number.to_string()]);
    }
}

#[test]
fn a_runtime_that_is_dropped_ends_what_it_started() {
    let took = Run::real("sleep 987654")
        .timeout(Duration::from_secs(30))
        .drop_after(Duration::from_millis(300));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn confinement_is_told() {
    let lines = runs::confinement();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("shell")));
}

/// The same tests as another user, in a process of that user's own.
#[test]
fn all_of_this_holds_without_root() {
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // Where that user may start it.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    for path in [folder.path(), &program] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(path, mode).unwrap();
    }
    let mut command = std::process::Command::new(&program);
    command
        .args(["--skip", "all_of_this_holds_without_root", "--test-threads", "2"])
        .current_dir("/");
    command.uid(65534).gid(65534);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains(" passed"), "{text}");
}

#[test]
fn no_residue_of_a_process_that_has_gone_is_there() {
    let run = Run::real("true").go();
    assert_eq!(run.left, Vec::<String>::new());
    assert!(residue("987654321987654321").is_empty());
}
