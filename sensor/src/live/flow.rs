//! Network flows: TCP by the states of its sockets, UDP and ICMP by their packets; and the names that DNS answers gave.
//!
//! # Whose a flow is
//!
//! A connection belongs to the process that connects, or accepts; one that ends before anybody accepts it, to who listens. What is sent by UDP or ICMP belongs
//! to the process that sends it, also where another made the socket: with another sender the flow is told again, as that one's. What comes first from the
//! other side belongs to who used the socket last. Sockets that were there before are found by looking through all descriptors, once.
//!
//! # When it is told
//!
//! Once as it starts, once as both sides have been heard, once as it ends. An incoming connection is told when it is accepted. UDP and ICMP end when the
//! socket is closed, or after 30 seconds without a packet, 120 once both sides were heard. A connection on the loopback has two ends and is two flows,
//! one of each process. Connections that stood when the sensor started are told as ongoing.

mod filter;
mod icmp;
mod names;
mod record;
mod table;
mod text;

use std::{fs, sync::Arc};

use reactant_core::event::{Event, Flag, Protocol};

use super::{
    coverage::Subject,
    figures::Counters,
    maker::{Made, Maker, Unreadable},
    program::{Hook, Tier},
    record::{Head, Parts, Who},
    text::Act,
};
pub(super) use filter::{Filter, FlowState, KernelFlows, Keys};
use names::NameCache;
use record::{FlowRecord, Is, NamesRecord};
use table::{Flows, Told};
pub(super) use text::{BackgroundText, Brief, FlowText};

/// What serves flows.
pub(super) const TIERS: &[Tier] = &[
    Tier {
        source: "tp_btf inet_sock_set_state, tp_btf sys_exit, cgroup_skb",
        subjects: &[
            Subject::Flow(Protocol::Tcp),
            Subject::Flow(Protocol::Udp),
            Subject::Flow(Protocol::Icmp),
        ],
        programs: &[
            ("socket_made", Hook::CgroupSock),
            ("socket_closed", Hook::CgroupSock),
            ("on_state", Hook::TpBtf("inet_sock_set_state")),
            ("on_accept", Hook::TpBtf("sys_exit")),
            ("flow_in", Hook::CgroupIngress),
            ("flow_out", Hook::CgroupEgress),
        ],
    },
    // Without packets a connection is told once it stands.
    Tier {
        source: "tp_btf inet_sock_set_state, tp_btf sys_exit",
        subjects: &[Subject::Flow(Protocol::Tcp)],
        programs: &[
            ("on_state", Hook::TpBtf("inet_sock_set_state")),
            ("on_accept", Hook::TpBtf("sys_exit")),
        ],
    },
];

/// What is known of flows.
pub(super) struct Network {
    flows: Flows,
    names: NameCache,
}

impl Network {
    pub(super) fn new(kernel: KernelFlows, counters: &Counters) -> Network {
        Network {
            flows: Flows::new(kernel, Arc::clone(&counters.flows)),
            names: NameCache::new(Arc::clone(&counters.names)),
        }
    }

    /// The flows that a process has, and had lately.
    pub(super) fn of(&self, who: Who) -> Vec<Brief> {
        self.flows.of(who)
    }
}

impl Maker {
    /// Something became of a flow.
    pub(super) fn flow(&mut self, head: Head, parts: &mut Parts<'_>) -> Made {
        let record = FlowRecord::parse(parts).ok_or(Unreadable)?;
        if record.is(Is::Closed) {
            self.network.flows.close(record.id.cookie, head.time);
            return Ok(Vec::new());
        }
        if self.is_own(&record.ancestors) {
            return Ok(Vec::new());
        }
        let Network { flows, names } = &mut self.network;
        let (user, parent, time) = (head.uid, head.parent, head.time);
        let (net, remote) = (record.net_cookie, record.remote.address);
        let is_event = record.is(Is::Event);
        let told =
            flows.take(head, record, || names.of(user, net, remote, time), || lineage(parent));
        Ok(is_event.then(|| self.flow_event(&told)).flatten().into_iter().collect())
    }

    /// An answer came to a process that asked.
    pub(super) fn names(&mut self, head: &Head, parts: &mut Parts<'_>) -> Made {
        let NamesRecord { net_cookie, query, answer } =
            NamesRecord::parse(parts).ok_or(Unreadable)?;
        self.network.names.learn(head.uid, net_cookie, query, answer, head.time);
        Ok(Vec::new())
    }

    /// The event of the next flow that ended without a packet that says so.
    pub(super) fn ended_flow(&mut self, now: u64) -> Option<Event> {
        loop {
            let told = self.network.flows.ended(now)?;
            if told.record.is(Is::EndWanted)
                && let Some(event) = self.flow_event(&told)
            {
                return Some(event);
            }
        }
    }

    fn flow_event(&mut self, told: &Told) -> Option<Event> {
        debug_assert!(!told.record.news.is_empty() || told.record.flags.contains(Flag::Ended));
        let head = &told.head;
        let process = self.table.get(head.process).cloned();
        let ancestors = self.known(&told.ancestors);
        let flows = self.network.of(head.process);
        let files = self.files.of(head.process);
        let brief = told.brief();
        self.finish(head.lost, |names, number, lost| {
            let act = Act {
                event_type: "network_peer",
                head,
                process: process.as_ref(),
                image: None,
                ancestors: &ancestors,
                more_ancestors: told.more_ancestors,
                file: None,
                files: &files,
                flow: Some(brief.text(names)),
                flows: &flows,
                number,
                lost,
            };
            act.event(names)
        })
    }
}

/// The ancestors of a process whose parent this is, as `/proc` has them now: for what is told after the fact. Says whether there are more.
fn lineage(parent: Who) -> (Vec<Who>, bool) {
    /// As many as the programs tell.
    const ANCESTORS: usize = 64;
    let mut all = Vec::new();
    let mut next = Some(parent).filter(|parent| parent.pid != 0);
    while let Some(who) = next {
        if all.len() == ANCESTORS {
            return (all, true);
        }
        all.push(who);
        // Somebody else may have its pid by now.
        match (Who::read(who.pid) == Some(who)).then(|| parent_of(who.pid)).flatten() {
            Some(0) => return (all, false),
            Some(pid) => next = Who::read(pid),
            None => return (all, true),
        }
    }
    let more = !all.is_empty();
    (all, more)
}

/// Field 4 of `/proc/PID/stat`, the second behind the name in parentheses.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lineage_of_a_process_ends_with_the_first() {
        let parent = Who::read(parent_of(std::process::id()).unwrap()).unwrap();
        let (all, more) = lineage(parent);
        assert_eq!((all[0], more), (parent, false));
        assert_eq!(parent_of(all.last().unwrap().pid), Some(0));
        assert!(lineage(Who { pid: 0, ticks: 0 }).0.is_empty());
        let stranger = Who { ticks: parent.ticks + 1, ..parent };
        assert_eq!(lineage(stranger), (vec![stranger], true));
    }
}
