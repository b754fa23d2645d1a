//! Values between the host and a script: from the event, to a helper, back from it, and as JSON text and back.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use libfuzzer_sys::arbitrary::Unstructured;
use reactant_core::{
    detection::Detection,
    engine::ScriptId,
    helper::{Call, HelperSpec, ParamKind, Registry, Returns},
    limits::Limits,
    value::{EXACT_INTEGER, Map, Value},
};

use crate::{
    input::stretched,
    json,
    world::{World, on_worker},
};

/// What reached the helper, in order.
type Kept = Arc<Mutex<Vec<Value>>>;

/// A language's script that hands a value around, and its rule.
struct Rule {
    format: &'static str,
    source: &'static str,
    /// Whether integers beyond 2^53 keep all their digits, rather than become the nearest double.
    exact_integers: bool,
    /// Whether null is no value: absent from a map, and from the end of a list.
    no_nulls: bool,
    /// Whether there are only texts: the event is one.
    only_texts: bool,
}

const RULES: &[Rule] = &[
    Rule {
        format: "js",
        source: "function process(data) { Keep(data.value); Keep(Keep(data.value)); Keep(JSON.parse(JSON.stringify(data.value))); }",
        exact_integers: false,
        no_nulls: false,
        only_texts: false,
    },
    Rule {
        format: "lua",
        source: "function process(data) Keep(data.value); Keep(Keep(data.value)); Keep(json.decode(json.encode(data.value))) end",
        exact_integers: false,
        no_nulls: true,
        only_texts: false,
    },
    Rule {
        format: "rhai",
        source: "fn process(data) { Keep(data.value); Keep(Keep(data.value)); Keep(parse_json(to_json(data.value))); }",
        exact_integers: true,
        no_nulls: false,
        only_texts: false,
    },
    Rule {
        format: "shell",
        source: "exec >/dev/null\ntext=$(cat \"$REACTION_DATA_FILE\")\nKeep \"$(cat)\"\nKeep \"$(Keep \"$text\")\"\nKeep \"$text\"",
        exact_integers: true,
        no_nulls: false,
        only_texts: true,
    },
];

/// The ways on which the script sends a value.
const WAYS: [&str; 4] =
    ["from the event", "from the event again", "from the helper", "from JSON text"];

/// Takes an input as a value and hands it around in a language. It comes back as the rule of `events.md` says on every way.
pub fn cross(format: &'static str, bytes: &[u8]) {
    thread_local!(static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) });
    on_worker(format, bytes, |format, bytes| {
        STAGE.with_borrow_mut(|stage| stage.get_or_insert_with(|| Stage::new(format)).play(bytes));
    });
}

struct Stage {
    rule: &'static Rule,
    world: World,
    script: ScriptId,
    kept: Kept,
}

impl Stage {
    fn new(format: &str) -> Stage {
        let rule = RULES.iter().find(|rule| rule.format == format).expect("a rule of the language");
        let kept = Kept::default();
        let mut registry = Registry::new();
        let spec = HelperSpec::new("Keep", "Keeps a value and gives it back.")
            .param("value", ParamKind::Any)
            .returns(if rule.only_texts { Returns::Text } else { Returns::Record(&[]) });
        let sink = Arc::clone(&kept);
        let keep = move |call: &mut Call<'_>| {
            let value = call.args.first().cloned().flatten().unwrap_or_default();
            lock(&sink).push(value.clone());
            Ok(value.into())
        };
        registry.register(spec, keep).expect("the name is free");
        let limits = Limits::default();
        let mut world = World::new(format, registry, limits.memory);
        let (script, _) = world.load(rule.source, &limits);
        Stage { rule, world, script: script.expect("the script loads"), kept }
    }

    fn play(&mut self, bytes: &[u8]) {
        let Ok(value) = json::value(&mut Unstructured::new(&stretched(bytes)), 5) else { return };
        let event =
            serde_json::json!({"event_type": "execution", "value": {"v": value}}).to_string();
        // Some values are nested deeper than an event may be.
        let Some(detection) = self.world.detection(&event) else { return };
        let want = self.came(&detection);
        lock(&self.kept).clear();
        let ended = self.world.run(self.script, &detection, &Limits::default());
        let kept = lock(&self.kept);
        assert!(ended.verdict.is_none() && ended.result.is_ok(), "{ended:?} with {value}");
        assert_eq!(kept.len(), WAYS.len());
        for (got, way) in kept.iter().zip(WAYS) {
            assert!(
                same(got, &want, way == WAYS[3]),
                "{way}, of {value}\n  is    {got:?}\n  wants {want:?}"
            );
        }
    }

    /// What the value of the event is in this language.
    fn came(&self, detection: &Detection) -> Value {
        if self.rule.only_texts {
            return Value::Text(detection.data.root().to_json_exact());
        }
        let root = detection.data.root().as_map();
        let node = root.and_then(|map| map.get_text("value"));
        self.rule.of(&node.map(|node| node.to_value()).unwrap_or_default())
    }
}

impl Rule {
    fn of(&self, value: &Value) -> Value {
        match value {
            Value::Int(number)
                if !self.exact_integers && number.abs_diff(0) > EXACT_INTEGER as u64 =>
            {
                Value::from(*number as f64)
            }
            Value::List(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.of(item)).collect();
                while self.no_nulls && items.last() == Some(&Value::Null) {
                    items.pop();
                }
                Value::List(items)
            }
            Value::Map(map) => {
                let entries =
                    map.iter().filter(|(_, value)| **value != Value::Null || !self.no_nulls);
                Value::Map(
                    entries.map(|(key, value)| (key.clone(), self.of(value))).collect::<Map>(),
                )
            }
            other => other.clone(),
        }
    }
}

/// Whether a value is as it should be. A whole number beyond 2^53 that is no integer is written in JSON as all its digits, which read as an integer where
/// there are 64-bit ones.
fn same(got: &Value, want: &Value, from_text: bool) -> bool {
    match (got, want) {
        (Value::Int(got), Value::Float(want)) => from_text && *got as f64 == *want,
        (Value::List(got), Value::List(want)) => {
            let mut pairs = got.iter().zip(want);
            got.len() == want.len() && pairs.all(|(got, want)| same(got, want, from_text))
        }
        (Value::Map(got), Value::Map(want)) => {
            let found = |key: &String, want: &Value| {
                got.get(key).is_some_and(|got| same(got, want, from_text))
            };
            got.len() == want.len() && want.iter().all(|(key, want)| found(key, want))
        }
        _ => got == want,
    }
}

fn lock(kept: &Mutex<Vec<Value>>) -> MutexGuard<'_, Vec<Value>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
