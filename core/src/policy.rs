//! The network policy: which addresses and names may be reached (`config.md`, "Network policy file"), and what follows where they may not.
//!
//! It is read from one YAML file, validated like the recipes, and judges without acting: [`NetworkPolicy::address`] and
//! [`NetworkPolicy::name`] are pure. Whoever holds the network up enforces a [`Decision`] and tells of it.

mod fields;
mod judge;
mod read;
mod rules;

use std::net::IpAddr;

use ipnet::IpNet;

pub use read::{Loaded, load, load_text};
use rules::Rules;

use crate::recipe::names;

names! {
    /// What follows where something is denied.
    Mode { Bypass "bypass", Alert "alert", Enforce "enforce", Both "both" }
}
names! {
    /// Whether something may be reached.
    Verdict { Allow "allow", Deny "deny" }
}

impl Mode {
    /// Whether what is denied gives an event (`dropip`, `dropdomain`).
    #[must_use]
    pub fn alerts(self) -> bool {
        matches!(self, Mode::Alert | Mode::Both)
    }

    /// Whether what is denied is blocked.
    #[must_use]
    pub fn enforces(self) -> bool {
        matches!(self, Mode::Enforce | Mode::Both)
    }
}

/// A policy that was read.
#[derive(Debug, Clone)]
pub struct NetworkPolicy {
    /// What follows where an address is denied.
    pub cidr_mode: Mode,
    /// The verdict on an address that no rule covers.
    pub cidr_policy: Verdict,
    /// What follows where the resolution of a name is denied.
    pub resolve_mode: Mode,
    /// The verdict on a name that no rule covers.
    pub resolve_policy: Verdict,
    /// Which of these four the file leaves out.
    pub left_out: Vec<&'static str>,
    rules: Rules,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The addresses of a network, without host bits.
    Cidr(IpNet),
    /// A name and all below it; lower case, without a dot at the end.
    Domain(Box<str>),
}

/// A rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub subject: Subject,
    /// Whether that may be reached.
    pub policy: Verdict,
    /// The line of the file that it begins in.
    pub line: u32,
}

/// What the policy says of an address or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'p> {
    /// Whether it may be reached.
    pub verdict: Verdict,
    /// What follows where it may not.
    pub mode: Mode,
    /// The rule that says so; `None`: no rule covers it.
    pub rule: Option<&'p Rule>,
}

impl Decision<'_> {
    /// Whether it is to be blocked.
    #[must_use]
    pub fn blocks(self) -> bool {
        self.verdict == Verdict::Deny && self.mode.enforces()
    }

    /// Whether it is to be told.
    #[must_use]
    pub fn alerts(self) -> bool {
        self.verdict == Verdict::Deny && self.mode.alerts()
    }
}

impl NetworkPolicy {
    /// The rules, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.rules.all()
    }

    /// Judges an address of which no name is known.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> Decision<'_> {
        self.resolved(address, std::iter::empty::<&str>())
    }
}
