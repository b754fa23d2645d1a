//! How a command ends.

use std::{io, process::ExitCode};

/// The exit codes of `cli.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0
    Fine,
    /// 1: a problem was found.
    Problem,
}

impl Exit {
    /// A problem where the condition holds.
    pub(crate) fn problem_if(problem: bool) -> Exit {
        if problem { Exit::Problem } else { Exit::Fine }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit code 2: what was asked for cannot be.
    #[error("{0}")]
    Usage(String),
    /// Exit code 1: it was asked for rightly and failed.
    #[error("{0}")]
    Problem(String),
    /// Results could not be written.
    #[error("cannot write the results: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The exit code. A reader that went away is no failure of ours: the command ends quietly.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Problem(_) => ExitCode::from(1),
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ExitCode::SUCCESS
            }
            Failure::Output(_) => ExitCode::from(1),
        }
    }

    /// Whether it has to be told.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
