//! The host's side of a state: what its callbacks share, helper calls, and how every native of ours begins and ends.
//!
//! Natives run with `at_work` raised: allocations then never fail, so no call into Lua that only allocates can raise an error past Rust's frames. An
//! error is raised last, when nothing is left to drop. A panic is kept and goes on once the script was left.

#![allow(unsafe_code, reason = "called by Lua, and calls it")]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    ffi::{CString, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::{
    engine::{Door, ScriptError},
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::Stop,
    packed::Packed,
    value::Value,
};
use rustc_hash::FxHashMap;

use crate::{dialect, error, value, view};

/// [`Host::checks`] as long as nothing takes long.
const CHECKS: u32 = 16;

/// Places of the stack that any native may use; what nests asks for more.
const ROOM: c_int = 64;

/// So many bytes are allocated between two looks at the clock.
const GIVEN: usize = 1 << 20;

/// What a state's callbacks share. It is only ever borrowed shared, since callbacks are entered from one another.
pub(crate) struct Host {
    /// Bytes that the state holds.
    pub(crate) used: Cell<usize>,
    /// Bytes that it held when the script began.
    rest: Cell<usize>,
    /// The main thread.
    pub(crate) main: Cell<*mut lua_State>,
    /// About where the C stack was when the script began.
    #[cfg(feature = "luajit")]
    pub(crate) stack: Cell<usize>,
    /// Where [`Host::used`] must not get.
    pub(crate) limit: Cell<usize>,
    /// Where garbage is collected at once, rather than in passing.
    pub(crate) collect_at: Cell<usize>,
    /// Bytes that were allocated since the allocator looked at the clock.
    pub(crate) given: Cell<usize>,
    /// Whether an allocation was refused, after which garbage is collected.
    pub(crate) refused: Cell<bool>,
    /// Whether the script had a long text or table.
    #[cfg(not(feature = "luau"))]
    pub(crate) long: Cell<bool>,
    /// Whether host code runs, whose allocations do not fail.
    pub(crate) at_work: Cell<bool>,
    deadline: Cell<Option<Instant>>,
    countdown: Cell<u32>,
    /// How many of the interpreter's checks pass between two looks at the clock.
    checks: Cell<u32>,
    /// What was decided.
    stop: Cell<Option<Stop>>,

    pub(crate) helpers: Arc<[(HelperId, HelperSpec)]>,
    /// The helpers' names, as Lua keeps pointers to them.
    pub(crate) names: Vec<CString>,
    pub(crate) marks: Cell<view::Marks>,

    pub(crate) event: Cell<*const Packed>,
    /// Whether a list was given a metatable of the script's.
    pub(crate) relisted: Cell<bool>,
    /// Which levels of the event were filled, by the address of their table, which the registry keeps as long.
    pub(crate) filled: RefCell<FxHashMap<usize, usize>>,
    /// `None` while a script's top level runs.
    pub(crate) door: Cell<Option<*mut (dyn Door + 'static)>>,
    /// The clock while scripts load.
    pub(crate) now_millis: Cell<i64>,
    pub(crate) random: Cell<u64>,
    /// The current script's file name.
    pub(crate) file: RefCell<Arc<str>>,
    /// What the script threw.
    pub(crate) threw: Cell<Option<ScriptError>>,
    panic: Cell<Option<Box<dyn Any + Send>>>,
}

/// Why a native raises an error.
pub(crate) enum Raise {
    /// The script made a mistake.
    Error(String),
    /// The invocation is over.
    Stopped,
}

impl Host {
    pub(crate) fn new(helpers: Arc<[(HelperId, HelperSpec)]>, now_millis: i64) -> Host {
        let names = helpers.iter().map(|(_, spec)| CString::new(&*spec.name).unwrap_or_default());
        let names = names.collect();
        Host {
            used: Cell::default(),
            rest: Cell::default(),
            main: Cell::new(std::ptr::null_mut()),
            #[cfg(feature = "luajit")]
            stack: Cell::default(),
            limit: Cell::new(usize::MAX),
            collect_at: Cell::new(usize::MAX),
            given: Cell::default(),
            refused: Cell::default(),
            #[cfg(not(feature = "luau"))]
            long: Cell::default(),
            at_work: Cell::new(true),
            deadline: Cell::default(),
            countdown: Cell::default(),
            checks: Cell::new(CHECKS),
            stop: Cell::default(),
            helpers,
            names,
            marks: Cell::default(),
            event: Cell::new(std::ptr::null()),
            relisted: Cell::default(),
            filled: RefCell::default(),
            door: Cell::default(),
            now_millis: Cell::new(now_millis),
            random: Cell::default(),
            file: RefCell::new("".into()),
            threw: Cell::default(),
            panic: Cell::default(),
        }
    }

