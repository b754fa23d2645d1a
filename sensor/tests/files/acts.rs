//! Each action, by each call that does it.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    calls::{address, call, number, open, text},
    watch::{Watch, recipe},
};

/// Set where this program is to remove its own file.
pub(crate) const REMOVES_ITSELF: &str = "REACTANT_SENSOR_REMOVES_ITSELF";

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("open_read_and_close_are_told_whole", open_read_and_close_are_told_whole),
    ("every_read_is_a_read", every_read_is_a_read),
    ("every_write_is_a_write", every_write_is_a_write),
    ("what_is_copied_is_read_and_written", what_is_copied_is_read_and_written),
    ("an_open_may_create_and_truncate", an_open_may_create_and_truncate),
    ("every_other_act_on_a_descriptor", every_other_act_on_a_descriptor),
    ("closing_has_many_ways", closing_has_many_ways),
    ("a_rename_has_two_ends", a_rename_has_two_ends),
    ("a_link_has_two_ends", a_link_has_two_ends),
    ("names_are_made_and_removed", names_are_made_and_removed),
    ("what_failed_is_not_told", what_failed_is_not_told),
    ("a_program_of_32_bits_is_seen", a_program_of_32_bits_is_seen),
    (
        "a_program_that_removes_itself_brings_all_four",
        a_program_that_removes_itself_brings_all_four,
    ),
    ("an_act_through_io_uring_is_said_to_be_unseen", an_act_through_io_uring_is_said_to_be_unseen),
    ("a_loop_is_one_event", a_loop_is_one_event),
    ("another_program_or_name_is_told_again", another_program_or_name_is_told_again),
];

/// A folder that is watched for everything.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    pub(crate) watch: Watch,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::new(&recipe("all", &format!("dir: {}", folder.path().display())), None);
        Scene { folder, watch }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file that was there before.
    pub(crate) fn file(&mut self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, "something").unwrap();
        self.events();
        path
    }

    /// A file that another process made.
    fn foreign(&mut self, name: &str) -> PathBuf {
        let path = self.path(name);
        let script = format!("printf something >{}", path.display());
        let status = std::process::Command::new("/bin/sh").args(["-c", &script]).status();
        assert!(status.unwrap().success());
        self.events();
        path
    }

    pub(crate) fn events(&mut self) -> Vec<Value> {
        self.watch.events(self.folder.path())
    }

    /// What was told since the last look, as actions and name, in order.
    pub(crate) fn told(&mut self) -> Vec<(String, String)> {
        let folder = self.folder.path().to_owned();
        let one = |event: &Value| {
            let actions = event["file"]["actions"].as_array().unwrap();
            let actions: Vec<_> = actions.iter().map(|action| action.as_str().unwrap()).collect();
            let path = Path::new(event["file"]["file"].as_str().unwrap());
            let path = path.strip_prefix(&folder).unwrap_or(path);
            (actions.join(" "), path.to_str().unwrap().to_owned())
        };
        self.events().iter().map(one).collect()
    }
}

/// The same, as it is expected.
pub(crate) fn list(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(actions, name)| ((*actions).to_owned(), (*name).to_owned())).collect()
}

