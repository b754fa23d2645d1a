//! A `reactant watch` over a folder of its own.

use std::{
    fs,
    io::Read,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// When a test that waits gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, and what watches. It begins with `prog`, a copy of `cat`, and `recipes/`.
pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) watch: Option<Child>,
}

/// What a watch that has ended wrote and said.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<Value>,
    pub(crate) said: String,
}

impl Scene {
    /// A folder in which nothing watches yet.
    pub(crate) fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        fs::copy("/bin/cat", folder.path().join("prog")).unwrap();
        fs::create_dir(folder.path().join("recipes")).unwrap();
        Scene { folder, watch: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Writes a file of recipes; `@` stands for the folder.
    pub(crate) fn recipes(&self, name: &str, text: &str) {
        let text = text.replace('@', self.folder.path().to_str().unwrap());
        fs::write(self.path("recipes").join(name), text).unwrap();
    }

    /// The command that watches, acting for real within the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let command = Command::new(env!("CARGO_BIN_EXE_reactant"));
        self.set_up(command, "json", arguments)
    }

    /// The same as an argument of another command, and with results for people or for programs.
    pub(crate) fn set_up(&self, mut command: Command, output: &str, arguments: &[&str]) -> Command {
        command
            .args(["watch", "--output", output, "-r", "recipes", "--record", "seen.jsonl"])
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(fs::File::create(self.path("out")).unwrap())
            .stderr(fs::File::create(self.path("said")).unwrap());
        command
    }

    /// Begins to watch, and waits until it does.
    pub(crate) fn watch(&mut self, arguments: &[&str]) {
        let mut command = self.command(arguments);
        self.spawn(&mut command);
    }

    /// The same with a command of one's own.
    pub(crate) fn spawn(&mut self, command: &mut Command) {
        fs::write(self.path("seen.jsonl"), "").unwrap();
        self.watch = Some(command.spawn().unwrap());
        // The header is written once the programs are at work.
        self.wait_for("the header", |scene| scene.read("seen.jsonl").contains('\n'));
    }

    pub(crate) fn pid(&self) -> u32 {
        self.watch.as_ref().unwrap().id()
    }

    pub(crate) fn wait_for(&mut self, what: &str, holds: impl Fn(&Scene) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            let ended = self.watch.as_mut().and_then(|watch| watch.try_wait().unwrap());
            if let Some(status) = ended {
                panic!("it ended before {what}: {status}: {}", self.read("said"));
            }
            assert!(start.elapsed() < PATIENCE, "no {what}: {}", self.read("said"));
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has written so far, whole lines.
    pub(crate) fn written(&self) -> Vec<Value> {
        let text = self.read("out");
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        lines(whole)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid() as i32).unwrap(), signal).unwrap();
    }

    /// Starts the program, which ends at once.
    pub(crate) fn run_program(&self) {
        let status = Command::new(self.path("prog")).arg("/dev/null").status().unwrap();
        assert!(status.success(), "{status}");
    }

    /// Starts the program, which waits for its input.
    pub(crate) fn start_program(&self) -> Child {
        Command::new(self.path("prog"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits for the end by itself.
    pub(crate) fn ended(&mut self) -> Ended {
        let start = Instant::now();
        let mut watch = self.watch.take().unwrap();
        let status = loop {
            if let Some(status) = watch.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                let _ = watch.kill();
                let _ = watch.wait();
                panic!("it does not end: {}", self.read("said"));
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ended { status, lines: lines(&self.read("out")), said: self.read("said") }
    }

    /// Tells it to end, and waits for that.
    pub(crate) fn end(&mut self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.ended();
        assert!(ended.status.success(), "{}: {}", ended.status, ended.said);
        ended
    }

    /// Runs another command of Reactant's in the folder.
    pub(crate) fn reactant(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_reactant"))
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            let _ = watch.kill();
            let _ = watch.wait();
        }
    }
}

/// A recipe that fires when the program of the folder is started, with one reaction.
pub(crate) fn on_start(name: &str, code: &str) -> String {
    recipe(name, "js", code)
}

pub(crate) fn recipe(name: &str, format: &str, code: &str) -> String {
    format!(
        "- kind: test\n  name: {name}\n  version: 1\n  description: test\n  breed: execution\n  mechanism: execution\n  importance: low\n  \
         bases: [{{dir: '@', base: prog}}]\n  file_actions: [execve]\n  reactions: [{{format: {format}, code: {}}}]\n",
        serde_json::to_string(code).unwrap(),
    )
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn of_type<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

/// Waits for a process of the test's own, which must be killed.
pub(crate) fn killed(mut child: Child) -> bool {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let signal = std::os::unix::process::ExitStatusExt::signal(&status);
            return signal == Some(Signal::KILL.as_raw());
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Ends a process of the test's own that must still live.
pub(crate) fn lives(mut child: Child) -> bool {
    let lives = child.try_wait().unwrap().is_none();
    drop(child.stdin.take());
    let mut rest = Vec::new();
    let _ = child.stdout.take().unwrap().read_to_end(&mut rest);
    let _ = child.wait();
    lives
}
