//! An engine in a child process, over the border that `reactant_core::engine` claims to be remotable.
//!
//! The child is this test binary itself, started with [`CHILD`] in its environment. Messages are JSON lines on its standard input and output.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use reactant_core::{
    engine::{
        Door, EngineError, Engines, Halt, Invocation, Language, Machine, ReactionEngine, ScriptId,
        Setup, Source,
    },
    helper::{HelperId, Level},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};
use reactant_helpers::store::Store;
use serde::{Deserialize, Serialize};

use crate::run::registry;

/// Names the format that the child serves.
pub(crate) const CHILD: &str = "REACTANT_CONFORMANCE_CHILD";

#[derive(Serialize, Deserialize)]
enum ToChild {
    Begin {
        memory: usize,
        now_millis: i64,
    },
    Load {
        name: String,
        text: String,
        limits: Limits,
    },
    Run {
        script: u32,
        data: Vec<u8>,
        kind: String,
        name: String,
        uuid: String,
        seed: u64,
        limits: Limits,
    },
    Answer {
        answer: Result<Value, Stop>,
        failed: bool,
    },
    Asked(Result<(), Stop>),
    DryRun(bool),
    Now(i64),
}

#[derive(Serialize, Deserialize)]
enum FromChild {
    Loaded(Result<u32, Halt>),
    Call { helper: HelperId, args: Vec<Value> },
    Say { level: Level, line: String },
    Ask,
    DryRun,
    Now,
    Ended(Result<(), Halt>),
}

struct Wire<R, W> {
    reader: R,
    writer: W,
}

impl<R: BufRead, W: Write> Wire<R, W> {
    fn send(&mut self, message: &impl Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_string(message)?;
        line.push('\n');
        self.writer.write_all(line.as_bytes())?;
        self.writer.flush()
    }

    fn receive<T: for<'de> Deserialize<'de>>(&mut self) -> std::io::Result<T> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

/// The engine as the host sees it.
#[derive(Debug)]
pub(crate) struct Remote {
    language: &'static Language,
    peak: Arc<AtomicUsize>,
}

impl Remote {
    pub(crate) fn new(language: &'static Language) -> Remote {
        Remote { language, peak: Arc::default() }
    }

    /// The most memory that a child of this engine had, in bytes.
    pub(crate) fn peak(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.peak)
    }
}

impl ReactionEngine for Remote {
    fn language(&self) -> &'static Language {
        self.language
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        let fail = |error: std::io::Error| EngineError {
            language: self.language.format,
            message: error.to_string(),
        };
        let program = std::env::current_exe().map_err(fail)?;
        let mut child = Command::new(program)
            .env(CHILD, self.language.format)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let (Some(writer), Some(reader)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(std::io::ErrorKind::BrokenPipe.into()));
        };
        let mut wire = Wire { reader: BufReader::new(reader), writer };
        wire.send(&ToChild::Begin { memory: setup.memory, now_millis: setup.now_millis })
            .map_err(fail)?;
        Ok(Box::new(RemoteMachine { child, wire, peak: self.peak() }))
    }
}

struct RemoteMachine {
    child: Child,
    wire: Wire<BufReader<ChildStdout>, ChildStdin>,
    peak: Arc<AtomicUsize>,
}

impl RemoteMachine {
    /// Asks the kernel for the child's high-water mark (`VmHWM`, proc_pid_status(5)).
    fn measure(&self) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let peak = status.ok().and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix(" kB")?.parse::<usize>().ok()
        });
        self.peak.fetch_max(peak.unwrap_or(usize::MAX >> 10) << 10, Ordering::Relaxed);
    }
}