fn open_read_and_close_are_told_whole() {
    let mut scene = Scene::new();
    let path = scene.foreign("file");
    let file = open(&path, libc::O_RDONLY);
    let mut buffer = [0_u8; 4];
    call(libc::SYS_read, [number(&file), buffer.as_mut_ptr() as i64, 4, 0, 0, 0]);
    drop(file);
    let events = scene.events();
    let actions: Vec<_> = events.iter().map(|event| event["file"]["actions"][0].clone()).collect();
    assert_eq!(actions, ["open", "read", "close"]);
    let metadata = fs::metadata(&path).unwrap();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().to_owned();
    for event in &events {
        assert_eq!(event["event_type"], "file_access");
        let file = &event["file"];
        assert_eq!(file["file"], path.to_str().unwrap());
        assert_eq!(file["dir"], path.parent().unwrap().to_str().unwrap());
        assert_eq!(file["basename"], "file");
        assert_eq!(
            (&file["type"], &file["permissions"]["mode"]),
            (&"regular".into(), &"rw-r--r--".into())
        );
        assert_eq!(
            (&file["owner"]["uid"], &file["owner"]["gid"]),
            (&metadata.uid().into(), &metadata.gid().into())
        );
        assert_eq!(file["metadata"]["size"], metadata.size());
        for absent in ["by_name", "unresolved", "deleted", "truncated", "lossy", "from", "to"] {
            assert_eq!(file.get(absent), None, "{absent}");
        }
        let process = &event["process"];
        assert_eq!(process["pid"], std::process::id());
        assert_eq!(process["start_ticks"].to_string(), ticks);
        assert_eq!(process["exe"], std::env::current_exe().unwrap().to_str().unwrap());
        assert_eq!((&process["uid"], &process["gid"]), (&0.into(), &0.into()));
        let ancestry = event["background"]["ancestry"].as_array().unwrap();
        assert_eq!(
            (&ancestry[0]["pid"], &ancestry.last().unwrap()["uuid"]),
            (&1.into(), &process["uuid"])
        );
        assert_eq!(event["lost"], 0);
    }
    // What the process did before stands in the background.
    let background = events[2]["background"]["files"].to_string();
    assert!(background.contains("\"read\"") && background.contains("file"), "{background}");
}

fn every_read_is_a_read() {
    let mut scene = Scene::new();
    let mut buffer = [0_u8; 4];
    let vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: 4 };
    let (plain, vector) = (buffer.as_mut_ptr() as i64, &raw const vector as i64);
    for (name, system_call, arguments) in [
        ("pread64", libc::SYS_pread64, [plain, 4, 0, 0, 0]),
        ("readv", libc::SYS_readv, [vector, 1, 0, 0, 0]),
        ("preadv", libc::SYS_preadv, [vector, 1, 0, 0, 0]),
        ("preadv2", libc::SYS_preadv2, [vector, 1, 0, 0, 0]),
    ] {
        let path = scene.foreign(name);
        let file = open(&path, libc::O_RDONLY);
        let [a, b, c, d, e] = arguments;
        call(system_call, [number(&file), a, b, c, d, e]);
        assert_eq!(scene.told(), list(&[("open", name), ("read", name)]), "{name}");
    }
}

fn every_write_is_a_write() {
    let mut scene = Scene::new();
    let mut buffer = [7_u8; 4];
    let vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: 4 };
    let (plain, vector) = (buffer.as_mut_ptr() as i64, &raw const vector as i64);
    for (name, system_call, arguments) in [
        ("write", libc::SYS_write, [plain, 4, 0, 0, 0]),
        ("pwrite64", libc::SYS_pwrite64, [plain, 4, 0, 0, 0]),
        ("writev", libc::SYS_writev, [vector, 1, 0, 0, 0]),
        ("pwritev", libc::SYS_pwritev, [vector, 1, 0, 0, 0]),
        ("pwritev2", libc::SYS_pwritev2, [vector, 1, 0, 0, 0]),
        ("fallocate", libc::SYS_fallocate, [0, 0, 100, 0, 0]),
    ] {
        let path = scene.foreign(name);
        let file = open(&path, libc::O_WRONLY);
        let [a, b, c, d, e] = arguments;
        call(system_call, [number(&file), a, b, c, d, e]);
        assert_eq!(scene.told(), list(&[("open", name), ("write", name)]), "{name}");
    }
}

