//! The back end that blocks in nf_tables, over netlink (linux/netfilter/nf_tables.h).
//!
//! ```text
//! table inet reactant_0123456789abcdef {    one for each data folder, named by its mark
//!   set v4_32 { type ipv4_addr; flags timeout }      one for each prefix length in use
//!   chain refuse  { meta l4proto tcp reject with tcp reset; reject with icmpx admin-prohibited }
//!   chain input   { hook input;   iiftype loopback accept; ip saddr & 255.255.255.255 @v4_32 drop … }
//!   chain output  { hook output;  a reset without data accept; ip daddr & … @v4_32 goto refuse … }
//!   chain forward { hook forward; both of these }
//! }
//! ```
//!
//! A hash set for each prefix length, instead of one set of intervals: blocks that lie in each other may end at different times, which intervals,
//! that may not overlap, cannot say. What a packet costs grows with the prefix lengths in use, not with the number of blocks. The kernel takes out
//! an element when its time is over, whoever runs then.

use std::{
    collections::BTreeSet,
    io,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use rustix::{io::Errno, net::netlink::NETFILTER};

use super::{
    backend::{Backend, Block, Boot},
    netlink::{Batch, CREATE, Socket, attributes},
};

/// `NFNL_MSG_BATCH_BEGIN`, `NFNL_MSG_BATCH_END`.
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;

/// `NFNL_SUBSYS_NFTABLES`, and what is done to its objects (`enum nf_tables_msg_types`).
const SUBSYSTEM: u16 = 10;
const NEW_TABLE: u16 = 0;
const GET_TABLE: u16 = 1;
const DELETE_TABLE: u16 = 2;
const NEW_CHAIN: u16 = 3;
const NEW_RULE: u16 = 6;
const GET_RULE: u16 = 7;
const NEW_SET: u16 = 9;
const GET_SET: u16 = 10;
const NEW_ELEMENT: u16 = 12;
const DELETE_ELEMENT: u16 = 14;
const GET_GENERATION: u16 = 16;

/// Rules that a table has without a set, and for each set.
const RULES: usize = 5;
const RULES_OF_A_SET: usize = 4;

/// `NFPROTO_INET`, and for rules `NFPROTO_IPV4`, `NFPROTO_IPV6`.
const INET: u8 = 1;

/// The first attribute of every object names its table.
const TABLE: u16 = 1;

/// Elements of a message: an attribute holds 64 KiB, an element takes up to 48 bytes.
const ELEMENTS: usize = 1000;

/// Elements of one batch where all are set: the kernel takes it as one piece of memory.
const TOGETHER: usize = 100_000;

/// Bytes of the longest reset without data: both headers with all their options (RFC 791, RFC 8200, RFC 9293).
const RESET: u32 = 100;

/// One or two tables of its own in the network namespace that the thread is in when it is opened.
#[derive(Debug)]
pub(super) struct Nftables {
    tables: [String; 2],
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    socket: Socket,
    /// Which of the tables it is.
    place: usize,
    /// The number of the last transaction after which all of it was there.
    seen: Option<u32>,
    /// The prefix lengths that have a set.
    sets: BTreeSet<Length>,
}

/// Whether a set is for IPv6, and its prefix length.
type Length = (bool, u8);

impl Nftables {
    /// Opens the back end; nothing is there before the first [`Backend::replace`].
    ///
    /// # Errors
    ///
    /// What the kernel answered, where it would not have this table made: it has no nf_tables, or this process may not.
    pub(super) fn open(table: &str) -> io::Result<Nftables> {
        let mut socket = Socket::open(Some(NETFILTER))?;
        // Tried under another name, since the table may be there and hold blocks. What is made and removed in one batch is never seen.
        let trial = format!("{table}_trial");
        let mut batch = begin();
        skeleton(&mut batch, &trial);
        add_set(&mut batch, &trial, (false, 32));
        without(&mut batch, &trial);
        commit(&mut socket, batch)?;
        let state = State { socket, place: 0, seen: None, sets: BTreeSet::new() };
        Ok(Nftables { tables: names(table), state: Mutex::new(state) })
    }

    /// Runs one batch; the sets that it makes are known once it is done.
    fn run(
        &self,
        fill: impl FnOnce(&mut Batch, &str, &BTreeSet<Length>) -> BTreeSet<Length>,
    ) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = begin();
        let sets = fill(&mut batch, &self.tables[state.place], &state.sets);
        commit(&mut state.socket, batch)?;
        state.sets = sets;
        Ok(())
    }
}

