//! The host's end of the descriptor that the helper commands use. Whatever a script writes there or puts into the folder of calls is data to be
//! doubted: what is no call is answered by its removal, and nothing waits for the script.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{Read, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use reactant_core::{
    engine::Door,
    helper::{HelperId, HelperSpec},
    limits::Stop,
};
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, fstat, openat, renameat, statat, unlinkat},
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

use crate::{launch, prelude};

/// The largest call: a value of the store's largest size, and room for what stands beside it.
const LARGEST: u64 = 4 << 20;
/// The longest announcement: two numbers.
const LINE: usize = 40;
/// Answers that are kept, read or not; and how many unread ones, whose callers may have been killed.
const KEPT: usize = 64;
const UNREAD: usize = 4096;

/// The helpers by name.
pub(crate) type Helpers = HashMap<String, (HelperId, HelperSpec)>;

/// The exchange of one invocation.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    helpers: &'a Helpers,
    calls: OwnedFd,
    socket: BorrowedFd<'a>,
    received: Vec<u8>,
    line: Vec<u8>,
    answers: VecDeque<String>,
    answered: bool,
    /// Whether every end of the script's is closed.
    pub(crate) closed: bool,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        helpers: &'a Helpers,
        calls: OwnedFd,
        socket: BorrowedFd<'a>,
    ) -> Exchange<'a> {
        Exchange {
            helpers,
            calls,
            socket,
            received: Vec::new(),
            line: Vec::new(),
            answers: VecDeque::new(),
            answered: false,
            closed: false,
        }
    }

    /// Takes what has been announced, a bounded part.
    pub(crate) fn receive(&mut self) {
        let mut buffer = [0_u8; 1024];
        let count = match recv(self.socket, &mut buffer, RecvFlags::DONTWAIT) {
            Ok((_, count)) => count,
            Err(Errno::AGAIN | Errno::INTR) => return,
            Err(_) => 0,
        };
        self.closed = count == 0;
        self.received.extend(&buffer[..count]);
    }

    /// Answers it.
    ///
    /// # Errors
    ///
    /// [`Stop`] where a helper's call said so.
    pub(crate) fn serve(&mut self, door: &mut dyn Door) -> Result<(), Stop> {
        for byte in std::mem::take(&mut self.received) {
            if byte != b'\n' {
                // What is too long is no announcement, however it ends.
                if self.line.len() <= LINE {
                    self.line.push(byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8(line).ok().filter(|line| line.len() <= LINE);
            match line.as_deref() {
                // The turn is handed on.
                Some("") => self.wake(),
                Some(id) if is_call(id) => self.answer(id, door)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Wakes somebody where nobody has been woken since: a process that was killed may have taken another's turn with it.
    pub(crate) fn tick(&self) {
        if self.answered && launch::unread(self.socket) == 0 {
            self.wake();
        }
    }

    fn wake(&self) {
        // Where the script does not read, there is enough for it to read already.
        let _ = send(self.socket, b"\n", SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
    }

    fn answer(&mut self, id: &str, door: &mut dyn Door) -> Result<(), Stop> {
        let call = self.read(id).and_then(|call| prelude::words(&call));
        let known = call.and_then(|(name, args)| Some((self.helpers.get(&name)?, args)));
        let put = match known {
            None => false,
            Some(((helper, spec), args)) => {
                let value = door.call(*helper, &args)?;
                self.put(id, &prelude::answer(spec, &value, door.failed())).is_ok()
            }
        };
        if put {
            self.answers.push_back(id.to_owned());
            self.forget();
        } else {
            // No answer is an answer: without its file the command fails.
            self.remove(id);
        }
        self.answered = true;
        self.wake();
        Ok(())
    }

    /// Removes answers that have been read. Two are looked at for each that is given: their number stays bounded, and nobody's goes before it was read.
    fn forget(&mut self) {
        for _ in 0..2 {
            if self.answers.len() <= KEPT {
                return;
            }
            let Some(old) = self.answers.pop_front() else { return };
            let stat = statat(&self.calls, old.as_str(), AtFlags::SYMLINK_NOFOLLOW);
            if self.answers.len() < UNREAD && stat.is_ok_and(|stat| stat.st_size > 0) {
                self.answers.push_back(old);
            } else {
                self.remove(&old);
            }
        }
    }

    fn read(&self, id: &str) -> Option<Vec<u8>> {
        // Not through a link, and never waiting for the other end of a pipe.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = openat(&self.calls, id, flags, Mode::empty()).ok()?;
        let stat = fstat(&file).ok()?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
            || stat.st_size as u64 > LARGEST
        {
            return None;
        }
        let mut call = Vec::new();
        File::from(file).take(LARGEST).read_to_end(&mut call).ok()?;
        Some(call)
    }

    /// Whole or not at all: another process may be reading.
    fn put(&self, id: &str, answer: &[u8]) -> std::io::Result<()> {
        const NEXT: &str = "next";
        self.remove(NEXT);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.calls, NEXT, flags, Mode::RUSR | Mode::WUSR)?;
        File::from(file).write_all(answer)?;
        renameat(self.calls.as_fd(), NEXT, self.calls.as_fd(), id)?;
        Ok(())
    }

    fn remove(&self, name: &str) {
        let _ = unlinkat(&self.calls, name, AtFlags::empty());
    }
}

/// Two numbers and a point: never a path.
fn is_call(id: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.split_once('.').is_some_and(|(process, count)| number(process) && number(count))
}
