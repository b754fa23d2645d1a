//! What each dialect does in its own way: one of these modules is built, and the rest of the crate asks it.
//!
//! Luau (`dialect/luau.rs`) has an interrupt, frozen tables and tables that can be cloned. Plain Lua (`plain.rs`) has none of these: Lua 5.4
//! (`dialect/lua54.rs`) and LuaJIT (`dialect/luajit.rs`) are held to their deadline by a hook that counts instructions, and what the hook does not reach is
//! written anew.

#[cfg(feature = "lua54")]
mod lua54;
#[cfg(feature = "luajit")]
mod luajit;
#[cfg(feature = "luau")]
mod luau;

#[cfg(not(any(feature = "luau", feature = "lua54", feature = "luajit")))]
compile_error!(
    "reactant-engine-lua needs a dialect: enable exactly one of the features `luau` (on by default), `lua54` and `luajit`"
);
#[cfg(any(
    all(feature = "luau", feature = "lua54"),
    all(feature = "luau", feature = "luajit"),
    all(feature = "lua54", feature = "luajit")
))]
compile_error!(
    "a program holds one dialect of Lua: enable exactly one of the features `luau` (on by default: `--no-default-features` switches it off), `lua54` and `luajit`"
);

#[cfg(feature = "lua54")]
pub(crate) use lua54::*;
#[cfg(feature = "luajit")]
pub(crate) use luajit::*;
#[cfg(feature = "luau")]
pub(crate) use luau::*;

/// A call on the stack.
pub(crate) struct Call {
    /// The file's name, or the C library's mark.
    pub(crate) source: String,
    /// What kind of function: `Lua`, `C` or `main`.
    pub(crate) what: String,
    /// The line where it is; not positive where there is none.
    pub(crate) line: i32,
    /// What it is called; empty where it has no name.
    pub(crate) name: String,
}