fn what_is_copied_is_read_and_written() {
    let mut scene = Scene::new();
    for (name, system_call) in
        [("sendfile", libc::SYS_sendfile), ("copy_file_range", libc::SYS_copy_file_range)]
    {
        let (from, to) = (format!("from-{name}"), format!("to-{name}"));
        let (one, other) = (scene.foreign(&from), scene.foreign(&to));
        let (one, other) = (open(&one, libc::O_RDONLY), open(&other, libc::O_WRONLY));
        let (source, target) = (number(&one), number(&other));
        match system_call {
            libc::SYS_sendfile => call(system_call, [target, source, 0, 4, 0, 0]),
            _ => call(system_call, [source, 0, target, 0, 4, 0]),
        };
        let expected = [("open", &*from), ("open", &*to), ("write", &*to), ("read", &*from)];
        assert_eq!(scene.told(), list(&expected), "{name}");
    }
    // Through a pipe, which has no path.
    let path = scene.foreign("splice");
    let file = open(&path, libc::O_RDONLY);
    let mut ends = [0_i32; 2];
    call(libc::SYS_pipe2, [ends.as_mut_ptr() as i64, 0, 0, 0, 0, 0]);
    call(libc::SYS_splice, [number(&file), 0, ends[1].into(), 0, 4, 0]);
    for end in ends {
        call(libc::SYS_close, [end.into(), 0, 0, 0, 0, 0]);
    }
    assert_eq!(scene.told(), list(&[("open", "splice"), ("read", "splice")]));
}

fn an_open_may_create_and_truncate() {
    let mut scene = Scene::new();
    let path = scene.path("new");
    drop(open(&path, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC));
    assert_eq!(scene.told(), list(&[("open create", "new"), ("close", "new")]));
    let name = text(&path);
    let file = call(
        libc::SYS_openat,
        [libc::AT_FDCWD.into(), address(&name), (libc::O_RDWR | libc::O_TRUNC).into(), 0, 0, 0],
    );
    call(libc::SYS_close, [file, 0, 0, 0, 0, 0]);
    // The open and the close were told already.
    assert_eq!(scene.told(), list(&[("truncate", "new")]));
    let how: [u64; 3] = [(libc::O_RDWR | libc::O_TRUNC) as u64, 0, 0];
    let other = scene.file("openat2");
    let name = text(&other);
    let file = call(
        libc::SYS_openat2,
        [libc::AT_FDCWD.into(), address(&name), how.as_ptr() as i64, 24, 0, 0],
    );
    call(libc::SYS_close, [file, 0, 0, 0, 0, 0]);
    // The file was made, written and closed by this process before.
    assert_eq!(scene.told(), list(&[("truncate", "openat2")]));
    // O_PATH opens nothing.
    drop(open(&scene.file("path"), libc::O_PATH));
    assert_eq!(scene.told(), list(&[]));
    let folder = scene.path("");
    let file = open(&folder, libc::O_TMPFILE | libc::O_WRONLY);
    let events = scene.events();
    assert_eq!(events.len(), 1, "{events:?}");
    let actions = Value::from(vec!["open", "create"]);
    assert_eq!(
        (&events[0]["file"]["actions"], &events[0]["file"]["deleted"]),
        (&actions, &true.into())
    );
    // A name for it, through what /proc says of the descriptor.
    let from = text(format!("/proc/self/fd/{}", number(&file)));
    let to = text(scene.path("named"));
    let at = i64::from(libc::AT_FDCWD);
    call(
        libc::SYS_linkat,
        [at, address(&from), at, address(&to), libc::AT_SYMLINK_FOLLOW.into(), 0],
    );
    let events = scene.events();
    let named = events.iter().find(|event| event["file"]["basename"] == "named").unwrap();
    assert_eq!(named["file"]["actions"], Value::from(vec!["link"]));
    assert!(
        named["file"]["from"].as_str().unwrap().starts_with(folder.to_str().unwrap()),
        "{named}"
    );
    // In memory.
    let name = text("reactant-test-in-memory");
    let file = call(libc::SYS_memfd_create, [address(&name), 0, 0, 0, 0, 0]);
    call(libc::SYS_close, [file, 0, 0, 0, 0, 0]);
}

