//! A machine: scripts as texts, and one process tree for each invocation.

use std::{
    ffi::CString,
    os::fd::AsFd,
    sync::Arc,
    time::{Duration, Instant},
};

use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, Position, ScriptError, ScriptId, Setup, Source},
    helper::{HelperId, Level},
    limits::{Limits, Stop},
    value::Value,
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use crate::{
    confinement::Confinement,
    exchange::{Exchange, Helpers},
    invocation::{Ending, Invoked, Start, place},
    launch::{Word, World, timespec},
    lines::Lines,
    prelude,
};

/// The script's own name for its file, seen from the directory that it starts in.
const FILE: &str = "../reaction";
/// One string of an environment, its NUL included (`MAX_ARG_STRLEN`, execve(2)).
const LONGEST_VARIABLE: usize = 128 << 10;
/// How long a script may wait for what no event tells the host: a shutdown, a turn that nobody took.
const TICK: Duration = Duration::from_millis(10);
/// How often a script's memory is looked at while it runs.
const WEIGHED: Duration = Duration::from_millis(50);

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Shell {
    confinement: Arc<Confinement>,
    helpers: Helpers,
    scripts: Vec<Arc<str>>,
}

impl Shell {
    pub(crate) fn new(setup: &Setup, confinement: Arc<Confinement>) -> Shell {
        let named = |(id, spec): &(HelperId, _)| {
            let spec: &reactant_core::helper::HelperSpec = spec;
            (spec.name.to_string(), (*id, spec.clone()))
        };
        Shell {
            confinement,
            helpers: setup.helpers.iter().map(named).collect(),
            scripts: Vec::new(),
        }
    }

    /// Starts a shell on a script and stays with it to its end.
    fn execute(
        &self,
        script: &str,
        arguments: &[&str],
        invocation: &Invocation<'_>,
        world: World,
        door: &mut dyn Door,
    ) -> Result<Ending, Halt> {
        let begun = Instant::now();
        let limits = invocation.limits;
        let deadline =
            begun.checked_add(limits.timeout).unwrap_or(begun + Duration::from_hours(24 * 365));
        let cannot = |error: &dyn std::fmt::Display| threw(format!("cannot be started: {error}"));
        let mode = self.confinement.mode(world).map_err(|reason| cannot(&reason))?;
        let (folder, path) = place().map_err(|error| cannot(&error))?;
        let event = invocation.data.root().to_json_exact();
        let (environment, left_out) = environment(invocation, &path, &event);
        if left_out {
            let size = event.len();
            door.say(Level::Warn, &format!("REACTION_DATA is left out: the event has {size} bytes, and a variable holds less than 131072; read REACTION_DATA_FILE"))?;
        }
        let lib = prelude::text(&path, self.helpers.values().map(|(_, spec)| spec));
        let files = [
            ("event.json", event.as_bytes()),
            ("lib", lib.as_bytes()),
            ("reaction", script.as_bytes()),
        ];
        let start = Start {
            mode,
            world,
            arguments: arguments.iter().map(|argument| c_string(argument)).collect(),
            environment,
            files: &files,
            memory: limits.memory,
            cpu: limits.timeout,
            deadline,
        };
        let mut invoked = Invoked::start_in(folder, &path, start, self.confinement.controllers())
            .map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => Halt::Stopped(Stop::Timeout),
            _ => cannot(&error),
        })?;
        let mut output = Output::new(limits.output);
        let ending = attend(&mut invoked, &self.helpers, &mut output, deadline, door);
        invoked.child.end();
        // What was written before the end is still in the pipes.
        let rest = output.drain(&invoked, door);
        let ending = ending?;
        // Of whatever process, and whatever the script made of that.
        if invoked.ran_out_of_memory() {
            return Err(Stop::Memory.into());
        }
        rest?;
        Ok(ending)
    }
}

impl Machine for Shell {
    /// A script is looked over by the shell itself, which runs nothing of it; where none can be started here, it loads all the same.
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        if self.confinement.mode(World::Open).is_ok() {
            let data = reactant_core::packed::Packed::of(&Value::Null);
            let invocation =
                Invocation { data: &data, kind: "", name: "", uuid: "", seed: 0, limits };
            let mut heard = Heard::default();
            let ending = self.execute(
                &source.text,
                &["sh", "-n", FILE],
                &invocation,
                World::Open,
                &mut heard,
            )?;
            if ending != Ending::Exit(0) {
                return Err(Halt::Threw(
                    heard.0.map_or_else(|| error(ending.to_string()), |line| mistake(&line)),
                ));
            }
        }
        self.scripts.push(Arc::clone(&source.text));
        Ok(ScriptId(self.scripts.len() as u32 - 1))
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let Some(text) = self.scripts.get(script.0 as usize) else {
            return Err(threw("no such script".to_owned()));
        };
        let world = if door.dry_run() { World::Shut } else { World::Open };
        // Read as a file, so that its lines count from its first; `$0` and the shell's own messages have the recipe's name.
        let command = format!(". ../lib; . {FILE}");
        let arguments = ["sh", "-c", &command, invocation.name];
        match self.execute(text, &arguments, invocation, world, door)? {
            Ending::Exit(0) => Ok(()),
            ending => Err(threw(ending.to_string())),
        }
    }

    fn memory(&self) -> usize {
        self.scripts.iter().map(|script| script.len()).sum()
    }
}

fn error(message: String) -> ScriptError {
    ScriptError { message, at: None, trace: Vec::new() }
}

fn threw(message: String) -> Halt {
    Halt::Threw(error(message))
}

