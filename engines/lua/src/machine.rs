//! A machine: one state, and the scripts that were loaded on it.
//!
//! A script is kept as its compiled main function. Each invocation calls a copy of it with a fresh table of globals: top-level variables, tables and
//! functions are made anew, helpers are shut meanwhile as they are at load time, and only then `process` is called.

#![allow(unsafe_code, reason = "drives the state through Lua's C interface")]

use std::{
    ffi::{CString, c_int},
    fmt,
    panic::resume_unwind,
    sync::Arc,
    time::Instant,
};

use mlua_sys as ffi;
use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ScriptError, ScriptId, Setup, Source},
    limits::{Limits, Stop},
};

use crate::{dialect, error, host::Host, natives, state::State, value, view};

/// How much garbage may stay for the next invocation, in bytes.
const KEEP: usize = 4 << 20;
/// `math.random` while scripts load.
const LOAD_SEED: u64 = 0;

pub(crate) struct Lua {
    state: State,
    /// What every table of globals is a copy of.
    globals: c_int,
    scripts: Vec<Script>,
    /// Bytes that the state holds at rest.
    rest: usize,
}

struct Script {
    /// The main function.
    main: c_int,
    file: Arc<str>,
    /// Whether it names `_G`: what it does to its globals then cannot be known when it is compiled.
    reflects: bool,
}

impl Lua {
    /// Makes a state for the calling thread.
    ///
    /// # Errors
    ///
    /// Names what could not be made.
    pub(crate) fn new(setup: &Setup) -> Result<Lua, String> {
        let host = Host::new(Arc::clone(&setup.helpers), setup.now_millis);
        let state = State::new(host).ok_or("no memory for a state")?;
        // SAFETY: a new state; what may raise an error runs protected.
        let globals = unsafe { natives::open(&state)? };
        let mut lua = Lua { state, globals, scripts: Vec::new(), rest: 0 };
        lua.settle();
        Ok(lua)
    }

    fn host(&self) -> &Host {
        self.state.host()
    }

    /// Collects what was left, and notes what is held at rest.
    fn settle(&mut self) {
        // SAFETY: nothing runs.
        unsafe { self.host().collect(self.state.raw) };
        self.rest = self.host().used.get();
        self.host().end();
    }

    /// Calls the function below its arguments on the stack, leaving one result.
    unsafe fn call(&self, arguments: c_int) -> Result<(), Halt> {
        let (host, l) = (self.host(), self.state.raw);
        // SAFETY: the handler goes below the function.
        unsafe {
            let base = ffi::lua_gettop(l) - arguments;
            ffi::lua_pushcfunction(l, error::note);
            ffi::lua_insert(l, base);
            host.at_work.set(false);
            dialect::arm(l);
            let status = ffi::lua_pcall(l, arguments, 1, base);
            host.at_work.set(true);
            if let Some(panic) = host.take_panic() {
                host.end();
                resume_unwind(panic);
            }
            if status == ffi::LUA_ERRMEM {
                host.stop(Stop::Memory);
            }
            // The deadline counts whether or not the script came by a check.
            let _ = host.check();
            match (host.stopped(), host.threw.take()) {
                // A helper that was called while the script loads: an error with a place, whatever the script made of it.
                (Some(Stop::Loading), Some(error)) => return Err(Halt::Threw(error)),
                (Some(stop), _) => return Err(stop.into()),
                (None, threw) => host.threw.set(threw),
            }
            if status != ffi::LUA_OK {
                let error = host.threw.take();
                return Err(Halt::Threw(error.unwrap_or_else(|| error::describe(host, l, -1))));
            }
            ffi::lua_remove(l, base);
            Ok(())
        }
    }

