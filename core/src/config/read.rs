//! From a configuration file to a [`Config`].

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    BlockBy, Blocks, BlocksOnExit, Budgets, Capabilities, Config, Durability, Emergency, Journal,
    Log, LogFormat, Protect, Queue, Verdicts,
    fields::{
        BLOCKS, BUDGETS, CAPABILITIES, CONFIG, JOURNAL, LIMITS, LOG, PROTECT, QUEUE, VERDICTS,
    },
};
use crate::{
    capability::Capability,
    diagnostic::{Diagnostic, Severity, SourceFile},
    document::{self, Fields, Report, check, cidrs, domains, globs, requests},
    helper::Level,
    limits::Limits,
    runtime::Full,
};

/// Reads a configuration file. `own` are the capabilities that it may name beside the standard ones.
///
/// # Errors
///
/// Everything that is wrong with the file, each with its place.
pub fn load(path: impl AsRef<Path>, own: &[Capability]) -> Result<Config, Vec<Diagnostic>> {
    let file = document::read(path.as_ref()).map_err(|diagnostic| vec![*diagnostic])?;
    read(file, own)
}

/// Reads a configuration from a text; the name stands for the file's path in diagnostics.
///
/// # Errors
///
/// Everything that is wrong with the text, each with its place.
pub fn load_text(
    name: impl AsRef<Path>,
    text: &str,
    own: &[Capability],
) -> Result<Config, Vec<Diagnostic>> {
    read(document::source(name.as_ref(), text), own)
}

fn read(file: Arc<SourceFile>, own: &[Capability]) -> Result<Config, Vec<Diagnostic>> {
    let parsed = document::parse(&file.text);
    let mut report = Report::new(file);
    if let Some(fault) = &parsed.fault {
        report.problem(fault);
    }
    let mut documents = parsed.documents.iter().filter(|document| !document.is_null());
    let mut read = Config::default();
    if let Some(document) = documents.next() {
        report.problems(document);
        if let Some(fields) = check(document, &CONFIG, &mut report) {
            read = config(&fields, own, &mut report);
        }
    }
    if let Some(second) = documents.next() {
        report.error("second-document", second.span, "a configuration is one document");
    }
    if report.errors() == 0 { Ok(read) } else { Err(report.finish()) }
}

fn config(fields: &Fields<'_>, own: &[Capability], report: &mut Report) -> Config {
    let part = |name: &str, shape| Fields::of(fields.node(name)?, shape);
    let default = Config::default();
    let emergency = fields.text("emergency").and_then(Emergency::from_name);
    let durability = fields.text("durability").and_then(Durability::from_name);
    let blocks_on_exit = fields.text("blocks_on_exit").and_then(BlocksOnExit::from_name);
    Config {
        capabilities: part("capabilities", &CAPABILITIES)
            .map_or(default.capabilities, |fields| capabilities(&fields, own, report)),
        protect: part("protect", &PROTECT)
            .map_or(default.protect, |fields| protect(&fields, report)),
        limits: part("limits", &LIMITS).map_or(default.limits, |fields| limits(&fields)),
        budgets: part("budgets", &BUDGETS).map_or(default.budgets, |fields| budgets(&fields)),
        emergency: emergency.unwrap_or(default.emergency),
        data: path(fields, "data", report),
        durability: durability.unwrap_or(default.durability),
        journal: part("journal", &JOURNAL).map_or(default.journal, |fields| journal(&fields)),
        recipes: paths(fields, "recipes", report),
        network_policy: path(fields, "network_policy", report),
        blocks_on_exit: blocks_on_exit.unwrap_or(default.blocks_on_exit),
        blocks: part("blocks", &BLOCKS).map_or(default.blocks, |fields| blocks(&fields, report)),
        queue: part("queue", &QUEUE).map_or(default.queue, |fields| queue(&fields)),
        verdicts: part("verdicts", &VERDICTS)
            .map_or(default.verdicts, |fields| verdicts(&fields, report)),
        metrics: metrics(fields, report),
        log: part("log", &LOG).map_or(default.log, |fields| log(&fields)),
    }
}

fn capabilities(fields: &Fields<'_>, own: &[Capability], report: &mut Report) -> Capabilities {
    let grant = requests(fields, "grant", own, report).unwrap_or_default();
    let revoke = requests(fields, "revoke", own, report).unwrap_or_default();
    let with_path = revoke.iter().any(|request| request.path.is_some());
    for (node, _) in fields.texts("revoke").filter(|(_, text)| with_path && text.contains(':')) {
        report
            .error("bad-capability", node.span, "a capability is revoked whole, not for a path")
            .help("to narrow it, `grant` it for other paths".to_owned());
    }
    let revoke = revoke.into_iter().map(|request| request.capability).collect();
    Capabilities { grant, revoke }
}

