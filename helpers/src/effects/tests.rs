//! File helpers against real directories, with whatever an attacker could put there.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use reactant_core::value::Value;

use crate::{
    protect::Protect,
    testing::{Caller, done, failed},
};

mod files;
mod guarded;
mod overlay;
mod parity;
mod races;
mod temp;

/// A directory of our own, and one in it that everybody can write.
struct Ground {
    own: tempfile::TempDir,
}

impl Ground {
    fn new() -> Ground {
        let own = tempfile::tempdir_in("/tmp").unwrap();
        let open = own.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        Ground { own }
    }

    fn own(&self, name: &str) -> PathBuf {
        self.own.path().join(name)
    }

    fn open(&self, name: &str) -> PathBuf {
        self.own.path().join("open").join(name)
    }
}

/// One that acts on the disk, one that runs dry: what both refuse alike.
fn both() -> [Caller; 2] {
    let dry = Caller { dry_run: true, ..Caller::live() };
    [Caller::live(), dry]
}

/// The failure about a path.
fn about(path: &Path, why: &str) -> (Value, String) {
    failed(&format!("{}: {why}", path.display()))
}

fn about_text(path: &Path, why: &str) -> (Value, String) {
    (Value::from(""), about(path, why).1)
}

fn field(record: &Value, name: &str) -> Value {
    match record {
        Value::Map(map) => map[name].clone(),
        other => panic!("no record: {other:?}"),
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
