//! What a script's calls tell before it runs: helpers that it cannot hold, names that nobody defines, `kind` taken for the event's type.
//!
//! The scan is lexical, per language, and careful: it says nothing rather than something wrong. A name that the script mentions anywhere other than
//! in a call may well be defined; `object.name(` is no call of a helper.

mod javascript;
mod lua;
mod rhai;
mod shell;
mod token;
mod words;

use std::collections::{HashMap, HashSet};

use token::{Kind, Token};

use crate::{
    capability::{Capability, Grants},
    document::{LineIndex, did_you_mean},
    engine::Position,
    event::EventType,
    helper::Registry,
};

/// What the calls are judged by.
pub(super) struct Context<'a> {
    pub(super) helpers: &'a Registry,
    /// What the reaction holds.
    pub(super) held: &'a Grants,
    /// What the configuration grants.
    pub(super) granted: &'a Grants,
    /// The recipe's kind.
    pub(super) kind: &'a str,
}

/// Something that will probably not do what its author wanted.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: &'static str,
    pub(super) at: Position,
    /// How many bytes it covers.
    pub(super) len: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// A language, as the scan needs it.
struct Grammar {
    tokens: fn(&str) -> Vec<Token<'_>>,
    /// What stands between an object and its member.
    member: &'static [&'static str],
    /// Words after which a name is defined.
    binders: &'static [&'static str],
    /// Words that are no names.
    keywords: &'static [&'static str],
    /// Functions that the language or its library defines.
    builtins: &'static [&'static str],
    /// Names whose use may define others out of sight.
    opaque: &'static [&'static str],
    /// Objects that authors know from elsewhere and that no script has, each with the way out.
    absent: &'static [(&'static str, &'static str)],
    /// How an error is thrown, where authors write `throw Error(…)`: here that is a helper, which logs and gives nothing.
    throws: Option<&'static str>,
    /// Whether a text or a table may follow a function's name instead of parentheses.
    bare_arguments: bool,
}

fn grammar(format: &str) -> Option<&'static Grammar> {
    match format {
        "js" => Some(&javascript::GRAMMAR),
        "lua" => Some(&lua::GRAMMAR),
        "rhai" => Some(&rhai::GRAMMAR),
        _ => None,
    }
}

/// Whether a script may define a name: `false` only where it is mentioned nowhere but in calls.
pub(super) fn defines(format: &str, text: &str, name: &str) -> bool {
    let Some(grammar) = grammar(format) else { return true };
    let scan = Scan::new((grammar.tokens)(text), grammar);
    scan.is_opaque() || scan.mentions(name)
}

/// Scans a script of a format; nothing where the format is not known.
pub(super) fn lint(format: &str, text: &str, context: &Context<'_>) -> Vec<Finding> {
    let index = LineIndex::new(text);
    let raw = match grammar(format) {
        Some(grammar) => {
            let scan = Scan::new((grammar.tokens)(text), grammar);
            let mut raw = scan.calls(context);
            raw.extend(scan.kind_compared(context.kind));
            raw.extend(scan.absent());
            raw.extend(scan.thrown(context));
            raw
        }
        None if format == super::format::SHELL => {
            shell::calls(text).into_iter().filter_map(|call| not_granted(&call, context)).collect()
        }
        None => Vec::new(),
    };
    let mut findings: Vec<_> = raw
        .into_iter()
        .map(|raw| {
            let (line, column) = index.position(text, raw.at);
            let (code, len, message, help) = (raw.code, raw.len, raw.message, raw.help);
            Finding { code, at: Position { line, column }, len, message, help }
        })
        .collect();
    findings.sort_by_key(|finding| (finding.at.line, finding.at.column));
    findings
}

/// A finding, before its offset was made a position.
struct Raw {
    code: &'static str,
    at: usize,
    len: usize,
    message: String,
    help: Option<String>,
}

