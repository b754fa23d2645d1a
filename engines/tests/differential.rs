//! Generated programs mean the same in every language.
//!
//! A program of a small neutral grammar (`program.rs`) is written in JavaScript, Lua and Rhai (`write.rs`) and run on generated events. Each language must
//! leave the same journal: how each invocation ended, its log lines, its acts with arguments, results and `Errno`, and what is stored afterwards (`journal.rs`).
//! Values are proved in the same way: every JSON value, there and back through a helper and through JSON text (`values.rs`).
//!
//! `REACTANT_SEED=N` gives other programs, `REACTANT_PROGRAMS=N` more of them; both are printed. What differs is made smaller and shown in every language.
#![allow(clippy::print_stdout, reason = "the seed is printed")]

#[path = "differential/journal.rs"]
mod journal;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/values.rs"]
mod values;
#[path = "differential/write.rs"]
mod write;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use program::Case;

/// Programs that run on one machine, one after another.
const BATCH: usize = 50;

fn main() -> ExitCode {
    let number = |name: &str, usual: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (seed, programs) = (number("REACTANT_SEED", 0), number("REACTANT_PROGRAMS", 2_000));
    println!("REACTANT_SEED={seed} REACTANT_PROGRAMS={programs}");
    let trials = vec![
        Trial::test("programs_leave_the_same_journal_in_every_language", move || {
            programs_agree(seed, programs as usize).map_err(Failed::from)
        }),
        Trial::test("values_come_back_by_one_rule_in_every_language", move || {
            values::agree(seed, programs as usize).map_err(Failed::from)
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A runner whose choices follow from the seed alone.
fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random)
}

fn programs_agree(seed: u64, programs: usize) -> Result<(), String> {
    let mut runner = runner(seed);
    let strategy = program::case();
    let mut left = programs;
    while left > 0 {
        let count = left.min(BATCH);
        left -= count;
        let trees: Result<Vec<_>, _> = (0..count).map(|_| strategy.new_tree(&mut runner)).collect();
        let mut trees = trees.map_err(|reason| reason.to_string())?;
        let cases: Vec<Case> = trees.iter().map(ValueTree::current).collect();
        let Some(wrong) = journal::first_difference(&cases)? else { continue };
        return Err(smallest(&mut trees[wrong])?);
    }
    Ok(())
}

/// The smallest case found from this one that still differs, shown whole.
fn smallest(tree: &mut impl ValueTree<Value = Case>) -> Result<String, String> {
    let differs = |case: &Case| {
        Ok::<_, String>(journal::first_difference(std::slice::from_ref(case))?.is_some())
    };
    let mut best = tree.current();
    if !differs(&best)? {
        return Ok(format!("only within its batch, differs:\n{}", journal::show(&best)?));
    }
    for _ in 0..500 {
        if differs(&tree.current())? {
            best = tree.current();
            if !tree.simplify() {
                break;
            }
        } else if !tree.complicate() {
            break;
        }
    }
    journal::show(&best)
}
