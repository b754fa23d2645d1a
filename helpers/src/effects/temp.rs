//! `/tmp`: where it is, and what lies below it.

use std::os::fd::OwnedFd;

use rustix::{
    fs::{self, AtFlags, Mode, OFlags},
    io::Errno,
};

use reactant_core::helper::Failure;

use super::{
    files::{TRIES, random_name},
    walk::{Lost, Over, Place, Walk},
};
use crate::{protect::Protect, texts};

/// `/tmp`, resolved and held.
#[derive(Debug)]
pub(super) struct Temp {
    pub(super) dir: OwnedFd,
    pub(super) path: Vec<u8>,
}

impl Temp {
    pub(super) fn open() -> Result<Temp, Failure> {
        let walk = Walk { follow_last: true, write: true, over: &|_| Over::Disk };
        let place = walk.to("/tmp").map_err(|lost| texts::path(lost.path, lost.why))?;
        let Some(parent) = &place.dir else { return Err(place.system(Errno::NOENT)) };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = fs::openat(parent, &place.name[..], flags, Mode::empty())
            .map_err(|errno| place.system(errno))?;
        Ok(Temp { dir, path: place.path })
    }

    /// Where a path leads, if that is below `/tmp` and no link leads there.
    pub(super) fn below(&self, path: &str, over: &dyn Fn(&[u8]) -> Over) -> Result<Place, Failure> {
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        let named = parts.next() == Some("tmp");
        let rest: String = parts.flat_map(|part| ["/", part]).collect();
        if !named || rest.is_empty() {
            return Err(texts::path(path, "only directories below `/tmp` are removed"));
        }
        let fails = |lost: Lost| texts::path(lost.path, lost.why);
        let place = Walk { follow_last: false, write: true, over }.to(path).map_err(fails)?;
        if place.path != [&self.path[..], rest.as_bytes()].concat() {
            return Err(texts::path(
                path,
                "leads over a symbolic link, which is not followed here",
            ));
        }
        Ok(place)
    }

    /// Tries names until `make` does not find one taken; gives the path as scripts see it.
    pub(super) fn name(
        &self,
        prefix: &str,
        seed: u64,
        protect: &Protect,
        mut make: impl FnMut(&str, Vec<u8>) -> Result<(), Errno>,
    ) -> Result<String, Failure> {
        let mut attempt = 0;
        loop {
            let name = format!("{prefix}{}", random_name(seed, attempt));
            let path = [&self.path[..], b"/", name.as_bytes()].concat();
            protect.check_write(&path)?;
            match make(&name, path) {
                Ok(()) => return Ok(format!("/tmp/{name}")),
                Err(Errno::EXIST) if attempt < TRIES => attempt += 1,
                Err(errno) => return Err(texts::path_system(format!("/tmp/{name}"), errno)),
            }
        }
    }

    pub(super) fn make(&self, name: &str) -> Result<(), Errno> {
        fs::mkdirat(&self.dir, name, Mode::RWXU)?;
        // Another umask or a default access list may have changed the mode: set it on what was just made, which nobody else can replace in a sticky `/tmp`.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = fs::openat(&self.dir, name, flags, Mode::empty())?;
        fs::fchmod(&made, Mode::RWXU)
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        fs::statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }
}
