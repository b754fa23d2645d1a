//! The reactions of a recipe: their format, their text, and what the text calls.

use super::{
    super::{ReactionSpec, fields::REACTION, format, lint, load::Options},
    asked_for,
    script::Script,
};
use crate::{
    capability::{Capability, Grants, Request},
    diagnostic::{Diagnostic, Severity},
    document::{Fields, Report, did_you_mean},
    engine::{Halt, Language, Source},
    limits::Limits,
    units::{show_duration, show_size},
};

/// Reads `reactions`; `recipe` is what the recipe asks for.
pub(super) fn reactions(
    fields: &Fields<'_>,
    kind: &str,
    recipe: Option<&[Request]>,
    options: &Options<'_>,
    report: &mut Report,
) -> Vec<ReactionSpec> {
    let recipe_name = fields.text("name").unwrap_or("recipe");
    let items = fields.items("reactions").iter();
    items
        .enumerate()
        .filter_map(|(index, node)| {
            let fields = Fields::of(node, &REACTION)?;
            let name = format!("{recipe_name}#{index}");
            Reader { fields, kind, recipe, options }.read(&name, report)
        })
        .collect()
}

struct Reader<'a> {
    fields: Fields<'a>,
    kind: &'a str,
    recipe: Option<&'a [Request]>,
    options: &'a Options<'a>,
}

