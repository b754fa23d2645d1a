//! Which helpers can act under what is held, and which will fail and why: one table, at the start and from `doctor`.

use std::io::{self, Write};

use caps::Capability;
use reactant_core::capability::Capability as Grant;
use serde::Serialize;

use super::{Held, Plan};
use crate::{
    args::OutputFormat,
    console::Console,
    escape::{escaped, harmless_json},
};

/// How far helpers can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Acts {
    /// They act.
    Yes,
    /// They act on some things only.
    Partly,
    /// They fail.
    No,
    /// They are simulated.
    Simulated,
}

/// One line: the helpers of one capability.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) capability: String,
    pub(crate) helpers: &'static str,
    pub(crate) acts: Acts,
    pub(crate) why: String,
}

/// How far the helpers of a capability that is granted can act, and why not farther.
type Judge = fn(&Plan<'_>, &Held) -> (Acts, String);

/// All helpers that do something to the machine, in the order of the reference.
pub(crate) fn rows(plan: &Plan<'_>, held: &Held) -> Vec<Row> {
    let all: [(Grant, &'static str, Judge); 8] = [
        (Grant::FS_READ, "ReadFile Stat", |_, held| {
            let read = [Capability::CAP_DAC_READ_SEARCH, Capability::CAP_DAC_OVERRIDE];
            only(read.iter().any(|one| held.has(*one)), "files that this user may read")
        }),
        (Grant::FS_WRITE, "WriteFile AppendFile", |_, held| {
            only(held.has(Capability::CAP_DAC_OVERRIDE), "where this user may write")
        }),
        (Grant::FS_TEMP, "CreateTempDir RemoveDir", |_, held| {
            only(held.has(Capability::CAP_DAC_OVERRIDE), "what is this user's below /tmp")
        }),
        (Grant::PROCESS_KILL, "KillCurrent KillParent KillProcess", |_, held| {
            only(held.has(Capability::CAP_KILL), "processes of this user: CAP_KILL is not held")
        }),
        (
            Grant::NET_BLOCK,
            "NetBlockIp NetBlockIpTimer NetUnblockIp NetBlockDomain NetUnblockDomain",
            |_, held| match held.has(Capability::CAP_NET_ADMIN) {
                true => (Acts::Yes, String::new()),
                false => (Acts::No, "CAP_NET_ADMIN is not held".to_owned()),
            },
        ),
        (Grant::SYSTEM_POWER, "PowerOff Panic", |plan, held| {
            let armed = plan.settings.armed;
            match held.has(Capability::CAP_SYS_BOOT) {
                _ if !armed => {
                    (Acts::No, "the configuration does not say `emergency: armed`".to_owned())
                }
                true => (Acts::Yes, String::new()),
                false => (Acts::No, "CAP_SYS_BOOT is not held".to_owned()),
            }
        }),
        (Grant::EXEC_SHELL, "format: shell", |plan, _| match plan.acts || plan.run_shell {
            true => (Acts::Yes, String::new()),
            false => (Acts::Simulated, "a dry run starts none without --run-shell".to_owned()),
        }),
        (Grant::VERDICT_DENY, "Deny", |_, _| {
            (Acts::Partly, "only in recipes with `when: before`".to_owned())
        }),
    ];
    let row = |(capability, helpers, judge): (Grant, &'static str, Judge)| {
        let (acts, why) = if !plan.grants(&capability) {
            (Acts::No, format!("{capability} is not granted"))
        } else if plan.acts || [Grant::FS_READ, Grant::EXEC_SHELL].contains(&capability) {
            judge(plan, held)
        } else {
            (Acts::Simulated, "a dry run".to_owned())
        };
        Row { capability: capability.to_string(), helpers, acts, why }
    };
    all.into_iter().map(row).collect()
}

fn only(all: bool, less: &str) -> (Acts, String) {
    if all { (Acts::Yes, String::new()) } else { (Acts::Partly, format!("only {less}")) }
}

/// Writes the table: what is kept and why, then each row.
pub(crate) fn write(
    out: &mut dyn Write,
    format: OutputFormat,
    held: &Held,
    rows: &[Row],
) -> io::Result<()> {
    if format == OutputFormat::Json {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        enum Line<'a> {
            Kept {
                capability: &'static str,
                why: &'a str,
            },
            GivenUp {
                count: usize,
                no_new_privs: bool,
            },
            Helpers {
                #[serde(flatten)]
                row: &'a Row,
            },
        }
        let kept =
            held.kept.iter().map(|kept| Line::Kept { capability: kept.name, why: &kept.why });
        let given_up = Line::GivenUp { count: held.dropped, no_new_privs: true };
        let rows = rows.iter().map(|row| Line::Helpers { row });
        for line in kept.chain([given_up]).chain(rows) {
            writeln!(out, "{}", harmless_json(&serde_json::to_string(&line)?))?;
        }
        return Ok(());
    }
    match (held.kept.len(), held.dropped) {
        (0, 0) => {
            writeln!(out, "this process has no Linux capabilities: it may what its user may")?
        }
        (kept, dropped) => {
            writeln!(
                out,
                "Linux capabilities: {kept} kept, {dropped} given up, none can be regained"
            )?;
        }
    }
    for kept in &held.kept {
        writeln!(out, "  {:<20} {}", kept.name, kept.why)?;
    }
    writeln!(out, "helpers:")?;
    for Row { capability, helpers, acts, why } in rows {
        let acts = match acts {
            Acts::Yes => "act",
            Acts::Partly => "act in part",
            Acts::No => "will fail",
            Acts::Simulated => "simulated",
        };
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        writeln!(out, "  {capability:<13} {acts}{} ({helpers})", escaped(why))?;
    }
    Ok(())
}

/// Tells at a start that acts what is kept, and which helpers can act.
pub(crate) fn tell(console: &Console, plan: &Plan<'_>, held: &Held) {
    if console.quiet || !plan.acts {
        return;
    }
    // Standard error may be closed; nothing is lost for that.
    let _ = write(&mut io::stderr().lock(), console.format, held, &rows(plan, held));
}
