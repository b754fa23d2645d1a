//! A machine: one Rhai engine, the stack that it runs on, and the scripts that it compiled.

use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
};

use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ScriptError, ScriptId, Setup, Source},
    limits::{Limits, Stop},
};
use rhai::{
    AST, Caches, Dynamic, Engine, EvalAltResult, EvalContext, FnPtr, Module, Position, Scope,
};

use crate::{
    error,
    globals::{Global, Globals},
    language, level, meter,
    stack::Stack,
    state::{Left, State},
};

/// A machine of one thread.
pub(crate) struct Rhai {
    setup: Setup,
    engine: Engine,
    state: Rc<State>,
    stack: Stack,
    scripts: Vec<Script>,
    /// What scripts and their constants took.
    kept: usize,
}

struct Script {
    ast: AST,
    process: Process,
    globals: Rc<Globals>,
    captures: bool,
    /// An engine of its own, for a script that reads `global::NAME`: what that means is part of an engine.
    engine: Option<Box<Engine>>,
    /// What Rhai found out about which function each call means.
    caches: Caches,
    /// Bytes that invocations left in cycles of closures, which nobody can give back. They count as used ever after.
    lost: usize,
}

/// What `process` is.
#[derive(Clone, Copy)]
enum Process {
    /// A function of so many parameters.
    Function(usize),
    /// A function value of the top level.
    Value,
}

impl Rhai {
    /// Builds a machine for the calling thread.
    ///
    /// # Errors
    ///
    /// Names what could not be made.
    pub(crate) fn new(setup: &Setup) -> Result<Rhai, String> {
        let stack =
            Stack::new(setup.memory).map_err(|error| format!("no room for a stack: {error}"))?;
        let before = meter::live();
        let state = State::new();
        let engine = language::engine(setup, &state);
        let kept = usize::try_from(meter::live() - before).unwrap_or(0);
        Ok(Rhai { setup: setup.clone(), engine, state, stack, scripts: Vec::new(), kept })
    }

    fn compiled(&mut self, source: &Source, limits: &Limits) -> Result<Script, Halt> {
        let (state, floor) = (Rc::clone(&self.state), self.stack.floor());
        let mut own = source
            .text
            .contains("global::")
            .then(|| Box::new(language::engine(&self.setup, &state)));
        let engine = own.as_deref_mut().unwrap_or(&mut self.engine);
        language::limit(engine, limits);
        state.arm(limits, floor, 0);
        let engine = &*engine;
        let loaded = guarded(
            &mut self.stack,
            &state,
            || error::overflow(None),
            || top_level(engine, &state, source),
        );
        match loaded {
            Ok(_) => state.keep(),
            Err(_) => self.stack.run(|| state.end()),
        }
        let (ast, globals) = loaded?;
        let process = process(&ast, &globals).ok_or_else(|| {
            let message = "the script defines no function `process(data)`".into();
            Halt::Threw(ScriptError { message, ..ScriptError::default() })
        })?;
        if let Some(engine) = &mut own {
            let mut module = Module::new();
            for global in globals.constants() {
                module.set_var(global.name.as_str(), global.value.flatten_clone());
            }
            engine.register_static_module("global", module.into());
        }
        let captures = language::captures(&ast).is_some();
        Ok(Script { ast, process, globals, captures, engine: own, caches: Caches::new(), lost: 0 })
    }
}

/// Runs on the stack; a script that was left was stopped.
fn guarded<T>(
    stack: &mut Stack,
    state: &State,
    overflow: impl FnOnce() -> ScriptError,
    body: impl FnOnce() -> Result<T, Halt>,
) -> Result<T, Halt> {
    match catch_unwind(AssertUnwindSafe(|| stack.run(body))) {
        Ok(outcome) => outcome,
        // The script caught that its calls went too deep.
        Err(left) if left.is::<Left>() && state.stopped().is_none() => Err(Halt::Threw(overflow())),
        Err(left) if left.is::<Left>() => Err(state.stopped().unwrap_or(Stop::Timeout).into()),
        Err(panic) => resume_unwind(panic),
    }
}

/// Compiles a script and evaluates its top level.
fn top_level(engine: &Engine, state: &State, source: &Source) -> Result<(AST, Rc<Globals>), Halt> {
    let ast = engine.compile(&*source.text);
    if let Some(stop) = state.stopped() {
        return Err(stop.into());
    }
    let ast = ast.map_err(|error| Halt::Threw(error::of_syntax(&error)))?;
    if let Some((why, at)) = language::withheld(&ast) {
        return Err(Halt::Threw(error::at(why, at)));
    }
    if let Some(at) = language::crowded(&ast) {
        return Err(Halt::Threw(error::at("a call has too many arguments", at)));
    }
    // A parser asks nobody: what it took and how long it took counts now.
    state.hurry();
    if state.over() {
        return Err(state.stopped().unwrap_or(Stop::Timeout).into());
    }
    state.begin(Rc::default(), language::captures(&ast).is_some());
    state.set_later(language::captures(&ast).unwrap_or_default());
    let mut scope = Scope::new();
    let result = engine.run_ast_with_scope(&mut scope, &ast);
    verdict(state, result, &ast, None)?;
    let mut globals: Vec<Global> = Vec::new();
    for (name, constant, value) in scope.iter_raw() {
        // The last declaration of a name comes first, and hides the others.
        if globals.iter().all(|other| other.name != name) {
            globals.push(Global { name: name.to_owned(), constant, value: value.clone() });
        }
    }
    Ok((ast, Rc::new(Globals::new(globals))))
}

