//! What an operator orders.

use std::time::Duration;

use outlast_tower::breaker::{BreakerState, Forced};
use outlast_tower::{Breaker, InFlight};
use outlast_types::TargetId;
use tokio::time::sleep;

/// How often a target that is being drained is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Takes an operator's orders for one target.
///
/// An order holds until the next, whatever the breaker would do; it is not kept across restarts.
///
/// # Examples
///
/// ```
/// use outlast_monitor::Operator;
/// use outlast_tower::{Breaker, InFlight};
/// use outlast_types::TargetId;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let breaker = Breaker::new(TargetId::new("acme", "m1"));
/// let operator = Operator::new(breaker.clone(), InFlight::default());
///
/// operator.drain().await;
/// assert_eq!(breaker.state().name, "forced_open");
/// operator.release();
/// assert_eq!(breaker.state().name, "closed");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Operator {
    breaker: Breaker,
    in_flight: InFlight,
    /// What else the orders are for.
    beside: Vec<(Breaker, InFlight)>,
}

impl Operator {
    /// Makes the operator of the target with that breaker and that limit.
    pub fn new(breaker: Breaker, in_flight: InFlight) -> Self {
        Self {
            breaker,
            in_flight,
            beside: Vec::new(),
        }
    }

    /// Gives the orders to another breaker and limit of the target, too: those of its embeddings, say.
    pub fn beside(mut self, breaker: Breaker, in_flight: InFlight) -> Self {
        self.beside.push((breaker, in_flight));
        self
    }

    /// Returns whose orders these are.
    pub fn target(&self) -> &TargetId {
        self.breaker.target()
    }

    /// Keeps every further call away, even where nobody else is left. Calls under way go on.
    pub fn force_open(&self) {
        self.force(Forced::Open);
    }

    /// Lets every call through, whatever comes of them.
    pub fn force_closed(&self) {
        self.force(Forced::Closed);
    }

    /// Lets the breaker decide again.
    pub fn release(&self) {
        self.force(Forced::Auto);
    }

    /// Keeps every further call away, and waits until those under way are over. Streams are waited for to their end.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the waiting; the order holds.
    pub async fn drain(&self) {
        self.force_open();
        while self.under_way() > 0 {
            sleep(LOOK).await;
        }
    }

    /// Returns how many calls are under way.
    pub fn under_way(&self) -> usize {
        let beside = self.beside.iter().map(|(_, limit)| limit.under_way());
        self.in_flight.under_way() + beside.sum::<usize>()
    }

    /// Returns the state of the breaker.
    pub fn state(&self) -> BreakerState {
        self.breaker.state()
    }

    fn force(&self, order: Forced) {
        self.breaker.force(order);
        self.beside
            .iter()
            .for_each(|(breaker, _)| breaker.force(order));
    }
}
