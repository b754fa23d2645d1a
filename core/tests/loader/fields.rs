//! The rules for a recipe's fields, one test each.

use reactant_core::{
    packed::Indent,
    recipe::{self, Breed, DomainMatch, How, Importance, Mechanism, OnLoss, When},
};

use super::support::{load, only, problems, recipe};

fn actions(fields: &str) -> Vec<&'static str> {
    let text = recipe("file_access", &format!("  dir: /x\n  file_actions: {fields}\n"));
    only(&text).file.actions.iter().map(|action| action.name()).collect()
}

#[test]
fn a_recipe_has_its_defaults() {
    let recipe = only(&recipe("execution", "  base: x\n"));
    assert!(recipe.enabled && recipe.capabilities.is_none() && recipe.reactions.is_empty());
    assert_eq!((recipe.on_loss, recipe.when), (OnLoss::Ignore, When::After));
    assert_eq!((recipe.file.how, recipe.importance), (How::Any, Importance::Low));
    assert_eq!((recipe.breed, recipe.mechanism), (Breed::Execution, Mechanism::Execution));
    assert_eq!((recipe.place.line, recipe.place.column, recipe.place.len), (2, 9, 1));
}

#[test]
fn required_fields_are_missed_by_name() {
    assert_eq!(
        problems("- description: d\n  version: 1\n  kind:\n  name: ''\n"),
        [
            "missing-field 1:3 `description` a recipe needs `breed` -- one of `file_access`, `execution`, `remote_domains`, `remote_ips`, `remote_cidrs`, `local_domains`, `local_ips`, `local_cidrs`, `network_peers`",
            "missing-field 1:3 `description` a recipe needs `mechanism` -- one of `file_access`, `execution`, `network_peers`, `baseline`, `network_policy`",
            "missing-field 1:3 `description` a recipe needs `importance` -- one of `low`, `medium`, `high`, `critical`",
            "missing-field 3:3 `kind` a recipe needs `kind`",
            "missing-field 4:9 `''` `name` is empty",
        ]
    );
}

#[test]
fn a_version_keeps_its_spelling() {
    for (spelt, kept) in [
        ("1.0", "1.0"),
        ("2.1.0", "2.1.0"),
        ("\"2.1\"", "2.1"),
        ("1", "1"),
        ("1.10", "1.10"),
        ("0x10", "0x10"),
        ("v3", "v3"),
    ] {
        let text = recipe("execution", "  base: x\n")
            .replace("version: 1.0", &format!("version: {spelt}"));
        assert_eq!(only(&text).version, kept);
    }
}

#[test]
fn a_missing_version_reads_zero_and_a_missing_description_the_name() {
    let text = recipe("execution", "  base: x\n").replace("  version: 1.0\n  description: d\n", "");
    assert_eq!(
        problems(&text),
        [
            "no-version 2:9 `n` the recipe has no `version` -- it reads \"0\"",
            "no-description 2:9 `n` the recipe has no `description` -- it reads as the name",
        ]
    );
    let recipe = &load(&text).recipes[0];
    assert_eq!((&*recipe.version, &*recipe.description), ("0", "n"));
}

#[test]
fn none_and_empty_and_missing_mean_the_same() {
    for spelt in ["none", "None", "\"\"", "", "null", "~"] {
        let recipe = only(&recipe("execution", &format!("  base: x\n  tactic: {spelt}\n")));
        assert_eq!((&*recipe.tactic, &*recipe.technique), ("", ""));
    }
    let recipe = only(&recipe(
        "execution",
        "  base: x\n  tactic: credential access\n  technique: T1059\n  subtechnique: T1059.004\n",
    ));
    assert_eq!(recipe.tactic, "credential access");
    assert_eq!((&*recipe.technique, &*recipe.subtechnique), ("T1059", "T1059.004"));
}

#[test]
fn metadata_is_packed_in_the_order_of_the_page() {
    let recipe = only(&recipe("file_access", "  base: x\n  documentation: why\n  technique: T1\n"));
    assert_eq!(
        recipe.metadata.root().to_json(Indent::None),
        r#"{"kind":"k","name":"n","format":"file_access","version":"1.0","description":"d","tactic":"","technique":"T1","subtechnique":"","importance":"low","documentation":"why"}"#
    );
}

#[test]
fn booleans_are_read_in_the_spellings_of_both_yamls() {
    for (spelt, want) in [
        ("false", false),
        ("no", false),
        ("off", false),
        ("yes", true),
        ("On", true),
        ("True", true),
    ] {
        assert_eq!(
            only(&recipe("execution", &format!("  base: x\n  enabled: {spelt}\n"))).enabled,
            want
        );
    }
}

