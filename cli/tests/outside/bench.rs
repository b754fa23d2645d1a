//! `reactant bench`: every reaction is run, and what is told of it is of that run.

use crate::support::{Case, SAMPLES, executions, lines, on_execution, reactant, text};

#[test]
fn the_builtin_reactions_run_in_every_language() {
    let output = reactant(&["bench", "--output", "json", "--runs", "3"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = lines(&output);
    let formats = |recipe: &str| -> Vec<&str> {
        let own = rows.iter().filter(|row| row["recipe"] == recipe);
        own.map(|row| row["format"].as_str().unwrap()).collect()
    };
    let languages: Vec<&str> =
        reactant_engines::table().languages().map(|language| language.format).collect();
    let defining: Vec<&str> = languages.into_iter().filter(|format| *format != "shell").collect();
    for recipe in ["early_exit", "typical", "whole_event"] {
        assert_eq!(formats(recipe), defining, "{recipe}");
    }
    for row in &rows {
        assert_eq!(
            (&row["type"], &row["status"], &row["runs"]),
            (&"bench".into(), &"ok".into(), &3.into())
        );
        assert!(row["median_ns"].as_u64() <= row["p99_ns"].as_u64(), "{row}");
        assert!(row["memory"].as_u64() > Some(10_000), "{row}");
        assert!(row["ratio"].as_f64() >= Some(1.0), "{row}");
    }
}

#[test]
fn reactions_of_one_recipe_are_compared_and_failures_are_told() {
    let slow = "function process() { let n = 0; for (let i = 0; i < 200000; i += 1) n += i; DataSet('n', String(n)); }";
    let fails = "function process() { throw new Error('on purpose'); }";
    let never = on_execution("never", &["function process() {}"])
        .replace("execve]", "execve]\n  dir: /nowhere");
    let recipes = on_execution("r", &["function process() {}", slow, fails]) + &never;
    let case = Case::new(&recipes, &executions(3));
    let (recipes, events) = (case.path("recipes.yaml"), case.path("events.jsonl"));
    let args = ["bench", "--output", "json", "--runs", "20", "-r"];
    let output =
        reactant(&[&args[..], &[recipes.to_str().unwrap(), events.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = lines(&output);
    assert_eq!(rows.len(), 3, "a recipe that does not fire has no row: {rows:#?}");
    assert_eq!(rows[0]["ratio"], 1.0);
    assert!(rows[1]["ratio"].as_f64() > Some(1.0), "{rows:#?}");
    assert_eq!((&rows[2]["status"], &rows[2]["ratio"].is_null()), (&"error".into(), &false));
}

#[test]
fn a_table_is_for_people() {
    let recipes = format!("{SAMPLES}/recipes");
    let events = format!("{SAMPLES}/events.jsonl");
    let output = reactant(&["bench", "--runs", "2", "-r", &recipes, &events]);
    let table = text(&output.stdout);
    assert!(table.starts_with("RECIPE"), "{table}");
    assert!(
        table.lines().any(|line| line.starts_with("reverse_shell") && line.ends_with("ok")),
        "{table}"
    );
    assert!(
        table.lines().any(|line| line.contains("search_for_keys") && line.contains("timeout")),
        "{table}"
    );
    let none = reactant(&["bench", "-r", &recipes]);
    assert_eq!(none.status.code(), Some(1), "the built-in event makes no sample recipe fire");
}
