//! In which order the targets of a route are asked.
//!
//! A [`Strategy`] puts the candidates of one call in order by what is known of each at that moment, its [`Standing`].
//! The first is asked, the others are its fallbacks in that order. [`Strategy::rank`] is pure: what chance there is in it
//! is handed in.
//!
//! No strategy looks at a target's health: a breaker turns a call away from a target that is down, and lets through the
//! few that find out whether it is back. A strategy that put such a target last would keep those from it, too.
//!
//! Only who has next to nothing left of a rate limit is put last, whatever the strategy: a call there would be refused, and
//! would take from what little is left.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::order::{Standing, Strategy};
//!
//! let standings = [Standing::default().with_under_way(9), Standing::default().with_under_way(2)];
//! let order = Strategy::LeastBusy.rank(&standings, &mut || 0.5);
//! assert_eq!(order, [1, 0]);
//! ```

mod affinity;
mod standing;
mod strategy;
mod vitals;

pub use self::affinity::{StickTo, Sticky};
pub use self::standing::Standing;
pub use self::strategy::Strategy;
pub use self::vitals::Vitals;

pub(crate) use self::affinity::{affinity, key_of};
