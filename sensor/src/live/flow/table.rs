//! The flows that user space was told of: what of them later records do not say again, which have ended without a packet that says so, and which
//! a process has.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use hashlink::LruCache;
use reactant_core::event::{Flag, FlagSet};

use super::{
    super::{
        record::{Head, Who},
        table::Counters,
    },
    filter::KernelFlows,
    names::NameList,
    record::{FlowId, FlowRecord, Is},
    text::Brief,
};

/// Connections, and as many flows of UDP and ICMP, that are remembered, at some 500 bytes each.
const FLOWS: usize = 8 << 10;
/// Processes whose flows are remembered, and how many of each that differ in more than the caller's port: those of the last that were told of.
const PROCESSES: usize = 4 << 10;
const OF_PROCESS: usize = 32;

/// When a flow without connection has ended, in nanoseconds without a packet: while one side was heard, and once both were. `bpf/flow.h` has the same.
const IDLE_STARTED: u64 = 30_000_000_000;
const IDLE_ONGOING: u64 = 120_000_000_000;
/// Nanoseconds between two looks at all of them.
const LOOK: u64 = 1_000_000_000;

/// A flow as it was last told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) head: Head,
    pub(super) record: FlowRecord,
    pub(super) names: NameList,
    /// The parent first.
    pub(super) ancestors: Arc<[Who]>,
    pub(super) more_ancestors: bool,
    /// Nanoseconds since boot when it may have ended.
    due: u64,
}

/// See the [module](self).
pub(super) struct Flows {
    connections: LruCache<FlowId, Told>,
    /// Those of UDP and ICMP.
    datagrams: LruCache<FlowId, Told>,
    /// Of these, by socket.
    sockets: HashMap<u64, Vec<FlowId>>,
    background: LruCache<Who, VecDeque<Brief>>,
    /// What has ended and was not told yet.
    ended: VecDeque<Told>,
    next_look: u64,
    kernel: KernelFlows,
    counters: Arc<Counters>,
}

impl Told {
    /// What the record says, with these names.
    pub(super) fn brief(&self) -> Brief {
        let status: FlagSet = [Flag::Started, Flag::Ongoing, Flag::Ended].into_iter().collect();
        Brief {
            id: self.record.id,
            protocol: self.record.protocol(),
            icmp: self.record.icmp,
            local: self.record.local,
            remote: self.record.remote,
            names: Arc::clone(&self.names),
            flags: self.record.flags.difference(status).union(self.record.news),
        }
    }
}

impl Flows {
    pub(super) fn new(kernel: KernelFlows, counters: Arc<Counters>) -> Flows {
        Flows {
            connections: LruCache::new(FLOWS),
            datagrams: LruCache::new(FLOWS),
            sockets: HashMap::new(),
            background: LruCache::new(PROCESSES),
            ended: VecDeque::new(),
            next_look: 0,
            kernel,
            counters,
        }
    }

    /// Takes a record in. What is known of the flow and not said again comes from what was told of it before, else from these.
    pub(super) fn take(
        &mut self,
        head: Head,
        record: FlowRecord,
        names: impl FnOnce() -> NameList,
        lineage: impl FnOnce() -> (Vec<Who>, bool),
    ) -> Told {
        let id = record.id;
        let is_tcp = record.transport == 6;
        let table = if is_tcp { &mut self.connections } else { &mut self.datagrams };
        // Who has it now may not be who had it before.
        let before = table.remove(&id).filter(|before| before.head.process == head.process);
        self.counters.look(before.is_some());
        let (ancestors, more_ancestors) = match &before {
            _ if !record.ancestors.is_empty() => {
                (record.ancestors.clone().into(), record.is(Is::AncestorsCut))
            }
            Some(before) => (Arc::clone(&before.ancestors), before.more_ancestors),
            None => {
                let (ancestors, more) = lineage();
                (ancestors.into(), more)
            }
        };
        let names = match before {
            Some(before) if !before.names.is_empty() => before.names,
            _ => names(),
        };
        let due = head.time + IDLE_STARTED;
        let told = Told { head, record, names, ancestors, more_ancestors, due };
        if !told.record.flags.contains(Flag::Ended) {
            let evicted = (table.len() == FLOWS).then(|| table.remove_lru()).flatten();
            table.insert(id, told.clone());
            if let Some((id, _)) = evicted {
                self.counters.evict(1);
                self.unlink(id);
            }
            if !is_tcp {
                let of_socket = self.sockets.entry(id.cookie).or_default();
                if !of_socket.contains(&id) {
                    of_socket.push(id);
                }
            }
        }
        self.remember(&told);
        told
    }

    fn unlink(&mut self, id: FlowId) {
        if let Some(of_socket) = self.sockets.get_mut(&id.cookie) {
            of_socket.retain(|other| *other != id);
            if of_socket.is_empty() {
                self.sockets.remove(&id.cookie);
            }
        }
    }

    /// A socket was closed, and with it what it had.
    pub(super) fn close(&mut self, cookie: u64, time: u64) {
        for id in self.sockets.remove(&cookie).unwrap_or_default() {
            if let Some(told) = self.datagrams.remove(&id) {
                self.end(told, time, true);
            }
        }
    }

    fn end(&mut self, mut told: Told, time: u64, by_local: bool) {
        self.kernel.forget(&told.record);
        told.head.time = time;
        told.record.news = [Flag::Ended].into_iter().collect();
        told.record.flags.insert(Flag::Ended);
        if by_local {
            told.record.flags.insert(Flag::Terminator);
        }
        self.ended.push_back(told);
    }

    /// The next flow that ended without saying so.
    pub(super) fn ended(&mut self, now: u64) -> Option<Told> {
        if self.ended.is_empty() && now >= self.next_look {
            self.next_look = now + LOOK;
            self.look(now);
        }
        let told = self.ended.pop_front()?;
        self.remember(&told);
        Some(told)
    }

    fn look(&mut self, now: u64) {
        let due = |(id, told): (&FlowId, &Told)| (told.due <= now).then_some(*id);
        let ids: Vec<FlowId> = self.datagrams.iter().filter_map(due).collect();
        for id in ids {
            let Some(mut told) = self.datagrams.remove(&id) else { continue };
            // One that the kernel has forgotten is told anew, should it go on.
            let last = self.kernel.last_packet(&told.record);
            let ongoing = told.record.flags.contains(Flag::Ongoing);
            let end = last.unwrap_or(0) + if ongoing { IDLE_ONGOING } else { IDLE_STARTED };
            if end <= now {
                self.unlink(id);
                self.end(told, now, false);
            } else {
                told.due = end;
                self.datagrams.insert(id, told);
            }
        }
    }

    fn remember(&mut self, told: &Told) {
        let who = told.head.process;
        if !self.background.contains_key(&who) {
            self.counters.evict(u64::from(self.background.len() == PROCESSES));
            self.background.insert(who, VecDeque::new());
        }
        let flows = self.background.entry(who).or_insert_with(VecDeque::new);
        let mut brief = told.brief();
        brief.flags = told.record.flags;
        let like = |other: &Brief| {
            let key = |flow: &Brief| {
                (flow.protocol, flow.local.address, flow.remote.address, flow.service_port())
            };
            key(other) == key(&brief)
        };
        if let Some(at) = flows.iter().position(like) {
            flows.remove(at);
        } else if flows.len() == OF_PROCESS {
            flows.pop_front();
        }
        flows.push_back(brief);
    }

    /// What a process has, and had lately.
    pub(super) fn of(&self, who: Who) -> Vec<Brief> {
        self.background.peek(&who).into_iter().flatten().cloned().collect()
    }
}