/// What a shell says of a mistake: `../reaction: 3: Syntax error: …`, or `line 3`.
fn mistake(line: &str) -> ScriptError {
    let own = line.strip_prefix(FILE).and_then(|rest| rest.strip_prefix(": "));
    let placed = own.and_then(|rest| rest.strip_prefix("line ").unwrap_or(rest).split_once(": "));
    match placed.and_then(|(number, text)| Some((number.parse().ok()?, text))) {
        Some((line, text)) => {
            ScriptError { at: Some(Position { line, column: 0 }), ..error(text.to_owned()) }
        }
        None => error(line.to_owned()),
    }
}

/// The first line that a shell wrote.
#[derive(Debug, Default)]
struct Heard(Option<String>);

impl Door for Heard {
    fn call(&mut self, _: HelperId, _: &[Value]) -> Result<Value, Stop> {
        Err(Stop::Loading)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }

    fn say(&mut self, _: Level, line: &str) -> Result<(), Stop> {
        self.0.get_or_insert_with(|| line.to_owned());
        Ok(())
    }
}

/// The variables of a script, made from nothing; and whether the event was too large for one.
fn environment(invocation: &Invocation<'_>, folder: &str, event: &str) -> (Vec<CString>, bool) {
    let mut variables = vec![
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ("HOME", format!("{folder}/work")),
        ("TMPDIR", format!("{folder}/work")),
        ("LANG", "C.UTF-8".to_owned()),
        ("TZ", "UTC0".to_owned()),
        ("REACTION_DATA_FILE", format!("{folder}/event.json")),
    ];
    let own = [
        ("REACTION_KIND", invocation.kind),
        ("REACTION_NAME", invocation.name),
        ("REACTION_UUID", invocation.uuid),
        ("REACTION_DATA", event),
    ];
    let fits = |name: &str, value: &str| name.len() + value.len() + 2 <= LONGEST_VARIABLE;
    let fitting = own.iter().filter(|(name, value)| fits(name, value));
    variables.extend(fitting.map(|(name, value)| (*name, (*value).to_owned())));
    let strings = variables.iter().map(|(name, value)| c_string(&format!("{name}={value}")));
    (strings.collect(), !fits("REACTION_DATA", event))
}

/// No argument and no variable can hold a NUL.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// Stays with a script: takes its lines, answers its calls, until it ends or must.
fn attend(
    invoked: &mut Invoked,
    helpers: &Helpers,
    output: &mut Output,
    deadline: Instant,
    door: &mut dyn Door,
) -> Result<Ending, Halt> {
    let Some(calls) = invoked.calls.take() else { return Ok(Ending::Unknown) };
    let mut exchange = Exchange::new(helpers, calls, invoked.child.helpers.as_fd());
    let mut weighed = Instant::now();
    loop {
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        if left.is_zero() {
            return Err(Stop::Timeout.into());
        }
        if now.duration_since(weighed) >= WEIGHED {
            if invoked.is_out_of_memory() {
                return Err(Stop::Memory.into());
            }
            weighed = Instant::now();
        }
        door.ask()?;
        let child = &invoked.child;
        let mut fds = vec![PollFd::from_borrowed_fd(child.control(), PollFlags::IN)];
        if !exchange.closed {
            fds.push(PollFd::new(&child.helpers, PollFlags::IN));
        }
        for (stream, open) in [(&child.stdout, output.open[0]), (&child.stderr, output.open[1])] {
            if open {
                fds.push(PollFd::new(stream, PollFlags::IN));
            }
        }
        match poll(&mut fds, Some(&timespec(left.min(TICK)))) {
            Ok(0) => exchange.tick(),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(threw(format!("poll: {error}"))),
        }
        let spoke = !fds[0].revents().is_empty();
        drop(fds);
        // A script wrote its lines before it called: all that had been written when a call was taken stands before what it does.
        if !exchange.closed {
            exchange.receive();
        }
        output.read(invoked, door)?;
        exchange.serve(door)?;
        if spoke {
            return match invoked.child.word() {
                Ok(Word::Ended(status)) => Ok(Ending::of(status)),
                Ok(Word::Failed(error)) => Err(threw(format!("cannot be started: {error}"))),
                Ok(Word::Gone | Word::Folder(_)) => Ok(Ending::Unknown),
                Err(error) => Err(threw(error.to_string())),
            };
        }
    }
}

/// The script's two streams.
#[derive(Debug)]
struct Output {
    lines: [Lines; 2],
    open: [bool; 2],
    left: usize,
}

impl Output {
    fn new(limit: usize) -> Output {
        Output { lines: Default::default(), open: [true; 2], left: limit }
    }

    /// Takes what is there, no more than a pipe holds unless it is being filled.
    fn read(&mut self, invoked: &Invoked, door: &mut dyn Door) -> Result<(), Stop> {
        const ROUNDS: usize = 8;
        let child = &invoked.child;
        let streams = [(&child.stdout, Level::Info), (&child.stderr, Level::Warn)];
        let mut buffer = [0_u8; 16 << 10];
        for (index, (stream, level)) in streams.into_iter().enumerate() {
            for _ in 0..ROUNDS {
                if !self.open[index] {
                    break;
                }
                let count = match rustix::io::read(stream, &mut buffer) {
                    Ok(count) => count,
                    Err(Errno::AGAIN | Errno::INTR) => break,
                    Err(_) => 0,
                };
                self.open[index] = count > 0;
                self.left = self.left.checked_sub(count).ok_or(Stop::Output)?;
                for line in self.lines[index].add(&buffer[..count]) {
                    door.say(level, &line)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the rest, after the end of all that could write.
    fn drain(&mut self, invoked: &Invoked, door: &mut dyn Door) -> Result<(), Stop> {
        self.read(invoked, door)?;
        for (lines, level) in self.lines.iter_mut().zip([Level::Info, Level::Warn]) {
            if let Some(line) = lines.finish() {
                door.say(level, &line)?;
            }
        }
        Ok(())
    }
}
