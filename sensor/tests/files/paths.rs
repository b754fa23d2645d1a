//! Which path a file has: as the process sees it, however it came to it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::{ffi::OsStrExt, fs::symlink},
    process::Command,
};

use crate::{
    acts::{Scene, list},
    calls::{address, call, number, open, text},
    watch::{Watch, recipe},
};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a_relative_path_is_told_whole", a_relative_path_is_told_whole),
    ("links_on_the_way_are_resolved", links_on_the_way_are_resolved),
    ("a_path_is_whole_however_long", a_path_is_whole_however_long),
    ("what_was_removed_says_so", what_was_removed_says_so),
    ("what_is_not_utf_8_says_so", what_is_not_utf_8_says_so),
    (
        "a_process_in_namespaces_is_told_by_its_own_paths",
        a_process_in_namespaces_is_told_by_its_own_paths,
    ),
];

fn a_relative_path_is_told_whole() {
    let mut scene = Scene::new();
    fs::create_dir(scene.path("deep")).unwrap();
    scene.events();
    let folder = open(&scene.path("deep"), libc::O_RDONLY);
    let (name, up) = (text("file"), text("../up"));
    let flags = i64::from(libc::O_CREAT | libc::O_WRONLY);
    for name in [&name, &up] {
        let file = call(libc::SYS_openat, [number(&folder), address(name), flags, 0o600, 0, 0]);
        call(libc::SYS_close, [file, 0, 0, 0, 0, 0]);
        call(libc::SYS_unlinkat, [number(&folder), address(name), 0, 0, 0, 0]);
    }
    let expected = [
        ("open", "deep"),
        ("open create", "deep/file"),
        ("close", "deep/file"),
        ("unlink", "deep/file"),
        ("open create", "up"),
        ("close", "up"),
        ("unlink", "up"),
    ];
    assert_eq!(scene.told(), list(&expected));
}

fn links_on_the_way_are_resolved() {
    let mut scene = Scene::new();
    fs::create_dir_all(scene.path("real/deep")).unwrap();
    symlink("real/deep", scene.path("link")).unwrap();
    scene.events();
    File::create(scene.path("link/file")).unwrap();
    fs::rename(scene.path("link/file"), scene.path("link/../moved")).unwrap();
    let expected = [
        ("open create", "real/deep/file"),
        ("close", "real/deep/file"),
        ("rename", "real/deep/file"),
        ("rename", "real/moved"),
    ];
    assert_eq!(scene.told(), list(&expected));
}

fn a_path_is_whole_however_long() {
    let mut scene = Scene::new();
    let part = "d".repeat(200);
    let mut path = scene.path("");
    for _ in 0..15 {
        path.push(&part);
    }
    fs::create_dir_all(&path).unwrap();
    scene.events();
    fs::write(path.join("file"), "x").unwrap();
    fs::remove_file(path.join("file")).unwrap();
    let events = scene.events();
    let actions: Vec<_> = events.iter().map(|event| event["file"]["actions"].clone()).collect();
    assert_eq!(actions.len(), 4, "{actions:?}");
    for event in events {
        assert_eq!(event["file"]["file"], path.join("file").to_str().unwrap());
        assert_eq!(event["file"].get("truncated"), None);
    }
}

fn what_was_removed_says_so() {
    let mut scene = Scene::new();
    let path = scene.file("removed");
    let file = open(&path, libc::O_RDWR);
    fs::remove_file(&path).unwrap();
    scene.events();
    call(libc::SYS_ftruncate, [number(&file), 2, 0, 0, 0, 0]);
    let events = scene.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["file"]["file"], &events[0]["file"]["deleted"]),
        (&path.to_str().unwrap().into(), &true.into())
    );
    // A folder that is gone, which a process is still in.
    let folder = scene.path("folder");
    fs::create_dir(&folder).unwrap();
    let held = open(&folder, libc::O_RDONLY);
    fs::remove_dir(&folder).unwrap();
    scene.events();
    call(libc::SYS_fsync, [number(&held), 0, 0, 0, 0, 0]);
    let events = scene.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["file"]["file"], &events[0]["file"]["deleted"]),
        (&folder.to_str().unwrap().into(), &true.into())
    );
}

fn what_is_not_utf_8_says_so() {
    let mut scene = Scene::new();
    let path = scene.path("").join(OsStr::from_bytes(b"not-\xff-text"));
    fs::write(&path, "").unwrap();
    fs::remove_file(&path).unwrap();
    let events = scene.events();
    assert_eq!(events.len(), 3, "{events:?}");
    for event in events {
        assert_eq!(
            (&event["file"]["basename"], &event["file"]["lossy"]),
            (&"not-\u{fffd}-text".into(), &true.into())
        );
    }
}

fn a_process_in_namespaces_is_told_by_its_own_paths() {
    let folder = tempfile::tempdir().unwrap();
    // The process has a root of its own, in mount and pid namespaces of its own; the folder is bound into it under another name.
    let script = format!(
        "set -e; cd {0}; mkdir root bound; mount --bind / root; mount --bind {0}/bound root/mnt; \
         exec chroot root /bin/sh -c 'cd /mnt; echo x >made; ln made other; mkdir sub; cd sub; mv ../other ./here; rm here'",
        folder.path().display()
    );
    let recipes =
        recipe("mnt", "dir: /mnt") + &recipe("end", &format!("dir: {}", folder.path().display()));
    let mut watch = Watch::new(&recipes, None);
    let status = Command::new("unshare")
        .args(["-m", "-p", "-f", "/bin/sh", "-c", &script])
        .status()
        .unwrap();
    assert!(status.success());
    let end = folder.path().join("the-last");
    fs::create_dir(&end).unwrap();
    let mut told = Vec::new();
    loop {
        let event = watch.next();
        if event["file"]["file"] == *end.to_str().unwrap() {
            break;
        }
        let path = event["file"]["file"].as_str().unwrap_or_default();
        if path.starts_with("/mnt") {
            assert_ne!(event["process"]["namespaces"]["pid_ns"], 4_026_531_836_u32);
            told.push(format!(
                "{} {path}",
                event["file"]["actions"].as_array().unwrap().last().unwrap().as_str().unwrap()
            ));
            assert!(
                event["file"]
                    .get("from")
                    .is_none_or(|from| from.as_str().unwrap().starts_with("/mnt")),
                "{event}"
            );
        }
    }
    for expected in [
        "create /mnt/made",
        "write /mnt/made",
        "link /mnt/other",
        "create /mnt/sub",
        "rename /mnt/sub/here",
        "unlink /mnt/sub/here",
    ] {
        assert!(told.iter().any(|told| told == expected), "{expected}: {told:?}");
    }
}