/// How many parts of what is thrown are shown as what they are.
const SHOWN: usize = 2000;

fn innermost(mut error: &mut EvalAltResult) -> &mut EvalAltResult {
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = error {
        error = inner;
    }
    error
}

/// What a script came to; a limit outranks what it threw or returned.
fn verdict<T>(
    state: &State,
    result: Result<T, Box<EvalAltResult>>,
    ast: &AST,
    entry: Option<&str>,
) -> Result<Option<T>, Halt> {
    if let Some(stop) = state.stopped() {
        return Err(stop.into());
    }
    let mut error = match result {
        Ok(value) => return Ok(Some(value)),
        Err(error) => error,
    };
    if let EvalAltResult::ErrorRuntime(thrown, _) = innermost(&mut error) {
        level::reveal(state, thrown, &mut { SHOWN });
    }
    match error.unwrap_inner() {
        EvalAltResult::ErrorDataTooLarge(..) => Err(Stop::Memory.into()),
        EvalAltResult::Exit(..) => Ok(None),
        _ if state.overflowed() => {
            Err(Halt::Threw(error::overflow(Some(error::describe(&error, ast, entry)))))
        }
        _ => Err(Halt::Threw(error::describe(&error, ast, entry))),
    }
}

impl Machine for Rhai {
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        let id = u32::try_from(self.scripts.len()).map_err(|_| Stop::Memory)?;
        let before = meter::live();
        let script = self.compiled(source, limits);
        if script.is_err() {
            self.stack.renew();
        }
        self.scripts.push(script?);
        self.kept += usize::try_from(meter::live() - before).unwrap_or(0);
        Ok(ScriptId(id))
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let Some(script) = self.scripts.get_mut(script.0 as usize) else {
            return Err(Halt::Threw(ScriptError {
                message: format!("script {} was never loaded on this machine", script.0),
                ..ScriptError::default()
            }));
        };
        let engine = script.engine.as_deref_mut().unwrap_or(&mut self.engine);
        language::limit(engine, invocation.limits);
        let engine = &*engine;
        let state = &*self.state;
        state.arm(invocation.limits, self.stack.floor(), script.lost);
        state.begin(Rc::clone(&script.globals), script.captures);
        let (process, ast) = (&script.process, &script.ast);
        let caught = || error::overflow_in(ast, "process");
        let mut caches = mem::take(&mut script.caches);
        let known = found(&mut caches);
        let outcome = guarded(&mut self.stack, state, caught, || {
            state.lent.during(invocation, door, || {
                let data = state.data().unwrap_or_default();
                let result = call(state, engine, ast, process, data, &mut caches);
                verdict(state, result, ast, Some("process")).map(|_| ())
            })
        });
        self.stack.run(|| state.end());
        if outcome.is_err() {
            self.stack.renew();
        }
        // What is kept is no loss, nor is what is told of an error: each is weighed by a copy. That of an error is handed out, since it is no larger than it must be.
        let kept = match found(&mut caches) {
            now if outcome.is_err() || now > FOUND => {
                caches = Caches::new();
                0
            }
            now if now > known => copied(&caches).1,
            _ => 0,
        };
        script.caches = caches;
        let (told, weight) = copied(&outcome);
        drop(outcome);
        script.lost = state.spent(invocation.limits).saturating_sub(kept + weight);
        told
    }

    fn memory(&self) -> usize {
        self.kept
    }
}

/// The most function calls whose meaning is kept for later invocations: a script may make up names.
const FOUND: usize = 512;

/// How many that are.
fn found(caches: &mut Caches) -> usize {
    caches.rewind_fn_resolution_caches(1);
    caches.fn_resolution_cache_mut().dict.len()
}

/// A copy, and what it takes.
fn copied<T: Clone>(value: &T) -> (T, usize) {
    let before = meter::live();
    let copy = value.clone();
    (copy, usize::try_from(meter::live() - before).unwrap_or(0))
}

fn call(
    state: &State,
    engine: &Engine,
    ast: &AST,
    process: &Process,
    mut data: Dynamic,
    caches: &mut Caches,
) -> Result<Dynamic, Box<EvalAltResult>> {
    match process {
        Process::Function(count) => {
            let mut global = engine.new_global_runtime_state();
            global.lib.push(ast.shared_lib().clone());
            let mut scope = Scope::new();
            let mut context = EvalContext::new(engine, &mut global, caches, &mut scope, None);
            let args = &mut [&mut data][..*count];
            let result = context.call_fn_raw("process", false, false, args);
            // The host's own call is none of the script's.
            result.map_err(|error| match *error {
                EvalAltResult::ErrorInFunctionCall(name, _, inner, _) if name == "process" => inner,
                _ => error,
            })
        }
        Process::Value => {
            let function = state
                .global("process")
                .and_then(|(cell, _)| cell.flatten_clone().try_cast::<FnPtr>());
            let function = function.ok_or_else(|| {
                Box::new(EvalAltResult::ErrorFunctionNotFound("process".into(), Position::NONE))
            })?;
            function.call::<Dynamic>(engine, ast, (data,))
        }
    }
}

fn process(ast: &AST, globals: &Globals) -> Option<Process> {
    let counts: Vec<usize> = ast
        .iter_functions()
        .filter(|function| function.name == "process")
        .map(|function| function.params.len())
        .collect();
    if let Some(count) = [1, 0].into_iter().find(|count| counts.contains(count)) {
        return Some(Process::Function(count));
    }
    globals.get("process")?.value.flatten_clone().is_fnptr().then_some(Process::Value)
}

impl fmt::Debug for Rhai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rhai").field("scripts", &self.scripts.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
