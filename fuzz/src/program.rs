//! Programs under tight limits.
//!
//! A program is made from the input in one of three ways: by the language's grammar, from the corpus with a few changes, or of the bytes as they are. The
//! second needs nothing but corpus cases, so a language without a grammar here is fuzzed, too.

mod grammar;
mod js;
mod lua;
mod rhai;
mod shell;
mod splice;

use std::{cell::RefCell, fs, time::Duration};

use libfuzzer_sys::arbitrary::{self, Unstructured};
use reactant_core::{
    audit::Entry,
    detection::Detection,
    engine::{Halt, ScriptId},
    helper::{Call, HelperSpec, ParamKind, Returns},
    limits::Limits,
};
use reactant_helpers::{LogLimits, Standard, store::Store};

use crate::input::stretched;
use crate::world::{World, corpus, language, on_worker};
use grammar::Grammar;
use splice::Pieces;

/// What a program may use.
const LIMITS: Limits = Limits {
    timeout: Duration::from_millis(50),
    memory: 6 << 20,
    output: 64 << 10,
    helper_calls: 64,
};
/// The most processor time that loading and running may take each: anything beyond is a script that was not ended.
const PATIENCE: Duration = Duration::from_millis(20 * 50);
/// The probe may use what any reaction may.
const PROBE: Limits = Limits {
    timeout: Duration::from_secs(60),
    memory: 16 << 20,
    output: 1 << 20,
    helper_calls: 100,
};
/// Programs that one machine loads; it keeps all of them.
const PROGRAMS: usize = 64;

/// What the program sees: a little of everything.
const EVENT: &str = r#"{"event_type":"network_peer","lost":1,
    "process":{"pid":7,"ppid":1,"comm":"sh","exe":"/bin/sh","args":["-c","x y"],"envs":[],"start_ticks":9007199254740993},
    "file":{"file":"/etc/passwd","dir":"/etc","basename":"passwd","actions":["open","read"]},
    "flow":{"ip_version":4,"proto":"tcp","local":{"address":"10.0.0.5","port":1},"remote":{"address":"203.0.113.7","names":["a.example"],"port":443}},
    "background":{"ancestry":[{"pid":1,"comm":"init"},{"pid":7,"ppid":1}]},
    "custom":{"drop":[1,[2,{"k":null}],"ü🦀"],"n":1.5,"deep":{"a":{"b":{"c":[]}}},"__proto__":1,"__index":{"x":2},"0":"zero","":""}}"#;
/// What the corpus' probes want to see.
const NONE: &str = r#"{"event_type":"execution"}"#;

/// Runs an input as a program of a language: it ends in time, harms nothing, and leaves no trace in the world of the next reaction.
pub fn run(format: &'static str, bytes: &[u8]) {
    thread_local!(static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) });
    on_worker(format, bytes, |format, bytes| {
        STAGE.with_borrow_mut(|stage| {
            let stage = stage.get_or_insert_with(|| Stage::new(format));
            if stage.programs == PROGRAMS {
                stage.renew();
            }
            stage.play(bytes);
        });
    });
}

struct Stage {
    format: &'static str,
    grammar: Option<&'static Grammar>,
    pieces: Pieces,
    probe_text: String,
    play: Play,
    programs: usize,
    show: bool,
}

/// What is made anew once in a while.
struct Play {
    world: World,
    probe: ScriptId,
    event: Detection,
    none: Detection,
    limits: Limits,
}

impl Stage {
    fn new(format: &'static str) -> Stage {
        let extension = language(format).extensions.first().copied().unwrap_or(format);
        let probe = corpus().join(format!("probe.{extension}"));
        let probe_text =
            fs::read_to_string(&probe).expect("the corpus has a probe of the language");
        // The probe of Lua lists every global that there may be.
        let probe_text = probe_text.replacen("Debug Info Warn", "Keep Debug Info Warn", 1);
        let grammar = match format {
            "js" => Some(&js::GRAMMAR),
            "lua" => Some(&lua::GRAMMAR),
            "rhai" => Some(&rhai::GRAMMAR),
            "shell" => Some(&shell::GRAMMAR),
            _ => None,
        };
        let play = Play::new(format, &probe_text);
        let pieces = Pieces::read(&corpus(), &format!("reaction.{extension}"));
        #[allow(clippy::disallowed_methods, reason = "a switch for whoever repeats a crash")]
        let show = std::env::var_os("SHOW").is_some();
        Stage { format, grammar, pieces, probe_text, play, programs: 0, show }
    }

