//! One reaction in every language: the language is a matter of taste.

use serde_json::Value;

use crate::support::{SAMPLES, lines, of_type, reactant, text};

/// What a script said and did, and how it ended, without its language.
fn effects(extension: &str) -> Vec<Value> {
    let script = format!("{SAMPLES}/respond/respond.{extension}");
    let event = format!("{SAMPLES}/respond/event.json");
    let shell = ["--run-shell", "--grant", "exec.shell"];
    let extra = if extension == "sh" { &shell[..] } else { &[] };
    let usual = ["exec", "--output", "json", "--no-timings", "--event", &event, &script];
    let output = reactant(&[&usual[..], extra].concat());
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let lines = lines(&output);
    let said = of_type(&lines, "log").into_iter().cloned();
    // The start of a shell is an act of its own.
    let done =
        of_type(&lines, "action").into_iter().filter(|act| act["helper"] != "Shell").cloned();
    let ended = of_type(&lines, "outcome").into_iter().map(|outcome| outcome["status"].clone());
    said.chain(done).chain(ended).collect()
}

#[test]
fn the_same_reaction_has_the_same_effects_in_every_language() {
    let js = effects("js");
    let helpers: Vec<&Value> =
        js.iter().map(|line| &line["helper"]).filter(|name| name.is_string()).collect();
    assert_eq!(helpers, ["NetBlockIpTimer", "KillCurrent", "AppendFile"]);
    assert_eq!(js.len(), 5, "{js:#?}");
    for engine in reactant_engines::table().iter() {
        for extension in engine.language().extensions {
            assert_eq!(effects(extension), js, "{extension}");
        }
    }
}
