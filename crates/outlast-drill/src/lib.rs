//! Outages, rehearsed: hours of them in seconds, on the real stack.
//!
//! A drill plays a [`Scenario`] in virtual time: users ask at random moments, simulated providers answer or fail by
//! their scripts, and between the two stands a [`Policy`]: `outlast` as it is, with its real layers, adapters and codecs,
//! or the published rules of others. All meet the same requests and the same providers. [`play`] returns what every user
//! saw and what reached every provider; [`Figures`] sums it up, and [`picture`] draws it.
//!
//! - **Nothing is modelled of us.** The client under test is an [`outlast::Client`] over its accounts and codecs; only
//!   the network is in memory.
//! - **Others are their published rules**, no more: see [`Policy`]. They run over the same adapters.
//! - **One seed, one run.** The same scenario with the same seed gives the same [`Run::fingerprint`].
//!
//! # Examples
//!
//! ```
//! use outlast_drill::{Figures, Policy, Scenario, play};
//!
//! let scenario = Scenario::parse(
//!     r#"
//!     name = "short"
//!     title = "Five minutes of 503."
//!     requests_per_second = 2
//!     lasts = "10m"
//!     outage = { from = "2m", until = "7m" }
//!
//!     [[provider]]
//!     name = "primary"
//!     api = "openai"
//!     model = "sim-gpt"
//!     script = { rule = [{ from = "2m", until = "7m", status = 503 }] }
//!
//!     [[provider]]
//!     name = "fallback"
//!     api = "anthropic"
//!     model = "sim-claude"
//!     "#,
//! )?;
//! let ours = Figures::of(&scenario, &play(&scenario, &Policy::Ours, |_| {})?);
//! let none = Figures::of(&scenario, &play(&scenario, &Policy::None, |_| {})?);
//! assert_eq!(ours.user_errors, 0);
//! assert!(none.user_errors > 500);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod account;
mod arrivals;
mod configured;
mod contestant;
mod figures;
mod hash;
mod network;
mod picture;
mod record;
mod run;
mod scenario;
mod swarm;
mod user;
mod world;

pub use self::configured::Configured;
pub use self::contestant::{Policy, UnknownPolicy};
pub use self::figures::Figures;
pub use self::picture::picture;
pub use self::record::{Answer, Audit, ClientAudit, ProviderCall, Run, Seen, StateChange};
pub use self::run::{DrillError, play};
pub use self::scenario::{
    Outage, Phase, Price, Provider, Scenario, ScenarioError, Speaks, UnknownFormat,
};
pub use self::swarm::{Case, swarm};
