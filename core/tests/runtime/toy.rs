//! A toy language: one command a line. `say TEXT`, `meet`, `until_stopped`, `sleep MILLISECONDS`, `throw TEXT`, `panic`. A script that begins with
//! `slow_to_load` is stopped by the time limit when it is loaded for the first time.

use std::{thread::sleep, time::Duration};

use reactant_core::{
    engine::{
        Door, EngineError, Frame, Halt, Invocation, Language, Machine, Position, ReactionEngine,
        ScriptError, ScriptId, Setup, Source,
    },
    helper::HelperId,
    limits::{Limits, Stop},
    value::Value,
};

#[derive(Debug)]
pub(crate) struct Toy;

static LANGUAGE: Language = Language {
    format: "toy",
    aliases: &[],
    extensions: &["toy"],
    defines_process: false,
    capability: None,
};

impl ReactionEngine for Toy {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        let helper = |name: &str| {
            setup.helpers.iter().find(|(_, spec)| spec.name == name).map(|(id, _)| *id)
        };
        Ok(Box::new(ToyMachine { say: helper("Say"), meet: helper("Meet"), scripts: Vec::new() }))
    }
}

struct ToyMachine {
    say: Option<HelperId>,
    meet: Option<HelperId>,
    scripts: Vec<Source>,
}

impl Machine for ToyMachine {
    fn load(&mut self, source: &Source, _limits: &Limits) -> Result<ScriptId, Halt> {
        self.scripts.push(source.clone());
        if source.text.starts_with("slow_to_load") && self.scripts.len() == 1 {
            return Err(Stop::Timeout.into());
        }
        Ok(ScriptId(self.scripts.len() as u32 - 1))
    }

    fn run(
        &mut self,
        script: ScriptId,
        _invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let text = self.scripts[script.0 as usize].text.clone();
        for (line, command) in (1..).zip(text.lines()) {
            let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
            match (verb, self.say, self.meet) {
                // It swallows a stop, as a script's own `catch` might: the host must not believe it.
                ("say", Some(say), _) => drop(door.call(say, &[Value::from(rest)])),
                ("meet", _, Some(meet)) => drop(door.call(meet, &[])?),
                ("until_stopped", Some(say), _) => while door.call(say, &["on".into()]).is_ok() {},
                ("sleep", ..) => sleep(Duration::from_millis(rest.parse().unwrap())),
                ("slow_to_load", ..) => {}
                ("throw", ..) => {
                    let at = Some(Position { line, column: 1 });
                    let trace = vec![
                        Frame { function: "process".to_owned(), at },
                        Frame { function: "native".to_owned(), at: None },
                    ];
                    return Err(Halt::Threw(ScriptError { message: rest.to_owned(), at, trace }));
                }
                _ => panic!("the toy engine breaks at `{command}`"),
            }
        }
        Ok(())
    }

    /// Of each script its text.
    fn memory(&self) -> usize {
        self.scripts.iter().map(|script| script.text.len()).sum()
    }
}
