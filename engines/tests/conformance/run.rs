//! Running a case in one language.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use reactant_core::{
    capability::{Grants, Request},
    detection::Detection,
    engine::{Engines, Halt, Language, Source},
    event::Line,
    helper::Registry,
    limits::Limits,
    recipe::{
        ReactionSpec, Recipe, SourceMap,
        load::{Options, Scripts, load_text},
    },
    runtime::{Outcome, Report, Runtime},
};
use reactant_helpers::{
    Standard,
    protect::Protect,
    store::{Content, Store},
};

use crate::{
    case::{Case, Expect, Lines, Word},
    compare::compare,
    folder,
};

/// What a process needs beside a machine's memory: the program itself, the machine's arena and its image.
const OWN_MEMORY: usize = 40 << 20;

/// How many times as long as usual everything takes, by the environment: under valgrind, say.
pub(crate) fn slowness() -> u32 {
    std::env::var("REACTANT_SLOWNESS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The helpers over a store.
pub(crate) fn registry(store: Store) -> Standard {
    Standard::new(store)
}

/// Runs a case on an engine; `peak` holds the most memory that the engine's process had, where it is a process of its own.
///
/// # Errors
///
/// All that was not as expected, in words.
pub(crate) fn run(
    case: &Case,
    language: &'static Language,
    engines: Engines,
    peak: Option<&AtomicUsize>,
) -> Result<(), String> {
    let dir = tempfile::Builder::new().prefix("reactant-case-").tempdir_in("/tmp");
    let dir = dir.map_err(|error| format!("no folder: {error}"))?;
    folder::fill(dir.path(), &case.folder)?;
    let world = World { case, language, dir: dir.path() };
    let limits = world.limits();
    let store = Store::memory();
    world.store(&store)?;
    let registry = world.registry(store.clone())?;
    let recipes = world.recipes(&registry, &limits)?;
    let outcomes: Arc<Mutex<Vec<Outcome>>> = Arc::default();
    let sink = Arc::clone(&outcomes);
    let runtime = Runtime::builder()
        .engines(engines)
        .helpers(registry)
        .recipes(recipes.to_vec())
        .grants(world.grants()?)
        .limits(limits)
        .run_shell(true)
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                sink.lock().expect("no holder panics").push(outcome);
            }
        })
        .build()
        .map_err(|error| error.to_string())?;

    let none = [serde_json::json!({"event_type": "execution"})];
    let events = if case.events.is_empty() { &none[..] } else { &case.events };
    let mut last = Timestamp::UNIX_EPOCH;
    let mut number = 0;
    let mut answer = |json: &serde_json::Value, recipe: usize| -> Result<(), String> {
        number += 1;
        let detection = world.detection(json, number, &mut last, &recipes, recipe)?;
        runtime.answer(detection);
        runtime.drain().map_err(|error| error.to_string())?;
        Ok(())
    };
    // The first probe makes the machine, so that its making is not in the time of the case.
    answer(&none[0], PROBE)?;
    for json in events {
        answer(json, CASE)?;
    }
    answer(&none[0], PROBE)?;
    let _ = runtime.finish();

    let outcomes = outcomes.lock().expect("no holder panics");
    let mut faults = String::new();
    let [before, own @ .., after] = outcomes.as_slice() else {
        return Err(format!("{} outcomes", outcomes.len()));
    };
    let started = language.capability.is_some();
    compare(&mut faults, "the probe before", before, &pristine(case), started);
    for (index, outcome) in own.iter().enumerate() {
        let expect = world.named(case.expected(language.format, index));
        compare(&mut faults, &format!("event {index}"), outcome, &expect, started);
        if let Some(late) = world.patience().filter(|patience| outcome.duration > *patience) {
            let _ =
                writeln!(faults, "event {index}: took {:?}, at most {late:?}", outcome.duration);
        }
    }
    compare(&mut faults, "the probe after", after, &pristine(case), started);
    if own.len() != events.len() {
        let _ = writeln!(faults, "{} events gave {} outcomes", events.len(), own.len());
    }
    world.look_back(&store, last, &mut faults)?;
    if let (Some(peak), Some(memory)) = (peak, world.memory()) {
        let (peak, most) = (peak.load(Ordering::Relaxed), memory + OWN_MEMORY);
        if peak > most {
            let _ =
                writeln!(faults, "the process had {} MiB, at most {} MiB", peak >> 20, most >> 20);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{}\n{faults}", case.about)) }
}

const CASE: usize = 0;
const PROBE: usize = 1;

/// A probe throws where the world is not as it was; where it may not log, it can say no more.
fn pristine(case: &Case) -> Expect {
    if case.revoke.iter().any(|revoked| revoked == "log") {
        return Expect { actions: Some(Lines::Word(Word::Any)), ..Expect::default() };
    }
    let log = Some(Lines::These(vec!["info: pristine".to_owned()]));
    Expect { log, ..Expect::default() }
}

/// A case in one language, with its folder.
struct World<'a> {
    case: &'a Case,
    language: &'static Language,
    dir: &'a Path,
}

