//! Puts the beginning of an answer that the caller already has into words the target understands.

mod layer;
mod service;

pub use self::layer::ContinuationLayer;
pub use self::service::ContinuationService;
