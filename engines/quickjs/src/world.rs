//! The world that every script begins in: the language's own objects without what breaks isolation, determinism or limits, and the helpers.

#![allow(unsafe_code, reason = "builds the engine's context through its C interface")]

use std::{
    ffi::{CStr, CString, c_int, c_void},
    slice,
    sync::Arc,
};

use reactant_core::engine::Setup;
use reactant_quickjs_sys::{self as sys, JSAtom, JSContext, JSRuntime, JSValue};

use crate::{
    arena::{Arena, FUNCTIONS},
    date,
    host::{GLOBALS, Host, c_name},
    shim, value, view,
};

/// A context in an arena, and what the machine must know of it.
pub(crate) struct World {
    pub(crate) rt: *mut JSRuntime,
    pub(crate) ctx: *mut JSContext,
    /// What `eval` and its kin look at to find the compiler, null while scripts run.
    pub(crate) compiler_slot: *mut *mut c_void,
    pub(crate) compiler: *mut c_void,
    /// What the engine counts down to its next interrupt check.
    pub(crate) polls: *mut i32,
    /// Shared with the callbacks; the machine frees it.
    pub(crate) host: Host,
}

/// Globals that are taken away: shared memory and its waiting calls (they would block, or let threads race), and code from strings.
const REMOVED: [&CStr; 3] = [c"Atomics", c"SharedArrayBuffer", c"eval"];

/// How many calls a trace shows; the engine's most.
const TRACE: c_int = 64;

/// Functions of `Date.prototype` that are those of UTC: local name, UTC name, parameters.
const UTC_METHODS: [(&CStr, &CStr, c_int); 15] = [
    (c"getFullYear", c"getUTCFullYear", 0),
    (c"getMonth", c"getUTCMonth", 0),
    (c"getDate", c"getUTCDate", 0),
    (c"getDay", c"getUTCDay", 0),
    (c"getHours", c"getUTCHours", 0),
    (c"getMinutes", c"getUTCMinutes", 0),
    (c"getSeconds", c"getUTCSeconds", 0),
    (c"getMilliseconds", c"getUTCMilliseconds", 0),
    (c"setMilliseconds", c"setUTCMilliseconds", 1),
    (c"setSeconds", c"setUTCSeconds", 2),
    (c"setMinutes", c"setUTCMinutes", 3),
    (c"setHours", c"setUTCHours", 4),
    (c"setDate", c"setUTCDate", 1),
    (c"setMonth", c"setUTCMonth", 2),
    (c"setFullYear", c"setUTCFullYear", 3),
];
/// The last of them, which `setYear` uses too.
const SET_FULL_YEAR: c_int = UTC_METHODS.len() as c_int - 1;

const DATE_TEXTS: [(&CStr, i32); 8] = [
    (c"toString", date::STRING),
    (c"toDateString", date::DATE_STRING),
    (c"toTimeString", date::TIME_STRING),
    (c"toLocaleString", date::LOCALE_STRING),
    (c"toLocaleDateString", date::LOCALE_DATE_STRING),
    (c"toLocaleTimeString", date::LOCALE_TIME_STRING),
    (c"getTimezoneOffset", date::ZONE_OFFSET),
    (c"getYear", date::YEAR),
];

/// ECMA-262 7.1.1 with the default hint, in terms that a script cannot replace.
const TO_PRIMITIVE: &CStr = c"(() => {
    const key = Symbol.toPrimitive, { apply } = Reflect, Refused = TypeError;
    const object = v => (typeof v === 'object' && v !== null) || typeof v === 'function';
    return x => {
        let f = x[key], r;
        if (f !== undefined && f !== null) {
            r = apply(f, x, ['default']);
            if (object(r)) throw new Refused('toPrimitive');
            return r;
        }
        f = x.valueOf;
        if (typeof f === 'function' && !object(r = apply(f, x, []))) return r;
        f = x.toString;
        if (typeof f === 'function' && !object(r = apply(f, x, []))) return r;
        throw new Refused('toPrimitive');
    };
})()";

/// Functions are made when they are first looked at. Looking at the common ones now keeps that out of each invocation.
const WARM: &CStr = c"for (const o of [String.prototype, Array.prototype, Object, JSON, Array, Number, Math, Map.prototype, Set.prototype,
    RegExp.prototype, Promise.prototype, Promise]) Object.getOwnPropertyDescriptors(o)";