#[test]
fn actions_are_a_text_a_joined_text_or_a_list_with_macros() {
    assert_eq!(actions("read"), ["read"]);
    assert_eq!(actions("open | read|write"), ["open", "read", "write"]);
    assert_eq!(actions("[open, unlink]"), ["open", "unlink"]);
    assert_eq!(
        actions("[open_related|mmap, tamper_related]"),
        ["mmap", "open", "rename", "truncate", "unlink", "close", "link"]
    );
    assert_eq!(actions("any").len(), 15);
    assert_eq!(actions("write_related"), actions("modify_related"));
    assert_eq!(actions("[]"), [""; 0]);
    assert_eq!(actions(""), [""; 0]);
}

#[test]
fn the_three_parts_of_an_entry_may_stand_at_the_top_as_one_more() {
    let text = "  bases:\n    - dir: /etc/\n      base: passwd\n    - regex: \\.so$\n  dir: /tmp\n  base: 1234\n";
    let bases = only(&recipe("file_access", text)).file.bases;
    let parts: Vec<_> = bases
        .iter()
        .map(|base| {
            (
                base.dir.as_deref(),
                base.base.as_deref(),
                base.regex.as_ref().map(|regex| regex.as_str()),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            (Some("/etc"), Some("passwd"), None),
            (None, None, Some(r"\.so$")),
            (Some("/tmp"), Some("1234"), None)
        ]
    );
}

#[test]
fn flow_actions_are_flags_and_created() {
    let flow = only(&recipe(
        "network_peers",
        "  flow_actions: [egress, created]\n  flow_actions_how: all\n  flow_actions_excl: ended|terminated\n  protocol: TCP|Icmp\n",
    ))
    .flow;
    assert_eq!(flow.flags.iter().map(|flag| flag.name()).collect::<Vec<_>>(), ["egress"]);
    assert_eq!(
        flow.excluded.iter().map(|flag| flag.name()).collect::<Vec<_>>(),
        ["ended", "terminated"]
    );
    assert!(flow.created && !flow.excluded_created && flow.how == How::All);
    assert_eq!(
        flow.protocols.iter().map(|protocol| protocol.name()).collect::<Vec<_>>(),
        ["tcp", "icmp"]
    );
}

#[test]
fn cidrs_are_networks_or_bare_addresses_with_their_host_bits_cleared() {
    let text = "  remote_cidrs: [10.1.2.3/8, 192.0.2.1, 2001:db8::1/32, '::1', '::ffff:10.0.0.1/104']\n  remote_ips: ['::ffff:192.0.2.7']\n  local_port: 0\n  remote_port: 443\n";
    let flow = only(&recipe("network_peers", text)).flow;
    let show = |nets: &[ipnet::IpNet]| nets.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        show(&flow.remote.cidrs),
        ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::1/128", "10.0.0.0/8"]
    );
    assert_eq!(show(&flow.remote.ips), ["192.0.2.7/32"]);
    assert_eq!((flow.local.port, flow.remote.port), (0, 443));
}

#[test]
fn comparisons_and_joins_are_read_as_written() {
    for (how, or) in [("or", true), ("OR", true), ("and", false), ("AND", false)] {
        let items = "[{what: pid, number: 5, when: smaller}, {what: uid, number: 1, when: bigger}, {what: retcode, number: 2}]";
        let text = format!("  base: x\n  arbitrary: [{{how: {how}, items: {items}}}]\n");
        let group = &only(&recipe("execution", &text)).arbitrary[0];
        assert_eq!(format!("{:?}", group.how), if or { "Or" } else { "And" });
        let tests: Vec<_> = group.items.iter().map(|item| format!("{:?}", item.tests)).collect();
        assert_eq!(tests, ["[Number(Smaller, 5)]", "[Number(Bigger, 1)]", "[Number(Equal, 2)]"]);
    }
}

#[test]
fn a_name_has_at_most_255_bytes() {
    for (len, loads) in [(255, true), (256, false)] {
        let text = recipe("execution", "  base: x\n");
        let loaded = load(&text.replace("name: n", &format!("name: {}", "n".repeat(len))));
        assert_eq!(loaded.recipes.len() == 1, loads, "{len}");
    }
}

#[test]
fn a_directory_is_no_longer_than_a_path() {
    let dir = "/a".repeat(2048);
    assert_eq!(only(&recipe("file_access", &format!("  dir: {dir}\n"))).file.bases.len(), 1);
    let found = problems(&recipe("file_access", &format!("  dir: {dir}/\n")));
    assert!(found[0].starts_with("bad-path") && found.len() == 1, "{found:.200?}");
}

