//! The gateway from outside, in front of simulated providers.

mod openai;
mod server;
mod support;
