//! Loading any text as a recipe file: no panic, and every diagnostic points into the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reactant_core::{
    capability::Grants,
    engine::{Checker, Engines, Setup},
    helper::Registry,
    limits::Limits,
    recipe::{load::Options, load_text},
};

fuzz_target!(|text: &str| {
    let engines = Engines::new();
    let options = Options {
        scripts: &Checker::new(&engines, Setup::default()),
        helpers: &Registry::new(),
        grants: &Grants::standard(),
        limits: Limits::default(),
    };
    let loaded = load_text("fuzz.yaml", text, &options);
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some(place) = &diagnostic.place {
            // The file's text, which lacks a byte-order mark that the input may have.
            assert!(
                place.file.text.get(place.offset..place.offset + place.len).is_some(),
                "{diagnostic:?}"
            );
        }
    }
});