impl Backend for Nftables {
    fn reaches(&self) -> &'static [&'static str] {
        &[
            "what processes in the runtime's network namespace receive and send",
            "what this namespace forwards, as for containers behind a bridge or a route",
        ]
    }

    fn misses(&self) -> &'static [&'static str] {
        &[
            "containers with a network interface of their own (macvlan, ipvlan, a whole device), and traffic between containers on one bridge",
            "packet sockets (AF_PACKET), XDP and whatever else does not pass netfilter's input, output and forward hooks",
            "time that the machine sleeps: a block's own time stands still meanwhile, and it ends later",
            "everything, once another program takes the table away, as by flushing the whole ruleset: the blocks come back within seconds where the runtime lives, else at its next start",
            "single addresses that another program takes out of the sets, until the next start",
        ]
    }

    /// In one transaction where there are few, else beside what stands, which goes with the last of them: there is no moment without a block that stays.
    fn replace(&self, blocks: &[Block]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = self.standing(&mut state.socket)?;
        let (first, rest) = blocks.split_at(blocks.len().min(TOGETHER));
        let place = if rest.is_empty() { standing } else { 1 - standing };
        let (table, other) = (&self.tables[place], &self.tables[1 - place]);
        let sets: BTreeSet<Length> = blocks.iter().map(|block| length(&block.net)).collect();
        let mut batch = begin();
        without(&mut batch, table);
        skeleton(&mut batch, table);
        sets.iter().for_each(|set| add_set(&mut batch, table, *set));
        let mut chunks = std::iter::once(first).chain(rest.chunks(TOGETHER)).peekable();
        while let Some(some) = chunks.next() {
            add(&mut batch, table, some, Boot::now());
            if chunks.peek().is_none() {
                without(&mut batch, other);
            }
            commit(&mut state.socket, std::mem::replace(&mut batch, begin()))?;
        }
        (state.place, state.sets) = (place, sets);
        Ok(())
    }

    fn change(&self, set: &[Block], clear: &[IpNet]) -> io::Result<()> {
        self.run(|batch, table, sets| {
            let (now, mut sets) = (Boot::now(), sets.clone());
            let mut fresh = BTreeSet::new();
            for block in set {
                let set = length(&block.net);
                if sets.insert(set) {
                    add_set(batch, table, set);
                    fresh.insert(set);
                } else if !fresh.contains(&set) {
                    // One that is there keeps its end when it is added anew.
                    remove_element(batch, table, &block.net);
                }
            }
            add(batch, table, set, now);
            for net in clear.iter().filter(|net| sets.contains(&length(net))) {
                remove_element(batch, table, net);
            }
            sets
        })
    }

    fn stands(&self) -> io::Result<bool> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Each transaction of anybody's has another number.
        let generation = generation(&mut state.socket)?;
        if state.seen == Some(generation) {
            return Ok(true);
        }
        let table = &self.tables[state.place];
        let sets = state.sets.len();
        let stands = is_awake(&mut state.socket, table)?
            && count(&mut state.socket, GET_SET, table)? == sets
            && count(&mut state.socket, GET_RULE, table)? == RULES + RULES_OF_A_SET * sets;
        state.seen = stands.then_some(generation);
        Ok(stands)
    }

    fn mend(&self, blocks: &[Block]) -> io::Result<()> {
        self.replace(blocks)
    }

    fn remove(&self) -> io::Result<()> {
        self.run(|batch, _, _| {
            self.tables.iter().for_each(|table| without(batch, table));
            BTreeSet::new()
        })
    }
}

impl Nftables {
    /// Which of the two tables stands. Where both are there, a start was interrupted that had not filled the newer one.
    fn standing(&self, socket: &mut Socket) -> io::Result<usize> {
        let mut batch = Batch::default();
        message(&mut batch, GET_TABLE, 0);
        let mut oldest: Option<(u64, usize)> = None;
        socket.dump(batch, |body| {
            let told: Vec<_> = attributes(body.get(4..).unwrap_or(&[])).collect();
            let get = |kind| told.iter().find(|(is, _)| *is == kind).map(|(_, value)| *value);
            // `NFTA_TABLE_HANDLE`: each new table has a higher one.
            let handle = get(4).and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
            let place = self.tables.iter().position(|table| is_named(get(TABLE), table));
            if let Some(found) = handle.zip(place) {
                oldest = Some(oldest.map_or(found, |oldest| oldest.min(found)));
            }
        })?;
        Ok(oldest.map_or(0, |(_, place)| place))
    }
}

