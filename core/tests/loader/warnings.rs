//! Recipes that load, but hardly do what their author wants.

use super::support::{load, only, problems, recipe};

fn warned(mechanism: &str, fields: &str) -> Vec<String> {
    let text = recipe(mechanism, fields);
    assert_eq!(load(&text).recipes.len(), 1, "a warning rejects nothing");
    problems(&text)
}

fn codes(mechanism: &str, fields: &str) -> Vec<String> {
    let found = warned(mechanism, fields);
    found.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn a_recipe_that_fires_on_everything_is_a_warning() {
    assert_eq!(
        warned("file_access", ""),
        [
            "fires-on-everything 6:14 `file_access` this recipe fires on every file access -- restrict it by `bases` or `file_actions`"
        ]
    );
    for everything in [
        "  dir: /\n",
        "  regex: .*\n",
        "  bases: [{dir: /etc}, {}]\n",
        "  file_actions: any\n",
        "  arbitrary: [{items: []}]\n",
    ] {
        assert_eq!(codes("file_access", everything), ["fires-on-everything"], "{everything}");
    }
    for everything in ["", "  file_actions: execve\n", "  file_actions: [any]\n  regex: ^/\n"] {
        assert_eq!(codes("execution", everything), ["fires-on-everything"], "{everything}");
    }
    for everything in [
        "",
        "  flow_actions: created\n",
        "  remote_cidrs: [0.0.0.0/0, '::/0']\n",
        "  local_port: 0\n",
    ] {
        assert_eq!(codes("network_peers", everything), ["fires-on-everything"], "{everything}");
    }
    for some in [
        "  dir: /etc\n",
        "  file_actions: open\n",
        "  file_actions_excl: read\n",
        "  file_actions: any\n  file_actions_how: all\n",
        "  arbitrary: [{items: [{what: exe, pattern: x}]}]\n",
    ] {
        only(&recipe("file_access", some));
    }
    for some in [
        "  remote_cidrs: [0.0.0.0/0]\n",
        "  protocol: udp\n",
        "  remote_port: 22\n",
        "  flow_actions: egress\n",
    ] {
        only(&recipe("network_peers", some));
    }
}

#[test]
fn a_recipe_that_can_never_match_is_a_warning() {
    for never in [
        "  file_actions: open\n  file_actions_excl: open\n",
        "  file_actions: [open, read]\n  file_actions_how: all\n  file_actions_excl: read_related\n",
        "  file_actions_excl: any\n",
        "  times: [{kind: times_in_total, max: 0}]\n  base: x\n",
        "  base: x\n  arbitrary: [{which: irrelevant}]\n",
        "  base: x\n  arbitrary: [{items: [{what: pid, numbers: []}]}]\n",
        "  base: etc/passwd\n",
        "  dir: etc\n",
    ] {
        assert_eq!(codes("file_access", never), ["never-matches"], "{never}");
    }
    assert_eq!(codes("execution", "  base: x\n  file_actions_excl: execve\n"), ["never-matches"]);
    for never in [
        "  flow_actions_excl: created\n",
        "  flow_actions: [egress]\n  flow_actions_excl: [egress]\n",
        "  remote_domains: ['*.evil.example']\n",
        "  remote_domains: ['1.2.3.4']\n",
        "  local_domains: ['::1', a.example]\n",
        "  remote_domains: ['.onion']\n  remote_domains_type: suffix\n",
        "  remote_domains: ['a..example']\n",
    ] {
        assert_eq!(codes("network_peers", never), ["never-matches"], "{never}");
    }
    assert_eq!(codes("baseline", ""), ["never-matches"]);
    for possible in [
        "  file_actions: [open, read]\n  file_actions_excl: open\n",
        "  file_actions: [open]\n  when: before\n",
        "  base: x\n  when: before\n",
    ] {
        only(&recipe("file_access", possible));
    }
}

#[test]
fn base_and_regex_of_one_entry_that_exclude_each_other_are_a_warning() {
    assert_eq!(
        warned("file_access", "  bases:\n    - base: passwd\n      regex: 'shadow$'\n"),
        [
            "never-matches 10:14 `'shadow$'` `regex` finds nothing in the path of a file named `passwd` -- the parts of one entry must all hold; alternatives are entries of their own"
        ]
    );
    assert_eq!(
        codes("file_access", "  dir: /etc\n  base: passwd\n  regex: ^/tmp/\n"),
        ["never-matches"]
    );
    only(&recipe("file_access", "  base: passwd\n  regex: ^/tmp/\n"));
    only(&recipe("file_access", "  dir: /etc\n  base: passwd\n  regex: pass\n"));
}

#[test]
fn a_breed_that_does_not_fit_the_events_is_a_warning() {
    let text = recipe("execution", "  base: x\n").replace("breed: execution", "breed: remote_ips");
    assert_eq!(
        problems(&text),
        [
            "breed-mismatch 5:10 `remote_ips` the breed `remote_ips` does not fit the mechanism `execution` -- the mechanism alone chooses the events"
        ]
    );
    let fits = |mechanism: &str, fields: &str, breed: &str| {
        let text = recipe(mechanism, fields)
            .replace(&format!("breed: {mechanism}"), &format!("breed: {breed}"));
        problems(&text).is_empty()
    };
    assert!(fits("file_access", "  base: x\n", "execution"));
    assert!(!fits("file_access", "  base: x\n", "network_peers"));
    assert!(!fits("network_peers", "  remote_port: 1\n", "file_access"));
    for breed in [
        "remote_domains",
        "remote_ips",
        "remote_cidrs",
        "local_domains",
        "local_ips",
        "local_cidrs",
        "network_peers",
    ] {
        assert!(fits("network_peers", "  remote_port: 1\n", breed));
    }
}

#[test]
fn a_condition_that_the_events_do_not_have_is_a_warning() {
    assert_eq!(
        warned("execution", "  base: x\n  remote_port: 1\n"),
        ["no-effect 9:3 `remote_port` `remote_port` has no effect with the mechanism `execution`"]
    );
    assert_eq!(codes("network_peers", "  remote_port: 1\n  dir: /etc\n"), ["no-effect"]);
    assert_eq!(
        codes(
            "execution",
            "  base: x\n  arbitrary: [{items: [{what: exe, pattern: x, when: equal}]}]\n"
        ),
        ["no-effect"]
    );
}

#[test]
fn a_pattern_that_ends_with_a_line_break_is_a_warning() {
    for fields in [
        "  regex: |\n    ^/etc\n",
        "  arbitrary:\n    - items:\n        - {what: exe, pattern: \"a\\n\"}\n",
    ] {
        let found = warned("execution", &format!("  base: x\n{fields}"));
        let found: Vec<_> =
            found.iter().filter(|it| it.starts_with("trailing-line-break")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("-- `|-` in place of `|` leaves it out"), "{found:?}");
    }
    for fine in ["  regex: |-\n    ^/etc\n", "  regex: |\n    (?x) ^/etc # all of it\n"] {
        assert!(!codes("execution", fine).contains(&"trailing-line-break".to_owned()), "{fine}");
    }
}
