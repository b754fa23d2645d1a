//! A toy language: what a further engine costs (`engines/src/guide.md`). It claims the cases of the corpus that have a `reaction.toy`.
//!
//! A statement a line: `let NAME = VALUE`, `let NAME = Helper VALUE…`, `Helper VALUE…`, `fail VALUE`, `repeat` … `end` (for ever). A value is JSON, or a path such as
//! `data.process.pid`; within a text `{path}` is filled in. What follows the line `process` runs for each event, what stands before it once.

use std::{collections::HashMap, sync::Arc, time::Instant};

use reactant_core::{
    engine::{
        Door, EngineError, Frame, Halt, Invocation, Language, Machine, Position, ReactionEngine,
        ScriptError, ScriptId, Setup, Source,
    },
    helper::{HelperId, HelperSpec},
    limits::{Limits, Stop},
    packed::{Node, View},
    value::{Opaque, Value},
};

#[derive(Debug)]
pub(crate) struct Toy;

pub(crate) const FORMAT: &str = "toy";

static LANGUAGE: Language = Language {
    format: FORMAT,
    aliases: &[],
    extensions: &["toy"],
    defines_process: true,
    capability: None,
};

impl ReactionEngine for Toy {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        Ok(Box::new(Toys { helpers: Arc::clone(&setup.helpers), scripts: Vec::new() }))
    }
}

/// A machine: the scripts that it loaded.
struct Toys {
    helpers: Arc<[(HelperId, HelperSpec)]>,
    scripts: Vec<Script>,
}

/// The statements after `process`, and what the ones before it left.
struct Script {
    process: Vec<Line>,
    globals: HashMap<String, Value>,
}

struct Line {
    at: Position,
    statement: Statement,
}

enum Statement {
    /// A call or, without a helper, one value; kept under the name.
    Do {
        name: Option<String>,
        helper: Option<HelperId>,
        values: Vec<Term>,
    },
    Fail(Term),
    Repeat,
    End,
}

enum Term {
    Path(String),
    Value(Value),
}

impl Machine for Toys {
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        let mut top = Vec::new();
        let mut process = None;
        for (line, text) in (1..).zip(source.text.lines()) {
            let lines = process.as_mut().unwrap_or(&mut top);
            let column = 1 + text.chars().take_while(|c| c.is_whitespace()).count() as u32;
            let at = Position { line, column };
            match text.trim() {
                text if text.is_empty() || text.starts_with('#') => {}
                "process" => process = Some(Vec::new()),
                text => {
                    let statement = self.statement(text).map_err(|error| threw(error, at, ""))?;
                    lines.push(Line { at, statement });
                }
            }
        }
        let Some(process) = process else {
            let message = "the script does not define `process`".to_owned();
            return Err(Halt::Threw(ScriptError { message, ..ScriptError::default() }));
        };
        // The top level runs once, with the door shut.
        let mut run = Run::new(limits, HashMap::new());
        run.lines(&top, None, &mut Shut, "")?;
        self.scripts.push(Script { process, globals: run.variables });
        Ok(ScriptId(self.scripts.len() as u32 - 1))
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let script = &self.scripts[script.0 as usize];
        // A copy of what the top level left: nothing that an earlier invocation did is in it.
        let mut run = Run::new(invocation.limits, script.globals.clone());
        for (name, text) in
            [("kind", invocation.kind), ("name", invocation.name), ("uuid", invocation.uuid)]
        {
            run.variables.insert(name.to_owned(), text.into());
        }
        run.lines(&script.process, Some(invocation.data.root()), door, "process")
    }

    fn memory(&self) -> usize {
        self.scripts.iter().map(|script| script.process.len() * size_of::<Line>()).sum()
    }
}

impl Toys {
    fn statement(&self, text: &str) -> Result<Statement, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        Ok(match word {
            "repeat" => Statement::Repeat,
            "end" => Statement::End,
            "fail" => Statement::Fail(term(rest)?.0),
            "let" => {
                let (name, what) = rest.split_once('=').ok_or("`let` without `=`")?;
                self.call(Some(name.trim().to_owned()), what.trim())?
            }
            _ => self.call(None, text)?,
        })
    }

    fn call(&self, name: Option<String>, text: &str) -> Result<Statement, String> {
        let (word, args) = text.split_once(' ').unwrap_or((text, ""));
        let helper = self.helpers.iter().find(|(_, spec)| spec.name == word).map(|(id, _)| *id);
        let mut rest = if helper.is_some() { args } else { text };
        let mut values = Vec::new();
        while !rest.trim().is_empty() {
            let (value, after) = term(rest)?;
            values.push(value);
            rest = after;
        }
        Ok(Statement::Do { name, helper, values })
    }
}

