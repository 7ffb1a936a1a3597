//! How hard a call is tried, and for how long.

use std::time::Duration;

/// How hard a call is tried, and for how long.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// The most calls to one target for one request; 2 by default.
    pub attempts: u32,
    /// The most calls to all targets together for one request; 4 by default.
    pub calls: u32,
    /// How long a request waits for a preferred target that says when it will be back, or for one quick retry;
    /// 3 seconds by default.
    pub patience: Duration,
    /// The time limits.
    pub timeout: Timeouts,
    /// What becomes of a stream that breaks after its beginning has reached the caller; continued by default.
    pub resume: Resume,
    /// The most calls under way at one target at once; beyond it the next target is asked. 1,024 by default.
    pub in_flight: usize,
}

/// The time limits of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection to be made; 5 seconds by default.
    pub connect: Duration,
    /// For the first content of a stream; 20 seconds by default.
    pub first_token: Duration,
    /// Between two signs of life of a stream, pings included; 30 seconds by default.
    pub idle: Duration,
    /// Between two pieces of content of a stream, pings not counted; 90 seconds by default.
    pub progress: Duration,
    /// For the whole reply to a unary call at one target; 120 seconds by default.
    pub reply: Duration,
    /// For the whole call, every attempt and wait included; 5 minutes by default.
    pub total: Duration,
}

/// What becomes of a stream that breaks after its beginning has reached the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resume {
    /// A text answer is continued by the next target; everything else ends in an error.
    #[default]
    Text,
    /// It ends in an error.
    Off,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 2,
            calls: 4,
            patience: Duration::from_secs(3),
            timeout: Timeouts::default(),
            resume: Resume::default(),
            in_flight: 1024,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            progress: Duration::from_secs(90),
            reply: Duration::from_secs(120),
            total: Duration::from_secs(300),
        }
    }
}
