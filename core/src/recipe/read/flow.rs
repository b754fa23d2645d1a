//! Which flows a recipe is about.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::super::{DomainMatch, FlowCondition, How, PeerCondition, fields::CREATED};
use crate::{
    document::{Fields, Report},
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
    let mut peer = PeerCondition {
        port: fields.integer(end.port).and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
        domain_match: fields
            .text(end.domains_type)
            .and_then(DomainMatch::from_name)
            .unwrap_or_default(),
        ..PeerCondition::default()
    };
    for (node, text) in fields.texts(end.cidrs) {
        match cidr(text) {
            Some(net) => peer.cidrs.push(net),
            None => {
                report
                    .error("bad-cidr", node.span, format!("`{text}` is no CIDR and no address"))
                    .help(cidr_help(text));
            }
        }
    }
    for (node, text) in fields.texts(end.ips) {
        match text.trim().parse::<IpAddr>() {
            Ok(address) => peer.ips.push(IpNet::from(address.to_canonical())),
            Err(_) => {
                let help = cidr(text).map(|_| format!("a CIDR belongs to `{}`", end.cidrs));
                report.error("bad-ip", node.span, format!("`{text}` is no address")).help(help);
            }
        }
    }
    for (node, text) in fields.texts(end.domains) {
        let domain = text.trim().trim_end_matches('.').to_lowercase();
        if domain.is_empty() {
            report.error("bad-domain", node.span, format!("`{text}` is no domain"));
            continue;
        }
        if domain.contains('*') {
            report
                .warn(
                    "never-matches",
                    node.span,
                    format!("no name is `{text}`: `*` has no meaning here"),
                )
                .help(format!("`{}: suffix` covers the names below", end.domains_type));
        }
        peer.domains.push(domain);
    }
    peer
}

/// A CIDR or a bare address, host bits cleared, v4-mapped v6 as v4.
pub(super) fn cidr(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let net = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    let net = match net {
        IpNet::V6(v6) => match v6.addr().to_ipv4_mapped() {
            Some(v4) if v6.prefix_len() >= 96 => {
                Ipv4Net::new(v4, v6.prefix_len() - 96).ok()?.into()
            }
            _ => net,
        },
        IpNet::V4(_) => net,
    };
    Some(net.trunc())
}

/// What is probably wrong with a text that is no CIDR.
pub(super) fn cidr_help(text: &str) -> Option<String> {
    let (address, length) = text.trim().split_once('/')?;
    let address = address.parse::<IpAddr>().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    match length.parse::<IpAddr>() {
        Ok(mask) => {
            let length = ipnet::ip_mask_to_prefix(mask).ok()?;
            Some(format!("write `{address}/{length}`"))
        }
        Err(_) => Some(format!("the length after the slash is 0 to {most}")),
    }
}
