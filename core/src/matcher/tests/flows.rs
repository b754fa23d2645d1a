//! The sentences of `recipes.md` on flows.

use serde_json::{Value as Json, json};

use super::build::{Run, fires, flags, with};
use crate::{
    event::Protocol,
    matcher::{Options, TableFigures},
    recipe::{DomainMatch, How, Mechanism, PeerCondition, Recipe},
};

fn flow(remote: Json) -> Json {
    json!({"event_type": "network_peer", "process": {"pid": 7},
        "flow": {"proto": "tcp", "flags": {"egress": true}, "local": {"address": "10.0.0.5", "port": 51234}, "remote": remote}})
}

fn flagged(uuid: &str, names: &str) -> Json {
    let mut event = flow(json!({"address": "203.0.113.7", "port": 443}));
    let flags = names.split_ascii_whitespace().map(|name| (name.to_owned(), true.into())).collect();
    event["flow"]["flags"] = Json::Object(flags);
    event["flow"]["uuid"] = uuid.into();
    event
}

fn remote(change: impl FnOnce(&mut PeerCondition)) -> Recipe {
    with(Mechanism::NetworkPeers, |recipe| change(&mut recipe.flow.remote))
}

fn reaches(domains: &[&str], how: DomainMatch, name: &str) -> bool {
    let recipe = remote(|remote| {
        remote.domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        remote.domain_match = how;
    });
    let by_name = fires(&recipe, &flow(json!({"name": name, "names": []})));
    let by_names = fires(&recipe, &flow(json!({"name": "", "names": ["other.test", name]})));
    assert_eq!(by_name, by_names, "`name` and every one of `names` count alike");
    by_name
}

fn within(cidr: &str, address: &str) -> bool {
    let recipe = remote(|remote| remote.cidrs = vec![cidr.parse().unwrap()]);
    fires(&recipe, &flow(json!({"address": address})))
}

#[test]
fn an_exact_domain_is_the_name_itself() {
    assert!(reaches(&["evil.example"], DomainMatch::Exact, "evil.example"));
    assert!(!reaches(&["evil.example"], DomainMatch::Exact, "x.evil.example"));
    assert!(!reaches(&["evil.example"], DomainMatch::Exact, "evil.example.org"));
}

#[test]
fn a_suffix_is_of_whole_labels() {
    for name in ["onion", "x.onion", "a.b.onion"] {
        assert!(reaches(&["onion"], DomainMatch::Suffix, name), "{name}");
    }
    for name in ["xonion", "onion.example", "onions"] {
        assert!(!reaches(&["onion"], DomainMatch::Suffix, name), "{name}");
    }
}

#[test]
fn a_prefix_is_of_whole_labels() {
    for name in ["www.example", "www.example.com", "www.example.co.uk"] {
        assert!(reaches(&["www.example"], DomainMatch::Prefix, name), "{name}");
    }
    for name in ["www.examples.com", "x.www.example.com", "www"] {
        assert!(!reaches(&["www.example"], DomainMatch::Prefix, name), "{name}");
    }
}

/// Looking up each of half a million suffixes of a megabyte would take minutes.
#[test]
fn a_hostile_name_costs_no_more_than_its_length() {
    let name = "a.".repeat(1 << 19);
    for how in [DomainMatch::Suffix, DomainMatch::Prefix] {
        assert!(reaches(&["a.a"], how, &name), "{how:?}");
        assert!(!reaches(&["b.a"], how, &name), "{how:?}");
    }
}

#[test]
fn domains_compare_without_case_and_the_last_dot() {
    for name in ["EVIL.Example", "evil.example.", "Evil.Example."] {
        assert!(reaches(&["evil.example"], DomainMatch::Exact, name), "{name}");
        assert!(reaches(&["example"], DomainMatch::Suffix, name), "{name}");
    }
}

#[test]
fn an_address_among_the_names_is_no_name() {
    for name in ["10.0.0.1", "10.0.0.1.", "::1"] {
        assert!(!reaches(&["1"], DomainMatch::Suffix, name), "{name}");
        assert!(!reaches(&["10"], DomainMatch::Prefix, name), "{name}");
        assert!(!reaches(&["10.0.0.1", "::1"], DomainMatch::Exact, name), "{name}");
    }
}

