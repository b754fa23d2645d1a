use reactant_core::{packed::Packed, value::Value};

use super::*;

struct Silent;

impl Door for Silent {
    fn call(&mut self, _: reactant_core::helper::HelperId, _: &[Value]) -> Result<Value, Stop> {
        Ok(Value::Null)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

#[test]
fn a_restored_world_is_the_script_s_to_the_byte() {
    let limits = Limits { memory: 8 << 20, ..Limits::default() };
    let setup = Setup { memory: limits.memory, ..Setup::default() };
    let mut machine = QuickJs::new(&setup, None).unwrap();
    let source = |text: &str| Source { name: "r.js".into(), text: text.into() };
    let vandal = "const kept = []; function process(data) {
        Array.prototype.map = null; globalThis.x = data; data.y = 1; kept.push('z'.repeat(1e5)); delete globalThis.Map;
        for (let i = 0; i < 1e4; i++) kept.push({ i }); throw kept; }";
    let first = machine.load(&source(vandal), &limits).unwrap();
    let second = machine.load(&source("function process() {}"), &limits).unwrap();
    let data = Packed::of(&Value::Map([("a".to_owned(), Value::from("b"))].into_iter().collect()));
    for _ in 0..3 {
        let invocation =
            Invocation { data: &data, kind: "", name: "", uuid: "", seed: 1, limits: &limits };
        assert!(machine.run(first, &invocation, &mut Silent).is_err());
        for script in [first, second] {
            let index = script.0 as usize;
            machine.restore(Some(index));
            assert!(machine.scripts[index].delta.is_in(&machine.image, &machine.arena));
        }
        machine.run(second, &invocation, &mut Silent).unwrap();
    }
    // The deltas of two small scripts are small.
    assert!(machine.memory() < 2 << 20, "{}", machine.memory());
    assert!(machine.scripts[1].delta.len() < 64 << 10, "{}", machine.scripts[1].delta.len());
}
