//! Taking a write back: the file gets what it held before, or goes where there was none.

use rustix::fs::{self, AtFlags, Gid, Mode, Uid};

use reactant_core::helper::Failure;

use super::{
    attributes, files,
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
            let keep =
                |content: &[u8]| kept.keep(content).map_err(|error| place.fails(error.to_string()));
            let before = files::open_and_read(place, &stat, limit).and_then(|(content, file)| {
                let attributes = attributes::read(&file).map_err(|errno| place.system(errno))?;
                let attributes = attributes.as_deref().map(keep).transpose()?;
                Ok((keep(&content)?, attributes))
            });
            match before {
                Ok((sha256, attributes)) => Before::File {
                    sha256,
                    attributes,
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
    if files::hash(&place, &stat)? != Some(replaced.written) {
        return Err(place.fails("holds something else by now"));
    }
    let Some(dir) = &place.dir else { return Err(place.fails("has gone")) };
    match &replaced.before {
        Before::NotKept { why } => Err(place.fails(format!("what it held was not kept: {why}"))),
        Before::Nothing => fs::unlinkat(dir, &place.name[..], AtFlags::empty())
            .map_err(|errno| place.system(errno)),
        Before::File { sha256, attributes, mode, uid, gid } => {
            let get = |hash| {
                kept.get(hash).map_err(|error| {
                    place.fails(format!("what it held is not kept any more: {error}"))
                })
            };
            let (old, attributes) = (get(*sha256)?, attributes.map(get).transpose()?);
            let (owner, group) = (Uid::from_raw(*uid), Gid::from_raw(*gid));
            files::write_as(&place, &old, |file| {
                let system = |errno| place.system(errno);
                // Each takes something of what comes after it away.
                fs::fchown(file, Some(owner), Some(group)).map_err(system)?;
                attributes::restore(file, attributes.as_deref()).map_err(|why| place.fails(why))?;
                fs::fchmod(file, Mode::from_raw_mode(*mode)).map_err(system)
            })
        }
    }
}
