//! Builds the plain Lua that a dialect's feature asks for; Luau comes with its bindings.
//!
//! The sources are those that the bindings would build themselves. They are built here because of what is defined for them, and replaced in them:
//!
//! - Lua 5.4 seeds the hashes of its strings by the time and by addresses, so that `pairs` would give another order in each process, and a replay other bytes.
//!   And a collection of tables that are weak keys of one another takes a time that grows with the square of their number, and cannot be ended: the `strchr`
//!   that Lua reads modes with is one of this crate (`dialect/lua54.rs`), which does not see that keys are weak.
//! - LuaJIT is built without what leaves the interpreter, and some of its lines are replaced (`LINES`).

fn main() {
    #[cfg(all(feature = "luajit", not(feature = "luau")))]
    if std::env::args().nth(1).is_some() {
        return luajit::replace();
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CFLAGS");
    #[cfg(all(feature = "lua54", not(feature = "luau")))]
    lua54();
    #[cfg(all(feature = "luajit", not(feature = "luau")))]
    luajit::build();
}

/// Adds definitions for the C compiler of this process.
#[allow(unsafe_code, reason = "the environment is what the C compiler's driver reads")]
#[cfg(all(any(feature = "lua54", feature = "luajit"), not(feature = "luau")))]
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

#[cfg(all(feature = "luajit", not(feature = "luau")))]
mod luajit {
    use std::{env, fs, path::Path};

    /// Hooks are not called in compiled traces; a foreign function, or a buffer's text, is out of reach of every limit. `#` asks metatables, as in Lua 5.2. Errors leave
    /// by jumps, as in Lua 5.4. A string is known in tables by what `reactant_lua_hash` gives.
    const FLAGS: &str = "-DLUAJIT_DISABLE_JIT -DLUAJIT_DISABLE_FFI -DLUAJIT_DISABLE_BUFFER -DLUAJIT_DISABLE_PROFILE -DLUAJIT_NO_UNWIND -DLUAJIT_SECURITY_STRID=0";

    /// A file, what stands in it once, and what is to stand there.
    const LINES: [(&str, &str, &str); 7] = [
        // A hook on a full stack raised an error before it looked at the clock. Ours pushes one value, for which there is always room.
        (
            "lj_dispatch.c",
            "    lj_state_checkstack(L, 1+LUA_MINSTACK);\n",
            "    /* What it pushes has room. */\n",
        ),
        // A string was known by how many there had been before, and so was its place in a table: `pairs` told what ran earlier.
        (
            "lj_str.c",
            "#ifndef STRID_RESEED_INTERVAL\n  s->sid = g->str.id++;\n",
            "#ifndef STRID_RESEED_INTERVAL\n  { extern StrID reactant_lua_hash(const char *, MSize); s->sid = reactant_lua_hash(str, len); }\n",
        ),
        // Tables, functions and threads were known by their addresses. Now they have numbers, in four bytes that nothing used, which count from the start of an invocation.
        (
            "lj_gc.c",
            "  newwhite(g, o);\n  return o;\n}\n",
            "  newwhite(g, o);\n  LJ_STATIC_ASSERT(offsetof(GCtab, array) == 16 && offsetof(GCfuncC, env) == 16 && offsetof(GCudata, env) == 16 && offsetof(lua_State, glref) == 16);\n  ((uint32_t *)o)[3] = g->str.id++;\n  return o;\n}\nLUA_API void reactant_lua_number_from(lua_State *L, uint32_t first) { G(L)->str.id = first; }\n",
        ),
        (
            "lj_tab.c",
            "    return hashgcref(t, key->gcr);\n",
            "    return tvisgcv(key) ? hashmask(t, ((uint32_t *)gcV(key))[3]) : hashgcref(t, key->gcr);\n",
        ),
        // Texts show these numbers as well.
        (
            "lj_strfmt.c",
            "      p = lj_strfmt_wptr(p, lj_obj_ptr(G(L), o));\n",
            "      p = lj_strfmt_wptr(p, (void *)(uintptr_t)(tvisgcv(o) ? ((uint32_t *)gcV(o))[3] : 0));\n",
        ),
        (
            "lj_strfmt.c",
            "\tlj_strfmt_putptr(sb, lj_obj_ptr(G(L), o));\n",
            "\tlj_strfmt_putptr(sb, (void *)(uintptr_t)(tvisgcv(o) ? ((uint32_t *)gcV(o))[3] : 0));\n",
        ),
        // Half of the buffer in which long texts are made was kept at each collection.
        (
            "lj_gc.c",
            "  lj_buf_shrink(L, &g->tmpbuf);  /* Shrink temp buffer. */\n",
            "  lj_buf_free(g, &g->tmpbuf); lj_buf_init(L, &g->tmpbuf);\n",
        ),
    ];

    /// The crate with the sources copies them and calls `make` in the copy. A makefile that `make` reads before any other has this program replace the lines.
    #[allow(unsafe_code, reason = "the environment is what `make` reads")]
    pub(super) fn build() {
        let out = env::var_os("OUT_DIR").expect("cargo sets it");
        let program = env::current_exe().expect("this program has a path");
        let makefile = Path::new(&out).join("replace.mk");
        let rule = format!(
            "LINES := $(shell '{}' replace)\nifneq ($(LINES),replaced)\n$(error $(LINES) is not what is to be changed)\nendif\n",
            program.display()
        );
        fs::write(&makefile, rule).expect("the build folder can be written");
        // SAFETY: nothing else runs in this process yet.
        unsafe {
            env::set_var("MAKEFILES", makefile);
            // The library alone: LuaJIT's own program would miss the function of this crate.
            env::set_var("TARGET_T", "libluajit.a");
        }
        super::define(FLAGS);
        let artifacts = luajit_src::Build::new().lua52compat(true).debug(false).build();
        artifacts.print_cargo_metadata();
    }

    /// Replaces the lines in the sources here, unless that was done.
    pub(super) fn replace() {
        for (file, old, new) in LINES {
            let text = fs::read_to_string(file).unwrap_or_default();
            if text.contains(new) && !text.contains(old) {
                continue;
            }
            if text.matches(old).count() != 1 || fs::write(file, text.replace(old, new)).is_err() {
                return println!("{file}");
            }
        }
        println!("replaced");
    }
}
