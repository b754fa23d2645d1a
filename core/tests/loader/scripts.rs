//! Reactions: their format, where their text stands, and what the lint says of it.

use std::{fs, time::Duration};

use reactant_core::{
    capability::{Capability, Grants},
    engine::Position,
};

use super::support::{lines, load, load_granted, load_paths, only, problems, recipe};

/// A recipe with one reaction, its fields indented by six.
fn with_reaction(fields: &str) -> String {
    recipe("execution", &format!("  base: x\n  reactions:\n    - {fields}"))
}

/// What the lint says of a script in a literal block that begins on line 12, indented by eight.
fn lint(format: &str, script: &str) -> Vec<String> {
    lint_granted(format, script, &Grants::standard())
}

fn lint_granted(format: &str, script: &str, grants: &Grants) -> Vec<String> {
    let block: String = script.lines().map(|line| format!("        {line}\n")).collect();
    let text = with_reaction(&format!("format: {format}\n      code: |\n{block}"));
    lines(&load_granted(&text, grants).diagnostics)
}

fn undefined(format: &str, script: &str) -> Vec<String> {
    let found = lint(format, script);
    found.iter().map(|line| line.split('`').nth(1).unwrap_or(line).to_owned()).collect()
}

#[test]
fn formats_have_two_spellings_and_one_name() {
    for (spelt, name) in [("js", "js"), ("javascript", "js"), ("lua", "lua")] {
        let text = with_reaction(&format!("{{format: {spelt}, code: process}}\n"));
        assert_eq!(only(&text).reactions[0].format, name);
    }
    for spelt in ["shell", "sh"] {
        let text = with_reaction(&format!("{{format: {spelt}, code: 'true'}}\n"));
        assert_eq!(load(&text).recipes[0].reactions[0].format, "shell");
    }
}

#[test]
fn a_script_that_is_no_text_is_one_mistake() {
    for code in ["5", "[process]", "true", "~"] {
        let found = problems(&with_reaction(&format!("{{format: js, code: {code}}}\n")));
        assert_eq!(found.len(), 1, "{code}: {found:?}");
    }
}

#[test]
fn a_reaction_has_its_own_limits_and_capabilities() {
    let text = with_reaction(
        "{format: js, code: process, name: one, timeout: 200ms, memory: 512KiB, capabilities: [log], dry_run: true}\n",
    );
    let reaction = &only(&text).reactions[0];
    assert_eq!(reaction.name.as_deref(), Some("one"));
    assert_eq!(reaction.timeout, Some(Duration::from_millis(200)));
    assert_eq!(reaction.memory, Some(512 << 10));
    assert_eq!(reaction.capabilities.as_ref().unwrap()[0].capability, Capability::LOG);
    assert!(reaction.dry_run);
}

#[test]
fn a_limit_is_lowered_and_not_raised() {
    assert_eq!(
        problems(&with_reaction("{format: js, code: process, timeout: 1h, memory: 1GiB}\n")),
        [
            "no-effect 10:44 `1h` `timeout` cannot be raised: the configured limit is 5s",
            "no-effect 10:56 `1GiB` `memory` cannot be raised: the configured limit is 64MiB",
        ]
    );
}

#[test]
fn a_reaction_without_process_is_an_error_at_its_code() {
    assert_eq!(
        problems(&with_reaction("format: js\n      code: |\n        Info('x');\n")),
        ["missing-process 12:9 `Info('x');` the `js` reaction defines no `process(data)`"]
    );
    assert_eq!(problems(&with_reaction("{format: sh, code: 'true'}\n")).len(), 1);
}

#[test]
fn a_script_that_does_not_load_in_time_is_an_error() {
    assert_eq!(
        problems(&with_reaction("{format: js, code: 'process @slow@'}\n")),
        [
            "script-error 10:26 `'process @slow@'` the script does not load: the time limit was reached"
        ]
    );
}