fn every_other_act_on_a_descriptor() {
    let mut scene = Scene::new();
    for (action, name, system_call, arguments) in [
        ("llseek", "lseek", libc::SYS_lseek, [1, 0, 0, 0]),
        ("fsync", "fsync", libc::SYS_fsync, [0, 0, 0, 0]),
        ("fsync", "fdatasync", libc::SYS_fdatasync, [0, 0, 0, 0]),
        ("fsync", "sync_file_range", libc::SYS_sync_file_range, [0, 0, 2, 0]),
        ("flock", "flock", libc::SYS_flock, [libc::LOCK_EX.into(), 0, 0, 0]),
        ("truncate", "ftruncate", libc::SYS_ftruncate, [3, 0, 0, 0]),
        ("fasync", "setfl", libc::SYS_fcntl, [libc::F_SETFL.into(), libc::O_ASYNC.into(), 0, 0]),
    ] {
        let path = scene.file(name);
        let file = File::options().read(true).write(true).open(&path).unwrap();
        assert_eq!(scene.told(), list(&[]), "opened and closed before");
        let [a, b, c, d] = arguments;
        call(system_call, [number(&file), a, b, c, d, 0]);
        assert_eq!(scene.told(), list(&[(action, name)]), "{name}");
    }
    let path = scene.file("lock");
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let lock = [0_u64; 4];
    call(libc::SYS_fcntl, [number(&file), libc::F_SETLK.into(), lock.as_ptr() as i64, 0, 0, 0]);
    assert_eq!(scene.told(), list(&[("flock", "lock")]));
    let address_of = call(
        libc::SYS_mmap,
        [0, 4096, libc::PROT_READ.into(), libc::MAP_PRIVATE.into(), number(&file), 0],
    );
    call(libc::SYS_munmap, [address_of, 4096, 0, 0, 0, 0]);
    call(
        libc::SYS_mmap,
        [0, 4096, libc::PROT_READ.into(), (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).into(), -1, 0],
    );
    assert_eq!(scene.told(), list(&[("mmap", "lock")]));
}

fn closing_has_many_ways() {
    let mut scene = Scene::new();
    for name in ["dup2", "dup3", "close_range"] {
        let path = scene.path(name);
        let file = std::mem::ManuallyDrop::new(open(&path, libc::O_CREAT | libc::O_WRONLY));
        let own = number(&file);
        // Onto itself closes nothing.
        if name == "dup2" {
            call(libc::SYS_dup2, [own, own, 0, 0, 0, 0]);
        }
        assert_eq!(scene.told(), list(&[("open create", name)]), "{name}");
        match name {
            "dup2" => call(libc::SYS_dup2, [2, own, 0, 0, 0, 0]),
            "dup3" => call(libc::SYS_dup3, [2, own, 0, 0, 0, 0]),
            _ => call(libc::SYS_close_range, [own, own, 0, 0, 0, 0]),
        };
        assert_eq!(scene.told(), list(&[("close", name)]), "{name}");
        if name != "close_range" {
            call(libc::SYS_close, [own, 0, 0, 0, 0, 0]);
        }
    }
}

/// Two ends of one act: where each is, and what it says of the other.
fn ends(events: &[Value]) -> Vec<[Value; 4]> {
    let one = |event: &Value| {
        let file = &event["file"];
        let get = |name: &str| file.get(name).cloned().unwrap_or_default();
        [file["actions"][0].clone(), file["file"].clone(), get("from"), get("to")]
    };
    events.iter().map(one).collect()
}

fn a_rename_has_two_ends() {
    let mut scene = Scene::new();
    let at = i64::from(libc::AT_FDCWD);
    let value = |path: &Path| Value::from(path.to_str().unwrap());
    for (name, flags) in [("rename", 0), ("renameat", 0), ("renameat2", 0), ("exchange", 2)] {
        let from = scene.file(&format!("{name}-from"));
        let to = scene.path(&format!("{name}-to"));
        if flags == 2 {
            fs::write(&to, "other").unwrap();
            scene.events();
        }
        let (one, other) = (text(&from), text(&to));
        match name {
            "rename" => call(libc::SYS_rename, [address(&one), address(&other), 0, 0, 0, 0]),
            "renameat" => call(libc::SYS_renameat, [at, address(&one), at, address(&other), 0, 0]),
            _ => call(libc::SYS_renameat2, [at, address(&one), at, address(&other), flags, 0]),
        };
        let (from, to) = (value(&from), value(&to));
        let back = |path: &Value| if flags == 2 { path.clone() } else { Value::Null };
        let expected = [
            ["rename".into(), from.clone(), back(&to), to.clone()],
            ["rename".into(), to.clone(), from.clone(), back(&from)],
        ];
        let events = scene.events();
        assert_eq!(ends(&events), expected, "{name}");
        assert!(events.iter().all(|event| event["file"]["by_name"] == true));
        assert!(events.iter().all(|event| event["file"].get("unresolved").is_none()));
    }
}

