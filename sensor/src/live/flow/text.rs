//! Flows as events write them.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use reactant_core::event::{Flag, FlagSet, Protocol};
use serde::{Serialize, Serializer};

use super::{
    super::text::Names,
    icmp,
    names::NameList,
    record::{End, FlowId},
};

/// A flow as far as events tell it.
#[derive(Debug, Clone)]
pub(in super::super) struct Brief {
    pub(super) id: FlowId,
    pub(super) protocol: Protocol,
    pub(super) icmp: (u8, u8),
    pub(super) local: End,
    pub(super) remote: End,
    /// Of the remote end.
    pub(super) names: NameList,
    /// What the flow is, and what is new of its status.
    pub(super) flags: FlagSet,
}

/// The flow of an event.
#[derive(Serialize)]
pub(in super::super) struct FlowText<'a> {
    uuid: String,
    ip_version: u8,
    proto: &'static str,
    icmp: Icmp,
    local: EndText<'a>,
    remote: EndText<'a>,
    service_port: u16,
    flags: Flags,
    phase: Phase,
}

/// One of the flows of a process, in the background of an event.
#[derive(Serialize)]
pub(in super::super) struct BackgroundText<'a> {
    ip_version: u8,
    proto: &'static str,
    local: EndText<'a>,
    remote: EndText<'a>,
    phase: Phase,
}

/// What kind of message of ICMP; `""` for other protocols.
#[derive(Serialize, Default)]
pub(super) struct Icmp {
    pub(super) r#type: Cow<'static, str>,
    pub(super) code: Cow<'static, str>,
}

#[derive(Serialize)]
struct EndText<'a> {
    address: IpAddr,
    name: &'a str,
    #[serde(serialize_with = "texts")]
    names: &'a [Arc<str>],
    port: u16,
}

fn texts<S: Serializer>(texts: &[Arc<str>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(texts.iter().map(|text| &**text))
}

struct Flags(FlagSet);

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(Flag::ALL.iter().map(|flag| (flag.name(), self.0.contains(*flag))))
    }
}

/// `""` is unknown.
#[derive(Serialize)]
struct Phase {
    direction: &'static str,
    initiated_by: &'static str,
    status: &'static str,
    ended_by: &'static str,
}

impl Brief {
    /// The flow as the subject of an event.
    pub(in super::super) fn text(&self, names: &Names) -> FlowText<'_> {
        let is_v6 = self.local.address.is_ipv6();
        let icmp = match self.protocol {
            Protocol::Icmp => icmp::name(is_v6, self.icmp),
            Protocol::Tcp | Protocol::Udp => Icmp::default(),
        };
        FlowText {
            uuid: names.flow(self.id.cookie, self.id.began),
            ip_version: self.version(),
            proto: self.protocol.name(),
            icmp,
            local: self.local(),
            remote: self.remote(),
            service_port: self.service_port(),
            flags: Flags(self.flags),
            phase: self.phase(),
        }
    }

    /// The flow as one of its process's.
    pub(in super::super) fn background(&self) -> BackgroundText<'_> {
        BackgroundText {
            ip_version: self.version(),
            proto: self.protocol.name(),
            local: self.local(),
            remote: self.remote(),
            phase: self.phase(),
        }
    }

    fn version(&self) -> u8 {
        if self.local.address.is_ipv6() { 6 } else { 4 }
    }

    fn local(&self) -> EndText<'_> {
        EndText { address: self.local.address, name: "", names: &[], port: self.local.port }
    }

    fn remote(&self) -> EndText<'_> {
        let name = self.names.first().map_or("", |name| &**name);
        EndText { address: self.remote.address, name, names: &self.names, port: self.remote.port }
    }

    /// The port of who was called. Where that is not known, the lower one.
    pub(super) fn service_port(&self) -> u16 {
        let is = |flag| self.flags.contains(flag);
        match (is(Flag::Incoming), is(Flag::Outgoing)) {
            (true, false) => self.local.port,
            (false, true) => self.remote.port,
            _ => self.local.port.min(self.remote.port),
        }
    }

    /// Whether both ends are on this machine.
    fn is_local(&self) -> bool {
        let (local, remote) = (self.local.address, self.remote.address);
        local == remote || local.is_loopback() && remote.is_loopback()
    }

    fn phase(&self) -> Phase {
        let is = |flag| self.flags.contains(flag);
        let both = |one, one_name, other, other_name| match (is(one), is(other)) {
            (true, true) => "both",
            (true, false) => one_name,
            (false, true) => other_name,
            (false, false) => "",
        };
        let status =
            [(Flag::Ended, "ended"), (Flag::Ongoing, "ongoing"), (Flag::Started, "started")];
        Phase {
            direction: if self.is_local() {
                "local"
            } else {
                both(Flag::Ingress, "ingress", Flag::Egress, "egress")
            },
            initiated_by: both(Flag::Incoming, "remote", Flag::Outgoing, "local"),
            status: status.into_iter().find(|(flag, _)| is(*flag)).map_or("", |(_, name)| name),
            ended_by: both(Flag::Terminator, "local", Flag::Terminated, "remote"),
        }
    }
}
