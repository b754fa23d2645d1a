//! How far a replay has come, for whoever watches a terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::Console;

/// Drawings a second.
const RATE: u8 = 8;

/// A line on standard error that tells how many bytes were read; hidden where that is no terminal.
pub(crate) fn progress(console: &Console, size: Option<u64>) -> ProgressBar {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if console.quiet || dumb || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = match size {
        Some(_) => "{spinner} {elapsed} [{wide_bar}] {bytes} of {total_bytes}",
        None => "{spinner} {elapsed} {bytes}",
    };
    let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::stderr_with_hz(RATE));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
