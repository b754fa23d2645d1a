//! The command line of Reactant (`cli.md`).

mod acting;
mod args;
mod command;
mod console;
mod diagnostics;
mod enforcement;
mod escape;
mod excerpt;
mod exit;
mod netpolicy;
mod output;
mod privileges;
mod progress;
mod recipes;
mod settings;
mod sink;
mod state;
mod world;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use escape::Escaped;

/// Counts what Rhai's scripts take.
#[global_allocator]
static METER: reactant_engines::Meter = reactant_engines::Meter::system();

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return wrong_usage(&error),
        // Help and version are results.
        Err(error) => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
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

/// Tells what was wrong with the arguments: a file name among them may be hostile.
fn wrong_usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let lines: Vec<String> = text.lines().map(|line| Escaped(line).to_string()).collect();
    let _ = io::stderr().write_all((lines.join("\n") + "\n").as_bytes());
    ExitCode::from(2)
}
