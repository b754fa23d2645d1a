//! What is Rhai's own, beside the corpus that every language passes.

mod common;

use common::{ran, threw};

#[global_allocator]
static METER: reactant_engine_rhai::Meter = reactant_engine_rhai::Meter::system();

/// Runs `process` with a body and gives what it logged.
fn logs(body: &str) -> Vec<String> {
    ran(&format!("fn process(data) {{\n{body}\n}}"))
}

#[test]
fn what_is_touched_is_a_real_map_or_list() {
    assert_eq!(
        logs(
            r#"Info(type_of(data)); Info(type_of(data.process)); Info(type_of(data.process.args)); Info(data.process.args.len());
             Info("process" in data); Info("nothing" in data); Info(data.keys().contains("process")); Info(data.process.len() > 5);
             Info(data.nothing == ()); Info(type_of(data.process.nothing)); Info(data["process"].pid);"#
        ),
        ["map", "map", "array", "2", "true", "false", "true", "true", "true", "()", "4242"]
    );
}

#[test]
fn newer_spellings_resolve_but_are_not_enumerated() {
    assert_eq!(
        logs(
            r#"Info(data.file.path); Info("path" in data.file); Info("path" in data.file.keys()); Info(data.file.actions.open);
             Info(type_of(data.file.actions)); Info(data.file.actions.len()); Info(data.file.actions[0]); Info(data.file.actions[-1]);
             for action in data.file.actions { Info(action); }
             let file = data.file; Info(file.keys().len() == data.file.keys().len()); Info(file.path); file.x = 1; Info(file.path); Info(file.x);
             Info(file.keys().contains("path")); Info(to_json(file).contains("path")); Info(data.file.x == ());"#
        ),
        [
            "/etc/passwd",
            "true",
            "false",
            "true",
            "array",
            "2",
            "open",
            "read",
            "open",
            "read",
            "true",
            "/etc/passwd",
            "/etc/passwd",
            "1",
            "false",
            "false",
            "true"
        ]
    );
}

#[test]
fn data_may_be_changed() {
    assert_eq!(
        logs(
            r#"data.process.pid = 5; Info(data.process.pid); data.process.args.push("x"); Info(data.process.args.len()); data.process.args[0] = "y";
             Info(data.process.args[0]); data.process.args += ["z"]; Info(data.process.args.len()); data.more = #{a: 1}; data.more.a += 1; Info(data.more.a);
             let p = data.process; p.remove("pid"); Info("pid" in p); Info(data.process.pid); data.extra += #{q: 7}; Info(data.extra.q); Info(data.extra.z);
             let copy = data; copy.process = 1; Info(type_of(data.process)); Info(data.process.cmd.contains("curl")); Info(data.background.ancestry.filter(|p| p.pid == 1).len());"#
        ),
        ["5", "3", "y", "4", "2", "false", "5", "7", "1", "map", "true", "1"]
    );
}

