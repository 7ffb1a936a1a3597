//! What kind of task a chat asks for, and which route is for that.
//!
//! [`guess`] reads a request once, without a model, a network or chance, and says what it went by: each [`Signal`] gives
//! points to a task, and the share of the points that the winner has is the confidence. The words it knows are English.
//! An [`AutoRoute`] goes by the guess where it is sure enough and the route is not too dear; otherwise it takes a route
//! that was named for that.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::task::{AutoRoute, Task, guess};
//! use outlast_types::ChatRequest;
//!
//! let request = ChatRequest::user("Refactor this function:\n```rust\nfn main() {}\n```");
//! let guessed = guess(&request);
//! assert_eq!(guessed.task, Task::Coding);
//! assert!(guessed.confidence > 0.6);
//!
//! let auto = AutoRoute::new("simple").with_task(Task::Coding, "coding");
//! assert_eq!(&*auto.choose(&request).route, "coding");
//! ```

mod auto;
mod guess;
mod signals;

pub use self::auto::{AutoRoute, Choice, Reason};
pub use self::guess::{Guess, Signal, Task, guess};
