//! Recorded exchanges through the codecs: what each one says, and whether the codecs understood it.
//!
//! An [`Exchange`] is one line of a file of recordings; [`outcome()`] hands its reply to the codec of its protocol, as a
//! call would, and tells the [`Outcome`]. A recorded success must decode as a success and a recorded error as an
//! error. An exchange of an operation that no codec speaks is skipped, with the reason.

mod exchange;
mod file;
mod outcome;
mod summary;

pub(crate) use exchange::Exchange;
pub(crate) use file::read;
pub(crate) use outcome::{Outcome, outcome};
pub(crate) use summary::Summary;
