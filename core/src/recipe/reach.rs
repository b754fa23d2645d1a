//! Warnings about recipes that would fire on every event they judge, or on none.

use super::{
    Base, FileCondition, FlowCondition, Group, How, Join, Mechanism, PeerCondition, Recipe, Which,
};
use crate::{
    document::{Entry, Fields, Node, Report, Span},
    event::{Action, ActionSet},
};

/// Warns about a recipe's condition as a whole.
pub(super) fn warn(recipe: &Recipe, node: &Node, fields: &Fields<'_>, report: &mut Report) {
    let at = |name: &str| fields.entry(name).map_or(node.span, Entry::span);
    never(recipe, fields, report);
    ineffective(recipe, fields, report);
    match recipe.mechanism {
        Mechanism::Baseline => {
            report.warn("never-matches", at("mechanism"), "`baseline` judges no events here");
        }
        Mechanism::FileAccess if all_files(&recipe.file) && unfiltered(&recipe.arbitrary) => {
            everything(at("mechanism"), "every file access", "`bases` or `file_actions`", report);
        }
        Mechanism::Execution if all_executions(&recipe.file) && unfiltered(&recipe.arbitrary) => {
            everything(at("mechanism"), "every execution", "`bases` or `arbitrary`", report);
        }
        Mechanism::NetworkPeers if all_flows(&recipe.flow) && unfiltered(&recipe.arbitrary) => {
            let way_out = "an address, a domain, a port or `flow_actions`";
            everything(at("mechanism"), "every flow", way_out, report);
        }
        _ => {}
    }
}

fn everything(at: Span, what: &str, way_out: &str, report: &mut Report) {
    report
        .warn("fires-on-everything", at, format!("this recipe fires on {what}"))
        .help(format!("restrict it by {way_out}"));
}

/// Whether every group lets every event through.
fn unfiltered(groups: &[Group]) -> bool {
    groups.iter().all(|group| group.items.is_empty() && group.which == Which::Pertinent)
}

fn any_file(bases: &[Base]) -> bool {
    let all = |base: &Base| {
        base.dir.as_deref().is_none_or(|dir| dir == "/")
            && base.base.is_none()
            && base.regex.as_ref().is_none_or(|regex| finds_all(regex.as_str()))
    };
    bases.is_empty() || bases.iter().any(all)
}

/// The usual spellings of an expression that finds something in every path.
fn finds_all(pattern: &str) -> bool {
    ["", ".", ".*", ".+", "^", "$", "^.*", ".*$", "^.*$", "^.+$", "/", "^/", "/.*", "^/.*", "^/.*$"]
        .contains(&pattern)
}

fn all_files(file: &FileCondition) -> bool {
    let all: ActionSet = Action::ALL.iter().copied().collect();
    let any_action = file.actions.is_empty() || file.how == How::Any && file.actions == all;
    any_file(&file.bases) && any_action && file.excluded.is_empty()
}

fn all_executions(file: &FileCondition) -> bool {
    let brings = file.actions.is_empty()
        || file.actions.contains(Action::Execve)
            && (file.how == How::Any || file.actions.iter().count() == 1);
    any_file(&file.bases) && brings && file.excluded.is_empty()
}

fn all_flows(flow: &FlowCondition) -> bool {
    let any_peer = |peer: &PeerCondition| {
        let everywhere = |nets: &[ipnet::IpNet]| {
            let all = |v4: bool| {
                nets.iter().any(|net| net.prefix_len() == 0 && net.addr().is_ipv4() == v4)
            };
            all(true) && all(false)
        };
        let addresses = peer.cidrs.is_empty() && peer.ips.is_empty() || everywhere(&peer.cidrs);
        addresses && peer.port == 0 && peer.domains.is_empty()
    };
    let any_action = flow.created && flow.how == How::Any || flow.flags.is_empty();
    any_action
        && flow.excluded.is_empty()
        && !flow.excluded_created
        && flow.protocols.is_empty()
        && any_peer(&flow.local)
        && any_peer(&flow.remote)
}