#[test]
fn a_position_in_a_literal_block_is_exact() {
    for (header, indent) in
        [("|", 8), ("|-", 8), ("|+ # why", 8), ("|2", 8), ("|2-", 8), ("|4", 10)]
    {
        let pad = " ".repeat(indent);
        let block = format!("{pad}  // ü\n\n{pad}process @@\n");
        let text = with_reaction(&format!("format: js\n      code: {header}\n{block}"));
        let text =
            if header.contains(char::is_numeric) { text } else { text.replace("  // ü", "// ü") };
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let found = problems(&text);
            let column = indent + 9;
            assert_eq!(
                found,
                [format!("script-error 14:{column} `@` SyntaxError: unexpected `@@`")],
                "{header}"
            );
        }
    }
}

#[test]
fn empty_lines_before_the_first_are_counted() {
    let found = problems(&with_reaction("format: js\n      code: |\n\n\n        process @@\n"));
    assert_eq!(found, ["script-error 14:17 `@` SyntaxError: unexpected `@@`"]);
    let found =
        problems(&with_reaction("format: js\n      code: |1\n          \n        process @@\n"));
    assert_eq!(found[0].split('`').next(), Some("script-error 13:17 "));
}

#[test]
fn a_language_that_names_lines_only_gets_the_first_word_of_the_line() {
    let found = problems(&with_reaction(
        "format: lua\n      code: |\n        process\n          @line@ x\n",
    ));
    assert_eq!(found, ["script-error 13:11 `@` syntax error"]);
}

#[test]
fn a_position_in_another_scalar_is_that_of_the_code_and_the_position_within() {
    // On one line without escapes, that is exact.
    assert_eq!(
        problems(&with_reaction("{format: js, code: 'process @@'}\n")),
        ["script-error 10:35 `@` SyntaxError: unexpected `@@`"]
    );
    assert_eq!(
        problems(&with_reaction("format: js\n      code: process @@\n")),
        ["script-error 11:21 `@` SyntaxError: unexpected `@@`"]
    );
    assert_eq!(
        problems(&with_reaction("format: js\n      code: \"process\\n\\n  @@\"\n")),
        [
            "script-error 11:13 `\"process\\n\\n  @@\"` SyntaxError: unexpected `@@` (line 3, column 3 of the code)"
        ]
    );
    assert_eq!(
        problems(&with_reaction("format: js\n      code: >\n        process\n        @@\n")),
        ["script-error 12:9 `process` SyntaxError: unexpected `@@` (line 1, column 9 of the code)"]
    );
}

#[test]
fn the_map_of_a_reaction_leads_to_the_file() {
    let text = with_reaction("format: js\n      code: |\n        process\n          x\n");
    let map = &only(&text).reactions[0].map;
    assert_eq!(map.place(Position { line: 2, column: 3 }), Position { line: 13, column: 11 });
    let text = with_reaction("{format: js, code: \"process\"}\n");
    let map = &only(&text).reactions[0].map;
    assert_eq!(map.place(Position { line: 1, column: 1 }), Position { line: 10, column: 27 });
}

#[test]
fn a_file_reaction_is_read_beside_its_recipe_and_keeps_its_own_positions() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    fs::write(
        folder.path().join("scripts/a.js"),
        "\u{feff}// a\nfunction process(data) {\n  nobody();\n}\n",
    )
    .unwrap();
    fs::write(folder.path().join("scripts/b.js"), "process\n  @@\n").unwrap();
    fs::write(folder.path().join("scripts/c.js"), b"process\n\xff").unwrap();
    let text = with_reaction("{format: js, file: scripts/a.js}\n")
        + &with_reaction("{format: js, file: scripts/b.js}\n").replace("name: n", "name: m")
        + &with_reaction("{format: js, file: scripts/c.js}\n").replace("name: n", "name: o")
        + &with_reaction("{format: js, file: scripts/none.js}\n    - {format: js, file: scripts}\n    - {format: js, file: /etc/passwd}\n").replace("name: n", "name: p");
    fs::write(folder.path().join("r.yaml"), &text).unwrap();
    let loaded = load_paths(&[folder.path()]);
    let found: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|found| {
            let place = found.place.as_ref().unwrap();
            let file = place.file.path.strip_prefix(folder.path()).unwrap().display().to_string();
            format!("{file}:{}:{} {}", place.line, place.column, found.code)
        })
        .collect();
    assert_eq!(
        found,
        [
            "r.yaml:40:26 unreadable",
            "r.yaml:41:26 unreadable",
            "r.yaml:42:26 bad-path",
            "scripts/a.js:3:3 undefined-name",
            "scripts/b.js:2:3 script-error",
            "scripts/c.js:2:1 not-utf8",
        ]
    );
    let reaction = &loaded.recipes[0].reactions[0];
    assert!(reaction.source.text.starts_with("// a"));
    assert_eq!(
        reaction.map.place(Position { line: 3, column: 3 }),
        Position { line: 3, column: 3 }
    );
    assert!(reaction.map.file.ends_with("scripts/a.js"));
}

