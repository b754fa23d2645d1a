//! `reactant policy`: the network policy in force.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use reactant_helpers::control::{Ask, AskError, Client, Kind, Refusal};
use serde_json::Value;

use crate::{
    args::{NetpolicyArgs, NetpolicyCommand, OutputFormat},
    console::Console,
    escape::{escaped, harmless_json},
    exit::{Exit, Failure},
    netpolicy, settings, state,
};

/// Runs the command.
pub(super) fn policy(console: &Console, args: NetpolicyArgs) -> Result<Exit, Failure> {
    let NetpolicyCommand::Show = args.command;
    let (objects, of) = found(console, args)?;
    let mut out = console.results();
    match console.format {
        OutputFormat::Json => {
            for object in &objects {
                writeln!(out, "{}", harmless_json(&object.to_string()))?;
            }
        }
        OutputFormat::Human => show(&mut out, &objects, &of)?,
    }
    out.flush()?;
    Ok(Exit::Fine)
}

/// The policy that was named, or that of the running process, or the configuration's; and whose it is.
fn found(console: &Console, args: NetpolicyArgs) -> Result<(Vec<Value>, String), Failure> {
    if let Some(file) = args.network_policy {
        let policy = netpolicy::read(console, &file)?;
        return Ok((
            netpolicy::described(Some(&file), Some(&policy), false),
            "named here".to_owned(),
        ));
    }
    let config = settings::read(console, args.config.as_deref())?;
    let folder = args.data.or(config.data).unwrap_or_else(|| PathBuf::from(state::FOLDER));
    let client = Client::of(&folder);
    let mut objects = Vec::new();
    let asked = client.ask("policy.show", &Value::Null, &mut std::iter::empty(), &mut |item| {
        objects.push(serde_json::from_str(item)?);
        Ok(())
    });
    match asked {
        Ok(()) => {
            let pid = client.status().map(|status| status.pid.to_string());
            let pid = pid.unwrap_or_else(|_| "which has ended since".to_owned());
            return Ok((objects, format!("of the running process {pid}")));
        }
        // Nobody runs there, or one that has no such thing.
        Err(AskError::Absent { reason, .. }) => {
            console.note(&format!("no running process was asked: {reason}"));
        }
        Err(AskError::Refused(Refusal { kind: Kind::Unknown, .. })) => {}
        Err(error) => return Err(Failure::Problem(error.to_string())),
    }
    let policy = config.network_policy.as_deref().map(|file| netpolicy::read(console, file));
    let policy = policy.transpose()?;
    let objects = netpolicy::described(config.network_policy.as_deref(), policy.as_ref(), false);
    Ok((objects, "of the configuration".to_owned()))
}

fn show(out: &mut dyn Write, objects: &[Value], of: &str) -> io::Result<()> {
    let Some((head, rules)) = objects.split_first() else { return Ok(()) };
    let text = |object: &Value, name: &str| escaped(object[name].as_str().unwrap_or_default());
    if head["file"].is_null() {
        return writeln!(out, "there is no network policy: everything may be reached ({of})");
    }
    writeln!(out, "{} ({of})", text(head, "file"))?;
    for (name, about) in [
        ("cidr_mode", "where an address is denied"),
        ("cidr_policy", "for an address that no rule covers"),
        ("resolve_mode", "where the resolution of a name is denied"),
        ("resolve_policy", "for a name that no rule covers"),
    ] {
        let left_out =
            head["defaults"].as_array().is_some_and(|all| all.iter().any(|each| each == name));
        let default = if left_out { ", by default" } else { "" };
        writeln!(out, "  {name:<15} {:<8} {about}{default}", text(head, name))?;
    }
    for rule in rules {
        let what = match rule["cidr"].as_str() {
            Some(_) => text(rule, "cidr"),
            None => format!("{} and below", text(rule, "domain")),
        };
        writeln!(out, "  {:<5} {what}", text(rule, "policy"))?;
    }
    if head["enforced"] != Value::Bool(true) {
        writeln!(out, "Not held up: only `reactant watch` holds a policy up, while it runs.")?;
    }
    Ok(())
}
