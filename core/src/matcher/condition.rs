//! What must be in an accumulated set, and what an event must bring to it, for a recipe to fire.

use crate::recipe::{FileCondition, FlowCondition, How};

/// A set of actions or of flags, one bit each.
pub(super) type Bits = u16;

/// The bit of `created`, which every recorded flow carries.
pub(super) const CREATED: Bits = 1 << 15;

/// The part of a recipe that is judged on the accumulated set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    named: Bits,
    all: bool,
    excluded: Bits,
}

impl Condition {
    pub(super) fn of_file(file: &FileCondition) -> Condition {
        Condition {
            named: file.actions.bits(),
            all: file.how == How::All,
            excluded: file.excluded.bits(),
        }
    }

    pub(super) fn of_flow(flow: &FlowCondition) -> Condition {
        let created = |holds| if holds { CREATED } else { 0 };
        Condition {
            named: flow.flags.bits() | created(flow.created),
            all: flow.how == How::All,
            excluded: flow.excluded.bits() | created(flow.excluded_created),
        }
    }

    /// Whether an event that brings these can make it fire, whatever came before.
    pub(super) fn may_fire(self, brings: Bits) -> bool {
        self.excluded & brings == 0 && (self.named == 0 || self.named & brings != 0)
    }

    /// Whether an event that brings these, new or not, makes it fire on the set that they are part of by now: the condition holds on the set, and
    /// the event brings one that the recipe names, if it names any.
    pub(super) fn fires(self, set: Bits, brings: Bits) -> bool {
        self.holds(set) && (self.named == 0 || self.named & brings != 0)
    }

    fn holds(self, set: Bits) -> bool {
        let named = self.named & set;
        let enough = if self.all { named == self.named } else { self.named == 0 || named != 0 };
        enough && self.excluded & set == 0
    }
}
