//! What scripts do to an untouched level.

use std::{any::TypeId, rc::Rc};

use reactant_core::packed::Key;
use rhai::{
    Dynamic, Engine, EvalAltResult, EvalContext, FuncRegistration, ImmutableString, Map, Module,
    NativeCallContext, Position, RhaiFunc, Shared,
};

use super::{ListLevel, MapLevel, Shell, enclose, is_level, name, same, solidify};
use crate::{natives::known, state::State};

type Raised = Box<EvalAltResult>;

/// Teaches the engine what levels are.
pub(crate) fn register(engine: &mut Engine, state: &Rc<State>) {
    name(engine);
    getters(engine, state);
    items(engine);
    let own = Rc::clone(state);
    engine.register_fn("contains", move |level: &mut MapLevel, name: &str| {
        level.contains(&own, name)
    });
    let mut module = Module::new();
    setters(&mut module, state);
    operators(&mut module, state);
    natives(&mut module, state);
    engine.register_global_module(module.into());
}

fn getters(engine: &mut Engine, state: &Rc<State>) {
    // A getter for each known name is found at once; the indexer has the others.
    // `tag` is Rhai's own name for something else.
    for name in Key::all().map(Key::name).chain(["tag"]) {
        let own = Rc::clone(state);
        engine.register_get(name, move |level: &mut MapLevel| level.get(&own, name));
    }
    let own = Rc::clone(state);
    engine.register_indexer_get(move |level: &mut MapLevel, name: &str| level.get(&own, name));
    let own = Rc::clone(state);
    engine.register_fn("get", move |level: &mut MapLevel, name: &str| level.get(&own, name));
    let own = Rc::clone(state);
    engine.register_indexer_get(
        move |level: &mut ListLevel, name: &str| -> Result<Dynamic, Raised> {
            level.hidden(&own, name).ok_or_else(|| {
                let what = format!(
                    "Unknown property '{name}' - a getter is not registered for type 'array'"
                );
                EvalAltResult::ErrorDotExpr(what, Position::NONE).into()
            })
        },
    );
}

fn setters(module: &mut Module, state: &Rc<State>) {
    for name in Key::all().map(Key::name).chain(["tag"]) {
        let own = Rc::clone(state);
        let set = move |args: &mut [&mut Dynamic]| {
            let [level, value] = args else { return Ok(()) };
            set(&own, level, name, value)
        };
        raw(
            module,
            &format!("set${name}"),
            &[TypeId::of::<MapLevel>(), TypeId::of::<Dynamic>()],
            set,
        );
    }
    let own = Rc::clone(state);
    let types =
        [TypeId::of::<MapLevel>(), TypeId::of::<ImmutableString>(), TypeId::of::<Dynamic>()];
    raw(module, "index$set$", &types, move |args| {
        let [level, name, value] = args else { return Ok(()) };
        let name = name.take().into_immutable_string().unwrap_or_default();
        set(&own, level, &name, value)
    });
    let types = [TypeId::of::<ListLevel>(), TypeId::of::<i64>(), TypeId::of::<Dynamic>()];
    raw(module, "index$set$", &types, move |args| {
        let [level, index, value] = args else { return Ok(()) };
        let index = index.as_int().unwrap_or_default();
        let value = value.take();
        let Some(mut list) = level.write_lock::<ListLevel>() else { return Ok(()) };
        let count = list.items.len();
        match place(index, count) {
            Some(at) => list.items[at] = value,
            None => {
                return Err(EvalAltResult::ErrorArrayBounds(count, index, Position::NONE).into());
            }
        }
        Ok(())
    });
}

/// Sets a field. Rhai also sets what it only read through, which changes nothing.
fn set(state: &State, level: &mut Dynamic, name: &str, value: &mut Dynamic) -> Result<(), Raised> {
    let unchanged =
        level.read_lock::<MapLevel>().is_some_and(|level| match level.touched.get(name) {
            // What is in use right now is what the level itself handed out.
            Some(part) => part.is_locked(),
            None => level
                .in_event(state, |map, _| map.get_text(name).is_some_and(|node| same(value, node)))
                .unwrap_or_default(),
        });
    if unchanged {
        return Ok(());
    }
    if level.is_read_only() {
        return Err(EvalAltResult::ErrorAssignmentToConstant(
            format!("map property {name}"),
            Position::NONE,
        )
        .into());
    }
    let shell = solidify(state, level);
    if let Ok(mut map) = level.as_map_mut() {
        map.insert(name.into(), value.take().flatten());
    }
    if let Some(shell) = shell {
        enclose(shell, level);
    }
    Ok(())
}

