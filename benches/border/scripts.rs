//! The scripts of each language, from the files beside this one and from those that `reactant bench` runs too.

use std::{fs, path::PathBuf};

use reactant_core::engine::Language;

/// The reactions and the event that `reactant bench` runs too.
const SAMPLES: &str = "../cli/samples/bench";
const OWN: &str = "border";

fn path(folder: &str, file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), folder, file].iter().collect()
}

fn read(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of the event.
pub(crate) fn event() -> String {
    read(&path(SAMPLES, "event.json"))
}

/// Whether the language has the scripts at all.
pub(crate) fn speaks(language: &Language) -> bool {
    reaction_path("early_exit", language).is_file()
}

/// Where one of the three reactions is.
pub(crate) fn reaction_path(name: &str, language: &Language) -> PathBuf {
    path(SAMPLES, &format!("{name}.{}", language.extensions[0]))
}

/// One of the three reactions.
pub(crate) fn reaction(name: &str, language: &Language) -> String {
    read(&reaction_path(name, language))
}

/// A script of this bench's own.
pub(crate) fn own(name: &str, language: &Language) -> String {
    read(&path(OWN, &format!("{name}.{}", language.extensions[0])))
}

/// One of the three reactions, which hands its result to the helper `Give`.
pub(crate) fn giving(name: &str, language: &Language) -> String {
    let text = reaction(name, language).replacen("process(data)", "react(data)", 1);
    format!("{text}\n{}", own("give_result", language))
}

/// The text with a number after each such word in it, which makes it another text.
pub(crate) fn numbered(text: &str, word: &str, number: impl std::fmt::Display) -> String {
    text.replace(word, &format!("{word}{number}"))
}
