//! The settings: one table for reading and for the JSON Schema.

use super::{BlockBy, BlocksOnExit, Durability, Emergency, LogFormat};
use crate::{
    document::{Shape, Want, field, schema as schema_of},
    helper::Level,
};

/// The JSON Schema of the configuration file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of("Reactant configuration", &ROOT)
}

/// The words of a type that `names` declared.
macro_rules! words {
    ($type:ty) => {
        || <$type>::ALL.iter().map(|value| value.name()).collect()
    };
}

/// How many of something a minute or a queue may see.
const COUNT: Want = Want::Integer(0, u32::MAX as i64);
const TEXTS: Want = Want::List(&Want::Text);

/// The whole file.
pub(super) static ROOT: Want = Want::Map(&CONFIG);

pub(super) static CONFIG: Shape = Shape {
    name: "the configuration",
    one_of: &[],
    fields: &[
        field("capabilities", Want::Map(&CAPABILITIES), "What reactions may hold"),
        field("protect", Want::Map(&PROTECT), "What no reaction may touch"),
        field(
            "limits",
            Want::Map(&LIMITS),
            "The most that a reaction may use; a recipe may lower it",
        ),
        field("budgets", Want::Map(&BUDGETS), "How much a recipe may do before it only simulates"),
        field("emergency", Want::OneOf(words!(Emergency)), "Whether PowerOff and Panic may act"),
        field("data", Want::Text, "The folder of the data store, the journal and the blocks"),
        field(
            "durability",
            Want::OneOf(words!(Durability)),
            "Whether acknowledged writes survive the process, or the loss of power",
        ),
        field("journal", Want::Map(&JOURNAL), "The journal of acts"),
        field("recipes", TEXTS, "Files and folders of recipes"),
        field("network_policy", Want::Text, "The file of the network policy"),
        field(
            "blocks_on_exit",
            Want::OneOf(words!(BlocksOnExit)),
            "What becomes of blocks at the end",
        ),
        field("blocks", Want::Map(&BLOCKS), "How addresses are blocked"),
        field("queue", Want::Map(&QUEUE), "The queue of a live run"),
        field("verdicts", Want::Map(&VERDICTS), "Acts that are decided before they happen"),
        field("metrics", Want::Text, "The address and port where metrics are served"),
        field("log", Want::Map(&LOG), "The runtime's own log"),
    ],
};

pub(super) static CAPABILITIES: Shape = Shape {
    name: "`capabilities`",
    one_of: &[],
    fields: &[
        field("grant", TEXTS, "Each replaces the default grant of its capability, or adds one"),
        field("revoke", TEXTS, "Taken away"),
    ],
};

pub(super) static PROTECT: Shape = Shape {
    name: "`protect`",
    one_of: &[],
    fields: &[
        field("executables", TEXTS, "Processes that execute these are not killed"),
        field(
            "pids_below",
            Want::Integer(0, i64::MAX),
            "Processes with a smaller number are not killed",
        ),
        field("cidrs", TEXTS, "Addresses in these are not blocked"),
        field("domains", TEXTS, "These names are not blocked"),
        field("paths", TEXTS, "Never written"),
    ],
};

pub(super) static LIMITS: Shape = Shape {
    name: "`limits`",
    one_of: &[],
    fields: &[
        field("timeout", Want::Duration, "Time for one event"),
        field("memory", Want::Size, "The script's own memory"),
        field("output", Want::Size, "Log messages and a shell's output"),
        field("helper_calls", COUNT, "Calls of helpers"),
    ],
};

pub(super) static BUDGETS: Shape = Shape {
    name: "`budgets`",
    one_of: &[],
    fields: &[
        field("kills_per_minute", COUNT, "Kills of one recipe"),
        field("blocks_per_minute", COUNT, "Blocks of one recipe"),
        field("writes_per_minute", COUNT, "Writes of one recipe"),
        field(
            "total_factor",
            Want::Integer(1, 1_000_000),
            "All recipes together, as a multiple of one",
        ),
    ],
};

pub(super) static JOURNAL: Shape = Shape {
    name: "`journal`",
    one_of: &[],
    fields: &[
        field("sync", Want::Duration, "When a line is forced to disk at the latest"),
        field("keep_replaced", Want::Size, "How much of replaced files is kept, to undo writes"),
    ],
};

pub(super) static BLOCKS: Shape = Shape {
    name: "`blocks`",
    one_of: &[],
    fields: &[
        field("by", Want::OneOf(words!(BlockBy)), "What blocks in the kernel"),
        field(
            "cgroup",
            Want::Text,
            "The cgroup (v2) whose processes are kept from what is blocked, with all below it",
        ),
    ],
};

pub(super) static QUEUE: Shape = Shape {
    name: "`queue`",
    one_of: &[],
    fields: &[
        field("capacity", Want::Integer(1, 1 << 24), "How many reactions wait"),
        field("full", Want::OneOf(|| vec!["drop", "block"]), "What happens to the next one"),
    ],
};

pub(super) static VERDICTS: Shape = Shape {
    name: "`verdicts`",
    one_of: &[],
    fields: &[
        field("on", TEXTS, "The file systems on which these paths lie, and no others"),
        field("workers", Want::Integer(1, 64), "How many reactions decide at a time"),
        field("queue", Want::Integer(1, 8192), "How many acts may wait; the next one happens"),
    ],
};

pub(super) static LOG: Shape = Shape {
    name: "`log`",
    one_of: &[],
    fields: &[
        field("level", Want::OneOf(words!(Level)), "The lowest level that is written"),
        field("format", Want::OneOf(words!(LogFormat)), "For whom it is written"),
    ],
};
