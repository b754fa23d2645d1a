//! Writing the normalised tree as a packed one, with the newer spellings hidden beside the page's.

mod lists;

use super::{
    ActionSet, MAX_PACKED,
    error::EventError,
    file, flow,
    json::{Json, Name, Object},
};
use crate::packed::{Builder, Key, KeyName, MAX_DEPTH, Packed, Slot};

/// The page's order of the fields of an event; others follow in theirs.
pub(super) const ORDER: [Key; 12] = [
    Key::UUID,
    Key::TIMESTAMP,
    Key::EVENT_TYPE,
    Key::NOTE,
    Key::PROCESS,
    Key::FILE,
    Key::FLOW,
    Key::METADATA,
    Key::BACKGROUND,
    Key::BASE,
    Key::LOST,
    Key::BEFORE,
];

/// Packs an event.
pub(super) fn event(
    event: &Object<'_>,
    actions: ActionSet,
    text: usize,
) -> Result<Packed, EventError> {
    let mut packer = Packer {
        builder: Builder::with_capacity(text * 4),
        entries: Vec::with_capacity(64),
        items: Vec::with_capacity(16),
        flags: Vec::new(),
        repeated: 0,
        depth: 0,
        actions,
    };
    let root = packer.root(event)?;
    Ok(packer.builder.finish(root))
}

struct Packer<'j> {
    builder: Builder,
    /// Fields that wait until their object is complete, those of outer objects below those of inner ones.
    entries: Vec<(KeyName<'j>, Slot)>,
    /// The same for lists.
    items: Vec<Slot>,
    /// Sets of flags that were written already, to be shared.
    flags: Vec<(super::FlagSet, Slot)>,
    /// Bytes that hidden lists repeat.
    repeated: usize,
    depth: usize,
    actions: ActionSet,
}

impl<'j> Packer<'j> {
    fn root(&mut self, event: &'j Object<'_>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        for key in ORDER {
            let slot = match (key, event.get(key)) {
                (_, None) => continue,
                (Key::FILE, Some(Json::Map(file))) => self.file(file)?,
                (Key::FLOW, Some(Json::Map(flow))) => self.flow(flow)?,
                (Key::BACKGROUND, Some(Json::Map(background))) => self.background(background)?,
                (_, Some(value)) => self.value(value)?,
            };
            self.entries.push((key.into(), slot));
        }
        for (name, value) in &event.entries {
            if !matches!(name, Name::Known(key) if ORDER.contains(key)) {
                let slot = self.value(value)?;
                self.entries.push((name.key(), slot));
            }
        }
        Ok(self.leave(mark, self.entries.len()))
    }

    fn file(&mut self, map: &'j Object<'_>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        let mut path = None;
        for (name, value) in &map.entries {
            let slot = match (name, value) {
                (Name::Known(Key::ACTIONS), Json::List(names)) => {
                    let from = self.items.len();
                    self.enter()?;
                    for name in names {
                        let name = self.value(name)?;
                        self.items.push(name);
                    }
                    self.depth -= 1;
                    let slot =
                        file::write_actions(&mut self.builder, &self.items[from..], self.actions);
                    self.items.truncate(from);
                    slot
                }
                _ => self.value(value)?,
            };
            if *name == Name::Known(Key::FILE) {
                path = Some(slot);
            }
            self.entries.push((name.key(), slot));
        }
        let visible = self.entries.len();
        self.entries.extend(path.map(|path| (Key::PATH.into(), path)));
        self.entries.extend(file::hidden_actions(self.actions));
        Ok(self.leave(mark, visible))
    }

    fn flow(&mut self, map: &'j Object<'_>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        for (name, value) in &map.entries {
            let slot = self.value(value)?;
            self.entries.push((name.key(), slot));
        }
        Ok(self.leave_flow(mark))
    }

    /// Ends a flow: its newer names are hidden beside the page's.
    fn leave_flow(&mut self, mark: usize) -> Slot {
        let visible = self.entries.len();
        for (page, newer) in [(Key::FLAGS, Key::PROPERTIES), (Key::PHASE, Key::SETTINGS)] {
            if self.written(mark, newer).is_none()
                && let Some(slot) = self.written(mark, page)
            {
                self.entries.push((newer.into(), slot));
            }
        }
        self.leave(mark, visible)
    }

    fn value(&mut self, value: &'j Json<'_>) -> Result<Slot, EventError> {
        Ok(match value {
            Json::Null => Slot::NULL,
            Json::Bool(value) => Slot::bool(*value),
            Json::Int(value) => Slot::int(*value),
            Json::Unsigned(value) => Slot::unsigned(*value),
            Json::Float(value) => Slot::float(*value),
            Json::Text(text) => self.builder.text(text),
            Json::List(items) => self.list(items, Self::value)?,
            Json::Map(map) => {
                let mark = self.enter()?;
                for (name, value) in &map.entries {
                    let slot = self.value(value)?;
                    self.entries.push((name.key(), slot));
                }
                self.leave(mark, self.entries.len())
            }
        })
    }

    fn list<T>(
        &mut self,
        items: &'j [T],
        mut write: impl FnMut(&mut Self, &'j T) -> Result<Slot, EventError>,
    ) -> Result<Slot, EventError> {
        let from = self.items.len();
        self.enter()?;
        for item in items {
            let slot = write(self, item)?;
            self.items.push(slot);
        }
        self.depth -= 1;
        let slot = self.builder.list(&self.items[from..]);
        self.items.truncate(from);
        Ok(slot)
    }

    /// Begins an object or list; for an object, the mark says where its fields begin.
    fn enter(&mut self) -> Result<usize, EventError> {
        self.depth += 1;
        // One level for the leaf, one for `base`, which holds the background a second time.
        if self.depth > MAX_DEPTH - 2 {
            return Err(EventError::TooDeep);
        }
        if self.builder.size() > MAX_PACKED {
            return Err(EventError::TooLarge);
        }
        Ok(self.entries.len())
    }

    /// Ends an object: what was pushed since its mark are its fields, from `visible` on hidden ones.
    fn leave(&mut self, mark: usize, visible: usize) -> Slot {
        self.depth -= 1;
        let slot = self.builder.map_with(&self.entries[mark..visible], &self.entries[visible..]);
        self.entries.truncate(mark);
        slot
    }

    /// The slot of a field that was pushed since the mark.
    fn written(&self, mark: usize, key: Key) -> Option<Slot> {
        find(&self.entries[mark..], key)
    }

    fn flag_map(&mut self, phase: &Object<'_>) -> Slot {
        let set = flow::flags(phase);
        if let Some((_, slot)) = self.flags.iter().find(|(other, _)| *other == set) {
            return *slot;
        }
        let fields: Vec<(KeyName<'_>, Slot)> = super::Flag::ALL
            .iter()
            .map(|flag| (flag.key().into(), Slot::bool(set.contains(*flag))))
            .collect();
        let slot = self.builder.map(&fields);
        self.flags.push((set, slot));
        slot
    }
}

fn find(entries: &[(KeyName<'_>, Slot)], key: Key) -> Option<Slot> {
    entries.iter().find(|(name, _)| is(name, key)).map(|(_, slot)| *slot)
}

fn is(name: &KeyName<'_>, key: Key) -> bool {
    matches!(name, KeyName::Known(known) if *known == key)
}
