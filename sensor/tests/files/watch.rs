//! A sensor in a process of its own, which is this program called again: what the test does is then not its own.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use reactant_core::{
    capability::Grants,
    engine::{Halt, Language, Source as Script},
    helper::Registry,
    interest::Interest,
    limits::Limits,
    recipe::load::{Options, Scripts, load_text},
};
use reactant_sensor::{Content, Live, Source};
use serde_json::{Value, json};

/// When a test that waits gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Holds the recipes where this program is to be the sensor.
const RECIPES: &str = "REACTANT_SENSOR_RECIPES";

/// Names a file: as long as it is there, the sensor's events are not taken.
const HOLD: &str = "REACTANT_SENSOR_HOLD";

/// Recipes without reactions need no language.
struct NoScripts;

impl Scripts for NoScripts {
    fn language(&self, _: &str) -> Option<&Language> {
        None
    }

    fn check(&self, _: &Language, _: &Script, _: &Limits) -> Result<(), Halt> {
        Ok(())
    }
}

fn interest(recipes: &str) -> Interest {
    let options = Options {
        scripts: &NoScripts,
        helpers: &Registry::default(),
        grants: &Grants::default(),
        limits: Limits::default(),
    };
    let loaded = load_text("test.yaml", recipes, &options);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    Interest::of(loaded.recipes.iter().map(|recipe| &**recipe))
}

/// A recipe for these actions on these files.
pub(crate) fn recipe(name: &str, rest: &str) -> String {
    format!(
        "- {{kind: test, name: {name}, version: 1, description: test, breed: file_access, mechanism: file_access, importance: low, {rest}}}\n"
    )
}

/// Is the sensor, where this program was started as one: writes the events of what the recipes on standard input want, one set a line, until it ends.
pub(crate) fn be_one() -> bool {
    let Some(recipes) = std::env::var_os(RECIPES) else { return false };
    let mut live = Live::start(&interest(recipes.to_str().unwrap())).unwrap();
    let (filter, stopper) = (live.filter(), live.stopper());
    thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let recipes: String = serde_json::from_str(&line.unwrap()).unwrap();
            filter.watch(&interest(&recipes)).unwrap();
            println!("{}", json!({"type": "changed"}));
        }
        stopper.stop();
    });
    while let Some(item) = live.next() {
        match item.content {
            Content::Event(event) => println!("{}", event.packed().root().to_json_exact()),
            Content::Header(_) => {
                println!("{}", json!({"type": "header"}));
                while std::env::var_os(HOLD).is_some_and(|hold| Path::new(&hold).exists()) {
                    thread::sleep(Duration::from_millis(5));
                }
            }
            _ => {}
        }
    }
    let figures = live.figures();
    let kinds = figures.kinds.iter().map(|kind| {
        let values = json!({"made": kind.made, "lost": kind.lost, "filtered": kind.filtered, "accumulated": kind.accumulated});
        (kind.kind.to_owned(), values)
    });
    let lost: Vec<_> =
        figures.lost.iter().map(|loss| json!([loss.stage, loss.reason, loss.count])).collect();
    let kinds: serde_json::Map<_, _> = kinds.collect();
    println!(
        "{}",
        json!({"type": "figures", "made": figures.made, "read": figures.read, "events": figures.events, "kinds": kinds, "lost": lost})
    );
    true
}

/// A sensor at work.
pub(crate) struct Watch {
    child: Child,
    lines: Receiver<Value>,
    early: VecDeque<Value>,
    ends: u32,
}

impl Watch {
    /// Starts one for these recipes; where a file is named, it reads nothing after its header until that is gone.
    pub(crate) fn new(recipes: &str, hold: Option<&Path>) -> Watch {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(RECIPES, recipes).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(hold) = hold {
            command.env(HOLD, hold);
        }
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in out.lines() {
                let Ok(line) = line else { return };
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut watch = Watch { child, lines, early: VecDeque::new(), ends: 0 };
        watch.wait("header");
        watch
    }

    pub(crate) fn next(&mut self) -> Value {
        match self.early.pop_front() {
            Some(line) => line,
            None => self.lines.recv_timeout(PATIENCE).expect("the sensor says nothing more"),
        }
    }

    /// Waits for a line of this type; events before it are kept.
    fn wait(&mut self, kind: &str) -> Value {
        let start = Instant::now();
        let mut events = VecDeque::new();
        let found = loop {
            let line = self.next();
            if line["type"] == kind {
                break line;
            }
            events.push_back(line);
            assert!(start.elapsed() < PATIENCE, "no {kind}");
        };
        events.append(&mut self.early);
        self.early = events;
        found
    }

    /// From now on these recipes.
    pub(crate) fn change(&mut self, recipes: &str) {
        let line = serde_json::to_string(recipes).unwrap() + "\n";
        self.child.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
        self.wait("changed");
    }

    /// The events so far of files whose event holds this folder: up to that of a folder in it, which this makes.
    pub(crate) fn events(&mut self, folder: &Path) -> Vec<Value> {
        let mut events = self.all_events(folder);
        events.retain(|event| event["event_type"] == "file_access");
        events
    }

    /// The same with executions.
    pub(crate) fn all_events(&mut self, folder: &Path) -> Vec<Value> {
        self.ends += 1;
        let end = folder.join(format!("the-end-{}", self.ends));
        std::fs::create_dir(&end).unwrap();
        let (end, folder) = (end.to_str().unwrap(), folder.to_str().unwrap());
        let start = Instant::now();
        let mut events = Vec::new();
        loop {
            let event = self.next();
            if event["file"]["file"] == *end {
                return events;
            }
            if event["file"].to_string().contains(folder) {
                events.push(event);
            }
            if start.elapsed() > PATIENCE {
                drop(self.child.stdin.take());
                let figures = self.wait("figures");
                panic!("the end is not told: {end}: {figures}");
            }
        }
    }

    /// Ends it; gives the events that were not asked for, and the figures.
    pub(crate) fn end(mut self) -> (Vec<Value>, Value) {
        drop(self.child.stdin.take());
        let figures = self.wait("figures");
        (std::mem::take(&mut self.early).into(), figures)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
