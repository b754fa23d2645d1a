//! What a reaction sees.

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::value::Value;

fn metadata() -> Packed {
    Packed::of(&Value::from(json!({"kind": "k", "name": "n", "importance": "high"})))
}

fn completed(text: &str) -> Event {
    let mut event = event(text);
    event.complete(7, 0, Timestamp::UNIX_EPOCH);
    event
}

#[test]
fn data_has_the_page_s_fields_in_its_order() {
    let text =
        r#"{"zeta":1,"lost":3,"flow":{},"file":{"file":"/x"},"note":"n","alpha":2,"process":{}}"#;
    let event = completed(text);
    let data = event.data(&metadata(), event.actions());
    let out = written(&data);
    let names: Vec<&str> = out.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "uuid",
            "timestamp",
            "event_type",
            "note",
            "process",
            "file",
            "flow",
            "metadata",
            "background",
            "base",
            "lost",
            "zeta",
            "alpha"
        ]
    );
    assert_eq!(out["metadata"], json!({"kind": "k", "name": "n", "importance": "high"}));
}

#[test]
fn base_repeats_what_all_events_have() {
    let mut page: Js = serde_json::from_str(PAGE).unwrap();
    for name in ["attenuator", "score", "scenarios", "scenario", "habitat"] {
        page[name] = json!({"own": name});
    }
    page["base"] = json!({"extra": 1});
    let event = completed(&page.to_string());
    let data = event.data(&metadata(), event.actions());
    let out = written(&data);
    let mut base = out["base"].clone();
    assert_eq!(base.as_object_mut().unwrap().remove("extra"), Some(json!(1)));
    for name in [
        "uuid",
        "timestamp",
        "note",
        "metadata",
        "background",
        "attenuator",
        "score",
        "scenarios",
        "scenario",
        "habitat",
    ] {
        assert_eq!(base[name], out[name], "{name}");
    }
    assert_eq!(base.as_object().unwrap().len(), 10);
    assert_eq!(read(&data, "base.background.flow_list"), read(&data, "background.flow_list"));
    for (name, value) in page.as_object().unwrap() {
        if name != "base" {
            assert_eq!(out[name], *value, "{name}");
        }
    }
}

#[test]
fn base_shares_the_bytes_of_the_background() {
    let event = completed(PAGE);
    let data = event.data(&metadata(), event.actions());
    let added = data.as_bytes().len() - event.packed().as_bytes().len();
    assert!(added < 2000, "{added} bytes more");
}

#[test]
fn accumulated_actions_show_in_every_spelling() {
    let event =
        completed(r#"{"file":{"own":1,"file":"/x","actions":["chmod","open"],"type":"regular"}}"#);
    let set = event.actions().union([Action::Read, Action::Execve].into_iter().collect());
    let data = event.data(&metadata(), set);
    assert_eq!(read(&data, "file.actions"), json!(["chmod", "open", "read", "execve"]));
    assert_eq!(read(&data, "file.actions.actions"), json!(["chmod", "open", "read", "execve"]));
    assert_eq!(read(&data, "file.actions.exec"), true);
    assert_eq!(read(&data, "file.exec"), true);
    assert_eq!(read(&data, "file.path"), "/x");
    for action in Action::ALL {
        assert_eq!(read(&data, &format!("file.{}", action.name())), set.contains(*action));
        assert_eq!(read(&data, &format!("file.actions.{}", action.name())), set.contains(*action));
    }
    let names = |packed: &Packed| -> Vec<String> {
        written(packed)["file"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&data), names(event.packed()));
}

#[test]
fn what_is_missing_is_filled_in_the_same_way_every_time() {
    let mut first = event(r#"{"flow":{}}"#);
    let previous: Timestamp = "2026-11-24T10:15:00.5Z".parse().unwrap();
    first.complete(1, 0, previous);
    let data = first.data(&metadata(), ActionSet::EMPTY);
    assert_eq!(read(&data, "timestamp"), "2026-11-24T10:15:00.5Z");
    assert_eq!(read(&data, "uuid"), first.uuid());
    let uuid = uuid::Uuid::parse_str(first.uuid()).unwrap();
    assert_eq!((uuid.get_version_num(), uuid.get_variant()), (8, uuid::Variant::RFC4122));
    assert_eq!(first.number(), 1);

    let named = |number, seed| {
        let mut event = event(r#"{"flow":{},"uuid":""}"#);
        event.complete(number, seed, previous);
        event.uuid().to_owned()
    };
    assert_eq!(named(1, 0), first.uuid());
    let all: std::collections::HashSet<String> =
        (0..100).flat_map(|number| (0..100).map(move |seed| named(number, seed))).collect();
    assert_eq!(all.len(), 10_000);
}

#[test]
fn what_is_given_is_not_filled_in() {
    let event =
        completed(r#"{"flow":{},"uuid":"mine","timestamp":"2026-11-24T10:15:00.120+01:00"}"#);
    let data = event.data(&metadata(), ActionSet::EMPTY);
    assert_eq!(read(&data, "uuid"), "mine");
    assert_eq!(read(&data, "timestamp"), "2026-11-24T10:15:00.120+01:00");
    assert_eq!(event.timestamp().unwrap().to_string(), "2026-11-24T09:15:00.12Z");
}

#[test]
fn data_that_comes_back_as_an_event_gives_the_same_data() {
    let event = completed(PAGE);
    let data = event.data(&metadata(), event.actions());
    let again = completed(&data.root().to_json_exact());
    assert_eq!(written(&again.data(&metadata(), again.actions())), written(&data));
}
