//! Messages of the domain name system, as they come over the wire (RFC 1035, 4): who was asked for, and which names and addresses an answer gives.
//!
//! Whoever answers may be hostile. Nothing here panics, recurses or allocates more than a message of 64 KiB can account for, and a fault in a record
//! takes away no record before it: what a client would have believed is told, too. Authorities and additional records (EDNS among them) are not
//! looked at, so nothing that stands there can hide an answer.

mod name;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use name::Name;
use name::Reader;

/// `A`, `CNAME`, `AAAA`, `SVCB` and `HTTPS` (RFC 1035, 3596, 9460), and the class `IN`.
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
const SVCB: u16 = 64;
const HTTPS: u16 = 65;
const IN: u16 = 1;

/// How many names lead from the asked one to an address at most. Resolvers follow 8 to 16.
const CHAIN: usize = 64;

/// A message: its head, what it asks, and what of its answers names an address or another name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// What joins an answer to its query.
    pub id: u16,
    /// Whether it answers.
    pub is_response: bool,
    /// What kind of query it is; 0 asks for a name.
    pub opcode: u8,
    /// The answer was cut: the rest comes over TCP.
    pub is_truncated: bool,
    /// How it ended (`RCODE`); 0 is well, 3 says that there is no such name.
    pub code: u8,
    /// What was asked; one question in every message that is honest (RFC 9619).
    pub questions: Vec<Question>,
    /// The answers that give addresses or other names, in their order.
    pub records: Vec<Record>,
    /// Whether every question and answer that the head counts could be read.
    pub is_whole: bool,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type of record, such as 1 for `A`.
    pub kind: u16,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name that it is about.
    pub name: Name,
    /// How long it may be kept, in seconds; what would be negative is 0 (RFC 2181, 8).
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What an answer says of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// It has this address (`A`, `AAAA`, and what `HTTPS` and `SVCB` hint at).
    Address(IpAddr),
    /// It is another name for this one (`CNAME`, and the other names of `HTTPS` and `SVCB`).
    Alias(Name),
}

/// What is no message at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes has no head of 12")]
pub struct NoMessage(usize);

/// What an answer gives for a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved<'m> {
    /// The name that was asked for, and all that it led to.
    pub names: Vec<&'m Name>,
    /// The addresses of all of these, each with how long it holds, in seconds: not longer than any name on the way to it.
    pub addresses: Vec<(IpAddr, u32)>,
    /// Which name each of these addresses is of, and from which each name was reached.
    owners: Vec<usize>,
    above: Vec<Vec<usize>>,
}

impl<'m> Resolved<'m> {
    /// The addresses, each with how long it holds and the names that lead to it: the one that it is of, and those on the way there. An answer may name others
    /// beside, which have nothing to do with it.
    pub fn leads(&self) -> impl Iterator<Item = (IpAddr, u32, Vec<&'m Name>)> {
        self.addresses.iter().zip(&self.owners).map(|((address, ttl), owner)| {
            let (mut way, mut at) = (vec![*owner], 0);
            while let Some(from) = way.get(at).copied() {
                for next in self.above.get(from).into_iter().flatten() {
                    if !way.contains(next) {
                        way.push(*next);
                    }
                }
                at += 1;
            }
            let names = way.iter().filter_map(|at| self.names.get(*at).copied());
            (*address, *ttl, names.collect())
        })
    }
}

impl Message {
    /// Reads what came in one datagram.
    ///
    /// # Errors
    ///
    /// [`NoMessage`] where there is not even a head. What is damaged further behind makes [`Message::is_whole`] false.
    pub fn parse(bytes: &[u8]) -> Result<Message, NoMessage> {
        let mut reader = Reader::new(bytes);
        let head = reader.take(12).ok_or(NoMessage(bytes.len()))?;
        let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let flags = word(2);
        let mut message = Message {
            id: word(0),
            is_response: flags & 0x8000 != 0,
            opcode: (flags >> 11) as u8 & 15,
            is_truncated: flags & 0x200 != 0,
            code: flags as u8 & 15,
            questions: Vec::new(),
            records: Vec::new(),
            is_whole: false,
        };
        message.is_whole = message.read(&mut reader, word(4), word(6)).is_some();
        Ok(message)
    }

