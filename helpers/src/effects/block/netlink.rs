//! Netlink, as much as blocking needs: requests, acknowledgements and dumps (netlink(7); linux/netlink.h).

use std::{io, time::Duration};

use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send,
        socket_with, sockopt,
    },
};

/// `NLM_F_REQUEST`, `NLM_F_ACK`, `NLM_F_DUMP` (root and match), `NLM_F_CREATE`.
const REQUEST: u16 = 0x1;
const ACK: u16 = 0x4;
const DUMP: u16 = 0x300;
pub(super) const CREATE: u16 = 0x400;

/// `NLMSG_ERROR`, `NLMSG_DONE`; lower numbers are the protocol's own business, higher ones are replies.
const ERROR: u16 = 2;
const DONE: u16 = 3;

/// `NLMSG_HDRLEN`.
const HEADER: usize = 16;

/// `NLA_F_NESTED`, and what is left of an attribute's type without its flags.
const NESTED: u16 = 0x8000;
const TYPE: u16 = 0x3fff;

/// How long the kernel may take for a reply. It answers while it is asked, so this only keeps a fault from hanging a reaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a datagram of replies (`NLMSG_GOODSIZE` and what dumps grow to, netlink(7)).
const REPLIES: usize = 64 << 10;

/// A conversation with one of the kernel's netlink families, in the network namespace that the thread was in when it began.
#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    sequence: u32,
}

/// Messages that are sent together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Where the message that is being written begins, and its innermost open attributes.
    message: usize,
    open: Vec<usize>,
    count: u32,
    /// How many messages were begun when an acknowledgement was asked for.
    acknowledged: u32,
}

impl Batch {
    /// Begins a message: its type, flags beside `NLM_F_REQUEST`, and the family's own header.
    pub(super) fn message(&mut self, kind: u16, flags: u16, header: &[u8]) -> &mut Batch {
        self.finish();
        self.message = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend((REQUEST | flags).to_ne_bytes());
        // As an offset: the socket adds where its numbers are.
        self.bytes.extend(self.count.to_ne_bytes());
        self.bytes.extend([0; 4]);
        self.raw(header);
        self.count += 1;
        self
    }

    /// Adds an attribute to the message.
    pub(super) fn put(&mut self, kind: u16, value: &[u8]) -> &mut Batch {
        self.begin(kind);
        self.bytes.extend(value);
        self.end();
        self
    }

    /// Adds an attribute that is text with a NUL at its end.
    pub(super) fn text(&mut self, kind: u16, value: &str) -> &mut Batch {
        self.begin(kind);
        self.bytes.extend(value.as_bytes());
        self.bytes.push(0);
        self.end();
        self
    }

    /// Adds a number in network order, as nf_tables takes its numbers.
    pub(super) fn number(&mut self, kind: u16, value: u32) -> &mut Batch {
        self.put(kind, &value.to_be_bytes())
    }

    /// Adds an attribute that holds others.
    pub(super) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Batch)) -> &mut Batch {
        self.begin(kind | NESTED);
        fill(self);
        self.end();
        self
    }

    /// Adds bytes that are no attribute.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.pad();
    }

    fn begin(&mut self, kind: u16) {
        self.open.push(self.bytes.len());
        self.bytes.extend([0; 2]);
        self.bytes.extend(kind.to_ne_bytes());
    }

    /// Ends the attribute that was begun last.
    ///
    /// # Panics
    ///
    /// Where it is longer than 64 KiB: an error of the caller, who has to split what can be long.
    fn end(&mut self) {
        let start = self.open.pop().expect("an attribute ends after it has begun");
        let length = u16::try_from(self.bytes.len() - start).expect("attributes are kept short");
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self.pad();
    }

    fn finish(&mut self) {
        if self.count > 0 {
            let length = (self.bytes.len() - self.message) as u32;
            self.bytes[self.message..self.message + 4].copy_from_slice(&length.to_ne_bytes());
        }
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// Asks for an acknowledgement of the message that was begun last, and takes it for that of all before.
    pub(super) fn acknowledge(&mut self) {
        self.flag(ACK);
        self.acknowledged = self.count;
    }

    /// Sets a flag of the message that was begun last.
    fn flag(&mut self, flags: u16) {
        let at = self.message + 6;
        let old = u16::from_ne_bytes([self.bytes[at], self.bytes[at + 1]]);
        self.bytes[at..at + 2].copy_from_slice(&(old | flags).to_ne_bytes());
    }

    /// Finishes the messages, numbered from `first`.
    fn seal(&mut self, first: u32) {
        self.finish();
        let mut at = 0;
        while at < self.bytes.len() {
            let number = word(&self.bytes[at + 8..]).unwrap_or(0).wrapping_add(first);
            self.bytes[at + 8..at + 12].copy_from_slice(&number.to_ne_bytes());
            at += (word(&self.bytes[at..]).unwrap_or(0) as usize).next_multiple_of(4).max(HEADER);
        }
    }
}

impl Socket {
    /// Begins a conversation.
    pub(super) fn open(protocol: Option<Protocol>) -> io::Result<Socket> {
        let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
        let fd = socket_with(family, kind, SocketFlags::CLOEXEC, protocol)?;
        sockopt::set_socket_timeout(&fd, sockopt::Timeout::Recv, Some(PATIENCE))?;
        Ok(Socket { fd, sequence: 0 })
    }

