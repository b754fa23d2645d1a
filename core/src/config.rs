//! The configuration: one YAML file, validated like the recipes (`config.md`).
//!
//! What the file leaves out has its default. Flags are laid over a [`Config`] by whoever has some.

mod fields;
mod read;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;

pub use fields::schema;
pub use read::{load, load_text};

use crate::{
    capability::{Capability, Grants, PathGlob, Request},
    helper::Level,
    limits::Limits,
    recipe::names,
    runtime::Full,
};

/// The settings of `config.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What is granted and revoked beside the default.
    pub capabilities: Capabilities,
    /// What no reaction may touch.
    pub protect: Protect,
    /// The most that an invocation may use.
    pub limits: Limits,
    /// How much one recipe may do before it only simulates.
    pub budgets: Budgets,
    /// Whether `PowerOff` and `Panic` may act.
    pub emergency: Emergency,
    /// The folder of the data store, the journal and the blocks; `None`: the command's own default.
    pub data: Option<PathBuf>,
    /// When a write to the data store is acknowledged.
    pub durability: Durability,
    /// The journal of acts.
    pub journal: Journal,
    /// Files and folders of recipes; relative ones start at the working directory.
    pub recipes: Vec<PathBuf>,
    /// The network policy's file.
    pub network_policy: Option<PathBuf>,
    /// What becomes of blocks when the runtime ends.
    pub blocks_on_exit: BlocksOnExit,
    /// How addresses are blocked.
    pub blocks: Blocks,
    /// The queue between matching and the workers of a live run.
    pub queue: Queue,
    /// Acts that are decided before they happen.
    pub verdicts: Verdicts,
    /// Where metrics are served; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// The runtime's own log.
    pub log: Log,
}

impl Default for Config {
    /// The values of `config.md` where a file does not say otherwise.
    fn default() -> Self {
        Config {
            capabilities: Capabilities::default(),
            protect: Protect::default(),
            limits: Limits::default(),
            budgets: Budgets::default(),
            emergency: Emergency::Disarmed,
            data: None,
            durability: Durability::Process,
            journal: Journal::default(),
            recipes: Vec::new(),
            network_policy: None,
            blocks_on_exit: BlocksOnExit::Stay,
            blocks: Blocks::default(),
            queue: Queue::default(),
            verdicts: Verdicts::default(),
            metrics: None,
            log: Log::default(),
        }
    }
}

/// Changes to what is granted by default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Capabilities {
    /// Each replaces the default grant of its capability, or adds one.
    pub grant: Vec<Request>,
    /// Taken away, whatever was granted.
    pub revoke: Vec<Capability>,
}

impl Capabilities {
    /// What is granted in the end.
    #[must_use]
    pub fn grants(&self) -> Grants {
        let granted = Grants::standard().with(&self.grant);
        self.revoke.iter().fold(granted, Grants::without)
    }
}

/// What no reaction may touch, beside what the helpers always refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Protect {
    /// Processes that execute these are not killed.
    pub executables: Vec<PathGlob>,
    /// Processes with a smaller number are not killed.
    pub pids_below: i64,
    /// Addresses in these are not blocked.
    pub cidrs: Vec<IpNet>,
    /// Names that are not blocked; lower case, without a dot at the end.
    pub domains: Vec<String>,
    /// Never written.
    pub paths: Vec<PathGlob>,
}

impl Default for Protect {
    /// Pids below 500 and nothing else.
    fn default() -> Self {
        Protect {
            executables: Vec::new(),
            pids_below: 500,
            cidrs: Vec::new(),
            domains: Vec::new(),
            paths: Vec::new(),
        }
    }
}

/// How much a recipe may do before it only simulates, until the budget is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Kills in any minute.
    pub kills_per_minute: u32,
    /// Blocks in any minute.
    pub blocks_per_minute: u32,
    /// Writes in any minute.
    pub writes_per_minute: u32,
    /// All recipes together may do this many times what one may.
    pub total_factor: u32,
}

impl Default for Budgets {
    /// 20 kills, 1,000 blocks, 10,000 writes, and 5 times that together.
    fn default() -> Self {
        Budgets {
            kills_per_minute: 20,
            blocks_per_minute: 1_000,
            writes_per_minute: 10_000,
            total_factor: 5,
        }
    }
}

/// How the journal of acts is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Journal {
    /// How long a line may be with the operating system only, before it is forced to disk.
    pub sync: Duration,
    /// How many bytes of replaced files are kept, so that writes can be undone; `None`: nothing.
    pub keep_replaced: Option<usize>,
}

impl Default for Journal {
    /// 100 ms, and nothing is kept.
    fn default() -> Self {
        Journal { sync: Duration::from_millis(100), keep_replaced: None }
    }
}

/// The queue between matching and the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// How many reactions wait.
    pub capacity: usize,
    /// What happens to the next one. A replay blocks, whatever stands here.
    pub full: Full,
}

impl Default for Queue {
    /// 8,192, and dropped beyond.
    fn default() -> Self {
        Queue { capacity: 8_192, full: Full::Drop }
    }
}

/// How recipes with `when: before` are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// The file systems on which these lie; `None`: all that are this machine's own.
    pub on: Option<Vec<PathBuf>>,
    /// How many reactions decide at a time.
    pub workers: usize,
    /// How many acts may wait for one of them; what finds no room happens.
    pub queue: usize,
}

impl Default for Verdicts {
    /// Everywhere, 4 workers, 512 waiting: each holds two descriptors.
    fn default() -> Self {
        Verdicts { on: None, workers: 4, queue: 512 }
    }
}

/// How addresses are blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// What blocks in the kernel.
    pub by: BlockBy,
    /// The cgroup (v2) whose processes, with those of all below it, are kept from what is blocked; `None`: the root of the tree.
    pub cgroup: Option<PathBuf>,
}

impl Default for Blocks {
    /// What works, for the whole machine.
    fn default() -> Self {
        Blocks { by: BlockBy::Auto, cgroup: None }
    }
}

/// The runtime's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The lowest level that is written.
    pub level: Level,
    /// For whom.
    pub format: LogFormat,
}

impl Default for Log {
    /// Info, for people.
    fn default() -> Self {
        Log { level: Level::Info, format: LogFormat::Human }
    }
}

names! {
    /// Whether `PowerOff` and `Panic` may act.
    Emergency { Disarmed "disarmed", Armed "armed" }
}
names! {
    /// When a write to the data store is acknowledged: once it survives the process, or once the disk has it.
    Durability { Process "process", Disk "disk" }
}
names! {
    /// What becomes of blocks when the runtime ends.
    BlocksOnExit { Stay "stay", Remove "remove" }
}
names! {
    /// What blocks addresses in the kernel: what works here, or one of them and nothing else.
    BlockBy { Auto "auto", Cgroup "cgroup", Nftables "nftables" }
}
names! {
    /// For whom the log is written.
    LogFormat { Human "human", Json "json" }
}