impl World {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// Names what could not be made.
    pub(crate) fn new(arena: &Arena, setup: &Setup) -> Result<World, String> {
        // SAFETY: the context lives in the arena, which the caller keeps; every reference taken here is kept for the machine's life.
        unsafe {
            let rt = sys::JS_NewRuntime2(&FUNCTIONS, arena.opaque());
            if rt.is_null() {
                return Err("no memory for the engine".into());
            }
            let ctx = sys::JS_NewContextRaw(rt);
            if ctx.is_null() {
                return Err("no memory for a context".into());
            }
            sys::JS_AddIntrinsicBaseObjects(ctx);
            sys::JS_AddIntrinsicDate(ctx);
            sys::JS_AddIntrinsicRegExp(ctx);
            sys::JS_AddIntrinsicJSON(ctx);
            sys::JS_AddIntrinsicProxy(ctx);
            sys::JS_AddIntrinsicMapSet(ctx);
            sys::JS_AddIntrinsicTypedArrays(ctx);
            sys::JS_AddIntrinsicPromise(ctx);
            // Last: base64, and with it `DOMException`. Without weak references, whose lives depend on the collector, and without `performance`.
            sys::JS_AddIntrinsicAToB(ctx);
            let (compiler_slot, compiler) = compiler(rt, ctx)?;
            let polls = polls(rt, ctx)?;
            sys::JS_SetInterruptHandler(rt, Some(shim::reactant_interrupt), std::ptr::null_mut());
            let mut world =
                World { rt, ctx, compiler_slot, compiler, polls, host: host(ctx, setup) };
            world.furnish()?;
            *world.compiler_slot = std::ptr::null_mut();
            Ok(world)
        }
    }

    unsafe fn furnish(&mut self) -> Result<(), String> {
        let ctx = self.ctx;
        // SAFETY: as in `new`.
        unsafe {
            let global = sys::JS_GetGlobalObject(ctx);
            self.view_class()?;
            self.host.names = view::Names::new(ctx);
            self.errors(global)?;
            self.date(global)?;
            self.function(
                get(ctx, global, c"Math"),
                c"random",
                0,
                shim::reactant_random,
                GENERIC,
                0,
            );
            let json = get(ctx, global, c"JSON");
            self.host.builtins[0] = get(ctx, json, c"stringify");
            self.function(json, c"stringify", 3, shim::reactant_stringify, GENERIC, 0);
            for name in REMOVED {
                delete(ctx, global, name);
            }
            for (index, name) in GLOBALS.iter().enumerate() {
                self.early_global(global, name, index as c_int);
            }
            for index in 0..self.host.helpers.len() {
                self.helper(global, index)?;
            }
            evaluate(ctx, WARM)?;
            sys::JS_RunGC(self.rt);
        }
        Ok(())
    }

    unsafe fn view_class(&mut self) -> Result<(), String> {
        // SAFETY: the definition is copied; the methods are static.
        unsafe {
            sys::JS_NewClassID(self.rt, &mut self.host.view_class);
            let definition = sys::JSClassDef {
                class_name: c"Object".as_ptr(),
                finalizer: Some(view::finalize),
                gc_mark: Some(view::mark),
                call: None,
                exotic: (&raw const shim::reactant_view_methods).cast_mut(),
            };
            if sys::JS_NewClass(self.rt, self.host.view_class, &definition) < 0 {
                return Err("no memory for a class".into());
            }
            self.host.object_prototype = evaluate(self.ctx, c"Object.prototype")?;
            self.host.array_prototype = evaluate(self.ctx, c"Array.prototype")?;
            if !view::layout_is_known(&self.host) {
                return Err(
                    "this build of the engine lays its objects out in an unknown way".into()
                );
            }
        }
        Ok(())
    }

