//! The network policy: what a file says, what is wrong with it, and how it judges, beside a judge that looks at every rule.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::{fmt::Write, fs, net::IpAddr};

use ipnet::IpNet;
use proptest::prelude::*;
use reactant_core::{
    diagnostic::Severity,
    policy::{self, Decision, Mode, NetworkPolicy, Subject, Verdict},
};

/// The example of `config.md`.
const PAGE: &str = "\
network_policy:
  cidr_mode: both        # bypass | alert | enforce | both
  cidr_policy: allow     # allow | deny: the default for an address that no rule covers
  resolve_mode: bypass   # the same four, for the resolution of names
  resolve_policy: allow
  rules:
    - {cidr: 127.0.0.0/8, policy: allow}
    - {domain: example.com, policy: deny}
";

fn read(text: &str) -> NetworkPolicy {
    let loaded = policy::load_text("netpolicy.yaml", text);
    loaded.policy.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn with_rules(settings: &str, rules: &[&str]) -> NetworkPolicy {
    let mut text = format!("network_policy:\n  {settings}\n  rules:\n");
    rules.iter().for_each(|rule| writeln!(text, "    - {{{rule}}}").unwrap());
    read(&text)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn told(text: &str) -> String {
    let mut out = String::new();
    for found in policy::load_text("netpolicy.yaml", text).diagnostics {
        let place = found.place.unwrap();
        let mark = if found.severity == Severity::Warning { "~" } else { "" };
        let (line, column) = (place.line, place.column);
        write!(out, "{mark}{line}:{column} {}: {}", found.code, found.message).unwrap();
        writeln!(out, "{}", found.help.map_or(String::new(), |help| format!(" -- {help}")))
            .unwrap();
    }
    out
}

#[test]
fn the_page_is_read() {
    let policy = read(PAGE);
    assert_eq!((policy.cidr_mode, policy.cidr_policy), (Mode::Both, Verdict::Allow));
    assert_eq!((policy.resolve_mode, policy.resolve_policy), (Mode::Bypass, Verdict::Allow));
    assert!(policy.left_out.is_empty());
    let rules: Vec<_> =
        policy.rules().iter().map(|rule| (&rule.subject, rule.policy, rule.line)).collect();
    let net = Subject::Cidr("127.0.0.0/8".parse().unwrap());
    let name = Subject::Domain("example.com".into());
    assert_eq!(rules, [(&net, Verdict::Allow, 7), (&name, Verdict::Deny, 8)]);
}

#[test]
fn what_is_left_out_has_the_values_of_the_page_and_is_named() {
    let policy = read("network_policy: {cidr_policy: deny, rules: }\n");
    assert_eq!((policy.cidr_mode, policy.cidr_policy), (Mode::Both, Verdict::Deny));
    assert_eq!((policy.resolve_mode, policy.resolve_policy), (Mode::Bypass, Verdict::Allow));
    assert_eq!(policy.left_out, ["cidr_mode", "resolve_mode", "resolve_policy"]);
    assert!(policy.rules().is_empty());
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let found = told(
        "\
network_policy:
  cidr_mode: enforced
  cidr_policy: [deny]
  resolve_mod: both
  resolve_policy: no
  rules:
    - {cidr: 10.0.0.0/33, policy: deny}
    - {cidr: 10.0.0.0/255.0.0.0, policy: deny}
    - {domain: '*.example.com', policy: deny}
    - {domain: bücher.example, policy: deny}
    - {domain: 192.0.2.1, policy: deny}
    - {domain: a..b, policy: deny}
    - {domain: .org, policy: deny}
    - {domain: '', policy: deny}
    - {cidr: 10.0.0.0/8, domain: example.com, policy: deny}
    - {policy: deny}
    - {cidr: 10.0.0.0/8}
    - {cidr: 10.0.0.0/8, policy: dney}
    - {cidrs: 10.0.0.0/8, policy: deny}
    - {cidr: 10, policy: deny}
    - 10.0.0.0/8
    - {cidr: 192.0.2.7/24, policy: deny}
    - {cidr: 192.0.2.0/24, policy: allow}
    - {domain: Example.ORG., policy: deny}
    - {domain: example.org, policy: deny}
more: 1
",
    );
    insta::assert_snapshot!(found);
}

#[test]
fn a_file_is_one_map_with_the_policy_in_it() {
    for text in ["", "# nothing\n", "---\n"] {
        assert!(told(text).starts_with("1:1 missing-field: "), "{text:?}: {}", told(text));
    }
    assert!(told("rules: []\n").contains("has no field `rules`"));
    assert!(told("- 1\n").contains("wrong-type"));
    assert!(told("network_policy: {}\n---\nnetwork_policy: {}\n").contains("3:1 second-document"));
    assert!(told("network_policy: [\n").contains("not-yaml"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("netpolicy.yaml");
    let loaded = policy::load(&path);
    assert!(loaded.policy.is_none() && loaded.diagnostics[0].message.contains("netpolicy.yaml"));
    fs::write(&path, PAGE).unwrap();
    assert!(policy::load(&path).policy.is_some());
}

#[test]
fn rules_without_any_effect_are_told() {
    let text =
        "network_policy:\n  cidr_mode: bypass\n  rules: [{domain: a.example, policy: deny}]\n";
    assert!(told(text).starts_with("~2:14 no-effect"), "{}", told(text));
    assert!(read(text).resolved(ip("192.0.2.1"), ["a.example"]).rule.is_some());
    assert_eq!(
        told("network_policy: {cidr_mode: bypass, resolve_mode: alert, resolve_policy: deny}\n"),
        ""
    );
}

#[test]
fn the_longest_prefix_wins_whatever_the_order() {
    let mut rules = [
        "cidr: 10.0.0.0/8, policy: deny",
        "cidr: 10.1.0.0/16, policy: allow",
        "cidr: 10.1.2.3, policy: deny",
        "cidr: '::ffff:172.16.0.0/108', policy: deny",
        "cidr: '2001:db8::/32', policy: deny",
        "cidr: '2001:db8:1::/48', policy: allow",
    ];
    for _ in 0..2 {
        let policy = with_rules("cidr_mode: enforce", &rules);
        for (address, blocked) in [
            ("10.2.0.1", true),
            ("10.1.0.1", false),
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("172.31.255.255", true),
            ("2001:db8::1", true),
            ("2001:db8:1::1", false),
            ("::1", false),
        ] {
            assert_eq!(policy.address(ip(address)).blocks(), blocked, "{address}");
        }
        rules.reverse();
    }
}

#[test]
fn a_domain_covers_itself_and_what_is_below_by_whole_labels() {
    let policy = with_rules(
        "resolve_mode: both",
        &[
            "domain: org, policy: deny",
            "domain: Good.Org, policy: allow",
            "domain: bad.good.org, policy: deny",
        ],
    );
    for (name, blocked) in [
        ("org", true),
        ("example.org", true),
        ("EXAMPLE.ORG.", true),
        ("good.org", false),
        ("a.b.good.org", false),
        ("xgood.org", true),
        ("bad.good.org", true),
        ("www.bad.good.org", true),
        ("borg", false),
        ("org.example", false),
        ("", false),
        (".", false),
    ] {
        assert_eq!(policy.name(name).blocks(), blocked, "{name}");
    }
    let long = "a.".repeat(100_000) + "good.org";
    assert!(!policy.name(&long).blocks() && policy.name(&long).rule.is_some());
}

#[test]
fn a_mode_says_what_follows_where_something_is_denied() {
    for (mode, blocks, alerts) in [
        ("bypass", false, false),
        ("alert", false, true),
        ("enforce", true, false),
        ("both", true, true),
    ] {
        let settings = format!(
            "cidr_mode: {mode}\n  resolve_mode: {mode}\n  cidr_policy: deny\n  resolve_policy: deny"
        );
        let policy = with_rules(&settings, &["cidr: 192.0.2.1, policy: allow"]);
        for decision in [policy.address(ip("192.0.2.2")), policy.name("a.example")] {
            assert_eq!((decision.verdict, decision.rule), (Verdict::Deny, None));
            assert_eq!((decision.blocks(), decision.alerts()), (blocks, alerts), "{mode}");
        }
        let allowed = policy.address(ip("192.0.2.1"));
        assert!(!allowed.blocks() && !allowed.alerts() && allowed.rule.is_some());
    }
}

#[test]
fn a_denied_domains_addresses_are_blocked_whatever_the_mode_of_resolution() {
    for mode in ["bypass", "alert", "enforce", "both"] {
        let policy = with_rules(
            &format!("resolve_mode: {mode}"),
            &[
                "domain: evil.example, policy: deny",
                "domain: fine.evil.example, policy: allow",
                "cidr: 203.0.113.0/24, policy: allow",
                "cidr: 203.0.113.99, policy: allow",
            ],
        );
        let blocks = |address: &str, names: &[&str]| policy.resolved(ip(address), names).blocks();
        assert!(blocks("203.0.113.7", &["www.evil.example"]), "{mode}: wider rules yield");
        assert!(
            blocks("198.51.100.7", &["good.example", "evil.example."]),
            "one denied name will do"
        );
        assert!(!blocks("198.51.100.7", &["fine.evil.example"]));
        assert!(!blocks("203.0.113.99", &["evil.example"]), "who names the address means it");
        assert!(!blocks("198.51.100.7", &[]));
    }
}

#[test]
fn an_allowed_domains_addresses_are_reached_where_others_are_not() {
    let policy = with_rules(
        "cidr_policy: deny\n  resolve_policy: deny",
        &["domain: api.example, policy: allow", "cidr: 192.0.2.1, policy: deny"],
    );
    assert!(!policy.resolved(ip("198.51.100.7"), ["api.example"]).blocks());
    assert!(policy.resolved(ip("192.0.2.1"), ["api.example"]).blocks());
    // That no rule covers a name says nothing of its addresses.
    let policy = with_rules("resolve_policy: deny", &[]);
    assert!(!policy.resolved(ip("198.51.100.7"), ["other.example"]).blocks());
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(Verdict::Allow), Just(Verdict::Deny)]
}

/// Few networks and few names, so that they meet.
fn net() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u32>(), 0..=32_u8).prop_map(|(bits, length)| {
        IpNet::new(IpAddr::V4((0x0a00_0000 | bits & 0x0303_0303).into()), length).unwrap()
    });
    let v6 = (any::<u8>(), 0..=128_u8).prop_map(|(bits, length)| {
        IpNet::new(IpAddr::V6((0x2001 << 112 | u128::from(bits & 3)).into()), length).unwrap()
    });
    let mapped = (any::<u32>(), 96..=128_u8).prop_map(|(bits, length)| {
        let v4 = std::net::Ipv4Addr::from(0x0a00_0000 | bits & 0x0303_0303);
        IpNet::new(IpAddr::V6(v4.to_ipv6_mapped()), length).unwrap()
    });
    prop_oneof![4 => v4, 2 => v6, 1 => mapped]
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("aa"), Just("B")], 1..5)
        .prop_map(|labels| labels.join("."))
}

