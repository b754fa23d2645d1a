//! Whether a recipe that was loaded again says the same: what a change of the set may keep derives from it.

use super::{Base, ReactionSpec, Recipe, Test};

impl Recipe {
    /// Whether the other one says the same, wherever the two stand in their files.
    #[must_use]
    pub fn is_same(&self, other: &Recipe) -> bool {
        // Taken apart, so that a field that is new has to be thought of.
        let Recipe {
            name,
            kind,
            enabled,
            version,
            description,
            documentation,
            breed,
            mechanism,
            tactic,
            technique,
            subtechnique,
            importance,
            times,
            arbitrary,
            file,
            flow,
            reactions,
            capabilities,
            on_loss,
            when,
            // Packed from the fields above.
            metadata: _,
            place: _,
        } = self;
        *name == other.name
            && *kind == other.kind
            && *enabled == other.enabled
            && *version == other.version
            && *description == other.description
            && *documentation == other.documentation
            && *breed == other.breed
            && *mechanism == other.mechanism
            && *tactic == other.tactic
            && *technique == other.technique
            && *subtechnique == other.subtechnique
            && *importance == other.importance
            && *times == other.times
            && *arbitrary == other.arbitrary
            && *file == other.file
            && *flow == other.flow
            && reactions.len() == other.reactions.len()
            && reactions.iter().zip(&other.reactions).all(|(one, other)| one.is_same(other))
            && *capabilities == other.capabilities
            && *on_loss == other.on_loss
            && *when == other.when
    }
}

impl ReactionSpec {
    fn is_same(&self, other: &ReactionSpec) -> bool {
        // Where the text stands is not what it says.
        let ReactionSpec { format, name, source, map: _, timeout, memory, capabilities, dry_run } =
            self;
        *format == other.format
            && *name == other.name
            && source.text == other.source.text
            && *timeout == other.timeout
            && *memory == other.memory
            && *capabilities == other.capabilities
            && *dry_run == other.dry_run
    }
}

/// Expressions are the same where their texts are.
impl PartialEq for Base {
    fn eq(&self, other: &Base) -> bool {
        let text = |base: &Base| base.regex.as_ref().map(|regex| regex.as_str().to_owned());
        self.dir == other.dir && self.base == other.base && text(self) == text(other)
    }
}

/// Likewise.
impl PartialEq for Test {
    fn eq(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Pattern(one), Test::Pattern(other)) => one.as_str() == other.as_str(),
            (Test::Contains(one), Test::Contains(other)) => one == other,
            (Test::Number(how, one), Test::Number(as_well, other)) => {
                (how, one) == (as_well, other)
            }
            (Test::Numbers(one), Test::Numbers(other)) => one == other,
            (Test::Time(how, one), Test::Time(as_well, other)) => (how, one) == (as_well, other),
            (Test::Cidr(one), Test::Cidr(other)) => one == other,
            (
                Test::Pattern(_)
                | Test::Contains(_)
                | Test::Number(..)
                | Test::Numbers(_)
                | Test::Time(..)
                | Test::Cidr(_),
                _,
            ) => false,
        }
    }
}
