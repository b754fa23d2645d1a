//! From a file to a [`NetworkPolicy`].

use std::{path::Path, sync::Arc};

use super::{
    Mode, NetworkPolicy, Rule, Subject, Verdict,
    fields::{FILE, POLICY, RULE},
    rules::Rules,
};
use crate::{
    diagnostic::{Diagnostic, Severity, SourceFile},
    document::{self, Fields, Node, Report, Span, check, cidr, cidr_help, domain},
};

/// What a file came to.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// The policy, unless something is wrong with it.
    pub policy: Option<NetworkPolicy>,
    /// Everything that is wrong or odd.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a network policy file.
#[must_use]
pub fn load(path: impl AsRef<Path>) -> Loaded {
    match document::read(path.as_ref()) {
        Ok(file) => read(file),
        Err(diagnostic) => Loaded { policy: None, diagnostics: vec![*diagnostic] },
    }
}

/// Reads a network policy from a text; the name stands for the file's path in diagnostics.
#[must_use]
pub fn load_text(name: impl AsRef<Path>, text: &str) -> Loaded {
    read(document::source(name.as_ref(), text))
}

fn read(file: Arc<SourceFile>) -> Loaded {
    let parsed = document::parse(&file.text);
    let mut report = Report::new(file);
    if let Some(fault) = &parsed.fault {
        report.problem(fault);
    }
    let mut documents = parsed.documents.iter().filter(|document| !document.is_null());
    let mut read = None;
    match documents.next() {
        Some(document) => {
            report.problems(document);
            let fields = check(document, &FILE, &mut report);
            let fields =
                fields.and_then(|fields| Fields::of(fields.node("network_policy")?, &POLICY));
            read = fields.map(|fields| policy(&fields, &mut report));
        }
        None if report.errors() == 0 => {
            let what = "a network policy file needs `network_policy`, and this one is empty";
            report.error("missing-field", Span::default(), what);
        }
        None => {}
    }
    if let Some(second) = documents.next() {
        report.error("second-document", second.span, "a network policy is one document");
    }
    let policy = read.filter(|_| report.errors() == 0);
    Loaded { policy, diagnostics: report.finish() }
}

fn policy(fields: &Fields<'_>, report: &mut Report) -> NetworkPolicy {
    let names = ["cidr_mode", "cidr_policy", "resolve_mode", "resolve_policy"];
    let mode = |name| fields.text(name).and_then(Mode::from_name);
    let verdict = |name| fields.text(name).and_then(Verdict::from_name);
    let mut rules = Rules::default();
    for node in fields.items("rules") {
        if let Some(fields) = Fields::of(node, &RULE)
            && let Some(rule) = rule(node, &fields, report)
        {
            add(&mut rules, rule, node, report);
        }
    }
    // The values of the page's example are the defaults, as they are for the configuration.
    let policy = NetworkPolicy {
        cidr_mode: mode("cidr_mode").unwrap_or(Mode::Both),
        cidr_policy: verdict("cidr_policy").unwrap_or(Verdict::Allow),
        resolve_mode: mode("resolve_mode").unwrap_or(Mode::Bypass),
        resolve_policy: verdict("resolve_policy").unwrap_or(Verdict::Allow),
        left_out: names.into_iter().filter(|name| !fields.has(name)).collect(),
        rules,
    };
    useless(&policy, fields, report);
    policy
}

fn rule(node: &Node, fields: &Fields<'_>, report: &mut Report) -> Option<Rule> {
    let cidr = fields.node("cidr").zip(fields.text("cidr")).map(|(node, text)| {
        let net = cidr(text);
        if net.is_none() {
            let what = format!("`{text}` is no CIDR and no address");
            report.error("bad-cidr", node.span, what).help(cidr_help(text));
        }
        net
    });
    let domain = fields.node("domain").zip(fields.text("domain")).map(|(node, text)| {
        if !text.is_ascii() {
            // Queries have this form only: another would cover nothing, in silence.
            report
                .error("bad-domain", node.span, format!("`{text}` is not ASCII"))
                .help("give the domain as `xn--…`".to_owned());
            return None;
        }
        let below = "the names below are covered";
        let addresses = "addresses belong to `cidr`";
        domain(node, text, Severity::Error, below, addresses, report)
    });
    let subject = match (cidr, domain) {
        (Some(cidr), None) => Subject::Cidr(cidr?),
        (None, Some(domain)) => Subject::Domain(domain?.into()),
        _ => return None,
    };
    let policy = fields.text("policy").and_then(Verdict::from_name)?;
    Some(Rule { subject, policy, line: report.place(node.span).line })
}

/// Adds a rule, unless its subject has one.
fn add(rules: &mut Rules, rule: Rule, node: &Node, report: &mut Report) {
    let (subject, policy) = (rule.subject.clone(), rule.policy);
    let Some(first) = rules.add(rule) else { return };
    let what = match &subject {
        Subject::Cidr(net) => net.to_string(),
        Subject::Domain(name) => name.to_string(),
    };
    let (line, other) = (first.line, first.policy.name());
    if first.policy == policy {
        let what = format!("`{what}` has this rule already, in line {line}");
        report.warn("duplicate-rule", node.span, what);
    } else {
        let what = format!("`{what}` is to be `{}`, and in line {line} `{other}`", policy.name());
        report
            .error("conflicting-rules", node.span, what)
            .help("the longest prefix wins, not the order: keep one of the two".to_owned());
    }
}

/// Warns where nothing that the file says has any effect.
fn useless(policy: &NetworkPolicy, fields: &Fields<'_>, report: &mut Report) {
    let off = policy.cidr_mode == Mode::Bypass && policy.resolve_mode == Mode::Bypass;
    let says = !policy.rules().is_empty()
        || [policy.cidr_policy, policy.resolve_policy].contains(&Verdict::Deny);
    if off
        && says
        && let Some(entry) = fields.entry("cidr_mode")
    {
        let what = "`cidr_mode` and `resolve_mode` are both `bypass`: nothing is blocked and nothing is told";
        report.warn("no-effect", entry.span(), what);
    }
}
