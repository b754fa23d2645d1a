//! YAML and its oddities: documents, anchors, merge keys, tags, line ends, and text that means harm.

use super::support::{lines, load, only, problems, recipe};

#[test]
fn a_file_may_hold_several_documents() {
    let one = recipe("execution", "  base: x\n");
    let two = one.replace("name: n", "name: m");
    let loaded = load(&format!("---\n{one}---\n# nothing\n---\n{two}...\n"));
    assert_eq!(loaded.recipes.len(), 2);
    assert!(loaded.diagnostics.is_empty());
}

#[test]
fn text_that_is_no_yaml_costs_the_file_from_that_document_on() {
    let one = recipe("execution", "  base: x\n");
    let loaded = load(&format!("{one}---\n- kind: [\n---\n{}", one.replace("name: n", "name: m")));
    assert_eq!(loaded.recipes.len(), 1);
    assert_eq!(loaded.diagnostics.len(), 1, "{:?}", lines(&loaded.diagnostics));
    assert_eq!(loaded.diagnostics[0].code, "not-yaml");
}

#[test]
fn a_syntax_error_has_its_place() {
    assert_eq!(problems("- a: 'x\n"), ["not-yaml 1:6 `'` this is not YAML: unclosed quote"]);
    let tab = problems("- a: b\n\tc: d\n");
    assert!(tab[0].starts_with("not-yaml 2:1 "), "{tab:?}");
    let tab = problems(&(recipe("execution", "  base: x\n") + "  \tbse: q\n"));
    assert!(tab[0].starts_with("not-yaml 9:3 "), "{tab:?}");
    assert!(tab[0].ends_with("-- YAML is indented with spaces, never with tabs"), "{tab:?}");
}

