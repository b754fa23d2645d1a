//! `reactant data`: a data store, from outside.

mod dump;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use reactant_helpers::{
    control::Part,
    store::{Content, Dump, Durability},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    args::{DataArgs, DataCommand, OutputFormat},
    console::Console,
    escape::{Escaped, escaped, harmless_json},
    exit::{Exit, Failure},
    settings,
    state::{self, Access},
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
    let access = Access::open(&folder, Durability::Process)?;
    if let Access::Holder(_) = access {
        console.note("a running process holds the data store and answers for it");
    }
    let session = Session { console, access };
    let mut out = console.results();
    let exit = match args.command {
        DataCommand::List { recipe: None } => session.list_recipes(&mut out),
        DataCommand::List { recipe: Some(recipe) } => session.list_keys(&mut out, &recipe),
        DataCommand::Get { recipe, key } => session.get(&mut out, &recipe, &key),
        DataCommand::Set { recipe, key, value, ttl } => {
            let ttl = ttl.map(|ttl| ttl.0);
            let with = json!({"recipe": recipe, "key": key, "value": value, "ttl": ttl});
            session.ask("data.set", &with, |()| Ok(()))
        }
        DataCommand::Delete { recipe, key } => {
            session.ask("data.delete", &json!({"recipe": recipe, "key": key}), |()| Ok(()))
        }
        DataCommand::Export { recipe } => session.export(&mut out, recipe.as_deref()),
        DataCommand::Import { file } => session.import(file),
    }?;
    out.flush()?;
    Ok(exit)
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
    access: Access,
}

impl Session<'_> {
    /// Asks, and hands over each part of the answer.
    fn ask<T: DeserializeOwned>(
        &self,
        request: &str,
        with: &Value,
        mut take: impl FnMut(T) -> io::Result<()>,
    ) -> Result<Exit, Failure> {
        self.access.ask(request, with, &mut std::iter::empty(), &mut |item| {
            take(serde_json::from_str(item)?)
        })
    }

    fn list_recipes(&self, out: &mut dyn Write) -> Result<Exit, Failure> {
        #[derive(Deserialize)]
        struct Item {
            recipe: String,
            keys: u64,
        }
        self.ask("data.list", &Value::Null, |Item { recipe, keys }| match self.console.format {
            OutputFormat::Human => {
                let keys = format!("{keys} key{}", if keys == 1 { "" } else { "s" });
                writeln!(out, "{} ({keys})", Escaped(&recipe))
            }
            OutputFormat::Json => {
                line(out, &json!({"type": "recipe", "recipe": recipe, "keys": keys}))
            }
        })
    }

    fn list_keys(&self, out: &mut dyn Write, recipe: &str) -> Result<Exit, Failure> {
        let with = json!({"recipe": recipe});
        self.ask("data.keys", &with, |key: String| match self.console.format {
            OutputFormat::Human => writeln!(out, "{}", Escaped(&key)),
            OutputFormat::Json => line(out, &json!({"type": "key", "recipe": recipe, "key": key})),
        })
    }

    fn get(&self, out: &mut dyn Write, recipe: &str, key: &str) -> Result<Exit, Failure> {
        let with = json!({"recipe": recipe, "key": key});
        self.ask("data.get", &with, |content: Content| match self.console.format {
            OutputFormat::Human => writeln!(out, "{}", escaped(content.into_text())),
            OutputFormat::Json => {
                let value = match content {
                    Content::Text(text) => json!(text),
                    Content::List(list) => json!(list),
                };
                line(out, &json!({"type": "value", "recipe": recipe, "key": key, "value": value}))
            }
        })
    }

    fn export(&self, out: &mut dyn Write, recipe: Option<&str>) -> Result<Exit, Failure> {
        // A recipe is written once its last part is there.
        let mut open: Option<ExportLine> = None;
        let exit = self.ask("data.export", &json!({"recipe": recipe}), |part| {
            match (part, &mut open) {
                (Part::Recipe(recipe), open) => {
                    let next = ExportLine { recipe, data: Dump::default() };
                    if let Some(done) = open.replace(next) {
                        line(out, &done)?;
                    }
                }
                (part, Some(open)) => part.put(&mut open.data),
                (_, None) => {}
            }
            Ok(())
        })?;
        if let Some(done) = open {
            line(out, &done)?;
        }
        Ok(exit)
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
            if let Err(reason) = self.import_line(&line) {
                self.console.error(&format!("{name}:{number}: {reason}"));
                exit = Exit::Problem;
            }
        }
        Ok(exit)
    }

    /// Puts in what a line of an export holds, all of it or nothing.
    fn import_line(&self, line: &str) -> Result<(), String> {
        let (recipe, data) = dump::parse(line)?;
        let mut parts = Vec::new();
        for part in Part::of(data) {
            parts.push(serde_json::to_string(&part).map_err(|error| error.to_string())?);
        }
        let with = json!({"recipe": recipe});
        let parts = &mut parts.into_iter();
        self.access
            .ask("data.import", &with, parts, &mut |_| Ok(()))
            .map_err(|error| error.to_string())?;
        Ok(())
    }
}
