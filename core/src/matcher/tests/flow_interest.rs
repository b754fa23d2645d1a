//! What the kernel is told to leave out could not have made a recipe fire.

use ipnet::IpNet;
use proptest::prelude::*;

use super::{
    build::{Run, event, flags, with},
    generate::{flow_events, groups, none, recipes},
};
use crate::{
    event::{EventType, Flag, Protocol},
    interest::flows::FlowInterest,
    recipe::{Mechanism, Recipe},
};

fn interest(recipes: &[Recipe]) -> FlowInterest {
    FlowInterest::of(&recipes.iter().collect::<Vec<_>>())
}

/// A recipe for the flows of one remote network and port.
fn remote(net: &str, port: u16) -> Recipe {
    with(Mechanism::NetworkPeers, |recipe| {
        recipe.flow.remote.cidrs =
            net.parse::<IpNet>().into_iter().map(|net| net.trunc()).collect();
        recipe.flow.remote.port = port;
    })
}

fn wants(interest: &FlowInterest, address: &str, port: u16) -> bool {
    let local = ("10.0.0.1".parse().unwrap(), 40_000);
    interest.wants(Protocol::Tcp, flags("started"), [local, (address.parse().unwrap(), port)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn a_flow_of_no_interest_makes_no_recipe_fire(
        recipes in recipes(true, groups(), none(), 0.1), events in flow_events(),
    ) {
        let interest = interest(&recipes);
        let mut run = Run::new(&recipes);
        for json in &events {
            let event = event(json);
            // What a network policy denies comes from elsewhere.
            if event.event_type() != EventType::NetworkPeer { continue }
            let ends = [event.local(), event.remote()];
            // What the sensor tells has both ends and a protocol.
            let [Some(local), Some(remote)] = ends.map(|end| end.and_then(|end| Some((end.address?, end.port)))) else { continue };
            let Some(protocol) = event.protocol() else { continue };
            // And some flag, always.
            if event.flags().is_empty() { continue }
            if !run.judge(json).fired.is_empty() {
                prop_assert!(interest.wants(protocol, event.flags(), [local, remote]), "{}", json);
            }
        }
    }
}

#[test]
fn ports_and_prefixes_hold_together() {
    let interest = interest(&[
        remote("10.0.0.0/8", 443),
        remote("10.1.0.0/16", 80),
        remote("2001:db8::/32", 0),
    ]);
    assert!(wants(&interest, "10.9.9.9", 443) && !wants(&interest, "10.9.9.9", 80));
    // The longer prefix has the rules of the shorter one too.
    assert!(wants(&interest, "10.1.9.9", 443) && wants(&interest, "10.1.9.9", 80));
    assert!(!wants(&interest, "11.0.0.1", 443));
    assert!(wants(&interest, "2001:db8::1", 9) && !wants(&interest, "2001:db9::1", 9));
    assert!(wants(&interest, "::ffff:10.1.0.1", 80), "one of version 4 that version 6 writes");
}

#[test]
fn more_rules_than_bits_share_the_last_one() {
    let recipes: Vec<Recipe> = (1..=200).map(|port| remote("10.0.0.0/8", port)).collect();
    let interest = interest(&recipes);
    assert!((1..=200).all(|port| wants(&interest, "10.0.0.1", port)));
    // What shares a bit is wanted from everywhere.
    assert!(wants(&interest, "11.0.0.1", 9999));
}

#[test]
fn nothing_is_watched_where_no_recipe_is_about_flows() {
    let mut files = with(Mechanism::FileAccess, |_| {});
    assert!(interest(&[files.clone()]).is_empty());
    files.enabled = false;
    let mut disabled = remote("10.0.0.0/8", 0);
    disabled.enabled = false;
    assert!(interest(&[files, disabled]).is_empty());
}

#[test]
fn a_prefix_too_many_opens_its_rule_alone() {
    let host = |number: u32| IpNet::from(std::net::IpAddr::from(number.to_be_bytes()));
    let many = with(Mechanism::NetworkPeers, |recipe| {
        recipe.flow.remote.ips = (0..=crate::interest::flows::PREFIXES as u32)
            .map(|number| host(0x0b00_0000 + number))
            .collect();
        recipe.flow.remote.port = 7;
    });
    let interest = interest(&[many, remote("10.0.0.0/8", 9)]);
    assert!(wants(&interest, "99.9.9.9", 7) && !wants(&interest, "99.9.9.9", 9));
    assert_eq!(interest.ends[1].addresses.len(), 1);
}

#[test]
fn an_event_is_wanted_by_the_flags_that_a_recipe_names() {
    let ended = with(Mechanism::NetworkPeers, |recipe| recipe.flow.flags.insert(Flag::Ended));
    let interest = interest(&[ended]);
    let end = ("10.0.0.1".parse().unwrap(), 1);
    assert!(!interest.wants(Protocol::Udp, flags("started egress outgoing"), [end, end]));
    assert!(interest.wants(Protocol::Udp, flags("ended egress outgoing"), [end, end]));
}