#[test]
fn one_mistake_is_one_problem() {
    let with = |fields: &str| problems(&recipe("execution", &format!("  base: x\n{fields}")));
    for (fields, code) in [
        ("  arbitrary: [{items: [{what: exe, patern: x}]}]\n", "unknown-field"),
        ("  arbitrary: [{items: [{what: exe, pattern: *nope }]}]\n", "unknown-alias"),
        ("  reactions: [{format: js, code: *nope }]\n", "unknown-alias"),
        ("  reactions: [{format: js, cod: process}]\n", "unknown-field"),
        ("  file_actions: [*nope ]\n", "unknown-alias"),
        ("  file_actions: *nope\n", "unknown-alias"),
        ("  remote_ips: [*nope ]\n", "unknown-alias"),
        ("  times: [*nope ]\n", "unknown-alias"),
        ("- *nope\n", "unknown-alias"),
    ] {
        let found = with(fields);
        assert_eq!(found.len(), 1, "{fields}: {found:?}");
        assert!(found[0].starts_with(code), "{found:?}");
    }
    let found = problems(&recipe("execution", "  base: x\n").replace("kind: k", "kind: *nope"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(problems("*nope\n").len(), 1);
    // Another unknown field does not excuse the missing test.
    assert_eq!(with("  arbitrary: [{items: [{what: exe, zzzzzz: 1}]}]\n").len(), 2);
}

#[test]
fn a_recipe_file_is_a_list() {
    assert_eq!(
        problems("kind: x\nname: y\n"),
        [
            "wrong-type 1:1 `kind` a recipe file takes a list of maps, not a map -- a recipe begins with `- `, also where it is the only one"
        ]
    );
    assert_eq!(
        problems("hello\n"),
        ["wrong-type 1:1 `hello` a recipe file takes a list of maps, not text"]
    );
    assert_eq!(problems("- hello\n- [x]\n").len(), 2);
}

#[test]
fn a_file_without_recipes_is_a_warning() {
    for empty in ["", "# nothing\n", "---\n", "[]\n", "null\n", "\u{feff}"] {
        assert_eq!(load(empty).diagnostics[0].code, "no-recipes", "{empty:?}");
    }
}

#[test]
fn a_byte_order_mark_counts_for_no_column() {
    let loaded = load("\u{feff}- kindd: x\n");
    assert_eq!(
        (
            loaded.diagnostics[0].place.as_ref().unwrap().line,
            loaded.diagnostics[0].place.as_ref().unwrap().column
        ),
        (1, 3)
    );
    assert_eq!(only(&format!("\u{feff}{}", recipe("execution", "  base: x\n"))).kind.as_ref(), "k");
}

#[test]
fn carriage_returns_end_lines() {
    let text = recipe("execution", "  base: x\n  nmae: y\n");
    for end in ["\r\n", "\r"] {
        assert_eq!(problems(&text.replace('\n', end)), problems(&text));
    }
    assert_eq!(
        only(
            &recipe("execution", "  base: x\n  documentation: |\n    a\n    b\n")
                .replace('\n', "\r\n")
        )
        .documentation,
        "a\nb\n"
    );
}

#[test]
fn columns_count_characters() {
    assert_eq!(
        problems("- {kind: \"größe 😀\", nmae: x}\n").last().unwrap(),
        "unknown-field 1:21 `nmae` a recipe has no field `nmae` -- did you mean `name`?"
    );
}

#[test]
fn a_key_that_stands_twice_is_an_error_that_names_both_places() {
    let loaded = load(&recipe("execution", "  base: x\n  kind: z\n"));
    assert_eq!(
        lines(&loaded.diagnostics),
        ["duplicate-key 9:3 `kind` `kind` stands twice in one map"]
    );
    assert_eq!(loaded.diagnostics[0].related.as_ref().unwrap().1.line, 1);
    assert_eq!(problems(&recipe("execution", "  bases: [{base: x, base: y}]\n")).len(), 1);
}

#[test]
fn anchors_and_merge_keys_share_what_recipes_have_in_common() {
    let text = "- &first\n  kind: k\n  name: one\n  version: &v 1.0\n  description: d\n  breed: execution\n  mechanism: execution\n  importance: low\n  base: x\n- <<: *first\n  name: two\n  version: *v\n- <<: [{name: three, base: z}, *first]\n";
    let loaded = load(text);
    assert!(loaded.diagnostics.is_empty(), "{:?}", lines(&loaded.diagnostics));
    let read: Vec<_> = loaded
        .recipes
        .iter()
        .map(|recipe| {
            (&*recipe.name, &*recipe.version, recipe.file.bases[0].base.as_deref().unwrap())
        })
        .collect();
    assert_eq!(read, [("one", "1.0", "x"), ("two", "1.0", "x"), ("three", "1.0", "z")]);
}

#[test]
fn what_an_alias_repeats_is_at_fault_once() {
    let text = "- &first\n  kind: k\n  name: one\n  version: 1\n  description: d\n  breed: execution\n  mechanism: execution\n  importance: low\n  bases: [{regex: '('}]\n- <<: *first\n  name: two\n";
    let loaded = load(text);
    assert_eq!((loaded.diagnostics.len(), loaded.rejected), (1, 2));
}

#[test]
fn an_alias_without_an_anchor_costs_its_recipe_only() {
    let text = format!(
        "{}{}",
        recipe("file_access", "  base: *.php\n"),
        recipe("execution", "  base: x\n").replace("name: n", "name: m")
    );
    let loaded = load(&text);
    assert_eq!(
        lines(&loaded.diagnostics),
        [
            "unknown-alias 8:9 `*.php` `*.php` refers to no anchor that stands before it -- text that begins with `*` is quoted: '*.php'"
        ]
    );
    assert_eq!(loaded.recipes.len(), 1);
}

#[test]
fn an_alias_within_its_own_anchor_is_an_error() {
    assert!(
        problems("- &a [*a]\n")
            .iter()
            .any(|line| line.contains("an alias stands within what it refers to"))
    );
}

#[test]
fn tags_of_the_core_schema_are_kept_and_others_refused() {
    let recipe_of = |fields: &str| recipe("execution", fields);
    assert_eq!(only(&recipe_of("  base: !!str 5\n  documentation: ! 7\n")).documentation, "7");
    assert!(only(&recipe_of("  base: x\n  enabled: !!bool \"false\"\n")).name.len() == 1);
    assert_eq!(
        problems(&recipe_of("  base: !secret x\n")),
        [
            "unknown-tag 8:9 `!secret` the tag `!secret` means nothing here -- leave it out; text that begins with `!` is quoted"
        ]
    );
    assert_eq!(
        problems(&recipe_of("  bases: !!set {x: y}\n"))[0].split(' ').next(),
        Some("unknown-tag")
    );
}

#[test]
fn a_key_is_text() {
    assert_eq!(
        problems("- ? [a]\n  : b\n")[0].split(" a key").next(),
        Some("key-not-text 1:5 `[`")
    );
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let last = n - 1;
        text += &format!("- &a{n} [{}]\n", vec![format!("*a{last}"); 10].join(", "));
    }
    let found = problems(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("too-large"), "{found:?}");
    let text = format!("- &a \"{}\"\n{}", "x".repeat(1 << 20), "- *a\n".repeat(100));
    assert!(problems(&text)[0].contains("aliases repeat more than 16 MiB of text"));
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(10_000)] {
        assert_eq!(load(&text).diagnostics.len(), 1);
    }
    let mut text = "- &a0 [x]\n".to_owned();
    for n in 1..200 {
        text += &format!("- &a{n} [*a{}]\n", n - 1);
    }
    assert!(problems(&text)[0].contains("nest more than 64 deep"));
}

#[test]
fn garbage_gives_a_bounded_number_of_problems() {
    let text = "- x\n".repeat(20_000);
    let loaded = load(&text);
    assert_eq!(loaded.diagnostics.len(), 10_001);
    assert_eq!(
        loaded.diagnostics.last().unwrap().message,
        "10000 more problems of this file are not shown"
    );
    let keys: String = (0..20_000).map(|n| format!("  key{n}: x\n")).collect();
    assert!(load(&format!("- kind: x\n{keys}")).diagnostics.len() <= 10_001);
}

#[test]
fn a_backslash_in_double_quotes_is_explained() {
    let found = problems(&recipe("execution", "  regex: \"\\d+\"\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("not-yaml 8:"), "{found:?}");
    assert!(
        found[0].ends_with(
            "-- in double quotes `\\` is written `\\\\`; in single quotes it stands for itself"
        ),
        "{found:?}"
    );
}
