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
    /// Of `suffix` and `prefix`, in bytes: nothing longer need be looked up, however long a hostile name is.
    longest: usize,
}

impl DomainIndex {
    /// Adds a domain of a rule.
    pub(super) fn add(&mut self, rule: RuleId, domain: &str, how: DomainMatch) {
        let table = match how {
            DomainMatch::Exact => &mut self.exact,
            DomainMatch::Suffix => &mut self.suffix,
            DomainMatch::Prefix => &mut self.prefix,
        };
        let domain = canonical(domain);
        if how != DomainMatch::Exact {
            self.longest = self.longest.max(domain.len());
        }
        let rules = table.entry(domain.into()).or_default();
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
        if name.len() <= self.longest {
            take(&self.suffix, name);
            take(&self.prefix, name);
        }
        let dots = |from_end| {
            move |(at, _): &(usize, &str)| {
                if from_end { name.len() - at - 1 <= self.longest } else { *at <= self.longest }
            }
        };
        if !self.suffix.is_empty() {
            let dots = name.rmatch_indices('.').take_while(dots(true));
            dots.for_each(|(at, _)| take(&self.suffix, &name[at + 1..]));
        }
        if !self.prefix.is_empty() {
            let dots = name.match_indices('.').take_while(dots(false));
            dots.for_each(|(at, _)| take(&self.prefix, &name[..at]));
        }
    }
}

/// The form in which names compare: lower case, without the dot of the root.
pub(crate) fn canonical(name: &str) -> Cow<'_, str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