impl World<'_> {
    /// The limits of the run; those that a reaction can lower are the case's own ([`World::reaction`]), so that the probe has room.
    fn limits(&self) -> Limits {
        let standard = Limits::default();
        Limits {
            helper_calls: self.case.helper_calls.unwrap_or(standard.helper_calls),
            output: self.case.output.unwrap_or(standard.output),
            timeout: standard.timeout * slowness(),
            ..standard
        }
    }

    fn patience(&self) -> Option<Duration> {
        let within = self.case.within_ms.map(Duration::from_millis);
        within.or(self.case.timeout_ms.map(|timeout| Duration::from_millis(2 * timeout)))
    }

    fn dir(&self, text: &str) -> String {
        text.replace("$DIR", &self.dir.display().to_string())
    }

    /// What is expected, with the folder's name in it.
    fn named(&self, mut expect: Expect) -> Expect {
        for lines in [&mut expect.log, &mut expect.actions] {
            if let Some(Lines::These(lines)) = lines {
                for line in lines {
                    *line = self.dir(line);
                }
            }
        }
        expect
    }

    fn store(&self, store: &Store) -> Result<(), String> {
        let fault = |error: reactant_helpers::store::StoreError| error.to_string();
        let space = store.namespace("case", Timestamp::UNIX_EPOCH).map_err(fault)?;
        self.case.stored.iter().try_for_each(|(key, value)| space.set(key, value).map_err(fault))
    }

    fn registry(&self, store: Store) -> Result<Registry, String> {
        let mut protect = Protect::default();
        for entry in &self.case.protect {
            protect.add(self.dir(entry).parse().map_err(|error| format!("{error}"))?);
        }
        Ok(registry(store).protect(protect).armed(self.case.armed).registry())
    }

    fn grants(&self) -> Result<Grants, String> {
        let parse =
            |text: &String| self.dir(text).parse::<Request>().map_err(|error| error.to_string());
        let granted: Vec<Request> = self.case.grant.iter().map(parse).collect::<Result<_, _>>()?;
        let revoked: Vec<Request> = self.case.revoke.iter().map(parse).collect::<Result<_, _>>()?;
        // What a reaction of this language needs to be started at all.
        let starts = self.language.capability.map(|name| name.parse::<Request>());
        let starts = starts.transpose().map_err(|error| error.to_string())?;
        let grants = Grants::standard().with(starts.as_slice()).with(&granted);
        Ok(revoked.iter().fold(grants, |grants, request| grants.without(&request.capability)))
    }

    /// The case's recipe, as the loader reads its fields, and the probe's.
    fn recipes(&self, registry: &Registry, limits: &Limits) -> Result<[Arc<Recipe>; 2], String> {
        let mut fields = serde_json::json!({
            "kind": "case", "name": "case", "version": "1", "description": "case", "breed": "execution",
            "mechanism": "execution", "importance": "low", "reactions": [],
        });
        if let Some(fields) = fields.as_object_mut() {
            fields.extend(self.case.recipe.clone());
        }
        let grants = self.grants()?;
        let options =
            Options { scripts: &NoScripts, helpers: registry, grants: &grants, limits: *limits };
        let loaded = load_text("case.yaml", &serde_json::json!([fields]).to_string(), &options);
        let [recipe] = loaded.recipes.as_slice() else {
            return Err(format!("`recipe`: {:?}", loaded.diagnostics));
        };
        let mut recipe = Recipe::clone(recipe);
        recipe.reactions = vec![self.reaction()?];
        Ok([recipe.into(), Recipe::of_reaction("probe", self.probe()?).into()])
    }

    fn file_name(&self, stem: &str) -> String {
        let extension = self.language.extensions.first().unwrap_or(&self.language.format);
        format!("{stem}.{extension}")
    }

    fn reaction(&self) -> Result<ReactionSpec, String> {
        let path = self.case.at.join(self.file_name("reaction"));
        if !path.is_file() {
            return Err(format!(
                "{} is missing: write it, or say in `skip` or `only` why `{}` has none",
                path.display(),
                self.language.format
            ));
        }
        Ok(ReactionSpec {
            timeout: self.case.timeout_ms.map(Duration::from_millis),
            memory: self.memory(),
            ..self.spec(&path)?
        })
    }

    fn memory(&self) -> Option<usize> {
        self.case.memory_mib.map(|mib| mib << 20)
    }

    /// The probe nearest above the case.
    fn probe(&self) -> Result<ReactionSpec, String> {
        let name = self.file_name("probe");
        let mut paths = self.case.at.ancestors().map(|folder| folder.join(&name));
        let path = paths.find(|path| path.is_file());
        self.spec(&path.ok_or_else(|| format!("the corpus has no {name}"))?)
    }

    fn spec(&self, path: &Path) -> Result<ReactionSpec, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(ReactionSpec {
            format: self.language.format,
            name: None,
            source: Source { name: path.display().to_string().into(), text: text.into() },
            map: SourceMap { file: path.into(), first_line: 1, indent: 0, first_column: 0 },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        })
    }

    fn detection(
        &self,
        json: &serde_json::Value,
        number: u64,
        last: &mut Timestamp,
        recipes: &[Arc<Recipe>],
        recipe_index: usize,
    ) -> Result<Detection, String> {
        let text = self.dir(&json.to_string()).replace("$LARGE", &"x".repeat(1_000_000));
        let line = Line::parse(text.as_bytes(), number).map_err(|error| error.to_string())?;
        let Line::Event(mut event) = line else { return Err("a header is no event".to_owned()) };
        event.complete(number, 0, *last);
        *last = event.timestamp().unwrap_or(*last);
        let recipe = Arc::clone(&recipes[recipe_index]);
        let data = Arc::new(Runtime::data(&event, &recipe.metadata));
        Ok(Detection { event: Arc::new(event), recipe, recipe_index, data })
    }

    /// Compares what is stored and what lies in the folder.
    fn look_back(&self, store: &Store, now: Timestamp, faults: &mut String) -> Result<(), String> {
        if let Some(want) = &self.case.data {
            let space = store.namespace("case", now).map_err(|error| error.to_string())?;
            let dump = space.export().map_err(|error| error.to_string())?;
            let entries = dump.keys.into_iter();
            let got: BTreeMap<String, String> =
                entries.map(|(key, entry)| (key, Content::into_text(entry.content))).collect();
            if got != *want {
                let _ = writeln!(faults, "stored\n     is {got:?}\n  wants {want:?}");
            }
        }
        if let Some(want) = &self.case.disk {
            let got = folder::content(self.dir)?;
            if got != *want {
                let _ = writeln!(faults, "on the disk\n     is {got:?}\n  wants {want:?}");
            }
        }
        Ok(())
    }
}

/// A case's recipe is loaded without its reaction, which may be one that the loader would reject.
struct NoScripts;

impl Scripts for NoScripts {
    fn language(&self, _format: &str) -> Option<&Language> {
        None
    }

    fn check(&self, _: &Language, _: &Source, _: &Limits) -> Result<(), Halt> {
        Ok(())
    }
}