fn a_link_has_two_ends() {
    let mut scene = Scene::new();
    let at = i64::from(libc::AT_FDCWD);
    let value = |path: &Path| Value::from(path.to_str().unwrap());
    for name in ["link", "linkat", "empty"] {
        let from = scene.file(&format!("{name}-from"));
        let to = scene.path(&format!("{name}-to"));
        let (one, other, nothing) = (text(&from), text(&to), text(""));
        let file = open(&from, libc::O_RDONLY);
        scene.events();
        match name {
            "link" => call(libc::SYS_link, [address(&one), address(&other), 0, 0, 0, 0]),
            "linkat" => call(libc::SYS_linkat, [at, address(&one), at, address(&other), 0, 0]),
            _ => call(
                libc::SYS_linkat,
                [
                    number(&file),
                    address(&nothing),
                    at,
                    address(&other),
                    libc::AT_EMPTY_PATH.into(),
                    0,
                ],
            ),
        };
        let (from, to) = (value(&from), value(&to));
        let expected = [
            ["link".into(), from.clone(), Value::Null, to.clone()],
            ["link".into(), to.clone(), from, Value::Null],
        ];
        assert_eq!(ends(&scene.events()), expected, "{name}");
    }
    // A symbolic link says where it leads, whether there is something or not.
    let to = scene.path("symbolic");
    std::os::unix::fs::symlink("../not/there", &to).unwrap();
    let events = scene.events();
    assert_eq!(events.len(), 1, "{events:?}");
    let file = &events[0]["file"];
    assert_eq!(
        (&file["file"], &file["from"], &file["type"]),
        (&value(&to), &"../not/there".into(), &"symlink".into())
    );
    assert_eq!(file["actions"], Value::from(vec!["create", "link"]));
}

fn names_are_made_and_removed() {
    let mut scene = Scene::new();
    let at = i64::from(libc::AT_FDCWD);
    let (one, other) = (text(scene.path("one")), text(scene.path("other")));
    let mode = i64::from(libc::S_IFREG | 0o600);
    call(libc::SYS_mknod, [address(&one), mode, 0, 0, 0, 0]);
    call(libc::SYS_mknodat, [at, address(&other), mode, 0, 0, 0]);
    assert_eq!(scene.told(), list(&[("create", "one"), ("create", "other")]));
    call(libc::SYS_truncate, [address(&one), 5, 0, 0, 0, 0]);
    assert_eq!(scene.told(), list(&[("truncate", "one")]));
    call(libc::SYS_unlink, [address(&one), 0, 0, 0, 0, 0]);
    call(libc::SYS_unlinkat, [at, address(&other), 0, 0, 0, 0]);
    assert_eq!(scene.told(), list(&[("unlink", "one"), ("unlink", "other")]));
    call(libc::SYS_mkdir, [address(&one), 0o700, 0, 0, 0, 0]);
    call(libc::SYS_mkdirat, [at, address(&other), 0o700, 0, 0, 0]);
    call(libc::SYS_rmdir, [address(&one), 0, 0, 0, 0, 0]);
    call(libc::SYS_unlinkat, [at, address(&other), libc::AT_REMOVEDIR.into(), 0, 0, 0]);
    let events = scene.events();
    assert!(events.iter().all(|event| event["file"]["type"] == "directory"), "{events:?}");
    let actions: Vec<_> = events.iter().map(|event| event["file"]["actions"][0].clone()).collect();
    assert_eq!(actions, ["create", "create", "unlink", "unlink"]);
}

