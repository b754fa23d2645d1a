//! The other names of a place: what is mounted twice (mount(2), `MS_BIND`) is reached under each of its mounts.
//!
//! A place lies in a file system; each mount shows a part of one somewhere. Whatever shows the same part gives the place one more name, which the protect list
//! may know. Only the mounts of this mount namespace have names here; names that hard links give are not known to anybody.

use std::{fs, os::fd::OwnedFd};

use rustix::fs::{AtFlags, StatxFlags, statx};

use super::walk::Place;

/// One line of proc_pid_mountinfo(5).
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    id: u64,
    /// Of the file system: as text, which is only compared.
    device: Vec<u8>,
    /// Which part of the file system it shows.
    root: Vec<u8>,
    /// Where.
    at: Vec<u8>,
}

impl Mount {
    fn parse(line: &[u8]) -> Option<Mount> {
        let mut fields = line.split(|byte| *byte == b' ');
        let id = str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let device = fields.nth(1)?.to_vec();
        Some(Mount { id, device, root: plain(fields.next()?), at: plain(fields.next()?) })
    }
}

/// Blanks, tabs, line ends and backslashes stand there as three octal digits.
fn plain(field: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(field.len()), field);
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|_| *first == b'\\');
        let byte =
            digits.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[3..] } else { behind };
    }
    plain
}

/// What stands behind a directory's path in a path, with its slash; `None` where the path does not lie there.
fn below<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    let rest = path.strip_prefix(folder.strip_suffix(b"/").unwrap_or(folder))?;
    (rest.is_empty() || rest.starts_with(b"/")).then_some(rest)
}

fn joined(folder: &[u8], rest: &[u8]) -> Vec<u8> {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    let path = [folder, rest].concat();
    if path.is_empty() { b"/".to_vec() } else { path }
}

/// The names of a place beside its own; none where the system does not tell.
pub(super) fn other_names(place: &Place) -> Vec<Vec<u8>> {
    let Some(dir) = &place.dir else { return Vec::new() };
    let Ok(table) = fs::read("/proc/self/mountinfo") else { return Vec::new() };
    let mounts: Vec<Mount> = table.split(|byte| *byte == b'\n').filter_map(Mount::parse).collect();
    // A file may be mounted upon, too.
    let ids = [id(dir, &place.name, AtFlags::SYMLINK_NOFOLLOW), id(dir, b"", AtFlags::EMPTY_PATH)];
    let own = ids.into_iter().flatten().find_map(|id| mounts.iter().find(|mount| mount.id == id));
    own.map_or_else(Vec::new, |own| named(&mounts, own, &place.path))
}

fn id(dir: &OwnedFd, name: &[u8], flags: AtFlags) -> Option<u64> {
    let stat = statx(dir, name, flags | AtFlags::NO_AUTOMOUNT, StatxFlags::MNT_ID).ok()?;
    (stat.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(stat.stx_mnt_id)
}

fn named(mounts: &[Mount], own: &Mount, path: &[u8]) -> Vec<Vec<u8>> {
    let Some(rest) = below(path, &own.at) else { return Vec::new() };
    let within = joined(&own.root, rest);
    let others = mounts.iter().filter(|mount| mount.device == own.device);
    let names = others.filter_map(|mount| Some(joined(&mount.at, below(&within, &mount.root)?)));
    names.filter(|name| name != path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "21 1 8:1 / / rw - ext4 /dev/a rw
30 21 8:1 /etc /srv/mirror\\040of rw - ext4 /dev/a rw
31 21 8:1 /etc/shadow /root/x rw - ext4 /dev/a rw
32 21 0:5 /etc /mnt rw - tmpfs t rw
33 21 8:1 /var/lib /srv/state rw - ext4 /dev/a rw";

    fn names(id: u64, path: &str) -> Vec<String> {
        let mounts: Vec<Mount> = TABLE.lines().filter_map(|l| Mount::parse(l.as_bytes())).collect();
        let own = mounts.iter().find(|mount| mount.id == id).unwrap();
        let names = named(&mounts, own, path.as_bytes());
        names.into_iter().map(|name| String::from_utf8(name).unwrap()).collect()
    }

    #[test]
    fn a_place_has_a_name_under_each_mount_that_shows_it() {
        assert_eq!(names(30, "/srv/mirror of/passwd"), ["/etc/passwd"]);
        assert_eq!(names(30, "/srv/mirror of"), ["/etc"]);
        assert_eq!(names(31, "/root/x"), ["/etc/shadow", "/srv/mirror of/shadow"]);
        assert_eq!(names(21, "/etc/shadow"), ["/srv/mirror of/shadow", "/root/x"]);
        assert_eq!(names(33, "/srv/state/a"), ["/var/lib/a"]);
        assert_eq!(names(32, "/mnt/passwd"), [""; 0], "another file system");
        assert_eq!(names(30, "/srv/mirrored/x"), [""; 0], "not there at all");
    }

    #[test]
    fn names_with_blanks_are_read() {
        assert_eq!(plain(b"a\\040b\\134c\\0x"), b"a b\\c\\0x");
        assert_eq!(Mount::parse(b"no mount"), None);
    }
}
