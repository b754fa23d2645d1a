use reactant_core::{helper::HelperId, packed::Packed, value::Value};

use super::*;

struct Silent;

impl Door for Silent {
    fn call(&mut self, _: HelperId, _: &[Value]) -> Result<Value, Stop> {
        Ok(Value::Null)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

#[test]
fn an_invocation_leaves_nothing_behind() {
    let limits = Limits { memory: 8 << 20, ..Limits::default() };
    let setup = Setup { memory: limits.memory, ..Setup::default() };
    let mut machine = Rhai::new(&setup).unwrap();
    let scripts = [
        "fn process(data) { data.a.b = [1, data.a]; to_json(data); let f = |x| x + data.a.c; f.call(1); }",
        "let kept = #{}; let own = || kept; fn process(data) { kept.me = own; kept.text = \"\"; kept.text.pad(100000, 'x'); own.call(); }",
        "fn process(data) { let map = #{}; let itself = || map; map.me = itself; map.text = \"\"; map.text.pad(100000, 'x'); }",
        "fn process(data) { let a = []; let b = []; let f = || a; let g = || b; a.push(g); b.push(f); a.pad(1000, 1); throw a; }",
        "fn process(data) { let s = \"\"; let l = []; let f = || l; l.push(f); loop { s += \"x\"; l.push(s); } }",
    ];
    let inner = [("c".to_owned(), Value::from(1))].into_iter().collect();
    let data = Packed::of(&Value::Map([("a".to_owned(), Value::Map(inner))].into_iter().collect()));
    for text in scripts {
        let source = Source { name: "r.rhai".into(), text: text.into() };
        let script = machine.load(&source, &limits).unwrap();
        let invocation =
            Invocation { data: &data, kind: "", name: "", uuid: "", seed: 1, limits: &limits };
        let mut results = Vec::new();
        for _ in 0..20 {
            results.push(
                machine.run(script, &invocation, &mut Silent).map_err(|halt| halt.to_string()),
            );
        }
        let lost = machine.scripts[script.0 as usize].lost;
        assert_eq!(lost, 0, "{text}");
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
    }
}

#[test]
fn what_a_script_loses_in_spite_of_all_counts_as_used() {
    let limits = Limits { memory: 8 << 20, ..Limits::default() };
    let setup = Setup { memory: limits.memory, ..Setup::default() };
    let mut machine = Rhai::new(&setup).unwrap();
    let source = |text: &str| Source { name: "r.rhai".into(), text: text.into() };
    // The mark that says a variable is known already, set by hand.
    let hides = "fn process(data) { let map = #{}; let itself = || map; map.tag = 1; map.text = \"\"; map.text.pad(1000000, 'x'); map.me = itself; }";
    let honest = machine
        .load(&source("fn process(data) { let s = \"\"; s.pad(5000000, 'x'); }"), &limits)
        .unwrap();
    let hiding = machine.load(&source(hides), &limits).unwrap();
    let data = Packed::of(&Value::Map(Default::default()));
    let invocation =
        Invocation { data: &data, kind: "", name: "", uuid: "", seed: 1, limits: &limits };
    machine.scripts[hiding.0 as usize].lost = 7_900_000;
    assert_eq!(machine.run(hiding, &invocation, &mut Silent), Err(Stop::Memory.into()));
    machine.run(honest, &invocation, &mut Silent).unwrap();
}
