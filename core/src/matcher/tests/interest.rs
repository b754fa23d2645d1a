//! What makes a recipe fire is of interest.

use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::Value as Json;

use super::{
    build::{Run, actions, base, event, with},
    generate::{any_events, any_recipes},
};
use crate::{
    event::{Action, ActionSet},
    interest::Interest,
    recipe::{Mechanism, Recipe},
};

/// What is wanted of a file, as whoever filters has to read an interest.
fn of_file(interest: &Interest, path: &str) -> ActionSet {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let below = |directory: &str| {
        path.strip_prefix(directory.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    let directories = interest.directories().filter(|(directory, _)| below(directory));
    let files = interest.files().filter(|(file, _)| *file == path);
    let names = interest.names().filter(|(wanted, _)| *wanted == name);
    directories
        .chain(files)
        .chain(names)
        .fold(interest.everywhere(), |all, (_, set)| all.union(set))
}

/// Judges only what is of interest, and says what fires beside what fires of everything.
fn agree(recipes: &[Recipe], events: &[Json]) -> Result<(), TestCaseError> {
    let interest = Interest::of(recipes.iter().filter(|recipe| recipe.enabled));
    let mut run = Run::new(recipes);
    for json in events {
        let judged = event(json);
        let brings = judged.actions();
        let found = run.judge(json);
        if found.fired.is_empty() || json["event_type"] != "file_access" || brings.is_empty() {
            continue;
        }
        let wanted = of_file(&interest, judged.path());
        prop_assert!(
            !wanted.intersection(brings).is_empty(),
            "{json} fires and is not of interest: {interest:?}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn what_fires_is_of_interest(recipes in any_recipes(), events in any_events()) {
        agree(&recipes, &events)?;
    }
}

#[test]
fn an_interest_is_no_wider_than_its_recipes() {
    let recipe = |actions_: &str, entries: Vec<crate::recipe::Base>| {
        with(Mechanism::FileAccess, |recipe| {
            recipe.file.actions = actions(actions_);
            recipe.file.bases = entries;
        })
    };
    let mut vetoed = recipe("open", vec![base("", "shadow", "")]);
    vetoed.file.excluded = actions("close");
    let recipes = [
        recipe("read", vec![base("/etc", "", "")]),
        recipe("write", vec![base("/etc", "passwd", "")]),
        recipe("unlink", vec![base("/var", "", "log$")]),
        vetoed,
        with(Mechanism::Execution, |_| {}),
    ];
    let interest = Interest::of(&recipes);
    let of = |path| of_file(&interest, path);
    assert_eq!(of("/etc/passwd"), actions("read write"));
    assert_eq!(of("/tmp/passwd"), ActionSet::EMPTY);
    assert_eq!(of("/etcetera"), ActionSet::EMPTY);
    assert_eq!(of("/home/shadow"), actions("open close"));
    assert_eq!(of("/var/x"), actions("unlink"), "the expression is not looked at");
    assert_eq!(interest.wanted(), actions("read write unlink open close"));

    let expression = Interest::of(&[recipe("rename", vec![base("", "", "x$")])]);
    assert_eq!(of_file(&expression, "/any"), actions("rename"));
    let lossy = Interest::of(&[recipe("link", vec![base("/a\u{fffd}", "", "")])]);
    assert_eq!(lossy.everywhere(), actions("link"), "the kernel has other bytes there");
    assert!(Interest::everything().everywhere().contains(Action::Close));
}
