//! Several data folders on one machine, each with a runtime of its own.

use std::{fs, path::Path};

use reactant_core::config::BlocksOnExit;
use reactant_helpers::effects::block::{Blocks, Kind, choose};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use super::{block, lease::left, open, reachable, refused, settings, unblock};

fn folders<const N: usize>(ground: &Path, names: [&str; N]) -> [std::path::PathBuf; N] {
    names.map(|name| {
        let folder = ground.join(name);
        fs::create_dir(&folder).unwrap();
        folder
    })
}

fn all(see: fn(&str), addresses: &[&str]) {
    addresses.iter().for_each(|address| see(address));
}

pub(super) fn apart(kind: Kind) {
    let ground = tempfile::tempdir().unwrap();
    let [one, other] = folders(ground.path(), ["one", "other"]);
    let first = open(kind, &one);
    for address in ["10.8.0.5", "fd08::5", "10.8.1.5"] {
        block(&first, address, None);
    }
    // Another one's start, its blocks and its end.
    let second = open(kind, &other);
    assert_eq!(second.list(), []);
    all(refused, &["10.8.0.5", "fd08::5"]);
    for address in ["10.8.0.6", "fd08::6", "10.8.1.5"] {
        block(&second, address, None);
        refused(address);
    }
    for address in ["10.8.0.5", "fd08::5", "10.8.1.5"] {
        unblock(&first, address);
    }
    all(reachable, &["10.8.0.5", "fd08::5"]);
    all(refused, &["10.8.0.6", "fd08::6", "10.8.1.5"]);
    first.close().unwrap();
    drop(first);
    all(refused, &["10.8.0.6", "fd08::6", "10.8.1.5"]);
    // Both stay while neither runs, and while one starts.
    let first = open(kind, &one);
    block(&first, "10.8.0.5", None);
    first.close().unwrap();
    second.close().unwrap();
    drop((first, second));
    all(refused, &["10.8.0.5", "10.8.0.6", "fd08::6"]);
    let mut remove = settings(kind, &one);
    remove.on_exit = BlocksOnExit::Remove;
    let first = Blocks::open(choose(&remove).unwrap(), remove).unwrap();
    all(refused, &["10.8.0.5", "10.8.0.6", "fd08::6"]);
    first.close().unwrap();
    drop(first);
    reachable("10.8.0.5");
    all(refused, &["10.8.0.6", "fd08::6"]);
    // A copy of a folder has the leases, and blocks of its own.
    let copy = ground.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(other.join("blocks"), copy.join("blocks")).unwrap();
    let copied = open(kind, &copy);
    unblock(&copied, "10.8.0.6");
    refused("10.8.0.6");
    let second = open(kind, &other);
    unblock(&second, "10.8.0.6");
    reachable("10.8.0.6");
    for address in ["fd08::6", "10.8.1.5"] {
        unblock(&copied, address);
        unblock(&second, address);
    }
    copied.close().unwrap();
    second.close().unwrap();
    drop((copied, second));
    assert_eq!(left(), Vec::<String>::new());
}

pub(super) fn gone(kind: Kind) {
    let ground = tempfile::tempdir().unwrap();
    let [removed, renamed, covered, own] =
        folders(ground.path(), ["removed", "renamed", "covered", "own"]);
    let stays = open(kind, &removed);
    block(&stays, "10.8.0.5", None);
    block(&stays, "fd08::5", None);
    drop(stays);
    let living = [&renamed, &covered].map(|folder| open(kind, folder));
    block(&living[0], "10.8.0.6", None);
    block(&living[1], "fd08::6", None);
    drop(open(kind, &own));
    all(refused, &["10.8.0.5", "fd08::5", "10.8.0.6", "fd08::6"]);

    fs::remove_dir_all(&removed).unwrap();
    fs::rename(&renamed, ground.path().join("elsewhere")).unwrap();
    mount("tmpfs", &covered, "tmpfs", MountFlags::empty(), None).unwrap();
    drop(open(kind, &own));
    all(reachable, &["10.8.0.5", "fd08::5"]);
    all(refused, &["10.8.0.6", "fd08::6"]);

    unmount(&covered, UnmountFlags::empty()).unwrap();
    unblock(&living[0], "10.8.0.6");
    unblock(&living[1], "fd08::6");
    all(reachable, &["10.8.0.6", "fd08::6"]);
    for blocks in living {
        blocks.close().unwrap();
    }
    let own = open(kind, &own);
    own.close().unwrap();
    drop(own);
    assert_eq!(left(), Vec::<String>::new());
}