#[test]
fn cidrs_hold_the_addresses_of_their_family() {
    assert!(within("10.0.0.0/8", "10.255.255.255"));
    assert!(!within("10.0.0.0/8", "11.0.0.0"));
    assert!(within("203.0.113.7/32", "203.0.113.7"));
    assert!(within("0.0.0.0/0", "203.0.113.7"));
    assert!(!within("0.0.0.0/0", "2001:db8::1"));
    assert!(within("2001:db8::/32", "2001:db8:ffff::1"));
    assert!(!within("2001:db8::/32", "2001:db9::1"));
    assert!(within("::/0", "::1"));
    assert!(!within("::/0", "10.0.0.1"));
}

#[test]
fn host_bits_are_ignored() {
    assert!(within("10.1.2.3/8", "10.200.0.1"));
    assert!(within("2001:db8::77/32", "2001:db8::1"));
}

#[test]
fn a_mapped_address_is_the_v4_one_on_either_side() {
    assert!(within("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert!(within("::ffff:10.0.0.0/104", "10.1.2.3"));
    assert!(!within("::ffff:10.0.0.0/104", "11.1.2.3"));
}

#[test]
fn nested_cidrs_of_several_recipes_all_match() {
    let cidrs = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "10.2.0.0/16"];
    let recipes = cidrs.map(|cidr| remote(|remote| remote.cidrs = vec![cidr.parse().unwrap()]));
    let mut run = Run::new(&recipes);
    assert_eq!(run.judge(&flow(json!({"address": "10.1.2.3"}))).fired, [0, 1, 2]);
}

#[test]
fn ten_thousand_cidrs_find_their_address() {
    let nets: Vec<ipnet::IpNet> =
        (0..10_000).map(|n| format!("100.{}.{}.0/25", n / 250, n % 250).parse().unwrap()).collect();
    let recipe = remote(|remote| remote.cidrs = nets);
    let mut run = Run::new(&[recipe]);
    assert!(run.fires(&flow(json!({"address": "100.39.249.127"}))));
    assert!(!run.fires(&flow(json!({"address": "100.39.249.128"}))));
    assert!(!run.fires(&flow(json!({"address": "100.40.0.1"}))));
}

#[test]
fn addresses_and_cidrs_are_one_field_and_the_others_must_hold_too() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        let remote = &mut recipe.flow.remote;
        remote.cidrs = vec!["10.0.0.0/8".parse().unwrap()];
        remote.ips = vec!["203.0.113.7/32".parse().unwrap()];
        remote.port = 443;
        remote.domains = vec!["evil.example".to_owned()];
        recipe.flow.protocols = vec![Protocol::Tcp];
        recipe.flow.local.port = 51234;
    });
    let good = json!({"address": "203.0.113.7", "port": 443, "name": "evil.example"});
    assert!(fires(&recipe, &flow(good.clone())));
    for (field, value) in
        [("address", json!("9.9.9.9")), ("port", json!(80)), ("name", json!("good.example"))]
    {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(!fires(&recipe, &flow(bad)), "{field}");
    }
    let mut udp = flow(good.clone());
    udp["flow"]["proto"] = "udp".into();
    assert!(!fires(&recipe, &udp));
    let mut local = flow(good);
    local["flow"]["local"]["port"] = 1.into();
    assert!(!fires(&recipe, &local));
}

#[test]
fn port_zero_is_any_port() {
    let any = remote(|remote| remote.port = 0);
    let https = remote(|remote| remote.port = 443);
    let judged = |port: u16| {
        [&any, &https].map(|it| fires(it, &flow(json!({"address": "1.1.1.1", "port": port}))))
    };
    assert_eq!(judged(443), [true, true]);
    assert_eq!(judged(80), [true, false]);
    assert_eq!(judged(0), [true, false]);
}

#[test]
fn protocols_are_alternatives_and_others_match_none() {
    let recipe = |protocols: &[Protocol]| {
        with(Mechanism::NetworkPeers, |recipe| recipe.flow.protocols = protocols.to_vec())
    };
    let over = |proto: &str, protocols: &[Protocol]| {
        let mut event = flow(json!({}));
        event["flow"]["proto"] = proto.into();
        fires(&recipe(protocols), &event)
    };
    assert!(over("udp", &[Protocol::Tcp, Protocol::Udp]));
    assert!(over("icmpv6", &[Protocol::Icmp]));
    assert!(!over("sctp", Protocol::ALL));
    assert!(over("sctp", &[]));
}

