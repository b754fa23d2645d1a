//! The network policy of a run: read at its start, held up where the run watches, and told to whoever asks at the control socket.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, sync_channel},
    },
};

use reactant_core::policy::{self, Mode, NetworkPolicy, Rule, Subject};
use reactant_helpers::{
    control::{Exchange, Handler, Refusal, Request},
    effects::block::policy::{Denial, Upheld},
};
use serde_json::{Value, json};

use crate::{console::Console, exit::Failure, settings::Settings};

/// Denials that may wait to be answered.
const AHEAD: usize = 256;

/// The policy of a run.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    file: Option<PathBuf>,
    policy: Option<Arc<NetworkPolicy>>,
    upheld: Option<Arc<Upheld>>,
    denials: Option<Receiver<Denial>>,
    /// Denials that found no room.
    dropped: Arc<AtomicU64>,
}

impl InForce {
    /// The policy of a run that reaches nothing itself, and holds none up.
    pub(crate) fn read(console: &Console, settings: &Settings) -> Result<InForce, Failure> {
        let file = settings.network_policy.clone();
        let policy = file.as_deref().map(|file| read(console, file)).transpose()?;
        Ok(InForce { file, policy: policy.map(Arc::new), ..InForce::default() })
    }

    /// Holds it up on this machine from now on. One that only simulates tells what would be refused.
    pub(crate) fn uphold(
        mut self,
        console: &Console,
        settings: &Settings,
        acts: bool,
    ) -> Result<InForce, Failure> {
        let Some(policy) = &mut self.policy else { return Ok(self) };
        if !acts {
            let told = |mode: Mode| if mode.alerts() { Mode::Alert } else { Mode::Bypass };
            let policy = Arc::make_mut(policy);
            policy.cidr_mode = told(policy.cidr_mode);
            policy.resolve_mode = told(policy.resolve_mode);
        }
        let (sender, denials) = sync_channel(AHEAD);
        let dropped = Arc::clone(&self.dropped);
        let told = move |denial| {
            if sender.try_send(denial).is_err() {
                dropped.fetch_add(1, Ordering::Relaxed);
            }
        };
        let cgroup = settings.blocks.cgroup.as_deref();
        let upheld = Upheld::start(Arc::clone(policy), cgroup, Box::new(told)).map_err(|why| {
            Failure::Problem(format!("the network policy cannot be held up: {why}"))
        })?;
        let (_, misses) = upheld.coverage();
        misses
            .iter()
            .for_each(|what| console.note(&format!("network policy: not reached: {what}")));
        (self.upheld, self.denials) = (Some(upheld), Some(denials));
        Ok(self)
    }

    /// What was denied since the last time.
    pub(crate) fn denials(&self) -> impl Iterator<Item = Denial> {
        self.denials.iter().flat_map(|denials| denials.try_iter().take(AHEAD))
    }

    /// The policy as objects.
    pub(crate) fn described(&self) -> Vec<Value> {
        described(self.file.as_deref(), self.policy.as_deref(), self.upheld.is_some())
    }

    /// Ends it, and tells what was not told.
    pub(crate) fn end(&self, console: &Console) {
        let Some(upheld) = &self.upheld else { return };
        upheld.end();
        let figures = upheld.figures();
        let waiting = self.denials.iter().flat_map(Receiver::try_iter).count() as u64;
        for (count, what) in [
            (
                figures.lost + self.dropped.load(Ordering::Relaxed) + waiting,
                "denials were not answered: they came faster than they were read",
            ),
            (
                figures.beyond,
                "addresses of names were left out of the network policy: there was no room for more",
            ),
            (
                figures.heard.lost,
                "answers of resolvers were not seen: they came faster than they were read",
            ),
        ] {
            if count > 0 {
                console.warn("network-policy", &format!("{count} {what}"));
            }
        }
        console.note(&format!(
            "network policy: {} denials told, {} more of the same kind, {} addresses of names known",
            figures.told, figures.again, figures.learned
        ));
    }
}

/// Reads the file, and tells what is wrong with it.
pub(crate) fn read(console: &Console, file: &Path) -> Result<NetworkPolicy, Failure> {
    let loaded = policy::load(file);
    loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
    loaded.policy.ok_or_else(|| {
        Failure::Usage(format!("--network-policy: {} cannot be used", file.display()))
    })
}

/// The policy as objects: first what it says in all, then each rule.
pub(crate) fn described(
    file: Option<&Path>,
    policy: Option<&NetworkPolicy>,
    enforced: bool,
) -> Vec<Value> {
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
        "enforced": enforced,
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
