//! The conformance corpus: every case in every language, each a named test.
//!
//! A case is a folder below `corpus/`: `case.yaml` says what must happen (`conformance/case.rs` has its fields), `reaction.js`, `reaction.lua`, … hold the
//! same reaction in each language. A language without a file fails, unless the case says why. Each engine runs every case twice: in this process (`js`),
//! and in a child process over the border that `reactant_core::engine` describes (`js@child`). Before and after the case's own events `corpus/probe.js`
//! runs on the same worker, which must be as if nothing had been.
//!
//! A language of commands (its reactions are started, so they need a capability) cannot say most of what concerns values: `corpus/shell.yaml` names the
//! cases that it leaves out, and why. A case that is neither there nor has a file fails; so does a name there that stands for nothing.
//!
//! `cargo test -p reactant-engines --test conformance -- NAME` filters by name, as with any test. Where `REACTANT_SLOWNESS=N` says that all takes N times as
//! long (`.ci/valgrind`), reactions get so much more time, and the cases that prove a time are left out.

#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/folder.rs"]
mod folder;
#[path = "conformance/omissions.rs"]
mod omissions;
#[path = "conformance/remote.rs"]
mod remote;
#[path = "conformance/run.rs"]
mod run;
#[path = "conformance/toy.rs"]
mod toy;

use std::{path::Path, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};
use reactant_core::engine::{Engines, Language};

use case::Case;
use omissions::Omissions;
use remote::{CHILD, Remote};

/// Counts what Rhai's scripts take.
#[cfg(feature = "rhai")]
#[global_allocator]
static METER: reactant_engines::Meter = reactant_engines::Meter::system();

fn main() -> ExitCode {
    // One table for all: a process has one watchdog.
    let engines = reactant_engines::watched().expect("nothing else of this process claims signals");
    let engines = engines.with(toy::Toy);
    if let Ok(format) = std::env::var(CHILD) {
        return remote::child(&engines, &format);
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut trials = Vec::new();
    let folders = case::folders(&corpus);
    let named =
        |folder: &Path| folder.strip_prefix(&corpus).unwrap_or(folder).display().to_string();
    let names: Vec<String> = folders.iter().map(|folder| named(folder)).collect();
    let omissions: Vec<_> =
        engines.languages().map(|language| Omissions::read(&corpus, language, &names)).collect();
    for (folder, name) in folders.iter().zip(&names) {
        let case = Case::read(folder).map(Arc::new);
        for (language, omissions) in engines.languages().zip(&omissions) {
            if !omissions.omits(name) {
                trials.extend(trials_of(&engines, language, name, &case));
            }
        }
    }
    trials.extend(omissions.into_iter().map(Omissions::trial));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The trials of one case in one language: here, and in a child process.
fn trials_of(
    engines: &Engines,
    language: &'static Language,
    name: &str,
    case: &Result<Arc<Case>, String>,
) -> Vec<Trial> {
    let format = language.format;
    // The toy claims what it has a file for; a language of the table must have one, or a reason.
    let claimed =
        |case: &Arc<Case>| format != toy::FORMAT || case.at.join("reaction.toy").is_file();
    if case.as_ref().is_ok_and(|case| case.skips(format) || !claimed(case)) {
        return Vec::new();
    }
    if run::slowness() > 1 && case.as_ref().is_ok_and(|case| case.is_timed()) {
        return Vec::new();
    }
    let (here, there) = (case.clone(), case.clone());
    let engines = engines.clone();
    let remote = Remote::new(language);
    vec![
        Trial::test(format!("{name}::{format}"), move || {
            run::run(&*here?, language, engines, None).map_err(Failed::from)
        }),
        Trial::test(format!("{name}::{format}@child"), move || {
            let peak = remote.peak();
            run::run(&*there?, language, Engines::new().with(remote), Some(&peak))
                .map_err(Failed::from)
        }),
    ]
}
