//! The verdicts.

use std::net::IpAddr;

use super::{Decision, NetworkPolicy, Verdict};
use crate::matcher::canonical_name;

impl NetworkPolicy {
    /// Judges an address to which these names were resolved.
    ///
    /// The longest prefix wins. What a domain rule covers counts as a rule for each of its addresses alone, whatever `resolve_mode` is: it yields to a
    /// rule that names just this address, and precedes every wider one. Where an address has several names (as of a server that several share), a
    /// denied one decides. `cidr_mode` says what follows.
    #[must_use]
    pub fn resolved<N: AsRef<str>>(
        &self,
        address: IpAddr,
        names: impl IntoIterator<Item = N>,
    ) -> Decision<'_> {
        let decided = |rule, verdict| Decision { verdict, mode: self.cidr_mode, rule };
        let by_address = self.rules.address(address);
        if let Some((rule, true)) = by_address {
            return decided(Some(rule), rule.policy);
        }
        let mut by_name = None;
        for name in names {
            match self.rules.name(&canonical_name(name.as_ref())) {
                Some(rule) if rule.policy == Verdict::Deny => {
                    return decided(Some(rule), Verdict::Deny);
                }
                Some(rule) => by_name = by_name.or(Some(rule)),
                None => {}
            }
        }
        match by_name.or(by_address.map(|(rule, _)| rule)) {
            Some(rule) => decided(Some(rule), rule.policy),
            None => decided(None, self.cidr_policy),
        }
    }

    /// Judges the resolution of a name: the longest domain that it is or lies below decides, by whole labels. `resolve_mode` says what follows.
    #[must_use]
    pub fn name(&self, name: &str) -> Decision<'_> {
        let rule = self.rules.name(&canonical_name(name));
        let verdict = rule.map_or(self.resolve_policy, |rule| rule.policy);
        Decision { verdict, mode: self.resolve_mode, rule }
    }
}
