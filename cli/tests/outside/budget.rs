//! Budgets, and programs that are reactions.

use std::fs;

use crate::{
    control::Live,
    support::{Case, executions, lines, of_type, on_execution, reactant, text},
};

#[test]
fn a_recipe_over_its_budget_only_simulates_until_it_is_reset() {
    let case = Case::new("", &executions(5));
    let target = case.path("target");
    let code =
        format!("function process(data) {{ WriteFile({target:?} + data.process.pid, 'x'); }}");
    fs::write(case.path("recipes.yaml"), on_execution("writes", &[&code])).unwrap();
    fs::write(case.path("config.yaml"), "budgets: {writes_per_minute: 3}").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let (state, config) = (state.to_str().unwrap(), config.to_str().unwrap());
    let run = || case.run(&["--enforce", "--yes", "--data", state, "--config", config]);
    let budget = |args: &[&str]| {
        reactant(&[&["budget", "--data", state, "--output", "json"], args].concat())
    };
    let first = lines(&run());
    let told: Vec<_> = of_type(&first, "action")
        .iter()
        .map(|action| (action["result"].as_i64().unwrap(), action["dry_run"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [(0, false), (0, false), (0, false), (-1, false), (0, true)]);
    let log = of_type(&first, "log");
    let why = "its budget is used up (3 writes a minute): `writes` only simulates until `reactant budget reset writes`";
    assert_eq!(
        (log.len(), &log[0]["level"], &log[0]["message"]),
        (1, &"error".into(), &why.into())
    );
    let made =
        |count: usize| (0..count).filter(|n| case.path(&format!("target{n}")).exists()).count();
    assert_eq!(made(5), 3);

    let list = lines(&budget(&["list"]));
    assert_eq!(
        (list.len(), &list[0]["recipe"], &list[0]["limit"]),
        (1, &"writes".into(), &3.into())
    );
    // A new run begins with it, and says so.
    let recipes = case.path("recipes.yaml");
    let events = case.path("events.jsonl");
    let again = reactant(&[
        "run",
        "--enforce",
        "--yes",
        "--data",
        state,
        "-r",
        recipes.to_str().unwrap(),
        events.to_str().unwrap(),
    ]);
    let warned = text(&again.stderr);
    assert!(
        warned.contains("`writes` only simulates") && warned.contains("budget reset writes"),
        "{warned}"
    );
    assert_eq!(made(5), 3);
    let shown = lines(&reactant(&["audit", "show", "--data", state, "--output", "json"]));
    assert_eq!((of_type(&shown, "act").len(), of_type(&shown, "tripped").len()), (3, 1));

    assert_eq!(budget(&["reset"]).status.code(), Some(2));
    assert_eq!(budget(&["reset", "other"]).status.code(), Some(1));
    assert_eq!(budget(&["reset", "writes"]).status.code(), Some(0));
    assert_eq!(lines(&budget(&["list"])).len(), 0);
    assert_eq!(
        of_type(&lines(&run()), "action").iter().filter(|a| a["dry_run"] == false).count(),
        4
    );
    assert_eq!(lines(&budget(&["reset", "--all"])).len(), 1);
    let verdict = reactant(&["audit", "verify", "--data", state]);
    assert_eq!(verdict.status.code(), Some(0), "{}", text(&verdict.stdout));
    assert_eq!(
        of_type(
            &lines(&reactant(&["audit", "show", "--data", state, "--output", "json"])),
            "reset"
        )
        .len(),
        2
    );
}

#[test]
fn a_program_is_on_record_before_it_runs_and_is_held_back_with_its_recipe() {
    let case = Case::new("", &executions(3));
    let target = case.path("target");
    let (journal, seen) = (case.path("state/journal"), case.path("seen"));
    let mut recipe =
        on_execution("runs", &[&format!("function process() {{ WriteFile({target:?}, 'x'); }}")]);
    let script = format!(
        "    - format: shell\n      code: |\n        grep -c '\"helper\":\"Shell\"' '{}' >> '{}'\n",
        journal.display(),
        seen.display()
    );
    recipe.push_str(&script);
    fs::write(case.path("recipes.yaml"), recipe).unwrap();
    fs::write(case.path("config.yaml"), "budgets: {writes_per_minute: 2}").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let (state, config) = (state.to_str().unwrap(), config.to_str().unwrap());
    let run = case.run(&[
        "--enforce",
        "--yes",
        "--grant",
        "exec.shell",
        "--data",
        state,
        "--config",
        config,
    ]);
    let told = lines(&run);
    let programs: Vec<_> = of_type(&told, "action")
        .into_iter()
        .filter(|action| action["helper"] == "Shell")
        .map(|action| action["dry_run"].as_bool().unwrap())
        .collect();
    assert_eq!(programs, [false, false, true], "{}", text(&run.stdout));
    // Each found itself in the journal.
    assert_eq!(fs::read_to_string(seen).unwrap(), "1\n2\n");
    let shown = lines(&reactant(&[
        "audit", "show", "--data", state, "--helper", "Shell", "--output", "json",
    ]));
    assert_eq!(shown.iter().filter(|act| act["result"] == "done").count(), 2);
}

#[test]
fn a_second_run_begins_with_what_the_first_has_left() {
    let case = Case::new("", &executions(2));
    let target = case.path("target");
    let code = format!("function process() {{ WriteFile({target:?}, 'x'); }}");
    fs::write(case.path("recipes.yaml"), on_execution("writes", &[&code])).unwrap();
    fs::write(case.path("config.yaml"), "budgets: {writes_per_minute: 3}").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let enforce = ["--enforce", "--yes", "--data", state.to_str().unwrap(), "--config"];
    let results = || -> Vec<i64> {
        let told = lines(&case.run(&[&enforce[..], &[config.to_str().unwrap()]].concat()));
        of_type(&told, "action").iter().map(|act| act["result"].as_i64().unwrap()).collect()
    };
    assert_eq!((results(), results()), (vec![0, 0], vec![0, -1]));
}

#[test]
fn a_reset_beside_the_run_takes_effect_at_once() {
    let case = Case::new("", &executions(1));
    let target = case.path("target");
    let code = format!("function process() {{ Info(String(WriteFile({target:?}, 'x'))); }}");
    fs::write(case.path("recipes.yaml"), on_execution("writes", &[&code])).unwrap();
    fs::write(case.path("config.yaml"), "budgets: {writes_per_minute: 1}").unwrap();
    let (folder, config) = (case.path("state"), case.path("config.yaml"));
    let config = config.to_str().unwrap();
    let mut live = Live::start(&case, &folder, &["--enforce", "--yes", "--config", config]);
    let budget =
        |args: &[&str]| reactant(&[&["budget", "--data", folder.to_str().unwrap()], args].concat());
    assert_eq!(text(&budget(&["list"]).stdout), "");
    assert_eq!((live.says(), live.says(), live.says()), ("0".into(), "-1".into(), "0".into()));
    let simulated = fs::metadata(&target).unwrap().modified().unwrap();
    let listed = budget(&["list"]);
    assert!(text(&listed.stdout).contains("writes since "), "{}", text(&listed.stdout));
    let none = budget(&["reset", "other"]);
    assert_eq!(none.status.code(), Some(1));
    let reset = budget(&["reset", "writes"]);
    assert_eq!((reset.status.code(), text(&reset.stdout)), (Some(0), "writes may act again\n"));
    assert_eq!(text(&budget(&["list"]).stdout), "");
    assert_eq!((live.says(), live.says()), ("0".into(), "-1".into()));
    assert_ne!(fs::metadata(&target).unwrap().modified().unwrap(), simulated, "it is real again");
    // Who asked stands in the journal.
    let shown =
        reactant(&["audit", "show", "--output", "json", "--data", folder.to_str().unwrap()]);
    let shown = lines(&shown);
    let resets = of_type(&shown, "reset");
    assert_eq!(resets.len(), 1);
    assert!(resets[0]["by"]["pid"].is_number(), "{}", resets[0]);
}
