//! What the tests load with: languages and helpers that need no engine.

use std::fmt::Write;

use reactant_core::{
    capability::{Capability, Grants},
    diagnostic::{Diagnostic, Place},
    engine::{Halt, Language, Position, ScriptError, Source},
    helper::{Call, Failure, HelperSpec, Registry, Reply},
    limits::{Limits, Stop},
    recipe::{
        self, Recipe,
        load::{Loaded, Options, Scripts},
    },
};

static LANGUAGES: [Language; 3] = [
    language("js", &["javascript"], true),
    language("lua", &[], true),
    language("shell", &["sh"], false),
];

const fn language(
    format: &'static str,
    aliases: &'static [&'static str],
    defines_process: bool,
) -> Language {
    Language { format, aliases, extensions: &[], defines_process, capability: None }
}

/// JavaScript, Lua and shell, without Rhai. `@@` is a syntax error where it stands, `@line@` one that names its line only, `@slow@` takes too long.
pub(crate) struct Languages;

impl Scripts for Languages {
    fn language(&self, format: &str) -> Option<&Language> {
        LANGUAGES
            .iter()
            .find(|language| language.format == format || language.aliases.contains(&format))
    }

    fn check(&self, language: &Language, source: &Source, _: &Limits) -> Result<(), Halt> {
        let threw = |message: &str, at| {
            Err(Halt::Threw(ScriptError { message: message.to_owned(), at, trace: Vec::new() }))
        };
        for (line, text) in (1..).zip(source.text.lines()) {
            if let Some(found) = text.find("@@") {
                let column = text[..found].chars().count() as u32 + 1;
                return threw("SyntaxError: unexpected `@@`", Some(Position { line, column }));
            }
            if text.contains("@line@") {
                return threw("syntax error", Some(Position { line, column: 0 }));
            }
            if text.contains("@slow@") {
                return Err(Halt::Stopped(Stop::Timeout));
            }
        }
        if language.defines_process && !source.text.contains("process") {
            return threw("`process` is not defined", None);
        }
        Ok(())
    }
}

/// Some helpers of each capability, which do nothing.
pub(crate) fn helpers() -> Registry {
    let mut helpers = Registry::new();
    for (capability, names) in [
        (Some(Capability::LOG), &["Debug", "Info", "Warn", "Error"][..]),
        (
            Some(Capability::DATA),
            &["DataSet", "DataGet", "DataDelete", "DataHasKey", "DataKeys", "DataIncr"],
        ),
        (Some(Capability::FS_READ), &["ReadFile", "Stat"]),
        (Some(Capability::FS_WRITE), &["WriteFile"]),
        (Some(Capability::FS_TEMP), &["CreateTempDir"]),
        (Some(Capability::PROCESS_KILL), &["KillCurrent", "KillProcess"]),
        (Some(Capability::NET_BLOCK), &["NetBlockIp"]),
        (Some(Capability::SYSTEM_POWER), &["PowerOff"]),
        (Some(Capability::named("ticket.open")), &["OpenTicket"]),
        (None, &["Errno", "Now"]),
    ] {
        for name in names {
            let mut spec = HelperSpec::new(*name, "");
            spec.capability.clone_from(&capability);
            let nothing = |_: &mut Call<'_>| -> Result<Reply, Failure> { Ok(Reply::from(0)) };
            helpers.register(spec, nothing).unwrap();
        }
    }
    helpers
}

/// Loads a text as `r.yaml` with what is granted by default.
pub(crate) fn load(text: &str) -> Loaded {
    load_granted(text, &Grants::standard())
}

/// Loads a text as `r.yaml`.
pub(crate) fn load_granted(text: &str, grants: &Grants) -> Loaded {
    let helpers = helpers();
    let options =
        Options { scripts: &Languages, helpers: &helpers, grants, limits: Limits::default() };
    recipe::load_text("r.yaml", text, &options)
}

/// Loads files and folders with what is granted by default.
pub(crate) fn load_paths<P: AsRef<std::path::Path>>(paths: &[P]) -> Loaded {
    let (helpers, grants) = (helpers(), Grants::standard());
    let options = Options {
        scripts: &Languages,
        helpers: &helpers,
        grants: &grants,
        limits: Limits::default(),
    };
    recipe::load(paths, &options)
}

/// A recipe without a problem, of a mechanism, and with more fields.
pub(crate) fn recipe(mechanism: &str, fields: &str) -> String {
    let breed = if mechanism == "baseline" { "execution" } else { mechanism };
    format!(
        "- kind: k\n  name: n\n  version: 1.0\n  description: d\n  breed: {breed}\n  mechanism: {mechanism}\n  importance: low\n{fields}"
    )
}

/// The recipe of a text that has nothing wrong.
pub(crate) fn only(text: &str) -> Recipe {
    let loaded = load(text);
    assert!(loaded.diagnostics.is_empty(), "{}", show(&loaded.diagnostics));
    assert_eq!(loaded.recipes.len(), 1);
    (*loaded.recipes[0]).clone()
}

/// What is wrong with a text, a line each: severity, code, line, column, covered text, message, help.
pub(crate) fn problems(text: &str) -> Vec<String> {
    lines(&load(text).diagnostics)
}

/// Each diagnostic as one line.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let mut line = format!("{} ", diagnostic.code);
            if let Some(place) = &diagnostic.place {
                let covered = &place.file.text[place.offset..place.offset + place.len];
                write!(line, "{}:{} `{covered}` ", place.line, place.column).unwrap();
            }
            line += &diagnostic.message;
            if let Some(help) = &diagnostic.help {
                write!(line, " -- {help}").unwrap();
            }
            line
        })
        .collect()
}

/// Diagnostics as a compiler shows them.
pub(crate) fn show(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    let at = |out: &mut String, place: &Place| {
        let (path, line, column) = (place.file.path.display(), place.line, place.column);
        writeln!(out, "  --> {path}:{line}:{column}").unwrap();
        let source = place.source_line();
        let before: String = source.chars().take(column as usize - 1).map(|_| ' ').collect();
        let covered = &place.file.text[place.offset..place.offset + place.len];
        writeln!(out, "   | {source}\n   | {before}{}", "^".repeat(covered.chars().count()))
            .unwrap();
    };
    for diagnostic in diagnostics {
        let severity = format!("{:?}", diagnostic.severity).to_lowercase();
        writeln!(out, "{severity}[{}]: {}", diagnostic.code, diagnostic.message).unwrap();
        if let Some(place) = &diagnostic.place {
            at(&mut out, place);
        }
        if let Some((what, place)) = &diagnostic.related {
            writeln!(out, "   = {what}").unwrap();
            at(&mut out, place);
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "   = help: {help}").unwrap();
        }
    }
    out
}