/// A finding where the call is of a helper that the reaction cannot hold.
fn not_granted(call: &Token<'_>, context: &Context<'_>) -> Option<Raw> {
    let capability = context.helpers.spec(call.text)?.capability.as_ref()?;
    if context.held.holds(capability) {
        return None;
    }
    Some(Raw {
        code: "helper-not-granted",
        at: call.at,
        len: call.text.len(),
        message: format!("`{}` will fail: this reaction does not hold `{capability}`", call.text),
        help: Some(withheld(context.granted, capability)),
    })
}

/// Who withholds a capability, and so what to do about it.
pub(super) fn withheld(granted: &Grants, capability: &Capability) -> String {
    if granted.holds(capability) {
        format!("name `{capability}` among the `capabilities`")
    } else {
        format!("the configuration does not grant it: `--grant {capability}`")
    }
}

/// So many undefined names of a script are told: beyond, it is no script that somebody wrote by hand.
const TOLD: usize = 100;

struct Scan<'t> {
    tokens: Vec<Token<'t>>,
    grammar: &'static Grammar,
    /// Where each name stands.
    names: HashMap<&'t str, Vec<usize>>,
    /// For each bracket that is closed, where.
    closing: HashMap<usize, usize>,
}

impl<'t> Scan<'t> {
    fn new(tokens: Vec<Token<'t>>, grammar: &'static Grammar) -> Scan<'t> {
        let mut names: HashMap<&'t str, Vec<usize>> = HashMap::new();
        let (mut closing, mut open) = (HashMap::new(), Vec::new());
        for (index, token) in tokens.iter().enumerate() {
            match (token.kind, token.text) {
                (Kind::Name, name) => names.entry(name).or_default().push(index),
                (Kind::Punct, "(" | "[" | "{" | "${" | "#{") => open.push(index),
                (Kind::Punct, ")" | "]" | "}") => {
                    closing.extend(open.pop().map(|open| (open, index)));
                }
                _ => {}
            }
        }
        Scan { tokens, grammar, names, closing }
    }

    fn text(&self, index: usize) -> &'t str {
        self.tokens
            .get(index)
            .filter(|token| token.kind != Kind::Text)
            .map_or("", |token| token.text)
    }

    fn before(&self, index: usize) -> &'t str {
        index.checked_sub(1).map_or("", |index| self.text(index))
    }

    /// A name that stands for itself: no keyword, no member of an object.
    fn is_bare(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        token.kind == Kind::Name
            && !self.grammar.keywords.contains(&token.text)
            && !self.grammar.member.contains(&self.before(index))
    }

    fn is_call(&self, index: usize) -> bool {
        let Some(next) = self.tokens.get(index + 1) else { return false };
        let called = next.kind == Kind::Punct && next.text == "("
            || self.grammar.bare_arguments
                && (next.kind == Kind::Text || next.kind == Kind::Punct && next.text == "{");
        // `function f(`, `new F(`: a definition, or no call of a helper.
        let other = ["function", "fn", "new", "class", "*"].contains(&self.before(index));
        called && !(other && self.is_definition_or_new(index)) && !self.is_method(index)
    }

    /// `*` is also a product: only behind `function` it defines.
    fn is_definition_or_new(&self, index: usize) -> bool {
        self.before(index) != "*" || index >= 2 && self.text(index - 2) == "function"
    }

    /// `name(…) {` in a class or an object defines a method. (Where a block follows a call on the next line, nothing is said of that call.)
    fn is_method(&self, index: usize) -> bool {
        self.grammar.member.contains(&"?.")
            && self.closing.get(&(index + 1)).is_some_and(|close| self.text(close + 1) == "{")
    }

    /// `new F(`.
    fn is_new(&self, index: usize) -> bool {
        self.before(index) == "new" && self.text(index + 1) == "("
    }

    /// Whether the parenthesis at an index holds arguments and not parameters: `f(x)`, `switch (x)`.
    fn holds_arguments(&self, open: usize) -> bool {
        if self.text(open) != "(" {
            return false;
        }
        let before = self.before(open);
        let after = self.closing.get(&open).map_or("", |close| self.text(close + 1));
        if ["if", "switch", "while", "return", "for"].contains(&before) {
            return true;
        }
        let named = open.checked_sub(1).is_some_and(|before| self.is_bare(before));
        named && !self.defines_at(open - 1) && after != "{" && after != "=>"
    }

    /// Whether the name at an index is that of a function that begins there, however it is qualified (`function a.b:c`).
    fn defines_at(&self, mut index: usize) -> bool {
        while self.grammar.member.contains(&self.before(index)) && index >= 2 {
            index -= 2;
        }
        ["function", "fn", "*", "class"].contains(&self.before(index))
    }

    /// Whether the script may define names where the scan cannot see it.
    fn is_opaque(&self) -> bool {
        (0..self.tokens.len()).any(|index| {
            self.tokens[index].kind == Kind::Name
                && self.grammar.opaque.contains(&self.tokens[index].text)
                && !self.grammar.member.contains(&self.before(index))
        })
    }

    /// Whether a name stands anywhere but in a call, as a member that is assigned (`this.name =`) too.
    fn mentions(&self, name: &str) -> bool {
        self.occurrences(name).any(|index| {
            if self.is_bare(index) {
                !self.is_call(index) && !self.is_new(index)
            } else {
                self.text(index + 1) == "="
            }
        })
    }

    /// Whether a name is defined for sure, or may be a parameter.
    fn binds(&self, name: &str) -> bool {
        self.occurrences(name).filter(|index| self.is_bare(*index)).any(|index| {
            let (before, after) = (self.before(index), self.text(index + 1));
            self.grammar.binders.contains(&before)
                || ["=", "=>"].contains(&after)
                || before == "*" && index >= 2 && self.text(index - 2) == "function"
                || [",", "{", "(", "[", "...", "|", ":"].contains(&before)
                    && [",", "}", ")", "]", "|", ";"].contains(&after)
                    && !index.checked_sub(1).is_some_and(|open| self.holds_arguments(open))
        })
    }

    fn occurrences(&self, name: &str) -> impl Iterator<Item = usize> {
        self.names.get(name).into_iter().flatten().copied()
    }

    /// The first call of each name, judged.
    fn calls(&self, context: &Context<'_>) -> Vec<Raw> {
        let mut seen = HashSet::new();
        let opaque = self.is_opaque();
        let known = self.known_names(context);
        let (mut findings, mut undefined) = (Vec::new(), 0);
        for (index, token) in self.tokens.iter().enumerate() {
            let called = self.is_bare(index) && (self.is_call(index) || self.is_new(index));
            if !called || !seen.insert(token.text) {
                continue;
            }
            if context.helpers.spec(token.text).is_some() {
                if self.is_new(index) {
                    // `new Error(…)`: another call of that name may be the helper's.
                    seen.remove(token.text);
                } else if !self.binds(token.text) {
                    findings.extend(not_granted(token, context));
                }
            } else if !opaque
                && !self.grammar.builtins.contains(&token.text)
                && !words::GLOBALS.contains(&token.text)
                && !self.mentions(token.text)
            {
                undefined += 1;
                if undefined > TOLD {
                    continue;
                }
                findings.push(Raw {
                    code: "undefined-name",
                    at: token.at,
                    len: token.text.len(),
                    message: format!("nobody defines `{}`", token.text),
                    help: did_you_mean(token.text, known.iter().copied()),
                });
            }
        }
        findings
    }

    /// What a misspelt name may have meant: helpers, the script's own names, the language's.
    fn known_names<'a>(&'a self, context: &'a Context<'_>) -> Vec<&'a str> {
        /// A script of more names is no script that somebody wrote by hand.
        const MOST: usize = 1000;
        let helpers = context.helpers.specs().map(|(_, spec)| &*spec.name);
        let own = self.names.iter().filter(|(_, places)| {
            let is_own = |place| self.is_bare(place) && !self.is_call(place) && !self.is_new(place);
            places.iter().any(|place| is_own(*place))
        });
        let mut own: Vec<&str> = own.map(|(name, _)| *name).take(MOST).collect();
        own.sort_unstable();
        helpers.chain(own).chain(self.grammar.builtins.iter().copied()).collect()
    }

    /// `throw Error(…)` and `reject(Error(…))`.
    fn thrown(&self, context: &Context<'_>) -> Vec<Raw> {
        const HELPER: &str = "Error";
        let Some(help) = self.grammar.throws else { return Vec::new() };
        if context.helpers.spec(HELPER).is_none() || self.binds(HELPER) {
            return Vec::new();
        }
        let is_thrown = |index: &usize| {
            let before = self.before(*index);
            let rejected = before == "(" && *index >= 2 && self.text(*index - 2) == "reject";
            self.is_bare(*index) && self.is_call(*index) && (before == "throw" || rejected)
        };
        let finding = |index: usize| Raw {
            code: "throws-nothing",
            at: self.tokens[index].at,
            len: HELPER.len(),
            message: format!(
                "the helper `{HELPER}` logs and gives nothing: that is what is thrown"
            ),
            help: Some(help.to_owned()),
        };
        self.occurrences(HELPER).filter(is_thrown).map(finding).collect()
    }

    /// `console.log(…)`: the first use of each object that authors expect and nobody defines.
    fn absent(&self) -> Vec<Raw> {
        let missing = |(name, help): &(&'static str, &'static str)| {
            let mut places = self.occurrences(name).filter(|place| self.is_bare(*place));
            let first = places.next()?;
            let is_object = |place| self.grammar.member.contains(&self.text(place + 1));
            (is_object(first) && places.all(is_object)).then(|| Raw {
                code: "undefined-name",
                at: self.tokens[first].at,
                len: name.len(),
                message: format!("nobody defines `{name}`"),
                help: Some((*help).to_owned()),
            })
        };
        if self.is_opaque() {
            return Vec::new();
        }
        self.grammar.absent.iter().filter_map(missing).collect()
    }

    /// `kind == "execution"`, either way round: the recipe's kind is no event type, unless the recipe calls itself so.
    fn kind_compared(&self, kind: &str) -> Vec<Raw> {
        const EQUALITIES: [&str; 5] = ["==", "===", "!=", "!==", "~="];
        if self.binds("kind") {
            return Vec::new();
        }
        let types: Vec<_> = EventType::ALL.iter().map(|event_type| event_type.name()).collect();
        let is_type = |name: usize, text: usize| -> Option<Raw> {
            let literal = self.tokens.get(text).filter(|token| token.kind == Kind::Text)?;
            let word = literal.text.trim_matches(['"', '\'', '`']);
            let fits = types.contains(&word) && word != kind && self.is_bare(name);
            fits.then(|| Raw {
                code: "kind-is-no-event-type",
                at: self.tokens[name].at,
                len: 4,
                message: format!("`kind` is this recipe's kind, `{kind}`: it is never `{word}`"),
                help: Some(format!("the event's type is `data.event_type`, here `\"{word}\"`")),
            })
        };
        let equals = |index: usize| EQUALITIES.contains(&self.text(index));
        self.occurrences("kind")
            .flat_map(|index| {
                let behind = equals(index + 1).then(|| is_type(index, index + 2)).flatten();
                let text = index.checked_sub(2).filter(|_| equals(index - 1));
                let ahead = text.and_then(|text| is_type(index, text));
                let case = self.cases(index).into_iter().find_map(|text| is_type(index, text));
                behind.into_iter().chain(ahead).chain(case)
            })
            .collect()
    }

    /// What the cases of `switch (name) {` begin with.
    fn cases(&self, name: usize) -> Vec<usize> {
        let mut cases = Vec::new();
        let is_switch = name >= 2
            && self.text(name - 2) == "switch"
            && self.text(name - 1) == "("
            && self.text(name + 1) == ")";
        let Some(end) = self.closing.get(&(name + 2)).filter(|_| is_switch) else { return cases };
        let mut index = name + 3;
        while index < *end {
            if self.text(index) == "case" {
                cases.push(index + 1);
            }
            // What stands in brackets has cases of its own.
            index = self.closing.get(&index).map_or(index + 1, |close| close + 1);
        }
        cases
    }
}
