//! Compiles QuickJS as rquickjs-sys does: the same files, definitions and flags.

use std::{env, path::Path};

const SOURCES: [&str; 4] = ["libregexp.c", "libunicode.c", "quickjs.c", "dtoa.c"];

fn main() {
    println!("cargo:rerun-if-changed=quickjs");
    println!("cargo:rerun-if-env-changed=CARGO_CFG_SANITIZE");
    let mut build = cc::Build::new();
    build
        .extra_warnings(false)
        .flag_if_supported("-Wno-implicit-const-int-float-conversion")
        .define("_GNU_SOURCE", None)
        .files(SOURCES.map(|source| Path::new("quickjs").join(source)));
    if let Ok(sanitizer) = env::var("CARGO_CFG_SANITIZE") {
        build
            .flag(format!("-fsanitize={sanitizer}"))
            .flag("-fno-sanitize-recover=all")
            .flag("-fno-omit-frame-pointer");
    }
    build.compile("libquickjs.a");
}
