//! A recipe: which event matters, and the reactions that answer it (`recipes.md`).

mod exclusive;
mod fields;
mod files;
mod format;
mod lint;
pub mod load;
mod reach;
mod read;
mod same;

use std::{sync::Arc, time::Duration};

use ipnet::IpNet;
use jiff::Timestamp;
use regex::Regex;

use crate::{
    capability::Request,
    diagnostic::{Place, SourceFile},
    engine::{Position, Source},
    event::{ActionSet, FlagSet, Protocol},
    packed::{Builder, Key, Packed},
    value::Value,
    verdict::DEFAULT_TIMEOUT,
};

pub use fields::schema;
pub use load::{load, load_text};
pub use read::{is_name, read_script};

/// A recipe, validated.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Unique over the loaded set; the data store's namespace.
    pub name: Arc<str>,
    /// The class of detection.
    pub kind: Arc<str>,
    /// Whether it takes part.
    pub enabled: bool,
    /// As it was spelled.
    pub version: String,
    /// For people; the name where it was missing.
    pub description: String,
    /// For people; may be empty.
    pub documentation: String,
    /// Informative.
    pub breed: Breed,
    /// Chooses the events.
    pub mechanism: Mechanism,
    /// `""` for none.
    pub tactic: String,
    /// `""` for none.
    pub technique: String,
    /// `""` for none.
    pub subtechnique: String,
    /// How much it matters.
    pub importance: Importance,
    /// Noise limits.
    pub times: Vec<NoiseLimit>,
    /// Filters.
    pub arbitrary: Vec<Group>,
    /// Which files and actions; looked at for `file_access` and, by the executed file, `execution`.
    pub file: FileCondition,
    /// Which flows; looked at for `network_peers`.
    pub flow: FlowCondition,
    /// The reactions in order.
    pub reactions: Vec<ReactionSpec>,
    /// The most that its reactions may hold; `None`: what the configuration grants.
    pub capabilities: Option<Vec<Request>>,
    /// What incomplete evidence forbids.
    pub on_loss: OnLoss,
    /// Before or after the act.
    pub when: When,
    /// `data.metadata`, packed once.
    pub metadata: Arc<Packed>,
    /// Where its name stands.
    pub place: Place,
}

impl Recipe {
    /// A recipe that holds one reaction and no condition: for a script that is run by itself.
    #[must_use]
    pub fn of_reaction(name: &str, reaction: ReactionSpec) -> Recipe {
        let file =
            SourceFile { path: reaction.map.file.clone(), text: reaction.source.text.clone() };
        let mut recipe = Recipe {
            name: name.into(),
            kind: name.into(),
            enabled: true,
            version: "0".to_owned(),
            description: name.to_owned(),
            documentation: String::new(),
            breed: Breed::Execution,
            mechanism: Mechanism::Execution,
            tactic: String::new(),
            technique: String::new(),
            subtechnique: String::new(),
            importance: Importance::Low,
            times: Vec::new(),
            arbitrary: Vec::new(),
            file: FileCondition::default(),
            flow: FlowCondition::default(),
            reactions: vec![reaction],
            capabilities: None,
            on_loss: OnLoss::Ignore,
            when: When::After,
            metadata: Arc::new(Packed::of(&Value::Null)),
            place: Place { file: file.into(), line: 1, column: 1, offset: 0, len: 0 },
        };
        recipe.metadata = Arc::new(recipe.pack_metadata());
        recipe
    }