#[test]
fn a_visible_call_of_a_helper_that_is_not_held_is_a_warning() {
    let script = "function process(data) {\n  PowerOff();\n  PowerOff();\n  KillCurrent();\n}";
    assert_eq!(
        lint("js", script),
        [
            "helper-not-granted 13:11 `PowerOff` `PowerOff` will fail: this reaction does not hold `system.power` -- the configuration does not grant it: `--grant system.power`"
        ]
    );
    let text = with_reaction(
        "{format: js, code: 'function process() { KillCurrent(); Info(1) }', capabilities: [log]}\n",
    );
    assert_eq!(
        problems(&text),
        [
            "helper-not-granted 10:48 `KillCurrent` `KillCurrent` will fail: this reaction does not hold `process.kill` -- name `process.kill` among the `capabilities`"
        ]
    );
    let none = Grants::none();
    assert_eq!(lint_granted("lua", "function process(data) Info 'x' end", &none).len(), 1);
    assert_eq!(
        lint_granted(
            "js",
            "function process() { new Error('x'); class E extends Error {}; }",
            &none
        ),
        [""; 0]
    );
    assert_eq!(
        lint_granted(
            "js",
            "function Info(x) {}\nfunction process(KillCurrent) { Info(1); KillCurrent(); log.Warn(1); log?.Warn(2) }",
            &none
        ),
        [""; 0]
    );
}

#[test]
fn a_call_of_a_name_that_nobody_defines_is_a_warning_with_what_was_probably_meant() {
    assert_eq!(
        lint(
            "js",
            "function process(data) {\n  NetBlockIP();\n  fetch('x');\n  decide(data);\n}\nfunction decides() {}"
        ),
        [
            "undefined-name 13:11 `NetBlockIP` nobody defines `NetBlockIP` -- did you mean `NetBlockIp`?",
            "undefined-name 14:11 `fetch` nobody defines `fetch`",
            "undefined-name 15:11 `decide` nobody defines `decide` -- did you mean `decides`?",
        ]
    );
    assert_eq!(
        undefined("lua", "function process(data)\n  local x = foo(1)\n  bar 'x'\n  baz {}\nend"),
        ["foo", "bar", "baz"]
    );
}

#[test]
fn names_that_javascript_may_define_are_not_reported() {
    for script in [
        "function process(data) { helper(1); } function helper() {}",
        "const f = (a, g) => g(a); async function process(data) { await f(1, parseInt); }",
        "let {run, stop: halt} = make; function process({cb}) { run(); halt(); cb(); } var make = {}",
        "class A { static go() { } run(x) { this.go(x); return super.run(x) } get x() { return 1 } *gen() {} } function process() { new A().run(); }",
        "const o = { m() { return 1 }, async n(x) { }, ['k'](y) { } }; function process() { o.m(); o?.n?.(1) }",
        "function process() { try { JSON.parse('x') } catch (e) { if (e instanceof Error) throw new TypeError(e) } }",
        "function process() { for (const x of (list)) { } while (ok()) {} } const ok = () => true, list = []",
        "function process() { this.late = 1; late(); globalThis.x = 1; y(); }",
        "// missing()\n/* gone(\n) */ function process() { return 'lost()' + \"lost()\" + `lost() ${String(1)} lost()` }",
        "function process() { return /lost()\\/[/]lost()/.test('x') || 4 / two / lost2.y(1) } const two = 2, lost2 = {}",
        "function process(d) { if (d) /lost()/.test(d); const a = d++ / 2; return `a${ {b: `${d}`}.b }` / 1 }",
        "function process(console) { console.log(1) }",
        "class console { static log() {} } function process() { console.log(new console()) }",
        "function process() { const window = {}; window.x = new Map(); return new (make())() } var make = () => Set",
        "function process() { new Outer.Inner(1); } const Outer = {}",
        "function process() { typeof maybe === 'function' && maybe() }",
        "function* walk() { yield* walk(); } function process() { walk(); label: for (;;) break label }",
        "var process = function (data) { (function inner() { inner() })(); return delete (data.x) }",
        "function process() { switch (kind) { case (1): default: void (0) } return isNaN(0) ? escape('') : Symbol('x') }",
    ] {
        assert_eq!(lint("js", script), [""; 0], "{script}");
    }
}

