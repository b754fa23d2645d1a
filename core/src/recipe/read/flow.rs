//! Which flows a recipe is about.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::{DomainMatch, FlowCondition, How, PeerCondition, fields::CREATED};
use crate::{
    diagnostic::Severity,
    document::{Fields, Report, cidr, cidrs, domains},
    event::{Flag, FlagSet, Protocol},
};

/// Reads the fields about flows.
pub(super) fn condition(fields: &Fields<'_>, report: &mut Report) -> FlowCondition {
    let flags = |name: &str| -> FlagSet {
        fields.words(name).filter_map(|(_, word)| Flag::from_name(word)).collect()
    };
    let created = |name: &str| fields.words(name).any(|(_, word)| word == CREATED);
    let protocol = |word: &str| {
        Protocol::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(word))
    };
    let mut protocols: Vec<Protocol> =
        fields.words("protocol").filter_map(|(_, word)| protocol(word)).collect();
    protocols.sort_unstable();
    protocols.dedup();
    FlowCondition {
        flags: flags("flow_actions"),
        created: created("flow_actions"),
        how: fields.text("flow_actions_how").and_then(How::from_name).unwrap_or_default(),
        excluded: flags("flow_actions_excl"),
        excluded_created: created("flow_actions_excl"),
        protocols,
        local: peer(fields, &LOCAL, report),
        remote: peer(fields, &REMOTE, report),
    }
}

/// The names of one end's fields.
struct End {
    cidrs: &'static str,
    ips: &'static str,
    port: &'static str,
    domains: &'static str,
    domains_type: &'static str,
}

const LOCAL: End = End {
    cidrs: "local_cidrs",
    ips: "local_ips",
    port: "local_port",
    domains: "local_domains",
    domains_type: "local_domains_type",
};
const REMOTE: End = End {
    cidrs: "remote_cidrs",
    ips: "remote_ips",
    port: "remote_port",
    domains: "remote_domains",
    domains_type: "remote_domains_type",
};

fn peer(fields: &Fields<'_>, end: &End, report: &mut Report) -> PeerCondition {
    let mut ips = Vec::new();
    for (node, text) in fields.texts(end.ips) {
        match text.trim().parse::<IpAddr>() {
            Ok(address) => ips.push(IpNet::from(address.to_canonical())),
            Err(_) => {
                let help = cidr(text).map(|_| format!("a CIDR belongs to `{}`", end.cidrs));
                report.error("bad-ip", node.span, format!("`{text}` is no address")).help(help);
            }
        }
    }
    let suffix = format!("`{}: suffix` covers the names below", end.domains_type);
    let addresses = format!("addresses belong to `{}` or `{}`", end.ips, end.cidrs);
    let domain_match = fields.text(end.domains_type).and_then(DomainMatch::from_name);
    PeerCondition {
        cidrs: cidrs(fields, end.cidrs, report),
        ips,
        port: fields.integer(end.port).and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
        domains: domains(fields, end.domains, Severity::Warning, &suffix, &addresses, report),
        domain_match: domain_match.unwrap_or_default(),
    }
}