    /// Runs a script's top level with fresh globals; leaves these and `process` on the stack.
    unsafe fn start(&self, script: &Script) -> Result<(), Halt> {
        let l = self.state.raw;
        // SAFETY: the registry holds the globals and the main function.
        unsafe {
            dialect::push_globals(l, self.globals, script.reflects);
            let globals = ffi::lua_gettop(l);
            ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, script.main.into());
            dialect::bind(l, globals);
            self.call(0)?;
            if ffi::lua_type(l, -1) != ffi::LUA_TFUNCTION {
                ffi::lua_settop(l, globals);
                ffi::lua_pushstring(l, c"process".as_ptr());
                ffi::lua_rawget(l, globals);
            }
            if ffi::lua_type(l, -1) != ffi::LUA_TFUNCTION {
                let message = "the script defines no function `process(data)`".into();
                return Err(Halt::Threw(ScriptError { message, ..ScriptError::default() }));
            }
            Ok(())
        }
    }

    unsafe fn react(
        &self,
        script: &Script,
        invocation: &Invocation<'_>,
        door: *mut (dyn Door + 'static),
    ) -> Result<(), Halt> {
        let (host, l) = (self.host(), self.state.raw);
        // SAFETY: the door and the event are valid until `end`.
        unsafe {
            self.start(script)?;
            let globals = ffi::lua_gettop(l) - 1;
            host.door.set(Some(door));
            host.event.set(invocation.data);
            // A script may have frozen its globals.
            let frozen = dialect::thaw(l, globals);
            view::push(host, l, invocation.data.root());
            let texts = [
                (c"kind", invocation.kind),
                (c"name", invocation.name),
                (c"uuid", invocation.uuid),
            ];
            for (name, text) in texts {
                value::push_text(l, text);
                natives::set_new(l, globals, name);
            }
            ffi::lua_pushvalue(l, -1);
            natives::set_new(l, globals, c"data");
            dialect::refreeze(l, globals, frozen);
            self.call(1)
        }
    }
}

impl Machine for Lua {
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        let id = u32::try_from(self.scripts.len()).map_err(|_| Stop::Memory)?;
        let file: Arc<str> = file_name(&source.name).into();
        self.host().begin(limits.memory, deadline(limits), &file, LOAD_SEED);
        // SAFETY: nothing else runs on the state.
        let outcome = unsafe {
            let l = self.state.raw;
            dialect::renew(l);
            let outcome = compile(l, source, &file).and_then(|main| {
                let script = Script { main, file, reflects: source.text.contains("_G") };
                match self.start(&script) {
                    Ok(()) => Ok(script),
                    Err(halt) => {
                        ffi::luaL_unref(l, ffi::LUA_REGISTRYINDEX, main);
                        Err(halt)
                    }
                }
            });
            ffi::lua_settop(l, 0);
            if let Ok(script) = &outcome {
                dialect::release(l, script.main);
            }
            outcome
        };
        self.settle();
        self.scripts.push(outcome?);
        Ok(ScriptId(id))
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let Some(script) = self.scripts.get(script.0 as usize) else {
            return Err(Halt::Threw(ScriptError {
                message: format!("script {} was never loaded on this machine", script.0),
                ..ScriptError::default()
            }));
        };
        let limits = invocation.limits;
        self.host().begin(limits.memory, deadline(limits), &script.file, invocation.seed);
        // SAFETY: only the lifetime changes; the call ends, and with it every use of the door, before it does.
        let outcome = unsafe {
            let door = std::mem::transmute::<&mut dyn Door, *mut (dyn Door + 'static)>(door);
            dialect::renew(self.state.raw);
            let outcome = self.react(script, invocation, door);
            ffi::lua_settop(self.state.raw, 0);
            dialect::release(self.state.raw, script.main);
            view::forget(self.host(), self.state.raw);
            outcome
        };
        self.host().end();
        if self.host().used.get() > self.rest.saturating_add(KEEP) {
            // SAFETY: nothing runs.
            unsafe { self.host().collect(self.state.raw) };
            self.host().end();
        }
        outcome
    }

    fn memory(&self) -> usize {
        self.rest
    }
}

impl fmt::Debug for Lua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lua").field("scripts", &self.scripts.len()).finish_non_exhaustive()
    }
}

/// A time that no clock can tell has no end.
fn deadline(limits: &Limits) -> Option<Instant> {
    Instant::now().checked_add(limits.timeout)
}

/// Compiles a script to its main function, which the registry keeps. Its result is the script's own `process`, so that this may be a local variable.
unsafe fn compile(l: *mut ffi::lua_State, source: &Source, file: &Arc<str>) -> Result<c_int, Halt> {
    let name = CString::new(format!("={file}")).unwrap_or_default();
    let returning = format!("{}\nreturn process", source.text);
    // SAFETY: loading gives a function or a message.
    unsafe {
        // A script that ends with a `return` of its own, or in the middle of something, is compiled as it stands.
        if !dialect::load(l, returning.as_bytes(), &name) {
            ffi::lua_settop(l, -2);
            if !dialect::load(l, source.text.as_bytes(), &name) {
                let text = value::text(l, -1).unwrap_or_default();
                return Err(Halt::Threw(error::of_text(&text, file)));
            }
        }
        Ok(ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX))
    }
}

/// The name that messages show: the last part of the file's, where it is a plain one.
fn file_name(name: &str) -> &str {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"():".contains(c);
    match name.rsplit('/').next() {
        Some(last) if !last.is_empty() && last.len() <= 60 && last.chars().all(plain) => last,
        _ => "reaction.lua",
    }
}
