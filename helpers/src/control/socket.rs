//! The socket in the folder: made so that nobody but root and its owner reaches it, and nobody puts another in its place.

use std::{
    io,
    os::{
        fd::{AsRawFd, BorrowedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, fchmod, fstat, openat, statat, unlinkat},
    io::Errno,
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with,
        sockopt::{Timeout, set_socket_timeout, socket_peercred},
    },
    process::{Uid, geteuid},
};

use super::{ControlError, Peer};
use crate::folder::{Folder, open_dir};

/// Its name in the folder.
const NAME: &str = "control.sock";
/// Connections that wait to be taken.
const BACKLOG: i32 = 16;

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Makes the socket. Whoever holds the folder is the only one who may, so one that stands there already was left by a process that is gone.
pub(super) fn make(folder: &Folder) -> Result<UnixListener, ControlError> {
    let shown = path(folder.path()).display().to_string();
    let system = |errno: Errno| ControlError::System(shown.clone(), errno.into());
    let dir = folder.dir();
    let private = folder.is_private();
    if !private.map_err(|error| ControlError::System(shown.clone(), error))? {
        return Err(ControlError::Writable(folder.path().display().to_string()));
    }
    match statat(dir, NAME, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => {}
        Err(errno) => return Err(system(errno)),
        Ok(found) => match FileType::from_raw_mode(found.st_mode) {
            FileType::Socket => unlinkat(dir, NAME, AtFlags::empty()).map_err(system)?,
            FileType::Symlink => return Err(ControlError::Occupied(shown, "a symlink")),
            FileType::Directory => return Err(ControlError::Occupied(shown, "a directory")),
            _ => return Err(ControlError::Occupied(shown, "another file")),
        },
    }
    let (unix, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK);
    let socket = socket_with(unix, SocketType::STREAM, flags, None).map_err(system)?;
    // What is bound has the mode of the unbound socket (unix(7)), so there is no moment in which others could come in.
    fchmod(&socket, Mode::RUSR | Mode::WUSR).map_err(system)?;
    bind(&socket, &address(dir, NAME).map_err(system)?).map_err(system)?;
    listen(&socket, BACKLOG).map_err(system)?;
    Ok(socket.into())
}

/// Removes the socket.
pub(super) fn remove(dir: BorrowedFd<'_>) {
    let _ = unlinkat(dir, NAME, AtFlags::empty());
}

/// Connects to the socket in a folder, whoever listens there: root, this user, or, where root asks, the folder's owner.
pub(super) fn reach(folder: &Path, time: Duration) -> io::Result<UnixStream> {
    let dir = open_dir(folder)?;
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&dir, NAME, flags, Mode::empty())?;
    let (about, of) = (fstat(&file)?, fstat(&dir)?);
    if FileType::from_raw_mode(about.st_mode) != FileType::Socket {
        return Err(io::Error::other("it is no socket"));
    }
    let own = geteuid();
    let may = |uid: Uid| {
        uid.is_root() || uid == own || (own.is_root() && uid == Uid::from_raw(of.st_uid))
    };
    let stranger = || io::Error::new(io::ErrorKind::PermissionDenied, "another user listens there");
    if !may(Uid::from_raw(about.st_uid)) {
        return Err(stranger());
    }
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // Bounds the wait for a place in the queue.
    set_socket_timeout(&socket, Timeout::Send, Some(time))?;
    // The very file that was looked at, whatever its name leads to by now.
    connect(&socket, &SocketAddrUnix::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?)?;
    if !may(socket_peercred(&socket)?.uid) {
        return Err(stranger());
    }
    Ok(socket.into())
}

/// Who is at the other end.
pub(super) fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = socket_peercred(stream)?;
    let pid = credentials.pid.as_raw_nonzero().get();
    Ok(Peer { pid, uid: credentials.uid.as_raw() })
}

/// Whether a peer may ask: root, and this process's own user.
pub(super) fn may_ask(peer: Peer) -> bool {
    peer.uid == 0 || peer.uid == geteuid().as_raw()
}

/// A name in an open directory. An address holds 108 bytes (unix(7)), and paths may be longer.
fn address(dir: BorrowedFd<'_>, name: &str) -> rustix::io::Result<SocketAddrUnix> {
    SocketAddrUnix::new(format!("/proc/self/fd/{}/{name}", dir.as_raw_fd()))
}
