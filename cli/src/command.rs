//! The commands, one module each.

mod audit;
mod bench;
mod blocks;
mod budget;
mod check;
mod data;
mod doctor;
mod exec;
mod helpers;
mod pages;
mod policy;
mod run;
mod schema;
mod watch;

use crate::{
    args::{Cli, Command},
    console::Console,
    exit::{Exit, Failure},
};

/// Does what was asked for.
pub(crate) fn dispatch(cli: Cli) -> Result<Exit, Failure> {
    let console = Console::new(&cli.global);
    match cli.command {
        Command::Run(args) => run::run(&console, *args),
        Command::Watch(args) => watch::watch(&console, *args),
        Command::Exec(args) => exec::exec(&console, &args),
        Command::Bench(args) => bench::bench(&console, *args),
        Command::Check(args) => check::check(&console, &args),
        Command::Helpers(args) => helpers::helpers(&console, &args),
        Command::Schema(args) => schema::schema(&console, &args),
        Command::Data(args) => data::data(&console, args),
        Command::Audit(args) => audit::audit(&console, args),
        Command::Budget(args) => budget::budget(&console, args),
        Command::Blocks(args) => blocks::blocks(&console, args),
        Command::Doctor(args) => doctor::doctor(&console, &args),
        Command::Netpolicy(args) => policy::policy(&console, args),
        Command::Completions(args) => pages::completions(&args),
        Command::Man(args) => pages::man(&args),
    }
}
