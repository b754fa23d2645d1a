//! `data`: objects that read the packed event in place.
//!
//! A view is an object of a class with property hooks. A field's value is made when it is first read and kept in a slot of the view. Everything that would
//! change the object (write, define, delete) first turns that one level into a plain object; the engine then does what was asked on it, with
//! no hook left. What has hidden names has a view of these as its prototype: so they resolve on access and in `in`, and are none of its own. Lists are real arrays from the first touch, and so are maps that ECMAScript would enumerate in another order or whose names are not
//! known ones.

#![allow(unsafe_code, reason = "keeps its state in the engine's objects")]

use std::ffi::{c_int, c_void};

use reactant_core::packed::{Indent, Key, MapView, Node, View};
use reactant_quickjs_sys::{self as sys, JSAtom, JSContext, JSPropertyEnum, JSRuntime, JSValue};

use crate::{host::Host, shim, value};

/// What a view's opaque pointer leads to: this, then a slot for each entry.
#[repr(C)]
struct Block {
    /// Where the map stands in the event.
    offset: usize,
    /// Which of its entries are this view's: the visible ones, or from the first hidden one on.
    first: usize,
    /// How many they are.
    count: usize,
}

impl Block {
    /// The place for the value of one of the view's entries, by its number in the map.
    unsafe fn slot(block: *mut Block, index: usize) -> *mut JSValue {
        // SAFETY: the allocation has a slot for each of the view's entries behind the head.
        unsafe { block.add(1).cast::<JSValue>().add(index - (*block).first) }
    }
}

impl Block {
    unsafe fn entries(block: *mut Block) -> std::ops::Range<usize> {
        // SAFETY: the block is alive.
        unsafe { (*block).first..(*block).first + (*block).count }
    }
}

const _: () = assert!(size_of::<Block>().is_multiple_of(align_of::<JSValue>()));

/// The names of the event's fields as the engine knows them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By key number.
    atoms: Vec<JSAtom>,
    /// Key by atom.
    keys: Vec<Option<Key>>,
}

impl Names {
    /// Interns every known name for the life of the machine.
    ///
    /// # Safety
    ///
    /// `ctx` is alive.
    pub(crate) unsafe fn new(ctx: *mut JSContext) -> Names {
        let mut names = Names::default();
        for key in Key::all() {
            let name = key.name();
            // SAFETY: the engine copies the name; the reference is never given up.
            let atom =
                unsafe { sys::JS_NewAtomLen(ctx, name.as_ptr().cast(), name.len() as sys::size_t) };
            names.atoms.push(atom);
            let at = atom as usize;
            if names.keys.len() <= at {
                names.keys.resize(at + 1, None);
            }
            names.keys[at] = Some(key);
        }
        names
    }

    fn key(&self, atom: JSAtom) -> Option<Key> {
        self.keys.get(atom as usize).copied().flatten()
    }

    fn atom(&self, key: Key) -> JSAtom {
        self.atoms[usize::from(key.number())]
    }
}

/// How much is made between two looks at the clock, in values; a text counts as one for each so many bytes.
const STEP: usize = 1 << 10;
const BYTES: usize = 128;

/// Whether to stop making values, since the invocation is to be left. What was made until then goes with its world.
unsafe fn hurry(host: &Host, text: usize) -> bool {
    let made = host.made.get() + 1 + text / BYTES;
    let look = made >= STEP;
    host.made.set(if look { 0 } else { made });
    // SAFETY: values are only made inside a trampoline, and the engine takes any value as an exception.
    unsafe {
        let stop = look && shim::overdue();
        if stop {
            sys::JS_Throw(host.ctx, sys::JS_NULL);
        }
        stop
    }
}

