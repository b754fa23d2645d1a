//! A file in other spellings: its path and its actions.

use std::borrow::Cow;

use super::{
    Action, ActionSet,
    error::{EventError, Step},
    json::{Json, Name, Object},
};
use crate::packed::{Builder, Key, KeyName, Slot};

/// Brings path and actions into the page's spelling and gives the actions, which [`set_actions`] then writes back.
pub(super) fn normalise(file: &mut Object<'_>) -> Result<ActionSet, EventError> {
    path(file)?;
    actions(file)
}

fn path(file: &mut Object<'_>) -> Result<(), EventError> {
    file.unite(Key::FILE, Key::PATH)?;
    if file.text(Key::FILE).is_none()
        && let (Some(dir), Some(base)) = (file.text(Key::DIR), file.text(Key::BASENAME))
    {
        let path = format!("{}/{base}", dir.trim_end_matches('/'));
        file.entries.insert(0, (Name::Known(Key::FILE), Json::Text(path.into())));
    }
    let Some(Json::Text(path)) = file.get(Key::FILE) else { return Ok(()) };
    if path.is_empty() {
        return Ok(());
    }
    let (dir, base) = match path {
        Cow::Borrowed(path) => {
            let (dir, base) = split(path);
            (Cow::Borrowed(dir), Cow::Borrowed(base))
        }
        Cow::Owned(path) => {
            let (dir, base) = split(path);
            (Cow::Owned(dir.to_owned()), Cow::Owned(base.to_owned()))
        }
    };
    let has_dir = file.contains(Key::DIR);
    if !file.contains(Key::BASENAME) {
        let before = if has_dir { Key::DIR } else { Key::FILE };
        file.set_after(before, Key::BASENAME, Json::Text(base));
    }
    if !has_dir {
        file.set_after(Key::FILE, Key::DIR, Json::Text(dir));
    }
    Ok(())
}

/// Directory and last component, slashes at the end left aside; `/` is both of itself.
pub(super) fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { ("", "") } else { ("/", "/") };
    }
    match trimmed.rsplit_once('/') {
        Some(("", base)) => ("/", base),
        Some((dir, base)) => (dir, base),
        None => ("", trimmed),
    }
}

fn actions(file: &mut Object<'_>) -> Result<ActionSet, EventError> {
    if let Some(Json::Map(object)) = file.get_mut(Key::ACTIONS) {
        let mut object = std::mem::take(object);
        let names = object.remove(Key::ACTIONS).unwrap_or(Json::List(Vec::new()));
        file.set(Key::ACTIONS, names);
        file.join(object).map_err(|error| error.below(Step::Field("actions")))?;
    }
    let mut set = ActionSet::EMPTY;
    for (name, value) in &file.entries {
        if let (Name::Known(key), Json::Bool(true)) = (name, value)
            && let Some(action) = Action::of(*key)
        {
            set.insert(action);
        }
    }
    file.entries.retain(|(name, _)| {
        !matches!(name, Name::Known(key) if Action::newer().any(|(newer, _)| newer == *key))
    });
    for name in file.list_mut(Key::ACTIONS).into_iter().flatten() {
        let Json::Text(name) = name else { continue };
        if let Some(action) = named(name) {
            set.insert(action);
            if action.name() != *name {
                *name = action.name().into();
            }
        }
    }
    Ok(set)
}

fn named(name: &str) -> Option<Action> {
    Action::from_name(name).or_else(|| {
        Action::newer().find(|(newer, _)| newer.name() == name).map(|(_, action)| action)
    })
}

/// Writes the actions as list and truth values. Names in the list that are no known actions stay.
pub(super) fn set_actions(file: &mut Object<'_>, set: ActionSet) {
    let names = match file.list_mut(Key::ACTIONS) {
        Some(names) => names,
        None => {
            file.set(Key::ACTIONS, Json::List(Vec::new()));
            let Some(names) = file.list_mut(Key::ACTIONS) else { return };
            names
        }
    };
    for action in set.iter() {
        if !names.iter().any(|name| matches!(name, Json::Text(name) if *name == action.name())) {
            names.push(Json::Text(Cow::Borrowed(action.name())));
        }
    }
    let mut before = Key::ACTIONS;
    for action in Action::ALL {
        file.set_after(before, action.key(), Json::Bool(set.contains(*action)));
        before = action.key();
    }
}

/// Writes the list of actions with the newer spelling hidden on it.
pub(super) fn write_actions(builder: &mut Builder, names: &[Slot], set: ActionSet) -> Slot {
    let plain = builder.list(names);
    let mut hidden = [(KeyName::Known(Key::ACTIONS), plain); 1 + 15 + 3];
    let mut places = hidden.iter_mut().skip(1);
    let keys = Action::ALL.iter().map(|action| (action.key(), *action)).chain(Action::newer());
    for ((key, action), place) in keys.zip(&mut places) {
        *place = (KeyName::Known(key), Slot::bool(set.contains(action)));
    }
    builder.list_with(names, &hidden)
}

/// The newer spelling of single actions, hidden in `file`.
pub(super) fn hidden_actions<'k>(set: ActionSet) -> impl Iterator<Item = (KeyName<'k>, Slot)> {
    Action::newer().map(move |(key, action)| (key.into(), Slot::bool(set.contains(action))))
}
