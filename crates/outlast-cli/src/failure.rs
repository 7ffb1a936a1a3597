//! Why a command could not do what it was asked.

use std::fmt::Display;
use std::io;

/// Ends a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One clear sentence for the person at the terminal, with the way out where there is one.
    Message(String),
    /// Nobody reads our output any more.
    ReaderGone,
}

impl Failure {
    /// Fails with a sentence.
    pub(crate) fn new(message: impl Display) -> Self {
        Self::Message(message.to_string())
    }
}

impl From<io::Error> for Failure {
    /// Takes a failed write to stdout or stderr; whoever opens files says which one failed instead.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::new(format!("the output could not be written: {error}")),
        }
    }
}