/// A value of the event; an exception where there is no memory or no time.
///
/// # Safety
///
/// Runs inside an invocation whose event the node belongs to.
pub(crate) unsafe fn value_of(host: &Host, node: Node<'_>) -> JSValue {
    let ctx = host.ctx;
    // SAFETY: every value that is made here is handed on.
    unsafe {
        let found = node.view();
        if hurry(host, if let View::Text(text) = &found { text.len() } else { 0 }) {
            return sys::JS_EXCEPTION;
        }
        match found {
            View::Null => sys::JS_NULL,
            View::Bool(value) => value::boolean(value),
            View::Int(value) => value::int(value),
            View::Float(value) => sys::JS_NewFloat64(value),
            View::Text(text) => value::string(ctx, text),
            View::List(list) => {
                let mut items = Vec::with_capacity(list.len());
                for item in list.iter() {
                    let item = value_of(host, item);
                    if sys::JS_IsException(item) {
                        return item;
                    }
                    items.push(item);
                }
                let array = value::list(ctx, &items);
                let hidden = list.hidden().map(|entry| (entry.name(), entry.value()));
                hide(host, array, hidden)
            }
            View::Map(map) => {
                if map.has_index_keys()
                    || map.total() == 0
                    || map.all().any(|entry| entry.key().is_none())
                {
                    plain(host, map)
                } else {
                    view(host, node, map)
                }
            }
        }
    }
}

const VISIBLE: c_int = sys::JS_PROP_C_W_E as c_int;
const HIDDEN: c_int = (sys::JS_PROP_CONFIGURABLE | sys::JS_PROP_WRITABLE) as c_int;

unsafe fn view(host: &Host, node: Node<'_>, map: MapView<'_>) -> JSValue {
    // SAFETY: the view of the visible entries keeps that of the hidden ones alive.
    unsafe {
        if map.total() == map.len() {
            return view_of(host, node, 0..map.len(), host.object_prototype);
        }
        let hidden = view_of(host, node, map.len()..map.total(), host.object_prototype);
        if sys::JS_IsException(hidden) {
            return hidden;
        }
        let object = view_of(host, node, 0..map.len(), hidden);
        sys::JS_FreeValue(host.ctx, hidden);
        object
    }
}

/// A view of some of a map's entries.
unsafe fn view_of(
    host: &Host,
    node: Node<'_>,
    entries: std::ops::Range<usize>,
    prototype: JSValue,
) -> JSValue {
    // SAFETY: the block is filled before the object can be reached.
    unsafe {
        let object = sys::JS_NewObjectProtoClass(host.ctx, prototype, host.view_class);
        if sys::JS_IsException(object) {
            return object;
        }
        let bytes = size_of::<Block>() + entries.len() * size_of::<JSValue>();
        let block = sys::js_malloc(host.ctx, bytes as sys::size_t).cast::<Block>();
        if block.is_null() {
            sys::JS_FreeValue(host.ctx, object);
            return sys::JS_EXCEPTION;
        }
        let (first, count) = (entries.start, entries.len());
        block.write(Block { offset: node.offset(), first, count });
        for index in entries {
            Block::slot(block, index).write(sys::JS_UNINITIALIZED);
        }
        sys::JS_SetOpaque(object, block.cast());
        object
    }
}

/// A plain object with lazily viewed values.
unsafe fn plain(host: &Host, map: MapView<'_>) -> JSValue {
    let ctx = host.ctx;
    // SAFETY: names are freed, values handed over.
    unsafe {
        let object = sys::JS_NewObject(ctx);
        for entry in map.iter() {
            if sys::JS_IsException(object)
                || !define(host, object, entry.name(), entry.value(), VISIBLE)
            {
                return sys::JS_EXCEPTION;
            }
        }
        let hidden = map.all().skip(map.len()).map(|entry| (entry.name(), entry.value()));
        hide(host, object, hidden)
    }
}

unsafe fn define(host: &Host, object: JSValue, name: &str, node: Node<'_>, flags: c_int) -> bool {
    // SAFETY: the name is freed, the value handed over.
    unsafe {
        let value = value_of(host, node);
        if sys::JS_IsException(value) {
            return false;
        }
        let atom = sys::JS_NewAtomLen(host.ctx, name.as_ptr().cast(), name.len() as sys::size_t);
        let done = sys::JS_DefinePropertyValue(host.ctx, object, atom, value, flags);
        sys::JS_FreeAtom(host.ctx, atom);
        done >= 0
    }
}

