//! Simulated LLM providers with scripted faults.

mod answer;
mod api;
mod body;
mod call;
mod continuation;
mod control;
mod director;
mod fault;
mod guard;
mod log;
mod plan;
mod schema;
mod script;
#[cfg(feature = "server")]
mod server;
mod service;
mod sim;
mod text;
mod vendor;

pub use api::{Api, UnknownApi};
pub use body::SimBody;
pub use log::{CallEnd, CallRecord, ContinuedBy};
pub use script::{Script, ScriptError};
#[cfg(feature = "server")]
pub use server::SimServer;
pub use service::{SimFuture, SimService};
pub use sim::Sim;
pub use text::{DEFAULT_WORDS, reference_text};