fn what_failed_is_not_told() {
    let mut scene = Scene::new();
    let path = scene.file("there");
    let file = open(&path, libc::O_RDONLY);
    scene.events();
    assert!(fs::create_dir(&path).is_err());
    assert!(fs::rename(scene.path("not-there"), scene.path("x")).is_err());
    assert!(fs::remove_file(scene.path("not-there")).is_err());
    assert!(fs::hard_link(scene.path("not-there"), scene.path("x")).is_err());
    assert!(File::open(scene.path("not-there")).is_err());
    // Not open for writing.
    assert!(file.set_len(3).is_err());
    // At its end there is nothing to read.
    let mut buffer = [0_u8; 4];
    call(libc::SYS_pread64, [number(&file), buffer.as_mut_ptr() as i64, 4, 1000, 0, 0]);
    assert_eq!(scene.told(), list(&[]));
}

#[cfg(target_arch = "x86_64")]
fn a_program_of_32_bits_is_seen() {
    use crate::calls::call_32;

    /// An address that such a program can say.
    struct Low(i64);

    let mut scene = Scene::new();
    let map = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT;
    let low = Low(call(libc::SYS_mmap, [0, 4096, 3, map.into(), -1, 0]));
    let put = |path: &Path| {
        let path = text(path);
        let bytes = path.as_bytes_with_nul();
        let memory = open(Path::new("/proc/self/mem"), libc::O_RDWR);
        let length = bytes.len() as i64;
        call(libc::SYS_pwrite64, [number(&memory), bytes.as_ptr() as i64, length, low.0, 0, 0]);
        low.0 as i32
    };
    let name = put(&scene.path("small"));
    // open, write, close, unlink of asm/unistd_32.h
    let file = call_32(5, name, libc::O_CREAT | libc::O_WRONLY, 0o600);
    assert!(file >= 0, "{file}");
    assert_eq!(call_32(4, file, name, 4), 4);
    assert_eq!(call_32(6, file, 0, 0), 0);
    assert_eq!(call_32(10, name, 0, 0), 0);
    let expected =
        [("open create", "small"), ("write", "small"), ("close", "small"), ("unlink", "small")];
    assert_eq!(scene.told(), list(&expected));
    call(libc::SYS_munmap, [low.0, 4096, 0, 0, 0, 0]);
}

#[cfg(not(target_arch = "x86_64"))]
fn a_program_of_32_bits_is_seen() {}

fn a_program_that_removes_itself_brings_all_four() {
    let mut scene = Scene::new();
    let path = scene.path("program");
    fs::copy(std::env::current_exe().unwrap(), &path).unwrap();
    scene.events();
    let mut command = std::process::Command::new(&path);
    let mut child = command.env(REMOVES_ITSELF, "1").spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let folder = scene.path("");
    let all = scene.watch.all_events(&folder);
    let of_child = all.iter().filter(|event| {
        event["process"]["pid"] == child.id() && event["file"]["file"] == path.to_str().unwrap()
    });
    let actions: Vec<Value> =
        of_child.flat_map(|event| event["file"]["actions"].as_array().unwrap().clone()).collect();
    assert_eq!(&actions[..3], ["mmap", "open", "execve"]);
    assert_eq!(
        actions.last().unwrap(),
        "unlink",
        "the act that completes them comes last: {actions:?}"
    );
}