/// Gives an object names that resolve on access and in `in` and are none of its own: through a prototype between it and the one that it has.
unsafe fn hide<'a>(
    host: &Host,
    object: JSValue,
    hidden: impl Iterator<Item = (&'a str, Node<'a>)>,
) -> JSValue {
    let mut hidden = hidden.peekable();
    // SAFETY: the object keeps the prototype alive; what fails is freed.
    unsafe {
        if sys::JS_IsException(object) || hidden.peek().is_none() {
            return object;
        }
        let above = sys::JS_GetPrototype(host.ctx, object);
        let between = sys::JS_NewObjectProto(host.ctx, above);
        sys::JS_FreeValue(host.ctx, above);
        let done = !sys::JS_IsException(between)
            && hidden.all(|(name, node)| define(host, between, name, node, HIDDEN))
            && sys::JS_SetPrototype(host.ctx, object, between) >= 0;
        sys::JS_FreeValue(host.ctx, between);
        if done {
            return object;
        }
        sys::JS_FreeValue(host.ctx, object);
        sys::JS_EXCEPTION
    }
}

/// A view's block and map.
unsafe fn parts<'a>(host: &Host, object: JSValue) -> Option<(*mut Block, MapView<'a>)> {
    // SAFETY: the class's opaque pointer is a block, and the event outlives the invocation.
    unsafe {
        let block = sys::JS_GetOpaque(object, host.view_class).cast::<Block>();
        if block.is_null() || host.event.get().is_null() {
            return None;
        }
        let map = (*host.event.get()).node_at((*block).offset).as_map()?;
        Some((block, map))
    }
}

/// The value in a slot, made if it is not there yet; owned by the slot.
unsafe fn slot(host: &Host, block: *mut Block, map: MapView<'_>, index: usize) -> Option<JSValue> {
    // SAFETY: the index is one of the map's.
    unsafe {
        let slot = Block::slot(block, index);
        if sys::JS_IsUninitialized(*slot) {
            let value = value_of(host, map.entry(index)?.value());
            if sys::JS_IsException(value) {
                return None;
            }
            *slot = value;
        }
        Some(*slot)
    }
}

/// 0: no such field of this view's; 1: a visible one; 2: a hidden one; -1: an exception.
///
/// # Safety
///
/// Called by the trampoline with a view.
pub(crate) unsafe fn get(host: &Host, object: JSValue, name: JSAtom, out: *mut JSValue) -> c_int {
    // SAFETY: the caller's; `out` is null or writable.
    unsafe {
        let Some((block, map)) = parts(host, object) else { return 0 };
        let Some(index) = host.names.key(name).and_then(|key| map.position(key)) else { return 0 };
        if !Block::entries(block).contains(&index) {
            return 0;
        }
        if !out.is_null() {
            let Some(value) = slot(host, block, map, index) else { return -1 };
            *out = sys::JS_DupValue(host.ctx, value);
        }
        if index < map.len() { 1 } else { 2 }
    }
}

/// The names of the visible fields, in order.
///
/// # Safety
///
/// Called by the trampoline with a view.
pub(crate) unsafe fn names(
    host: &Host,
    object: JSValue,
    out: *mut *mut JSPropertyEnum,
    count: *mut u32,
) -> c_int {
    // SAFETY: the table is as long as the count says; the engine frees it and the names in it.
    unsafe {
        (*out, *count) = (std::ptr::null_mut(), 0);
        let Some((block, map)) = parts(host, object) else { return 0 };
        if (*block).first > 0 {
            return 0;
        }
        let bytes = map.len().max(1) * size_of::<JSPropertyEnum>();
        let table = sys::js_malloc(host.ctx, bytes as sys::size_t).cast::<JSPropertyEnum>();
        if table.is_null() {
            return -1;
        }
        let mut len = 0;
        for key in map.iter().filter_map(|entry| entry.key()) {
            let atom = sys::JS_DupAtom(host.ctx, host.names.atom(key));
            table.add(len).write(JSPropertyEnum { is_enumerable: true, atom });
            len += 1;
        }
        (*out, *count) = (table, len as u32);
        0
    }
}

