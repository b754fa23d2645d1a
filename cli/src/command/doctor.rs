//! `reactant doctor`: what this machine and this user allow.

mod machine;
mod state;

use std::io::{self, Write};

use reactant_sensor::{Live, Source};
use serde::Serialize;

use crate::{
    args::{DoctorArgs, OutputFormat},
    console::Console,
    escape::{escaped, harmless_json},
    exit::{Exit, Failure},
    netpolicy,
    privileges::{Acts, Held, Plan, rows, write},
    settings::Settings,
};

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Found {
    /// It works.
    Ok,
    /// It does not, or not wholly, and nobody asked for it.
    Missing,
    /// It was asked for and does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "finding")]
pub(crate) struct Finding {
    pub(crate) section: &'static str,
    pub(crate) name: String,
    pub(crate) found: Found,
    pub(crate) text: String,
}

impl Finding {
    fn new(section: &'static str, name: &str, found: Found, text: impl Into<String>) -> Finding {
        Finding { section, name: name.to_owned(), found, text: text.into() }
    }

    /// Something that works, or else whose lack matters where it was asked for.
    fn judged(
        section: &'static str,
        name: &str,
        asked: bool,
        answer: Result<String, String>,
    ) -> Finding {
        match answer {
            Ok(text) => Finding::new(section, name, Found::Ok, text),
            Err(why) if asked => Finding::new(section, name, Found::Problem, why),
            Err(why) => Finding::new(section, name, Found::Missing, why),
        }
    }
}

/// Runs the command.
pub(super) fn doctor(console: &Console, args: &DoctorArgs) -> Result<Exit, Failure> {
    let settings = Settings::load(console, &args.policy)?;
    let data = args.data.clone().or(settings.data.clone());
    let settings = Settings { data, ..settings };
    let mut findings = machine::kernel();
    findings.extend(machine::groups(&settings));
    findings.extend(sources(&settings));
    findings.extend(machine::blocks(&settings));
    findings.push(policy(console, &settings));
    findings.extend(state::state(&settings));

    let plan =
        Plan { settings: &settings, acts: true, watches: true, run_shell: false, writes: true };
    let held = Held::foreseen(&plan);
    let rows = rows(&plan, &held);
    // What is granted by default was asked for by nobody.
    let asked = |name: &str| args.policy.grant.iter().any(|grant| grant.capability.name() == name);
    for row in rows.iter().filter(|row| row.acts == Acts::No && asked(&row.capability)) {
        findings.push(Finding::new("helpers", &row.capability, Found::Problem, &*row.why));
    }
    let mut out = console.results();
    show(&mut out, console.format, &findings)?;
    write(&mut out, console.format, &held, &rows)?;
    let problems = findings.iter().filter(|finding| finding.found == Found::Problem).count();
    if console.format == OutputFormat::Human {
        match problems {
            0 => writeln!(out, "nothing that was asked for fails")?,
            1 => writeln!(out, "1 thing that was asked for will not work")?,
            count => writeln!(out, "{count} things that were asked for will not work")?,
        }
    }
    out.flush()?;
    Ok(Exit::problem_if(problems > 0))
}

fn show(out: &mut dyn Write, format: OutputFormat, findings: &[Finding]) -> io::Result<()> {
    let mut section = "";
    for finding in findings {
        if format == OutputFormat::Json {
            writeln!(out, "{}", harmless_json(&serde_json::to_string(finding)?))?;
            continue;
        }
        if section != finding.section {
            section = finding.section;
            writeln!(out, "{section}:")?;
        }
        let mark = match finding.found {
            Found::Ok => "ok     ",
            Found::Missing => "-      ",
            Found::Problem => "PROBLEM",
        };
        writeln!(out, "  {mark} {:<12} {}", escaped(&finding.name), escaped(&finding.text))?;
    }
    Ok(())
}

/// What `watch` would see, by trying.
fn sources(settings: &Settings) -> Vec<Finding> {
    const SECTION: &str = "sources";
    // Recipes in the configuration are for `watch`.
    let asked = !settings.recipes.is_empty();
    let mut live = match Live::start(&reactant_core::interest::Interest::default()) {
        Ok(live) => live,
        Err(error) => {
            return vec![Finding::judged(SECTION, "watch", asked, Err(error.to_string()))];
        }
    };
    live.stopper().stop();
    while live.next().is_some() {}
    let coverage = live.coverage().iter();
    coverage
        .map(|one| Finding::judged(SECTION, one.subject.name(), false, one.source.clone()))
        .collect()
}

fn policy(console: &Console, settings: &Settings) -> Finding {
    let answer = match settings.network_policy.as_deref() {
        None => Ok("none is set: everything may be reached".to_owned()),
        Some(file) => match netpolicy::read(console, file) {
            Ok(policy) => Ok(format!("{}: {} rules", file.display(), policy.rules().len())),
            Err(failure) => Err(failure.to_string()),
        },
    };
    Finding::judged("policy", "network", true, answer)
}
