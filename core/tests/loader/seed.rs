//! The recipes of the founding document, their indentation restored and nothing else changed.

use reactant_core::recipe::{Importance, Mechanism, Test, Which};

use super::support::{lines, load, recipe};

const STAGING: &str = include_str!("../seed/staging.yaml");
const PRODUCTION: &str = include_str!("../seed/production.yaml");

#[test]
fn the_staging_recipe_loads_and_its_own_bug_is_named() {
    let loaded = load(STAGING);
    assert_eq!(
        lines(&loaded.diagnostics),
        ["undefined-name 28:11 `testErrorScenarios` nobody defines `testErrorScenarios`"]
    );
    let recipe = &loaded.recipes[0];
    assert!(!recipe.enabled);
    assert_eq!((&*recipe.version, recipe.importance), ("1.0", Importance::Low));
    assert_eq!(recipe.file.bases[0].dir.as_deref(), Some("/tmp/staging_test"));
    assert_eq!(
        recipe.file.actions.iter().map(|action| action.name()).collect::<Vec<_>>(),
        ["write", "unlink"]
    );
}

#[test]
fn the_production_recipe_loads_without_a_word() {
    let loaded = load(PRODUCTION);
    assert_eq!(lines(&loaded.diagnostics), [""; 0]);
    let recipe = &loaded.recipes[0];
    assert_eq!((&*recipe.version, recipe.mechanism), ("2.1.0", Mechanism::Execution));
    assert_eq!(recipe.technique, "T1059");
    let item = &recipe.arbitrary[0].items[0];
    assert_eq!(item.which, Which::Pertinent);
    assert!(matches!(&item.tests[..], [Test::Contains(text)] if text == "malicious_pattern"));
    assert!(
        recipe.reactions[0]
            .source
            .text
            .starts_with("// Production Reaction - Version 2.1.0\nfunction process")
    );
}

/// Every function that the seed calls and does not define is named, and nothing else.
#[test]
fn the_lint_tells_nothing_wrong_about_the_reactions_of_the_seed() {
    for (script, undefined) in [
        (include_str!("../seed/input_validation.js"), &[][..]),
        (include_str!("../seed/least_privilege.js"), &[]),
        (include_str!("../seed/safe_files.js"), &[]),
        (include_str!("../seed/network.js"), &[]),
        (include_str!("../seed/efficient.js"), &[]),
        (include_str!("../seed/memory.js"), &[]),
        (include_str!("../seed/concurrent.js"), &[]),
        (include_str!("../seed/template.js"), &["processEvent"]),
        (include_str!("../seed/monitoring.js"), &["performReactionLogic"]),
        (include_str!("../seed/documented.js"), &["implementIncidentResponse"]),
        (include_str!("../seed/audit.js"), &[]),
    ] {
        let block: String = script.lines().map(|line| format!("        {line}\n")).collect();
        let text =
            recipe("execution", "  base: x\n  reactions:\n    - format: js\n      code: |\n")
                + &block;
        let loaded = load(&text);
        let found: Vec<_> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
        let wanted: Vec<_> =
            undefined.iter().map(|name| format!("nobody defines `{name}`")).collect();
        assert_eq!(found, wanted);
    }
}
