//! `reactant data`: a data store, from outside.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use reactant_helpers::store::{Content, Dump, Durability, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    args::{DataArgs, DataCommand, OutputFormat},
    console::Console,
    escape::{Escaped, escaped},
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
    let session = Session { console, store: &store, now: Timestamp::now() };
    let mut out = console.results();
    let exit = match args.command {
        DataCommand::List { recipe: None } => session.list_recipes(&mut out),
        DataCommand::List { recipe: Some(recipe) } => session.list_keys(&mut out, &recipe),
        DataCommand::Get { recipe, key } => session.get(&mut out, &recipe, &key),
        DataCommand::Set { recipe, key, value, ttl } => {
            let space = store.namespace(&recipe, session.now).map_err(refused)?;
            match ttl {
                Some(ttl) => space.set_ttl(&key, &value, ttl.0),
                None => space.set(&key, &value),
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
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportLine {
    recipe: String,
    data: Dump,
}

struct Session<'a> {
    console: &'a Console,
    store: &'a Store,
    now: Timestamp,
}

impl Session<'_> {
    fn list_recipes(&self, out: &mut dyn Write) -> Result<Exit, Failure> {
        for recipe in self.store.namespaces(self.now).map_err(refused)? {
            let keys = self.store.namespace(&recipe, self.now).and_then(|space| space.size());
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
                    writeln!(out, "{}", json!({"type": "recipe", "recipe": recipe, "keys": keys}))?;
                }
            }
        }
        Ok(Exit::Fine)
    }

    fn list_keys(&self, out: &mut dyn Write, recipe: &str) -> Result<Exit, Failure> {
        let keys = self.store.namespace(recipe, self.now).and_then(|space| space.keys());
        for key in keys.map_err(refused)? {
            match self.console.format {
                OutputFormat::Human => writeln!(out, "{}", Escaped(&key))?,
                OutputFormat::Json => {
                    writeln!(out, "{}", json!({"type": "key", "recipe": recipe, "key": key}))?;
                }
            }
        }
        Ok(Exit::Fine)
    }

    fn get(&self, out: &mut dyn Write, recipe: &str, key: &str) -> Result<Exit, Failure> {
        let content = self.store.namespace(recipe, self.now).and_then(|space| space.get(key));
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
                let line = json!({"type": "value", "recipe": recipe, "key": key, "value": value});
                writeln!(out, "{line}")?;
            }
        }
        Ok(Exit::Fine)
    }

    fn delete(&self, recipe: &str, key: Option<&str>) -> Result<Exit, Failure> {
        let space = self.store.namespace(recipe, self.now).map_err(refused)?;
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
            None => self.store.namespaces(self.now).map_err(refused)?,
        };
        for recipe in recipes {
            let data = self.store.namespace(&recipe, self.now).and_then(|space| space.export());
            let line = ExportLine { recipe, data: data.map_err(refused)? };
            serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
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
            let done = serde_json::from_str::<ExportLine>(&line)
                .map_err(|error| error.to_string())
                .and_then(|line| {
                    let space = self.store.namespace(&line.recipe, self.now);
                    space
                        .and_then(|space| space.import(&line.data))
                        .map_err(|error| error.to_string())
                });
            if let Err(reason) = done {
                self.console.error(&format!("{name}:{number}: {reason}"));
                exit = Exit::Problem;
            }
        }
        Ok(exit)
    }
}
