//! What is wrong, since when, and who is told of it.
//!
//! An incident is one thing that is wrong from its beginning until all has been well for 5 minutes; whatever happens in
//! between belongs to it. People get at most two alerts about it: that it began, and that it is over.
//!
//! | kind | about | begins | urgency |
//! |---|---|---|---|
//! | `target_down` | a target | its breaker opens | page |
//! | `key_disabled` | a target | its key is refused, and had not worked a moment ago | page |
//! | `quota_exhausted` | a target | its account has no money or quota left | page |
//! | `flapping` | a target | its breaker opens for the fourth time in 30 minutes | ticket |
//! | `no_redundancy_left` | routes | one target of several carries traffic | page |
//! | `panic` | routes | none does | page |
//! | `egress_down` | every provider | none can be reached at once: it is our own network | page |
//! | `cost_amplification` | all calls | more than 1.10 upstream calls per call over 10 minutes | ticket |
//! | `resume_rate` | all streams | more than 1 % of the streams of 10 minutes were continued elsewhere | ticket |
//!
//! - A target has one incident of the first three kinds at a time.
//! - While our own network is down, people are told of that alone. What is not well 3 minutes after the network is back
//!   is told of then. To tell the two apart, an alert about a target that cannot be reached waits for 10 seconds.
//! - While a target flaps, people are told of that alone.
//! - An operator's order is no incident.

mod book;
mod case;
mod config;
mod kind;
mod network;
mod rates;
mod record;
mod topology;
mod track;

pub use self::book::Book;
pub use self::case::Notice;
pub use self::config::IncidentConfig;
pub use self::kind::{IncidentKind, Severity, Subject};
pub use self::record::{Failures, Incident};
pub use self::topology::Topology;
