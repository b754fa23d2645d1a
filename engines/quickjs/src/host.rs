//! The host's side of the trampolines: helper calls, clock, random numbers, and how an invocation begins and ends.
//!
//! Everything here runs with `in_host` raised (`shim.c`), so that no jump skips it. A panic is kept and goes on once the engine is left.

#![allow(unsafe_code, reason = "called by the shim, and calls the engine")]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    ffi::{c_char, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
    sync::Arc,
};

use reactant_core::{
    engine::{Door, Halt, Invocation, ScriptError},
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::Stop,
    packed::Packed,
    value::Value,
};
use reactant_quickjs_sys::{self as sys, JSAtom, JSClassID, JSContext, JSPropertyEnum, JSValue};

use crate::{date, error, shim, value, view};

/// The globals that an invocation sets, in the order of their bits.
pub(crate) const GLOBALS: [&str; 4] = ["kind", "name", "uuid", "data"];

/// What a machine's callbacks share. It lies outside the arena, at one address for the machine's life, and is only ever borrowed
/// shared, since property hooks are entered from other callbacks; what changes in it during an invocation is set anew at the start of each.
pub(crate) struct Host {
    pub(crate) ctx: *mut JSContext,
    pub(crate) view_class: JSClassID,
    pub(crate) names: view::Names,
    pub(crate) object_prototype: JSValue,
    pub(crate) array_prototype: JSValue,
    /// Getter of a genuine error's stack.
    pub(crate) stack_getter: JSValue,
    /// Getters of a `DOMException`'s name and message.
    pub(crate) dom_exception_getters: [JSValue; 2],
    /// Original functions that replacements fall back on; the order is the shim's.
    pub(crate) builtins: Vec<JSValue>,
    /// The built-in constructor behind a helper of its name.
    pub(crate) constructors: Vec<(usize, JSValue)>,
    pub(crate) helpers: Arc<[(HelperId, HelperSpec)]>,
    pub(crate) globals: [JSAtom; GLOBALS.len()],

    pub(crate) event: Cell<*const Packed>,
    /// How much of the event was made since the clock was looked at last.
    pub(crate) made: Cell<usize>,
    /// The current script's file name.
    pub(crate) file: RefCell<Arc<str>>,
    /// And its text.
    pub(crate) text: RefCell<Arc<str>>,
    /// `None` while a script loads.
    pub(crate) call: Cell<Option<Call>>,
    /// The clock while scripts load.
    pub(crate) now_millis: i64,
    pub(crate) random: Cell<u64>,
    /// What the host decided.
    pub(crate) stop: Cell<Option<Stop>>,
    /// What the script threw.
    pub(crate) threw: Cell<Option<ScriptError>>,
    /// Rejected promises that nobody handles, with their reasons.
    pub(crate) rejections: RefCell<Vec<(JSValue, JSValue)>>,
    pub(crate) panic: Cell<Option<Box<dyn Any + Send>>>,
    /// What [`reactant_host_loaded`] found.
    pub(crate) loaded: Cell<Option<Loaded>>,
}

/// What the callbacks of a running invocation need; the pointers are valid until the guarded call ends.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) invocation: *const Invocation<'static>,
    pub(crate) door: *mut (dyn Door + 'static),
    /// Which of [`GLOBALS`] to set.
    pub(crate) set: u8,
}

/// A script that loaded.
#[derive(Clone, Copy)]
pub(crate) struct Loaded {
    pub(crate) process: JSValue,
    pub(crate) set: u8,
}

impl Host {
    /// Forgets the last invocation.
    pub(crate) fn reset(&self, file: &Arc<str>, text: &Arc<str>, call: Option<Call>, seed: u64) {
        self.event.set(std::ptr::null());
        self.made.set(0);
        self.file.replace(Arc::clone(file));
        self.text.replace(Arc::clone(text));
        self.call.set(call);
        self.random.set(seed);
        self.stop.set(None);
        self.threw.set(None);
        self.rejections.borrow_mut().clear();
        self.panic.set(None);
        self.loaded.set(None);
    }

    /// What a guarded call that was not left for time or memory came to.
    pub(crate) fn outcome(&self) -> Result<(), Halt> {
        match (self.stop.take(), self.threw.take()) {
            (Some(stop), _) => Err(Halt::Stopped(stop)),
            (None, Some(error)) => Err(Halt::Threw(error)),
            (None, None) => Ok(()),
        }
    }

