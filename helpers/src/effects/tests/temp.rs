use std::{io::Write, os::unix::fs::MetadataExt, process::Command};

use super::*;

/// A directory below `/tmp` that a helper made, removed when the test ends.
struct Made(PathBuf);

impl Made {
    fn by(caller: &Caller) -> Made {
        let gave = caller.call("CreateTempDir", &[]);
        Made(PathBuf::from(gave.value.as_text().unwrap()))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn live(seed: u64) -> Caller {
    Caller { seed, ..Caller::live() }
}

#[test]
fn a_temporary_directory_is_for_its_owner_only() {
    let caller = live(0x7e57_0001);
    let made = Made::by(&caller);
    let again = Made::by(&caller);
    assert_ne!(made.0, again.0, "a name that is taken is not given twice");
    assert_eq!(fs::metadata(&made.0).unwrap().mode() & 0o7777, 0o700);
    assert!(made.0.to_str().unwrap().starts_with("/tmp/reactant-"));
    let gave = caller.call("CreateTempDir", &[&"evidence.*"]);
    let named = Made(PathBuf::from(gave.value.as_text().unwrap()));
    assert!(named.0.to_str().unwrap().starts_with("/tmp/evidence."));
    assert_eq!(gave.actions.len(), 1);
    let (value, errno) = caller.give("CreateTempDir", &[&"../x*"]);
    assert_eq!(value, "".into());
    assert_eq!(errno, "the pattern `../x*` is not one path component that ends in its only `*`");
    let long = format!("{}*", "x".repeat(250));
    assert!(caller.errno("CreateTempDir", &[&long]).ends_with("name too long"));
}

#[test]
fn a_directory_below_tmp_is_removed_with_all_that_is_in_it() {
    let caller = live(0x7e57_0002);
    let (made, victim) = (Made::by(&caller), Ground::new());
    fs::write(victim.own("f"), "precious").unwrap();
    fs::create_dir_all(made.join("a/b/c")).unwrap();
    fs::write(made.join("a/b/f"), "x").unwrap();
    symlink(victim.own.path(), made.join("a/way")).unwrap();
    (0..500).for_each(|n| fs::write(made.join(&format!("a/{n}")), "").unwrap());
    assert_eq!(caller.give("RemoveDir", &[&made.0]), done());
    assert!(!made.0.exists());
    assert_eq!(fs::read_to_string(victim.own("f")).unwrap(), "precious");
    assert_eq!(caller.give("RemoveDir", &[&made.0]), about(&made.0, "no such file or directory"));
}

#[test]
fn only_directories_below_tmp_are_removed() {
    let ground = Ground::new();
    fs::write(ground.own("f"), "x").unwrap();
    fs::create_dir(ground.own("d")).unwrap();
    symlink(ground.own("d"), ground.own("link")).unwrap();
    symlink(ground.own.path(), ground.own("way")).unwrap();
    for caller in both() {
        let outside = "only directories below `/tmp` are removed";
        for path in ["/tmp", "/tmp/", "/tmp/.", "//tmp//", "/", "/var/tmp/x", "/tmpx/y"] {
            assert_eq!(caller.give("RemoveDir", &[&path]), failed(&format!("{path}: {outside}")));
        }
        for path in ["/tmp/../etc", "/tmp/x/.."] {
            assert!(caller.errno("RemoveDir", &[&path]).ends_with("has a `..` in it"));
        }
        assert!(caller.errno("RemoveDir", &[&"tmp/x"]).ends_with("is not absolute"));
        let (file, link, way) = (ground.own("f"), ground.own("link"), ground.own("way/d"));
        assert_eq!(caller.give("RemoveDir", &[&file]), about(&file, "not a directory"));
        assert_eq!(caller.give("RemoveDir", &[&link]), about(&link, "not a directory"));
        let why = "leads over a symbolic link, which is not followed here";
        assert_eq!(caller.give("RemoveDir", &[&way]), about(&way, why));
        let slash = format!("{}/", link.display());
        assert_eq!(caller.value("RemoveDir", &[&slash]), Value::Int(-1));
    }
    assert!(ground.own("d").exists() && ground.own("f").exists());
}

#[test]
fn a_tree_too_deep_is_refused_not_overrun() {
    let caller = live(0x7e57_0003);
    let made = Made::by(&caller);
    fs::create_dir_all(made.join(&"d/".repeat(150))).unwrap();
    assert!(caller.errno("RemoveDir", &[&made.0]).ends_with("nested too deep to be removed"));
}

#[test]
fn a_removal_ends_with_the_reactions_time() {
    let caller = live(0x7e57_0004);
    let made = Made::by(&caller);
    fs::write(made.join("f"), "").unwrap();
    let capability = reactant_core::capability::Capability::FS_TEMP;
    let act = crate::effects::Act {
        proof: caller.grants.check(&capability).unwrap(),
        denied: std::cell::Cell::new(false),
        replaced: std::cell::RefCell::default(),
        ended: std::cell::RefCell::default(),
        signals: &reactant_core::helper::Signals::default(),
        question: None,
        helper: "RemoveDir",
        recipe: "test",
        reaction: 0,
        uuid: "u",
        now: jiff::Timestamp::UNIX_EPOCH,
        deadline: std::time::Instant::now(),
        seed: 0,
    };
    let real = crate::effects::Real::default();
    let failure = crate::effects::Effects::remove_dir(&real, &act, made.0.to_str().unwrap());
    assert_eq!(failure.unwrap_err().0, crate::texts::OUT_OF_TIME);
    assert!(made.join("f").exists());
}

#[test]
fn what_is_protected_below_keeps_the_whole_tree() {
    let ground = Ground::new();
    for name in ["d/a", "d/m/kept", "d/z"] {
        fs::create_dir_all(ground.own(name)).unwrap();
    }
    for name in ["d/a/f", "d/m/file", "d/z/f", "d/1"] {
        fs::write(ground.own(name), "x").unwrap();
    }
    for kept in ["d/m/kept", "d/m/file"] {
        let mut protect = Protect::default();
        protect.add(ground.own(kept).to_str().unwrap().parse().unwrap());
        let standard = crate::Standard::new(crate::store::Store::memory()).protect(protect);
        for dry_run in [true, false] {
            let caller = Caller { dry_run, ..Caller::new(&standard, crate::testing::EVENT) };
            for name in ["d", "d/m"] {
                let errno = caller.errno("RemoveDir", &[&ground.own(name)]);
                assert!(errno.contains("protected by the pattern"), "{dry_run} {name}: {errno}");
            }
            for name in ["d/a/f", "d/m/kept", "d/m/file", "d/z/f", "d/1"] {
                let stat = caller.value("Stat", &[&ground.own(name)]);
                assert_ne!(stat, Value::Null, "{dry_run} {name}");
            }
        }
    }
}

#[test]
fn a_dry_removal_looks_at_what_the_run_wrote_and_not_below_what_it_removed() {
    let ground = Ground::new();
    fs::create_dir_all(ground.own("d/kept")).unwrap();
    let mut protect = Protect::default();
    protect.add(format!("{}/d/kept/secret", ground.own.path().display()).parse().unwrap());
    let standard = crate::Standard::new(crate::store::Store::memory()).protect(protect);
    let caller = Caller::new(&standard, crate::testing::EVENT);
    assert_eq!(caller.give("WriteFile", &[&ground.own("d/f"), &"x"]), done());
    assert_eq!(caller.give("RemoveDir", &[&ground.own("d/kept")]), done());
    // The disk still has it, the run does not.
    fs::write(ground.own("d/kept/secret"), "x").unwrap();
    assert_eq!(caller.give("RemoveDir", &[&ground.own("d")]), done());
    let gone = about(&ground.own("d"), "no such file or directory");
    assert_eq!(caller.give("RemoveDir", &[&ground.own("d")]), gone);
}

#[test]
fn a_directory_that_this_user_may_not_empty_keeps_its_siblings() {
    if is_root() {
        writeln!(std::io::stderr(), "skipped: root may empty every directory").unwrap();
        return;
    }
    let ground = Ground::new();
    for name in ["d/a", "d/z"] {
        fs::create_dir_all(ground.own(name)).unwrap();
        fs::write(ground.own(name).join("f"), "x").unwrap();
    }
    for shut in ["d/a", "d/z"] {
        fs::set_permissions(ground.own(shut), fs::Permissions::from_mode(0o500)).unwrap();
        for caller in both() {
            let errno = caller.errno("RemoveDir", &[&ground.own("d")]);
            assert!(errno.ends_with("permission denied by the system"), "{errno}");
        }
        fs::set_permissions(ground.own(shut), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(ground.own("d/a/f").exists() && ground.own("d/z/f").exists());
    }
}

#[test]
fn a_protected_path_is_not_removed() {
    let ground = Ground::new();
    fs::create_dir_all(ground.own("d/kept")).unwrap();
    let mut protect = Protect::default();
    protect.add(format!("{}/d/kept", ground.own.path().display()).parse().unwrap());
    let standard = crate::Standard::new(crate::store::Store::memory()).protect(protect);
    let caller = Caller { dry_run: false, ..Caller::new(&standard, crate::testing::EVENT) };
    assert!(caller.errno("RemoveDir", &[&ground.own("d")]).contains("protected by the pattern"));
    assert!(ground.own("d/kept").exists());
}

#[test]
fn a_removal_does_not_cross_into_another_mount() {
    let ground = Ground::new();
    fs::create_dir_all(ground.own("d/mounted")).unwrap();
    fs::create_dir(ground.own("victim")).unwrap();
    fs::write(ground.own("victim/f"), "precious").unwrap();
    (0..9).for_each(|n| fs::write(ground.own(&format!("d/{n}")), "").unwrap());
    let mounted = ground.own("d/mounted");
    let mount =
        Command::new("mount").arg("--bind").arg(ground.own("victim")).arg(&mounted).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        writeln!(std::io::stderr(), "skipped: needs root, to mount").unwrap();
        return;
    }
    let errors: Vec<String> = both()
        .iter()
        .flat_map(|caller| {
            [&ground.own("d"), &mounted].map(|path| caller.errno("RemoveDir", &[path]))
        })
        .collect();
    assert!(Command::new("umount").arg(&mounted).status().unwrap().success());
    for errno in errors {
        assert!(errno.ends_with("another file system is mounted there"), "{errno}");
    }
    assert_eq!(fs::read_to_string(ground.own("victim/f")).unwrap(), "precious");
    assert_eq!(fs::read_dir(ground.own("d")).unwrap().count(), 10, "and nothing beside it goes");
}
