use super::*;
use crate::{folder::Folder, journal::Options};

fn budget(folder: &Path) -> Budget {
    let limits = Budgets {
        kills_per_minute: 3,
        blocks_per_minute: 2,
        writes_per_minute: 0,
        total_factor: 2,
    };
    Budget::open(folder, limits).unwrap()
}

fn journal(folder: &Path) -> Journal {
    Journal::open(Folder::hold(folder).unwrap(), "test", Options::default()).unwrap().0
}

/// How many of so many asked for may be done.
fn granted(budget: &Budget, recipe: &str, kind: Kind, second: u64, asked: usize) -> usize {
    let takes = (0..asked).map(|_| budget.take_at(recipe, kind, second));
    takes.filter(|answer| matches!(answer, Answer::Go(_))).count()
}

#[test]
fn a_recipe_is_tripped_by_one_more_than_its_budget_and_stays_so() {
    let ground = tempfile::tempdir().unwrap();
    let budget = budget(ground.path());
    assert_eq!(granted(&budget, "a", Kind::Kills, 0, 3), 3);
    let Answer::Tripped(trip) = budget.take_at("a", Kind::Kills, 59) else { panic!() };
    assert_eq!((trip.kind, trip.limit, trip.total), (Kind::Kills, 3, false));
    assert_eq!(trip.to_string(), "its budget is used up (3 kills a minute)");
    // Whatever it asks for, and however long it waits.
    assert!(matches!(budget.take_at("a", Kind::Blocks, 10_000), Answer::Simulate));
    assert!(budget.simulates("a") && !budget.simulates("b"));
    assert_eq!(granted(&budget, "b", Kind::Kills, 0, 3), 3);
}

#[test]
fn a_minute_later_there_is_a_budget_again() {
    let ground = tempfile::tempdir().unwrap();
    let budget = budget(ground.path());
    assert_eq!(granted(&budget, "a", Kind::Kills, 7, 3), 3);
    assert_eq!(granted(&budget, "a", Kind::Kills, 7 + 61, 3), 3);
    assert!(matches!(budget.take_at("a", Kind::Kills, 7 + 61), Answer::Tripped(_)));
}

#[test]
fn what_all_recipes_do_together_trips_the_one_that_asks() {
    let ground = tempfile::tempdir().unwrap();
    let budget = budget(ground.path());
    for recipe in ["a", "b", "c"] {
        assert_eq!(granted(&budget, recipe, Kind::Kills, 0, 2), 2);
    }
    let Answer::Tripped(trip) = budget.take_at("d", Kind::Kills, 0) else { panic!() };
    assert_eq!(
        trip.to_string(),
        "its budget is used up (6 kills a minute of all recipes together)"
    );
    assert_eq!(granted(&budget, "a", Kind::Blocks, 0, 2), 2, "each kind has its own");
}

#[test]
fn what_was_not_done_is_given_back() {
    let ground = tempfile::tempdir().unwrap();
    let budget = budget(ground.path());
    for _ in 0..100 {
        let Answer::Go(taken) = budget.take("a", Kind::Kills) else { panic!() };
        budget.give_back("a", taken);
    }
    assert!(matches!(budget.take("a", Kind::Writes), Answer::Tripped(_)), "none at all");
}

#[test]
fn who_is_tripped_stays_so_over_a_restart_until_it_is_reset() {
    let ground = tempfile::tempdir().unwrap();
    let first = budget(ground.path());
    for recipe in ["a", "b", "c"] {
        first.take(recipe, Kind::Writes);
    }
    first.keep().unwrap();
    let second = budget(ground.path());
    assert_eq!(second.tripped(), first.tripped());
    assert!(second.simulates("b"));
    let journal = journal(ground.path());
    let reset = |names: Option<&[&str]>| {
        let names: Option<Vec<String>> =
            names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        second.reset(&journal, names.as_deref(), None).unwrap()
    };
    assert_eq!(reset(Some(&["none"])), [""; 0]);
    assert_eq!(reset(Some(&["b", "b"])), ["b"]);
    assert_eq!(tripped(ground.path()).unwrap().into_keys().collect::<Vec<_>>(), ["a", "c"]);
    assert!(!second.simulates("b") && second.simulates("a"));
    assert_eq!(reset(None), ["a", "c"]);
    assert!(!budget(ground.path()).simulates("a"));
    fs::write(ground.path().join(FILE), "{\"a\":").unwrap();
    let error = Budget::open(ground.path(), Budgets::default()).unwrap_err();
    assert!(error.to_string().contains("is damaged: `reactant budget reset --all`"), "{error}");
    Budget::anew(ground.path(), Budgets::default()).reset(&journal, None, None).unwrap();
    assert!(budget(ground.path()).tripped().is_empty());
}

#[test]
fn whoever_is_reset_has_its_whole_budget_again_at_once() {
    let ground = tempfile::tempdir().unwrap();
    let (budget, journal) = (budget(ground.path()), journal(ground.path()));
    assert_eq!(granted(&budget, "a", Kind::Kills, 61, 4), 3);
    assert_eq!(granted(&budget, "b", Kind::Kills, 61, 2), 2);
    let before = journal.head().line;
    assert_eq!(budget.reset(&journal, Some(&["a".to_owned()]), None).unwrap(), ["a"]);
    assert_eq!(journal.head().line, before + 1);
    // Of six for all, two are b's.
    assert_eq!(granted(&budget, "a", Kind::Kills, 61, 4), 3);
    assert_eq!(granted(&budget, "c", Kind::Kills, 61, 2), 1);
}
