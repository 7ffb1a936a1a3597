//! Recorded exchanges through the codecs: what each one says, and whether the codecs understood it.
//!
//! An [`Exchange`] is one line of a file of recordings; [`outcome()`] hands its reply to the codec of its protocol, as a
//! call would, and tells the [`Outcome`]. A recorded success must decode as a success and a recorded error as an
//! error. The request is read by the server's side of the protocol and written by the client's side again, and must be
//! the same JSON. An exchange of an operation that no codec speaks is skipped, with the reason.

mod address;
mod exchange;
mod file;
mod files;

mod chat;
mod difference;
mod document;
mod error_inside;
mod outcome;
mod request;
mod spoken;
mod summary;

pub(crate) use exchange::Exchange;
pub(crate) use file::read;
pub(crate) use files::files;
pub(crate) use outcome::{Outcome, outcome};
pub(crate) use summary::Summary;
