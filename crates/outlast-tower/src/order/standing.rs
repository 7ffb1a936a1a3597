use std::time::Duration;

use outlast_types::Money;

/// What is known of a candidate when its place in the order is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// Its share of the calls, in relation to the others'; 1 by default. With 0 it is only a fallback.
    pub weight: u32,
    /// How long it takes until its first content, where known.
    pub first_token: Option<Duration>,
    /// What the call will cost there, where known.
    pub cost: Option<Money>,
    /// How many calls are under way to it; 0 by default.
    pub under_way: usize,
    /// Which share of its limits is left, 0 to 1; all by default.
    pub headroom: f64,
    /// How near it is to the key the call sticks to, 0 to 1: the same for the same key and target.
    pub affinity: Option<f64>,
}

impl Standing {
    /// Sets [`Standing::weight`].
    pub fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Sets [`Standing::first_token`].
    pub fn with_first_token(mut self, time: Option<Duration>) -> Self {
        self.first_token = time;
        self
    }

    /// Sets [`Standing::cost`].
    pub fn with_cost(mut self, cost: Option<Money>) -> Self {
        self.cost = cost;
        self
    }

    /// Sets [`Standing::under_way`].
    pub fn with_under_way(mut self, calls: usize) -> Self {
        self.under_way = calls;
        self
    }

    /// Sets [`Standing::headroom`].
    pub fn with_headroom(mut self, share: f64) -> Self {
        self.headroom = share;
        self
    }

    /// Sets [`Standing::affinity`].
    pub fn with_affinity(mut self, affinity: Option<f64>) -> Self {
        self.affinity = affinity;
        self
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            weight: 1,
            first_token: None,
            cost: None,
            under_way: 0,
            headroom: 1.0,
            affinity: None,
        }
    }
}