/// Looks at every rule, with nothing but comparisons of bits and labels.
fn naive(
    rules: &[(Result<IpNet, String>, Verdict)],
    address: Option<IpAddr>,
    names: &[String],
) -> Option<(usize, Verdict)> {
    let labels =
        |name: &str| name.to_lowercase().split('.').rev().map(str::to_owned).collect::<Vec<_>>();
    let bits = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(v4) => (4, u128::from(u32::from(v4)) << 96),
        IpAddr::V6(v6) => (6, u128::from(v6)),
    };
    let by_name = |name: &String| {
        let name = labels(name);
        let covers = rules.iter().filter_map(|(subject, verdict)| {
            let rule = labels(subject.as_ref().err()?);
            name.starts_with(&rule).then_some((rule.len(), *verdict))
        });
        covers.max_by_key(|(length, _)| *length)
    };
    let Some(address) = address else { return by_name(&names[0]) };
    let covers = rules.iter().filter_map(|(subject, verdict)| {
        let net = subject.as_ref().ok()?;
        let (family, want) = bits(net.addr());
        let length =
            net.prefix_len() - if family == 4 && net.max_prefix_len() == 128 { 96 } else { 0 };
        let (of, is) = bits(address);
        let mask = if length == 0 { 0 } else { u128::MAX << (128 - u32::from(length)) };
        (family == of && want & mask == is & mask).then_some((usize::from(length), *verdict))
    });
    let widest = if bits(address).0 == 4 { 32 } else { 128 };
    let by_address = covers.max_by_key(|(length, _)| *length);
    let found: Vec<_> = names.iter().filter_map(by_name).collect();
    let denied = found.iter().find(|(_, verdict)| *verdict == Verdict::Deny);
    match by_address {
        Some((length, verdict)) if length == widest => Some((length, verdict)),
        _ => denied.or(found.first()).copied().or(by_address),
    }
}

