//! A machine: one arena with one world in it, its image, and the scripts that were loaded on it.

#![allow(unsafe_code, reason = "enters the engine through the shim")]

use std::{
    ffi::{CString, c_int, c_void},
    fmt,
    panic::resume_unwind,
    sync::Arc,
    time::{Duration, Instant},
};

use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ScriptError, ScriptId, Setup, Source},
    limits::{Limits, Stop},
};
use reactant_quickjs_sys as sys;

use crate::{
    arena::{Arena, SLACK},
    guard::Guard,
    host::{Call, Host, Loaded},
    image::{Delta, Image},
    place, shim, stack,
    watchdog::Watch,
    world::World,
};

/// Room for the base and for what scripts keep at rest, besides twice the memory limit (of a script's top level and of a run).
const ROOM: usize = 32 << 20;
/// How much of a heap that has grown stays mapped for the next invocation.
const KEEP: usize = 1 << 20;
/// `Math.random` while scripts load: their worlds are the same on every machine.
const LOAD_SEED: u64 = 0;

pub(crate) struct QuickJs {
    arena: Arena,
    rt: *mut sys::JSRuntime,
    ctx: *mut sys::JSContext,
    compiler_slot: *mut *mut c_void,
    compiler: *mut c_void,
    /// Ours; freed on drop. A pointer, since the engine's callbacks borrow it.
    host: *mut Host,
    image: Image,
    scripts: Vec<Script>,
    guard: Arc<Guard>,
    watch: Option<Arc<Watch>>,
}

struct Script {
    delta: Delta,
    loaded: Loaded,
    file: Arc<str>,
    text: Arc<str>,
}

impl QuickJs {
    /// Builds a world for the calling thread.
    ///
    /// # Errors
    ///
    /// Names what could not be made.
    pub(crate) fn new(setup: &Setup, watch: Option<Arc<Watch>>) -> Result<QuickJs, String> {
        let room = setup.memory.checked_mul(2).and_then(|bytes| bytes.checked_add(ROOM + SLACK));
        let room = room.ok_or("the memory limit is too large")?.next_multiple_of(1 << 16);
        let arena = Arena::new(room).map_err(|error| format!("no memory: {error}"))?;
        if stack::budget().is_none() {
            return Err(stack::TOO_SMALL.into());
        }
        let World { rt, ctx, compiler_slot, compiler, polls, host } = World::new(&arena, setup)?;
        let guard = Arc::new(Guard::new(polls).ok_or("no memory for a guard")?);
        if let Some(watch) = &watch {
            watch.register(&guard);
        }
        let host = Box::into_raw(Box::new(host));
        // SAFETY: the context is alive, and the host lives as long as the machine.
        unsafe {
            sys::JS_SetContextOpaque(ctx, host.cast());
            sys::JS_SetHostPromiseRejectionTracker(
                rt,
                Some(shim::reactant_rejection),
                std::ptr::null_mut(),
            );
            sys::JS_SetGCThreshold(rt, sys::size_t::MAX);
        }
        let image = Image::of(&arena);
        let scripts = Vec::new();
        Ok(QuickJs { arena, rt, ctx, compiler_slot, compiler, host, image, scripts, guard, watch })
    }

    fn host(&self) -> &Host {
        // SAFETY: made in `new`, freed on drop, and only ever borrowed shared.
        unsafe { &*self.host }
    }

    /// Sets the limits of what runs next in the restored world.
    fn bound(&mut self, used: usize, limits: &Limits) {
        self.arena.set_limit(used.saturating_add(limits.memory));
        // SAFETY: the runtime is alive; the stack's top is where we are now.
        unsafe {
            // Cycles are collected once half of the limit is used, rather than never.
            let threshold = used.saturating_add(limits.memory / 2);
            sys::JS_SetGCThreshold(self.rt, threshold as sys::size_t);
            sys::JS_SetMaxStackSize(self.rt, stack::budget().unwrap_or(0) as sys::size_t);
            sys::JS_UpdateStackTop(self.rt);
        }
    }

    /// What the guarded call came to.
    fn outcome(&self, left: c_int) -> Result<(), Halt> {
        if let Some(panic) = self.host().panic.take() {
            resume_unwind(panic);
        }
        let verdict = self.host().outcome();
        match (verdict, left) {
            (Err(Halt::Stopped(stop)), _) => Err(stop.into()),
            (_, shim::LEAVE_TIMEOUT) => Err(Stop::Timeout.into()),
            (_, shim::LEAVE_MEMORY) => Err(Stop::Memory.into()),
            (verdict, _) => verdict,
        }
    }

    /// Compiles a text in a fresh world, and unless that is all, runs its top level; gives what the world used before, too.
    fn evaluate(
        &mut self,
        file: &Arc<str>,
        text: &Arc<str>,
        limits: &Limits,
        only_compile: bool,
    ) -> (Result<(), Halt>, usize) {
        let used = self.restore(None);
        self.bound(used, limits);
        self.host().reset(file, text, None, LOAD_SEED);
        let name = CString::new(&**file).unwrap_or_default();
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        let mut load = shim::Load {
            ctx: self.ctx,
            text: bytes.as_ptr().cast(),
            len: text.len(),
            name: name.as_ptr(),
            compiler_slot: self.compiler_slot,
            compiler: self.compiler,
            only_compile: only_compile.into(),
        };
        let armed = self.guard.arm(limits.timeout, self.watch.as_deref());
        // SAFETY: the world was just restored; text and name outlive the call.
        let left = unsafe { shim::reactant_load(self.guard.as_ptr(), &mut load) };
        drop(armed);
        (self.outcome(left), used)
    }

