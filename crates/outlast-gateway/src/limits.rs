//! What one caller may take from all the others.

use std::time::Duration;

/// Bounds what connections may take. The size of a request's body is in
/// [`GatewayConfig::body_limit`](crate::GatewayConfig::body_limit).
///
/// # Examples
///
/// ```
/// use outlast_gateway::Limits;
///
/// let mut limits = Limits::default();
/// limits.connections = 100;
/// assert!(limits.header_bytes >= 8192);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most connections at once; further ones wait in the system's queue. 4,096 by default.
    pub connections: usize,
    /// The most requests under way at once on one HTTP/2 connection; 128 by default.
    pub requests_per_connection: u32,
    /// The most bytes of a request's head; 64 KiB by default, at least 8 KiB.
    pub header_bytes: usize,
    /// How long a new connection may take to send the first request's head; 10 seconds by default.
    pub first_head: Duration,
    /// How long a connection may stay idle between two requests, the next head included; 75 seconds by default, more
    /// than most clients keep one.
    pub idle: Duration,
    /// How long a caller may pause while it sends a body; 30 seconds by default.
    pub body_pause: Duration,
    /// How long a body may take in all; 5 minutes by default.
    pub body_whole: Duration,
    /// How long a caller may take nothing of a reply that waits to be written; 60 seconds by default.
    pub write_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            requests_per_connection: 128,
            header_bytes: 64 * 1024,
            first_head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body_pause: Duration::from_secs(30),
            body_whole: Duration::from_secs(300),
            write_pause: Duration::from_secs(60),
        }
    }
}