    /// How long an act may wait for its reactions, where it decides before: the longest of their times.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let time = |reaction: &ReactionSpec| reaction.timeout.unwrap_or(DEFAULT_TIMEOUT);
        self.reactions.iter().map(time).max().unwrap_or(DEFAULT_TIMEOUT)
    }

    /// `data.metadata` (`events.md`); its `format` is the mechanism.
    #[must_use]
    pub fn pack_metadata(&self) -> Packed {
        let mut builder = Builder::with_capacity(1024);
        let fields = [
            (Key::KIND, &*self.kind),
            (Key::NAME, &*self.name),
            (Key::FORMAT, self.mechanism.name()),
            (Key::VERSION, &self.version),
            (Key::DESCRIPTION, &self.description),
            (Key::TACTIC, &self.tactic),
            (Key::TECHNIQUE, &self.technique),
            (Key::SUBTECHNIQUE, &self.subtechnique),
            (Key::IMPORTANCE, self.importance.name()),
            (Key::DOCUMENTATION, &self.documentation),
        ];
        let entries = fields.map(|(key, text)| (key.into(), builder.text(text)));
        let root = builder.map(&entries);
        builder.finish(root)
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each variant is named as the format writes it")]
        pub enum $type { $($variant),* }

        impl $type {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The spelling in a recipe.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }

            /// The value of that spelling.
            #[must_use]
            pub fn from_name(name: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What a recipe is about, for people.
    Breed {
        FileAccess "file_access", Execution "execution", RemoteDomains "remote_domains", RemoteIps "remote_ips",
        RemoteCidrs "remote_cidrs", LocalDomains "local_domains", LocalIps "local_ips", LocalCidrs "local_cidrs",
        NetworkPeers "network_peers",
    }
}
names! {
    /// Which events a recipe judges.
    Mechanism {
        FileAccess "file_access", Execution "execution", NetworkPeers "network_peers", Baseline "baseline",
        NetworkPolicy "network_policy",
    }
}

impl Mechanism {
    /// Whether its events are about flows.
    #[must_use]
    pub fn judges_flows(self) -> bool {
        matches!(self, Mechanism::NetworkPeers | Mechanism::NetworkPolicy)
    }
}
names! {
    /// How much a detection matters.
    Importance { Low "low", Medium "medium", High "high", Critical "critical" }
}
names! {
    /// Whether any or all of the named actions must be in the set.
    How { Any "any", All "all" }
}
names! {
    /// What happens while the event's evidence is incomplete.
    OnLoss { Ignore "ignore", SkipDestructive "skip_destructive" }
}
names! {
    /// Whether a recipe answers an act or decides it.
    When { After "after", Before "before" }
}
names! {
    /// How a domain rule compares whole labels.
    DomainMatch { Exact "exact", Suffix "suffix", Prefix "prefix" }
}
names! {
    /// What a noise limit counts by; `times_per_host` and `times_in_total` are one.
    CountedBy {
        Process "times_per_proc", ParentProcess "times_per_parent_proc", Exe "times_per_exe", ParentExe "times_per_parent_exe",
        Cmd "times_per_cmd", FullAncestry "times_per_full_ancestry", Hostname "times_per_hostname", Total "times_in_total",
    }
}

/// A noise limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseLimit {
    /// What has a count of its own.
    pub by: CountedBy,
    /// How many detections are let through.
    pub max: u64,
    /// The length of the sliding window of event time; `None`: the life of the runtime.
    pub window: Option<Duration>,
}

/// Which files, and what was done to them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileCondition {
    /// Empty: any.
    pub actions: ActionSet,
    /// How many of the actions.
    pub how: How,
    /// A veto.
    pub excluded: ActionSet,
    /// Alternatives; empty: any file.
    pub bases: Vec<Base>,
}

/// One entry of `bases`: every given part must hold.
#[derive(Debug, Clone)]
pub struct Base {
    /// An absolute directory without a slash at its end (but for `/` itself).
    pub dir: Option<String>,
    /// The last component.
    pub base: Option<String>,
    /// A search over the whole path.
    pub regex: Option<Regex>,
}

/// Which flows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowCondition {
    /// Empty: any. `created` is not a member: it holds for every flow.
    pub flags: FlagSet,
    /// `created` stands among the actions.
    pub created: bool,
    /// How many of the flags.
    pub how: How,
    /// A veto.
    pub excluded: FlagSet,
    /// `created` stands among the excluded: nothing can match.
    pub excluded_created: bool,
    /// Empty: any.
    pub protocols: Vec<Protocol>,
    /// The local end.
    pub local: PeerCondition,
    /// The remote end.
    pub remote: PeerCondition,
}

/// One end of a flow. Addresses (`cidrs` and `ips` together), domains and the port are fields of different kinds: all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerCondition {
    /// `…_cidrs`, host bits cleared.
    pub cidrs: Vec<IpNet>,
    /// `…_ips`, as whole-length prefixes.
    pub ips: Vec<IpNet>,
    /// 0: any.
    pub port: u16,
    /// Lower case, without a dot at the end.
    pub domains: Vec<String>,
    /// How domains compare.
    pub domain_match: DomainMatch,
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro that writes the type derives the same for all"
)]
impl Default for How {
    fn default() -> Self {
        How::Any
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro that writes the type derives the same for all"
)]
impl Default for DomainMatch {
    fn default() -> Self {
        DomainMatch::Exact
    }
}

/// `which` of a group or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The event matters.
    Pertinent,
    /// It does not.
    Irrelevant,
}

/// How a group joins its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Join {
    /// All.
    And,
    /// Any.
    Or,
}

/// A group of `arbitrary`.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How its items join.
    pub how: Join,
    /// Its own verdict.
    pub which: Which,
    /// The items in order.
    pub items: Vec<Item>,
}

/// An item of a group: one attribute, tests that must all hold, and a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The attribute.
    pub what: What,
    /// The verdict where it matches.
    pub which: Which,
    /// At least one.
    pub tests: Vec<Test>,
}

