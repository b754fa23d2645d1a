//! What a run may do and use: the flags beat the configuration file, the file beats the defaults.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use reactant_core::{
    capability::Grants,
    config::{self, Budgets, Config, Emergency, Log},
    limits::Limits,
};
use reactant_helpers::{journal::Options, protect::Protect, store::Durability};

use crate::{args::PolicyArgs, console::Console, exit::Failure, state};

/// Where the configuration is looked for (`config.md`).
const FILE: &str = "/etc/reactant/config.yaml";

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    pub(crate) protect: Protect,
    /// Whether `PowerOff` and `Panic` are armed.
    pub(crate) armed: bool,
    /// The recipes where the command line names none.
    pub(crate) recipes: Vec<PathBuf>,
    pub(crate) durability: Durability,
    /// The folder of the state, where the configuration names one.
    pub(crate) data: Option<PathBuf>,
    pub(crate) journal: Options,
    /// Bytes of replaced files that are kept.
    pub(crate) keep_replaced: Option<usize>,
    pub(crate) budgets: Budgets,
    /// The queue of a live run.
    pub(crate) queue: config::Queue,
    /// How recipes are asked that decide before the act.
    pub(crate) verdicts: config::Verdicts,
    /// How addresses are blocked, and what becomes of that at the end.
    pub(crate) blocks: config::Blocks,
    pub(crate) blocks_on_exit: config::BlocksOnExit,
    /// Where a live run serves its metrics.
    pub(crate) metrics: Option<SocketAddr>,
    /// The file of the network policy.
    pub(crate) network_policy: Option<PathBuf>,
    /// What of the reactions' log is written, and how.
    pub(crate) log: Log,
}

impl Settings {
    /// Reads the configuration file and lays the flags over it.
    pub(crate) fn load(console: &Console, flags: &PolicyArgs) -> Result<Settings, Failure> {
        let config = read(console, flags.config.as_deref())?;
        let granted = config.capabilities.grants().with(&flags.grant);
        let limits = Limits {
            timeout: flags.timeout.unwrap_or(config.limits.timeout),
            memory: flags.memory.unwrap_or(config.limits.memory),
            output: flags.max_output.unwrap_or(config.limits.output),
            helper_calls: flags.helper_calls.unwrap_or(config.limits.helper_calls),
        };
        let mut protect = Protect::from(config.protect);
        protect.pids_below = flags.protect_pids_below.unwrap_or(protect.pids_below);
        flags.protect.iter().cloned().for_each(|entry| protect.add(entry));
        Ok(Settings {
            grants: flags.revoke.iter().fold(granted, Grants::without),
            limits,
            protect,
            armed: flags.emergency.unwrap_or(config.emergency) == Emergency::Armed,
            recipes: config.recipes,
            data: config.data,
            budgets: config.budgets,
            queue: config.queue,
            metrics: config.metrics,
            verdicts: config.verdicts,
            network_policy: flags.network_policy.clone().or(config.network_policy),
            keep_replaced: config.journal.keep_replaced,
            journal: Options { sync: config.journal.sync },
            blocks: config.blocks,
            blocks_on_exit: flags.blocks_on_exit.unwrap_or(config.blocks_on_exit),
            log: Log { level: flags.log_level.unwrap_or(config.log.level), ..config.log },
            durability: match flags.durability.unwrap_or(config.durability) {
                config::Durability::Process => Durability::Process,
                config::Durability::Disk => Durability::Disk,
            },
        })
    }
}

impl Settings {
    /// The settings of a command that runs no reactions.
    pub(crate) fn of_command(
        console: &Console,
        config: Option<&Path>,
        data: Option<PathBuf>,
    ) -> Result<Settings, Failure> {
        let flags = PolicyArgs { config: config.map(Path::to_owned), ..PolicyArgs::default() };
        let settings = Settings::load(console, &flags)?;
        Ok(Settings { data: data.or(settings.data), ..settings })
    }

    /// The folder of the state.
    pub(crate) fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new(state::FOLDER))
    }
}

/// The configuration: the named file, else the usual one where it exists, else the defaults.
pub(crate) fn read(console: &Console, file: Option<&Path>) -> Result<Config, Failure> {
    let file = match file {
        Some(file) => file,
        None if Path::new(FILE).exists() => Path::new(FILE),
        None => return Ok(Config::default()),
    };
    let mut config = config::load(file, &[]).map_err(|problems| {
        problems.iter().for_each(|problem| console.diagnostic(problem));
        Failure::Usage(format!("--config: {} cannot be used", file.display()))
    })?;
    // As a reaction's `file` stands beside its recipe, so what the configuration names stands beside it, wherever the command is started.
    let folder = file.parent().unwrap_or(Path::new(""));
    let paths = config.recipes.iter_mut().chain(&mut config.data).chain(&mut config.network_policy);
    let paths = paths.chain(config.verdicts.on.iter_mut().flatten());
    paths.for_each(|path| *path = folder.join(&*path));
    Ok(config)
}