#[test]
fn names_that_lua_may_define_are_not_reported() {
    for script in [
        "local function helper(f) f() end\nfunction process(data) helper(print) end",
        "local a <const>, b = 1, function() end\nfunction process(data) b(a) end",
        "local t = {}\nfunction t.run() end\nfunction t:go(x) self.run(x) end\nfunction process() t.run() t:go() end",
        "-- lost()\n--[[ lost()\nlost() ]] --[==[ lost() ]] ]==]\nfunction process() return 'lost()' .. [[lost()]] .. [=[lost()]]]=] end",
        "function process() for k, v in pairs({}) do if not (k) then return (v) end end end",
        "function process() late() end\nfunction late() end",
        "function process() return `lost() {tostring(1)} lost()`, pcall(error, 'x'), json.encode({}) end",
        "process = function(data) _G.x = 1 y() end",
    ] {
        assert_eq!(lint("lua", script), [""; 0], "{script}");
    }
}

#[test]
fn what_no_script_has_is_a_warning() {
    assert_eq!(
        lint("js", "function process() {\n  console.log(1);\n  console.log(new Zed(2));\n}"),
        [
            "undefined-name 13:11 `console` nobody defines `console` -- messages are logged with `Info`",
            "undefined-name 14:27 `Zed` nobody defines `Zed`",
        ]
    );
    assert_eq!(
        undefined("js", "function process() { eval('1'); Function('x'); lost() }"),
        ["eval", "lost"]
    );
}

#[test]
fn a_script_of_many_undefined_names_is_checked_at_once() {
    let calls: String = (0..40_000).map(|number| format!("a{number}();")).collect();
    let open: String = (0..40_000).map(|_| "f(").collect();
    let script = format!("function process(f) {{ {calls} {open}{} }}", ")".repeat(40_000));
    // In quadratic time this would take minutes.
    let found = lint("js", &script);
    assert_eq!(found.len(), 100);
    assert!(found[0].contains("nobody defines `a0`"));
}

#[test]
fn kind_compared_with_an_event_type_is_a_warning() {
    assert_eq!(
        lint("js", "function process(data) {\n  if (kind === \"execution\") return;\n}"),
        [
            "kind-is-no-event-type 13:15 `kind` `kind` is this recipe's kind, `k`: it is never `execution` -- the event's type is `data.event_type`, here `\"execution\"`"
        ]
    );
    assert_eq!(lint("js", "function process() { return 'file_access' != kind }").len(), 1);
    assert_eq!(lint("lua", "function process() return kind ~= 'network_peer' end").len(), 1);
    for warned in [
        "function process() { if (kind === 'execution') {} Info(kind); }",
        "function process() { switch (kind) { case 'k': { break } case 'execution': return 1 } }",
        "function process() { while (kind) { break } return kind === 'execution' }",
    ] {
        assert_eq!(lint("js", warned).len(), 1, "{warned}");
    }
    assert_eq!(
        lint("lua", "function process() Info(kind) return kind == 'execution' end").len(),
        1
    );
    for fine in [
        "function process(data) { f(1); return 2 } function f(kind) { return kind === 'execution' }",
        "function process(data) { const f = (kind) => kind === 'execution', g = async (a, kind) => 1; }",
        "class A { f(kind) { return kind === 'execution' } } function process() {}",
        "function process() { try {} catch (kind) { return kind === 'execution' } }",
        "function process() { switch (kind) { case 'k': switch (data.x) { case 'execution': } } }",
        "function process(data) { return data.kind === 'execution' || kind === 'k' || kind == 'other' }",
        "function process(data) { var kind = data.event_type; return kind === 'execution' }",
    ] {
        assert_eq!(lint("js", fine), [""; 0]);
    }
    for fine in [
        "local function f(kind) return kind == 'execution' end function process() f(1) end",
        "local t = {} function t.a:f(kind) return kind == 'execution' end function process() end",
    ] {
        assert_eq!(lint("lua", fine), [""; 0]);
    }
    let own = with_reaction(
        "{format: js, code: 'function process() { return kind == \"execution\" }'}\n",
    )
    .replace("kind: k", "kind: execution");
    assert_eq!(problems(&own), [""; 0]);
}