    fn renew(&mut self) {
        self.play = Play::new(self.format, &self.probe_text);
        self.programs = 0;
    }

    fn play(&mut self, bytes: &[u8]) {
        let text = self.text(bytes).unwrap_or_default();
        if self.show {
            #[allow(clippy::print_stderr, reason = "asked for")]
            {
                eprintln!("--- the program\n{text}\n---");
            }
        }
        self.programs += 1;
        let halt = self.play.run(&text);
        if self.show {
            #[allow(clippy::print_stderr, reason = "asked for")]
            {
                eprintln!("--- its end: {halt:?}");
            }
        }
    }

    fn text(&self, bytes: &[u8]) -> arbitrary::Result<String> {
        let Some((kind, bytes)) = bytes.split_first() else { return Ok(String::new()) };
        let stretched = stretched(bytes);
        let mut u = Unstructured::new(&stretched);
        match (kind % 16, self.grammar) {
            (_, Some(grammar)) if self.format == "shell" => grammar.write(&mut u),
            (0, _) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            (1..=9, Some(grammar)) => grammar.write(&mut u),
            _ => self.pieces.write(&mut u),
        }
    }
}

impl Play {
    fn new(format: &str, probe: &str) -> Play {
        // All programs are one recipe's and run at one time, as far as its log is concerned.
        let loud = LogLimits { messages: u64::MAX, ..LogLimits::default() };
        let mut registry = Standard::new(Store::memory()).log_limits(loud).registry();
        // What crosses to it is converted whole.
        let spec = HelperSpec::new("Keep", "Gives a value back.")
            .param("value", ParamKind::Any)
            .returns(Returns::Record(&[]));
        let keep = |call: &mut Call<'_>| {
            Ok(call.args.first().cloned().flatten().unwrap_or_default().into())
        };
        registry.register(spec, keep).expect("the name is free");
        let mut world = World::new(format, registry, LIMITS.memory.max(PROBE.memory));
        let (probe, _) = world.load(probe, &PROBE);
        let probe = probe.expect("the probe loads");
        let detection = |json| world.detection(json).expect("an event");
        let (event, none) = (detection(EVENT), detection(NONE));
        // A shell is a process, and what it calls are some more.
        let timeout = if format == "shell" { LIMITS.timeout * 6 } else { LIMITS.timeout };
        let limits = Limits { timeout, ..LIMITS };
        let mut play = Play { world, probe, event, none, limits };
        play.probe();
        play
    }

    fn run(&mut self, text: &str) -> Result<(), Halt> {
        let (loaded, took) = self.world.load(text, &self.limits);
        assert!(took < PATIENCE, "loading took {took:?}");
        let ended = loaded.and_then(|script| {
            let ended = self.world.run(script, &self.event, &self.limits);
            assert!(ended.took < PATIENCE, "{ended:?}");
            ended.verdict.map_or(ended.result, |stop| Err(stop.into()))
        });
        if let Err(halt) = &ended {
            // What a script can make an error say is bounded by its memory.
            let said = halt.to_string().len();
            assert!(said <= 2 * LIMITS.memory, "a message of {said} bytes");
        }
        self.probe();
        ended
    }

    /// The next reaction's world is as if nothing had been.
    fn probe(&mut self) {
        let ended = self.world.run(self.probe, &self.none, &PROBE);
        let said = ended
            .entries
            .iter()
            .any(|entry| matches!(entry, Entry::Log { message, .. } if message == "pristine"));
        assert!(said && ended.result.is_ok() && ended.verdict.is_none(), "{ended:?}");
    }
}
