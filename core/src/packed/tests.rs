use proptest::prelude::*;

use super::*;
use crate::value::{Map, Value};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::Text),
    ];
    let key = prop_oneof![
        "[a-z_]{1,6}",
        Just("pid".to_owned()),
        Just("__proto__".to_owned()),
        "[0-9]{1,3}"
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_comes_back_as_it_went_in(value in values()) {
        let packed = Packed::of(&value);
        prop_assert_eq!(packed.root().to_value(), value);
        prop_assert_eq!(Packed::from_bytes(packed.as_bytes().to_vec()).unwrap(), packed);
    }

    #[test]
    fn its_exact_json_parses_to_the_same_value(value in values()) {
        let json = Packed::of(&value).root().to_json_exact();
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(Value::from(parsed), value);
    }

    #[test]
    fn appended_trees_keep_their_values(left in values(), right in values()) {
        let mut builder = Builder::new();
        let (left_packed, right_packed) = (Packed::of(&left), Packed::of(&right));
        let a = builder.append(&left_packed);
        let (base, b) = builder.append_at(&right_packed);
        let again = builder.part(base, right_packed.root());
        let root = builder.list(&[a, b, again]);
        let packed = builder.finish(root);
        prop_assert_eq!(packed.root().to_value(), Value::List(vec![left, right.clone(), right]));
        prop_assert!(Packed::from_bytes(packed.as_bytes().to_vec()).is_ok());
    }

    /// Bytes from another process are either refused or safe to read to the end.
    #[test]
    fn broken_bytes_are_refused_or_harmless(value in values(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = Packed::of(&value).as_bytes().to_vec();
        for (index, byte) in flips {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(packed) = Packed::from_bytes(bytes) {
            let _ = packed.root().to_value();
        }
    }
}

#[test]
fn hidden_entries_resolve_but_are_not_enumerated() {
    let mut builder = Builder::new();
    let path = builder.text("/etc/passwd");
    let file = builder.map_with(&[(Key::FILE.into(), path)], &[(Key::PATH.into(), path)]);
    let list = builder.list_with(&[Slot::int(1)], &[("open".into(), Slot::bool(true))]);
    let root = builder.map(&[(Key::FILE.into(), file), ("own".into(), list)]);
    let packed = builder.finish(root);
    let file = packed.root().get(Key::FILE).unwrap();
    assert_eq!(file.get(Key::PATH).and_then(Node::as_str), Some("/etc/passwd"));
    assert_eq!(packed.root().to_json(Indent::None), r#"{"file":{"file":"/etc/passwd"},"own":[1]}"#);
    let list = packed.root().as_map().unwrap().get_text("own").unwrap().as_list().unwrap();
    assert_eq!(list.hidden().next().unwrap().name(), "open");
}

#[test]
fn json_is_written_as_ecmascript_writes_it() {
    let value: serde_json::Value = serde_json::from_str(
        "{\"a\":[],\"b\":{},\"c\":[1,{\"d\":\"\\u0001\\\"é\\n\"}],\"e\":1e21,\"f\":9007199254740993}",
    )
    .unwrap();
    let packed = Packed::of(&value.into());
    assert_eq!(
        packed.root().to_json(Indent::None),
        "{\"a\":[],\"b\":{},\"c\":[1,{\"d\":\"\\u0001\\\"é\\n\"}],\"e\":1e+21,\"f\":9007199254740992}"
    );
    assert_eq!(
        packed.root().get(Key::of("name").unwrap()).map(|node| node.to_json(Indent::None)),
        None
    );
    let small: serde_json::Value = serde_json::from_str("{\"a\":[1,{\"b\":2}]}").unwrap();
    assert_eq!(
        Packed::of(&small.into()).root().to_json(Indent::By("  ")),
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}"
    );
}

#[test]
fn keys_like_array_indices_come_first_as_in_ecmascript() {
    let value: serde_json::Value =
        serde_json::from_str(r#"{"b":1,"10":2,"9":3,"01":4,"4294967295":5,"a":{"z":1,"0":2}}"#)
            .unwrap();
    let packed = Packed::of(&value.into());
    assert_eq!(
        packed.root().to_json(Indent::None),
        r#"{"9":3,"10":2,"b":1,"01":4,"4294967295":5,"a":{"0":2,"z":1}}"#
    );
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let packed = Packed::of(&Value::Float(0.5));
    let at = packed.root().offset() + 8;
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut bytes = packed.as_bytes().to_vec();
        bytes[at..at + 8].copy_from_slice(&number.to_bits().to_le_bytes());
        assert!(Packed::from_bytes(bytes).is_err(), "{number}");
    }
}

#[test]
fn an_offset_from_elsewhere_reads_as_null() {
    let packed = Packed::of(&Value::Int(1));
    for offset in [0, packed.as_bytes().len(), usize::MAX] {
        assert!(matches!(packed.node_at(offset).view(), View::Null), "{offset}");
    }
}
