//! What a script's top level left, and its copies: each invocation begins with one of its own.

use std::collections::HashMap;

use rhai::{Array, Dynamic, FnPtr, Map};

/// A variable of a script's top level.
#[derive(Debug)]
pub(crate) struct Global {
    pub(crate) name: String,
    pub(crate) constant: bool,
    pub(crate) value: Dynamic,
}

/// The variables of a top level.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    all: Vec<Global>,
    /// Whether closures hold some of them: then they are copied together, so that each copy of a closure holds the copy.
    tied: bool,
}

impl Globals {
    /// Takes them over.
    pub(crate) fn new(mut all: Vec<Global>) -> Globals {
        let mut cells = 0;
        for global in &mut all {
            number(&mut global.value, &mut cells);
        }
        Globals { tied: cells > 0, all }
    }

    /// One of them.
    pub(crate) fn get(&self, name: &str) -> Option<&Global> {
        self.all.iter().find(|global| global.name == name)
    }

    /// The constants, as `global::NAME` reads them.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &Global> {
        self.all.iter().filter(|global| global.constant)
    }

    /// Those that must be copied together, each in a cell of its own.
    pub(crate) fn together(&self) -> Vec<(String, Dynamic)> {
        let mut copies = HashMap::new();
        let tied = self.all.iter().filter(|_| self.tied);
        tied.map(|global| {
            (global.name.clone(), cell(copy(&global.value, &mut copies), global.constant))
        })
        .collect()
    }
}

/// A value in a cell.
pub(crate) fn cell(value: Dynamic, constant: bool) -> Dynamic {
    match constant {
        true if !value.is_shared() => value.into_read_only().into_shared(),
        _ => value.into_shared(),
    }
}

/// Numbers each cell that variables and closures share, by the tag of what is in it.
fn number(value: &mut Dynamic, cells: &mut i32) {
    if value.is_shared() {
        let Some(mut inside) = value.write_lock::<Dynamic>() else { return };
        if inside.tag() == 0 {
            *cells += 1;
            inside.set_tag(*cells);
            number(&mut inside, cells);
        }
    } else if let Ok(mut list) = value.as_array_mut() {
        list.iter_mut().for_each(|item| number(item, cells));
    } else if let Ok(mut map) = value.as_map_mut() {
        map.values_mut().for_each(|item| number(item, cells));
    } else if let Some(mut function) = value.write_lock::<FnPtr>() {
        function.iter_curry_mut().for_each(|held| number(held, cells));
    }
}

/// A deep copy, in which what was one cell is one cell again.
fn copy(value: &Dynamic, copies: &mut HashMap<i32, Dynamic>) -> Dynamic {
    if value.is_shared() {
        let Some(inside) = value.read_lock::<Dynamic>() else { return Dynamic::UNIT };
        if let Some(known) = copies.get(&inside.tag()) {
            return known.clone();
        }
        let mut cell = Dynamic::UNIT.into_shared();
        copies.insert(inside.tag(), cell.clone());
        let mut content = copy(&inside, copies);
        content.set_tag(0);
        if let Some(mut place) = cell.write_lock::<Dynamic>() {
            *place = content;
        }
        return cell;
    }
    if let Ok(list) = value.as_array_ref() {
        return list.iter().map(|item| copy(item, copies)).collect::<Array>().into();
    }
    if let Ok(map) = value.as_map_ref() {
        let fields = map.iter().map(|(key, item)| (key.clone(), copy(item, copies)));
        return fields.collect::<Map>().into();
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        let mut function = function.clone();
        let held: Vec<Dynamic> = function.iter_curry().map(|held| copy(held, copies)).collect();
        function.set_curry(held);
        return Dynamic::from(function);
    }
    value.clone()
}