impl Reader<'_> {
    fn read(&self, source_name: &str, report: &mut Report) -> Option<ReactionSpec> {
        let fields = &self.fields;
        let capabilities = asked_for(fields, self.options, report);
        let limits = self.limits(report);
        let format = self.format(report);
        let script = self.script(report)?;
        let (format, language) = format?;
        let source = Source { name: source_name.into(), text: script.text.clone() };
        let broken = language
            .is_some_and(|language| !self.compiles(language, &source, &limits, &script, report));
        let held = self.held(capabilities.as_deref());
        self.may_start(format, language, &held, report);
        if format == format::SHELL {
            interpreter(&script, report);
        }
        if !broken {
            let context = lint::Context {
                helpers: self.options.helpers,
                held: &held,
                granted: self.options.grants,
                kind: self.kind,
            };
            for finding in lint::lint(format, &script.text, &context) {
                let (place, within) = script.place(Some(finding.at), finding.len, report);
                report.push(Diagnostic {
                    severity: Severity::Warning,
                    code: finding.code,
                    message: finding.message + &within,
                    help: finding.help,
                    place: Some(place),
                    related: None,
                });
            }
        }
        Some(ReactionSpec {
            format,
            name: fields.text("name").map(str::to_owned),
            source,
            map: script.map,
            timeout: fields.duration("timeout"),
            memory: fields.size("memory"),
            capabilities,
            dry_run: fields.bool("dry_run").unwrap_or(false),
        })
    }

    /// The limits that the script is checked under; a recipe lowers, it never raises.
    fn limits(&self, report: &mut Report) -> Limits {
        let fields = &self.fields;
        let (timeout, memory) = (fields.duration("timeout"), fields.size("memory"));
        let most = self.options.limits;
        let mut raised = |name: &str, limit: String| {
            if let Some(entry) = fields.entry(name) {
                let what = format!("`{name}` cannot be raised: the configured limit is {limit}");
                report.warn("no-effect", entry.span(), what);
            }
        };
        if timeout.is_some_and(|timeout| timeout > most.timeout) {
            raised("timeout", show_duration(most.timeout));
        }
        if memory.is_some_and(|memory| memory > most.memory) {
            raised("memory", show_size(most.memory));
        }
        most.lowered(timeout, memory)
    }

    /// The language's own name, and the language where this build has it.
    fn format(&self, report: &mut Report) -> Option<(&'static str, Option<&Language>)> {
        let entry = self.fields.entry("format")?;
        let spelling = entry.value.text()?;
        if let Some(language) = self.options.scripts.language(spelling) {
            return Some((language.format, Some(language)));
        }
        let Some(known) = format::known(spelling) else {
            let names = format::names();
            let help = did_you_mean(spelling, names.iter().copied())
                .unwrap_or_else(|| format!("one of `{}`", names.join("`, `")));
            report
                .error("unknown-format", entry.span(), format!("there is no format `{spelling}`"))
                .help(help);
            return None;
        };
        if let Some(language) = self.options.scripts.language(known.name) {
            return Some((known.name, Some(language)));
        }
        if known.loads_without_engine {
            return Some((known.name, None));
        }
        report.error(
            "no-engine",
            entry.span(),
            format!("this build of Reactant has no engine for `{spelling}`"),
        );
        None
    }

    fn script(&self, report: &mut Report) -> Option<Script> {
        match (self.fields.node("code"), self.fields.node("file")) {
            (Some(node), None) => {
                // What is no text was reported with the fields.
                node.text()?;
                Script::inline(node, node.scalar()?, report)
            }
            (None, Some(node)) => Script::of_file(node, node.text()?, report),
            // Both or neither: reported with the fields.
            _ => None,
        }
    }

    fn compiles(
        &self,
        language: &Language,
        source: &Source,
        limits: &Limits,
        script: &Script,
        report: &mut Report,
    ) -> bool {
        let halt = match self.options.scripts.check(language, source, limits) {
            Ok(()) => return true,
            Err(halt) => halt,
        };
        let (code, at, message) = match &halt {
            Halt::Threw(error) => match error.at {
                // An engine names no position for what is nowhere.
                None if language.defines_process
                    && error.message.contains("process")
                    && !lint::defines(language.format, &source.text, "process") =>
                {
                    (
                        "missing-process",
                        None,
                        format!("the `{}` reaction defines no `process(data)`", language.format),
                    )
                }
                at => ("script-error", at, error.message.clone()),
            },
            Halt::Stopped(stop) => {
                ("script-error", None, format!("the script does not load: {stop}"))
            }
        };
        let (place, within) = script.place(at, 1, report);
        report.push(Diagnostic {
            severity: Severity::Error,
            code,
            message: message + &within,
            help: None,
            place: Some(place),
            related: None,
        });
        false
    }

    /// What the reaction will hold.
    fn held(&self, own: Option<&[Request]>) -> Grants {
        let mut held = self.options.grants.clone();
        for asked in [self.recipe, own].into_iter().flatten() {
            held = held.narrowed(asked);
        }
        held
    }

    /// Warns where the reaction does not hold what its language needs to be started.
    fn may_start(
        &self,
        format: &str,
        language: Option<&Language>,
        held: &Grants,
        report: &mut Report,
    ) {
        let needed = if format == format::SHELL {
            Some(Capability::EXEC_SHELL)
        } else {
            language.and_then(|language| language.capability).map(Capability::named)
        };
        let Some(needed) = needed.filter(|needed| !held.holds(needed)) else { return };
        if let Some(entry) = self.fields.entry("format") {
            let what = format!("this reaction will not run: `{format}` needs `{needed}`");
            let help = lint::withheld(self.options.grants, &needed);
            report.warn("format-not-granted", entry.span(), what).help(help);
        }
    }
}

/// Warns where a shell script names an interpreter that it will not get.
fn interpreter(script: &Script, report: &mut Report) {
    let first = script.text.lines().next().unwrap_or_default();
    let interpreter = first.strip_prefix("#!").map(str::trim);
    let is_sh = |line: &str| {
        let name = line.rsplit(['/', ' ']).next().unwrap_or_default();
        line.is_empty() || name == "sh" || line.starts_with("/bin/sh ")
    };
    if interpreter.is_some_and(|line| !is_sh(line)) {
        let at = crate::engine::Position { line: 1, column: 1 };
        let (place, within) = script.place(Some(at), first.len(), report);
        report.push(Diagnostic {
            severity: Severity::Warning,
            code: "no-effect",
            message: format!("the `#!` line is ignored: the script is run by `/bin/sh`{within}"),
            help: None,
            place: Some(place),
            related: None,
        });
    }
}