    /// Takes the pending exception and describes it.
    unsafe fn take_exception(&self) -> ScriptError {
        // SAFETY: the exception is ours, and lives until it is freed.
        unsafe {
            let thrown = sys::JS_GetException(self.ctx);
            let error = error::describe(self, thrown);
            sys::JS_FreeValue(self.ctx, thrown);
            error
        }
    }
}

/// Runs host code of a trampoline. After a panic the invocation is left and `otherwise` is never looked at.
unsafe fn with<T>(ctx: *mut JSContext, otherwise: T, body: impl FnOnce(&Host) -> T) -> T {
    // SAFETY: the context's opaque pointer is the machine's host, which is borrowed shared only.
    let host = unsafe { &*sys::JS_GetContextOpaque(ctx).cast::<Host>() };
    match catch_unwind(AssertUnwindSafe(|| body(host))) {
        Ok(value) => value,
        Err(panic) => {
            host.panic.set(Some(panic));
            // SAFETY: takes effect when the trampoline returns.
            unsafe { shim::reactant_leave_host() };
            otherwise
        }
    }
}

/// Sets the globals and gives the argument of `process`.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_open(ctx: *mut JSContext) -> JSValue {
    // SAFETY: called by the shim inside an invocation.
    unsafe {
        with(ctx, sys::JS_EXCEPTION, |host| {
            let Some(call) = host.call.get() else { return sys::JS_EXCEPTION };
            let (invocation, set) = (&*call.invocation, call.set);
            host.event.set(invocation.data);
            let data = view::value_of(host, invocation.data.root());
            let values = [
                value::string(ctx, invocation.kind),
                value::string(ctx, invocation.name),
                value::string(ctx, invocation.uuid),
                sys::JS_DupValue(ctx, data),
            ];
            let global = sys::JS_GetGlobalObject(ctx);
            for (index, value) in values.into_iter().enumerate() {
                if set & (1 << index) == 0 {
                    sys::JS_FreeValue(ctx, value);
                    continue;
                }
                let flags = sys::JS_PROP_C_W_E as c_int;
                sys::JS_DefinePropertyValue(ctx, global, host.globals[index], value, flags);
            }
            sys::JS_FreeValue(ctx, global);
            data
        })
    }
}

/// Judges what `process` gave, after every promise job has run.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_close(ctx: *mut JSContext, result: JSValue, failed: c_int) {
    // SAFETY: called by the shim; `result` lives in `ctx`.
    unsafe {
        with(ctx, (), |host| {
            if failed != 0 {
                host.threw.set(Some(host.take_exception()));
                return;
            }
            if sys::JS_IsPromise(result) {
                let state = sys::JS_PromiseState(ctx, result);
                if state == sys::JSPromiseStateEnum_JS_PROMISE_PENDING {
                    let message = "the promise that `process` returned is never settled".into();
                    host.threw.set(Some(ScriptError { message, ..ScriptError::default() }));
                    return;
                }
                if state == sys::JSPromiseStateEnum_JS_PROMISE_REJECTED {
                    let reason = sys::JS_PromiseResult(ctx, result);
                    host.threw.set(Some(error::describe(host, reason)));
                    return;
                }
            }
            let rejection = host.rejections.borrow().first().copied();
            if let Some((_, reason)) = rejection {
                host.threw.set(Some(error::describe(host, reason)));
            }
        });
    }
}

/// Takes the value of `process` after loading, and readies the globals.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_loaded(ctx: *mut JSContext, process: JSValue) {
    // SAFETY: called by the shim; `process` is ours and stays referenced.
    unsafe {
        with(ctx, (), |host| {
            if sys::JS_IsException(process) {
                host.threw.set(Some(host.take_exception()));
                return;
            }
            if let Some(why) = no_function(ctx, process) {
                host.threw.set(Some(ScriptError { message: why.into(), ..ScriptError::default() }));
                return;
            }
            let global = sys::JS_GetGlobalObject(ctx);
            let mut set = 0;
            for (index, name) in host.globals.iter().enumerate() {
                // Where the script declared its own, that is a data property by now.
                if let Some(value::Data::Accessor) = value::own_data(ctx, global, *name) {
                    set |= 1 << index;
                    let flags = sys::JS_PROP_C_W_E as c_int;
                    sys::JS_DefinePropertyValue(ctx, global, *name, sys::JS_UNDEFINED, flags);
                }
            }
            sys::JS_FreeValue(ctx, global);
            host.loaded.set(Some(Loaded { process, set }));
        });
    }
}

