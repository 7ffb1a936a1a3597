//! Describes each call in a tracing span.

mod layer;
mod service;

pub use self::layer::ObserveLayer;
pub use self::service::ObserveService;