    /// Lets no script change how the engine records a stack.
    unsafe fn errors(&mut self, global: JSValue) -> Result<(), String> {
        let ctx = self.ctx;
        // SAFETY: as in `new`.
        unsafe {
            let error = get(ctx, global, c"Error");
            sys::JS_SetPropertyStr(
                ctx,
                error,
                c"stackTraceLimit".as_ptr(),
                sys::JS_MKVAL(sys::JS_TAG_INT, TRACE),
            );
            delete(ctx, error, c"stackTraceLimit");
            delete(ctx, error, c"prepareStackTrace");
            let getter = |text| evaluate(ctx, text);
            self.host.stack_getter =
                getter(c"Object.getOwnPropertyDescriptor(Error.prototype, 'stack').get")?;
            self.host.dom_exception_getters = [
                getter(c"Object.getOwnPropertyDescriptor(DOMException.prototype, 'name').get")?,
                getter(c"Object.getOwnPropertyDescriptor(DOMException.prototype, 'message').get")?,
            ];
        }
        Ok(())
    }

    unsafe fn date(&mut self, global: JSValue) -> Result<(), String> {
        let ctx = self.ctx;
        // SAFETY: as in `new`.
        unsafe {
            let original = get(ctx, global, c"Date");
            let prototype = get(ctx, original, c"prototype");
            let to_primitive = evaluate(ctx, TO_PRIMITIVE)?;
            self.host.builtins.extend([
                original,
                get(ctx, original, c"UTC"),
                get(ctx, original, c"parse"),
                get(ctx, prototype, c"getTime"),
                to_primitive,
            ]);
            let date = native(ctx, c"Date", 7, shim::reactant_date, CONSTRUCTOR, 0);
            sys::JS_SetConstructor(ctx, date, prototype);
            self.function(date, c"now", 0, shim::reactant_date_now, GENERIC, 0);
            self.function(date, c"parse", 1, shim::reactant_date_parse, GENERIC, 0);
            let utc = sys::JS_DupValue(ctx, self.host.builtins[2]);
            set(ctx, date, c"UTC", utc);
            for (index, (local, utc, length)) in UTC_METHODS.into_iter().enumerate() {
                self.host.builtins.push(get(ctx, prototype, utc));
                let alias = shim::reactant_date_alias;
                self.function(prototype, local, length, alias, MAGIC, index as c_int);
            }
            let set_year = shim::reactant_date_set_year;
            self.function(prototype, c"setYear", 1, set_year, MAGIC, SET_FULL_YEAR);
            for (name, part) in DATE_TEXTS {
                self.function(prototype, name, 0, shim::reactant_date_string, MAGIC, part);
            }
            set(ctx, global, c"Date", date);
        }
        Ok(())
    }

    /// A global that says, while the script loads, that it is not there yet; it may be declared anew.
    unsafe fn early_global(&mut self, global: JSValue, name: &str, index: c_int) {
        let ctx = self.ctx;
        // SAFETY: as in `new`; the functions are of the registered kinds.
        unsafe {
            let c_name = c_name(name);
            let name = CStr::from_ptr(c_name.as_ptr());
            let getter = native(
                ctx,
                name,
                0,
                shim::reactant_early,
                sys::JSCFunctionEnum_JS_CFUNC_getter_magic,
                index,
            );
            let setter = native(
                ctx,
                name,
                1,
                shim::reactant_late,
                sys::JSCFunctionEnum_JS_CFUNC_setter_magic,
                index,
            );
            let atom = sys::JS_NewAtom(ctx, name.as_ptr());
            self.host.globals[index as usize] = atom;
            let flags = (sys::JS_PROP_CONFIGURABLE | sys::JS_PROP_ENUMERABLE) as c_int;
            sys::JS_DefinePropertyGetSet(ctx, global, atom, getter, setter, flags);
        }
    }

