//! `reactant audit`: the journal of acts.

mod show;
mod undo;

use std::{
    io::{self, Write},
    path::Path,
};

use reactant_helpers::journal::{Hash, Verdict, head, verify};
use serde::Serialize;
use serde_json::json;

use crate::{
    args::{AuditArgs, AuditCommand, OutputFormat},
    console::Console,
    escape::harmless_json,
    exit::{Exit, Failure},
    settings::Settings,
};

/// Runs the command.
pub(super) fn audit(console: &Console, args: AuditArgs) -> Result<Exit, Failure> {
    let settings = Settings::of_command(console, args.config.as_deref(), args.data)?;
    let folder = settings.folder();
    let mut out = console.results();
    let exit = match args.command {
        AuditCommand::Head => print_head(console, &mut out, folder),
        AuditCommand::Verify { head } => print_verdict(console, &mut out, folder, &head),
        AuditCommand::Undo(which) => undo::undo(console, &mut out, &settings, &which),
        AuditCommand::Show(which) => show::show(console, &mut out, folder, &which),
    }?;
    out.flush()?;
    Ok(exit)
}

/// Why a journal could not be read.
fn unreadable(folder: &Path, error: &io::Error) -> Failure {
    let folder = folder.display();
    if error.kind() == io::ErrorKind::NotFound {
        Failure::Usage(format!("there is no journal in `{folder}`: name its folder with --data"))
    } else {
        Failure::Problem(format!("the journal in `{folder}` cannot be read: {error}"))
    }
}

/// Writes an object as one line of JSON.
pub(super) fn line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", harmless_json(&serde_json::to_string(object)?))
}

fn print_head(console: &Console, out: &mut dyn Write, folder: &Path) -> Result<Exit, Failure> {
    let head = head(folder).map_err(|error| unreadable(folder, &error))?;
    match console.format {
        OutputFormat::Human => writeln!(out, "{}", head.hash)?,
        OutputFormat::Json => {
            line(out, &json!({"type": "head", "line": head.line, "hash": head.hash}))?;
        }
    }
    Ok(Exit::Fine)
}

fn print_verdict(
    console: &Console,
    out: &mut dyn Write,
    folder: &Path,
    heads: &[Hash],
) -> Result<Exit, Failure> {
    let verdict = verify(folder, heads).map_err(|error| unreadable(folder, &error))?;
    let Verdict { head, problems, open, unfinished, torn } = &verdict;
    match console.format {
        OutputFormat::Json => {
            for problem in problems {
                line(
                    out,
                    &json!({"type": "problem", "line": problem.line, "message": problem.what}),
                )?;
            }
            line(
                out,
                &json!({"type": "verdict", "lines": head.line, "head": head.hash, "problems": problems.len(), "open": open, "unfinished": unfinished, "torn": torn}),
            )?;
        }
        OutputFormat::Human => {
            for problem in problems {
                writeln!(out, "line {}: {}", problem.line, problem.what)?;
            }
            if !open.is_empty() {
                let open: Vec<String> = open.iter().map(u64::to_string).collect();
                writeln!(out, "without an outcome so far: {}", open.join(", "))?;
            }
            if *torn > 0 {
                writeln!(
                    out,
                    "the last line is incomplete: it is being written, or a crash cut it"
                )?;
            }
            match problems.len() {
                0 => writeln!(out, "whole: {} lines, head {}", head.line, head.hash)?,
                1 => writeln!(out, "1 problem")?,
                count => writeln!(out, "{count} problems")?,
            }
        }
    }
    Ok(Exit::problem_if(!problems.is_empty()))
}
