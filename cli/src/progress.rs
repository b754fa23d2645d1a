//! How far a replay has come, for whoever watches a terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::Console;

/// Drawings a second.
const RATE: u8 = 8;

/// A line on standard error; hidden where that is no terminal.
pub(crate) fn progress(console: &Console) -> ProgressBar {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if console.quiet || dumb || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(RATE));
    match ProgressStyle::with_template("{spinner} {elapsed} [{wide_bar}] {bytes} of {total_bytes}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
