//! Builds the plain Lua that a dialect's feature asks for; Luau comes with its bindings.
//!
//! The sources are those that the bindings would build themselves. They are built here because of two definitions. Lua seeds the hashes of its strings by the
//! time and by addresses, so that `pairs` would give another order in each process, and a replay other bytes. And a collection of tables that are weak keys
//! of one another takes a time that grows with the square of their number, and cannot be ended: the `strchr` that Lua reads modes with is one of this
//! crate (`dialect/lua54.rs`), which does not see that keys are weak.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CFLAGS");
    #[cfg(all(feature = "lua54", not(feature = "luau")))]
    lua54();
}

/// Adds definitions for the C compiler of this process.
#[allow(unsafe_code, reason = "the environment is what the C compiler's driver reads")]
#[cfg(all(feature = "lua54", not(feature = "luau")))]
fn define(definitions: &str) {
    let flags = std::env::var("CFLAGS").unwrap_or_default();
    // SAFETY: nothing else runs in this process yet.
    unsafe { std::env::set_var("CFLAGS", format!("{flags} {definitions}")) };
}

#[cfg(all(feature = "lua54", not(feature = "luau")))]
fn lua54() {
    define("-Dluai_makeseed(L)=0x2f1e4b6d -Dstrchr=reactant_lua_strchr");
    let artifacts = lua_src::Build::new().opt_level("2").build(lua_src::Lua54);
    artifacts.print_cargo_metadata();
}
