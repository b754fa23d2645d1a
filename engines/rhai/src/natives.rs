//! Functions of Rhai's own library in place of those that would allocate by argument before anything is checked, run long without looking at the limits,
//! swallow what ends the script, or reach outside.

mod calls;
mod cutting;
pub(crate) mod known;
mod lists;
mod sorting;
mod texts;
mod writing;

use std::rc::Rc;

use reactant_core::limits::Stop;
use rhai::{AST, ASTNode, Dynamic, Engine, EvalAltResult, Expr, Position};

pub(crate) use calls::{crowded, curry};

use crate::state::State;

type Raised = Box<EvalAltResult>;

/// What there is not, and what there is instead.
const WITHHELD: [(&str, &str); 2] = [
    ("print", "`print` writes nowhere: use the helper `Info`"),
    ("debug", "`debug` writes nowhere: use the helper `Debug`"),
];

/// Replaces them.
pub(crate) fn register(engine: &mut Engine, state: &Rc<State>) {
    engine.disable_symbol("eval").disable_symbol("import").disable_symbol("export");
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new());
    for (name, why) in WITHHELD {
        for known in known::named(name) {
            engine.register_raw_fn(name, &known.types, move |_, _| {
                Err::<Dynamic, Raised>(runtime(why))
            });
        }
    }
    let sleep = || -> Result<(), Raised> { Err(runtime("a reaction cannot sleep")) };
    engine.register_fn("sleep", move |_: i64| sleep());
    engine.register_fn("sleep", move |_: f64| sleep());
    calls::register(engine, state);
    cutting::register(engine, state);
    texts::register(engine, state);
    sorting::register(engine, state);
    lists::register(engine, state);
    writing::register(engine, state);
}

/// Finds a call of what there is not, unless the script defines a function of that name.
pub(crate) fn withheld(ast: &AST) -> Option<(&'static str, Position)> {
    let own = |name: &str| ast.iter_functions().any(|function| function.name == name);
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))) =
            path.last()
            && let Some((_, why)) =
                WITHHELD.iter().find(|(name, _)| *name == call.name && !own(name))
        {
            found = Some((*why, *at));
        }
        found.is_none()
    });
    found
}

fn runtime(what: &str) -> Raised {
    EvalAltResult::ErrorRuntime(what.into(), Position::NONE).into()
}

/// Whether a list of so many may be made.
fn room(state: &State, count: usize) -> Result<(), Raised> {
    bytes(state, count.saturating_mul(size_of::<Dynamic>()))
}

/// Whether so many bytes may be taken.
fn bytes(state: &State, count: usize) -> Result<(), Raised> {
    if count > state.room() { Err(state.stop(Stop::Memory)) } else { Ok(()) }
}