/// The first value of a text, and what follows it.
fn term(text: &str) -> Result<(Term, &str), String> {
    let text = text.trim_start();
    let mut json = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    if let Some(Ok(value)) = json.next() {
        let value = match value {
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Null => Value::Null,
            other => Value::from(other.as_f64().ok_or("lists and maps are beyond a toy")?),
        };
        return Ok((Term::Value(value), &text[json.byte_offset()..]));
    }
    let end = text.find(' ').unwrap_or(text.len());
    match &text[..end] {
        "" => Err("a value is missing".to_owned()),
        path if path.starts_with('"') => Err("a text does not end".to_owned()),
        path => Ok((Term::Path(path.to_owned()), &text[end..])),
    }
}

/// A run of statements within limits.
struct Run {
    deadline: Option<Instant>,
    memory: usize,
    variables: HashMap<String, Value>,
}

impl Run {
    fn new(limits: &Limits, variables: HashMap<String, Value>) -> Run {
        let deadline = Instant::now().checked_add(limits.timeout);
        Run { deadline, memory: limits.memory, variables }
    }

    fn lines(
        &mut self,
        lines: &[Line],
        data: Option<Node<'_>>,
        door: &mut dyn Door,
        function: &str,
    ) -> Result<(), Halt> {
        let mut loops = Vec::new();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(Stop::Timeout.into());
            }
            at += 1;
            match &line.statement {
                Statement::Repeat => loops.push(at),
                Statement::End => at = loops.last().copied().unwrap_or(at),
                Statement::Fail(what) => {
                    let message = text(&self.value(what, data)?);
                    return Err(threw(message, line.at, function));
                }
                Statement::Do { name, helper, values } => {
                    let values = values.iter().map(|value| self.value(value, data));
                    let values = values.collect::<Result<Vec<Value>, Stop>>()?;
                    // The host's verdict ends the script: there is nothing here that could catch it.
                    let value = match helper {
                        Some(helper) => door.call(*helper, &values)?,
                        None => values.into_iter().next().unwrap_or_default(),
                    };
                    if let Some(name) = name {
                        self.variables.insert(name.clone(), value);
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&self, term: &Term, data: Option<Node<'_>>) -> Result<Value, Stop> {
        match term {
            Term::Path(path) => Ok(self.path(path, data)),
            Term::Value(Value::Text(template)) => {
                let mut filled = String::new();
                let mut rest = template.as_str();
                while let Some((before, (path, after))) =
                    rest.split_once('{').and_then(|(a, b)| Some((a, b.split_once('}')?)))
                {
                    filled += before;
                    filled += &text(&self.path(path, data));
                    rest = after;
                    // Variables may hold each other: the bound comes before the growth.
                    if filled.len() + rest.len() > self.memory / (1 + self.variables.len()) {
                        return Err(Stop::Memory);
                    }
                }
                Ok((filled + rest).into())
            }
            Term::Value(value) => Ok(value.clone()),
        }
    }

    /// What a path leads to; null where there is nothing. The event is read in place.
    fn path(&self, path: &str, data: Option<Node<'_>>) -> Value {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        if first != "data" {
            return self.variables.get(first).cloned().unwrap_or_default();
        }
        let mut node = data;
        for name in names {
            node = match node.map(Node::view) {
                Some(View::Map(map)) => map.get_text(name),
                Some(View::List(list)) => name.parse().ok().and_then(|index| list.get(index)),
                _ => None,
            };
        }
        match node.map(Node::view) {
            // As for every helper: what has structure goes as its kind, not as its content.
            Some(View::Map(_)) => Value::Opaque(Opaque::Object),
            Some(View::List(_)) => Value::Opaque(Opaque::List),
            Some(_) => node.map(Node::to_value).unwrap_or_default(),
            None => Value::Null,
        }
    }
}

/// The door while a script loads: every call ends the script.
struct Shut;

impl Door for Shut {
    fn call(&mut self, _: HelperId, _: &[Value]) -> Result<Value, Stop> {
        Err(Stop::Loading)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_json().to_string(),
    }
}

fn threw(message: String, at: Position, function: &str) -> Halt {
    let at = Some(at);
    let trace = vec![Frame { function: function.to_owned(), at }];
    Halt::Threw(ScriptError { message, at, trace })
}
