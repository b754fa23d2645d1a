//! `data` without a copy of the whole event: a map of the event that was not touched yet.
//!
//! To scripts it is a map: `type_of` says so, a field is read in place, and everything else that can be done to a map first makes it one, of which the maps
//! below are again untouched. Lists are real from the first touch. A newer spelling of a field resolves on access and in `in`, but is not enumerated; maps
//! and lists that have such fields stay what is defined here, with the real one inside.

mod calls;

use reactant_core::packed::{ListView, MapView, Node, View};
use rhai::{Array, Dynamic, Engine, ImmutableString, Map};

use crate::state::{State, left};

pub(crate) use calls::{register, retry};

/// A map of the event.
#[derive(Debug)]
pub(crate) struct MapLevel {
    /// Where it stands in the event.
    offset: usize,
    /// What became of it, where a script changed it and it has hidden fields.
    changed: Option<Map>,
    /// The maps and lists in it that were touched, each shared with whoever looks at it: what happens to it there happens to it here.
    touched: Map,
}

impl Clone for MapLevel {
    /// A copy of its own, as a copy of a map is.
    fn clone(&self) -> MapLevel {
        let touched = self
            .touched
            .iter()
            .map(|(key, part)| (key.clone(), part.flatten_clone().into_shared()));
        MapLevel { offset: self.offset, changed: self.changed.clone(), touched: touched.collect() }
    }
}

/// A list of the event that has hidden fields.
#[derive(Debug, Clone)]
pub(crate) struct ListLevel {
    offset: usize,
    items: Array,
}

