//! What a reaction sees: the event after a match, with the recipe's metadata, `base` and the actions that have come together.

use super::{Action, ActionSet, Event, file, line, pack::ORDER};
use crate::packed::{Base, Builder, Entry, Key, KeyName, Node, Packed, Slot};

impl Event {
    /// Builds `data`. `metadata` is the recipe's, `actions` the set accumulated for this process and file.
    ///
    /// Fields stand in the order of `events.md`, then those that it does not name, in the order in which they came.
    /// The event's bytes are copied once; `base` shares them.
    #[must_use]
    pub fn data(&self, metadata: &Packed, actions: ActionSet) -> Packed {
        /// In bytes; covers `base`, the new root and a new `file` of an event in the page's spelling.
        const ADDED: usize = 3072;
        let (event, about) = (self.packed.as_bytes().len(), metadata.as_bytes().len());
        let mut builder = Builder::with_capacity(event + about + ADDED);
        let (base, _) = builder.append_at(&self.packed);
        let metadata = builder.append(metadata);
        let uuid = builder.text(self.uuid());
        let timestamp = self.timestamp.map(|timestamp| match self.field(Key::TIMESTAMP) {
            Some(as_received) => builder.part(base, as_received),
            None => builder.text(&timestamp.to_string()),
        });

        let part = |builder: &Builder, key| Some(builder.part(base, self.field(key)?));
        let mut entries = Vec::with_capacity(16);
        for key in ORDER {
            let slot = match key {
                Key::UUID => Some(uuid),
                Key::TIMESTAMP => timestamp,
                Key::METADATA => Some(metadata),
                Key::FILE if actions != self.actions => self
                    .field(Key::FILE)
                    .map(|node| with_actions(&mut builder, base, node, actions)),
                Key::BASE => Some(self.base(&mut builder, base, &entries)),
                key => part(&builder, key),
            };
            entries.extend(slot.map(|slot| (KeyName::from(key), slot)));
        }
        let others = self.packed.root().as_map();
        for entry in others.iter().flat_map(|map| map.iter()) {
            if !entry.key().is_some_and(|key| ORDER.contains(&key)) {
                entries.push((name(entry), builder.part(base, entry.value())));
            }
        }
        let root = builder.map(&entries);
        builder.finish(root)
    }

    /// `data.base`, of the fields of `data` that were written already and those that only it has.
    fn base(&self, builder: &mut Builder, base: Base, data: &[(KeyName<'_>, Slot)]) -> Slot {
        let mut entries = Vec::with_capacity(line::BASE.len());
        for key in line::BASE {
            let written = data
                .iter()
                .find(|(name, _)| matches!(name, KeyName::Known(known) if *known == key))
                .map(|(_, slot)| *slot);
            let slot = written.or_else(|| self.field(key).map(|node| builder.part(base, node)));
            entries.extend(slot.map(|slot| (KeyName::from(key), slot)));
        }
        let own = self.field(Key::BASE).and_then(Node::as_map);
        for entry in own.iter().flat_map(|map| map.iter()) {
            entries.push((name(entry), builder.part(base, entry.value())));
        }
        builder.map(&entries)
    }
}

/// `file` with another set of actions; all else is shared with the event.
fn with_actions(builder: &mut Builder, base: Base, node: Node<'_>, set: ActionSet) -> Slot {
    let Some(map) = node.as_map() else { return builder.part(base, node) };
    let mut names = Vec::with_capacity(Action::ALL.len());
    let mut listed = ActionSet::EMPTY;
    for item in node.get(Key::ACTIONS).into_iter().flat_map(Node::items) {
        match item.as_str().and_then(Action::from_name) {
            Some(action) if !set.contains(action) => continue,
            Some(action) => listed.insert(action),
            None => {}
        }
        names.push(builder.part(base, item));
    }
    for action in set.difference(listed).iter() {
        names.push(builder.text(action.name()));
    }
    let actions = file::write_actions(builder, &names, set);
    let write = |entry: Entry<'_>| match entry.key() {
        Some(Key::ACTIONS) => actions,
        Some(key) => match Action::of(key) {
            Some(action) => Slot::bool(set.contains(action)),
            None => builder.part(base, entry.value()),
        },
        None => builder.part(base, entry.value()),
    };
    let visible: Vec<_> = map.iter().map(|entry| (name(entry), write(entry))).collect();
    let hidden: Vec<_> = map.hidden().map(|entry| (name(entry), write(entry))).collect();
    builder.map_with(&visible, &hidden)
}

fn name(entry: Entry<'_>) -> KeyName<'_> {
    entry.key().map_or_else(|| KeyName::Text(entry.name()), KeyName::Known)
}
