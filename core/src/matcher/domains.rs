//! Which recipes want a domain name, by whole labels.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::RuleId;
use crate::recipe::DomainMatch;

/// The domains that all recipes give for one end of a flow.
#[derive(Debug, Default)]
pub(super) struct DomainIndex {
    exact: FxHashMap<Box<str>, Vec<RuleId>>,
    suffix: FxHashMap<Box<str>, Vec<RuleId>>,
    prefix: FxHashMap<Box<str>, Vec<RuleId>>,
}

impl DomainIndex {
    /// Adds a domain of a rule.
    pub(super) fn add(&mut self, rule: RuleId, domain: &str, how: DomainMatch) {
        let table = match how {
            DomainMatch::Exact => &mut self.exact,
            DomainMatch::Suffix => &mut self.suffix,
            DomainMatch::Prefix => &mut self.prefix,
        };
        let rules = table.entry(canonical(domain).into()).or_default();
        if rules.last() != Some(&rule) {
            rules.push(rule);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.suffix.is_empty() && self.prefix.is_empty()
    }

    /// Adds the rules that want this name, given in its canonical form.
    pub(super) fn find(&self, name: &str, found: &mut Vec<RuleId>) {
        let mut take = |table: &FxHashMap<Box<str>, Vec<RuleId>>, name: &str| {
            if let Some(rules) = table.get(name) {
                found.extend_from_slice(rules);
            }
        };
        take(&self.exact, name);
        if !self.suffix.is_empty() {
            let mut rest = Some(name);
            while let Some(suffix) = rest {
                take(&self.suffix, suffix);
                rest = suffix.split_once('.').map(|(_, rest)| rest);
            }
        }
        if !self.prefix.is_empty() {
            let mut rest = Some(name);
            while let Some(prefix) = rest {
                take(&self.prefix, prefix);
                rest = prefix.rsplit_once('.').map(|(rest, _)| rest);
            }
        }
    }
}

/// The form in which names compare: lower case, without the dot of the root.
pub(super) fn canonical(name: &str) -> Cow<'_, str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