#[test]
fn a_shell_reaction_warns_where_it_is_not_granted() {
    let text = with_reaction("{format: shell, code: 'true'}\n");
    assert_eq!(
        problems(&text),
        [
            "format-not-granted 10:16 `shell` this reaction will not run: `shell` needs `exec.shell` -- the configuration does not grant it: `--grant exec.shell`"
        ]
    );
    let granted = Grants::standard().with(&["exec.shell".parse().unwrap()]);
    assert!(load_granted(&text, &granted).diagnostics.is_empty());
}

#[test]
fn another_interpreter_than_sh_is_ignored_with_a_warning() {
    let granted = Grants::standard().with(&["exec.shell".parse().unwrap()]);
    assert_eq!(
        lint_granted("shell", "#!/bin/bash\necho", &granted),
        ["no-effect 12:9 `#!/bin/bash` the `#!` line is ignored: the script is run by `/bin/sh`"]
    );
    for fine in ["#!/bin/sh", "#!/bin/sh -e", "#! /usr/bin/env sh", "# no interpreter"] {
        assert_eq!(lint_granted("shell", fine, &granted), [""; 0]);
    }
}

#[test]
fn helpers_at_the_place_of_a_command_are_calls_in_shell() {
    let granted = Grants::standard().with(&["exec.shell".parse().unwrap()]);
    for call in [
        "PowerOff",
        "true && PowerOff now",
        "x=$(PowerOff)",
        "if ! PowerOff; then echo; fi",
        "A=1 PowerOff",
        "PowerOff() { true; }\nPowerOff2() { :; }; KillCurrent | PowerOff",
    ] {
        let found = lint_granted("shell", call, &granted);
        assert_eq!(found.len(), usize::from(!call.contains("()")), "{call}: {found:?}");
    }
    for fine in [
        "echo PowerOff",
        "# PowerOff",
        "echo 'x\nPowerOff\n'",
        "cat <<EOF\nPowerOff\nEOF",
        "cat <<EOF\nno EOF yet\nPowerOff\nEOF",
        "cat <<-'X Y'\n\tPowerOff\n\tX Y",
        "echo x > PowerOff",
        "\"PowerOff\"x",
        "./PowerOff",
    ] {
        assert_eq!(lint_granted("shell", fine, &granted), [""; 0], "{fine}");
    }
}

/// Everyday JavaScript that logs and then throws `undefined`.
#[test]
fn an_error_that_is_thrown_without_new_is_a_warning() {
    assert_eq!(
        lint("js", "function process(data) {\n  throw Error('boom');\n}"),
        [
            "throws-nothing 13:17 `Error` the helper `Error` logs and gives nothing: that is what is thrown -- write `new Error(…)`"
        ]
    );
    for warned in [
        "async function process() { return Promise.reject(Error('q')); }",
        "function process() { return new Promise((ok, reject) => reject(Error('q'))); }",
    ] {
        assert_eq!(lint("js", warned).len(), 1, "{warned}");
    }
    assert_eq!(lint("rhai", "fn process(data) { throw Error(\"boom\"); }").len(), 1);
    for fine in [
        "function process() { throw new Error('x'); }",
        "function process() { Error('logged'); throw TypeError('x'); }",
        "function process() { const Error = Object; throw Error('x'); }",
        "async function process() { return Promise.reject(new Error('q')); }",
        "function process() { throw a.Error('x'); } const a = {Error: String};",
    ] {
        assert_eq!(lint("js", fine), [""; 0], "{fine}");
    }
    assert_eq!(lint("lua", "function process(data) error('x') end"), [""; 0]);
}
