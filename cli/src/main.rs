//! The command line of Reactant (`cli.md`).

mod args;
mod command;
mod console;
mod diagnostics;
mod escape;
mod excerpt;
mod exit;
mod output;
mod progress;
mod recipes;
mod settings;
mod sink;
mod state;
mod world;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    let console = console::Console::new(&cli.global);
    match command::dispatch(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.is_quiet() {
                console.error(&failure.to_string());
            }
            failure.code()
        }
    }
}
