//! `when: before`: what can be decided before it happens.

use super::super::{FileCondition, Mechanism};
use crate::{
    document::{Fields, Report},
    event::{Action, ActionSet},
};

/// Reports what nobody is asked about before it happens.
pub(super) fn check(
    mechanism: Option<Mechanism>,
    file: &FileCondition,
    fields: &Fields<'_>,
    report: &mut Report,
) {
    const HELP: &str = "only `open` and `execve` are decided before they happen";
    let mut error = |name: &str, what: String| {
        if let Some(entry) = fields.entry(name) {
            report.error("no-verdict", entry.span(), what).help(HELP.to_owned());
        }
    };
    if let Some(mechanism @ (Mechanism::NetworkPeers | Mechanism::Baseline)) = mechanism {
        error(
            "mechanism",
            format!("`when: before` cannot decide what `{}` is about", mechanism.name()),
        );
        return;
    }
    let decided: ActionSet = [Action::Open, Action::Execve].into_iter().collect();
    for (name, actions) in [("file_actions", file.actions), ("file_actions_excl", file.excluded)] {
        let others: Vec<_> = actions.difference(decided).iter().map(Action::name).collect();
        if !others.is_empty() {
            error(name, format!("`when: before` cannot decide `{}`", others.join("`, `")));
        }
    }
}
