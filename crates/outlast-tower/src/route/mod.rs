//! Picks the service that the request names.

mod future;
mod service;

pub use self::future::RouteFuture;
pub use self::service::Route;