    /// Reads questions and answers until one cannot be told from the next.
    fn read(&mut self, reader: &mut Reader<'_>, questions: u16, answers: u16) -> Option<()> {
        for _ in 0..questions {
            let name = reader.name()?;
            let kind = reader.word()?;
            reader.word()?;
            self.questions.push(Question { name, kind });
        }
        for _ in 0..answers {
            let name = reader.name()?;
            let (kind, class) = (reader.word()?, reader.word()?);
            let ttl = reader.long()?;
            let ttl = if ttl > i32::MAX as u32 { 0 } else { ttl };
            let length = reader.word()?;
            let mut data = reader.part(length.into())?;
            if class == IN {
                let records = &mut self.records;
                let mut add = |data| records.push(Record { name: name.clone(), ttl, data });
                // One whose data are of the wrong size says nothing, and the next is read.
                let _ = read_data(kind, &mut data, &mut add);
            }
        }
        Some(())
    }

    /// What the answers give for the first question, in whatever order they stand.
    #[must_use]
    pub fn resolved(&self) -> Resolved<'_> {
        let mut resolved = Resolved::default();
        let Some(question) = self.questions.first() else { return resolved };
        // Each with how long the way to it holds. A name leads to few others; one that leads back is not followed again.
        let mut lasts = vec![u32::MAX];
        resolved.names.push(&question.name);
        resolved.above.push(Vec::new());
        let mut at = 0;
        while let (Some(name), Some(held)) =
            (resolved.names.get(at).copied(), lasts.get(at).copied())
        {
            for record in self.records.iter().filter(|record| record.name == *name) {
                let ttl = record.ttl.min(held);
                match &record.data {
                    Data::Address(address) => {
                        resolved.addresses.push((*address, ttl));
                        resolved.owners.push(at);
                    }
                    Data::Alias(next) => match resolved.names.iter().position(|name| *name == next)
                    {
                        Some(known) => {
                            let above = resolved.above.get_mut(known);
                            above
                                .into_iter()
                                .filter(|above| !above.contains(&at))
                                .for_each(|above| above.push(at));
                        }
                        None if resolved.names.len() < CHAIN => {
                            resolved.names.push(next);
                            resolved.above.push(vec![at]);
                            lasts.push(ttl);
                        }
                        None => {}
                    },
                }
            }
            at += 1;
        }
        resolved
    }
}

/// Shows what a record says; `None` where its data are none of its type.
fn read_data(kind: u16, data: &mut Reader<'_>, add: &mut dyn FnMut(Data)) -> Option<()> {
    match kind {
        A => add(Data::Address(four(data.rest())?)),
        AAAA => add(Data::Address(six(data.rest())?)),
        CNAME => add(Data::Alias(data.name()?)),
        SVCB | HTTPS => {
            data.word()?;
            let target = data.name()?;
            // The root stands for the name itself.
            if !target.is_root() {
                add(Data::Alias(target));
            }
            while let (Some(key), Some(length)) = (data.word(), data.word()) {
                let value = data.part(length.into())?;
                match key {
                    // `ipv4hint`, `ipv6hint` (RFC 9460, 7.3).
                    4 => value
                        .rest()
                        .chunks(4)
                        .filter_map(four)
                        .for_each(|at| add(Data::Address(at))),
                    6 => value
                        .rest()
                        .chunks(16)
                        .filter_map(six)
                        .for_each(|at| add(Data::Address(at))),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Some(())
}

fn four(bytes: &[u8]) -> Option<IpAddr> {
    Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into())
}

/// An IPv4 address that is mapped into IPv6 reaches the same as that.
fn six(bytes: &[u8]) -> Option<IpAddr> {
    let address = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
    Some(IpAddr::from(address).to_canonical())
}

#[cfg(test)]
mod tests;
