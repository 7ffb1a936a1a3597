//! How long a target takes to its first content, by the kind of call.
//!
//! [`FirstContents`] is the memory of one target, shared by its stacks. Calls differ in how long they take, so that each
//! [`CallKind`] is remembered apart: streams to their first content and unary calls to their whole reply, with and
//! without reasoning, by the length of the input. A [`CommitLayer`](crate::CommitLayer) feeds it.
//!
//! [`FirstContents::limit`] is what a stream is waited for: three times what 99 of 100 took, at least 10 s and at most
//! 120 s. Before 20 calls are known it is 12 s for an input of up to 8,000 tokens and more for a longer one, up to 30 s;
//! and 120 s where reasoning is asked for. A call that is given up at the limit counts as one that took as long, so that a
//! target that is slow but well gets more time.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use outlast_tower::first_content::{CallKind, FirstContents};
//! use outlast_types::StreamRequest;
//!
//! let (times, kind) = (FirstContents::default(), CallKind::of(&StreamRequest::default()));
//! assert_eq!(times.limit(kind), Duration::from_secs(12));
//!
//! (0..100).for_each(|_| times.add(kind, Duration::from_secs(6)));
//! assert!((18..=27).contains(&times.limit(kind).as_secs()));
//! ```

pub(crate) mod buckets;
mod kind;
mod memory;
mod spread;

pub use self::kind::CallKind;
pub use self::memory::FirstContents;