impl IntoIterator for ListLevel {
    type Item = Dynamic;
    type IntoIter = std::vec::IntoIter<Dynamic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// How many entries of a level are made between two looks at the limits.
const EVERY: usize = 256;

/// Looks at the limits now and then while a level is made; `true` ends that, where the script was not left at once.
fn ends(state: &State, made: usize) -> bool {
    if made % EVERY != EVERY - 1 {
        return false;
    }
    state.hurry();
    let over = state.over();
    if over {
        drop(left());
    }
    over
}

/// A value of the event.
pub(crate) fn of(state: &State, node: Node<'_>) -> Dynamic {
    match node.view() {
        View::Null => Dynamic::UNIT,
        View::Bool(value) => value.into(),
        View::Int(value) => value.into(),
        View::Float(value) => value.into(),
        View::Text(text) => ImmutableString::from(text).into(),
        View::List(list) if list.hidden().len() == 0 => items(state, list).into(),
        View::List(list) => {
            Dynamic::from(ListLevel { offset: node.offset(), items: items(state, list) })
        }
        View::Map(map) if map.total() == 0 => Map::new().into(),
        View::Map(_) => {
            Dynamic::from(MapLevel { offset: node.offset(), changed: None, touched: Map::new() })
        }
    }
}

fn items(state: &State, list: ListView<'_>) -> Array {
    let mut items = Array::with_capacity(list.len());
    for (made, item) in list.iter().enumerate() {
        if ends(state, made) {
            break;
        }
        items.push(of(state, item));
    }
    items
}

fn fields(state: &State, map: MapView<'_>) -> Map {
    let mut fields = Map::new();
    for (made, entry) in map.iter().enumerate() {
        if ends(state, made) {
            break;
        }
        fields.insert(entry.name().into(), of(state, entry.value()));
    }
    fields
}

/// Looks at a value of the running invocation's event.
fn with<T>(state: &State, offset: usize, look: impl FnOnce(Node<'_>) -> T) -> Option<T> {
    state.lent.invocation(|invocation| look(invocation.data.node_at(offset)))
}

impl MapLevel {
    /// A field, hidden or not; `()` for an absent one.
    fn get(&mut self, state: &State, name: &str) -> Dynamic {
        if let Some(part) = self.touched.get(name) {
            return part.clone();
        }
        let found = match &mut self.changed {
            // A part that is handed out is shared from then on.
            Some(changed) if changed.get(name).is_some_and(is_container) => changed.remove(name),
            Some(changed) => changed.get(name).cloned(),
            None => with(state, self.offset, |node| {
                node.as_map()?.get_text(name).map(|node| of(state, node))
            })
            .flatten(),
        };
        // A field that the script took away does not come back, but for its other spellings.
        let found = found.or_else(|| self.hidden(state, name));
        match found {
            Some(part) if is_container(&part) => {
                let part = part.into_shared();
                self.touched.insert(name.into(), part.clone());
                part
            }
            other => other.unwrap_or_default(),
        }
    }

    fn hidden(&self, state: &State, name: &str) -> Option<Dynamic> {
        with(state, self.offset, |node| {
            let mut hidden = node.as_map()?.hidden();
            hidden.find(|entry| entry.name() == name).map(|entry| of(state, entry.value()))
        })?
    }

    fn contains(&self, state: &State, name: &str) -> bool {
        if self.touched.contains_key(name) {
            return true;
        }
        match &self.changed {
            Some(changed) => changed.contains_key(name) || self.hidden(state, name).is_some(),
            None => with(state, self.offset, |node| node.as_map()?.get_text(name).map(|_| ()))
                .flatten()
                .is_some(),
        }
    }

    /// The real map.
    fn into_map(self, state: &State) -> Map {
        let in_event = || {
            with(state, self.offset, |node| node.as_map().map(|map| fields(state, map))).flatten()
        };
        let hidden = |name: &str| self.hidden(state, name).is_some();
        let mut map = self.changed.clone().or_else(in_event).unwrap_or_default();
        for (name, part) in &self.touched {
            // Another spelling that was read is still hidden.
            if !hidden(name) || map.contains_key(name) {
                map.insert(name.clone(), part.flatten_clone());
            }
        }
        map
    }

    fn has_hidden(&self, state: &State) -> bool {
        with(state, self.offset, |node| node.as_map().is_some_and(|map| map.hidden().len() > 0))
            .unwrap_or_default()
    }

    /// Looks at the map in the event and at what was touched of it, where no field was set or taken away.
    pub(crate) fn in_event<T>(
        &self,
        state: &State,
        look: impl FnOnce(MapView<'_>, &Map) -> T,
    ) -> Option<T> {
        if self.changed.is_some() {
            return None;
        }
        with(state, self.offset, |node| node.as_map().map(|map| look(map, &self.touched))).flatten()
    }

    /// The real map, as a copy.
    pub(crate) fn to_map(&self, state: &State) -> Map {
        self.clone().into_map(state)
    }
}

fn is_container(value: &Dynamic) -> bool {
    value.is_map() || value.is_array() || is_level(value)
}

impl ListLevel {
    /// The real list inside.
    pub(crate) fn items(&self) -> &Array {
        &self.items
    }

    fn hidden(&self, state: &State, name: &str) -> Option<Dynamic> {
        with(state, self.offset, |node| {
            let mut hidden = node.as_list()?.hidden();
            hidden.find(|entry| entry.name() == name).map(|entry| of(state, entry.value()))
        })?
    }
}

/// What a level was before it was made real, so that it can be put back around it.
pub(super) enum Shell {
    Map(usize),
    List(usize),
}

/// Makes a level real where it stands. What it was is given where it has hidden fields.
fn solidify(state: &State, value: &mut Dynamic) -> Option<Shell> {
    let constant = value.is_read_only();
    let keep = |real: Dynamic| if constant { real.into_read_only() } else { real };
    if value.is::<MapLevel>() {
        let level = taken::<MapLevel>(value)?;
        let shell = level.has_hidden(state).then_some(Shell::Map(level.offset));
        fill(value, keep(level.into_map(state).into()));
        shell
    } else if value.is::<ListLevel>() {
        let level = taken::<ListLevel>(value)?;
        let shell = Shell::List(level.offset);
        fill(value, keep(level.items.into()));
        Some(shell)
    } else {
        None
    }
}

/// Makes a level real that closures hold: Rhai lets a map keep a closure that holds it, and nothing else.
pub(crate) fn settle<'a>(state: &State, variable: &'a mut Dynamic) -> &'a mut Dynamic {
    if variable.is_shared() && variable.is::<MapLevel>() {
        let bare = variable.read_lock::<MapLevel>().is_some_and(|level| !level.has_hidden(state));
        if bare {
            solidify(state, variable);
        }
    }
    variable
}

/// Puts a level back around what became of it.
fn enclose(shell: Shell, value: &mut Dynamic) {
    let constant = value.is_read_only();
    let level = match shell {
        Shell::Map(offset) if value.is_map() => {
            let changed = taken::<Map>(value);
            Dynamic::from(MapLevel { offset, changed, touched: Map::new() })
        }
        Shell::List(offset) if value.is_array() => {
            let items = taken::<Array>(value).unwrap_or_default();
            Dynamic::from(ListLevel { offset, items })
        }
        _ => return,
    };
    fill(value, if constant { level.into_read_only() } else { level });
}

/// Takes the value out of a place, which is filled again.
fn taken<T: rhai::Variant + Clone>(place: &mut Dynamic) -> Option<T> {
    match place.is_shared() {
        true => place.write_lock::<T>().map(|value| value.clone()),
        false => std::mem::take(place).try_cast::<T>(),
    }
}

/// Fills a place: where it is shared, for all who share it.
fn fill(place: &mut Dynamic, value: Dynamic) {
    match place.is_shared() {
        true => {
            if let Some(mut inside) = place.write_lock::<Dynamic>() {
                *inside = value;
            }
        }
        false => *place = value,
    }
}

/// Makes a value real in all its parts, to be shown; those beyond so many stay as they are.
pub(crate) fn reveal(state: &State, value: &mut Dynamic, parts: &mut usize) {
    let Some(left) = parts.checked_sub(1) else { return };
    *parts = left;
    solidify(state, value);
    if let Ok(mut list) = value.as_array_mut() {
        list.iter_mut().for_each(|item| reveal(state, item, parts));
    } else if let Ok(mut map) = value.as_map_mut() {
        map.values_mut().for_each(|item| reveal(state, item, parts));
    }
}

/// Whether a level is in a value itself.
fn is_level(value: &Dynamic) -> bool {
    value.is::<MapLevel>() || value.is::<ListLevel>()
}

/// Whether a value is still what stands in the event.
fn same(value: &Dynamic, node: Node<'_>) -> bool {
    if let Some(level) = value.read_lock::<MapLevel>() {
        let as_it_was = |(name, part): (&rhai::Identifier, &Dynamic)| {
            let node = node.as_map().and_then(|map| map.get_text(name));
            part.read_lock::<Dynamic>()
                .is_some_and(|part| node.is_some_and(|node| same(&part, node)))
        };
        return level.changed.is_none()
            && level.offset == node.offset()
            && level.touched.iter().all(as_it_was);
    }
    let list = |items: &Array, list: ListView<'_>| {
        items.len() == list.len()
            && items.iter().zip(list.iter()).all(|(item, node)| same(item, node))
    };
    if let Some(level) = value.read_lock::<ListLevel>() {
        return node.as_list().is_some_and(|view| list(&level.items, view));
    }
    match node.view() {
        View::Null => value.is_unit(),
        View::Bool(is) => value.as_bool() == Ok(is),
        View::Int(is) => value.as_int() == Ok(is),
        View::Float(is) => value.as_float() == Ok(is),
        View::Text(is) => value.as_immutable_string_ref().is_ok_and(|text| *text == is),
        View::List(view) => value.as_array_ref().is_ok_and(|items| list(&items, view)),
        View::Map(map) => map.total() == 0 && value.as_map_ref().is_ok_and(|map| map.is_empty()),
    }
}

/// Names the types as scripts know them.
fn name(engine: &mut Engine) {
    engine.register_type_with_name::<MapLevel>("map");
    engine.register_type_with_name::<ListLevel>("array");
    engine.register_iterator::<ListLevel>();
}