#[test]
fn domains_lose_their_case_and_the_dot_at_their_end() {
    for spelling in ["remote_domains_type", "remote_domains_trie_type"] {
        let text = format!("  remote_domains: [Evil.Example., onion]\n  {spelling}: suffix\n");
        let remote = only(&recipe("network_peers", &text)).flow.remote;
        assert_eq!(remote.domains, ["evil.example", "onion"]);
        assert_eq!(remote.domain_match, DomainMatch::Suffix);
    }
    let text = "  local_domains: [a.b]\n  local_domains_trie_type: prefix\n";
    assert_eq!(only(&recipe("network_peers", text)).flow.local.domain_match, DomainMatch::Prefix);
    assert_eq!(
        only(&recipe("network_peers", "  local_domains: [a.b]\n")).flow.local.domain_match,
        DomainMatch::Exact
    );
}

#[test]
fn capabilities_may_be_a_library_users_own() {
    let recipe = only(&recipe(
        "execution",
        "  base: x\n  capabilities: ['fs.write:/var/log/**', ticket.open, log]\n",
    ));
    let names: Vec<_> = recipe
        .capabilities
        .unwrap()
        .iter()
        .map(|request| request.capability.name().to_owned())
        .collect();
    assert_eq!(names, ["fs.write", "ticket.open", "log"]);
}

#[test]
fn loss_and_verdict_are_read() {
    let recipe = only(&recipe(
        "file_access",
        "  base: x\n  file_actions: open\n  on_loss: skip_destructive\n  when: before\n",
    ));
    assert_eq!((recipe.on_loss, recipe.when), (OnLoss::SkipDestructive, When::Before));
}

#[test]
fn what_nobody_is_asked_about_cannot_be_decided() {
    let of = |mechanism: &str, fields: &str| {
        problems(&recipe(mechanism, &format!("{fields}  when: before\n")))
    };
    const HELP: &str = "only `open` and `execve` are decided before they happen";
    assert_eq!(
        of("file_access", "  base: x\n  file_actions: [open, read, unlink]\n"),
        [format!("no-verdict 9:17 `[` `when: before` cannot decide `read`, `unlink` -- {HELP}")]
    );
    assert_eq!(
        of("execution", "  base: x\n  file_actions_excl: write\n"),
        [format!("no-verdict 9:22 `write` `when: before` cannot decide `write` -- {HELP}")]
    );
    let flows = of("network_peers", "  remote_port: 1\n");
    assert!(flows[0].contains("`when: before` cannot decide what `network_peers` is about"));
    assert!(of("baseline", "")[0].contains("no-verdict"));
    assert_eq!(of("file_access", "  base: x\n  file_actions: [open, execve]\n"), [""; 0]);
    assert_eq!(of("execution", "  base: x\n"), [""; 0]);
}

#[test]
fn a_disabled_recipe_is_validated_too() {
    let text = recipe("execution", "  base: x\n  enabled: false\n  flie_actions: open\n");
    assert_eq!(
        problems(&text),
        [
            "unknown-field 10:3 `flie_actions` a recipe has no field `flie_actions` -- did you mean `file_actions`?"
        ]
    );
}

#[test]
fn a_name_is_taken_by_rejected_and_disabled_recipes_too() {
    let disabled = recipe("execution", "  base: x\n  enabled: false\n");
    let loaded = load(&format!("{disabled}{}", recipe("file_access", "  base: x\n")));
    assert_eq!((loaded.recipes.len(), loaded.rejected), (1, 1));
    assert_eq!(loaded.diagnostics[0].related.as_ref().unwrap().1.line, 2);
    let rejected = recipe("execution", "  base: [x]\n");
    let loaded = load(&format!("{rejected}{}", recipe("file_access", "  base: x\n")));
    assert_eq!((loaded.recipes.len(), loaded.rejected), (0, 2));
}

#[test]
fn nine_thousand_cidrs_load() {
    let cidrs: String =
        (0..9000).map(|n| format!("    - 10.{}.{}.0/24\n", n / 256, n % 256)).collect();
    let recipe = only(&recipe("network_peers", &format!("  remote_cidrs:\n{cidrs}")));
    assert_eq!(recipe.flow.remote.cidrs.len(), 9000);
}

#[test]
fn the_schema_names_every_field_and_word() {
    let schema = recipe::schema();
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}

#[test]
fn a_required_field_that_is_misspelt_is_one_mistake() {
    let text = recipe("execution", "  base: x\n  reactions:\n    - {fromat: js, cod: process}\n")
        .replace("importance", "importanse");
    assert_eq!(
        problems(&text),
        [
            "unknown-field 7:3 `importanse` a recipe has no field `importanse` -- did you mean `importance`?",
            "unknown-field 10:8 `fromat` a reaction has no field `fromat` -- did you mean `format`?",
            "unknown-field 10:20 `cod` a reaction has no field `cod` -- did you mean `code`?",
        ]
    );
}

#[test]
fn a_name_is_short_and_printable() {
    for name in ["\"a\\nb\"".to_owned(), "x".repeat(256)] {
        let text = recipe("execution", "  base: x\n").replace("name: n", &format!("name: {name}"));
        assert_eq!(load(&text).diagnostics[0].code, "bad-name");
    }
}
