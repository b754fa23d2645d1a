//! The hostile scripts: cases of the engines' corpus that must end within a time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reactant_core::engine::Language;
use serde::Deserialize;

/// A script and what it runs on.
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    folder: PathBuf,
    /// As JSON.
    pub(crate) events: Vec<String>,
    pub(crate) helper_calls: Option<u32>,
    pub(crate) output: Option<usize>,
}

/// What matters here of `case.yaml`.
#[derive(Deserialize)]
struct Said {
    timeout_ms: Option<u64>,
    #[serde(default)]
    events: Vec<serde_json::Value>,
    helper_calls: Option<u32>,
    output: Option<usize>,
}

/// The cases below a folder, in order.
pub(crate) fn below(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is beside the benches")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        if folder.join("case.yaml").is_file() {
            cases.extend(Case::read(&folder));
        } else {
            cases.extend(below(&folder));
        }
    }
    cases
}

impl Case {
    fn read(folder: &Path) -> Option<Case> {
        let text = fs::read_to_string(folder.join("case.yaml")).expect("a case is text");
        let said: Said = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        said.timeout_ms?;
        let large = "x".repeat(1_000_000);
        let event = |event: &serde_json::Value| event.to_string().replace("$LARGE", &large);
        let mut events: Vec<String> = said.events.iter().map(event).collect();
        if events.is_empty() {
            events.push(r#"{"event_type":"execution"}"#.to_owned());
        }
        Some(Case {
            name: folder.file_name()?.to_string_lossy().into_owned(),
            folder: folder.to_owned(),
            events,
            helper_calls: said.helper_calls,
            output: said.output,
        })
    }

    /// The script in a language, where there is one.
    pub(crate) fn script(&self, language: &Language) -> Option<PathBuf> {
        let mut paths = language
            .extensions
            .iter()
            .map(|extension| self.folder.join(format!("reaction.{extension}")));
        paths.find(|path| path.is_file())
    }
}
