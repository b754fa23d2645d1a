//! Values that several kinds of documents have: networks, domains, path patterns, capabilities.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::{fields::Fields, node::Node, report::Report, suggest::did_you_mean};
use crate::{
    capability::{Capability, PathGlob, Request},
    diagnostic::Severity,
};

/// A CIDR or a bare address, host bits cleared, v4-mapped v6 as v4.
pub(crate) fn cidr(text: &str) -> Option<IpNet> {
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
pub(crate) fn cidr_help(text: &str) -> Option<String> {
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

/// The networks of a list; what is none is reported.
pub(crate) fn cidrs(fields: &Fields<'_>, name: &str, report: &mut Report) -> Vec<IpNet> {
    let mut nets = Vec::new();
    for (node, text) in fields.texts(name) {
        match cidr(text) {
            Some(net) => nets.push(net),
            None => {
                report
                    .error("bad-cidr", node.span, format!("`{text}` is no CIDR and no address"))
                    .help(cidr_help(text));
            }
        }
    }
    nets
}

/// The domains of a list in lower case, without a dot at the end; what is none is reported. What no name
/// can be is as bad as `useless` says; `suffix` tells how the names below are meant, `addresses` where addresses belong.
pub(crate) fn domains(
    fields: &Fields<'_>,
    name: &str,
    useless: Severity,
    suffix: &str,
    addresses: &str,
    report: &mut Report,
) -> Vec<String> {
    let texts = fields.texts(name);
    let mut read = |(node, text)| domain(node, text, useless, suffix, addresses, report);
    texts.filter_map(&mut read).collect()
}

/// A domain in lower case, without a dot at the end; what is none is reported, as [`domains`] does.
pub(crate) fn domain(
    node: &Node,
    text: &str,
    useless: Severity,
    suffix: &str,
    addresses: &str,
    report: &mut Report,
) -> Option<String> {
    let domain = text.trim().trim_end_matches('.').to_lowercase();
    if domain.is_empty() {
        report.error("bad-domain", node.span, format!("`{text}` is no domain"));
        return None;
    }
    if domain.contains('*') {
        let what = format!("no name is `{text}`: `*` has no meaning here");
        report.add(useless, "never-matches", node.span, what).help(suffix.to_owned());
    } else if domain.split('.').any(str::is_empty) {
        let what = format!("no name is `{text}`: between two dots stands a label");
        report.add(useless, "never-matches", node.span, what).help(suffix.to_owned());
    } else if domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        let what = format!("no name is `{text}`: addresses are no names");
        report.add(useless, "never-matches", node.span, what).help(addresses.to_owned());
    }
    Some(domain)
}

/// The path patterns of a list; what is none is reported.
pub(crate) fn globs(fields: &Fields<'_>, name: &str, report: &mut Report) -> Vec<PathGlob> {
    let mut globs = Vec::new();
    for (node, text) in fields.texts(name) {
        match PathGlob::new(text) {
            Ok(glob) => globs.push(glob),
            Err(error) => {
                report.error("bad-path", node.span, error.to_string());
            }
        }
    }
    globs
}

static STANDARD: [Capability; 10] = Capability::STANDARD;

/// The capabilities of a list; what is none of the standard ones and of `own` is reported.
pub(crate) fn requests<'c>(
    fields: &Fields<'_>,
    name: &str,
    own: impl IntoIterator<Item = &'c Capability>,
    report: &mut Report,
) -> Option<Vec<Request>> {
    fields.node(name)?;
    let known: Vec<&Capability> = STANDARD.iter().chain(own).collect();
    let mut requests = Vec::new();
    for (node, text) in fields.texts(name) {
        let request = match text.parse::<Request>() {
            Ok(request) => request,
            Err(error) => {
                report.error("bad-capability", node.span, error.to_string());
                continue;
            }
        };
        if known.contains(&&request.capability) {
            requests.push(request);
            continue;
        }
        let name = request.capability.name();
        let help = did_you_mean(name, known.iter().map(|known| known.name()));
        let what = format!("there is no capability `{name}`");
        report.error("unknown-capability", node.span, what).help(help);
    }
    Some(requests)
}
