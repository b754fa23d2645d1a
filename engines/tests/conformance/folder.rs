//! The folder that a case may have below `/tmp`.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use rustix::fs::{CWD, FileType, Mode};

use crate::case::{File, Special};

/// Makes the files, in the order of their names.
pub(crate) fn fill(dir: &Path, files: &BTreeMap<String, File>) -> Result<(), String> {
    for (name, file) in files {
        make(&dir.join(name), file).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

fn make(path: &Path, file: &File) -> std::io::Result<()> {
    let mode = match file {
        File::Text(text) => fs::write(path, text).map(|()| 0o644),
        File::Special(Special::Size(size)) => fs::write(path, "x".repeat(*size)).map(|()| 0o644),
        File::Special(Special::Bytes(bytes)) => fs::write(path, bytes).map(|()| 0o644),
        File::Special(Special::Symlink(target)) => return std::os::unix::fs::symlink(target, path),
        File::Special(Special::Folder(_)) => fs::create_dir(path).map(|()| 0o755),
        File::Special(Special::Fifo(_)) => {
            rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0)?;
            Ok(0o600)
        }
    }?;
    // Whatever the umask is.
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// The regular files below a folder, by their path in it, with their content.
pub(crate) fn content(dir: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    collect(dir, dir, &mut found).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(found)
}

fn collect(root: &Path, dir: &Path, found: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        let kind = entry?;
        if kind.is_dir() {
            collect(root, &path, found)?;
        } else if kind.is_file() {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.insert(name, String::from_utf8_lossy(&fs::read(&path)?).into_owned());
        }
    }
    Ok(())
}
