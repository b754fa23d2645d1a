//! The same reactions in Node.

use std::{collections::HashMap, path::Path, process::Command};

use reactant_core::{
    engine::Language,
    packed::{Indent, Packed},
};

use crate::scripts;

/// Node's 10th percentiles in nanoseconds, on the same data and the same sources.
pub(crate) fn tenth_percentiles(
    data: &Packed,
    language: &Language,
    reactions: &[&str],
) -> Result<HashMap<String, f64>, String> {
    let event = std::env::temp_dir().join(format!("reactant-bench-{}.json", std::process::id()));
    std::fs::write(&event, data.root().to_json(Indent::None)).map_err(|error| error.to_string())?;
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("border/node.js"))
        .arg(&event)
        .args(reactions.iter().map(|name| scripts::reaction_path(name, language)))
        .output();
    let _ = std::fs::remove_file(&event);
    let output = output.map_err(|error| format!("node: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let figure = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    Ok(lines.lines().filter_map(figure).collect())
}