/// Why a value cannot be the function that answers events, if so.
unsafe fn no_function(ctx: *mut JSContext, process: JSValue) -> Option<&'static str> {
    // SAFETY: `process` lives in `ctx`; the property of a function that is no proxy runs no code.
    unsafe {
        if !sys::JS_IsFunction(ctx, process) {
            return Some("the script defines no function `process(data)`");
        }
        // What a property `prototype` says of a function (ECMA-262, 10.2.5 and 15.7.14; 27.3.4): a plain one can be written, a class's cannot; a
        // function that is no constructor has one only if it is a generator.
        let writable = value::own_writable(ctx, process, sys::JS_ATOM_prototype as JSAtom)?;
        if !writable {
            Some("`process` is a class, which cannot be called: define a function `process(data)`")
        } else if !sys::JS_IsConstructor(ctx, process) {
            Some(
                "`process` is a generator, whose code a call does not run: define a function `process(data)`",
            )
        } else {
            None
        }
    }
}

/// Keeps a promise that was rejected unhandled, and lets it go when it is handled after all.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_rejection(
    ctx: *mut JSContext,
    promise: JSValue,
    reason: JSValue,
    handled: c_int,
) {
    // SAFETY: called by the shim; references are taken, so that no other promise gets this one's address.
    unsafe {
        with(ctx, (), |host| {
            if handled == 0 {
                let kept = (sys::JS_DupValue(ctx, promise), sys::JS_DupValue(ctx, reason));
                host.rejections.borrow_mut().push(kept);
            } else {
                let same = |(kept, _): &(JSValue, JSValue)| kept.u.ptr == promise.u.ptr;
                let index = host.rejections.borrow().iter().rposition(same);
                if let Some(index) = index {
                    let (promise, reason) = host.rejections.borrow_mut().remove(index);
                    sys::JS_FreeValue(ctx, promise);
                    sys::JS_FreeValue(ctx, reason);
                }
            }
        });
    }
}

/// Calls a helper through the door.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_call(
    ctx: *mut JSContext,
    helper: c_int,
    argc: c_int,
    argv: *mut JSValue,
) -> JSValue {
    // SAFETY: called by the shim with `argc` arguments.
    unsafe {
        with(ctx, sys::JS_UNDEFINED, |host| {
            let helpers = Arc::clone(&host.helpers);
            let Some((id, spec)) = helpers.get(helper as usize) else { return sys::JS_UNDEFINED };
            let Some(call) = host.call.get() else {
                host.threw.set(Some(while_loading(host)));
                shim::reactant_leave_host();
                return sys::JS_UNDEFINED;
            };
            // Which parameter an argument is for is the host's business, since some may be left out. Surplus arguments are ignored.
            let whole = spec.params.iter().any(|param| param.kind == ParamKind::Any);
            let args = arguments(argc, argv);
            let given = spec.given(args.len(), |index| {
                sys::JS_IsUndefined(args[index]) || sys::JS_IsNull(args[index])
            });
            let args: Vec<Value> = args[..given]
                .iter()
                .take(spec.params.len())
                .map(|argument| match whole {
                    true => value::to_value(ctx, *argument),
                    false => value::to_scalar(ctx, *argument),
                })
                .collect();
            match (*call.door).call(*id, &args) {
                Ok(_) if spec.returns == Returns::Nothing => sys::JS_UNDEFINED,
                Ok(value) => value::from_value(ctx, &value),
                Err(stop) => {
                    host.stop.set(Some(stop));
                    shim::reactant_leave_host();
                    sys::JS_UNDEFINED
                }
            }
        })
    }
}

/// The refusal of a helper while the script loads, with the place of the call.
unsafe fn while_loading(host: &Host) -> ScriptError {
    // SAFETY: the format takes one string; the exception that is made is taken again.
    unsafe {
        sys::JS_ThrowTypeError(host.ctx, c"%s".as_ptr(), c"refused".as_ptr());
        ScriptError { message: Stop::Loading.to_string(), ..host.take_exception() }
    }
}

unsafe fn arguments<'a>(argc: c_int, argv: *mut JSValue) -> &'a [JSValue] {
    match usize::try_from(argc) {
        // SAFETY: the engine passes so many.
        Ok(count) if count > 0 => unsafe { slice::from_raw_parts(argv, count) },
        _ => &[],
    }
}

