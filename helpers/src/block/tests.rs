use reactant_core::value::Value;

use crate::{
    Standard,
    protect::Protect,
    store::Store,
    testing::{Caller, already, done, failed},
};

fn flows(remote: &str, pairs: &str) -> String {
    format!(
        r#"{{"timestamp":"2026-11-24T10:15:00Z","event_type":"network_peer",
        "flow":{{"ip_version":4,"proto":"tcp","local":{{"address":"10.0.0.5"}},"remote":{remote}}},
        "background":{{"flows":{{"protocols":[{{"proto":"tcp","pairs":[{pairs}]}}]}}}}}}"#
    )
}

fn pair(local: &str, remote: &str) -> String {
    format!(r#"{{"nodes":{{"local":{{"address":"{local}"}},"remote":{remote}}}}}"#)
}

fn caller(remote: &str, pairs: &[String]) -> Caller {
    let mut protect = Protect::default();
    for entry in ["192.0.2.0/24", "corp.example"] {
        protect.add(entry.parse().unwrap());
    }
    Caller::new(&Standard::new(Store::memory()).protect(protect), &flows(remote, &pairs.join(",")))
}

const REMOTE: &str =
    r#"{"address":"203.0.113.7","name":"Evil.example","names":["evil.example.","cdn.example"]}"#;

#[test]
fn an_address_is_blocked_once() {
    let caller = caller(REMOTE, &[]);
    assert_eq!(caller.give("NetBlockIp", &[&"203.0.113.7"]), done());
    assert_eq!(caller.give("NetBlockIp", &[&"::ffff:203.0.113.7"]), already("already blocked"));
    assert_eq!(caller.give("NetBlockIpTimer", &[&"203.0.113.7", &60]), already("already blocked"));
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7/32"]), done());
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7"]), already("not blocked"));
}

#[test]
fn this_host_s_own_name_is_never_blocked() {
    let caller = caller(REMOTE, &[]);
    for name in ["localhost", "LOCALHOST.", "a.localhost"] {
        assert!(caller.errno("NetBlockDomain", &[&name]).ends_with("never blocked: loopback"));
    }
    assert_eq!(caller.give("NetBlockDomain", &[&"localhost.example"]), done());
}

#[test]
fn incomplete_evidence_refuses_a_block_but_not_its_end() {
    let mut caller = caller(REMOTE, &[]);
    caller.event(&flows(REMOTE, "").replacen('{', r#"{"lost":5,"#, 1));
    caller.recipe(|recipe| recipe.on_loss = reactant_core::recipe::OnLoss::SkipDestructive);
    assert!(caller.errno("NetBlockIp", &[&"203.0.113.7"]).contains("incomplete evidence"));
    assert!(caller.errno("NetBlockDomain", &[]).contains("incomplete evidence"));
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7"]), already("not blocked"));
    assert_eq!(caller.give("NetUnblockDomain", &[&"evil.example"]), already("not blocked"));
}

#[test]
fn blocking_all_remotes_of_a_large_event_takes_no_square_of_their_number() {
    let pairs: Vec<String> = (0..4000_u32)
        .map(|n| {
            let [_, a, b, c] = n.to_be_bytes();
            pair(&format!("10.{a}.{b}.{c}"), &format!(r#"{{"address":"203.{a}.{b}.{c}"}}"#))
        })
        .collect();
    let caller = caller(REMOTE, &pairs);
    // Looking at each local end for each remote one would be 16 million parses: longer than the deadline of 5 s.
    assert_eq!(caller.give("NetBlockIp", &[]), done());
    assert_eq!(caller.give("NetBlockIp", &[&"203.0.15.159"]), already("already blocked"));
}

#[test]
fn without_an_argument_every_remote_address_is_blocked() {
    let pairs = [
        pair("10.0.0.6", r#"{"address":"2001:db8::7"}"#),
        pair("10.0.0.5", r#"{"address":"203.0.113.7"}"#),
        pair("10.0.0.5", r#"{"address":"127.0.0.1"}"#),
        pair("10.0.0.5", r#"{"address":"192.0.2.9"}"#),
        pair("10.0.0.5", r#"{"name":"no-address.example"}"#),
    ];
    let caller = caller(REMOTE, &pairs);
    let gave = caller.call("NetBlockIp", &[]);
    assert_eq!((gave.value, &*gave.errno), (Value::Int(0), ""));
    let [loopback, protected, call] = &gave.actions[..] else { panic!("{:?}", gave.actions) };
    assert_eq!(loopback.args, ["127.0.0.1".into()]);
    assert_eq!(loopback.errno, "127.0.0.1 is never blocked: loopback");
    assert_eq!(protected.errno, "192.0.2.9 is never blocked: 192.0.2.0/24 is protected");
    assert_eq!((&protected.result, &call.result), (&Value::Int(-1), &Value::Int(0)));
    assert_eq!(caller.give("NetBlockIp", &[&"2001:db8::7"]), already("already blocked"));
    assert_eq!(caller.give("NetBlockIp", &[]), already("already blocked"));
    caller.call("NetUnblockIp", &[&"203.0.113.7"]);
    assert_eq!(caller.give("NetBlockIp", &[]), done());
}

#[test]
fn an_event_without_a_remote_address_blocks_none() {
    let none = caller("{}", &[]);
    assert_eq!(none.give("NetBlockIp", &[]), failed("the event has no remote address"));
    assert_eq!(none.give("NetBlockDomain", &[]), failed("the event has no remote name"));
    let refused = caller(r#"{"address":"::1"}"#, &[]);
    assert_eq!(
        refused.give("NetBlockIp", &[]),
        failed("no remote address of the event can be blocked: ::1 is never blocked: loopback")
    );
}

#[test]
fn what_must_stay_reachable_is_refused() {
    let caller = caller(REMOTE, &[pair("10.9.9.9", r#"{"address":"203.0.113.9"}"#)]);
    let refused = |ip: &str, why: &str| {
        assert_eq!(caller.give("NetBlockIp", &[&ip]), failed(why));
        assert_eq!(caller.give("NetBlockIpTimer", &[&ip, &60]), failed(why));
    };
    refused("10.0.0.5", "10.0.0.5 is never blocked: 10.0.0.5 is the host's own address");
    refused("10.0.0.0/8", "10.0.0.0/8 is never blocked: 10.0.0.5 is the host's own address");
    refused("10.9.9.9", "10.9.9.9 is never blocked: 10.9.9.9 is the host's own address");
    refused("0.0.0.0/0", "0.0.0.0/0 is never blocked: it covers 127.0.0.0/8, loopback");
    refused("192.0.2.1", "192.0.2.1 is never blocked: 192.0.2.0/24 is protected");
    refused("nonsense", "`nonsense` is no address or CIDR");
}

#[test]
fn seconds_are_whole_and_at_most_a_year() {
    let caller = caller(REMOTE, &[]);
    let range =
        |got: i64| failed(&format!("NetBlockIpTimer: `seconds` must be 1 to 31536000, got {got}"));
    for seconds in [0, -1, 31_536_001] {
        assert_eq!(caller.give("NetBlockIpTimer", &[&"203.0.113.7", &seconds]), range(seconds));
    }
    assert_eq!(caller.value("NetBlockIpTimer", &[&"203.0.113.7", &"1.5"]), Value::Int(-1));
    assert_eq!(caller.give("NetBlockIpTimer", &[&"203.0.113.7", &"31536000"]), done());
}

#[test]
fn a_timer_ends_in_the_time_of_the_events() {
    let mut caller = caller(REMOTE, &[]);
    assert_eq!(caller.give("NetBlockIpTimer", &[&"203.0.113.7", &60]), done());
    let later = |seconds| flows(REMOTE, "").replace("10:15:00", &format!("10:{seconds}"));
    caller.event(&later("15:59"));
    assert_eq!(caller.give("NetBlockIp", &[&"203.0.113.0/24"]), done());
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.0/24"]), done());
    caller.event(&later("16:00"));
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7"]), already("not blocked"));
}

#[test]
fn others_keep_an_address_blocked() {
    let mut caller = caller(REMOTE, &[]);
    for recipe in ["b", "c", "a"] {
        caller.named(recipe);
        caller.call("NetBlockIp", &[&"203.0.113.7"]);
    }
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7"]), already("still blocked by b, c"));
}

#[test]
fn a_domain_is_blocked_with_all_names_below() {
    let caller = caller(REMOTE, &[]);
    assert_eq!(caller.give("NetBlockDomain", &[&"Evil.Example."]), done());
    assert_eq!(caller.give("NetBlockDomain", &[&"a.evil.example"]), already("already blocked"));
    assert_eq!(caller.give("NetUnblockDomain", &[&"evil.example"]), done());
    let protected = "example is never blocked: corp.example is protected";
    assert_eq!(caller.give("NetBlockDomain", &[&"example"]), failed(protected));
    assert_eq!(caller.give("NetBlockDomain", &[&"1.2.3.4"]), failed("`1.2.3.4` is no domain name"));
    assert_eq!(caller.give("NetBlockDomain", &[]), done());
    for name in ["evil.example", "cdn.example"] {
        assert_eq!(caller.give("NetBlockDomain", &[&name]), already("already blocked"));
    }
}
