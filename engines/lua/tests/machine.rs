//! What the engine promises beyond the corpus.

#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

use std::time::Duration;

use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ReactionEngine, Setup, Source},
    helper::{HelperId, HelperSpec, ParamKind},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};

struct Journal(Vec<String>);

impl Door for Journal {
    fn call(&mut self, _: HelperId, args: &[Value]) -> Result<Value, Stop> {
        self.0.push(args.iter().map(Value::to_string).collect::<Vec<_>>().join(" "));
        Ok(Value::Null)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

fn machine() -> Box<dyn Machine> {
    let spec = HelperSpec::new("Info", "").param("message", ParamKind::Text);
    let setup =
        Setup { helpers: vec![(HelperId(0), spec)].into(), memory: 64 << 20, now_millis: 0 };
    reactant_engine_lua::Engine::default().machine(&setup).unwrap()
}

fn run_on(machine: &mut dyn Machine, text: &str, data: &str) -> (Result<(), Halt>, Vec<String>) {
    let limits = Limits { timeout: Duration::from_secs(1), memory: 8 << 20, ..Limits::default() };
    let source = Source { name: "reaction.lua".into(), text: text.into() };
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let data = Packed::of(&data.into());
    let mut journal = Journal(Vec::new());
    let result = machine.load(&source, &limits).and_then(|script| {
        let invocation =
            Invocation { data: &data, kind: "k", name: "n", uuid: "u", seed: 1, limits: &limits };
        machine.run(script, &invocation, &mut journal)
    });
    (result, journal.0)
}

#[test]
fn fields_are_read_and_helpers_called() {
    let (result, log) = run_on(
        &mut *machine(),
        "function process(data) Info(data.process.cmd) Info(#data.process.args) Info(kind .. name .. uuid) end",
        r#"{"process": {"cmd": "wget x", "args": ["a", "b"]}}"#,
    );
    assert_eq!(result, Ok(()));
    assert_eq!(log, ["wget x", "2", "knu"]);
}

#[test]
fn a_local_process_is_found() {
    let (result, log) =
        run_on(&mut *machine(), "local function process(data) Info('yes') end -- end", "{}");
    assert_eq!((result, log), (Ok(()), vec!["yes".to_owned()]));
}

#[test]
fn a_loop_ends_at_the_deadline() {
    let text = "function process() while true do pcall(function() while true do end end) end end";
    let (result, _) = run_on(&mut *machine(), text, "{}");
    assert_eq!(result, Err(Halt::Stopped(Stop::Timeout)));
}

#[test]
fn a_heap_that_grows_ends_at_the_limit() {
    let text = "function process() local t = {} while true do pcall(function() t[#t + 1] = {} end) end end";
    let (result, _) = run_on(&mut *machine(), text, "{}");
    assert_eq!(result, Err(Halt::Stopped(Stop::Memory)));
}

#[test]
fn an_error_has_its_line_and_its_calls() {
    let text = "local function f()\n  error('boom')\nend\nfunction process()\n  f()\nend";
    let (result, _) = run_on(&mut *machine(), text, "{}");
    let Err(Halt::Threw(error)) = result else { panic!("{result:?}") };
    assert_eq!(error.message, "boom");
    assert_eq!(error.at.unwrap().line, 2);
    let names: Vec<&str> = error.trace.iter().map(|frame| frame.function.as_str()).collect();
    assert_eq!(names, ["error", "f", "process"]);
}

#[test]
fn a_key_that_lua_refuses_is_an_error_of_the_script() {
    for key in ["nil", "0 / 0", "(vector and vector.create(0 / 0, 0, 0))"] {
        let text = format!("function process(data) data[{key}] = 1 end");
        let (result, _) = run_on(&mut *machine(), &text, "{}");
        assert!(matches!(result, Err(Halt::Threw(_))), "{key}: {result:?}");
    }
}

#[cfg(feature = "luau")]
#[test]
fn a_script_may_freeze_its_globals() {
    let text = "function process(data) Info(kind .. data.a) end table.freeze(_G)";
    let (result, log) = run_on(&mut *machine(), text, r#"{"a": 1}"#);
    assert_eq!((result, log), (Ok(()), vec!["k1".to_owned()]));
}

#[test]
fn keys_come_in_the_same_order_in_every_machine() {
    let text = "function process()
        local set, keys = {}, {}
        for n = 1, 200 do set['key' .. n] = n end
        for key in pairs(set) do keys[#keys + 1] = key end
        Info(table.concat(keys, ' '))
    end";
    let mut machines = [machine(), machine(), machine()];
    let logs = machines.each_mut().map(|machine| run_on(&mut **machine, text, "{}").1);
    assert!(!logs[0].is_empty());
    assert!(logs.iter().all(|log| *log == logs[0]));
}

#[test]
fn the_text_of_json_counts_where_it_is_made_too() {
    let text = "function process()
        local text = string.rep('x', 2000000)
        json.encode({text, text})
    end";
    let (result, _) = run_on(&mut *machine(), text, "{}");
    assert_eq!(result, Err(Halt::Stopped(Stop::Memory)));
    let (result, _) = run_on(&mut *machine(), &text.replace("2000000", "500000"), "{}");
    assert_eq!(result, Ok(()));
}

/// Runs a script on a new machine, and on one where others ran and left garbage.
fn run_early_and_late(text: &str) -> [Vec<String>; 2] {
    let noise = "function process()
        local left = {}
        for n = 1, 3000 do left['noise' .. n] = {tostring({}), function() return n end} end
    end";
    let (mut early, mut late) = (machine(), machine());
    for _ in 0..3 {
        assert_eq!(run_on(&mut *late, noise, "{}").0, Ok(()));
    }
    [&mut early, &mut late].map(|machine| {
        let (result, log) = run_on(&mut **machine, text, "{}");
        assert_eq!(result, Ok(()));
        log
    })
}

#[test]
fn the_order_of_keys_does_not_tell_what_ran_before() {
    let text = "function process()
        local set, keys = {}, {}
        for n = 1, 200 do set['key' .. n] = n end
        for key in pairs(set) do keys[#keys + 1] = key end
        Info(table.concat(keys, ' '))
    end";
    let [early, late] = run_early_and_late(text);
    assert_eq!(early, late);
}

#[cfg(feature = "luajit")]
#[test]
fn tables_and_functions_are_known_by_numbers_that_start_anew() {
    let text = "function process()
        local set, order = {}, {}
        for n = 1, 200 do
            set[{}] = n
            set[function() return n end] = -n
            set[coroutine.create(print or next)] = 0.5 + n
        end
        for _, n in pairs(set) do order[#order + 1] = n end
        Info(table.concat(order, ' '))
        Info(tostring({}) .. tostring(function() end) .. string.format('%p %s', {}, order))
    end";
    let [early, late] = run_early_and_late(text);
    assert_eq!(early, late);
}
