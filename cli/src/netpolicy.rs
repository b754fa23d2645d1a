//! The network policy of a run: read at its start, and told to whoever asks at the control socket.

use std::path::Path;

use reactant_core::policy::{self, NetworkPolicy, Rule, Subject};
use reactant_helpers::control::{Exchange, Handler, Refusal, Request};
use serde_json::{Value, json};

use crate::{console::Console, exit::Failure};

/// Reads the file, and tells what is wrong with it.
pub(crate) fn read(console: &Console, file: &Path) -> Result<NetworkPolicy, Failure> {
    let loaded = policy::load(file);
    loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
    loaded.policy.ok_or_else(|| {
        Failure::Usage(format!("--network-policy: {} cannot be used", file.display()))
    })
}

/// The policy as objects: first what it says in all, then each rule.
pub(crate) fn described(file: Option<&Path>, policy: Option<&NetworkPolicy>) -> Vec<Value> {
    let Some(policy) = policy else {
        return vec![json!({"type": "policy", "file": null, "enforced": false})];
    };
    let head = json!({
        "type": "policy",
        "file": file.map(|file| file.display().to_string()),
        "cidr_mode": policy.cidr_mode.name(),
        "cidr_policy": policy.cidr_policy.name(),
        "resolve_mode": policy.resolve_mode.name(),
        "resolve_policy": policy.resolve_policy.name(),
        "defaults": policy.left_out,
        "rules": policy.rules().len(),
        // Nothing in this build holds the network up.
        "enforced": false,
    });
    let rule = |Rule { subject, policy, line }: &Rule| match subject {
        Subject::Cidr(net) => {
            json!({"type": "rule", "cidr": net.to_string(), "policy": policy.name(), "line": line})
        }
        Subject::Domain(name) => {
            json!({"type": "rule", "domain": name, "policy": policy.name(), "line": line})
        }
    };
    std::iter::once(head).chain(policy.rules().iter().map(rule)).collect()
}

/// Answers `policy.show`.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) Vec<Value>);

impl Handler for Told {
    fn topic(&self) -> &'static str {
        "policy"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "show" => self.0.iter().try_for_each(|object| exchange.send(object)),
            _ => Err(request.unknown()),
        }
    }
}