/// An original function: from 0 by the shim's numbers, below 0 the constructor behind a helper. The reference stays the machine's.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_builtin(ctx: *mut JSContext, which: c_int) -> JSValue {
    // SAFETY: called by the shim.
    unsafe {
        with(ctx, sys::JS_UNDEFINED, |host| {
            let found = match usize::try_from(which) {
                Ok(index) => host.builtins.get(index).copied(),
                Err(_) => {
                    let helper = (-1 - which) as usize;
                    let mut constructors = host.constructors.iter();
                    constructors.find(|(index, _)| *index == helper).map(|(_, original)| *original)
                }
            };
            found.unwrap_or(sys::JS_UNDEFINED)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_now(ctx: *mut JSContext) -> f64 {
    // SAFETY: called by the shim; the door is valid during the invocation.
    unsafe {
        with(ctx, f64::NAN, |host| match host.call.get() {
            Some(call) => (*call.door).now_millis() as f64,
            None => host.now_millis as f64,
        })
    }
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014); the upper 53 bits as a fraction.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_random(ctx: *mut JSContext) -> f64 {
    // SAFETY: called by the shim.
    unsafe {
        with(ctx, 0.0, |host| {
            let mut mixed = host.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            host.random.set(mixed);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_date_text(
    ctx: *mut JSContext,
    millis: f64,
    part: c_int,
) -> JSValue {
    // SAFETY: called by the shim.
    unsafe {
        with(ctx, sys::JS_EXCEPTION, |_| match date::part(millis, part) {
            date::Part::Number(number) => sys::JS_NewFloat64(number),
            date::Part::Text(text) => value::string(ctx, &text),
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_date_zone(ctx: *mut JSContext, text: JSValue) -> JSValue {
    // SAFETY: called by the shim with a string.
    unsafe {
        with(ctx, sys::JS_EXCEPTION, |_| match value::text(ctx, text) {
            Some(text) => value::string(ctx, &date::with_zone(&text)),
            None => sys::JS_ThrowOutOfMemory(ctx),
        })
    }
}

/// `undefined` where the original has to answer.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_stringify(
    ctx: *mut JSContext,
    argc: c_int,
    argv: *mut JSValue,
) -> JSValue {
    // SAFETY: called by the shim with `argc` arguments.
    unsafe {
        with(ctx, sys::JS_UNDEFINED, |host| match view::stringify(host, arguments(argc, argv)) {
            Some(json) => value::string(ctx, &json),
            None => sys::JS_UNDEFINED,
        })
    }
}

/// A global is read that only a running invocation has.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_early(ctx: *mut JSContext, which: c_int) -> JSValue {
    const MESSAGE: &std::ffi::CStr = c"'%s' is not set while the script loads: use it in `process`";
    // SAFETY: called by the shim; the format takes one string.
    unsafe {
        with(ctx, sys::JS_EXCEPTION, |_| {
            let name = GLOBALS_C[(which as usize).min(GLOBALS_C.len() - 1)];
            sys::JS_ThrowReferenceError(ctx, MESSAGE.as_ptr(), name.as_ptr())
        })
    }
}

const GLOBALS_C: [&std::ffi::CStr; GLOBALS.len()] = [c"kind", c"name", c"uuid", c"data"];

/// Such a global is declared by the script, with a value.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_host_late(
    ctx: *mut JSContext,
    which: c_int,
    value: JSValue,
) -> c_int {
    // SAFETY: called by the shim; the value is borrowed.
    unsafe {
        with(ctx, -1, |host| {
            let Some(name) = host.globals.get(which as usize).copied() else { return -1 };
            let global = sys::JS_GetGlobalObject(ctx);
            let flags = sys::JS_PROP_C_W_E as c_int;
            let value = sys::JS_DupValue(ctx, value);
            let done = sys::JS_DefinePropertyValue(ctx, global, name, value, flags);
            sys::JS_FreeValue(ctx, global);
            done
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_view_get(
    ctx: *mut JSContext,
    object: JSValue,
    name: JSAtom,
    out: *mut JSValue,
) -> c_int {
    // SAFETY: called by the shim's hook.
    unsafe { with(ctx, -1, |host| view::get(host, object, name, out)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_view_names(
    ctx: *mut JSContext,
    object: JSValue,
    out: *mut *mut JSPropertyEnum,
    count: *mut u32,
) -> c_int {
    // SAFETY: called by the shim's hook.
    unsafe { with(ctx, -1, |host| view::names(host, object, out, count)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_view_solidify(ctx: *mut JSContext, object: JSValue) -> c_int {
    // SAFETY: called by the shim's hook.
    unsafe { with(ctx, -1, |host| view::solidify(host, object)) }
}

/// The registration name of a function.
pub(crate) fn c_name(name: &str) -> Vec<c_char> {
    name.bytes().filter(|byte| *byte != 0).chain([0]).map(|byte| byte as c_char).collect()
}
