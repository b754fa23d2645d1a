//! The property that carries the semantics: the index and the naive matcher say the same of every run.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::Value as Json;

use super::{
    build::Run,
    generate::{any_events, any_recipes, file_events, flow_events, groups, none, recipes, times},
    naive::Naive,
};
use crate::{matcher::Options, recipe::Recipe};

fn agree(recipes: &[Recipe], events: &[Json]) -> Result<(), TestCaseError> {
    let mut run = Run::new(recipes);
    let mut naive = Naive::new(recipes, "here");
    for (number, event) in events.iter().enumerate() {
        let (found, expected) = (run.judge(event), naive.judge(event));
        prop_assert_eq!(&found.fired, &expected.fired, "event {}: {}", number, event);
        prop_assert_eq!(&found.suppressed, &expected.suppressed, "event {}: {}", number, event);
        // The set is shown where something fires; elsewhere nobody may have asked for it to be kept.
        if !found.fired.is_empty() && event.get("flow").is_none() {
            let actions: BTreeSet<String> =
                found.actions.iter().map(|action| action.name().to_owned()).collect();
            prop_assert_eq!(&actions, &expected.actions, "event {}: {}", number, event);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn files_and_actions_match_as_the_page_says(recipes in recipes(false, none(), none(), 0.1), events in file_events()) {
        agree(&recipes, &events)?;
    }

    #[test]
    fn flows_match_as_the_page_says(recipes in recipes(true, none(), none(), 0.1), events in flow_events()) {
        agree(&recipes, &events)?;
    }

    #[test]
    fn filters_on_processes_match_as_the_page_says(recipes in recipes(false, groups(), none(), 0.9), events in file_events()) {
        agree(&recipes, &events)?;
    }

    #[test]
    fn filters_on_flows_match_as_the_page_says(recipes in recipes(true, groups(), none(), 0.9), events in flow_events()) {
        agree(&recipes, &events)?;
    }

    #[test]
    fn limits_count_as_the_page_says(recipes in recipes(false, none(), times(), 0.9), events in file_events()) {
        agree(&recipes, &events)?;
    }

    #[test]
    fn limits_on_flows_count_as_the_page_says(recipes in recipes(true, none(), times(), 0.9), events in flow_events()) {
        agree(&recipes, &events)?;
    }

    /// The key of the hashes is random, results are not.
    #[test]
    fn no_key_changes_a_verdict(recipes in any_recipes(), events in any_events(), key in any::<u128>()) {
        let options = |key| Options { hostname: "here".to_owned(), pairs: 2, flows: 2, counters: 8, key };
        let [mut one, mut other] = [0, key].map(|key| Run::with(&recipes, options(key)));
        for event in &events {
            prop_assert_eq!(one.judge(event), other.judge(event), "{}", event);
        }
        prop_assert_eq!(one.state.figures(), other.state.figures());
    }

    #[test]
    fn everything_together_matches_as_the_page_says(recipes in any_recipes(), events in any_events()) {
        agree(&recipes, &events)?;
    }
}
