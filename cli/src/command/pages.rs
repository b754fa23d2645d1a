//! `reactant completions` and `reactant man`: what derives from the arguments' definitions.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::{
    args::{Cli, CompletionsArgs, ManArgs},
    exit::{Exit, Failure},
};

/// Prints a shell's completions.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "reactant", &mut text);
    print(&text)
}

/// Prints the page of one command, or one page with all of them.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut root = Cli::command();
    root.build();
    let command = match &args.command {
        None => &root,
        Some(name) => root
            .find_subcommand(name)
            .ok_or_else(|| Failure::Usage(format!("there is no command `{name}`")))?,
    };
    let mut page = Vec::new();
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let man = Man::new(command.clone())
        .title(name.to_uppercase())
        .source(format!("reactant {}", env!("CARGO_PKG_VERSION")))
        .manual("Reactant");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    closing(command, &mut page)?;
    for subcommand in subcommands(command) {
        chapter(subcommand, &mut page)?;
    }
    print(&page)
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help")
}

/// A command within the page of another: its sections are one level below its name.
fn chapter(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).replace('-', " ");
    writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
    // The first page says what every command takes.
    let own = |arg: clap::Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
    let man = Man::new(command.clone().mut_args(own));
    let mut sections = Vec::new();
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    if !command.has_subcommands() {
        man.render_options_section(&mut sections)?;
    }
    closing(command, &mut sections)?;
    let sections = String::from_utf8_lossy(&sections);
    for line in sections.lines() {
        writeln!(page, "{}", line.replacen(".SH ", ".SS ", 1))?;
    }
    for subcommand in subcommands(command) {
        chapter(subcommand, page)?;
    }
    Ok(())
}

/// What follows the options in `--help`: the lines stay as they are.
fn closing(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let Some(text) = command.get_after_help().map(ToString::to_string) else { return Ok(()) };
    let text = text.replace('\\', "\\\\").replace('-', "\\-");
    let mut paragraphs = text.split("\n\n");
    if let Some(examples) = paragraphs.next().and_then(|first| first.strip_prefix("Examples:\n")) {
        writeln!(page, ".SH EXAMPLES\n.nf\n{examples}\n.fi")?;
    }
    for paragraph in paragraphs {
        let (title, body) = paragraph.split_once(": ").unwrap_or(("Notes", paragraph));
        writeln!(page, ".SH \"{}\"\n{body}", title.to_uppercase())?;
    }
    Ok(())
}

fn print(text: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(Exit::Fine)
}
