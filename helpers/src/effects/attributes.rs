//! Extended attributes (xattr(7)): access lists, file capabilities, labels and whatever users hang on a file.

use rustix::{
    fd::AsFd,
    fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr},
    io::Errno,
};

use crate::texts;

/// Bytes of a list of names, and of a value (XATTR_LIST_MAX and XATTR_SIZE_MAX, limits.h).
const LONGEST: usize = 1 << 16;

/// Names and values.
type All = Vec<(Vec<u8>, Vec<u8>)>;

fn names(file: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut list = vec![0; LONGEST];
    let length = match flistxattr(file, &mut list[..]) {
        // A file system without any.
        Err(Errno::OPNOTSUPP) => 0,
        length => length?,
    };
    let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(<[u8]>::to_vec).collect())
}

/// All of a file's, as they are kept; nothing where it has none.
pub(super) fn read(file: impl AsFd) -> Result<Option<Vec<u8>>, Errno> {
    let (mut all, mut value) = (All::new(), vec![0; LONGEST]);
    for name in names(&file)? {
        let length = fgetxattr(&file, &name[..], &mut value[..])?;
        all.push((name, value[..length].to_vec()));
    }
    Ok(if all.is_empty() { None } else { serde_json::to_vec(&all).ok() })
}

/// Gives a file exactly those that were kept.
pub(super) fn restore(file: impl AsFd, kept: Option<&[u8]>) -> Result<(), String> {
    let all: All =
        kept.map_or(Ok(All::new()), serde_json::from_slice).map_err(|error| error.to_string())?;
    let failed = |name: &[u8], errno| {
        let name = texts::shown(&String::from_utf8_lossy(name));
        format!("its attribute `{name}`: {}", texts::system(errno))
    };
    for name in names(&file).map_err(texts::system)? {
        if !all.iter().any(|(kept, _)| *kept == name) {
            fremovexattr(&file, &name[..]).map_err(|errno| failed(&name, errno))?;
        }
    }
    for (name, value) in &all {
        fsetxattr(&file, &name[..], value, XattrFlags::empty())
            .map_err(|errno| failed(name, errno))?;
    }
    Ok(())
}