#[test]
fn flags_accumulate_on_one_flow() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        recipe.flow.flags = flags("started ended");
        recipe.flow.how = How::All;
    });
    let mut run = Run::new(&[recipe]);
    assert!(!run.fires(&flagged("one", "started")));
    assert!(!run.fires(&flagged("two", "ended")));
    let verdict = run.judge(&flagged("one", "ended"));
    assert_eq!((verdict.fired, verdict.flags), (vec![0], flags("started ended")));
}

#[test]
fn a_flow_without_uuid_is_its_process_and_five_tuple() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        recipe.flow.flags = flags("started ended");
        recipe.flow.how = How::All;
    });
    for (pointer, value) in [
        ("/process/pid", json!(8)),
        ("/flow/proto", json!("udp")),
        ("/flow/local/port", json!(1)),
        ("/flow/remote/address", json!("203.0.113.8")),
    ] {
        let mut run = Run::new(std::slice::from_ref(&recipe));
        assert!(!run.fires(&flagged("", "started")));
        let mut other = flagged("", "ended");
        *other.pointer_mut(pointer).unwrap() = value;
        assert!(!run.fires(&other), "{pointer}");
        assert!(run.fires(&flagged("", "ended")), "{pointer}");
    }
}

/// A name may become known in the life of a flow: what came before counts all the same.
#[test]
fn flags_accumulate_before_the_name_is_known() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        recipe.flow.flags = flags("started ended");
        recipe.flow.how = How::All;
        recipe.flow.remote.domains = vec!["evil.example".to_owned()];
    });
    let mut run = Run::new(&[recipe]);
    assert!(!run.fires(&flagged("one", "started")));
    let mut named = flagged("one", "ended");
    named["flow"]["remote"]["name"] = "evil.example".into();
    assert!(run.fires(&named));
}

#[test]
fn an_excluded_flag_vetoes() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| recipe.flow.excluded = flags("ingress"));
    let mut run = Run::new(&[recipe]);
    assert!(run.fires(&flagged("one", "egress")));
    assert!(!run.fires(&flagged("one", "ingress")));
    assert!(!run.fires(&flagged("one", "egress")));
}

#[test]
fn created_holds_for_every_recorded_flow() {
    let recipe = |how, names| {
        with(Mechanism::NetworkPeers, |recipe| {
            recipe.flow.created = true;
            recipe.flow.flags = flags(names);
            recipe.flow.how = how;
        })
    };
    let mut run =
        Run::new(&[recipe(How::Any, ""), recipe(How::All, "started"), recipe(How::All, "ended")]);
    assert_eq!(run.judge(&flagged("one", "started")).fired, [0, 1]);
    assert_eq!(run.judge(&flagged("one", "ongoing")).fired, [0, 1]);
    assert_eq!(run.judge(&flagged("one", "ongoing")).fired, [0, 1]);
    assert_eq!(run.judge(&flagged("one", "ended")).fired, [0, 1, 2]);
    assert_eq!(run.judge(&flagged("two", "")).fired, [0]);
}

#[test]
fn excluding_created_matches_nothing() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| recipe.flow.excluded_created = true);
    assert!(!fires(&recipe, &flagged("one", "egress")));
}

#[test]
fn a_full_table_of_flows_forgets_and_counts() {
    let recipe = with(Mechanism::NetworkPeers, |_| {});
    let mut run = Run::with(&[recipe], Options { flows: 3, ..Options::default() });
    for uuid in ["a", "b", "c", "d", "e"] {
        run.judge(&flagged(uuid, "egress"));
    }
    assert_eq!(run.state.figures().flows, TableFigures { entries: 3, evicted: 2 });
}

#[test]
fn what_the_policy_denies_is_judged_by_its_own_mechanism_alone() {
    let peers = with(Mechanism::NetworkPeers, |_| {});
    let policy = with(Mechanism::NetworkPolicy, |recipe| {
        recipe.flow.remote.domains = vec!["evil.example".into()];
    });
    for (kind, name, by_peers, by_policy) in [
        ("network_peer", "evil.example", true, false),
        ("dropip", "evil.example", false, true),
        ("dropdomain", "evil.example", false, true),
        ("dropdomain", "other.example", false, false),
    ] {
        let mut event = flow(json!({"name": name, "names": [name]}));
        event["event_type"] = kind.into();
        assert_eq!(
            (fires(&peers, &event), fires(&policy, &event)),
            (by_peers, by_policy),
            "{kind}"
        );
    }
}