    unsafe fn helper(&mut self, global: JSValue, index: usize) -> Result<(), String> {
        let ctx = self.ctx;
        let magic = i16::try_from(index).map_err(|_| "too many helpers".to_owned())?;
        let (_, spec) = &self.host.helpers[index];
        let name =
            CString::new(&*spec.name).map_err(|_| "a helper's name holds a NUL".to_owned())?;
        let length = spec.params.iter().filter(|param| param.required).count() as c_int;
        // SAFETY: as in `new`.
        unsafe {
            let original = get(ctx, global, &name);
            if !sys::JS_IsConstructor(ctx, original) {
                sys::JS_FreeValue(ctx, original);
                self.function(global, &name, length, shim::reactant_helper, MAGIC, magic.into());
                return Ok(());
            }
            let function = native(
                ctx,
                &name,
                1,
                shim::reactant_constructor,
                sys::JSCFunctionEnum_JS_CFUNC_constructor_or_func_magic,
                magic.into(),
            );
            // The new function takes the constructor's place everywhere: its properties, and above the constructors that inherit from it.
            let replace = evaluate(
                ctx,
                c"((original, replacement) => {
                    for (const key of Reflect.ownKeys(original)) {
                        if (key === 'length' || key === 'name' || key === 'prototype') continue;
                        Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key));
                    }
                    Object.defineProperty(replacement, 'prototype', { value: original.prototype, writable: false, enumerable: false, configurable: false });
                    if (original.prototype) original.prototype.constructor = replacement;
                    Object.setPrototypeOf(replacement, Object.getPrototypeOf(original));
                    for (const key of Reflect.ownKeys(globalThis)) {
                        const { value } = Object.getOwnPropertyDescriptor(globalThis, key);
                        if (typeof value === 'function' && Object.getPrototypeOf(value) === original)
                            Object.setPrototypeOf(value, replacement);
                    }
                })",
            )?;
            let mut arguments = [original, function];
            let done = sys::JS_Call(ctx, replace, sys::JS_UNDEFINED, 2, arguments.as_mut_ptr());
            sys::JS_FreeValue(ctx, replace);
            if sys::JS_IsException(done) {
                return Err(format!("`{}` cannot take the place of the constructor", spec.name));
            }
            self.host.constructors.push((index, original));
            set(ctx, global, &name, function);
        }
        Ok(())
    }

    unsafe fn function(
        &self,
        object: JSValue,
        name: &CStr,
        length: c_int,
        function: unsafe extern "C" fn(),
        kind: sys::JSCFunctionEnum,
        magic: c_int,
    ) {
        // SAFETY: the shim's function is of this kind.
        unsafe {
            set(self.ctx, object, name, native(self.ctx, name, length, function, kind, magic));
        }
    }
}

const GENERIC: sys::JSCFunctionEnum = sys::JSCFunctionEnum_JS_CFUNC_generic;
const MAGIC: sys::JSCFunctionEnum = sys::JSCFunctionEnum_JS_CFUNC_generic_magic;
const CONSTRUCTOR: sys::JSCFunctionEnum = sys::JSCFunctionEnum_JS_CFUNC_constructor_or_func;

fn host(ctx: *mut JSContext, setup: &Setup) -> Host {
    Host {
        ctx,
        view_class: 0,
        names: view::Names::default(),
        object_prototype: sys::JS_UNDEFINED,
        array_prototype: sys::JS_UNDEFINED,
        stack_getter: sys::JS_UNDEFINED,
        dom_exception_getters: [sys::JS_UNDEFINED; 2],
        builtins: vec![sys::JS_UNDEFINED],
        constructors: Vec::new(),
        helpers: Arc::clone(&setup.helpers),
        globals: [0; GLOBALS.len()],
        event: std::cell::Cell::new(std::ptr::null()),
        made: std::cell::Cell::new(0),
        file: std::cell::RefCell::new("".into()),
        text: std::cell::RefCell::new("".into()),
        call: std::cell::Cell::new(None),
        now_millis: setup.now_millis,
        random: std::cell::Cell::default(),
        stop: std::cell::Cell::default(),
        threw: std::cell::Cell::default(),
        rejections: std::cell::RefCell::default(),
        panic: std::cell::Cell::default(),
        loaded: std::cell::Cell::default(),
    }
}

/// Finds where a context keeps its pointer to the compiler, by seeing what changes when it gets one.
unsafe fn compiler(
    rt: *mut JSRuntime,
    ctx: *mut JSContext,
) -> Result<(*mut *mut c_void, *mut c_void), String> {
    // SAFETY: a context is an allocation of the engine's of so many bytes, and holds words.
    unsafe {
        let bytes = sys::js_malloc_usable_size_rt(rt, ctx.cast()) as usize;
        let words = slice::from_raw_parts(ctx.cast::<usize>(), bytes / size_of::<usize>());
        let before = words.to_vec();
        sys::JS_AddIntrinsicEval(ctx);
        let words = slice::from_raw_parts(ctx.cast::<usize>(), before.len());
        let mut changed = (0..before.len()).filter(|index| words[*index] != before[*index]);
        match (changed.next(), changed.next()) {
            (Some(index), None) if before[index] == 0 => {
                Ok((ctx.cast::<*mut c_void>().add(index), words[index] as *mut c_void))
            }
            _ => Err("this build of the engine keeps its compiler in an unknown place".into()),
        }
    }
}

