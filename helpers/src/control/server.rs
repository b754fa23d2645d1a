//! Answers at the socket: a thread that takes connections, and one for each of the few that are answered at a time.

use std::{
    io::{self, Write},
    os::unix::net::{UnixListener, UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, poll};

use super::{
    ControlError, Exchange, Handlers, Kind, Peer, Refusal, Status, VERSION, socket,
    wire::{Last, Wire},
};
use crate::folder::Folder;

/// Connections that are answered at a time; each may have a line in memory.
pub(super) const AT_ONCE: usize = 8;

/// How long a peer may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// For the first line of its request.
    pub(super) first: Duration,
    /// For the rest.
    pub(super) whole: Duration,
}

const TIMES: Times = Times { first: Duration::from_secs(5), whole: Duration::from_secs(60) };

/// The socket of a held folder. It is gone when this is dropped, and nobody is answered any more.
#[derive(Debug)]
pub struct Server {
    folder: Folder,
    /// The listening thread ends when this is closed.
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers for a folder, which is held as long as the server lives.
    ///
    /// # Errors
    ///
    /// [`ControlError`] says why there is no socket.
    pub fn listen(folder: &Folder, handlers: Handlers) -> Result<Server, ControlError> {
        Server::patient(folder, handlers, TIMES)
    }

    pub(super) fn patient(
        folder: &Folder,
        handlers: Handlers,
        times: Times,
    ) -> Result<Server, ControlError> {
        let listener = socket::make(folder)?;
        let system = |error: io::Error| {
            ControlError::System(socket::path(folder.path()).display().to_string(), error)
        };
        let (stop, stopped) = UnixStream::pair().map_err(system)?;
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || serve(&listener, &stopped, &handlers, times))
            .map_err(system)?;
        Ok(Server { folder: folder.clone(), stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        socket::remove(self.folder.dir());
    }
}

/// Someone who is being answered.
struct Guest {
    stream: UnixStream,
    thread: JoinHandle<()>,
}

fn serve(listener: &UnixListener, stopped: &UnixStream, handlers: &Handlers, times: Times) {
    /// Where there is no descriptor for a connection, the next look would find the same at once.
    const PAUSE: Duration = Duration::from_millis(50);
    let mut guests: Vec<Guest> = Vec::new();
    loop {
        let mut fds =
            [PollFd::new(listener, PollFlags::IN), PollFd::new(stopped, PollFlags::empty())];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        if !fds[1].revents().is_empty() {
            break;
        }
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => {
                thread::sleep(PAUSE);
                continue;
            }
        };
        guests.retain(|guest| !guest.thread.is_finished());
        let full = guests.len() >= AT_ONCE;
        match welcome(stream, full, handlers, times) {
            Ok(guest) => guests.push(guest),
            Err((stream, refusal)) => turn_away(stream.as_ref(), refusal),
        }
    }
    for guest in &guests {
        let _ = guest.stream.shutdown(std::net::Shutdown::Both);
    }
    for guest in guests {
        let _ = guest.thread.join();
    }
}

/// Starts answering, or says why not.
fn welcome(
    stream: UnixStream,
    full: bool,
    handlers: &Handlers,
    times: Times,
) -> Result<Guest, (Option<UnixStream>, Refusal)> {
    let denied = || {
        Refusal::new(Kind::Denied, "only root and the user of the process that runs here may ask")
    };
    let peer = match socket::peer(&stream) {
        Ok(peer) if socket::may_ask(peer) => peer,
        _ => return Err((Some(stream), denied())),
    };
    let busy = || Refusal::new(Kind::Busy, "too many ask at once: try again");
    if full {
        return Err((Some(stream), busy()));
    }
    let Ok(other) = stream.try_clone() else { return Err((Some(stream), busy())) };
    let handlers = handlers.clone();
    let work = move || attend(other, peer, &handlers, times);
    match thread::Builder::new().name("control-guest".to_owned()).spawn(work) {
        Ok(thread) => Ok(Guest { stream, thread }),
        Err(_) => Err((Some(stream), busy())),
    }
}

/// Says why, if that can be said without waiting.
fn turn_away(stream: Option<&UnixStream>, refusal: Refusal) {
    let Some(mut stream) = stream else { return };
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.write_all(format!("{}\n", Last::Refused(refusal).line()).as_bytes());
    }
}

/// One exchange.
fn attend(stream: UnixStream, peer: Peer, handlers: &Handlers, times: Times) {
    let mut wire = Wire::new(stream, times.first);
    let line = wire.line();
    wire.give(times.whole);
    let answer = line.and_then(|line| {
        // A handler that panics costs its exchange, and nothing else: the store's locks are taken whatever became of their last owner.
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let mut exchange = Exchange::over(&mut wire, peer);
            if line_is_about_status(&line) {
                return exchange.send(&status(handlers));
            }
            handlers.answer(&line, &mut exchange)
        }));
        answered.unwrap_or_else(|_| Err(Refusal::problem("the request made its handler fail")))
    });
    let last = match answer {
        Ok(()) => Last::Done(true),
        Err(refusal) => Last::Refused(refusal),
    };
    let _ = wire.write(&last.line()).and_then(|()| wire.flush());
    wire.end();
}

fn line_is_about_status(line: &str) -> bool {
    super::Request::read(line).is_ok_and(|request| request.topic == Status::TOPIC)
}

fn status(handlers: &Handlers) -> Status {
    Status {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: VERSION,
        topics: handlers.topics().map(str::to_owned).collect(),
    }
}
