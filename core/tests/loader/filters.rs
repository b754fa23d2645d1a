//! `times` and `arbitrary`.

use std::time::Duration;

use reactant_core::recipe::{Comparison, CountedBy, Group, Join, Test, What, Which};

use super::support::{only, problems, recipe};

fn groups(arbitrary: &str) -> Vec<Group> {
    only(&recipe("execution", &format!("  base: x\n  arbitrary: {arbitrary}\n"))).arbitrary
}

#[test]
fn null_and_nothing_are_no_limits_and_no_filters() {
    for nothing in ["", "null", "~", "[]"] {
        let recipe = only(&recipe(
            "execution",
            &format!("  base: x\n  times: {nothing}\n  arbitrary: {nothing}\n"),
        ));
        assert!(recipe.times.is_empty() && recipe.arbitrary.is_empty());
    }
}

#[test]
fn every_kind_of_limit_is_read_and_per_host_is_in_total() {
    for by in CountedBy::ALL {
        let text = format!("  base: x\n  times: [{{kind: {}, max: 3, window: 10m}}]\n", by.name());
        let limit = &only(&recipe("execution", &text)).times[0];
        assert_eq!((limit.by, limit.max, limit.window), (*by, 3, Some(Duration::from_secs(600))));
    }
    let text = "  base: x\n  times: [{kind: times_per_host, max: 1}]\n";
    let limit = &only(&recipe("execution", text)).times[0];
    assert_eq!((limit.by, limit.window), (CountedBy::Total, None));
}

#[test]
fn a_group_is_and_and_pertinent_unless_it_says_otherwise() {
    let groups = groups(
        "[{}, {how: or, which: irrelevant, items: [{what: exe, which: irrelevant, pattern: x}]}]",
    );
    assert_eq!(
        (groups[0].how, groups[0].which, groups[0].items.len()),
        (Join::And, Which::Pertinent, 0)
    );
    assert_eq!((groups[1].how, groups[1].which), (Join::Or, Which::Irrelevant));
    assert_eq!(groups[1].items[0].which, Which::Irrelevant);
}

#[test]
fn every_attribute_is_known_and_the_ancestry_by_two_names() {
    for what in What::ALL {
        let test = match what {
            What::Uid
            | What::Pid
            | What::Retcode
            | What::ParentPid
            | What::LocalPorts
            | What::RemotePorts
            | What::AnyPorts => "number: 1",
            What::StartTime | What::ExitTime => "time: 2026-01-01T00:00:00Z",
            _ => "pattern: 1",
        };
        let groups = groups(&format!("[{{items: [{{what: {}, {test}}}]}}]", what.name()));
        assert_eq!(groups[0].items[0].what, *what);
    }
    assert_eq!(
        groups("[{items: [{what: any_ancient_cmd, pattern: x}]}]")[0].items[0].what,
        What::AncientCmd
    );
}

#[test]
fn an_item_may_hold_several_tests() {
    let groups = groups(
        "[{items: [{what: proto, pattern: tcp, number: 6, numbers: [6, 17], when: bigger}, {what: remote, cidr: 10.1.1.1/8, pattern: x}]}]",
    );
    assert!(matches!(
        &groups[0].items[0].tests[..],
        [Test::Pattern(_), Test::Number(Comparison::Bigger, 6), Test::Numbers(numbers)] if *numbers == [6, 17]
    ));
    assert!(
        matches!(&groups[0].items[1].tests[..], [Test::Pattern(_), Test::Cidr(net)] if net.to_string() == "10.0.0.0/8")
    );
}

#[test]
fn contains_is_a_plain_text_and_pertinent() {
    let groups = groups("[{items: [{what: cmd, which: contains, pattern: 'a.*(b'}]}]");
    assert_eq!(groups[0].items[0].which, Which::Pertinent);
    assert!(matches!(&groups[0].items[0].tests[..], [Test::Contains(text)] if text == "a.*(b"));
}

#[test]
fn a_pattern_may_look_like_a_number() {
    assert!(matches!(
        &groups("[{items: [{what: args, pattern: 4444}]}]")[0].items[0].tests[..],
        [Test::Pattern(_)]
    ));
}

#[test]
fn a_test_that_does_not_fit_its_attribute_is_an_error() {
    let text = recipe(
        "execution",
        "  base: x\n  arbitrary:\n    - items:\n        - {what: exe, number: 1}\n        - {what: local_ports, cidr: 10.0.0.0/8}\n        - {what: any_ancient_exe, time: 2026-01-01T00:00:00Z}\n",
    );
    assert_eq!(
        problems(&text),
        [
            "test-does-not-fit 11:23 `number` `exe` has no `number` -- it takes `pattern`",
            "test-does-not-fit 12:31 `cidr` `local_ports` has no `cidr` -- it takes `number`, `numbers`",
            "test-does-not-fit 13:35 `time` `ancient_exe` has no `time` -- it takes `pattern`",
        ]
    );
}
