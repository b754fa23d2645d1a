//! What a run may do and use: the flags beat the configuration file, the file beats the defaults.

use std::path::PathBuf;

use reactant_core::{capability::Grants, limits::Limits};
use reactant_helpers::{protect::Protect, store::Durability};

use crate::{args::PolicyArgs, console::Console, exit::Failure};

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    pub(crate) protect: Protect,
    /// Whether `PowerOff` and `Panic` are armed.
    pub(crate) armed: bool,
    pub(crate) recipes: Vec<PathBuf>,
    pub(crate) durability: Durability,
}

impl Settings {
    /// Reads the configuration file and lays the flags over it.
    pub(crate) fn load(_console: &Console, flags: &PolicyArgs) -> Result<Settings, Failure> {
        let mut grants = Grants::standard().with(&flags.grant);
        for capability in &flags.revoke {
            grants = grants.without(capability);
        }
        let defaults = Limits::default();
        let limits = Limits {
            timeout: flags.timeout.unwrap_or(defaults.timeout),
            memory: flags.memory.unwrap_or(defaults.memory),
            output: flags.max_output.unwrap_or(defaults.output),
            helper_calls: flags.helper_calls.unwrap_or(defaults.helper_calls),
        };
        let mut protect = Protect::default();
        flags.protect.iter().cloned().for_each(|entry| protect.add(entry));
        Ok(Settings {
            grants,
            limits,
            protect,
            armed: false,
            recipes: Vec::new(),
            durability: Durability::Process,
        })
    }
}