/// Turns a view into a plain object with the same properties; -1 is an exception.
///
/// # Safety
///
/// Called by the trampoline with a view.
pub(crate) unsafe fn solidify(host: &Host, object: JSValue) -> c_int {
    // SAFETY: the head's layout was checked when the machine was made; the slots' references go over to the properties.
    unsafe {
        let Some((block, map)) = parts(host, object) else { return 0 };
        let head = value::object_head(object);
        let bits = (*head).bits;
        // What was made non-extensible still gets the fields that it had.
        (*head).bits |= EXTENSIBLE;
        for index in Block::entries(block) {
            let value = slot(host, block, map, index);
            let key = map.entry(index).and_then(|entry| entry.key());
            let (Some(value), Some(key)) = (value, key) else { return -1 };
            *Block::slot(block, index) = sys::JS_UNINITIALIZED;
            let flags =
                if index < map.len() { VISIBLE } else { HIDDEN } | sys::JS_PROP_NO_EXOTIC as c_int;
            let atom = host.names.atom(key);
            if sys::JS_DefinePropertyValue(host.ctx, object, atom, value, flags) < 0 {
                return -1;
            }
        }
        sys::JS_SetOpaque(object, std::ptr::null_mut());
        sys::js_free(host.ctx, block.cast());
        (*head).bits = bits & !EXOTIC;
        (*head).class_id = PLAIN_CLASS;
        0
    }
}

/// The first bytes of the engine's objects (`struct JSObject` in quickjs.c).
#[repr(C)]
pub(crate) struct ObjectHead {
    links: [*mut c_void; 2],
    bits: u8,
    more_bits: u8,
    class_id: u16,
}

const EXTENSIBLE: u8 = 1 << 1;
const EXOTIC: u8 = 1 << 3;
/// `JS_CLASS_OBJECT`.
const PLAIN_CLASS: u16 = 1;

/// Whether the engine lays its objects out as [`ObjectHead`] says, found out by looking at some.
///
/// # Safety
///
/// `ctx` is alive and the view class registered.
pub(crate) unsafe fn layout_is_known(host: &Host) -> bool {
    let ctx = host.ctx;
    // SAFETY: the objects are larger than the head.
    unsafe {
        let (plain, view) = (
            sys::JS_NewObject(ctx),
            sys::JS_NewObjectProtoClass(ctx, host.object_prototype, host.view_class),
        );
        let (plain_head, view_head) = (value::object_head(plain), value::object_head(view));
        let fresh = (*plain_head).bits & (EXTENSIBLE | EXOTIC) == EXTENSIBLE
            && (*view_head).bits & (EXTENSIBLE | EXOTIC) == EXTENSIBLE | EXOTIC
            && (*plain_head).bits | EXOTIC == (*view_head).bits
            && (*plain_head).class_id == PLAIN_CLASS
            && sys::JS_GetClassID(plain) == u32::from(PLAIN_CLASS)
            && u32::from((*view_head).class_id) == host.view_class;
        let before = (*plain_head).bits;
        sys::JS_PreventExtensions(ctx, plain);
        let known = fresh && (*plain_head).bits == before & !EXTENSIBLE;
        sys::JS_FreeValue(ctx, plain);
        sys::JS_FreeValue(ctx, view);
        known
    }
}

/// The largest event whose text is made without a look at the clock, in bytes; the engine's own way looks at it.
const AT_ONCE: usize = 4 << 20;