proptest! {
    #[test]
    fn it_judges_as_one_who_looks_at_every_rule(
        nets in prop::collection::vec((net(), verdict()), 0..12),
        domains in prop::collection::vec((name(), verdict()), 0..8),
        defaults in (verdict(), verdict()),
        addresses in prop::collection::vec((net(), prop::collection::vec(name(), 0..3)), 1..12),
    ) {
        let mut rules: Vec<(Result<IpNet, String>, Verdict)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (net, verdict) in nets {
            let bare = match net {
                IpNet::V6(v6) if v6.prefix_len() >= 96 && v6.addr().to_ipv4_mapped().is_some() => IpNet::new(
                    IpAddr::V4(v6.addr().to_ipv4_mapped().unwrap()), v6.prefix_len() - 96,
                ).unwrap(),
                other => other,
            };
            if seen.insert(bare.trunc().to_string()) {
                rules.push((Ok(net), verdict));
            }
        }
        for (name, verdict) in domains {
            if seen.insert(name.to_lowercase()) {
                rules.push((Err(name), verdict));
            }
        }
        let mut text = format!(
            "network_policy:\n  cidr_policy: {}\n  resolve_policy: {}\n  rules:\n",
            defaults.0.name(), defaults.1.name(),
        );
        for (subject, verdict) in &rules {
            let subject = match subject {
                Ok(net) => format!("cidr: '{net}'"),
                Err(name) => format!("domain: '{name}'"),
            };
            writeln!(text, "    - {{{subject}, policy: {}}}", verdict.name()).unwrap();
        }
        let policy = read(&text);
        let same = |decision: Decision<'_>, judged: Option<(usize, Verdict)>, default: Verdict| {
            decision.verdict == judged.map_or(default, |(_, verdict)| verdict) && decision.rule.is_some() == judged.is_some()
        };
        for (address, names) in addresses {
            let address = address.addr();
            let decision = policy.resolved(address, &names);
            prop_assert!(same(decision, naive(&rules, Some(address), &names), defaults.0), "{text}{address} {names:?}");
            for name in &names {
                let judged = naive(&rules, None, std::slice::from_ref(name));
                prop_assert!(same(policy.name(name), judged, defaults.1), "{text}{name}");
            }
        }
    }

    #[test]
    fn whatever_the_text_it_is_read_or_told(text in "(network_policy|rules|cidr|domain|policy|deny|[:{}\\[\\]\n ,*&-]|10\\.0\\.0\\.0/8){0,40}") {
        let loaded = policy::load_text("p", &text);
        let errors = loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
        prop_assert_eq!(loaded.policy.is_none(), errors);
    }
}