/// How a number or a time compares: the attribute is smaller, bigger or equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The attribute is smaller.
    Smaller,
    /// The attribute is bigger.
    Bigger,
    /// They are equal.
    Equal,
}

/// A test of one attribute.
#[derive(Debug, Clone)]
pub enum Test {
    /// `pattern`: a search.
    Pattern(Regex),
    /// `pattern` with `which: contains`: a plain substring.
    Contains(String),
    /// `number`.
    Number(Comparison, i64),
    /// `numbers`: one of them.
    Numbers(Vec<i64>),
    /// `time`.
    Time(Comparison, Timestamp),
    /// `cidr`.
    Cidr(IpNet),
}

names! {
    /// An attribute that a filter tests (`recipes.md`, the table of `what`); `any_ancient_…` is `ancient_…`.
    What {
        Uid "uid", Pid "pid", Retcode "retcode", Exe "exe", Comm "comm", Cmd "cmd", Args "args", Envs "envs",
        StartTime "start_time", ExitTime "exit_time",
        ParentPid "parent_pid", ParentExe "parent_exe", ParentComm "parent_comm", ParentCmd "parent_cmd",
        ParentArgs "parent_args", ParentEnvs "parent_envs",
        ParentOrPrevExe "parent_or_prev_exe", TaskOrPrevExe "task_or_prev_exe",
        TaskOrParentExe "task_or_parent_exe", TaskOrParentComm "task_or_parent_comm", TaskOrParentCmd "task_or_parent_cmd",
        TaskOrParentArgs "task_or_parent_args", TaskOrParentEnvs "task_or_parent_envs",
        AncientExe "ancient_exe", AncientCmd "ancient_cmd", AncientArgs "ancient_args", AncientEnvs "ancient_envs",
        Proto "proto", Family "family", Local "local", Remote "remote", AnyPeers "any_peers",
        LocalPorts "local_ports", RemotePorts "remote_ports", AnyPorts "any_ports", AnyPeersAndPorts "any_peers_and_ports",
    }
}

/// A reaction of a recipe.
#[derive(Debug, Clone)]
pub struct ReactionSpec {
    /// The language's own name: `js`, `shell`, `lua`, `rhai`.
    pub format: &'static str,
    /// Optional, for people.
    pub name: Option<String>,
    /// The text, ready to be loaded.
    pub source: Source,
    /// From the text's lines to the file's.
    pub map: SourceMap,
    /// Lowers the configured limit.
    pub timeout: Option<Duration>,
    /// Lowers the configured limit; bytes.
    pub memory: Option<usize>,
    /// The most that it may hold.
    pub capabilities: Option<Vec<Request>>,
    /// Its effects are simulated even where others act.
    pub dry_run: bool,
}

/// From a position in a script's text to the position in the file that the author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMap {
    /// The recipe file, or the script's own file.
    pub file: Arc<std::path::Path>,
    /// The file's line of the text's first line, from 1.
    pub first_line: u32,
    /// Columns that YAML removed from every line (a literal block's indentation); 0 where the text is not a literal block.
    pub indent: u32,
    /// Added to the column on the first line only, for text that begins within a line.
    pub first_column: u32,
}

impl SourceMap {
    /// The place in the file.
    #[must_use]
    pub fn place(&self, at: Position) -> Position {
        let first = if at.line == 1 { self.first_column } else { 0 };
        let column = if at.column == 0 { 0 } else { at.column + self.indent + first };
        Position { line: self.first_line + at.line.saturating_sub(1), column }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A reaction in JavaScript, from a file of its own.
    pub(crate) fn reaction(text: &str) -> ReactionSpec {
        ReactionSpec {
            format: "js",
            name: None,
            source: Source { name: "reaction.js".into(), text: text.into() },
            map: SourceMap {
                file: std::path::Path::new("reaction.js").into(),
                first_line: 1,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        }
    }

    #[test]
    fn a_position_in_a_literal_block_is_that_in_the_file() {
        let mut map = reaction("").map;
        (map.first_line, map.indent) = (12, 6);
        assert_eq!(map.place(Position { line: 1, column: 1 }), Position { line: 12, column: 7 });
        assert_eq!(map.place(Position { line: 3, column: 0 }), Position { line: 14, column: 0 });
    }

    #[test]
    fn metadata_has_the_fields_of_the_page_in_its_order() {
        let recipe = Recipe::of_reaction("x", reaction(""));
        assert_eq!(
            recipe.metadata.root().to_json(crate::packed::Indent::None),
            r#"{"kind":"x","name":"x","format":"execution","version":"0","description":"x","tactic":"","technique":"","subtechnique":"","importance":"low","documentation":""}"#
        );
    }
}
