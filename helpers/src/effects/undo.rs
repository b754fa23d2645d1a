//! Taking a write back: the file gets what it held before, or goes where there was none.

use rustix::fs::{self, AtFlags, Gid, Mode, Uid};

use reactant_core::helper::Failure;

use super::{
    files,
    walk::{Over, Place, Walk},
};
use crate::{
    journal::{Before, Hash, Kept, Replaced},
    texts,
};

/// What a write is about to replace.
pub(super) fn replaced(place: &Place, data: &[u8], kept: &Kept) -> Result<Replaced, Failure> {
    let Ok(path) = String::from_utf8(place.path.clone()) else {
        return Ok(Replaced { written: Hash::of(data), ..Replaced::not("its path is no UTF-8") });
    };
    let before = match place.on_disk()? {
        None => Before::Nothing,
        Some(stat) => {
            let limit = usize::try_from(kept.limit()).unwrap_or(usize::MAX - 1);
            let content = files::read_up_to(place, &stat, limit);
            let content = content.and_then(|content| {
                kept.keep(&content).map_err(|error| place.fails(error.to_string()))
            });
            match content {
                Ok(sha256) => Before::File {
                    sha256,
                    mode: stat.st_mode & 0o7777,
                    uid: stat.st_uid,
                    gid: stat.st_gid,
                },
                Err(Failure(why)) => Before::NotKept { why: texts::shown(&why) },
            }
        }
    };
    Ok(Replaced { path, written: Hash::of(data), before })
}

/// Takes a write back, where the file still holds what was written.
///
/// # Errors
///
/// Why it cannot be taken back; the file is as it was.
pub fn undo(replaced: &Replaced, kept: &Kept) -> Result<(), Failure> {
    let walk = Walk { follow_last: false, write: true, over: &|_| Over::Disk };
    let place = walk.to(&replaced.path).map_err(|lost| texts::path(lost.path, lost.why))?;
    if place.path != replaced.path.as_bytes() {
        return Err(texts::path(&replaced.path, "leads elsewhere by now"));
    }
    let stat = place.on_disk()?.ok_or_else(|| place.fails("has gone"))?;
    let content = files::read_up_to(&place, &stat, usize::MAX - 1)?;
    if Hash::of(&content) != replaced.written {
        return Err(place.fails("holds something else by now"));
    }
    let Some(dir) = &place.dir else { return Err(place.fails("has gone")) };
    match &replaced.before {
        Before::NotKept { why } => Err(place.fails(format!("what it held was not kept: {why}"))),
        Before::Nothing => fs::unlinkat(dir, &place.name[..], AtFlags::empty())
            .map_err(|errno| place.system(errno)),
        Before::File { sha256, mode, uid, gid } => {
            let old = kept.get(*sha256).map_err(|error| {
                place.fails(format!("what it held is not kept any more: {error}"))
            })?;
            let (owner, group) = (Uid::from_raw(*uid), Gid::from_raw(*gid));
            files::write_as(&place, &old, |file| {
                fs::fchown(file, Some(owner), Some(group))?;
                fs::fchmod(file, Mode::from_raw_mode(*mode))
            })
        }
    }
}