    /// Sends messages, one of which asks for an acknowledgement, and waits for it or for the first error.
    pub(super) fn commit(&mut self, batch: Batch) -> io::Result<()> {
        let acknowledged = batch.acknowledged;
        let first = self.send(batch)?;
        let last = first.wrapping_add(acknowledged).wrapping_sub(1);
        self.replies(first, |reply| match reply {
            // An acknowledgement of the last is one of all: an error of another comes before it.
            Reply::End(number) => number == last,
            Reply::Message(..) => false,
        })
    }

    /// Sends a request that is answered by one message, and shows its body.
    pub(super) fn ask(&mut self, batch: Batch, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let first = self.send(batch)?;
        self.replies(first, |reply| {
            if let Reply::Message(body) = reply {
                each(body);
            }
            true
        })
    }

    /// Sends a request for a dump, and shows the body of each message of it.
    pub(super) fn dump(&mut self, mut batch: Batch, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        batch.flag(DUMP);
        let first = self.send(batch)?;
        self.replies(first, |reply| match reply {
            Reply::End(_) => true,
            Reply::Message(body) => {
                each(body);
                false
            }
        })
    }

    fn send(&mut self, mut batch: Batch) -> io::Result<u32> {
        let first = self.sequence.wrapping_add(1);
        self.sequence = self.sequence.wrapping_add(batch.count);
        batch.seal(first);
        let room = batch.bytes.len().saturating_mul(2).max(256 << 10);
        if room > 256 << 10 {
            // Above what the system allows at most: nobody else can be harmed, it is given back with the socket.
            sockopt::set_socket_send_buffer_size_force(&self.fd, room)?;
        }
        let sent = send(&self.fd, &batch.bytes, SendFlags::empty())?;
        if sent == batch.bytes.len() { Ok(first) } else { Err(Errno::MSGSIZE.into()) }
    }

    /// Reads replies to what was sent from a number on, until one of them is the last.
    fn replies(&self, first: u32, mut is_last: impl FnMut(Reply<'_>) -> bool) -> io::Result<()> {
        let mut buffer = vec![0; REPLIES];
        loop {
            let read = loop {
                match recv(&self.fd, &mut buffer[..], RecvFlags::TRUNC) {
                    Err(Errno::INTR) => {}
                    other => break other?.1,
                }
            };
            let mut rest = buffer.get(..read).ok_or(Errno::MSGSIZE)?;
            while let Some(header) = Header::of(rest) {
                let (message, next) = rest.split_at(header.length.min(rest.len()));
                rest = next.get(header.length.next_multiple_of(4) - header.length..).unwrap_or(&[]);
                // What is left of an earlier request that ended with an error.
                if header.sequence.wrapping_sub(first) > self.sequence.wrapping_sub(first) {
                    continue;
                }
                let body = &message[HEADER..];
                let reply = match header.kind {
                    ERROR | DONE => {
                        // A dump's end carries its error too, where it has one.
                        let code = word(body).unwrap_or(0).cast_signed();
                        if code < 0 {
                            return Err(io::Error::from_raw_os_error(-code));
                        }
                        Reply::End(header.sequence)
                    }
                    _ => Reply::Message(body),
                };
                if is_last(reply) {
                    return Ok(());
                }
            }
        }
    }
}

/// A reply that is no error.
enum Reply<'a> {
    /// An acknowledgement, or the end of a dump, with the number of its request.
    End(u32),
    Message(&'a [u8]),
}

struct Header {
    length: usize,
    kind: u16,
    sequence: u32,
}

impl Header {
    fn of(bytes: &[u8]) -> Option<Header> {
        let length = word(bytes)? as usize;
        let header = bytes.get(..HEADER).filter(|_| (HEADER..=bytes.len()).contains(&length))?;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        Some(Header { length, kind, sequence: word(&header[8..])? })
    }
}

/// The attributes behind a family's header, by type without flags; what is cut short ends them.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let head = bytes.get(..4)?;
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let kind = u16::from_ne_bytes([head[2], head[3]]) & TYPE;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
        Some((kind, value))
    })
}

fn word(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_back_as_they_were_written() {
        let mut batch = Batch::default();
        batch.message(7, 0, &[1, 2, 3, 4]);
        batch.text(1, "abc").nest(2, |inner| {
            inner.number(3, 0x0102_0304).put(4, &[9]);
        });
        batch.seal(5);
        assert_eq!(batch.bytes.len() % 4, 0);
        let header = Header::of(&batch.bytes).unwrap();
        assert_eq!((header.length, header.kind, header.sequence), (batch.bytes.len(), 7, 5));
        let outer: Vec<_> = attributes(&batch.bytes[HEADER + 4..]).collect();
        assert_eq!(outer[0], (1, &b"abc\0"[..]));
        let inner: Vec<_> = attributes(outer[1].1).collect();
        assert_eq!(inner, [(3, &[1, 2, 3, 4][..]), (4, &[9][..])]);
    }

    #[test]
    fn what_is_cut_short_ends_the_attributes() {
        for bytes in [&[][..], &[8, 0], &[8, 0, 1, 0, 1], &[3, 0, 1, 0], &[0, 0, 0, 0]] {
            assert_eq!(attributes(bytes).count(), 0, "{bytes:?}");
        }
    }
}
