//! Keeps an application's LLM calls working while a provider does not.

mod builder;
mod client;
mod policy;
mod routes;
mod stack;

pub mod config;
mod from_config;

pub use builder::{BuildError, ClientBuilder};
pub use client::{Client, TargetStatus};
pub use config::{Config, ConfigError};
pub use outlast_providers as providers;
pub use outlast_tower as tower;
pub use outlast_types::*;
pub use policy::{Policy, Timeouts};