/// The number of the last transaction.
fn generation(socket: &mut Socket) -> io::Result<u32> {
    let mut batch = Batch::default();
    batch.message(SUBSYSTEM << 8 | GET_GENERATION, 0, &[0; 4]);
    let mut found = None;
    socket.ask(batch, |body| {
        let mut told = attributes(body.get(4..).unwrap_or(&[]));
        // `NFTA_GEN_ID`.
        found = told.find(|(kind, _)| *kind == 1).and_then(|(_, id)| id.try_into().ok());
    })?;
    found.map(u32::from_be_bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether there is a table of a name, and it is not put to sleep.
fn is_awake(socket: &mut Socket, table: &str) -> io::Result<bool> {
    let mut batch = Batch::default();
    message(&mut batch, GET_TABLE, 0);
    let mut awake = false;
    socket.dump(batch, |body| {
        let told: Vec<_> = attributes(body.get(4..).unwrap_or(&[])).collect();
        let get = |kind| told.iter().find(|(is, _)| *is == kind).map(|(_, value)| *value);
        // `NFTA_TABLE_FLAGS`, `NFT_TABLE_F_DORMANT`.
        let sleeps = get(2).is_some_and(|flags| flags.last().is_some_and(|flags| flags & 1 != 0));
        awake |= is_named(get(TABLE), table) && !sleeps;
    })?;
    Ok(awake)
}

/// How many objects of a kind a table has.
fn count(socket: &mut Socket, kind: u16, table: &str) -> io::Result<usize> {
    let mut batch = Batch::default();
    message(&mut batch, kind, 0).text(TABLE, table);
    let mut found = 0;
    socket.dump(batch, |body| {
        let mut told = attributes(body.get(4..).unwrap_or(&[]));
        let of = told.find(|(kind, _)| *kind == TABLE).map(|(_, name)| name);
        found += usize::from(is_named(of, table));
    })?;
    Ok(found)
}

fn is_named(name: Option<&[u8]>, table: &str) -> bool {
    name.and_then(|name| name.strip_suffix(b"\0")) == Some(table.as_bytes())
}

/// Removes the tables of a name, if there are any.
pub(super) fn remove(table: &str) -> io::Result<()> {
    let mut batch = begin();
    names(table).iter().for_each(|table| without(&mut batch, table));
    match Socket::open(Some(NETFILTER)).and_then(|mut socket| commit(&mut socket, batch)) {
        // A kernel without nf_tables has no table.
        Err(error) if is_missing(&error) => Ok(()),
        other => other,
    }
}

/// Whether a kernel answers so that has no netfilter, or no nf_tables in it.
fn is_missing(error: &io::Error) -> bool {
    [Errno::PROTONOSUPPORT, Errno::OPNOTSUPP, Errno::AFNOSUPPORT]
        .iter()
        .any(|missing| error.raw_os_error() == Some(missing.raw_os_error()))
}

/// What a table is called: the second name is taken where a full one is filled beside it.
fn names(table: &str) -> [String; 2] {
    [table.to_owned(), format!("{table}_2")]
}

/// Added before it is removed, since what is not there cannot be.
fn without(batch: &mut Batch, table: &str) {
    message(batch, NEW_TABLE, CREATE).text(TABLE, table).number(2, 0);
    message(batch, DELETE_TABLE, 0).text(TABLE, table);
}

fn length(net: &IpNet) -> Length {
    (matches!(net, IpNet::V6(_)), net.prefix_len())
}

fn set_name((v6, length): Length) -> String {
    format!("{}_{length}", if v6 { "v6" } else { "v4" })
}

/// `struct nfgenmsg`: family, version, resource.
fn begin() -> Batch {
    let mut batch = Batch::default();
    batch.message(BATCH_BEGIN, 0, &[0, 0, 0, SUBSYSTEM as u8]);
    batch
}

fn commit(socket: &mut Socket, mut batch: Batch) -> io::Result<()> {
    // The end of a batch is acknowledged by no kernel before 6.10: the last message before it is.
    batch.acknowledge();
    batch.message(BATCH_END, 0, &[0, 0, 0, SUBSYSTEM as u8]);
    socket.commit(batch)
}

fn message(batch: &mut Batch, what: u16, flags: u16) -> &mut Batch {
    batch.message(SUBSYSTEM << 8 | what, flags, &[INET, 0, 0, 0])
}

/// The table, its chains, and the rules that need no set.
fn skeleton(batch: &mut Batch, table: &str) {
    message(batch, NEW_TABLE, CREATE).text(TABLE, table).number(2, 0);
    message(batch, NEW_CHAIN, CREATE).text(TABLE, table).text(3, "refuse");
    for (name, hook) in [("input", 1), ("forward", 2), ("output", 3)] {
        message(batch, NEW_CHAIN, CREATE)
            .text(TABLE, table)
            .text(3, name)
            .nest(4, |at| {
                // Before what filters at 0: a rule of somebody else's that accepts ends its own chain only.
                at.number(1, hook).number(2, (-10_i32).cast_unsigned());
            })
            .text(7, "filter");
    }
    rule(batch, table, "refuse", |with| {
        with.transport(6);
        with.expression("reject", |data| {
            data.number(1, 1);
        });
    });
    rule(batch, table, "refuse", |with| {
        with.expression("reject", |data| {
            data.number(1, 2).put(2, &[3]);
        });
    });
    // What was refused to go out is told by a packet that comes in from there, or so it says.
    rule(batch, table, "input", |with| {
        // `NFT_META_IIFTYPE`, `ARPHRD_LOOPBACK`.
        with.meta(8);
        with.compare(0, &772_u16.to_ne_bytes());
        with.verdict(1, None);
    });
    // The reset that tells the other side of a destroyed connection, as it leaves.
    for chain in ["output", "forward"] {
        rule(batch, table, chain, |with| {
            with.transport(6);
            with.payload(2, 13, 1);
            with.mask(&[4], &[0]);
            with.compare(0, &[4]);
            with.meta(0);
            with.expression("byteorder", |data| {
                data.number(1, 1).number(2, 1).number(3, 1).number(4, 4).number(5, 4);
            });
            with.compare(3, &RESET.to_be_bytes());
            with.verdict(1, None);
        });
    }
}

/// A set, and the rules that ask it.
fn add_set(batch: &mut Batch, table: &str, set: Length) {
    /// `NFT_SET_TIMEOUT`.
    const TIMEOUT: u32 = 0x10;
    let (v6, length) = set;
    let name = set_name(set);
    // The type is what the `nft` program shows: 7 `ipv4_addr`, 8 `ipv6_addr`.
    let (shown, bytes) = if v6 { (8, 16) } else { (7, 4) };
    message(batch, NEW_SET, CREATE)
        .text(TABLE, table)
        .text(2, &name)
        .number(3, TIMEOUT)
        .number(4, shown)
        .number(5, bytes)
        .number(10, u32::from(length) << 1 | u32::from(v6));
    // Where the addresses stand in the two headers.
    let (source, target) = if v6 { (8, 24) } else { (12, 16) };
    for (chain, offset, refuse) in [
        ("input", source, false),
        ("output", target, true),
        ("forward", source, false),
        ("forward", target, true),
    ] {
        rule(batch, table, chain, |with| {
            // `NFT_META_NFPROTO`.
            with.meta(15);
            with.compare(0, &[if v6 { 10 } else { 2 }]);
            with.payload(1, offset, bytes);
            with.mask(&mask(length, bytes as usize), &[0; 16][..bytes as usize]);
            with.expression("lookup", |data| {
                data.text(1, &name).number(2, 1);
            });
            if refuse { with.verdict(-4, Some("refuse")) } else { with.verdict(0, None) }
        });
    }
}

fn mask(length: u8, bytes: usize) -> Vec<u8> {
    let bits = |byte: usize| usize::from(length).saturating_sub(byte * 8).min(8) as u32;
    (0..bytes).map(|byte| !(0xff_u32 >> bits(byte)) as u8).collect()
}

/// Adds elements to their sets, but for those that have ended.
fn add(batch: &mut Batch, table: &str, blocks: &[Block], now: Boot) {
    let mut sorted: Vec<&Block> = blocks.iter().filter(|block| !block.has_ended(now)).collect();
    sorted.sort_by_key(|block| length(&block.net));
    for of_set in sorted.chunk_by(|a, b| length(&a.net) == length(&b.net)) {
        for some in of_set.chunks(ELEMENTS) {
            elements(batch, NEW_ELEMENT, CREATE, table, length(&some[0].net), |list| {
                for block in some {
                    list.nest(1, |element| {
                        key(element, &block.net);
                        if let Some(until) = block.until {
                            element.put(4, &milliseconds(until.since(now)).to_be_bytes());
                        }
                    });
                }
            });
        }
    }
}

/// What the kernel is given for a time: it takes whole ticks, of up to 10 ms, and a block does not end early. None at all would be for ever.
fn milliseconds(span: Duration) -> u64 {
    const TICK: u128 = 10;
    u64::try_from((span.as_millis() / TICK + 2) * TICK).unwrap_or(u64::MAX)
}

/// Removes an element, whether it is there or not.
fn remove_element(batch: &mut Batch, table: &str, net: &IpNet) {
    for (what, flags) in [(NEW_ELEMENT, CREATE), (DELETE_ELEMENT, 0)] {
        elements(batch, what, flags, table, length(net), |list| {
            list.nest(1, |element| key(element, net));
        });
    }
}

fn elements(
    batch: &mut Batch,
    what: u16,
    flags: u16,
    table: &str,
    set: Length,
    fill: impl FnOnce(&mut Batch),
) {
    message(batch, what, flags).text(TABLE, table).text(2, &set_name(set)).nest(3, fill);
}

fn key(element: &mut Batch, net: &IpNet) {
    element.nest(1, |key| {
        match net.network() {
            IpAddr::V4(address) => key.put(1, &address.octets()),
            IpAddr::V6(address) => key.put(1, &address.octets()),
        };
    });
}

/// A rule's expressions as they are written, which pass values through register 1.
struct Expressions<'a>(&'a mut Batch);

fn rule(batch: &mut Batch, table: &str, chain: &str, fill: impl FnOnce(&mut Expressions<'_>)) {
    /// `NLM_F_APPEND`.
    const APPEND: u16 = 0x800;
    message(batch, NEW_RULE, CREATE | APPEND)
        .text(TABLE, table)
        .text(2, chain)
        .nest(4, |list| fill(&mut Expressions(list)));
}

impl Expressions<'_> {
    fn expression(&mut self, name: &str, fill: impl FnOnce(&mut Batch)) {
        self.0.nest(1, |element| {
            element.text(1, name).nest(2, fill);
        });
    }

    /// Loads a fact about the packet.
    fn meta(&mut self, key: u32) {
        self.expression("meta", |data| {
            data.number(1, 1).number(2, key);
        });
    }

    /// Goes on with packets of a transport protocol only (`NFT_META_L4PROTO`).
    fn transport(&mut self, protocol: u8) {
        self.meta(16);
        self.compare(0, &[protocol]);
    }

    /// Loads bytes of the network header (1) or the transport header (2).
    fn payload(&mut self, base: u32, offset: u32, length: u32) {
        self.expression("payload", |data| {
            data.number(1, 1).number(2, base).number(3, offset).number(4, length);
        });
    }

    fn mask(&mut self, mask: &[u8], xor: &[u8]) {
        self.expression("bitwise", |data| {
            data.number(1, 1).number(2, 1).number(3, mask.len() as u32);
            data.nest(4, |value| {
                value.put(1, mask);
            });
            data.nest(5, |value| {
                value.put(1, xor);
            });
        });
    }

    /// Goes on where the value is equal (0), or not greater (3).
    fn compare(&mut self, operation: u32, value: &[u8]) {
        self.expression("cmp", |data| {
            data.number(1, 1).number(2, operation).nest(3, |nested| {
                nested.put(1, value);
            });
        });
    }

    /// Drop (0), accept (1), or go to a chain (-4).
    fn verdict(&mut self, code: i32, chain: Option<&str>) {
        self.expression("immediate", |data| {
            data.number(1, 0).nest(2, |value| {
                value.nest(2, |verdict| {
                    verdict.number(1, code.cast_unsigned());
                    if let Some(chain) = chain {
                        verdict.text(2, chain);
                    }
                });
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_prefix() {
        assert_eq!(mask(32, 4), [255; 4]);
        assert_eq!(mask(0, 4), [0; 4]);
        assert_eq!(mask(20, 4), [255, 255, 0xf0, 0]);
        assert_eq!(mask(65, 16)[7..10], [255, 0x80, 0]);
    }
}
