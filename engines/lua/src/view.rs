//! `data`: tables that stand for a level of the packed event, and are filled when they are first touched.
//!
//! A view is a table with our own metatable that holds nothing but the place of its level in the event, under a key that no script has. The metamethods fill it: the metatable
//! goes, the fields come, and the script's operation goes on with a plain table. Natives that read tables raw fill their arguments first (`natives.rs`).
//! Scripts never see these metatables: for `getmetatable` and `setmetatable` there are none.

#![allow(unsafe_code, reason = "makes and fills tables through Lua's C interface")]

use std::{
    ffi::{c_int, c_void},
    ptr::null,
};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::packed::{Entry, Node, View};

use crate::{
    dialect::{self, metatable},
    host::{self, Host, Raise},
    value,
};

/// Our metatables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// Of a view that is not filled.
    view: Mark,
    /// Of a list, so that an empty one stays one.
    list: Mark,
    /// No metatable: the lists that have one of the script's, as weak keys.
    relisted: Mark,
    /// No metatable: the filled levels, so that no other table gets the address of one.
    filled: Mark,
}

/// A metatable that the registry keeps.
#[derive(Debug, Clone, Copy)]
struct Mark {
    address: *const c_void,
    reference: c_int,
}

impl Default for Marks {
    fn default() -> Self {
        let none = Mark { address: null(), reference: ffi::LUA_NOREF };
        Marks { view: none, list: none, relisted: none, filled: none }
    }
}

/// At index 1 of a metatable of a filled level with hidden entries; at index 2 it says whether that is a list.
static HIDDEN: u8 = 0;

fn hidden_mark() -> *mut c_void {
    (&raw const HIDDEN).cast_mut().cast()
}

/// Under its address a view keeps its place in the event.
static PLACE: u16 = 0;

fn place_key() -> *const c_void {
    (&raw const PLACE).cast()
}

/// Makes the metatables.
///
/// # Safety
///
/// The host is at work on a new state.
pub(crate) unsafe fn install(host: &Host, l: *mut lua_State) {
    // SAFETY: allocations do not fail; the registry keeps the tables.
    unsafe {
        let keep = || {
            let address = ffi::lua_topointer(l, -1);
            dialect::freeze(l);
            Mark { address, reference: ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX) }
        };
        ffi::lua_createtable(l, 0, 4);
        for (name, function) in [
            (c"__index", index as ffi::lua_CFunction),
            (c"__newindex", new_index),
            (c"__len", length),
            (c"__iter", iterate),
        ] {
            dialect::push_function(l, function, name, 0);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        let view = keep();
        ffi::lua_createtable(l, 0, 0);
        let list = keep();
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_pushstring(l, c"k".as_ptr());
        ffi::lua_setfield(l, -2, c"__mode".as_ptr());
        ffi::lua_setmetatable(l, -2);
        let address = ffi::lua_topointer(l, -1);
        let relisted = Mark { address, reference: ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX) };
        ffi::lua_pushboolean(l, 0);
        let filled = Mark { address: null(), reference: ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX) };
        host.marks.set(Marks { view, list, relisted, filled });
    }
}

unsafe fn set_mark(l: *mut lua_State, mark: Mark) {
    // SAFETY: the table is on the top.
    unsafe {
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, mark.reference.into());
        ffi::lua_setmetatable(l, -2);
    }
}

/// Marks the table on the top as a list.
///
/// # Safety
///
/// There is a table of ours on the top.
pub(crate) unsafe fn mark_list(host: &Host, l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe { set_mark(l, host.marks.get().list) }
}

/// Whether the value is a view that is not filled.
///
/// # Safety
///
/// `index` is valid.
pub(crate) unsafe fn is_view(host: &Host, l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: only tables are asked.
    unsafe {
        ffi::lua_type(l, index) == ffi::LUA_TTABLE
            && metatable(l, index) == host.marks.get().view.address
    }
}

/// What a metatable of ours says of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A list of the event or of JSON.
    List,
    /// Any other table of the event.
    Map,
}

/// What a metatable of ours says of a table; `None` for a table that has none of ours.
///
/// # Safety
///
/// There is a table at `index`.
pub(crate) unsafe fn kind(host: &Host, l: *mut lua_State, index: c_int) -> Option<Kind> {
    // SAFETY: what is pushed is popped.
    unsafe {
        let address = metatable(l, index);
        let marks = host.marks.get();
        if address.is_null() {
            return None;
        }
        if address == marks.list.address {
            return Some(Kind::List);
        }
        if address == marks.view.address {
            let list = node(host, l, index).is_some_and(|node| node.as_list().is_some());
            return Some(if list { Kind::List } else { Kind::Map });
        }
        let top = ffi::lua_gettop(l);
        ffi::lua_getmetatable(l, index);
        ffi::lua_rawgeti(l, -1, 1);
        let ours = ffi::lua_touserdata(l, -1) == hidden_mark();
        ffi::lua_rawgeti(l, -2, 2);
        let list = ffi::lua_toboolean(l, -1) != 0;
        ffi::lua_settop(l, top);
        ours.then_some(if list { Kind::List } else { Kind::Map })
    }
}

