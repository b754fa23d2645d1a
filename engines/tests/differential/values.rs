//! Values cross by one rule: read from the event, given to a helper, taken back from it, written as JSON text and read again.
//!
//! The rule (`events.md`): integers are exact in Rhai (and Lua 5.4), and the nearest double elsewhere; a whole float crosses as an integer; NaN and the infinities
//! as null; what is null is absent from an object in Lua, which has no other word for it. Everything else comes back as it went.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use proptest::{collection::vec, prelude::*, sample::select, strategy::ValueTree};
use reactant_core::{
    detection::Detection,
    engine::Source,
    event::Line,
    helper::{Call, HelperSpec, ParamKind, Returns},
    recipe::{ReactionSpec, Recipe, SourceMap},
    runtime::{Report, Runtime, Status},
    value::{EXACT_INTEGER, Map, Value},
};
use reactant_helpers::{Standard, store::Store};
use serde_json::{Value as Json, json};

use crate::{runner, write::Language};

/// What reached the helper, in order.
type Kept = Arc<Mutex<Vec<Value>>>;

/// Every value comes back as the rule says, in every language.
pub(crate) fn agree(seed: u64, count: usize) -> Result<(), String> {
    let kept = Kept::default();
    let worlds: Vec<World> =
        Language::all().map(|language| World::new(language, &kept)).collect::<Result<_, _>>()?;
    let mut runner = runner(seed);
    let strategy = value();
    for _ in 0..count {
        let mut tree = strategy.new_tree(&mut runner).map_err(|reason| reason.to_string())?;
        let fault = |json: &Json| worlds.iter().find_map(|world| world.fault(json, &kept).err());
        if fault(&tree.current()).is_none() {
            continue;
        }
        let mut found = String::new();
        loop {
            let simpler = match fault(&tree.current()) {
                Some(fault) => {
                    found = format!("{}\n{fault}", tree.current());
                    tree.simplify()
                }
                None => tree.complicate(),
            };
            if !simpler {
                return Err(found);
            }
        }
    }
    Ok(())
}

/// A language with the program that hands a value around.
struct World {
    language: Language,
    runtime: Runtime,
    recipe: Arc<Recipe>,
    statuses: Arc<Mutex<Vec<(Status, String)>>>,
}

impl World {
    fn new(language: Language, kept: &Kept) -> Result<World, String> {
        let text = match language {
            Language::Js => {
                "function process(data) { Keep(data.value); Keep(Keep(data.value)); Keep(JSON.parse(JSON.stringify(data.value))); }"
            }
            Language::Lua => {
                "function process(data) Keep(data.value); Keep(Keep(data.value)); Keep(json.decode(json.encode(data.value))) end"
            }
            Language::Rhai => {
                "fn process(data) { Keep(data.value); Keep(Keep(data.value)); Keep(parse_json(to_json(data.value))); }"
            }
        };
        let mut helpers = Standard::new(Store::memory()).registry();
        let spec = HelperSpec::new("Keep", "Keeps a value and gives it back.")
            .param("value", ParamKind::Any);
        let sink = Arc::clone(kept);
        let keep = move |call: &mut Call<'_>| {
            let value = call.args.first().cloned().flatten().unwrap_or_default();
            sink.lock().expect("no holder panics").push(value.clone());
            Ok(value.into())
        };
        helpers
            .register(spec.returns(Returns::Record(&[])), keep)
            .map_err(|error| error.to_string())?;
        let spec = ReactionSpec {
            format: language.format(),
            name: None,
            source: Source { name: "values".into(), text: text.into() },
            map: SourceMap {
                file: std::path::Path::new("values").into(),
                first_line: 1,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        };
        let recipe: Arc<Recipe> = Recipe::of_reaction("values", spec).into();
        let statuses: Arc<Mutex<Vec<(Status, String)>>> = Arc::default();
        let sink = Arc::clone(&statuses);
        let runtime = Runtime::builder()
            .engines(reactant_engines::table())
            .helpers(helpers)
            .recipes(vec![Arc::clone(&recipe)])
            .on_report(move |report| {
                if let Report::Outcome(outcome) = report {
                    let message = outcome.error.map(|fault| fault.message).unwrap_or_default();
                    sink.lock().expect("no holder panics").push((outcome.status, message));
                }
            })
            .build()
            .map_err(|error| error.to_string())?;
        Ok(World { language, runtime, recipe, statuses })
    }

