//! Verdicts: acts that wait for an answer before they happen.
//!
//! Whoever watches the system puts each such act as a [`Question`] to a [`Judge`], which is the [`Runtime`](crate::runtime::Runtime). Recipes with `when: before` decide it in workers of
//! their own; where none does in time, the act happens, and the watcher counts that.

use std::{fmt, time::Duration, time::Instant};

use crate::event::{Action, Event};

/// How long an act waits for an answer where the reaction does not say (`recipes.md`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_millis(20);

/// An act that waits. It is answered once; dropped without an answer, it happens.
pub trait Question: Send + Sync + fmt::Debug {
    /// Tells of it; `None` where whoever wanted to act is gone, or nothing can be told.
    ///
    /// It may take a while, but returns before the deadline.
    fn event(&self) -> Option<Event>;

    /// When the default answer is given: it happens.
    fn deadline(&self) -> Instant;

    /// Whether an answer still matters.
    fn is_pending(&self) -> bool;

    /// Lets it happen, where nobody has answered yet.
    fn allow(&self);

    /// Refuses it. It may be refused twice.
    ///
    /// # Errors
    ///
    /// [`TooLate`] where it was answered otherwise.
    fn refuse(&self) -> Result<(), TooLate>;

    /// Whether it was refused.
    fn is_refused(&self) -> bool;
}

/// The act was allowed before, mostly because its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too late: what was asked was allowed already")]
pub struct TooLate;

/// Who decides. Both methods are for a thread that must not be kept waiting: they neither wait nor read anything that is not in memory.
pub trait Judge: Send + Sync {
    /// How long an act on this path may wait: the longest time of those recipes that may want to decide it; `None` where none does.
    fn wants(&self, path: &str, action: Action) -> Option<Duration>;

    /// Puts a question; `false` where there is no room for it.
    fn ask(&self, question: std::sync::Arc<dyn Question>) -> bool;
}