/// The event's own text for `JSON.stringify(view, replacer, space)`, where nobody could tell it from the original's answer.
///
/// # Safety
///
/// Called by the trampoline with the arguments of the call.
pub(crate) unsafe fn stringify(host: &Host, args: &[JSValue]) -> Option<String> {
    let argument = |index: usize| args.get(index).copied().unwrap_or(sys::JS_UNDEFINED);
    // SAFETY: looks at own properties of objects that are no proxies.
    unsafe {
        let (block, _) = parts(host, argument(0))?;
        if (*host.event.get()).as_bytes().len() > AT_ONCE {
            return None;
        }
        if !sys::JS_IsUndefined(argument(1)) && !sys::JS_IsNull(argument(1)) {
            return None;
        }
        // Any number of spaces, cut to ten; or any text, cut to ten characters (ECMA-262, 25.5.2).
        let gap = match value::to_scalar(host.ctx, argument(2)) {
            reactant_core::value::Value::Null if sys::JS_IsUndefined(argument(2)) => String::new(),
            reactant_core::value::Value::Null if sys::JS_IsNull(argument(2)) => String::new(),
            reactant_core::value::Value::Int(number) => " ".repeat(number.clamp(0, 10) as usize),
            reactant_core::value::Value::Text(text) if text.len() <= 10 && text.is_ascii() => text,
            _ => return None,
        };
        if !untouched(host, argument(0)) || to_json_in_reach(host) {
            return None;
        }
        let indent = if gap.is_empty() { Indent::None } else { Indent::By(&gap) };
        Some((*host.event.get()).node_at((*block).offset).to_json(indent))
    }
}

/// Whether a view and what was read from it are as the event has them. A list that was handed out may have been changed.
unsafe fn untouched(host: &Host, object: JSValue) -> bool {
    // SAFETY: slots hold values of the engine.
    unsafe {
        let Some((block, map)) = parts(host, object) else { return false };
        let prototype = sys::JS_GetPrototype(host.ctx, object);
        sys::JS_FreeValue(host.ctx, prototype);
        let has_hidden = (*block).first == 0 && map.total() > map.len();
        let plain = match has_hidden {
            true => parts(host, prototype).is_some_and(|(above, _)| {
                (*above).offset == (*block).offset && untouched(host, prototype)
            }),
            false => same_object(prototype, host.object_prototype),
        };
        if !plain {
            return false;
        }
        Block::entries(block).all(|index| {
            let value = *Block::slot(block, index);
            !sys::JS_IsObject(value) || untouched(host, value)
        })
    }
}

unsafe fn same_object(a: JSValue, b: JSValue) -> bool {
    // SAFETY: compares addresses.
    unsafe { sys::JS_IsObject(a) && sys::JS_IsObject(b) && a.u.ptr == b.u.ptr }
}

/// Whether a plain object or array could answer to `toJSON`.
unsafe fn to_json_in_reach(host: &Host) -> bool {
    let ctx = host.ctx;
    let own = |object| {
        // SAFETY: neither prototype can become a proxy.
        unsafe {
            sys::JS_GetOwnProperty(ctx, std::ptr::null_mut(), object, sys::JS_ATOM_toJSON as JSAtom)
                != 0
        }
    };
    // SAFETY: the prototypes live as long as the machine.
    unsafe {
        let above = sys::JS_GetPrototype(ctx, host.array_prototype);
        sys::JS_FreeValue(ctx, above);
        own(host.object_prototype)
            || own(host.array_prototype)
            || !same_object(above, host.object_prototype)
    }
}

/// Frees what a view holds; the engine calls it when the object goes.
///
/// # Safety
///
/// Called by the engine with a view.
pub(crate) unsafe extern "C" fn finalize(rt: *mut JSRuntime, object: JSValue) {
    // SAFETY: a view's opaque pointer is a block or null, and the object is not used again.
    unsafe {
        let mut class = 0;
        let block = sys::JS_GetAnyOpaque(object, &mut class).cast::<Block>();
        if block.is_null() {
            return;
        }
        for index in Block::entries(block) {
            sys::JS_FreeValueRT(rt, *Block::slot(block, index));
        }
        sys::js_free_rt(rt, block.cast());
    }
}

/// Shows the cycle collector what a view holds.
///
/// # Safety
///
/// Called by the engine with a view.
pub(crate) unsafe extern "C" fn mark(rt: *mut JSRuntime, object: JSValue, visit: sys::JS_MarkFunc) {
    // SAFETY: as in `finalize`.
    unsafe {
        let mut class = 0;
        let block = sys::JS_GetAnyOpaque(object, &mut class).cast::<Block>();
        if block.is_null() {
            return;
        }
        for index in Block::entries(block) {
            sys::JS_MarkValue(rt, *Block::slot(block, index), visit);
        }
    }
}
