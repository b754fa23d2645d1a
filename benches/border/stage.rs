//! A machine with loaded scripts, and a host of a hash map.

use std::{collections::HashMap, sync::Arc};

use reactant_core::{
    engine::{Door, Invocation, Machine, ReactionEngine, ScriptId, Setup, Source},
    event::Line,
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::{Indent, Packed},
    value::Value,
};

use crate::scripts;

/// What a reaction sees of the event.
pub(crate) fn data() -> Packed {
    let text = scripts::event();
    let Ok(Line::Event(event)) = Line::parse(text.trim().as_bytes(), 1) else {
        panic!("the samples hold no event");
    };
    let metadata = [("kind", "bench"), ("name", "bench"), ("tactic", "TA0011")];
    let metadata = metadata.map(|(key, text)| (key.to_owned(), Value::from(text)));
    event.data(&Packed::of(&Value::Map(metadata.into_iter().collect())), event.actions())
}

/// A machine and its scripts.
pub(crate) struct Stage {
    machine: Box<dyn Machine>,
    scripts: Vec<ScriptId>,
    pub(crate) door: MapDoor,
    limits: Limits,
    kind: &'static str,
}

impl Stage {
    /// A machine without scripts.
    pub(crate) fn empty(engine: &Arc<dyn ReactionEngine>) -> Stage {
        let limits = Limits::default();
        let setup = Setup { helpers: helpers(), memory: limits.memory, now_millis: 0 };
        let machine = engine.machine(&setup).expect("a machine");
        Stage { machine, scripts: Vec::new(), door: MapDoor::default(), limits, kind: "bench" }
    }

    /// A machine with these scripts.
    pub(crate) fn new<'a>(
        engine: &Arc<dyn ReactionEngine>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Stage {
        let mut stage = Stage::empty(engine);
        for text in texts {
            stage.load(text);
        }
        stage
    }

    /// Sets the global `kind`.
    pub(crate) fn kind(mut self, kind: &'static str) -> Stage {
        self.kind = kind;
        self
    }

    /// What the first script hands over.
    pub(crate) fn given(mut self, data: &Packed) -> Option<Value> {
        self.door.keeps = true;
        self.run(data, 0);
        self.door.given
    }

    /// Loads a script.
    pub(crate) fn load(&mut self, text: &str) {
        let name = format!("{}.script", self.scripts.len()).into();
        let source = Source { name, text: text.into() };
        let script = self.machine.load(&source, &self.limits);
        self.scripts.push(script.unwrap_or_else(|halt| panic!("{halt}, which is in\n{text}")));
    }

    /// Runs the script at an index.
    pub(crate) fn run(&mut self, data: &Packed, index: usize) {
        let invocation = Invocation {
            data,
            kind: self.kind,
            name: "bench",
            uuid: "0199c2d4-7e5a-7a11-9b6e-4f0e8f2a4242",
            seed: 1,
            limits: &self.limits,
        };
        let result = self.machine.run(self.scripts[index], &invocation, &mut self.door);
        result.expect("the scripts run");
    }

    /// Bytes that the machine holds at rest.
    pub(crate) fn memory(&self) -> usize {
        self.machine.memory()
    }
}

fn helpers() -> Arc<[(HelperId, HelperSpec)]> {
    let spec = |name: &'static str, param, kind| HelperSpec::new(name, "").param(param, kind);
    let helpers = [
        spec("DataGet", "key", ParamKind::Text).returns(Returns::Text),
        spec("DataSet", "key", ParamKind::Text)
            .param("value", ParamKind::Text)
            .returns(Returns::Status),
        spec("Warn", "message", ParamKind::Text),
        spec("Give", "value", ParamKind::Any),
        spec("GiveText", "json", ParamKind::Text),
    ];
    helpers.into_iter().zip(0..).map(|(spec, id)| (HelperId(id), spec)).collect()
}

/// The host: a store, and what was handed to it.
#[derive(Default)]
pub(crate) struct MapDoor {
    pub(crate) store: HashMap<String, String>,
    /// Whether to keep what is handed over; a copy is not to be measured.
    pub(crate) keeps: bool,
    /// What was handed over last.
    pub(crate) given: Option<Value>,
}

impl MapDoor {
    /// Stores the event as text.
    pub(crate) fn keep_event(&mut self, data: &Packed) {
        self.store.insert("event".to_owned(), data.root().to_json(Indent::None));
    }
}

impl Door for MapDoor {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        let text = |index: usize| args.get(index).and_then(Value::as_text).unwrap_or_default();
        Ok(match helper.0 {
            0 => self.store.get(text(0)).map_or(Value::from(""), |value| value.as_str().into()),
            1 => {
                self.store.insert(text(0).to_owned(), text(1).to_owned());
                Value::Int(0)
            }
            3 => {
                if self.keeps {
                    self.given = args.first().cloned();
                }
                Value::Null
            }
            4 => {
                let json: serde_json::Value = serde_json::from_str(text(0)).expect("JSON");
                self.given = Some(json.into());
                Value::Null
            }
            _ => Value::Null,
        })
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}