/// Finds where a context counts down to its next interrupt check, by what loops of different lengths take off.
unsafe fn polls(rt: *mut JSRuntime, ctx: *mut JSContext) -> Result<*mut i32, String> {
    // SAFETY: as in `compiler`.
    unsafe {
        let len = sys::js_malloc_usable_size_rt(rt, ctx.cast()) as usize / size_of::<i32>();
        let taken = |text: &CStr| {
            let read = || slice::from_raw_parts(ctx.cast::<i32>(), len).to_vec();
            let before = read();
            evaluate(ctx, text)?;
            let pairs = before.into_iter().zip(read());
            Ok::<Vec<i32>, String>(pairs.map(|(before, now)| before.wrapping_sub(now)).collect())
        };
        // A new context counts from 0: its first check makes it begin anew.
        evaluate(ctx, c"0")?;
        let hundred = taken(c"for (let i = 0; i < 100; i++);")?;
        let three_hundred = taken(c"for (let i = 0; i < 300; i++);")?;
        // A round takes off one for each of its jumps; beside the rounds, the call itself takes off a few.
        let counts = |index: &usize| {
            let (short, long) = (hundred[*index], three_hundred[*index]);
            (1..=4).any(|a_round| {
                long.wrapping_sub(short) == 200 * a_round
                    && (0..16).contains(&short.wrapping_sub(100 * a_round))
            })
        };
        let mut places = (0..len).filter(counts);
        match (places.next(), places.next()) {
            (Some(index), None) => Ok(ctx.cast::<i32>().add(index)),
            _ => Err("this build of the engine counts its checks in an unknown place".into()),
        }
    }
}

unsafe fn native(
    ctx: *mut JSContext,
    name: &CStr,
    length: c_int,
    function: shim::Native,
    kind: sys::JSCFunctionEnum,
    magic: c_int,
) -> JSValue {
    // SAFETY: the engine calls the function as its kind says; the type here only carries the address.
    unsafe {
        let function = std::mem::transmute::<shim::Native, sys::JSCFunction>(function);
        sys::JS_NewCFunction2(ctx, function, name.as_ptr(), length, kind, magic)
    }
}

unsafe fn get(ctx: *mut JSContext, object: JSValue, name: &CStr) -> JSValue {
    // SAFETY: both live in the context.
    unsafe { sys::JS_GetPropertyStr(ctx, object, name.as_ptr()) }
}

/// Defines a property as built-in functions are: writable, configurable, not enumerated.
unsafe fn set(ctx: *mut JSContext, object: JSValue, name: &CStr, value: JSValue) {
    let flags = (sys::JS_PROP_CONFIGURABLE | sys::JS_PROP_WRITABLE) as c_int;
    // SAFETY: the value is handed over.
    unsafe { sys::JS_DefinePropertyValueStr(ctx, object, name.as_ptr(), value, flags) };
}

unsafe fn delete(ctx: *mut JSContext, object: JSValue, name: &CStr) {
    // SAFETY: the name is freed.
    unsafe {
        let atom: JSAtom = sys::JS_NewAtom(ctx, name.as_ptr());
        sys::JS_DeleteProperty(ctx, object, atom, 0);
        sys::JS_FreeAtom(ctx, atom);
    }
}

/// Runs source text of ours.
unsafe fn evaluate(ctx: *mut JSContext, text: &CStr) -> Result<JSValue, String> {
    // SAFETY: the text ends with a NUL.
    unsafe {
        let value = sys::JS_Eval(
            ctx,
            text.as_ptr(),
            text.count_bytes() as sys::size_t,
            c"<engine>".as_ptr(),
            sys::JS_EVAL_TYPE_GLOBAL as c_int,
        );
        if sys::JS_IsException(value) {
            let thrown = sys::JS_GetException(ctx);
            return Err(format!("the world cannot be built: {}", value::to_value(ctx, thrown)));
        }
        Ok(value)
    }
}
