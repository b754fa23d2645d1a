//! Lines over a socket: bounded in length and in time, whatever the other side does.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{Kind, Refusal, VERSION};

/// The longest line, in bytes: a value of 1 MiB, each byte of it written as `\u0000`, and room for what is around it.
pub(super) const LINE: usize = 8 << 20;
/// What ends a request.
pub(super) const END: &str = r#"{"end":true}"#;
/// Bytes that are read or written at once.
const CHUNK: usize = 64 << 10;

/// The first line of a request.
pub(super) fn head(request: &str, with: &serde_json::Value) -> String {
    #[derive(Serialize)]
    struct Head<'a> {
        reactant: u32,
        request: &'a str,
        with: &'a serde_json::Value,
    }
    serde_json::to_string(&Head { reactant: VERSION, request, with }).unwrap_or_default()
}

/// A further line of a request.
pub(super) fn more(json: &str) -> String {
    format!(r#"{{"more":{json}}}"#)
}

/// A further line of a request, read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Further<T> {
    More(T),
    End(bool),
}

/// A part of an answer.
pub(super) fn item(json: &str) -> String {
    format!(r#"{{"item":{json}}}"#)
}

/// The part of an answer that a line holds, if it does.
pub(super) fn part(line: &str) -> Option<&str> {
    line.strip_prefix(r#"{"item":"#)?.strip_suffix('}')
}

/// The last line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Last {
    Done(bool),
    Refused(Refusal),
}

impl Last {
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A connection with a deadline.
#[derive(Debug)]
pub(super) struct Wire {
    stream: UnixStream,
    deadline: Instant,
    read: Vec<u8>,
    /// Bytes of `read` that hold no line's end.
    searched: usize,
    written: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: UnixStream, time: Duration) -> Wire {
        let deadline = Instant::now() + time;
        Wire { stream, deadline, read: Vec::new(), searched: 0, written: Vec::new() }
    }

    /// The time that is left for whatever comes.
    pub(super) fn give(&mut self, time: Duration) {
        self.deadline = Instant::now() + time;
    }

    fn left(&self) -> Result<Duration, Refusal> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::new(Kind::Lost, "the other side took too long"));
        }
        Ok(left)
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> Result<String, Refusal> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(at) = self.read[self.searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(self.searched + at + 1);
                let mut line = std::mem::replace(&mut self.read, rest);
                self.searched = 0;
                line.pop();
                return String::from_utf8(line)
                    .map_err(|_| Refusal::usage("a line is not UTF-8 text"));
            }
            self.searched = self.read.len();
            if self.searched > LINE {
                let what = format!("a line is longer than {} MiB", LINE >> 20);
                return Err(Refusal::usage(what));
            }
            self.stream.set_read_timeout(Some(self.left()?)).map_err(lost)?;
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Refusal::new(Kind::Lost, "the other side went away")),
                Ok(count) => self.read.extend_from_slice(&chunk[..count]),
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(lost(error)),
            }
        }
    }

    /// Writes a line; it is on its way at the latest after [`Wire::flush`].
    pub(super) fn write(&mut self, line: &str) -> Result<(), Refusal> {
        if line.len() > LINE {
            let what = format!("a part of the answer is longer than {} MiB", LINE >> 20);
            return Err(Refusal::problem(what));
        }
        self.written.extend_from_slice(line.as_bytes());
        self.written.push(b'\n');
        if self.written.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Ends the connection, whoever else holds its descriptor: a peer that still writes is not left waiting.
    pub(super) fn end(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    pub(super) fn flush(&mut self) -> Result<(), Refusal> {
        let written = std::mem::take(&mut self.written);
        let mut rest = written.as_slice();
        while !rest.is_empty() {
            self.stream.set_write_timeout(Some(self.left()?)).map_err(lost)?;
            match self.stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(lost(error)),
            }
        }
        Ok(())
    }
}

/// A timeout is told by the deadline.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

fn lost(error: io::Error) -> Refusal {
    Refusal::new(Kind::Lost, format!("the connection is gone: {error}"))
}
