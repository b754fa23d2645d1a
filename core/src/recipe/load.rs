//! Loading recipes: every problem of every file at once, the good recipes beside the bad ones.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Recipe,
    fields::{RECIPE, RECIPES},
    files, read,
};
use crate::{
    capability::Grants,
    diagnostic::{Diagnostic, Place, Severity, SourceFile},
    document::{self, Kind, Node, Report, Span},
    engine::{Halt, Language, Source},
    helper::Registry,
    limits::Limits,
};

/// The languages that scripts can be written in, as loading needs them.
pub trait Scripts {
    /// The language of a format, by its name or another spelling of it.
    fn language(&self, format: &str) -> Option<&Language>;

    /// Compiles a script of a language that [`Scripts::language`] gave, and runs its top level with every helper shut.
    ///
    /// # Errors
    ///
    /// [`Halt`] as [`Machine::load`](crate::engine::Machine::load) gives it.
    fn check(&self, language: &Language, source: &Source, limits: &Limits) -> Result<(), Halt>;
}

/// What recipes are validated against.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The languages of this build.
    pub scripts: &'a dyn Scripts,
    /// The helpers that scripts can call.
    pub helpers: &'a Registry,
    /// What the configuration grants.
    pub grants: &'a Grants,
    /// What the configuration allows an invocation.
    pub limits: Limits,
}

/// What was loaded, and what was wrong.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The recipes that are valid, disabled ones too: files in bytewise order of their paths, recipes in file order.
    pub recipes: Vec<Arc<Recipe>>,
    /// Every problem, in the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    /// The recipe files that were read, in order.
    pub files: Vec<Arc<SourceFile>>,
    /// Every path that was looked at, whether or not it could be read: what was named, the folders, the recipe files, and the scripts that these name.
    pub looked_at: Vec<PathBuf>,
    /// How many recipes were rejected for an error.
    pub rejected: usize,
}

impl Loaded {
    /// How many reactions the recipes have.
    #[must_use]
    pub fn reactions(&self) -> usize {
        self.recipes.iter().map(|recipe| recipe.reactions.len()).sum()
    }

    /// Whether any problem is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Loads recipes from files and folders. A folder is read recursively (`.yaml` and `.yml`; names that begin with a dot are skipped).
///
/// It never fails as a whole: what cannot be read or is not valid is among [`Loaded::diagnostics`].
#[must_use]
pub fn load<P: AsRef<Path>>(paths: &[P], options: &Options<'_>) -> Loaded {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let found = files::find(&paths);
    let mut loader = Loader::new(options);
    loader.loaded.diagnostics = found.diagnostics;
    loader.loaded.looked_at = [paths, found.looked_at, found.files.clone()].concat();
    for path in found.files {
        match document::read(&path) {
            Ok(file) => loader.file(file),
            Err(diagnostic) => loader.loaded.diagnostics.push(*diagnostic),
        }
    }
    loader.loaded
}

/// Loads recipes from a text. Its name stands for the file's path in diagnostics, and `file` reactions are looked for beside it.
#[must_use]
pub fn load_text(name: impl AsRef<Path>, text: &str, options: &Options<'_>) -> Loaded {
    let mut loader = Loader::new(options);
    loader.file(document::source(name.as_ref(), text));
    loader.loaded
}

struct Loader<'a> {
    options: &'a Options<'a>,
    loaded: Loaded,
    /// Where each name was first used.
    names: HashMap<String, Place>,
}

impl<'a> Loader<'a> {
    fn new(options: &'a Options<'a>) -> Self {
        Loader { options, loaded: Loaded::default(), names: HashMap::new() }
    }

    fn file(&mut self, file: Arc<SourceFile>) {
        let mut report = Report::new(file.clone());
        let parsed = document::parse(&file.text);
        let mut any = false;
        for document in &parsed.documents {
            any |= self.document(document, &mut report);
        }
        if let Some(fault) = &parsed.fault {
            report.problem(fault);
        } else if !any {
            report.warn("no-recipes", Span::default(), "this file has no recipes");
        }
        self.loaded.looked_at.extend(report.beside());
        self.loaded.diagnostics.extend(report.finish());
        self.loaded.files.push(file);
    }

    /// Reads a list of recipes; whether there was anything in it.
    fn document(&mut self, document: &Node, report: &mut Report) -> bool {
        match &document.kind {
            Kind::Scalar(_) if document.is_null() => {
                report.problems(document);
                return document.is_broken();
            }
            Kind::List(items) => {
                // What is wrong with the list itself: its items report their own.
                document.problems.iter().for_each(|problem| report.problem(problem));
                items.iter().for_each(|item| self.recipe(item, report));
                return !items.is_empty();
            }
            _ => {}
        }
        report.problems(document);
        let looks_like_one = matches!(&document.kind, Kind::Map(entries)
            if entries.iter().any(|entry| RECIPE.fields.iter().any(|field| field.is_named(&entry.key))));
        document::wrong_type(document, "a recipe file", &RECIPES, report).help(
            looks_like_one
                .then(|| "a recipe begins with `- `, also where it is the only one".to_owned()),
        );
        true
    }

    fn recipe(&mut self, node: &Node, report: &mut Report) {
        let before = report.errors();
        let draft = read::recipe(node, self.options, report);
        if let Some((name, place)) = draft.name {
            match self.names.entry(name) {
                Entry::Vacant(slot) => {
                    slot.insert(place);
                }
                Entry::Occupied(first) => {
                    let message = format!("the name `{}` is taken by another recipe", first.key());
                    report
                        .push(Diagnostic {
                            severity: Severity::Error,
                            code: "name-taken",
                            message,
                            help: Some("names are unique over all loaded recipes".to_owned()),
                            place: Some(place),
                            related: None,
                        })
                        .related("the other is here", first.get().clone());
                }
            }
        }
        match draft.recipe {
            Some(recipe) if report.errors() == before => self.loaded.recipes.push(Arc::new(recipe)),
            _ => self.loaded.rejected += 1,
        }
    }
}
