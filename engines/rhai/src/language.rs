//! Rhai as reactions have it: what is registered, what is withheld, and the size of things.

use std::{collections::HashSet, rc::Rc, sync::Arc};

use reactant_core::{engine::Setup, limits::Limits};
use rhai::{AST, ASTNode, Dynamic, Engine, EvalAltResult, OptimizationLevel, Position, Stmt};

use crate::{
    helpers, json, level, meter, natives,
    state::{State, left},
};

pub(crate) use crate::natives::{crowded, withheld};

/// The deepest nesting of expressions and blocks in a script's text.
const EXPRESSION: usize = 128;
/// The deepest calls of the script's own functions.
const CALLS: usize = 200;
/// Variables of one scope.
const VARIABLES: usize = 10_000;
/// Functions of a script, closures included.
const FUNCTIONS: usize = 10_000;

/// An engine whose callbacks share a state.
pub(crate) fn engine(setup: &Setup, state: &Rc<State>) -> Engine {
    let mut engine = Engine::new();
    // What a constant expression comes to is reckoned when it runs, within the limits.
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_strings_interned(0)
        .set_max_expr_depths(EXPRESSION, EXPRESSION)
        // Above what is held in `variable`.
        .set_max_call_levels(CALLS + 1)
        .set_max_variables(VARIABLES)
        .set_max_functions(FUNCTIONS)
        .set_max_modules(0);
    natives::register(&mut engine, state);
    json::register(&mut engine, state);
    level::register(&mut engine, state);
    helpers::register(&mut engine, state, setup);
    callbacks(&mut engine, state, setup);
    engine
}

#[allow(
    deprecated,
    reason = "not deprecated but volatile, as their text says; the version is pinned"
)]
fn callbacks(engine: &mut Engine, state: &Rc<State>, setup: &Setup) {
    let own = Rc::clone(state);
    engine.on_progress(move |_| {
        own.over().then(|| {
            let _ = left();
            Dynamic::UNIT
        })
    });
    let own = Rc::clone(state);
    engine.on_var(move |name, index, mut context| {
        // What the parser resolved is a local variable; what it did not resolve may be one that a closure holds.
        if context.call_level() > CALLS {
            return Err(own.overflow());
        }
        let local = index > 0 || context.scope().contains(name);
        if local {
            if own.captures()
                && context.scope().get(name).is_some_and(|it| it.is_shared() && it.is_locked())
            {
                let what = format!("variable '{name}', which a call that has not ended is using");
                return Err(EvalAltResult::ErrorDataRace(what, Position::NONE).into());
            }
            if own.holds_later()
                && GIVEN.contains(&name)
                && context.scope().get(name).is_some_and(|value| value.is::<Later>())
            {
                return given(&own, name);
            }
            if own.captures() {
                let variable = context.scope_mut().get_mut(name);
                own.note(variable.map(|variable| level::settle(&own, variable)));
            }
            return Ok(None);
        }
        match own.global(name) {
            // The scope's own, so that it can be changed.
            Some((value, false)) => {
                context.scope_mut().push_dynamic(name, value);
                Ok(None)
            }
            Some((value, true)) => Ok(Some(value)),
            // So can the event.
            None if name == "data" && !own.is_later(name) => match own.data() {
                Some(data) => {
                    context.scope_mut().push_dynamic(name, data);
                    Ok(None)
                }
                None => given(&own, name),
            },
            None => given(&own, name),
        }
    });
    let (own, known) = (Rc::clone(state), Arc::clone(&setup.helpers));
    engine.on_missing_function(move |name, args, is_method, context| {
        if own.stopped().is_some() {
            return Ok(None);
        }
        if let Some(bound) = natives::curry(name, args)? {
            return Ok(Some(bound));
        }
        match helpers::other(&own, &known, name, args)? {
            Some(value) => Ok(Some(value)),
            None => level::retry(&own, name, args, is_method, context),
        }
    });
}

/// What is set for each invocation.
const GIVEN: [&str; 4] = ["data", "kind", "name", "uuid"];

/// What a name means that the script did not declare.
fn given(state: &State, name: &str) -> Result<Option<Dynamic>, Box<EvalAltResult>> {
    if !GIVEN.contains(&name) {
        return Ok(None);
    }
    let value = match name {
        "data" => state.data(),
        _ => state.lent.invocation(|invocation| match name {
            "kind" => invocation.kind.into(),
            "name" => invocation.name.into(),
            _ => invocation.uuid.into(),
        }),
    };
    if value.is_none() && state.is_later(name) {
        return Ok(Some(Dynamic::from(Later)));
    }
    value.map(Some).ok_or_else(|| {
        let why = format!("'{name}' is not set while the script loads: use it in `process`");
        EvalAltResult::ErrorRuntime(why.into(), Position::NONE).into()
    })
}

/// Bounds the size of each value, deep, where nothing bounds their sum: Rhai then reckons the size of every list and map at every call.
pub(crate) fn limit(engine: &mut Engine, limits: &Limits) {
    if meter::installed() {
        return;
    }
    engine
        .set_max_string_size((limits.memory / 8).max(1 << 16))
        .set_max_array_size((limits.memory / 256).max(1 << 10))
        .set_max_map_size((limits.memory / 1024).max(1 << 8));
}

/// The names of the variables that a script's closures hold; `None` where they hold none.
pub(crate) fn captures(ast: &AST) -> Option<HashSet<String>> {
    let mut names = HashSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::Share(held))) = path.last() {
            names.extend(held.iter().map(|(variable, _)| variable.name.to_string()));
        }
        true
    });
    (!names.is_empty()).then_some(names)
}

/// What a closure of the top level holds of a name that is set for each invocation: it is read when the closure runs.
#[derive(Debug, Clone)]
struct Later;
