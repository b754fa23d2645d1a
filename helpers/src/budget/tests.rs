use super::*;

fn budget(folder: &Path) -> Budget {
    let limits = Budgets {
        kills_per_minute: 3,
        blocks_per_minute: 2,
        writes_per_minute: 0,
        total_factor: 2,
    };
    Budget::open(folder, limits).unwrap()
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
    let held = Folder::hold(ground.path()).unwrap();
    assert_eq!(reset(&held, Some("none")).unwrap(), [""; 0]);
    assert_eq!(reset(&held, Some("b")).unwrap(), ["b"]);
    assert_eq!(tripped(ground.path()).unwrap().into_keys().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(reset(&held, None).unwrap(), ["a", "c"]);
    assert!(!budget(ground.path()).simulates("a"));
    fs::write(ground.path().join(FILE), "{\"a\":").unwrap();
    let error = Budget::open(ground.path(), Budgets::default()).unwrap_err();
    assert!(error.to_string().contains("is damaged: `reactant budget reset --all`"), "{error}");
    assert!(reset(&held, Some("a")).is_err());
    reset(&held, None).unwrap();
    assert!(budget(ground.path()).tripped().is_empty());
}