/// Comparisons and what combines two maps or lists, for each place where a level may stand. Rhai looks for these by the types of both sides.
fn operators(module: &mut Module, state: &Rc<State>) {
    let maps = [TypeId::of::<MapLevel>(), TypeId::of::<Map>()];
    let lists = [TypeId::of::<ListLevel>(), TypeId::of::<rhai::Array>()];
    for types in [maps, lists] {
        for (left, right) in [(0, 0), (0, 1), (1, 0)] {
            for operator in ["==", "!=", "+", "+="] {
                let own = Rc::clone(state);
                let types = [types[left], types[right]];
                with_context(module, operator, &types, move |context, args| {
                    let mut shell = None;
                    for (index, value) in args.iter_mut().enumerate() {
                        let was = solidify(&own, value);
                        shell = if index == 0 { was } else { shell };
                    }
                    let result = context.call_native_fn_raw(operator, true, args);
                    if let (Some(shell), Some(first)) = (shell, args.first_mut()) {
                        enclose(shell, first);
                    }
                    result
                });
            }
        }
    }
}

/// What Rhai's own library does to maps and lists: it makes a level real first.
fn natives(module: &mut Module, state: &Rc<State>) {
    const OWN: [&str; 11] = [
        "==",
        "!=",
        "+",
        "+=",
        "get",
        "contains",
        "to_string",
        "to_debug",
        "to_json",
        "print",
        "debug",
    ];
    for known in known::of_containers() {
        let name = known.name.as_str();
        let is_map = known.types[0] == TypeId::of::<Map>();
        if (is_map && OWN.contains(&name))
            || (!is_map && OWN[..4].contains(&name))
            || OWN[6..].contains(&name)
        {
            continue;
        }
        let mut types = known.types.clone();
        types[0] = if is_map { TypeId::of::<MapLevel>() } else { TypeId::of::<ListLevel>() };
        let own = Rc::clone(state);
        with_context(module, name, &types, move |context, args| {
            let Some(first) = args.first_mut() else { return Ok(Dynamic::UNIT) };
            let shell = solidify(&own, first);
            let result = context.call_native_fn_raw(name, true, args);
            if let (Some(shell), Some(first)) = (shell, args.first_mut()) {
                enclose(shell, first);
            }
            result
        });
    }
}

fn items(engine: &mut Engine) {
    engine.register_indexer_get(|level: &mut ListLevel, index: i64| -> Result<Dynamic, Raised> {
        let count = level.items.len();
        match place(index, count) {
            Some(at) => Ok(level.items[at].clone()),
            None => Err(EvalAltResult::ErrorArrayBounds(count, index, Position::NONE).into()),
        }
    });
}

/// An index from 0, or from the end where it is negative.
fn place(index: i64, count: usize) -> Option<usize> {
    let at = match usize::try_from(index) {
        Ok(at) => at,
        Err(_) => count.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    (at < count).then_some(at)
}

/// What no function was found for: where that is one that takes maps or lists beside what it is called on, levels are made real and the call made again.
///
/// # Errors
///
/// The call's own.
pub(crate) fn retry(
    state: &State,
    function: &str,
    args: &mut [&mut Dynamic],
    is_method: bool,
    mut context: EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Result<Option<Dynamic>, Raised> {
    // What fails for another reason must not be done again.
    if !args.iter().skip(1).any(|value| is_level(value)) || !known::takes_container(function) {
        return Ok(None);
    }
    let mut shell: Option<Shell> = None;
    for (index, value) in args.iter_mut().enumerate() {
        let was = solidify(state, value);
        if index == 0 {
            shell = was;
        }
    }
    let result = context.call_fn_raw(function, true, is_method, args);
    if let (Some(shell), Some(first)) = (shell, args.first_mut()) {
        enclose(shell, first);
    }
    result.map(Some)
}

fn raw(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    body: impl Fn(&mut [&mut Dynamic]) -> Result<(), Raised> + 'static,
) {
    with_context(module, name, types, move |_, args| body(args).map(|()| Dynamic::UNIT));
}

/// Registers a function that may be called on a constant: it sees to that itself.
fn with_context(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    body: impl Fn(&NativeCallContext<'_>, &mut [&mut Dynamic]) -> Result<Dynamic, Raised> + 'static,
) {
    let func =
        Shared::new(move |context: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
            match context {
                Some(context) => body(&context, args),
                None => Ok(Dynamic::UNIT),
            }
        });
    let func = RhaiFunc::Method { func, has_context: true, is_pure: true, is_volatile: true };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}