/// A file is made through a ring: if that were seen, the coverage should say so.
fn an_act_through_io_uring_is_said_to_be_unseen() {
    let mut scene = Scene::new();
    let path = text(scene.path("through-a-ring"));
    // struct io_uring_params: 120 bytes; the offsets of the two rings begin at 40 and 80 (io_uring_setup(2)).
    let mut parameters = [0_u32; 30];
    let ring = call(libc::SYS_io_uring_setup, [4, parameters.as_mut_ptr() as i64, 0, 0, 0, 0]);
    let memory = |offset: i64| {
        let flags = i64::from(libc::MAP_SHARED | libc::MAP_POPULATE);
        call(libc::SYS_mmap, [0, 8192, 3, flags, ring, offset])
    };
    // IORING_OFF_SQ_RING, IORING_OFF_SQES
    let (queue, entries) = (memory(0), memory(0x1000_0000));
    let put = |address: i64, bytes: &[u8]| {
        let memory = open(Path::new("/proc/self/mem"), libc::O_RDWR);
        call(
            libc::SYS_pwrite64,
            [number(&memory), bytes.as_ptr() as i64, bytes.len() as i64, address, 0, 0],
        );
    };
    // struct io_uring_sqe: IORING_OP_MKDIRAT, flags, priority, the folder, nothing, the name, the mode.
    let mut entry = [0_u8; 64];
    entry[0] = 37;
    entry[4..8].copy_from_slice(&libc::AT_FDCWD.to_ne_bytes());
    entry[16..24].copy_from_slice(&address(&path).to_ne_bytes());
    entry[24..28].copy_from_slice(&0o700_u32.to_ne_bytes());
    put(entries, &entry);
    // The first entry of the array is entry 0; the tail is 1.
    let (tail, array) = (i64::from(parameters[11]), i64::from(parameters[16]));
    put(queue + array, &0_u32.to_ne_bytes());
    put(queue + tail, &1_u32.to_ne_bytes());
    // IORING_ENTER_GETEVENTS
    assert_eq!(call(libc::SYS_io_uring_enter, [ring, 1, 1, 1, 0, 0]), 1);
    call(libc::SYS_close, [ring, 0, 0, 0, 0, 0]);
    assert!(scene.path("through-a-ring").is_dir());
    let seen = !scene.told().is_empty();
    let live = reactant_sensor::Live::start(&reactant_core::interest::Interest::default()).unwrap();
    let coverage =
        live.coverage().iter().find(|coverage| coverage.subject.name() == "io_uring").unwrap();
    assert_eq!(seen, coverage.source.is_ok(), "{coverage:?}");
}

fn a_loop_is_one_event() {
    let mut scene = Scene::new();
    let path = scene.file("often");
    for _ in 0..1000 {
        fs::read(&path).unwrap();
    }
    // It was opened and closed when it was made; reading asks how long it is by statx, and reads.
    assert_eq!(scene.told(), list(&[("read", "often")]));
}

fn another_program_or_name_is_told_again() {
    let mut scene = Scene::new();
    let path = scene.file("one");
    fs::read(&path).unwrap();
    assert_eq!(scene.told(), list(&[("read", "one")]));
    // Another name of the same file.
    fs::hard_link(&path, scene.path("two")).unwrap();
    scene.events();
    fs::read(scene.path("two")).unwrap();
    assert_eq!(scene.told(), list(&[("open", "two"), ("read", "two"), ("close", "two")]));
    // The same name below another.
    fs::create_dir(scene.path("a")).unwrap();
    fs::write(scene.path("a/file"), "x").unwrap();
    fs::read(scene.path("a/file")).unwrap();
    fs::rename(scene.path("a"), scene.path("b")).unwrap();
    scene.events();
    fs::read(scene.path("b/file")).unwrap();
    assert_eq!(scene.told(), list(&[("open", "b/file"), ("read", "b/file"), ("close", "b/file")]));
    // A file that took the place of another.
    fs::write(&path, "y").unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "z").unwrap();
    scene.events();
    fs::read(&path).unwrap();
    assert_eq!(scene.told(), list(&[("read", "one")]));
    // Another program in the same process.
    let script = format!("read line <{0}; exec /bin/sh -c 'read line <{0}'", path.display());
    assert!(std::process::Command::new("/bin/sh").args(["-c", &script]).status().is_ok());
    let told = scene.told();
    let reads = told.iter().filter(|(action, _)| action == "read").count();
    assert_eq!(reads, 2, "{told:?}");
}
