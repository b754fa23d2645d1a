//! `reactant data`: a data store, from outside.

mod dump;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use reactant_core::recipe::is_name;
use reactant_helpers::store::{Content, Dump, Durability, Namespace, Store, StoreError};
use serde::Serialize;
use serde_json::json;

use crate::{
    args::{DataArgs, DataCommand, OutputFormat},
    console::Console,
    escape::{Escaped, escaped, harmless_json},
    exit::{Exit, Failure},
    settings, state,
};

/// Runs the command.
pub(super) fn data(console: &Console, args: DataArgs) -> Result<Exit, Failure> {
    let folder = match args.data {
        Some(folder) => folder,
        None => settings::read(console, args.config.as_deref())?
            .data
            .unwrap_or_else(|| PathBuf::from(state::FOLDER)),
    };
    let creates = matches!(args.command, DataCommand::Set { .. } | DataCommand::Import { .. });
    if !creates && !state::has_store(&folder) {
        return Err(Failure::Usage(format!(
            "there is no data store in `{}`: name its folder with --data",
            folder.display()
        )));
    }
    let store = state::open_store(&folder, Durability::Process)?;
    let session = Session { console, store: &store };
    let mut out = console.results();
    let exit = match args.command {
        DataCommand::List { recipe: None } => session.list_recipes(&mut out),
        DataCommand::List { recipe: Some(recipe) } => session.list_keys(&mut out, &recipe),
        DataCommand::Get { recipe, key } => session.get(&mut out, &recipe, &key),
        DataCommand::Set { recipe, key, value, ttl } => {
            if !is_name(&recipe) {
                return Err(Failure::Usage(format!("no recipe can be named `{recipe}`")));
            }
            match ttl {
                // Who gives a time to live means this machine's time.
                Some(ttl) => store
                    .namespace(&recipe, Timestamp::now())
                    .and_then(|space| space.set_ttl(&key, &value, ttl.0)),
                None => session.space(&recipe).and_then(|space| space.set(&key, &value)),
            }
            .map_err(refused)?;
            Ok(Exit::Fine)
        }
        DataCommand::Delete { recipe, key } => session.delete(&recipe, key.as_deref()),
        DataCommand::Export { recipe } => session.export(&mut out, recipe),
        DataCommand::Import { file } => session.import(file),
    }?;
    out.flush()?;
    Ok(exit)
}

fn refused(error: StoreError) -> Failure {
    Failure::Problem(error.to_string())
}

/// One line of an export.
#[derive(Serialize)]
struct ExportLine {
    recipe: String,
    data: Dump,
}

/// Writes an object as one line of JSON.
fn line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", harmless_json(&serde_json::to_string(object)?))
}

struct Session<'a> {
    console: &'a Console,
    store: &'a Store,
}

impl Session<'_> {
    /// The namespace as its recipe left it: nobody knows here by which clock that lives.
    fn space(&self, recipe: &str) -> Result<Namespace<'_>, StoreError> {
        self.store.resting(recipe)
    }

    fn list_recipes(&self, out: &mut dyn Write) -> Result<Exit, Failure> {
        for recipe in self.store.resting_namespaces().map_err(refused)? {
            let keys = self.space(&recipe).and_then(|space| space.size());
            let keys = keys.map_err(refused)?;
            match self.console.format {
                OutputFormat::Human => {
                    writeln!(
                        out,
                        "{} ({keys} key{})",
                        Escaped(&recipe),
                        if keys == 1 { "" } else { "s" }
                    )?;
                }
                OutputFormat::Json => {
                    line(out, &json!({"type": "recipe", "recipe": recipe, "keys": keys}))?;
                }
            }
        }
        Ok(Exit::Fine)
    }

    fn list_keys(&self, out: &mut dyn Write, recipe: &str) -> Result<Exit, Failure> {
        let keys = self.space(recipe).and_then(|space| space.keys());
        for key in keys.map_err(refused)? {
            match self.console.format {
                OutputFormat::Human => writeln!(out, "{}", Escaped(&key))?,
                OutputFormat::Json => {
                    line(out, &json!({"type": "key", "recipe": recipe, "key": key}))?;
                }
            }
        }
        Ok(Exit::Fine)
    }

    fn get(&self, out: &mut dyn Write, recipe: &str, key: &str) -> Result<Exit, Failure> {
        let content = self.space(recipe).and_then(|space| space.get(key));
        let Some(content) = content.map_err(refused)? else {
            return Err(Failure::Problem(format!("`{recipe}` stores nothing under `{key}`")));
        };
        match self.console.format {
            OutputFormat::Human => writeln!(out, "{}", escaped(content.into_text()))?,
            OutputFormat::Json => {
                let value = match content {
                    Content::Text(text) => json!(text),
                    Content::List(list) => json!(list),
                };
                line(out, &json!({"type": "value", "recipe": recipe, "key": key, "value": value}))?;
            }
        }
        Ok(Exit::Fine)
    }

    fn delete(&self, recipe: &str, key: Option<&str>) -> Result<Exit, Failure> {
        let space = self.space(recipe).map_err(refused)?;
        let was_there = match key {
            Some(key) => space.delete(key).map_err(refused)?,
            None => {
                let vacant = space.is_vacant().map_err(refused)?;
                space.clear().map_err(refused)?;
                !vacant
            }
        };
        if was_there {
            return Ok(Exit::Fine);
        }
        Err(Failure::Problem(match key {
            Some(key) => format!("`{recipe}` stores nothing under `{key}`"),
            None => format!("`{recipe}` stores nothing"),
        }))
    }

    fn export(&self, out: &mut dyn Write, recipe: Option<String>) -> Result<Exit, Failure> {
        let recipes = match recipe {
            Some(recipe) => vec![recipe],
            None => self.store.resting_namespaces().map_err(refused)?,
        };
        for recipe in recipes {
            let data = self.space(&recipe).and_then(|space| space.export());
            line(out, &ExportLine { recipe, data: data.map_err(refused)? })?;
        }
        Ok(Exit::Fine)
    }

    fn import(&self, file: Option<PathBuf>) -> Result<Exit, Failure> {
        let file = file.filter(|path| path.as_os_str() != "-");
        let name = file.as_deref().unwrap_or(Path::new("-")).display().to_string();
        let reader: Box<dyn BufRead> = match file {
            Some(path) => {
                let file = File::open(&path)
                    .map_err(|error| Failure::Problem(format!("{name}: {error}")))?;
                Box::new(BufReader::new(file))
            }
            None => Box::new(io::stdin().lock()),
        };
        let mut exit = Exit::Fine;
        for (index, line) in reader.lines().enumerate() {
            let number = index + 1;
            let line =
                line.map_err(|error| Failure::Problem(format!("{name}:{number}: {error}")))?;
            if line.trim().is_empty() {
                continue;
            }
            let done = dump::parse(&line).and_then(|(recipe, data)| {
                let space = self.space(&recipe);
                space.and_then(|space| space.import(&data)).map_err(|error| error.to_string())
            });
            if let Err(reason) = done {
                self.console.error(&format!("{name}:{number}: {reason}"));
                exit = Exit::Problem;
            }
        }
        Ok(exit)
    }
}
