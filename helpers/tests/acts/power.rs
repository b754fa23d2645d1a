//! Stopping a machine that is none: a pid namespace, and a stand-in for the kernel's trigger. Each test first makes sure of that.

use std::{fs, os::unix::fs::MetadataExt, process::Command, sync::Arc};

use reactant_helpers::{
    effects::{Guarded, Real},
    folder::Folder,
    journal::{Journal, Options},
};

use crate::{
    Standard, Test,
    namespace::Kind::{Ended, Processes},
    store::Store,
    testing::{Caller, EVENT, done, failed},
};

pub(crate) const TESTS: &[Test] = &[
    ("switching_off_ends_the_pid_namespace", Ended, off),
    ("a_panic_is_one_letter_to_the_kernel", Processes, panic),
    ("what_is_disarmed_or_not_granted_stops_nothing", Processes, disarmed),
];

/// One that may stop the machine, where it is armed.
fn caller(armed: bool) -> Caller {
    // The initial pid namespace's number (PROC_PID_INIT_INO, include/linux/proc_ns.h): there it would be the real machine.
    let namespace = fs::metadata("/proc/self/ns/pid").unwrap().ino();
    assert!(namespace != 0xefff_fffc && std::process::id() == 1, "not in a namespace of its own");
    let folder = std::env::temp_dir().join(format!("reactant-power-{namespace}"));
    let held = Folder::hold(&folder).unwrap();
    let (journal, _) = Journal::open(held, "test", Options::default()).unwrap();
    fs::remove_dir_all(folder).unwrap();
    let real = Guarded::new(Arc::new(Real::default()), Arc::new(journal));
    let standard = Standard::new(Store::memory()).effects(Arc::new(real)).armed(armed);
    let caller = Caller { dry_run: false, ..Caller::new(&standard, EVENT) };
    stand_in();
    caller
}

/// Puts an empty file in the place of the kernel's trigger: over it, or, where this kernel has none, in an empty `/proc`.
fn stand_in() {
    let run = |program: &str, args: &[&str]| {
        assert!(Command::new(program).args(args).status().unwrap().success(), "{program} {args:?}");
    };
    if fs::exists(TRIGGER).unwrap() {
        let file = tempfile::NamedTempFile::new().unwrap();
        run("mount", &["--bind", file.path().to_str().unwrap(), TRIGGER]);
    } else {
        run("mount", &["-t", "tmpfs", "none", "/proc"]);
        fs::write(TRIGGER, "").unwrap();
    }
    assert_eq!(fs::read_to_string(TRIGGER).unwrap(), "", "the kernel's own cannot be read");
}

const TRIGGER: &str = "/proc/sysrq-trigger";

fn off() {
    let gave = caller(true).give("PowerOff", &[]);
    panic!("it goes on: {gave:?}");
}

fn panic() {
    assert_eq!(caller(true).give("Panic", &[]), done());
    assert_eq!(fs::read_to_string(TRIGGER).unwrap(), "c");
    // Where the stand-in is mounted over the kernel's own it stays.
    if fs::remove_file(TRIGGER).is_ok() {
        let why = "/proc/sysrq-trigger: no such file or directory";
        assert_eq!(caller_again().give("Panic", &[]), failed(why));
    }
}

fn disarmed() {
    let why = "refused: the configuration does not say `emergency: armed`";
    let calm = caller(false);
    for helper in ["PowerOff", "Panic"] {
        assert_eq!(calm.give(helper, &[]), failed(why));
    }
    let mut armed = caller_again();
    armed.grants = reactant_core::capability::Grants::standard();
    for helper in ["PowerOff", "Panic"] {
        let denied = format!("permission denied: {helper} needs capability system.power");
        assert_eq!(armed.give(helper, &[]), failed(&denied));
    }
    assert_eq!(fs::read_to_string(TRIGGER).unwrap(), "");
}

/// The same without a journal, where `/proc` has been covered.
fn caller_again() -> Caller {
    let standard = Standard::new(Store::memory()).armed(true);
    Caller { dry_run: false, ..Caller::new(&standard, EVENT) }
}