#[test]
fn untouched_and_real_compare_and_combine() {
    assert_eq!(
        logs(
            r#"let a = data.process; let b = data.process; b.keys(); Info(a == b); Info(b == a); Info(a == data.process); Info(a != b); Info([a] == [b]);
             Info(data.extra == #{z: 1, a: [1, 2.5, ()]}); Info(#{z: 1, a: [1, 2.5, ()]} == data.extra); Info((data.extra + #{n: 1}).len()); Info((#{n: 1} + data.extra).len());
             Info(`${data.extra}`); Info(data.extra.to_string()); Info("x" + data.extra); Info([data.extra].contains(data.extra)); Info(data.extra == 1); Info(data.extra == ());"#
        ),
        [
            "true",
            "true",
            "true",
            "false",
            "true",
            "true",
            "true",
            "3",
            "3",
            "#{\"a\": [1, 2.5, ()], \"z\": 1}",
            "#{\"a\": [1, 2.5, ()], \"z\": 1}",
            "x#{\"a\": [1, 2.5, ()], \"z\": 1}",
            "true",
            "false",
            "false"
        ]
    );
}

#[test]
fn globals_are_read_in_every_function() {
    assert_eq!(
        ran("const LIMIT = 3; let list = [1]; fn deep() { Info(data.process.pid); Info(kind); Info(name); Info(uuid); Info(LIMIT); Info(global::LIMIT); Info(list.len()) }
             fn local() { let kind = 9; Info(kind); }
             fn process(data) { deep(); local(); data.process.args.len(); let f = |x| x + LIMIT; Info(f.call(1)); }"),
        ["4242", "k", "n", "u-1", "3", "3", "1", "9", "4"]
    );
    assert_eq!(ran("let process = |data| Info(data.process.pid);"), ["4242"]);
    assert_eq!(
        ran(
            "fn process() { Info(data.process.args.len()); Info(data.process.cmd.contains(\"curl\")); }"
        ),
        ["2", "true"]
    );
    assert_eq!(
        ran("fn f() { data.x = 1; } fn process(d) { f(); Info(d.x); d.x = 2; Info(data.x); }"),
        ["1", "2"]
    );
    assert_eq!(
        threw("let x = kind; fn process(d) {}").message,
        "Runtime error: 'kind' is not set while the script loads: use it in `process`"
    );
}

#[test]
fn json_is_exact() {
    assert_eq!(
        logs(
            r#"Info(to_json(data.extra)); Info(to_json([1.0, 0.5, (), "a\n\u0001", 9007199254740993, 'c'])); Info(to_json(data.process.start_ticks)); Info(to_json(#{b: 1, a: [#{}]}));
             let p = parse_json("{\"n\":9007199254740993,\"f\":2.0,\"h\":0.5,\"z\":null,\"l\":[[]],\"s\":\"x\"}"); Info(p.n); Info(type_of(p.f)); Info(p.h); Info(type_of(p.z)); Info(to_json(p.l)); Info(parse_json("[1]").len());
             Info(to_json(data).starts_with("{\"uuid\":\"u-1\",\"timestamp\"")); Info(to_json(0.0/0.0)); Info(to_json(1.0/0.0)); Info(parse_json("3"));"#
        ),
        [
            r#"{"z":1,"a":[1,2.5,null]}"#,
            r#"[1,0.5,null,"a\n\u0001",9007199254740993,"c"]"#,
            "9007199254740993",
            r#"{"a":[{}],"b":1}"#,
            "9007199254740993",
            "i64",
            "0.5",
            "()",
            "[[]]",
            "1",
            "true",
            "null",
            "null",
            "3"
        ]
    );
    assert!(
        threw("fn process(d) { parse_json(\"[1,\"); }")
            .message
            .starts_with("Runtime error: JSON: ")
    );
}

#[test]
fn errors_have_their_place_and_calls() {
    let error = threw(
        "fn inner(x) {\n  throw \"bad\";\n}\nfn outer() {\n  inner(1);\n}\nfn process(data) {\n  outer();\n}",
    );
    assert_eq!(error.message, "Runtime error: bad");
    let at = error.at.unwrap();
    assert_eq!((at.line, at.column), (2, 3));
    let trace: Vec<_> = error
        .trace
        .iter()
        .map(|f| (f.function.as_str(), f.at.unwrap().line, f.at.unwrap().column))
        .collect();
    assert_eq!(trace, [("inner", 2, 3), ("outer", 5, 3), ("process", 8, 3)]);
    let error = threw("fn process(data) {\n  let x = 1;\n  let y = ;\n}");
    assert_eq!(error.at.map(|at| (at.line, at.column)), Some((3, 11)), "{}", error.message);
    let error = threw("fn process(data) {\n  [1].map(|x| x.foo());\n}");
    assert_eq!(error.at.map(|at| (at.line, at.column)), Some((2, 17)), "{}", error.message);
    assert_eq!(
        threw("fn other(data) {}").message,
        "the script defines no function `process(data)`"
    );
    for (text, place) in [
        ("fn process(d) {\n print(1); }", (2, 2)),
        ("fn process(d) {\n \"x\".debug(); }", (2, 6)),
        ("fn process(d) { eval(\"1\") }", (1, 17)),
        ("import \"x\" as y; fn process(d) {}", (1, 1)),
    ] {
        let error = threw(text);
        assert_eq!(error.at.map(|at| (at.line, at.column)), Some(place), "{}", error.message);
    }
}

#[test]
fn helpers_take_what_scripts_give() {
    assert_eq!(
        ran(
            "const WORD = \"w\"; fn process(data) { Info(WORD); WORD.Info(); Info(1, 2, 3, 4, 5, 6); Info(2.0); Info(true); Info('c'); Info(to_json(Echo(#{b: [1, 2.0], a: data.extra}))); Info(to_json(Echo(data.process.args))); Info(data.process); Info(data.process.args); const X = 5; Info(X); Info(9007199254740993); let f = Fn(\"Info\"); f.call(\"p\"); }"
        ),
        [
            "w",
            "w",
            "1",
            "2",
            "true",
            "c",
            r#"{"a":{"a":[1,2.5,null],"z":1},"b":[1,2]}"#,
            r#"["-s","http://x"]"#,
            "an object",
            "a list",
            "5",
            "9007199254740993",
            "p"
        ]
    );
}

#[test]
fn the_last_declaration_of_a_name_counts() {
    assert_eq!(
        ran(
            "let x = 1; let x = 2; const C = 3; const C = 4; fn process(d) { Info(x); x += 1; Info(x); Info(C); Info(global::C); }"
        ),
        ["2", "3", "4", "4"]
    );
}

#[test]
fn a_map_keeps_a_closure_that_holds_it() {
    let kept = logs(
        "let f = || data; data.me = f; Info(data.process.pid); let p = data.process; let g = || p; p.me = g; p.pid = 7; Info(g.call().pid); Info(data.process.pid);",
    );
    assert_eq!(kept, ["4242", "7", "4242"]);
}

#[test]
fn texts_are_cut_as_rhai_does() {
    let cut = logs(
        r#"let t = "abcdef"; Info(t.sub_string(2)); Info(t.sub_string(-2)); Info(t.sub_string(-20, 3)); Info(t.sub_string(2, 2)); Info(t.sub_string(1..3)); Info(t.sub_string(1..=3));
             Info(t.sub_string(9)); Info(t.sub_string(5..=2)); Info(t.sub_string(-1, -1)); Info(t.sub_string(0..9223372036854775807)); Info(t.sub_string(-9223372036854775808, 1)); Info("äöü".sub_string(1, 1));
             Info(t.pop(2) + "|" + t); Info(t.pop(-2) + "|" + t); Info(t.pop(22) + "|" + t); t = "abcdef"; t.crop(-3, 2); Info(t); t.crop(0..=0); Info(t); t.crop(5); Info(t);"#,
    );
    let expected = [
        "cdef", "ef", "abc", "cd", "bc", "bcd", "", "f", "", "abcdef", "a", "ö", "ef|abcd",
        "|abcd", "abcd|", "de", "d", "",
    ];
    assert_eq!(cut, expected);
}

#[test]
fn values_are_written_as_rhai_does() {
    const VALUES: &[&str] = &[
        r#"[1, 2.5, 1e300, "a\n\"é\u0001", 'c', true, (), [], #{}, #{"b \" c": [()], a: 1}]"#,
        "[1..3, 1..=3, blob(20, 255), Fn(\"name\"), [[#{}]]]",
        "#{f: Fn(\"name\"), b: blob(3)}",
        "blob(9, 7)",
        "Fn(\"name\")",
        r#""é\u0001\t""#,
        "0.1 + 0.2",
        "'\\n'",
    ];
    const TEXTS: &[&str] =
        &["`${v}`", "v.to_string()", "v.to_debug()", "\"\" + v", "v + \"\"", "[v].to_string()"];
    let stock = rhai::Engine::new();
    for value in VALUES {
        for text in TEXTS {
            let script = format!("let v = {value}; {text}");
            let expected = stock.eval::<String>(&script).expect("a text");
            assert_eq!(logs(&format!("let v = {value}; Info({text});")), [expected], "{script}");
        }
    }
}

#[test]
fn bound_arguments_are_few() {
    assert_eq!(
        ran(
            "fn add(a, b, c) { a + b + c } fn process(d) { let f = Fn(\"add\").curry(1, 2); Info(f.call(3)); Info(curry(f, 4).call()); let g = |a, b| a * b; Info(g.curry(2).call(4)); }"
        ),
        ["6", "7", "8"]
    );
    let many = threw(
        "fn process(d) { let f = Fn(\"nothing\"); for i in 0..1000 { f = f.curry(i); } f.call(); }",
    );
    assert_eq!(many.message, "Runtime error: a call has at most 64 arguments");
    let call = format!("fn process(d) {{ Info({}); }}", ["1"; 65].join(","));
    assert_eq!(threw(&call).message, "a call has too many arguments");
}

#[test]
fn the_top_level_begins_anew_for_each_invocation() {
    let script = "let n = 0; let list = []; let next = || { n += 1; n }; let map = #{f: next}; const C = [1];
        fn grow() { list.push(1); n += 1; list.len() }
        fn process(d) { grow(); n += 10; Info(grow() + \" \" + n + \" \" + next.call() + \" \" + map.f.call() + \" \" + C.len()); try { C.push(2); } catch { Info(\"constant\"); } n = \"x\"; list = 7; Info(list); }";
    let (limits, event) = (common::limits(), common::data(common::EVENT));
    let mut machine = common::machine(&limits);
    let id = machine.load(&common::source(script), &limits).unwrap();
    for _ in 0..3 {
        let mut host = common::Host::default();
        let invocation = reactant_core::engine::Invocation {
            data: &event,
            kind: "k",
            name: "n",
            uuid: "u",
            seed: 1,
            limits: &limits,
        };
        machine.run(id, &invocation, &mut host).unwrap();
        assert_eq!(host.logs, ["2 12 13 14 1", "constant", "7"]);
    }
}

#[test]
fn what_replaces_natives_gives_what_they_give() {
    assert_eq!(
        logs(
            r#"let a = [3, 1, 2]; a.sort(); Info(a.to_string()); a.sort_desc(); Info(a.to_string()); Info(["b", "a"].order().to_string()); Info([0.5, 0.25].order_desc().to_string());
             let m = [1, "x"]; try { m.sort(); } catch (e) { Info(e.message); } let u = [#{}, #{}]; try { u.sort(); } catch (e) { Info("maps"); }
             Info("aßΣ".to_upper()); Info("ΑΣ ΒΣ".to_lower()); let t = "x"; t.make_upper(); Info(t); t.pad(4, "ab"); Info(t); let b = blob(2, 300); Info(b.len()); Info(b[0]);
             let s = "a-b-c"; Info(s.split("-").len()); Info(s.split('-', 2)[1]); Info(s.split_rev("-", 2)[0]); s.replace("-", "+"); Info(s); s.replace("", "."); Info(s); Info("ab".to_chars().len());
             let d = [1, 1, 2]; d.dedup(); Info(d.len()); let e = [1, 2, 3]; e.sort(|x, y| y - x); Info(e[0]); Info([2, 1].order(|x, y| x < y)[0]); let p = [0]; p.pad(3, 7); Info(p.to_string());"#
        ),
        [
            "[1, 2, 3]",
            "[3, 2, 1]",
            r#"["a", "b"]"#,
            "[0.5, 0.25]",
            "Function not found: elements of different types cannot be sorted",
            "maps",
            "ASSΣ",
            "ας βς",
            "X",
            "Xaba",
            "2",
            "44",
            "3",
            "b-c",
            "c",
            "a+b+c",
            ".a.+.b.+.c.",
            "2",
            "2",
            "3",
            "1",
            "[0, 7, 7]"
        ]
    );
}