/// Whether a table came as a list.
///
/// # Safety
///
/// There is a table at `index`.
pub(crate) unsafe fn is_marked(host: &Host, l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: the caller's.
    unsafe {
        match kind(host, l, index) {
            Some(kind) => kind == Kind::List,
            None => is_relisted(host, l, index),
        }
    }
}

/// Notes that a table is a list, though it will not have a metatable of ours.
///
/// # Safety
///
/// The host is at work, and there is a table at the absolute index.
pub(crate) unsafe fn keep_list(host: &Host, l: *mut lua_State, index: c_int) {
    // SAFETY: what is pushed is popped.
    unsafe {
        host.relisted.set(true);
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, host.marks.get().relisted.reference.into());
        ffi::lua_pushvalue(l, index);
        ffi::lua_pushboolean(l, 1);
        ffi::lua_rawset(l, -3);
        ffi::lua_settop(l, -2);
    }
}

unsafe fn is_relisted(host: &Host, l: *mut lua_State, index: c_int) -> bool {
    if !host.relisted.get() {
        return false;
    }
    // SAFETY: what is pushed is popped.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, host.marks.get().relisted.reference.into());
        ffi::lua_pushvalue(l, index);
        ffi::lua_rawget(l, -2);
        let found = ffi::lua_type(l, -1) != ffi::LUA_TNIL;
        ffi::lua_settop(l, -3);
        found
    }
}

/// The level that a view which is not filled stands for.
///
/// # Safety
///
/// There is such a view at `index`.
pub(crate) unsafe fn node<'a>(host: &Host, l: *mut lua_State, index: c_int) -> Option<Node<'a>> {
    // SAFETY: the event is valid during the invocation, and views do not outlive it.
    unsafe {
        ffi::lua_rawgetp(l, index, place_key());
        let offset = ffi::lua_tonumber(l, -1) as usize;
        ffi::lua_settop(l, -2);
        let event = host.event.get();
        (!event.is_null()).then(|| (*event).node_at(offset))
    }
}

/// Pushes a value of the event.
///
/// # Safety
///
/// The host is at work during an invocation whose event the node belongs to.
pub(crate) unsafe fn push(host: &Host, l: *mut lua_State, node: Node<'_>) {
    // SAFETY: each arm pushes one value.
    unsafe {
        match node.view() {
            View::Null => ffi::lua_pushnil(l),
            View::Bool(value) => ffi::lua_pushboolean(l, c_int::from(value)),
            View::Int(value) => value::push_int(l, value),
            View::Float(value) => ffi::lua_pushnumber(l, value),
            View::Text(text) => value::push_text(l, text),
            View::List(list) => view(host, l, node, list.len(), 1),
            View::Map(map) => view(host, l, node, 0, map.len() + 1),
        }
    }
}

unsafe fn view(host: &Host, l: *mut lua_State, node: Node<'_>, items: usize, fields: usize) {
    let size = |count: usize| c_int::try_from(count).unwrap_or(0);
    // SAFETY: the table is on the top.
    unsafe {
        ffi::lua_createtable(l, size(items), size(fields));
        ffi::lua_pushnumber(l, node.offset() as f64);
        ffi::lua_rawsetp(l, -2, place_key());
        set_mark(l, host.marks.get().view);
    }
}

/// How many entries of a level are made between two looks at the clock and the memory.
const CHECKS: usize = 512;

fn look(host: &Host, made: usize) -> Result<(), Raise> {
    if made % CHECKS == CHECKS - 1 { host.check() } else { Ok(()) }
}

