//! Who may do what: capabilities, what grants them, and the proof that only a check can make.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use regex::bytes::Regex;

use crate::helper::Registry;

/// A permission that a helper needs, by its name (`fs.write`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Capability(Cow<'static, str>);

impl Capability {
    /// Log helpers.
    pub const LOG: Capability = Capability::named("log");
    /// The data store.
    pub const DATA: Capability = Capability::named("data");
    /// Reading files; may carry path globs.
    pub const FS_READ: Capability = Capability::named("fs.read");
    /// Writing files; may carry path globs.
    pub const FS_WRITE: Capability = Capability::named("fs.write");
    /// Temporary directories.
    pub const FS_TEMP: Capability = Capability::named("fs.temp");
    /// Killing processes.
    pub const PROCESS_KILL: Capability = Capability::named("process.kill");
    /// Blocking addresses and domains.
    pub const NET_BLOCK: Capability = Capability::named("net.block");
    /// Power off and panic; not granted by default.
    pub const SYSTEM_POWER: Capability = Capability::named("system.power");
    /// Shell reactions; not granted by default.
    pub const EXEC_SHELL: Capability = Capability::named("exec.shell");
    /// Refusing an act before it happens; not granted by default.
    pub const VERDICT_DENY: Capability = Capability::named("verdict.deny");

    /// The capabilities of `helpers.md`, in its order.
    pub const STANDARD: [Capability; 10] = [
        Capability::LOG,
        Capability::DATA,
        Capability::FS_READ,
        Capability::FS_WRITE,
        Capability::FS_TEMP,
        Capability::PROCESS_KILL,
        Capability::NET_BLOCK,
        Capability::SYSTEM_POWER,
        Capability::EXEC_SHELL,
        Capability::VERDICT_DENY,
    ];

    /// A capability of a library user's own.
    #[must_use]
    pub const fn named(name: &'static str) -> Capability {
        Capability(Cow::Borrowed(name))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is granted where no configuration says otherwise.
    #[must_use]
    pub fn is_default(&self) -> bool {
        ![Capability::SYSTEM_POWER, Capability::EXEC_SHELL, Capability::VERDICT_DENY].contains(self)
    }

    /// Whether path globs may follow it.
    #[must_use]
    pub fn takes_paths(&self) -> bool {
        [Capability::FS_READ, Capability::FS_WRITE].contains(self)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Capability {
    fn from(name: String) -> Self {
        Capability(Cow::Owned(name))
    }
}

/// A path pattern: `*` matches within a component, `**` across components; everything else stands for itself.
#[derive(Clone)]
pub struct PathGlob {
    pattern: Arc<str>,
    matcher: Regex,
}

impl PathGlob {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] where the pattern is not absolute or too large.
    pub fn new(pattern: &str) -> Result<PathGlob, InvalidRequest> {
        if !pattern.starts_with('/') {
            return Err(InvalidRequest(format!("the path pattern `{pattern}` is not absolute")));
        }
        let mut regex = String::from("(?s-u)^");
        let mut rest = pattern;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("**") {
                regex.push_str(".*");
                rest = after;
            } else if let Some(after) = rest.strip_prefix('*') {
                regex.push_str("[^/]*");
                rest = after;
            } else {
                let end = rest.find('*').unwrap_or(rest.len());
                regex.push_str("(?u:");
                regex.push_str(&regex::escape(&rest[..end]));
                regex.push(')');
                rest = &rest[end..];
            }
        }
        regex.push('$');
        let matcher = Regex::new(&regex)
            .map_err(|error| InvalidRequest(format!("the path pattern `{pattern}`: {error}")))?;
        Ok(PathGlob { pattern: pattern.into(), matcher })
    }

    /// Whether the whole path matches; paths are bytes, as the kernel has them.
    #[must_use]
    pub fn matches(&self, path: &[u8]) -> bool {
        self.matcher.is_match(path)
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

impl fmt::Debug for PathGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

impl PartialEq for PathGlob {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

/// A capability as a recipe or a configuration writes it: `process.kill`, `fs.write:/var/log/**`.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which.
    pub capability: Capability,
    /// Only for paths that match it.
    pub path: Option<PathGlob>,
}

/// Text that is no capability.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRequest(String);

impl FromStr for Request {
    type Err = InvalidRequest;

    fn from_str(text: &str) -> Result<Request, InvalidRequest> {
        let (name, path) = match text.split_once(':') {
            Some((name, path)) => (name, Some(PathGlob::new(path)?)),
            None => (text, None),
        };
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if name.is_empty() || !name.chars().all(fits) {
            return Err(InvalidRequest(format!(
                "`{name}` is no capability: a name is lower-case letters, digits, `.`, `_` and `-`"
            )));
        }
        let capability = Capability::STANDARD
            .into_iter()
            .find(|standard| standard.name() == name)
            .unwrap_or_else(|| Capability::from(name.to_owned()));
        if path.is_some() && !capability.takes_paths() {
            return Err(InvalidRequest(format!("`{name}` takes no path")));
        }
        Ok(Request { capability, path })
    }
}

/// Where a held capability reaches: every list of globs must have one that matches; no list, no limit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    all_of: Vec<Vec<PathGlob>>,
}

impl Scope {
    /// Whether a path (resolved, as bytes) lies within.
    #[must_use]
    pub fn covers(&self, path: &[u8]) -> bool {
        self.all_of.iter().all(|globs| globs.iter().any(|glob| glob.matches(path)))
    }
}

/// A set of held capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grants {
    held: BTreeMap<Capability, Scope>,
}

impl Grants {
    /// Nothing.
    #[must_use]
    pub fn none() -> Grants {
        Grants::default()
    }

