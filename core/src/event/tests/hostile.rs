//! Input that was made to break the reader.

use super::*;
use crate::packed::MAX_DEPTH;

#[test]
fn a_wrong_type_is_an_error_that_names_the_field() {
    for (text, want) in [
        (r#"{"flow":{},"process":{"pid":"12"}}"#, "process.pid: expected a whole number, got text"),
        (
            r#"{"flow":{},"process":{"pid":1.5}}"#,
            "process.pid: expected a whole number, got the number 1.5",
        ),
        (
            r#"{"flow":{},"process":{"pid":18446744073709551615}}"#,
            "process.pid: expected a whole number, got the number 18446744073709551615",
        ),
        (r#"{"flow":{},"process":[]}"#, "process: expected an object, got a list"),
        (
            r#"{"flow":{},"process":{"args":{}}}"#,
            "process.args: expected a list or text, got an object",
        ),
        (
            r#"{"flow":{},"process":{"args":["a",1]}}"#,
            "process.args[1]: expected text, got a whole number",
        ),
        (r#"{"file":5}"#, "file: expected an object, got a whole number"),
        (r#"{"file":{"file":["/x"]}}"#, "file.file: expected text, got a list"),
        (r#"{"file":{"file":"/x","open":"yes"}}"#, "file.open: expected true or false, got text"),
        (
            r#"{"file":{"file":"/x","actions":"open"}}"#,
            "file.actions: expected a list or an object, got text",
        ),
        (
            r#"{"file":{"file":"/x","actions":{"exec":1}}}"#,
            "file.actions.exec: expected true or false, got a whole number",
        ),
        (
            r#"{"file":{"file":"/x","actions":{"actions":{}}}}"#,
            "file.actions.actions: expected a list, got an object",
        ),
        (
            r#"{"flow":{"remote":{"port":65536}}}"#,
            "flow.remote.port: expected a port (0 to 65535), got 65536",
        ),
        (
            r#"{"flow":{"remote":{"port":-1}}}"#,
            "flow.remote.port: expected a port (0 to 65535), got -1",
        ),
        (
            r#"{"flow":{},"timestamp":1700000000}"#,
            "timestamp: expected a timestamp, got a whole number",
        ),
        (
            r#"{"flow":{},"background":{"ancestry":[{},{"pid":true}]}}"#,
            "background.ancestry[1].pid: expected a whole number, got true",
        ),
        (
            r#"{"flow":{},"background":{"flows":{"protocols":[{"pairs":[{"nodes":{"local":7}}]}]}}}"#,
            "background.flows.protocols[0].pairs[0].nodes.local: expected an object, got a whole number",
        ),
        (
            r#"{"flow":{},"background":{"flow_list":[{"phase":{"status":"a"},"settings":{"status":"b"}}]}}"#,
            "background.flow_list[0].settings.status: differs from `status`, which is another spelling of it",
        ),
    ] {
        assert_eq!(fault(text), want);
    }
}

#[test]
fn a_long_text_is_not_repeated_whole_in_its_error() {
    let long = "é".repeat(100_000);
    let error = fault(&format!(r#"{{"flow":{{}},"timestamp":"{long}"}}"#));
    assert!(error.len() < 200, "{} bytes", error.len());
}

#[test]
fn broken_json_is_reported_with_its_place() {
    for (text, want) in [
        ("", "not JSON: EOF while parsing a value at column 1"),
        ("{", "not JSON: EOF while parsing an object at column 1"),
        (r#"{"é":}"#, "not JSON: expected value at column 6"),
        ("{\n  \"file\": tru\n}", "not JSON: expected ident at line 2, column 14"),
        (r#"{"flow":{}} x"#, "not JSON: trailing characters at column 13"),
        (r#"{"n":1e999}"#, "not JSON: number out of range at column 10"),
        (
            "{\"a\":\"\u{1}\"}",
            "not JSON: control character (\\u0000-\\u001F) found while parsing a string at column 7",
        ),
    ] {
        assert_eq!(fault(text), want, "{text}");
    }
    let Err(error) = Line::parse(b"{\"flow\":{\"proto\":\"\xff\"}}", 1) else { panic!("read") };
    assert_eq!(error.to_string(), "not UTF-8: a bad byte after 18 good ones");
}

#[test]
fn the_last_of_equal_names_wins() {
    let out =
        loaded(r#"{"flow":{"proto":"tcp","own":1,"proto":"UDP","own":null},"own":1,"own":2}"#);
    assert_eq!(out["flow"], serde_json::json!({"proto": "udp"}));
    assert_eq!(out["own"], 2);
    let many: String = (0..5000).map(|n| format!("\"k{}\":{n},", n % 2500)).collect();
    let out = loaded(&format!(r#"{{"flow":{{}},"own":{{{many}"k0":-1}}}}"#));
    assert_eq!(out["own"].as_object().unwrap().len(), 2500);
    assert_eq!(out["own"]["k0"], -1);
    assert_eq!(out["own"]["k2499"], 4999);
}

#[test]
fn numbers_keep_their_value_or_their_nearest() {
    let out = loaded(
        r#"{"flow":{},"a":9223372036854775807,"b":18446744073709551615,"c":-0.0,"d":2.0,"e":1e300,"f":-9223372036854775808}"#,
    );
    assert_eq!(out["a"], i64::MAX);
    assert_eq!(out["b"].as_f64(), Some(18_446_744_073_709_551_615.0));
    assert_eq!(out["c"].to_string(), "0");
    assert_eq!(out["d"].to_string(), "2");
    assert_eq!(out["e"].as_f64(), Some(1e300));
    assert_eq!(out["f"], i64::MIN);
}

#[test]
fn deep_nesting_is_refused_before_it_hurts() {
    let nested = |levels: usize| {
        format!(r#"{{"flow":{{}},"own":{}{}}}"#, "[".repeat(levels), "]".repeat(levels))
    };
    assert!(fault(&nested(100_000)).starts_with("not JSON: recursion limit exceeded"));
    for levels in 1..=MAX_DEPTH + 1 {
        match Line::parse(nested(levels).as_bytes(), 1) {
            Ok(Line::Event(event)) => {
                assert!(levels < MAX_DEPTH);
                let data = event.data(&Packed::of(&crate::value::Value::Null), event.actions());
                assert!(Packed::from_bytes(data.as_bytes()).is_ok());
            }
            other => assert!(levels > 100, "{levels}: {other:?}"),
        }
    }
    // `base` holds the background one level deeper, the forms of a list hold its items elsewhere.
    for (before, after) in [
        (r#""own":"#, ""),
        (r#""flow_list":[{"own":"#, "}]"),
        (r#""file_list":[{"path":"/a/b/c/d","own":"#, "}]"),
        (r#""flows":{"protocols":[{"pairs":[{"port_matrix":[{"own":"#, "}]}]}]}"),
    ] {
        for levels in 1..MAX_DEPTH {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            let text = format!(r#"{{"flow":{{}},"background":{{{before}{open}{close}{after}}}}}"#);
            if let Ok(Line::Event(event)) = Line::parse(text.as_bytes(), 1) {
                let data = event.data(&Packed::of(&crate::value::Value::Null), event.actions());
                assert!(Packed::from_bytes(data.as_bytes()).is_ok(), "{levels} {before}");
            } else {
                assert!(levels > 90);
            }
        }
    }
}

#[test]
fn a_path_of_many_directories_loads() {
    let path = "/d".repeat(2000);
    let event = event(&format!(r#"{{"flow":{{}},"background":{{"file_list":["{path}"]}}}}"#));
    assert_eq!(read(event.packed(), "background.file_list.0.path"), path);
    assert_eq!(loaded(&event.packed().root().to_json_exact()), written(event.packed()),);
}

#[test]
fn more_values_than_an_event_has_are_refused() {
    let many = "0,".repeat(1 << 19);
    let error = fault(&format!(r#"{{"flow":{{}},"own":[{many}0]}}"#));
    assert!(error.starts_with("not JSON: more than 524288 values at column"), "{error}");
}

/// Lists that an attacker fills with what differs little must not take quadratic time; the test would not end.
#[test]
fn large_lists_are_read_in_linear_time() {
    let flows: String = (0..40_000)
        .map(|n| {
            format!(
                r#"{{"proto":"p{n}","local":{{"name":"{n}"}},"remote":{{"port":{}}}}},"#,
                n % 65_536
            )
        })
        .collect();
    let files: String = (0..40_000).map(|n| format!("\"/{n}/{n}\",")).collect();
    let fields: String = (0..40_000).map(|n| format!("\"k{n}\":1,")).collect();
    let text = format!(
        r#"{{"file":{{"file":"/x",{fields}"actions":{{{fields}"open":true}}}},
            "background":{{"flow_list":[{flows}{{}}],"file_list":[{files}"/x"]}}}}"#
    );
    let event = event(&text);
    assert_eq!(read(event.packed(), "background.flow_list").as_array().unwrap().len(), 40_001);
    assert_eq!(read(event.packed(), "background.file_list").as_array().unwrap().len(), 40_001);
}

/// Texts in which one part is repeated for each of many others.
#[test]
fn what_would_unpack_to_too_much_is_refused_or_shared() {
    let fields: String = (0..20_000).map(|n| format!("\"k{n}\":1,")).collect();
    let ports = "{\"src_port\":1},".repeat(20_000);
    let pair = event(&format!(
        r#"{{"flow":{{}},"background":{{"flows":{{"protocols":[{{"pairs":[{{
            "nodes":{{"local":{{{fields}"address":"1.2.3.4"}}}},"port_matrix":[{ports}{{}}]}}]}}]}}}}}}"#
    ));
    assert!(pair.packed().as_bytes().len() < 32 << 20);
    assert_eq!(
        read(pair.packed(), "background.flow_list.7.local"),
        serde_json::json!({"address": "1.2.3.4", "port": 1})
    );

    // Shared by all flows of the list, but not for whoever reads it.
    let text = |ports: usize| {
        let (names, ports) = ("\"name\",".repeat(5_000), "{\"src_port\":1},".repeat(ports));
        format!(
            r#"{{"flow":{{}},"background":{{"flows":{{"protocols":[{{"pairs":[{{
                "nodes":{{"local":{{"names":[{names}"x"]}}}},"port_matrix":[{ports}{{}}]}}]}}]}}}}}}"#
        )
    };
    let few = event(&text(1_000));
    let data = few.data(&Packed::of(&crate::value::Value::Null), few.actions());
    assert!(Packed::from_bytes(data.as_bytes()).is_ok());
    let error = fault(&text(5_000));
    assert_eq!(error, "unpacks to more than an event may take (268435456 bytes)");

    let long = "x".repeat(1 << 20);
    let names = "\"a\",".repeat(300);
    let tree = format!(
        r#"{{"flow":{{}},"background":{{"files":{{"root":{{"path":"/{long}","files":[{names}"b"]}}}}}}}}"#
    );
    assert_eq!(fault(&tree), "unpacks to more than an event may take (268435456 bytes)");

    let deep = format!("/{}", "dddddddddd/".repeat(40));
    let list: String = (0..5_000).map(|n| format!("\"/{n}{deep}f\",")).collect();
    let list = event(&format!(r#"{{"flow":{{}},"background":{{"file_list":[{list}"/last"]}}}}"#));
    assert!(list.packed().as_bytes().len() < 256 << 20);
    assert_eq!(read(list.packed(), "background.file_list").as_array().unwrap().len(), 5_001);
}

#[test]
fn names_of_the_text_s_own_are_escaped_and_cut_in_messages() {
    let name = format!("\u{1b}[2J{}", "x".repeat(1000));
    let text = serde_json::json!({"file": {"file": "/x", (&name): 1, "actions": {(&name): 2}}});
    let error = fault(&text.to_string());
    assert!(error.starts_with("file.actions.\\u{1b}[2Jxxx") && error.len() < 250, "{error}");
}

#[test]
fn a_text_that_is_too_long_is_refused_unread() {
    let text = vec![b' '; MAX_EVENT + 1];
    assert_eq!(Line::parse(&text, 1).unwrap_err(), EventError::TooLong { len: MAX_EVENT + 1 });
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(event("\u{feff}{\"flow\":{}}").event_type(), EventType::NetworkPeer);
}
