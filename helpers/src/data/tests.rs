use reactant_core::value::Value;

use crate::testing::{Caller, EVENT, done, failed};

#[test]
fn a_recipe_sees_its_own_data_only() {
    let mut caller = Caller::dry(EVENT);
    assert_eq!(caller.give("DataSet", &[&"k", &5]), done());
    assert_eq!(caller.value("DataGet", &[&"k"]), "5".into());
    caller.named("other");
    assert_eq!(caller.value("DataGet", &[&"k"]), "".into());
    assert_eq!(caller.value("DataIsEmpty", &[]), true.into());
}

#[test]
fn keys_values_and_size_leave_the_default_list_out() {
    let caller = Caller::dry(EVENT);
    caller.call("DataPush", &[&"own"]);
    caller.call("DataPush", &[&"l", &"x"]);
    caller.call("DataPush", &[&"l", &"\"y\""]);
    caller.call("DataSet", &[&"a", &"1"]);
    assert_eq!(caller.value("DataKeys", &[]), r#"["a","l"]"#.into());
    assert_eq!(caller.value("DataValues", &[]), r#"["1","x","\"y\""]"#.into());
    assert_eq!(caller.value("DataGet", &[&"l"]), r#"["x","\"y\""]"#.into());
    assert_eq!(caller.value("DataSize", &[]), Value::Int(2));
    assert_eq!(caller.value("DataHasValue", &[&"x"]), true.into());
    assert_eq!(caller.value("DataHasValue", &[&"own"]), false.into());
    assert_eq!(caller.value("DataPop", &[]), "own".into());
    assert_eq!(caller.value("DataPop", &[&"l"]), "\"y\"".into());
    assert_eq!(caller.give("DataClear", &[]), done());
    assert_eq!(caller.value("DataKeys", &[]), "[]".into());
    assert_eq!(caller.give("DataDelete", &[&"absent"]), done());
}

#[test]
fn failures_name_the_key_and_give_the_failure_value() {
    let caller = Caller::dry(EVENT);
    caller.call("DataSet", &[&"t", &"text"]);
    assert_eq!(caller.give("DataPush", &[&"t", &"x"]), failed("`t` holds text, not a list"));
    assert_eq!(caller.give("DataPop", &[&"t"]), ("".into(), "`t` holds text, not a list".into()));
    let no_integer = "`t` holds no 64-bit integer".to_owned();
    assert_eq!(caller.give("DataIncr", &[&"t"]), (Value::Null, no_integer));
    let (value, errno) = caller.give("DataIncr", &[&"n", &"0.5"]);
    assert_eq!(value, Value::Null);
    assert!(errno.contains("`by` takes a whole number"), "{errno}");
    let key = "k".repeat(1025);
    let long = "the key has 1025 bytes, at most 1024 are allowed";
    assert_eq!(caller.give("DataSet", &[&key, &""]), failed(long));
    let value = "v".repeat((1 << 20) + 1);
    let long = "the value would have 1048577 bytes, at most 1048576 are allowed";
    assert_eq!(caller.give("DataSet", &[&"k", &value]), failed(long));
    assert_eq!(caller.value("DataHasKey", &[&"k"]), false.into());
}

#[test]
fn counting_begins_at_nothing() {
    let caller = Caller::dry(EVENT);
    assert_eq!(caller.value("DataIncr", &[&"n"]), Value::Int(1));
    assert_eq!(caller.value("DataIncr", &[&"n", &-3]), Value::Int(-2));
    assert_eq!(caller.value("DataGet", &[&"n"]), "-2".into());
}

#[test]
fn an_exchange_is_a_lock() {
    let caller = Caller::dry(EVENT);
    assert_eq!(caller.value("DataCas", &[&"lock", &"", &"held"]), true.into());
    assert_eq!(caller.give("DataCas", &[&"lock", &"", &"held"]), (false.into(), String::new()));
    assert_eq!(caller.value("DataCas", &[&"lock", &"held", &""]), true.into());
    assert_eq!(caller.value("DataCas", &[&"lock", &"", &"again"]), true.into());
}

#[test]
fn a_value_expires_in_the_time_of_the_events() {
    let mut caller = Caller::dry(EVENT);
    assert_eq!(caller.give("DataSetTtl", &[&"k", &"v", &10]), done());
    let range = "DataSetTtl: `seconds` must be 1 to 31536000, got 0";
    assert_eq!(caller.give("DataSetTtl", &[&"k", &"v", &0]), failed(range));
    caller.event(&EVENT.replace("10:15:00Z", "10:15:09.999Z"));
    assert_eq!(caller.value("DataSize", &[]), Value::Int(1));
    caller.event(&EVENT.replace("10:15:00Z", "10:15:10Z"));
    assert_eq!(caller.value("DataSize", &[]), Value::Int(0));
    assert_eq!(caller.value("DataGet", &[&"k"]), "".into());
}