fn protect(fields: &Fields<'_>, report: &mut Report) -> Protect {
    let pids_below = fields.integer("pids_below");
    // Blocks are asked for in this form only: another would protect nothing, in silence.
    for (node, text) in fields.texts("domains").filter(|(_, text)| !text.is_ascii()) {
        report
            .error("bad-domain", node.span, format!("`{text}` is not ASCII"))
            .help("give the domain as `xn--…`".to_owned());
    }
    Protect {
        executables: globs(fields, "executables", report),
        pids_below: pids_below.unwrap_or(Protect::default().pids_below),
        cidrs: cidrs(fields, "cidrs", report),
        domains: domains(
            fields,
            "domains",
            Severity::Error,
            "the names below are covered",
            "addresses belong to `cidrs`",
            report,
        ),
        paths: globs(fields, "paths", report),
    }
}

fn blocks(fields: &Fields<'_>, report: &mut Report) -> Blocks {
    let by = fields.text("by").and_then(BlockBy::from_name);
    Blocks { by: by.unwrap_or(BlockBy::Auto), cgroup: path(fields, "cgroup", report) }
}

fn limits(fields: &Fields<'_>) -> Limits {
    let default = Limits::default();
    Limits {
        timeout: fields.duration("timeout").unwrap_or(default.timeout),
        memory: fields.size("memory").unwrap_or(default.memory),
        output: fields.size("output").unwrap_or(default.output),
        helper_calls: count(fields, "helper_calls", default.helper_calls),
    }
}

fn budgets(fields: &Fields<'_>) -> Budgets {
    let default = Budgets::default();
    Budgets {
        kills_per_minute: count(fields, "kills_per_minute", default.kills_per_minute),
        blocks_per_minute: count(fields, "blocks_per_minute", default.blocks_per_minute),
        writes_per_minute: count(fields, "writes_per_minute", default.writes_per_minute),
        total_factor: count(fields, "total_factor", default.total_factor),
    }
}

fn journal(fields: &Fields<'_>) -> Journal {
    let default = Journal::default();
    let sync = fields.duration("sync").unwrap_or(default.sync);
    Journal { sync, keep_replaced: fields.size("keep_replaced") }
}

fn queue(fields: &Fields<'_>) -> Queue {
    let default = Queue::default();
    let capacity = fields.integer("capacity").and_then(|number| usize::try_from(number).ok());
    let full = match fields.text("full") {
        Some("block") => Full::Block,
        _ => default.full,
    };
    Queue { capacity: capacity.unwrap_or(default.capacity), full }
}

fn verdicts(fields: &Fields<'_>, report: &mut Report) -> Verdicts {
    let default = Verdicts::default();
    let number = |name| fields.integer(name).and_then(|number| usize::try_from(number).ok());
    Verdicts {
        on: fields.node("on").map(|_| paths(fields, "on", report)),
        workers: number("workers").unwrap_or(default.workers),
        queue: number("queue").unwrap_or(default.queue),
    }
}

fn log(fields: &Fields<'_>) -> Log {
    let default = Log::default();
    let level = fields.text("level").and_then(Level::from_name);
    let format = fields.text("format").and_then(LogFormat::from_name);
    Log { level: level.unwrap_or(default.level), format: format.unwrap_or(default.format) }
}

fn metrics(fields: &Fields<'_>, report: &mut Report) -> Option<SocketAddr> {
    let (node, text) = (fields.node("metrics")?, fields.text("metrics")?);
    let address = text.parse().ok();
    if address.is_none() {
        report
            .error("bad-address", node.span, format!("`{text}` is no address with a port"))
            .help("`127.0.0.1:9469`, `[::1]:9469`".to_owned());
    }
    address
}

fn path(fields: &Fields<'_>, name: &str, report: &mut Report) -> Option<PathBuf> {
    let (node, text) = (fields.node(name)?, fields.text(name)?);
    if text.is_empty() {
        report.error("bad-path", node.span, format!("`{name}` is empty"));
    }
    Some(text.into())
}

fn paths(fields: &Fields<'_>, name: &str, report: &mut Report) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (node, text) in fields.texts(name) {
        if text.is_empty() {
            report.error("bad-path", node.span, format!("an entry of `{name}` is empty"));
        }
        paths.push(text.into());
    }
    paths
}

fn count(fields: &Fields<'_>, name: &str, default: u32) -> u32 {
    fields.integer(name).and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
}