impl Machine for RemoteMachine {
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        let (name, text) = (source.name.to_string(), source.text.to_string());
        self.wire.send(&ToChild::Load { name, text, limits: *limits }).expect("the child reads");
        match self.wire.receive().expect("the child answers") {
            FromChild::Loaded(result) => result.map(ScriptId),
            _ => panic!("the child is out of step"),
        }
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let run = ToChild::Run {
            script: script.0,
            data: invocation.data.as_bytes().to_vec(),
            kind: invocation.kind.to_owned(),
            name: invocation.name.to_owned(),
            uuid: invocation.uuid.to_owned(),
            seed: invocation.seed,
            limits: *invocation.limits,
        };
        self.wire.send(&run).expect("the child reads");
        loop {
            let answer = match self.wire.receive().expect("the child answers") {
                FromChild::Call { helper, args } => {
                    let answer = door.call(helper, &args);
                    ToChild::Answer { answer, failed: door.failed() }
                }
                FromChild::Say { level, line } => ToChild::Asked(door.say(level, &line)),
                FromChild::Ask => ToChild::Asked(door.ask()),
                FromChild::DryRun => ToChild::DryRun(door.dry_run()),
                FromChild::Now => ToChild::Now(door.now_millis()),
                FromChild::Ended(result) => {
                    self.measure();
                    return result;
                }
                FromChild::Loaded(_) => panic!("the child is out of step"),
            };
            self.wire.send(&answer).expect("the child reads");
        }
    }

    fn memory(&self) -> usize {
        0
    }
}

impl Drop for RemoteMachine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's side: serves the engine of a format until its input ends.
pub(crate) fn child(engines: &Engines, format: &str) -> ExitCode {
    let Some(engine) = engines.get(format) else { return ExitCode::FAILURE };
    match serve(engine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(engine: &Arc<dyn ReactionEngine>) -> std::io::Result<()> {
    let wire = Rc::new(RefCell::new(Wire {
        reader: std::io::stdin().lock(),
        writer: std::io::stdout().lock(),
    }));
    let receive = || wire.borrow_mut().receive::<ToChild>();
    let ToChild::Begin { memory, now_millis } = receive()? else {
        return Err(std::io::ErrorKind::InvalidData.into());
    };
    // The declarations are compiled into both sides; ids are places in the registry.
    let registry = registry(Store::memory()).registry();
    let helpers = registry.specs().map(|(id, spec)| (id, spec.clone())).collect();
    let setup = Setup { helpers, memory, now_millis };
    let mut machine = engine.machine(&setup).map_err(std::io::Error::other)?;
    while let Ok(message) = receive() {
        let answer = match message {
            ToChild::Load { name, text, limits } => {
                let source = Source { name: name.into(), text: text.into() };
                FromChild::Loaded(machine.load(&source, &limits).map(|script| script.0))
            }
            ToChild::Run { script, data, kind, name, uuid, seed, limits } => {
                let data = Packed::from_bytes(data).map_err(std::io::Error::other)?;
                let (kind, name, uuid) = (kind.as_str(), name.as_str(), uuid.as_str());
                let invocation =
                    Invocation { data: &data, kind, name, uuid, seed, limits: &limits };
                let mut door = PipeDoor {
                    ask: &mut |question| {
                        let mut wire = wire.borrow_mut();
                        wire.send(&question)?;
                        wire.receive()
                    },
                    failed: false,
                };
                FromChild::Ended(machine.run(ScriptId(script), &invocation, &mut door))
            }
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        };
        wire.borrow_mut().send(&answer)?;
    }
    Ok(())
}

struct PipeDoor<'a> {
    ask: &'a mut dyn FnMut(FromChild) -> std::io::Result<ToChild>,
    failed: bool,
}

impl Door for PipeDoor<'_> {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        match (self.ask)(FromChild::Call { helper, args: args.to_vec() }) {
            Ok(ToChild::Answer { answer, failed }) => {
                self.failed = failed;
                answer
            }
            _ => Err(Stop::Cancelled),
        }
    }

    fn failed(&mut self) -> bool {
        self.failed
    }

    fn say(&mut self, level: Level, line: &str) -> Result<(), Stop> {
        asked((self.ask)(FromChild::Say { level, line: line.to_owned() }))
    }

    fn ask(&mut self) -> Result<(), Stop> {
        asked((self.ask)(FromChild::Ask))
    }

    fn dry_run(&mut self) -> bool {
        !matches!((self.ask)(FromChild::DryRun), Ok(ToChild::DryRun(false)))
    }

    fn now_millis(&mut self) -> i64 {
        match (self.ask)(FromChild::Now) {
            Ok(ToChild::Now(now)) => now,
            _ => 0,
        }
    }
}

fn asked(answer: std::io::Result<ToChild>) -> Result<(), Stop> {
    match answer {
        Ok(ToChild::Asked(answer)) => answer,
        _ => Err(Stop::Cancelled),
    }
}
