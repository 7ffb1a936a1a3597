//! Keeps calls away from a target that fails.

mod config;
mod handle;
mod layer;
mod service;

pub use self::config::BreakerConfig;
pub use self::handle::Breaker;
pub use self::layer::BreakerLayer;
pub use self::service::BreakerService;