/// Fills a view; leaves any other value as it is.
///
/// # Errors
///
/// [`Raise::Stopped`] where a limit is reached meanwhile: what is made of the view then, nobody sees. An error where the stack cannot grow.
///
/// # Safety
///
/// The host is at work, and `index` is valid.
pub(crate) unsafe fn fill(host: &Host, l: *mut lua_State, index: c_int) -> Result<(), Raise> {
    // SAFETY: keys are texts and numbers; what is pushed is popped.
    unsafe {
        if !is_view(host, l, index) {
            return Ok(());
        }
        if ffi::lua_checkstack(l, 8) == 0 {
            return Err(Raise::Error("stack overflow".into()));
        }
        let index = ffi::lua_absindex(l, index);
        let Some(node) = node(host, l, index) else { return Ok(()) };
        ffi::lua_pushnil(l);
        ffi::lua_setmetatable(l, index);
        ffi::lua_pushnil(l);
        ffi::lua_rawsetp(l, index, place_key());
        match node.view() {
            View::List(list) => {
                for (place, item) in list.iter().enumerate() {
                    push(host, l, item);
                    ffi::lua_rawseti(l, index, place as ffi::lua_Integer + 1);
                    look(host, place)?;
                }
                if list.hidden().len() > 0 {
                    hide(host, l, index, list.hidden(), true);
                } else {
                    ffi::lua_pushvalue(l, index);
                    mark_list(host, l);
                    ffi::lua_settop(l, -2);
                }
            }
            View::Map(map) => {
                for (made, entry) in map.iter().enumerate() {
                    value::push_text(l, entry.name());
                    push(host, l, entry.value());
                    ffi::lua_rawset(l, index);
                    look(host, made)?;
                }
                if map.hidden().len() > 0 {
                    hide(host, l, index, map.hidden(), false);
                }
                keep(host, l, index, node.offset());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Notes which level of the event a table is, and keeps it.
unsafe fn keep(host: &Host, l: *mut lua_State, index: c_int, offset: usize) {
    let mut filled = host.filled.borrow_mut();
    let reference = host.marks.get().filled.reference.into();
    // SAFETY: what is pushed is popped.
    unsafe {
        if filled.is_empty() {
            ffi::lua_createtable(l, 8, 0);
            ffi::lua_rawseti(l, ffi::LUA_REGISTRYINDEX, reference);
        }
        filled.insert(ffi::lua_topointer(l, index) as usize, offset);
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, reference);
        ffi::lua_pushvalue(l, index);
        ffi::lua_rawseti(l, -2, filled.len() as ffi::lua_Integer);
        ffi::lua_settop(l, -2);
    }
}

/// Forgets the levels of an event, and which lists have metatables of the script's.
///
/// # Safety
///
/// The host is at work, and no script runs.
pub(crate) unsafe fn forget(host: &Host, l: *mut lua_State) {
    if host.relisted.take() {
        // SAFETY: what is pushed is popped.
        unsafe {
            let reference = host.marks.get().relisted.reference.into();
            ffi::lua_createtable(l, 0, 0);
            ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, reference);
            if ffi::lua_getmetatable(l, -1) != 0 {
                ffi::lua_setmetatable(l, -3);
            }
            ffi::lua_settop(l, -2);
            ffi::lua_rawseti(l, ffi::LUA_REGISTRYINDEX, reference);
        }
    }
    let mut filled = host.filled.borrow_mut();
    if !filled.is_empty() {
        filled.clear();
        // SAFETY: what is pushed is popped.
        unsafe {
            ffi::lua_pushboolean(l, 0);
            let reference = host.marks.get().filled.reference.into();
            ffi::lua_rawseti(l, ffi::LUA_REGISTRYINDEX, reference);
        }
    }
}

/// Puts hidden entries behind a metatable of the table: they are read, and not enumerated.
unsafe fn hide<'a>(
    host: &Host,
    l: *mut lua_State,
    index: c_int,
    entries: impl Iterator<Item = Entry<'a>>,
    list: bool,
) {
    // SAFETY: the table is at `index`; what is pushed is popped.
    unsafe {
        ffi::lua_createtable(l, 2, 1);
        ffi::lua_pushlightuserdata(l, hidden_mark());
        ffi::lua_rawseti(l, -2, 1);
        ffi::lua_pushboolean(l, c_int::from(list));
        ffi::lua_rawseti(l, -2, 2);
        ffi::lua_createtable(l, 0, 4);
        for entry in entries {
            value::push_text(l, entry.name());
            push(host, l, entry.value());
            ffi::lua_rawset(l, -3);
        }
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_setmetatable(l, index);
    }
}

unsafe extern "C-unwind" fn index(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with a table and a key.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_settop(l, 2);
            fill(host, l, 1)?;
            // A hidden entry is behind a metatable of ours, which runs no script code.
            ffi::lua_pushvalue(l, 2);
            ffi::lua_rawget(l, 1);
            if ffi::lua_type(l, -1) == ffi::LUA_TNIL && kind(host, l, 1).is_some() {
                ffi::lua_settop(l, 2);
                ffi::lua_gettable(l, 1);
            }
            Ok(1)
        })
    }
}

unsafe extern "C-unwind" fn new_index(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with a table, a key and a value. Which keys it refuses is Lua's to say, when nothing is left to drop.
    unsafe {
        ffi::lua_settop(l, 3);
        crate::natives::fill(l, 1);
        ffi::lua_rawset(l, 1);
        0
    }
}

unsafe extern "C-unwind" fn length(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with a table.
    unsafe {
        host::native(l, |host, l| {
            fill(host, l, 1)?;
            let length = ffi::lua_rawlen(l, 1);
            value::push_int(l, length as i64);
            Ok(1)
        })
    }
}

/// Luau's `for key, value in table do`.
unsafe extern "C-unwind" fn iterate(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with a table.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_settop(l, 1);
            fill(host, l, 1)?;
            ffi::lua_pushcclosure(l, crate::natives::next, 0);
            ffi::lua_insert(l, 1);
            Ok(2)
        })
    }
}