/// Whether no set can satisfy the named members against the excluded ones.
fn contradicts(named: usize, left: usize, how: How) -> bool {
    named > 0 && if how == How::All { left < named } else { left == 0 }
}

fn never(recipe: &Recipe, fields: &Fields<'_>, report: &mut Report) {
    let mut warn = |name: &str, what: &str| {
        if let Some(entry) = fields.entry(name) {
            report.warn(
                "never-matches",
                entry.span(),
                format!("this recipe can never match: {what}"),
            );
        }
    };
    for limit in recipe.times.iter().filter(|limit| limit.max == 0) {
        warn("times", &format!("`{}` lets nothing through", limit.by.name()));
    }
    for group in &recipe.arbitrary {
        if group.items.is_empty() && group.which == Which::Irrelevant {
            warn("arbitrary", "a group without items is its own `which`, here `irrelevant`");
        }
        let empty = |item: &super::Item| {
            item.tests
                .iter()
                .any(|test| matches!(test, super::Test::Numbers(numbers) if numbers.is_empty()))
        };
        let requirement = |item: &super::Item| item.which == Which::Pertinent;
        let blocked = match group.how {
            Join::And => group.items.iter().any(empty),
            Join::Or => !group.items.is_empty() && group.items.iter().all(empty),
        };
        if blocked && group.items.iter().all(requirement) {
            warn("arbitrary", "`numbers` is empty");
        }
    }
    match recipe.mechanism {
        Mechanism::FileAccess | Mechanism::Execution => {
            let file = &recipe.file;
            let left = file.actions.difference(file.excluded).iter().count();
            if contradicts(file.actions.iter().count(), left, file.how) {
                warn("file_actions_excl", "it excludes what `file_actions` asks for");
            } else if recipe.mechanism == Mechanism::Execution
                && file.excluded.contains(Action::Execve)
            {
                warn("file_actions_excl", "every execution has the action `execve`");
            } else if file.excluded.iter().count() == Action::ALL.len() {
                warn("file_actions_excl", "it excludes every action");
            }
        }
        Mechanism::NetworkPeers | Mechanism::NetworkPolicy => {
            let flow = &recipe.flow;
            let named = flow.flags.iter().count() + usize::from(flow.created);
            let left = flow.flags.difference(flow.excluded).iter().count()
                + usize::from(flow.created && !flow.excluded_created);
            if flow.excluded_created {
                warn("flow_actions_excl", "every flow is `created`");
            } else if contradicts(named, left, flow.how) {
                warn("flow_actions_excl", "it excludes what `flow_actions` asks for");
            }
        }
        Mechanism::Baseline => {}
    }
}

const FILE_FIELDS: [&str; 6] =
    ["file_actions", "file_actions_excl", "bases", "dir", "base", "regex"];
const FLOW_FIELDS: [&str; 11] = [
    "flow_actions",
    "flow_actions_excl",
    "protocol",
    "local_cidrs",
    "remote_cidrs",
    "local_ips",
    "remote_ips",
    "local_port",
    "remote_port",
    "local_domains",
    "remote_domains",
];

/// Warns about conditions that the mechanism's events do not have.
fn ineffective(recipe: &Recipe, fields: &Fields<'_>, report: &mut Report) {
    let foreign: &[&str] = match recipe.mechanism {
        Mechanism::FileAccess | Mechanism::Execution => &FLOW_FIELDS,
        Mechanism::NetworkPeers | Mechanism::NetworkPolicy => &FILE_FIELDS,
        Mechanism::Baseline => &[],
    };
    for entry in foreign.iter().filter_map(|name| fields.entry(name)) {
        let what = format!(
            "`{}` has no effect with the mechanism `{}`",
            entry.key,
            recipe.mechanism.name()
        );
        report.warn("no-effect", entry.key_span, what);
    }
}
