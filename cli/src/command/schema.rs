//! `reactant schema`: the formats as JSON Schema.

use std::io::Write;

use reactant_core::{config, event, recipe};

use crate::{
    args::{OutputFormat, SchemaArgs, SchemaFormat},
    console::Console,
    exit::{Exit, Failure},
};

/// Prints a schema.
pub(super) fn schema(console: &Console, args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.format {
        SchemaFormat::Recipe => recipe::schema(),
        SchemaFormat::Event => event::schema(),
        SchemaFormat::Config => config::schema(),
    };
    let mut out = console.results();
    match console.format {
        OutputFormat::Human => writeln!(out, "{schema:#}")?,
        OutputFormat::Json => writeln!(out, "{schema}")?,
    }
    out.flush()?;
    Ok(Exit::Fine)
}
