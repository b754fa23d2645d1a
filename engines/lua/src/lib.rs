//! Reactions in Lua: on Luau, or on Lua 5.4 or LuaJIT where the feature `lua54` or `luajit` stands in the place of `luau`.
//!
//! A machine is one Lua state with a read-only standard library. Each invocation gets a fresh table of globals and runs the script's top level
//! anew in it, so that nothing of an earlier one is left (`machine.rs`). The event is read through tables that are filled one level at a time, when
//! a level is first touched (`view.rs`). Memory is counted where it is allocated (`state.rs`); the deadline is looked at where the virtual machine
//! calls, returns and jumps back (Luau), or each few instructions (the others), and natives that would run or allocate for long between two such places are
//! bounded before they start (`natives.rs`). What the dialects do in their own ways is `dialect.rs`'s to know.
//!
//! A stop is an error that may be caught, and is raised again at the next of these places and by every helper, until the script is left.
//!
//! # What a reaction has
//!
//! The libraries `string`, `table`, `math`, `utf8`, `bit32`, `bit`, `buffer`, `vector` and `coroutine` as far as the dialect has them; of `os` the clock of the run
//! (`clock`, `time`, `date`, `difftime`, in UTC); `json.encode(value, indent)` and `json.decode(text)`. There is no `print`, `load`, `require`, `debug`, `io`,
//! `getfenv`, `setfenv`, `newproxy`, `string.dump` or `collectgarbage`; `__gc` is a field as any other. `math.random` is seeded for each invocation.
//! `process` may be a global or a local function.
//!
//! A table is a JSON list if its keys are 1 to n without a gap, or if it came as a list (of the event, a helper or `json.decode`): such a one keeps the
//! places of members that are nil up to its last. Any other table is an object, `{}` too, and so is a list that got another key: nothing is lost. The fields
//! of an object are written in the order of their keys' bytes, those of a level of the event in its own order.
//!
//! # What is not promised
//!
//! [`ReactionEngine::overruns`](reactant_core::engine::ReactionEngine::overruns) names what runs between two looks at the clock: its time is bounded by the
//! memory limit and by the length of a script, not by the deadline. The functions of `table` do not ask metatables. A newer spelling of a field is not
//! found any more in a level that was given a metatable of the script's. What compiling takes beside the state is about thirty times the length of the script. The order of
//! `pairs` is the same in every process, which somebody who chooses a table's keys could use to make it slow.

mod definitions;
mod dialect;
mod engine;
mod error;
mod host;
mod json;
mod machine;
mod natives;
#[cfg(not(feature = "luau"))]
mod plain;
mod shape;
mod state;
mod value;
mod view;

pub use engine::Engine;
