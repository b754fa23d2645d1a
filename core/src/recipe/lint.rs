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
    let scan = Scan { tokens: &(grammar.tokens)(text), grammar };
    scan.is_opaque() || scan.mentions(name)
}

/// Scans a script of a format; nothing where the format is not known.
pub(super) fn lint(format: &str, text: &str, context: &Context<'_>) -> Vec<Finding> {
    let index = LineIndex::new(text);
    let raw = match grammar(format) {
        Some(grammar) => {
            let scan = Scan { tokens: &(grammar.tokens)(text), grammar };
            let mut raw = scan.calls(context);
            raw.extend(scan.kind_compared(context.kind));
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

struct Scan<'s, 't> {
    tokens: &'s [Token<'t>],
    grammar: &'s Grammar,
}

impl<'s, 't> Scan<'s, 't> {
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
            && self.closing(index + 1).is_some_and(|close| self.text(close + 1) == "{")
    }

    /// The index of the bracket that closes the one at an index.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            if token.kind != Kind::Punct {
                continue;
            }
            match token.text {
                "(" | "[" | "{" | "${" | "#{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(index);
                    }
                }
                _ => {}
            }
        }
        None
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
            if self.is_bare(index) { !self.is_call(index) } else { self.text(index + 1) == "=" }
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
        })
    }

    fn occurrences(&self, name: &str) -> impl Iterator<Item = usize> {
        let tokens = self.tokens.iter().enumerate();
        tokens
            .filter(move |(_, token)| token.kind == Kind::Name && token.text == name)
            .map(|(index, _)| index)
    }

    /// The first call of each name, judged.
    fn calls(&self, context: &Context<'_>) -> Vec<Raw> {
        let mut seen = std::collections::HashSet::new();
        let opaque = self.is_opaque();
        let mut findings = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            if !self.is_bare(index) || !self.is_call(index) || !seen.insert(token.text) {
                continue;
            }
            if context.helpers.spec(token.text).is_some() {
                if !self.binds(token.text) {
                    findings.extend(not_granted(token, context));
                }
            } else if !opaque
                && !self.grammar.builtins.contains(&token.text)
                && !words::GLOBALS.contains(&token.text)
                && !self.mentions(token.text)
            {
                findings.push(self.undefined(token, context));
            }
        }
        findings
    }

    fn undefined(&self, token: &Token<'t>, context: &Context<'_>) -> Raw {
        let helpers = context.helpers.specs().map(|(_, spec)| &*spec.name);
        let own = (0..self.tokens.len())
            .filter(|index| self.is_bare(*index) && !self.is_call(*index))
            .map(|index| self.tokens[index].text);
        let builtins = self.grammar.builtins.iter().copied();
        Raw {
            code: "undefined-name",
            at: token.at,
            len: token.text.len(),
            message: format!("nobody defines `{}`", token.text),
            help: did_you_mean(token.text, helpers.chain(own).chain(builtins)),
        }
    }

    /// `kind == "execution"`, either way round: the recipe's kind is no event type, unless the recipe calls itself so.
    fn kind_compared(&self, kind: &str) -> Vec<Raw> {
        const EQUALITIES: [&str; 5] = ["==", "===", "!=", "!==", "~="];
        if self.binds("kind") {
            return Vec::new();
        }
        let types: Vec<_> = EventType::ALL.iter().map(|event_type| event_type.name()).collect();
        let compared = |name: usize, operator: usize, text: usize| -> Option<Raw> {
            let literal = self.tokens.get(text).filter(|token| token.kind == Kind::Text)?;
            let word = literal.text.trim_matches(['"', '\'', '`']);
            let fits = EQUALITIES.contains(&self.text(operator))
                && types.contains(&word)
                && word != kind
                && self.is_bare(name);
            fits.then(|| Raw {
                code: "kind-is-no-event-type",
                at: self.tokens[name].at,
                len: 4,
                message: format!("`kind` is this recipe's kind, `{kind}`: it is never `{word}`"),
                help: Some(format!("the event's type is `data.event_type`, here `\"{word}\"`")),
            })
        };
        self.occurrences("kind")
            .flat_map(|index| {
                let behind = compared(index, index + 1, index + 2);
                let ahead = index.checked_sub(2).and_then(|text| compared(index, index - 1, text));
                behind.into_iter().chain(ahead)
            })
            .collect()
    }
}