    /// The place of an early error that has none, as long as the time of loading allows.
    fn find(
        &mut self,
        file: &Arc<str>,
        text: &str,
        error: &ScriptError,
        limits: &Limits,
        left: Duration,
    ) -> Option<reactant_core::engine::Position> {
        let start = Instant::now();
        let mut in_time = true;
        let found = place::find(text, error, |part| {
            let timeout = left.saturating_sub(start.elapsed());
            in_time &= !timeout.is_zero();
            if !in_time {
                return None;
            }
            let limits = Limits { timeout, ..*limits };
            let (outcome, used) = self.evaluate(file, &part.into(), &limits, true);
            self.arena.trim(used, KEEP);
            match outcome {
                Err(Halt::Threw(error)) => Some(error),
                Err(_) => {
                    in_time = false;
                    None
                }
                Ok(()) => None,
            }
        });
        found.filter(|_| in_time)
    }

    fn restore(&mut self, script: Option<usize>) -> usize {
        self.image.restore(&mut self.arena);
        match script.and_then(|index| self.scripts.get(index)) {
            Some(script) => {
                script.delta.apply(&mut self.arena);
                script.delta.used()
            }
            None => self.arena.used(),
        }
    }
}

impl Machine for QuickJs {
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt> {
        let id = u32::try_from(self.scripts.len()).map_err(|_| Stop::Memory)?;
        let file: Arc<str> = file_name(&source.name).into();
        let start = Instant::now();
        let (outcome, used) = self.evaluate(&file, &source.text, limits, false);
        if outcome.is_ok()
            && let Some(loaded) = self.host().loaded.take()
        {
            let delta = self.image.difference(&self.arena);
            let text = Arc::clone(&source.text);
            self.scripts.push(Script { delta, loaded, file: Arc::clone(&file), text });
        }
        self.arena.trim(used, KEEP);
        match outcome {
            Ok(()) => Ok(ScriptId(id)),
            Err(Halt::Threw(error)) if error.at.is_none() => {
                let left = limits.timeout.saturating_sub(start.elapsed());
                let at = self.find(&file, &source.text, &error, limits, left);
                Err(Halt::Threw(ScriptError { at, ..error }))
            }
            Err(halt) => Err(put_right(halt, &source.text)),
        }
    }

    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt> {
        let Some(found) = self.scripts.get(script.0 as usize) else {
            return Err(Halt::Threw(reactant_core::engine::ScriptError {
                message: format!("script {} was never loaded on this machine", script.0),
                ..Default::default()
            }));
        };
        let (loaded, file, text) = (found.loaded, Arc::clone(&found.file), Arc::clone(&found.text));
        let used = self.restore(Some(script.0 as usize));
        self.bound(used, invocation.limits);
        // SAFETY: only the lifetimes change; the call ends, and with it every use of both, before they do.
        let call = unsafe {
            Call {
                invocation: std::ptr::from_ref(invocation).cast::<Invocation<'static>>(),
                door: std::mem::transmute::<&mut dyn Door, *mut (dyn Door + 'static)>(door),
                set: loaded.set,
            }
        };
        self.host().reset(&file, &text, Some(call), invocation.seed);
        let mut run = shim::Run { ctx: self.ctx, process: loaded.process };
        let armed = self.guard.arm(invocation.limits.timeout, self.watch.as_deref());
        // SAFETY: the world was just restored, and `process` is a function of it.
        let left = unsafe { shim::reactant_run(self.guard.as_ptr(), &mut run) };
        drop(armed);
        self.host().call.set(None);
        self.arena.trim(used, KEEP);
        self.outcome(left).map_err(|halt| put_right(halt, &text))
    }

    fn memory(&self) -> usize {
        let scripts = self.scripts.iter().map(|script| script.delta.len());
        // The base is there twice: as it runs, and as it is kept.
        2 * self.image.len() + scripts.sum::<usize>()
    }
}

impl Drop for QuickJs {
    fn drop(&mut self) {
        // SAFETY: came from a box; the engine, which borrowed it, is not entered again.
        drop(unsafe { Box::from_raw(self.host) });
    }
}

impl fmt::Debug for QuickJs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuickJs").field("scripts", &self.scripts.len()).finish_non_exhaustive()
    }
}

fn put_right(halt: Halt, text: &str) -> Halt {
    match halt {
        Halt::Threw(mut error) => {
            place::put_right(&mut error, text);
            Halt::Threw(error)
        }
        stopped => stopped,
    }
}

/// The name that stack traces show: one line without what would make them ambiguous.
fn file_name(name: &str) -> &str {
    let plain = |c: char| !c.is_control() && !"():".contains(c);
    if !name.is_empty() && name.len() <= 256 && name.chars().all(plain) {
        name
    } else {
        "reaction.js"
    }
}

#[cfg(test)]
mod tests;
