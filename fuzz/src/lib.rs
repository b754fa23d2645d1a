//! What the fuzz targets do with an input. Each target is a binary below `targets/` that hands its bytes to one function of this library.
//!
//! The inputs are not the texts themselves but what generators choose by: a byte decides which field is changed or which statement comes next, so that most inputs
//! get past the first parser. Every module has a mode that takes the bytes as they are, too.
//!
//! # Running them
//!
//! Coverage guides libFuzzer on stable Rust: LLVM's pass for it is a stable option of the compiler (`-Cpasses=sancov-module`), and only the sanitizers need
//! a nightly one. `.ci/fuzz` builds the targets that way and runs each for as many seconds as it is told; `cargo +stable fuzz run --sanitizer none program_lua`
//! of cargo-fuzz does the same. The Rust code is covered, that of the dependencies included; the C of QuickJS and the C++ of Luau are not, since C compilers
//! do so only in clang. There the generators do the work alone.
//!
//! libFuzzer prints the seed of a run, and writes the input of a crash to a file that the target takes as an argument to repeat it. With `SHOW=1` the
//! `program_…` targets print the program of each input before they run it. A finding becomes a case of the corpus (`engines/tests/corpus`).

pub mod dns;
pub mod event;
mod input;
mod json;
pub mod program;
pub mod values;
mod world;

/// What counts the memory of Rhai's scripts.
#[global_allocator]
static METER: reactant_engines::Meter = reactant_engines::Meter::system();
