//! A thread swaps a directory for a link while the helpers work.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;

/// Swaps two names as fast as it can while `act` runs; gives how often.
fn swapping(one: &Path, other: &Path, act: impl FnOnce()) -> u64 {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let swaps = scope.spawn(|| {
            let mut swaps = 0;
            while !stop.load(Ordering::Relaxed) {
                if renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok() {
                    swaps += 1;
                }
            }
            swaps
        });
        let stopped = Stop(&stop);
        act();
        drop(stopped);
        swaps.join().unwrap()
    })
}

/// Ends the swapping also where an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Arena {
    ground: Ground,
}

impl Arena {
    /// `open/d` is a directory and `open/link` leads to `victim`; anybody may swap them.
    fn new() -> Arena {
        let ground = Ground::new();
        fs::create_dir(ground.own("victim")).unwrap();
        fs::write(ground.own("victim/f"), "precious").unwrap();
        fs::create_dir(ground.open("d")).unwrap();
        symlink(ground.own("victim"), ground.open("link")).unwrap();
        Arena { ground }
    }

    fn unharmed(&self) -> bool {
        let files: Vec<_> = fs::read_dir(self.ground.own("victim")).unwrap().collect();
        files.len() == 1
            && fs::read_to_string(self.ground.own("victim/f")).is_ok_and(|text| text == "precious")
    }
}

/// Writes and appends that go through while a thread swaps.
const WRITES: usize = 10_000;

#[test]
fn no_write_goes_through_a_link_that_appears_meanwhile() {
    let arena = Arena::new();
    let (caller, path) = (Caller::live(), arena.ground.open("d/f"));
    let (mut written, mut refused) = (0, 0);
    let swaps = swapping(&arena.ground.open("d"), &arena.ground.open("link"), || {
        for round in 0..WRITES {
            let helper = if round % 2 == 0 { "WriteFile" } else { "AppendFile" };
            match caller.value(helper, &[&path, &"stray"]) {
                Value::Int(0) => written += 1,
                _ => refused += 1,
            }
        }
    });
    assert!(arena.unharmed());
    assert!(swaps > 1000 && written > 100 && refused > 100, "{swaps} swaps, {written} written");
    assert_eq!(written + refused, WRITES);
}

#[test]
fn no_append_lands_in_a_file_that_is_linked_in_meanwhile() {
    let arena = Arena::new();
    let (one, other) = (arena.ground.open("log"), arena.ground.open("trap"));
    fs::write(&one, "").unwrap();
    symlink(arena.ground.own("victim/f"), &other).unwrap();
    let caller = Caller::live();
    swapping(&one, &other, || {
        // No `WriteFile` here: it replaces a link that it meets in its last step, and with it the trap.
        for _ in 0..4000 {
            caller.call("AppendFile", &[&one, &"stray"]);
        }
    });
    assert!(arena.unharmed());
}

#[test]
fn no_read_goes_through_a_link_that_appears_meanwhile() {
    let arena = Arena::new();
    let (caller, path) = (Caller::live(), arena.ground.open("d/f"));
    swapping(&arena.ground.open("d"), &arena.ground.open("link"), || {
        for _ in 0..1000 {
            assert_eq!(caller.value("ReadFile", &[&path]), "".into());
        }
    });
}

#[test]
fn no_removal_goes_through_a_link_that_appears_meanwhile() {
    let arena = Arena::new();
    let root = arena.ground.open("tree");
    let caller = Caller::live();
    for _ in 0..200 {
        let (inner, trap) = (root.join("inner"), arena.ground.open("trap"));
        fs::create_dir_all(&inner).unwrap();
        (0..5).for_each(|n| fs::write(inner.join(n.to_string()), "").unwrap());
        let _ = fs::remove_file(&trap);
        symlink(arena.ground.own("victim"), &trap).unwrap();
        swapping(&inner, &trap, || drop(caller.call("RemoveDir", &[&root])));
        for rest in [&root, &trap] {
            let _ = fs::remove_file(rest);
            let _ = fs::remove_dir_all(rest);
        }
        assert!(arena.unharmed());
    }
}
