//! Reactions in Lua: Luau, or Lua 5.4 or LuaJIT in its place.
//!
//! A machine is one Lua state with a read-only standard library. Each invocation gets a fresh table of globals and runs the script's top level
//! anew in it, so that nothing of an earlier one is left (`machine.rs`). The event is read through tables that are filled one level at a time, when
//! a level is first touched (`view.rs`). Memory is counted where it is allocated (`state.rs`); the deadline is looked at where the virtual machine
//! calls and jumps back, and natives that would run or allocate for long between two such places are bounded before they start (`natives.rs`).

#[cfg(not(any(feature = "luau", feature = "lua54", feature = "luajit")))]
compile_error!("choose a dialect: one of the features `luau`, `lua54` and `luajit`");
#[cfg(any(
    all(feature = "luau", feature = "lua54"),
    all(feature = "luau", feature = "luajit"),
    all(feature = "lua54", feature = "luajit"),
))]
compile_error!(
    "one dialect a binary: of the features `luau`, `lua54` and `luajit` choose one, without the default features"
);

mod definitions;
mod engine;
mod error;
mod host;
mod json;
mod machine;
mod natives;
mod state;
mod value;
mod view;

pub use engine::Engine;