    /// Readies everything for the next script.
    pub(crate) fn begin(
        &self,
        memory: usize,
        deadline: Option<Instant>,
        file: &Arc<str>,
        seed: u64,
    ) {
        let used = self.used.get();
        self.rest.set(used);
        self.limit.set(used.saturating_add(memory));
        self.collect_at.set(used.saturating_add(memory / 2));
        self.deadline.set(deadline);
        self.countdown.set(0);
        self.checks.set(CHECKS);
        self.stop.set(None);
        self.event.set(std::ptr::null());
        self.relisted.set(false);
        self.door.set(None);
        self.given.set(0);
        self.refused.set(false);
        #[cfg(not(feature = "luau"))]
        self.long.set(false);
        self.random.set(seed);
        self.file.replace(Arc::clone(file));
        self.threw.set(None);
        self.panic.set(None);
    }

    /// Forgets the script, and lifts its limits.
    pub(crate) fn end(&self) {
        self.limit.set(usize::MAX);
        self.collect_at.set(usize::MAX);
        self.deadline.set(None);
        self.event.set(std::ptr::null());
        self.door.set(None);
    }

    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stop.get()
    }

    /// The first reason counts.
    pub(crate) fn stop(&self, stop: Stop) {
        if self.stop.get().is_none() {
            self.stop.set(Some(stop));
            self.look_soon();
        }
    }

    /// Stops what has limits.
    pub(crate) fn stop_if_running(&self, stop: Stop) {
        if self.limit.get() != usize::MAX {
            self.stop(stop);
        }
    }

    /// Whether a script may have so many bytes in use, so many of them new. What it may not have ends it at once where the dialect collects garbage in time;
    /// elsewhere Lua collects, and asks again.
    pub(crate) fn admits(&self, used: usize, new: usize) -> bool {
        let limit = self.limit.get();
        if dialect::PACED {
            if used > limit {
                self.stop_if_running(Stop::Memory);
            }
            if used > self.collect_at.get() {
                // SAFETY: the main thread lives as long as the state.
                unsafe { dialect::collect_soon(self.main.get()) };
            }
            return used <= limit;
        }
        if limit == usize::MAX {
            return true;
        }
        // A little that is free again would be gone at once, and all be collected for it once more.
        let bound = if self.refused.get() { limit - (limit - self.rest.get()) / 32 } else { limit };
        let given = self.given.get() + new;
        if used > bound || given > GIVEN {
            self.given.set(0);
            if self.check_clock().is_err() {
                return false;
            }
        } else {
            self.given.set(given);
        }
        self.refused.set(used > bound);
        used <= bound
    }

    pub(crate) fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.panic.take()
    }

    /// Makes the interpreter's next check look at the clock: something that may have taken long was done.
    pub(crate) fn look_soon(&self) {
        self.countdown.set(0);
    }

    /// Looks at the clock at every check from now on: what runs between two of them may take long.
    #[cfg(feature = "luau")]
    pub(crate) fn look_always(&self) {
        self.checks.set(0);
        self.countdown.set(0);
    }

    /// Looks at the clock.
    ///
    /// # Errors
    ///
    /// [`Raise::Stopped`] where the invocation is over.
    pub(crate) fn check(&self) -> Result<(), Raise> {
        let _ = self.check_clock();
        if self.used.get() > self.limit.get() {
            self.stop(Stop::Memory);
        }
        if self.stop.get().is_some() { Err(Raise::Stopped) } else { Ok(()) }
    }

    fn check_clock(&self) -> Result<(), Raise> {
        if self.stop.get().is_none() && self.deadline.get().is_some_and(|at| Instant::now() >= at) {
            self.stop.set(Some(Stop::Timeout));
        }
        if self.stop.get().is_some() { Err(Raise::Stopped) } else { Ok(()) }
    }

    /// A check of the interpreter's, which comes by often.
    ///
    /// # Errors
    ///
    /// [`Raise::Stopped`] where the invocation is over.
    ///
    /// # Safety
    ///
    /// Called where Lua may collect.
    #[cfg(feature = "luau")]
    pub(crate) unsafe fn tick(&self, l: *mut lua_State) -> Result<(), Raise> {
        let left = self.countdown.get();
        let collects = self.used.get() > self.collect_at.get();
        if left > 0 && !collects {
            self.countdown.set(left - 1);
            return Ok(());
        }
        self.countdown.set(self.checks.get());
        if collects {
            self.at_work.set(true);
            // SAFETY: the caller's.
            unsafe { self.collect(l) };
            self.at_work.set(false);
        }
        self.check()
    }

    /// How many more bytes the script may have.
    pub(crate) fn room(&self) -> usize {
        self.limit.get().saturating_sub(self.used.get())
    }

    pub(crate) fn now(&self) -> i64 {
        match self.door.get() {
            // SAFETY: the door is valid during the invocation.
            Some(door) => unsafe { (*door).now_millis() },
            None => self.now_millis.get(),
        }
    }

    /// Collects all garbage, and plans when to do so again.
    ///
    /// # Safety
    ///
    /// Called where Lua may collect.
    pub(crate) unsafe fn collect(&self, l: *mut lua_State) {
        // SAFETY: the caller's.
        unsafe { ffi::lua_gc(l, ffi::LUA_GCCOLLECT, 0) };
        let (used, limit) = (self.used.get(), self.limit.get());
        // The nearer the limit, the more often; what is left of it at last is the allocator's to refuse.
        let room = limit.saturating_sub(used);
        self.collect_at.set(if room < limit / 16 {
            usize::MAX
        } else {
            used.saturating_add(room / 2)
        });
    }
}

