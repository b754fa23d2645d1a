//! The file of `--record`: every event, written before it is answered.

use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use reactant_core::packed::Packed;
use rustix::fs::OFlags;

use crate::{console::Console, exit::Failure};

/// A recording. Where it cannot go on (a full disk), the watch does: who fills a disk must not end it.
pub(super) struct Recording {
    path: PathBuf,
    /// `None` once it could not be written.
    file: Option<File>,
    /// Bytes of whole lines; `None` for what is no regular file.
    whole: Option<u64>,
    left_out: u64,
}

impl Recording {
    /// Takes the file, which is emptied. A link at the end of the path is not followed, and a file of several names is not taken: whoever made it may have
    /// wanted another file to be overwritten.
    pub(super) fn new(path: &Path) -> Result<Recording, Failure> {
        let failed = |why: &dyn std::fmt::Display| {
            Failure::Problem(format!("--record: {}: {why}", path.display()))
        };
        let flags = OFlags::NOFOLLOW | OFlags::NOCTTY;
        // Arguments and environments hold secrets.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags.bits() as i32)
            .open(path);
        let file = match file {
            Ok(file) => file,
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(failed(&"is a symbolic link, which is not followed"));
            }
            Err(error) => return Err(failed(&error)),
        };
        let about = file.metadata().map_err(|error| failed(&error))?;
        let regular = about.is_file();
        if regular {
            if about.nlink() > 1 {
                return Err(failed(&"has other names too, and is not overwritten"));
            }
            file.set_len(0).map_err(|error| failed(&error))?;
            // One that was there keeps its mode otherwise.
            file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| failed(&error))?;
        }
        let whole = regular.then_some(0);
        Ok(Recording { path: path.to_owned(), file: Some(file), whole, left_out: 0 })
    }

    /// Writes an event as one line. The first failure is told and ends the recording.
    pub(super) fn write(&mut self, console: &Console, object: &Packed) {
        let Some(file) = &mut self.file else {
            self.left_out += 1;
            return;
        };
        let line = object.root().to_json_exact() + "\n";
        match file.write_all(line.as_bytes()) {
            Ok(()) => self.whole = self.whole.map(|whole| whole + line.len() as u64),
            Err(error) => self.end(console, &error),
        }
    }

    fn end(&mut self, console: &Console, error: &io::Error) {
        let cut = |file: File, whole| file.set_len(whole);
        if let (Some(file), Some(whole)) = (self.file.take(), self.whole) {
            // What stands there stays whole lines, so far as that can be had.
            let _ = cut(file, whole);
        }
        self.left_out += 1;
        let what = format!(
            "--record: {}: {error}; nothing more is recorded, and the watch goes on",
            self.path.display()
        );
        console.warn("recording", &what);
    }

    /// Whether it lacks events; tells how many.
    pub(super) fn finish(&self, console: &Console) -> bool {
        if self.left_out > 0 {
            let what = format!("--record: {} lacks {} events", self.path.display(), self.left_out);
            console.warn("recording", &what);
        }
        self.left_out > 0
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    fn why(path: &Path) -> String {
        match Recording::new(path) {
            Ok(_) => panic!("{} was taken", path.display()),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn a_link_at_the_end_of_the_path_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (shadow, link) = (folder.path().join("shadow"), folder.path().join("seen"));
        fs::write(&shadow, "secret").unwrap();
        symlink(&shadow, &link).unwrap();
        assert!(why(&link).contains("symbolic link"), "{}", why(&link));
        symlink(folder.path().join("new"), folder.path().join("dangling")).unwrap();
        assert!(why(&folder.path().join("dangling")).contains("symbolic link"));
        assert_eq!(fs::read_to_string(&shadow).unwrap(), "secret");
        assert!(!folder.path().join("new").exists());
    }

    #[test]
    fn a_file_of_several_names_keeps_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let (shadow, other) = (folder.path().join("shadow"), folder.path().join("seen"));
        fs::write(&shadow, "secret").unwrap();
        fs::hard_link(&shadow, &other).unwrap();
        assert!(why(&other).contains("other names"), "{}", why(&other));
        assert_eq!(fs::read_to_string(&shadow).unwrap(), "secret");
    }
}
