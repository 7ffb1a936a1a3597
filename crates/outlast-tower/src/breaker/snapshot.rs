use std::time::Duration;

/// The state of a breaker at one moment, for status pages.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BreakerState {
    /// `closed`, `open`, `half_open`, `ramp`, `forced_open` or `forced_closed`.
    pub name: &'static str,
    /// For how long it has been so.
    pub since: Duration,
    /// Which share of the calls is let through, 0 to 1; probes come on top.
    pub share: f64,
    /// How long it is until a call may be let through as a probe; `None` if none is needed or allowed.
    pub next_probe: Option<Duration>,
    /// For how long the provider has asked to be left alone; calls are passed over until then.
    pub saturated: Option<Duration>,
    /// How often the state has changed.
    pub changes: u64,
}