/// Raises an error that means nothing to the script. Should it be caught, the next check raises it again.
///
/// # Safety
///
/// Nothing is left to drop.
pub(crate) unsafe fn raise_stop(host: &Host, l: *mut lua_State) -> ! {
    host.look_soon();
    // SAFETY: pushes one value that needs no memory.
    unsafe {
        dialect::disarm(l);
        ffi::lua_pushlightuserdata(l, std::ptr::null_mut());
        ffi::lua_error(l)
    }
}

/// Runs the body of a native.
///
/// # Safety
///
/// Called by Lua as a C function's only deed; `body` leaves what it returns on the stack and raises no error of Lua's.
pub(crate) unsafe fn native(
    l: *mut lua_State,
    body: impl FnOnce(&Host, *mut lua_State) -> Result<c_int, Raise>,
) -> c_int {
    // SAFETY: called by the state.
    let host = unsafe { dialect::host(l) };
    if host.stop.get().is_some() {
        // SAFETY: nothing is left to drop.
        unsafe { raise_stop(host, l) }
    }
    // SAFETY: nothing is left to drop.
    unsafe {
        // A native that was given thousands of arguments, or stands on a full stack, could not push what it must.
        if ffi::lua_checkstack(l, ROOM) == 0 {
            ffi::luaL_error(l, c"stack overflow".as_ptr());
        }
    }
    let outer = host.at_work.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| body(host, l)));
    let count = match outcome {
        Ok(Ok(count)) => count,
        Ok(Err(Raise::Error(message))) => {
            // SAFETY: nothing here fails while the host is at work.
            unsafe {
                dialect::push_where(l);
                value::push_text(l, &message);
                ffi::lua_concat(l, 2);
            }
            drop(message);
            -1
        }
        Ok(Err(Raise::Stopped)) => -2,
        Err(panic) => {
            host.panic.set(Some(panic));
            host.stop(Stop::Cancelled);
            -2
        }
    };
    host.at_work.set(outer);
    // What the host added may be more than the script may have.
    if host.used.get() > host.limit.get() {
        host.at_work.set(true);
        // SAFETY: what the native gives is on the stack.
        unsafe { host.collect(l) };
        host.at_work.set(outer);
        if host.used.get() > host.limit.get() {
            host.stop(Stop::Memory);
        }
    }
    // SAFETY: nothing is left to drop.
    unsafe {
        match count {
            _ if host.stop.get().is_some() => raise_stop(host, l),
            -1 => ffi::lua_error(l),
            count => count,
        }
    }
}

/// Calls a helper through the door; the upvalue is its place.
///
/// # Safety
///
/// Called by Lua.
pub(crate) unsafe extern "C-unwind" fn call_helper(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        native(l, |host, l| {
            let place = ffi::lua_tonumber(l, ffi::lua_upvalueindex(1)) as usize;
            let helpers = Arc::clone(&host.helpers);
            let Some((id, spec)) = helpers.get(place) else { return Ok(0) };
            let Some(door) = host.door.get() else {
                host.threw.set(Some(error::here(host, l, Stop::Loading.to_string())));
                host.stop(Stop::Loading);
                return Err(Raise::Stopped);
            };
            // Which parameter an argument is for is the host's business, since some may be left out. Surplus arguments are ignored.
            let whole = spec.params.iter().any(|param| param.kind == ParamKind::Any);
            let count = usize::try_from(ffi::lua_gettop(l)).unwrap_or(0);
            let is_absent = |index| ffi::lua_type(l, index as c_int + 1) == ffi::LUA_TNIL;
            let count = spec.given(count, is_absent).min(spec.params.len());
            let args: Vec<Value> = (1..=count as c_int)
                .map(|index| match whole {
                    true => value::to_value(host, l, index, value::ARGUMENT),
                    false => value::to_scalar(host, l, index),
                })
                .collect();
            ffi::lua_settop(l, count as c_int);
            // To read them may have taken long; what is over does not act.
            host.check()?;
            host.look_soon();
            match (*door).call(*id, &args) {
                Ok(_) if spec.returns == Returns::Nothing => Ok(0),
                Ok(value) => {
                    value::push(host, l, &value);
                    Ok(1)
                }
                Err(stop) => {
                    host.stop(stop);
                    Err(Raise::Stopped)
                }
            }
        })
    }
}
