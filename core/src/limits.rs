//! What one invocation of a reaction may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The bounds of one invocation; reaching one stops that invocation alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock time from the first instruction, host calls included.
    pub timeout: Duration,
    /// Bytes that the script's own heap may grow by, beyond what the engine itself needs.
    pub memory: usize,
    /// Bytes of log messages and of a shell's output.
    pub output: usize,
    /// Counted helper calls.
    pub helper_calls: u32,
}

impl Default for Limits {
    /// 5 s, 64 MiB, 1 MiB, 10,000 calls (`config.md`).
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(5),
            memory: 64 << 20,
            output: 1 << 20,
            helper_calls: 10_000,
        }
    }
}

impl Limits {
    /// The smaller of each: how a recipe lowers what the configuration allows.
    #[must_use]
    pub fn lowered(self, timeout: Option<Duration>, memory: Option<usize>) -> Limits {
        Limits {
            timeout: timeout.map_or(self.timeout, |timeout| timeout.min(self.timeout)),
            memory: memory.map_or(self.memory, |memory| memory.min(self.memory)),
            ..self
        }
    }
}

/// Why the host ended an invocation. It outranks whatever the script returned or threw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// [`Limits::timeout`] ran out.
    #[error("the time limit was reached")]
    Timeout,
    /// [`Limits::memory`] was reached.
    #[error("the memory limit was reached")]
    Memory,
    /// [`Limits::output`] was reached.
    #[error("the output limit was reached")]
    Output,
    /// [`Limits::helper_calls`] was reached.
    #[error("the limit of helper calls was reached")]
    HelperCalls,
    /// A helper was called while the script was being loaded.
    #[error("helpers cannot be called while the script loads: call them in `process`")]
    Loading,
    /// The runtime is shutting down.
    #[error("the runtime is shutting down")]
    Cancelled,
}
