//! Which recipes want a file: directories in a tree, names in a table, expressions last.

use rustc_hash::FxHashMap;

use super::{
    RuleId,
    patterns::{PatternId, Patterns},
};
use crate::recipe::Base;

/// The `bases` of all recipes.
#[derive(Debug, Default)]
pub(super) struct FileIndex {
    root: Directory,
    bases: FxHashMap<Box<str>, Vec<Entry>>,
    /// Expressions of entries that give a directory or a name as well.
    patterns: Patterns,
    /// Expressions that stand alone and are searched for in every path, and who wants each.
    loose: Patterns,
    loose_rules: Vec<Vec<RuleId>>,
}

/// A directory that some recipe names, or one on the way to it.
#[derive(Debug, Default)]
struct Directory {
    children: FxHashMap<Box<str>, Directory>,
    /// Entries for all that lies below.
    below: Vec<Entry>,
    /// Entries for a file directly in it, by name.
    files: FxHashMap<Box<str>, Vec<Entry>>,
}

/// An entry of `bases` whose directory and name are known to hold.
#[derive(Debug, Clone, Copy)]
struct Entry {
    rule: RuleId,
    pattern: Option<PatternId>,
}

/// Up to so many expressions are searched for one by one, some 20 ns each; for more, one pass over all of them is quicker.
const FEW: usize = 3;

impl FileIndex {
    /// Adds an entry of a rule's `bases`. [`FileIndex::prepare`] must follow.
    pub(super) fn add(&mut self, rule: RuleId, base: &Base) {
        if let Base { dir: None, base: None, regex: Some(regex) } = base {
            let id = self.loose.add(regex) as usize;
            self.loose_rules.resize(self.loose.len(), Vec::new());
            self.loose_rules[id].push(rule);
            return;
        }
        let pattern = base.regex.as_ref().map(|regex| self.patterns.add(regex));
        let entry = Entry { rule, pattern };
        let Some(dir) = &base.dir else {
            let name = base.base.as_deref().unwrap_or_default();
            self.bases.entry(name.into()).or_default().push(entry);
            return;
        };
        let mut directory = &mut self.root;
        // `/` has one empty component, as the beginning of every absolute path has.
        for component in dir.strip_suffix('/').unwrap_or(dir).split('/') {
            directory = directory.children.entry(component.into()).or_default();
        }
        match &base.base {
            Some(name) => directory.files.entry(name.as_str().into()).or_default().push(entry),
            None => directory.below.push(entry),
        }
    }

    /// Compiles the expressions.
    pub(super) fn prepare(&mut self) {
        self.patterns.prepare();
        self.loose.prepare();
    }

    /// Adds the rules that want the file, each at least once.
    pub(super) fn find(&self, path: &str, found: &mut Vec<RuleId>) {
        let mut waiting = Vec::new();
        let mut take = |entries: &[Entry]| {
            for entry in entries {
                match entry.pattern {
                    None => found.push(entry.rule),
                    Some(pattern) => waiting.push((pattern, entry.rule)),
                }
            }
        };
        if let Some(entries) = self.bases.get(name(path)) {
            take(entries);
        }
        self.walk(path, &mut take);
        if waiting.len() <= FEW {
            let matched = waiting.iter().filter(|(id, _)| self.patterns.is_match(*id, path));
            found.extend(matched.map(|(_, rule)| *rule));
        } else {
            self.patterns.search(path, |id| {
                let matched = waiting.iter().filter(|(waiting, _)| *waiting == id);
                found.extend(matched.map(|(_, rule)| *rule));
            });
        }
        self.loose.search(path, |id| found.extend_from_slice(&self.loose_rules[id as usize]));
    }

    fn walk(&self, path: &str, take: &mut impl FnMut(&[Entry])) {
        let mut directory = &self.root;
        let mut rest = path;
        while let Some((component, below)) = rest.split_once('/') {
            let Some(child) = directory.children.get(component) else { return };
            directory = child;
            rest = below;
            if !rest.is_empty() {
                take(&directory.below);
            }
        }
        if let Some(entries) = directory.files.get(rest) {
            take(entries);
        }
    }
}

/// The last component of a path.
fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
