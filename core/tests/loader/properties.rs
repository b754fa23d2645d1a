//! Whatever the text, loading ends, and every diagnostic lies within its file.

use proptest::prelude::*;
use reactant_core::{capability::Grants, recipe::load::Loaded};

use super::support::{load, load_granted};

fn check(loaded: &Loaded) -> Result<(), TestCaseError> {
    for diagnostic in &loaded.diagnostics {
        let places =
            diagnostic.place.iter().chain(diagnostic.related.as_ref().map(|(_, place)| place));
        for place in places {
            let text = &place.file.text;
            prop_assert!(
                text.get(place.offset..place.offset + place.len).is_some(),
                "{diagnostic:?}"
            );
            prop_assert!(!text[place.offset..place.offset + place.len].contains(['\n', '\r']));
            let before = &text[..place.offset];
            let breaks = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
            prop_assert_eq!(place.line as usize, breaks + 1);
            let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
            prop_assert_eq!(place.column as usize, line.chars().count() + 1);
            prop_assert!(place.source_line().starts_with(line));
        }
        prop_assert!(diagnostic.place.is_some());
        prop_assert!(!diagnostic.message.is_empty());
    }
    Ok(())
}

/// Lines that look like those of recipes, in any order and at any indentation.
fn lines() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        prop::sample::select(vec![
            "kind",
            "name",
            "version",
            "breed",
            "mechanism",
            "importance",
            "bases",
            "dir",
            "base",
            "regex",
            "file_actions",
            "arbitrary",
            "items",
            "what",
            "pattern",
            "number",
            "times",
            "max",
            "reactions",
            "format",
            "code",
            "timeout",
            "remote_cidrs",
            "remote_domains",
            "capabilities",
            "when",
            "<<",
            "enabled",
            "nmae",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,6}",
    ];
    let value = prop_oneof![
        prop::sample::select(vec![
            "execution",
            "file_access",
            "network_peers",
            "low",
            "js",
            "lua",
            "shell",
            "|",
            ">",
            "|2-",
            "",
            "~",
            "[open, read]",
            "open|any",
            "10.0.0.0/8",
            "'@@ process'",
            "\"a\\n@@\"",
            "exe",
            "(",
            "&a [x]",
            "*a",
            "&b {dir: /x, base: y}",
            "*b",
            "!!str 1",
            "1.0",
            "0",
            "5s",
            "- x",
            "process @@",
            "# c",
            "ü😀",
            "fs.write:/**",
            "none",
        ])
        .prop_map(str::to_owned),
        ".{0,12}",
    ];
    let line = prop_oneof![
        6 => (field, value).prop_map(|(field, value)| format!("{field}: {value}")),
        1 => Just("process(KillCurrent(), `${x()}`) @@".to_owned()),
        1 => Just("---".to_owned()),
        1 => ".{0,10}",
    ];
    let indented = (0..5usize, any::<bool>(), line).prop_map(|(indent, item, line)| {
        "  ".repeat(indent) + if item { "- " } else { "" } + &line
    });
    let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    prop::collection::vec((indented, end), 0..24)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// A recipe that is sound but for some bytes.
fn nearly_sound() -> impl Strategy<Value = String> {
    let seed =
        include_str!("../seed/staging.yaml").to_owned() + include_str!("../seed/production.yaml");
    let count = seed.chars().count();
    prop::collection::vec(
        (
            0..count,
            prop_oneof![
                any::<char>(),
                prop::sample::select(vec![
                    '\t', ' ', '\n', ':', '-', '"', '\'', '|', '[', '{', '`', '/', '\\', '*', '&',
                    '!', '\r'
                ])
            ],
        ),
        1..6,
    )
    .prop_map(move |changes| {
        let mut characters: Vec<_> = seed.chars().collect();
        for (at, character) in changes {
            characters[at] = character;
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn any_text_loads_or_is_diagnosed_within_its_bounds(text in "(?s).{0,200}") {
        check(&load(&text))?;
    }

    #[test]
    fn lines_like_those_of_recipes_are_diagnosed_within_their_bounds(text in lines()) {
        check(&load(&text))?;
        check(&load_granted(&text, &Grants::none()))?;
    }

    #[test]
    fn a_recipe_that_is_sound_but_for_some_bytes_is_diagnosed_within_its_bounds(text in nearly_sound()) {
        check(&load_granted(&text, &Grants::none()))?;
    }

    /// Every lexer reaches the end of any script.
    #[test]
    fn any_script_is_scanned(format in prop::sample::select(vec!["js", "lua", "shell"]), script in "[a-z(){}\\[\\]`$'\"/\\\\#<=|&;:.\n\\- ]{0,80}") {
        let block: String = script.lines().map(|line| format!("        {line}\n")).collect();
        let text = super::support::recipe("execution", &format!("  base: x\n  reactions:\n    - format: {format}\n      code: |2\n        process\n{block}"));
        check(&load_granted(&text, &Grants::none()))?;
    }
}
