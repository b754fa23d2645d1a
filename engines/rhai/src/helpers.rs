//! The helpers, as functions of the language.

use std::{any::TypeId, rc::Rc, sync::Arc};

use reactant_core::{
    engine::Setup,
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    value::Value,
};
use rhai::{Dynamic, Engine, EvalAltResult};

use crate::{state::State, value};

/// With so many arguments too many a helper is still found at once.
const SURPLUS: usize = 1;

/// Offers every helper for as many arguments as it has parameters and one more; [`other`] takes the calls with more.
pub(crate) fn register(engine: &mut Engine, state: &Rc<State>, setup: &Setup) {
    for (index, (_, spec)) in setup.helpers.iter().enumerate() {
        for count in 0..=spec.params.len() + SURPLUS {
            let (state, helpers) = (Rc::clone(state), Arc::clone(&setup.helpers));
            let types = vec![TypeId::of::<Dynamic>(); count];
            engine.register_raw_fn(&*spec.name, types, move |_, args| {
                let (id, spec) = &helpers[index];
                call(&state, *id, spec, args)
            });
        }
    }
}

/// Calls a helper through the door.
pub(crate) fn call(
    state: &State,
    id: HelperId,
    spec: &HelperSpec,
    args: &[&mut Dynamic],
) -> Result<Dynamic, Box<EvalAltResult>> {
    // Which parameter an argument is for is the host's business, since some may be left out. Surplus arguments are ignored.
    let whole = spec.params.iter().any(|param| param.kind == ParamKind::Any);
    let count = spec.given(args.len(), |index| args[index].is_unit()).min(spec.params.len());
    let args: Vec<Value> = args
        .iter()
        .take(count)
        .map(|argument| match whole {
            true => value::to_value(state, argument),
            false => value::to_scalar(argument),
        })
        .collect();
    // What was converted counts, and may have been too much.
    state.check()?;
    let value = state.through(|door| door.call(id, &args))?;
    Ok(if spec.returns == Returns::Nothing { Dynamic::UNIT } else { value::from_value(value) })
}

/// A call of a helper with more arguments than any is registered for.
///
/// # Errors
///
/// As [`call`].
pub(crate) fn other(
    state: &State,
    helpers: &[(HelperId, HelperSpec)],
    name: &str,
    args: &[&mut Dynamic],
) -> Result<Option<Dynamic>, Box<EvalAltResult>> {
    let found = helpers.iter().find(|(_, spec)| spec.name == name);
    let surplus = found.filter(|(_, spec)| args.len() > spec.params.len() + SURPLUS);
    surplus.map(|(id, spec)| call(state, *id, spec, args)).transpose()
}
