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

/// Whoever reads a text goes by one bit of its flags; the others must not hide that bit from the check.
#[test]
fn a_text_with_unknown_flags_is_refused() {
    for (text, flags) in [("x", 0), ("x", 3), ("ü", 1), ("ü", 2), ("ü", 3), ("", 3)] {
        let packed = Packed::of(&Value::from(text));
        let mut bytes = packed.as_bytes().to_vec();
        let slot = packed.root().offset();
        bytes[slot + 1] = flags;
        assert!(Packed::from_bytes(bytes).is_err(), "{text:?} with flags {flags}");
    }
}

#[test]
fn a_whole_number_as_a_float_is_refused() {
    for number in [0.0, -0.0, 3.0, 9_007_199_254_740_992.0] {
        let packed = Packed::of(&Value::from(0.5));
        let mut bytes = packed.as_bytes().to_vec();
        let slot = packed.root().offset();
        bytes[slot + 8..slot + 16].copy_from_slice(&f64::to_le_bytes(number));
        assert!(Packed::from_bytes(bytes).is_err(), "{number:?}");
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

/// A slot as no builder writes it.
fn slot_bytes(tag: u8, flags: u8, len: u32, back: u32, hidden: u32) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[0] = tag;
    slot[1] = flags;
    slot[4..8].copy_from_slice(&len.to_le_bytes());
    slot[8..12].copy_from_slice(&back.to_le_bytes());
    slot[12..].copy_from_slice(&hidden.to_le_bytes());
    slot
}

fn buffer(content: &[[u8; SLOT]]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let root = HEADER + (content.len() - 1) * SLOT;
    bytes.extend((root as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(content.concat());
    bytes
}

fn refusal(bytes: Vec<u8>) -> String {
    Packed::from_bytes(bytes).map_or_else(|error| error.to_string(), |_| "none".to_owned())
}

#[test]
fn a_branch_that_doubles_at_every_level_is_refused() {
    // Each list holds the one before twice: 2^100 values in 5 KB.
    let mut slots = vec![slot_bytes(INT, 0, 0, 0, 0), slot_bytes(INT, 0, 0, 0, 0)];
    for _ in 0..100 {
        let at = HEADER as u32 + slots.len() as u32 * SLOT as u32;
        let content = at - 2 * SLOT as u32;
        for place in 0..2 {
            let back = at + place * SLOT as u32 - content;
            slots.push(slot_bytes(LIST, 0, 2, back, 0));
        }
    }
    slots.push(slot_bytes(LIST, 0, 2, 2 * SLOT as u32, 0));
    assert!(refusal(buffer(&slots)).contains("shared too often"));
}

#[test]
fn contents_that_overlap_in_part_are_refused() {
    // 20,000 lists, each of all the slots before it but the first few: 2 * 10^8 values to look at.
    let mut slots = vec![slot_bytes(INT, 0, 0, 0, 0)];
    for index in 1..20_000u32 {
        slots.push(slot_bytes(LIST, 0, index, index * SLOT as u32, 0));
    }
    assert_ne!(refusal(buffer(&slots)), "none");
    let mut slots = vec![slot_bytes(INT, 0, 0, 0, 0); 4];
    slots.push(slot_bytes(LIST, 0, 2, 4 * SLOT as u32, 0));
    slots.push(slot_bytes(LIST, 0, 2, 4 * SLOT as u32, 0));
    slots.push(slot_bytes(LIST, 0, 2, 2 * SLOT as u32, 0));
    assert!(refusal(buffer(&slots)).contains("overlap"));
}

#[test]
fn a_text_that_a_thousand_slots_share_is_refused_and_one_that_two_share_is_not() {
    for (copies, fine) in [(2, true), (1000, false)] {
        let mut builder = Builder::new();
        let text = builder.text(&"x".repeat(100_000));
        let root = builder.list(&vec![text; copies]);
        let bytes = builder.finish(root).as_bytes().to_vec();
        assert_eq!(Packed::from_bytes(bytes).is_ok(), fine, "{copies}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let mut builder = Builder::new();
    let root = builder.map(&[("own".into(), Slot::int(1)), ("own".into(), Slot::int(2))]);
    assert!(refusal(builder.finish(root).as_bytes().to_vec()).contains("has already"));
    let mut builder = Builder::new();
    let root = builder.map(&[(KeyName::Text("pid"), Slot::int(1))]);
    assert!(refusal(builder.finish(root).as_bytes().to_vec()).contains("known key"));
}

#[test]
fn what_is_nested_too_deeply_or_has_no_room_is_null() {
    let deep = |levels: usize| (1..levels).fold(Value::Int(1), |value, _| Value::List(vec![value]));
    for (levels, cut) in [(MAX_DEPTH, false), (MAX_DEPTH + 1, true), (5_000, true)] {
        let mut builder = Builder::new();
        let root = builder.value(&deep(levels));
        assert_eq!(builder.is_cut(), cut, "{levels}");
        let bytes = builder.finish(root).as_bytes().to_vec();
        let packed = Packed::from_bytes(bytes).unwrap();
        assert_eq!(packed.root().to_json(Indent::None).contains("null"), cut);
    }
    let values = [
        Value::from("x".repeat(900)),
        Value::List(vec![Value::Int(1); 60]),
        Value::Map([("k".repeat(900), Value::Null)].into_iter().collect()),
    ];
    for value in values {
        for (limit, cut) in [(600, true), (2000, false)] {
            let mut builder = Builder::with_limit(limit);
            let root = builder.value(&value);
            assert_eq!(builder.is_cut(), cut);
            let packed = builder.finish(root);
            assert!(packed.as_bytes().len() <= limit);
            assert_eq!(packed.root().to_value() == Value::Null, cut);
        }
    }
    let mut builder = Builder::with_limit(64);
    let other = Packed::of(&Value::from("some text that has no room there"));
    let (base, root) = builder.append_at(&other);
    assert!(builder.is_cut());
    let part = builder.part(base, other.root());
    assert_eq!(builder.finish(part).root().to_value(), Value::Null);
    let _ = root;
}

#[test]
fn a_slot_of_another_builder_makes_no_circle() {
    let mut other = Builder::new();
    other.text(&"x".repeat(200));
    let foreign = other.list(&[Slot::int(1); 20]);
    let mut builder = Builder::new();
    let root = builder.list(&[foreign]);
    let packed = builder.finish(root);
    assert_eq!(packed.root().to_json(Indent::None), "[null]");
}

/// What leaves one tree for another keeps its digits, and a small number that says it is large is refused.
#[test]
fn unsigned_numbers_are_copied_and_checked() {
    let mut builder = Builder::new();
    let root = builder.list(&[Slot::unsigned(u64::MAX), Slot::unsigned(5)]);
    let packed = builder.finish(root);
    assert_eq!(packed.root().to_json_exact(), "[18446744073709551615,5]");
    assert_eq!(packed.root().to_json(Indent::None), "[18446744073709552000,5]");
    let mut builder = Builder::new();
    let (base, _) = builder.append_at(&packed);
    let first = packed.root().items().next().unwrap();
    let root = builder.part(base, first);
    assert_eq!(builder.finish(root).root().to_json_exact(), "18446744073709551615");
    let mut bytes = packed.as_bytes().to_vec();
    assert!(Packed::from_bytes(bytes.clone()).is_ok());
    let at = first.offset();
    bytes[at + 15] = 0x7f;
    assert!(Packed::from_bytes(bytes).is_err());
}
