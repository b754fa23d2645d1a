//! `reactant check`: every problem of every recipe.

use std::io::Write;

use reactant_core::{diagnostic::Severity, policy};
use serde_json::json;

use crate::{
    args::{CheckArgs, OutputFormat},
    console::Console,
    diagnostics,
    exit::{Exit, Failure},
    netpolicy::InForce,
    settings::Settings,
    world::World,
};

/// Runs the command.
pub(super) fn check(console: &Console, args: &CheckArgs) -> Result<Exit, Failure> {
    let mut settings = Settings::load(console, &args.policy)?;
    // What is wrong with it is a result here.
    let policy = settings.network_policy.take().map(policy::load).unwrap_or_default();
    let loaded = World::new(console, &settings, None, None, &InForce::read(console, &settings)?)?
        .builder
        .load(&args.paths);
    let mut out = console.results();
    let mut counts = [0usize; 2];
    for diagnostic in policy.diagnostics.iter().chain(&loaded.diagnostics) {
        counts[usize::from(diagnostic.severity == Severity::Warning)] += 1;
        if !(console.quiet && diagnostic.severity == Severity::Warning) {
            diagnostics::write(&mut out, console.format, console.color, diagnostic)?;
        }
    }
    let [errors, warnings] = counts;
    let (recipes, reactions) = (loaded.recipes.len(), loaded.reactions());
    match console.format {
        OutputFormat::Json => {
            let summary = json!({
                "type": "summary",
                "recipes": recipes,
                "reactions": reactions,
                "errors": errors,
                "warnings": warnings,
            });
            writeln!(out, "{summary}")?;
        }
        OutputFormat::Human if !console.quiet => {
            let count = |count: usize, noun: &str| {
                format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
            };
            let parts = [
                count(recipes, "good recipe"),
                count(reactions, "reaction"),
                count(errors, "error"),
                count(warnings, "warning"),
            ];
            writeln!(out, "{}", parts.join(", "))?;
        }
        OutputFormat::Human => {}
    }
    out.flush()?;
    if recipes == 0 && errors == 0 {
        console.error("no recipe was found");
    }
    Ok(Exit::problem_if(errors > 0 || recipes == 0))
}
