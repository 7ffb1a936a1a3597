//! Accounts at LLM providers.
//!
//! An account is an endpoint, a credential and a codec over any HTTP tower service; a [`Target`] is one model at it.

mod http;
mod target;

pub use self::http::{HttpBody, HttpService, http_service};
pub use target::{ChatService, StreamService, Target};
