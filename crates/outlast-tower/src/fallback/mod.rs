//! Asks the next target when one cannot serve the request.

mod candidate;
mod future;
mod service;

pub use self::candidate::{BoxTarget, Candidate};
pub use self::future::FallbackFuture;
pub use self::service::Fallback;