    /// What `helpers.md` grants by default.
    #[must_use]
    pub fn standard() -> Grants {
        let held = Capability::STANDARD
            .into_iter()
            .filter(Capability::is_default)
            .map(|capability| (capability, Scope::default()));
        Grants { held: held.collect() }
    }

    /// What is granted by default where these helpers are offered: [`Grants::standard`], and the capabilities that only they declare.
    #[must_use]
    pub fn standard_for(registry: &Registry) -> Grants {
        let mut grants = Grants::standard();
        let declared = registry.specs().filter_map(|(_, spec)| spec.capability.clone());
        for capability in declared.filter(Capability::is_default) {
            grants.held.entry(capability).or_default();
        }
        grants
    }

    /// Replaces what is held of each capability that the requests name; several globs of one capability are alternatives.
    #[must_use]
    pub fn with(mut self, requests: &[Request]) -> Grants {
        let asked = Grants::asked(requests);
        self.held.extend(asked.held);
        self
    }

    /// Takes a capability away.
    #[must_use]
    pub fn without(mut self, capability: &Capability) -> Grants {
        self.held.remove(capability);
        self
    }

    /// What is held here and also asked for there: how a recipe's `capabilities` narrow what is granted.
    #[must_use]
    pub fn narrowed(&self, requests: &[Request]) -> Grants {
        let asked = Grants::asked(requests);
        let held = self.held.iter().filter_map(|(capability, scope)| {
            let mut scope = scope.clone();
            scope.all_of.extend(asked.held.get(capability)?.all_of.iter().cloned());
            Some((capability.clone(), scope))
        });
        Grants { held: held.collect() }
    }

    fn asked(requests: &[Request]) -> Grants {
        let mut globs: BTreeMap<Capability, Option<Vec<PathGlob>>> = BTreeMap::new();
        for request in requests {
            let entry = globs.entry(request.capability.clone()).or_insert_with(|| Some(Vec::new()));
            match (&request.path, entry.as_mut()) {
                (Some(path), Some(list)) => list.push(path.clone()),
                // Asked for once without a path: everywhere.
                (None, _) => *entry = None,
                (Some(_), None) => {}
            }
        }
        let held = globs
            .into_iter()
            .map(|(capability, globs)| (capability, Scope { all_of: globs.into_iter().collect() }));
        Grants { held: held.collect() }
    }

    /// The one door: a proof that the capability is held, or nothing.
    #[must_use]
    pub fn check<'a>(&'a self, capability: &'a Capability) -> Option<Granted<'a>> {
        self.held.get(capability).map(|scope| Granted { capability, scope })
    }

    /// Whether the capability is held at all.
    #[must_use]
    pub fn holds(&self, capability: &Capability) -> bool {
        self.held.contains_key(capability)
    }

    /// What is held, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Capability, &Scope)> {
        self.held.iter()
    }
}

/// Proof that a check passed. Nothing else can make one, and effects ask for it.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    capability: &'a Capability,
    scope: &'a Scope,
}

impl Granted<'_> {
    /// What was checked.
    #[must_use]
    pub fn capability(&self) -> &Capability {
        self.capability
    }

    /// Where it reaches.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.scope
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helper::{Call, HelperSpec};

    fn requests(texts: &[&str]) -> Vec<Request> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn globs_stop_at_a_slash_unless_doubled() {
        let one = PathGlob::new("/var/*/x").unwrap();
        assert!(one.matches(b"/var/log/x") && !one.matches(b"/var/log/y/x"));
        let all = PathGlob::new("/var/**").unwrap();
        assert!(
            all.matches(b"/var/log/y/x") && all.matches(b"/var/\xff") && !all.matches(b"/vary")
        );
        let literal = PathGlob::new("/a[b].c").unwrap();
        assert!(
            literal.matches(b"/a[b].c")
                && !literal.matches(b"/ab.c")
                && !literal.matches(b"/a[b]xc")
        );
        assert!(PathGlob::new("etc/*").is_err());
    }

    #[test]
    fn narrowing_never_widens() {
        let granted = Grants::standard().with(&requests(&["fs.write:/var/log/**"]));
        let asked = granted.narrowed(&requests(&["fs.write:/var/**", "system.power", "data"]));
        let scope = asked.check(&Capability::FS_WRITE).unwrap().scope().clone();
        assert!(scope.covers(b"/var/log/a") && !scope.covers(b"/var/tmp/a"));
        assert!(!asked.holds(&Capability::SYSTEM_POWER) && !asked.holds(&Capability::LOG));
        assert!(asked.holds(&Capability::DATA));
    }

    #[test]
    fn a_declared_capability_is_granted_by_default_unless_it_is_one_of_the_three() {
        let mut registry = Registry::new();
        for needs in [Capability::named("page"), Capability::SYSTEM_POWER] {
            let spec = HelperSpec::new(needs.name().replace('.', "_"), "").needs(needs);
            registry.register(spec, |_: &mut Call<'_>| Ok(0.into())).unwrap();
        }
        let grants = Grants::standard_for(&registry);
        assert!(grants.holds(&Capability::named("page")) && grants.holds(&Capability::DATA));
        assert!(!grants.holds(&Capability::SYSTEM_POWER));
    }

    #[test]
    fn a_request_names_its_fault() {
        let fault = |text: &str| text.parse::<Request>().unwrap_err().to_string();
        assert_eq!(fault("process.kill:/x"), "`process.kill` takes no path");
        assert!(fault("Kill!").contains("`Kill!` is no capability"));
    }
}
