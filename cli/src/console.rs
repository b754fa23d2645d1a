//! The two streams of a command: results go to standard output, everything else to standard error.

use std::{
    env,
    io::{self, IsTerminal, StderrLock, Write},
};

use anstyle::Style;
use clap::ColorChoice;
use reactant_core::{
    config::{Log, LogFormat},
    diagnostic::{Diagnostic, Severity},
    helper::Level,
};
use reactant_sensor::SourceError;

use crate::{
    args::{Global, OutputFormat},
    diagnostics,
    escape::escaped,
};

/// How this command speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    pub(crate) format: OutputFormat,
    /// Whether the command line says how results are written.
    format_is_chosen: bool,
    /// The least severe log messages that people are shown.
    pub(crate) level: Level,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    /// Whether results are coloured.
    pub(crate) color: bool,
    color_stderr: bool,
}

impl Console {
    pub(crate) fn new(global: &Global) -> Console {
        let wanted = |terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            // https://no-color.org: present and not empty, whatever its value.
            ColorChoice::Auto => {
                terminal
                    && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Console {
            format: global.output.unwrap_or(OutputFormat::Human),
            format_is_chosen: global.output.is_some(),
            level: if global.verbose > 0 { Level::Debug } else { Level::Info },
            verbose: global.verbose > 0,
            quiet: global.quiet,
            color: wanted(io::stdout().is_terminal()),
            color_stderr: wanted(io::stderr().is_terminal()),
        }
    }

    /// One that says nothing, for tests.
    #[cfg(test)]
    pub(crate) fn silent() -> Console {
        let (color, output) = (ColorChoice::Never, None);
        Console::new(&Global { verbose: 0, quiet: true, color, output })
    }

    /// The console as the settings of the log want it, where the command line does not say otherwise.
    pub(crate) fn with_log(self, log: Log) -> Console {
        let format = match log.format {
            _ if self.format_is_chosen => self.format,
            LogFormat::Human => OutputFormat::Human,
            LogFormat::Json => OutputFormat::Json,
        };
        let level = if self.verbose { Level::Debug } else { log.level };
        Console { format, level, ..self }
    }

    /// Standard output, buffered.
    pub(crate) fn results(&self) -> io::BufWriter<io::StdoutLock<'static>> {
        io::BufWriter::with_capacity(64 << 10, io::stdout().lock())
    }

    /// Writes a problem of a file to standard error; a warning only where it is wanted.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic) {
        if self.quiet && diagnostic.severity == Severity::Warning {
            return;
        }
        // Standard error may be closed; results are not lost for that.
        let _ = diagnostics::write(
            &mut io::stderr().lock(),
            self.format,
            self.color_stderr,
            diagnostic,
        );
    }

    /// Writes a line of a recording that is no event, or an input that cannot be read.
    pub(crate) fn fault(&self, fault: &SourceError) {
        match self.format {
            OutputFormat::Human => self.error(&fault.to_string()),
            OutputFormat::Json => {
                let _ = diagnostics::write_fault(&mut io::stderr().lock(), fault);
            }
        }
    }

    /// Writes to standard error what only those read who ask for more.
    pub(crate) fn note(&self, message: &str) {
        if self.verbose {
            self.say("note", anstyle::AnsiColor::Cyan.on_default(), message);
        }
    }

    /// Writes to standard error what people may want to know; programs read it elsewhere.
    pub(crate) fn inform(&self, message: &str) {
        if !self.quiet && self.format == OutputFormat::Human {
            self.say("info", anstyle::AnsiColor::Green.on_default(), message);
        }
    }

    /// Writes a warning to standard error; for programs under this code.
    pub(crate) fn warn(&self, code: &'static str, message: &str) {
        if self.quiet {
            return;
        }
        match self.format {
            OutputFormat::Human => {
                self.say("warning", anstyle::AnsiColor::Yellow.on_default(), message);
            }
            OutputFormat::Json => self.diagnostic(&Diagnostic {
                severity: Severity::Warning,
                code,
                message: message.to_owned(),
                help: None,
                place: None,
                related: None,
            }),
        }
    }

    /// Writes an error to standard error.
    pub(crate) fn error(&self, message: &str) {
        self.say("error", anstyle::AnsiColor::Red.on_default(), message);
    }

    fn say(&self, kind: &str, style: Style, message: &str) {
        let line =
            format!("{}: {}\n", painted(self.color_stderr, style.bold(), kind), escaped(message));
        let mut stderr: StderrLock<'_> = io::stderr().lock();
        let _ = stderr.write_all(line.as_bytes());
    }
}

/// Text in a style, where colours are wanted.
pub(crate) fn painted(color: bool, style: Style, text: &str) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
