//! What Rhai's own library has: which functions take maps and lists, and of what else.

use std::{any::TypeId, sync::LazyLock};

use rhai::{Array, Engine, Map};

/// A function of the library.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) types: Vec<TypeId>,
}

static ALL: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let all = |info: rhai::FuncInfo<'_>| {
        let (name, types) = (info.metadata.name.to_string(), info.metadata.param_types.to_vec());
        Some(Known { name, types })
    };
    Engine::new().collect_fn_metadata(None, all, true)
});

/// Functions of this name.
pub(crate) fn named(name: &str) -> impl Iterator<Item = &Known> {
    ALL.iter().filter(move |known| known.name == name)
}

/// Functions whose first argument is a map or a list.
pub(crate) fn of_containers() -> impl Iterator<Item = &'static Known> {
    ALL.iter().filter(|known| known.types.first().is_some_and(|first| is_container(*first)))
}

/// Whether a function takes a map or a list as any but its first argument.
pub(crate) fn takes_container(name: &str) -> bool {
    named(name).any(|known| known.types.iter().skip(1).any(|each| is_container(*each)))
}

fn is_container(kind: TypeId) -> bool {
    kind == TypeId::of::<Array>() || kind == TypeId::of::<Map>()
}