    /// What is wrong with what came back.
    fn fault(&self, json: &Json, kept: &Kept) -> Result<(), String> {
        let event = json!({"event_type": "execution", "value": {"v": json}}).to_string();
        let line = Line::parse(event.as_bytes(), 1).map_err(|error| error.to_string())?;
        let Line::Event(mut event) = line else { return Err("a header is no event".to_owned()) };
        event.complete(1, 0, Timestamp::UNIX_EPOCH);
        let data = Arc::new(event.data(&self.recipe.metadata, event.actions()));
        let node = data.root().as_map().and_then(|map| map.get_text("value"));
        let want = self.rule(&node.map(|node| node.to_value()).unwrap_or_default());
        let detection = Detection {
            event: Arc::new(event),
            recipe: Arc::clone(&self.recipe),
            recipe_index: 0,
            data,
        };
        kept.lock().expect("no holder panics").clear();
        self.runtime.answer(detection);
        let _ = self.runtime.drain();
        let status = self.statuses.lock().expect("no holder panics").pop();
        if status != Some((Status::Ok, String::new())) {
            return Err(format!("{:?}: {status:?}", self.language));
        }
        let ways = ["from the event", "from the event again", "from the helper", "from JSON text"];
        let kept = kept.lock().expect("no holder panics");
        if kept.len() != ways.len() {
            return Err(format!("{:?}: {} values came", self.language, kept.len()));
        }
        match kept.iter().zip(ways).find(|(got, way)| !same(got, &want, *way == "from JSON text")) {
            None => Ok(()),
            Some((got, way)) => {
                Err(format!("{:?}, {way}\n  is    {got:?}\n  wants {want:?}", self.language))
            }
        }
    }

    /// What a value is in this language.
    fn rule(&self, value: &Value) -> Value {
        match value {
            Value::Int(number)
                if number.abs() > EXACT_INTEGER && self.language != Language::Rhai =>
            {
                Value::from(*number as f64)
            }
            Value::List(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.rule(item)).collect();
                while self.language == Language::Lua && items.last() == Some(&Value::Null) {
                    items.pop();
                }
                Value::List(items)
            }
            Value::Map(map) => {
                let there = |value: &Value| *value != Value::Null || self.language != Language::Lua;
                let entries = map.iter().filter(|(_, value)| there(value));
                Value::Map(
                    entries.map(|(key, value)| (key.clone(), self.rule(value))).collect::<Map>(),
                )
            }
            other => other.clone(),
        }
    }
}

/// Whether a value is as it should be. A whole number beyond 2^53 that is no integer is written in JSON as all its digits, which read as an integer where there
/// are 64-bit ones.
fn same(got: &Value, want: &Value, from_text: bool) -> bool {
    match (got, want) {
        (Value::Int(got), Value::Float(want)) => from_text && *got as f64 == *want,
        (Value::List(got), Value::List(want)) => {
            let pairs = || got.iter().zip(want);
            got.len() == want.len() && pairs().all(|(got, want)| same(got, want, from_text))
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

/// JSON of every kind, with what is awkward in some language.
fn value() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        (-10..10_i64).prop_map(|by| Json::from((1_i64 << 53) + by)),
        (-10..10_i64).prop_map(|by| Json::from(by - (1_i64 << 53))),
        any::<i32>().prop_map(Json::from),
        any::<f64>().prop_filter_map("JSON has finite numbers", |number| number
            .is_finite()
            .then(|| Json::from(number))),
        any::<i32>().prop_map(|number| Json::from(f64::from(number))),
        select(vec![-0.0, 1e300, 5e-324, 0.1, 1e21, 1e15, 123_456_789_012_345_680.0])
            .prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
    ];
    let key = prop_oneof![
        select(vec![
            "__proto__",
            "constructor",
            "prototype",
            "toString",
            "toJSON",
            "hasOwnProperty",
            "length",
            "__index",
            "__newindex",
            "__metatable",
            "__len",
            "__gc",
            "len",
            "keys",
            "values",
            "type_of",
            "this",
            "0",
            "1",
            "-1",
            "1.5",
            "",
            "a b",
            "ü",
            "\u{0}",
            "end",
            "n",
            "value",
            "data",
            "4294967295",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ];
    let text = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        select(vec!["null", "NaN", "1e5", "\u{fffd}", "\u{feff}", "\u{2028}", "🦀"])
            .prop_map(str::to_owned),
        (1_000..40_000_usize).prop_map(|count| "xü".repeat(count)),
    ];
    let leaf = prop_oneof![
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        4 => number,
        3 => text.prop_map(Json::from),
        1 => Just(json!([])),
        1 => Just(json!({})),
        1 => (1..60_usize).prop_map(|depth| (0..depth).fold(json!("deep"), |inner, at| if at % 2 == 0 { json!([inner]) } else { json!({"k": inner}) })),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Json::from),
            vec((key.clone(), inner), 0..6).prop_map(|entries| Json::from(
                entries.into_iter().collect::<serde_json::Map<_, _>>()
            )),
        ]
    })
}
