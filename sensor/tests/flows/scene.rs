//! A sensor in a process of its own, and what it tells.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use reactant_core::{
    event::Flag,
    interest::{Interest, flows::FlowInterest},
};
use reactant_sensor::{Content, Live, Source, live::Subject};
use serde_json::{Value, json};

use crate::role;

/// When a test that waits gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why this machine cannot be watched.
pub(crate) fn hindrance() -> Option<String> {
    match Live::start(&Interest::default()) {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// What to look for: everything, what goes to one port (or only its end), or nothing but what is in the background of other events.
pub(crate) fn interest(what: &str) -> Interest {
    let mut flows = FlowInterest::everything();
    match what {
        "all" => {}
        "background" => flows = FlowInterest { background: true, ..FlowInterest::default() },
        port => {
            let port = match port.strip_prefix("ended:") {
                Some(port) => {
                    flows.flags = Default::default();
                    flows.flags[Flag::Ended as usize] = 1;
                    port
                }
                None => port,
            };
            flows.background = false;
            flows.ends[1].any_port = 0;
            flows.ends[1].ports.insert(port.parse().unwrap(), 1);
        }
    }
    Interest::default().with_flows(flows)
}

/// The sensor: an event a line, and at the end what it counted.
pub(crate) fn watch(what: &str) {
    let mut live = Live::start(&interest(what)).unwrap();
    for coverage in live.coverage() {
        if let Subject::Flow(protocol) = coverage.subject {
            let source = coverage.source.as_deref();
            assert!(
                source.is_ok_and(|source| source.contains("cgroup_skb")),
                "{protocol:?}: {source:?}"
            );
        }
    }
    let stopper = live.stopper();
    thread::spawn(move || {
        // Connections of its own, where it is told to; at the end of its input it stops.
        for line in std::io::stdin().lines().map_while(Result::ok) {
            drop(TcpStream::connect(line.parse::<SocketAddr>().unwrap()));
        }
        stopper.stop();
    });
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(item) = live.next() {
        match item.content {
            Content::Event(event) => {
                writeln!(out, "{}", event.packed().root().to_json_exact()).unwrap()
            }
            Content::Header(_) => writeln!(out, "{{}}").unwrap(),
            _ => {}
        }
        out.flush().unwrap();
    }
    let figures = live.figures();
    let of = |kind: &str| {
        let found = figures.kinds.iter().find(|figures| figures.kind == kind).unwrap();
        json!({"made": found.made, "lost": found.lost, "own": found.own, "filtered": found.filtered})
    };
    let skipped = figures.lost.iter().filter(|loss| loss.stage == "program");
    let skipped: u64 = skipped.map(|loss| loss.count).sum();
    let lost: Vec<String> = figures.lost.iter().map(|loss| format!("{loss:?}")).collect();
    let figures = json!({"figures": {
        "made": figures.made, "read": figures.read, "flow": of("flow"), "names": of("names"), "lost": lost, "skipped": skipped,
        "name_hits": figures.names.hits, "flow_evicted": figures.flows.evicted,
    }});
    writeln!(out, "{figures}").unwrap();
}

#[derive(Default)]
struct Told {
    events: Vec<Value>,
    ended: bool,
}

/// A running sensor.
pub(crate) struct Scene {
    watch: Child,
    input: Option<ChildStdin>,
    told: Arc<(Mutex<Told>, Condvar)>,
}

impl Scene {
    /// Begins to watch; see [`interest`].
    pub(crate) fn new(what: &str) -> Scene {
        let mut watch = Command::new(env::current_exe().unwrap())
            .env(role::ROLE, format!("watch {what}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "{}", "the programs are at work");
        let told = Arc::new((Mutex::new(Told::default()), Condvar::new()));
        let tell = Arc::clone(&told);
        thread::spawn(move || {
            for line in lines {
                let event = serde_json::from_str(&line.unwrap()).unwrap();
                tell.0.lock().unwrap().events.push(event);
                tell.1.notify_all();
            }
            tell.0.lock().unwrap().ended = true;
            tell.1.notify_all();
        });
        let input = watch.stdin.take();
        Scene { watch, input, told }
    }

    /// Lets the sensor's own process connect.
    pub(crate) fn connect(&mut self, to: SocketAddr) {
        writeln!(self.input.as_mut().unwrap(), "{to}").unwrap();
    }

    /// Waits until what was told so far holds something.
    pub(crate) fn wait<T>(&self, what: &str, found: impl Fn(&[Value]) -> Option<T>) -> T {
        let start = Instant::now();
        let mut told = self.told.0.lock().unwrap();
        loop {
            if let Some(found) = found(&told.events) {
                return found;
            }
            let left = PATIENCE.checked_sub(start.elapsed());
            let own: Vec<_> =
                told.events.iter().filter(|event| event["process"]["pid"] == pid()).collect();
            let Some(left) = left.filter(|_| !told.ended) else { panic!("{what}: {own:#?}") };
            told = self.told.1.wait_timeout(told, left).unwrap().0;
        }
    }

    /// Waits for the events of a flow of this process until it has ended.
    pub(crate) fn flow(&self, what: &str, is: impl Fn(&Value) -> bool) -> Vec<Value> {
        self.wait(what, |events| {
            let uuid = flows(events).find(|event| is(&event["flow"]))?["flow"]["uuid"].clone();
            let all: Vec<Value> =
                flows(events).filter(|event| event["flow"]["uuid"] == uuid).cloned().collect();
            all.last().is_some_and(|last| last["flow"]["phase"]["status"] == "ended").then_some(all)
        })
    }

    /// The sensor's process.
    pub(crate) fn watcher(&self) -> u32 {
        self.watch.id()
    }

    /// Ends the sensor. Gives all events, and what it counted.
    pub(crate) fn end(mut self) -> (Vec<Value>, Value) {
        self.input = None;
        let mut events = self.wait("its end", |events| {
            events.last().is_some_and(|last| last.get("figures").is_some()).then(|| events.to_vec())
        });
        let figures = events.pop().unwrap()["figures"].clone();
        (events, figures)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.input = None;
        if thread::panicking() {
            let _ = self.watch.kill();
        }
        let _ = self.watch.wait();
    }
}

pub(crate) fn pid() -> u32 {
    std::process::id()
}

/// The events of flows of this process.
pub(crate) fn flows(events: &[Value]) -> impl Iterator<Item = &Value> {
    events
        .iter()
        .filter(|event| event["event_type"] == "network_peer" && event["process"]["pid"] == pid())
}

/// What each event says of the status, in order.
pub(crate) fn statuses(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["flow"]["phase"]["status"].as_str().unwrap()).collect()
}

/// Any port of this machine's namespace.
pub(crate) fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}
