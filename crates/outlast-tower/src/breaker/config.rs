use std::time::Duration;

/// The numbers of a breaker.
///
/// The defaults are in the doc of each field.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use outlast_tower::BreakerConfig;
///
/// let mut config = BreakerConfig::default();
/// config.open_time = Duration::from_secs(10);
/// assert_eq!(config.consecutive, 5);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// How many faults in a row open the breaker of a target with little traffic; 5 by default.
    pub consecutive: u32,
    /// How many faults in a row open the breaker of a busy target; 10 by default, so that a target that fails every
    /// fourth call is not taken out by bad luck.
    pub consecutive_busy: u32,
    /// How many results within the window make a target busy; 20 by default.
    pub busy: u32,
    /// How far back results are counted; 30 seconds by default.
    pub window: Duration,
    /// Which share of faults in the window opens the breaker; 0.5 by default.
    pub ratio: f64,
    /// How many results the window must have before the share counts; 20 by default.
    pub ratio_min: u32,

    /// From which share of faults on, of at least `ratio_min` results, a part of the calls is held back that is twice as
    /// large; 0.1 by default, and never if it is more than 1.
    pub degraded: f64,
    /// The share of the calls that gets through even so; 0.1 by default.
    pub degraded_share: f64,

    /// How many calls that all wait for their first content open the breaker; 5 by default, 0 never.
    pub stall_calls: usize,
    /// How long each of them must have waited; 3 seconds by default. Where 99 of 100 first contents are known to come
    /// later than that, it is that time.
    pub stall_after: Duration,

    /// How long the breaker stays open at first; 5 seconds by default. It doubles with each further trip.
    pub open_time: Duration,
    /// The longest it stays open by doubling; 60 seconds by default.
    pub open_cap: Duration,
    /// By which share the open time is varied at random, up and down; 0.2 by default.
    pub jitter: f64,
    /// Raises `open_cap` of a target with little traffic to this many times the mean time between its calls, so that
    /// only one call in so many is a probe; 50 by default.
    pub quiet_factor: u32,
    /// The highest that `quiet_factor` may raise `open_cap`; 300 seconds by default.
    pub quiet_cap: Duration,
    /// The longest that a provider's own hint is believed; 10 minutes by default.
    pub hint_cap: Duration,
    /// How long it stays open when the provider's identity could not be verified; 60 seconds by default.
    pub identity_down: Duration,
    /// How long it stays open when the account has no valid key, permission or money; 10 minutes by default.
    pub account_down: Duration,
    /// A key that worked within this time and is now refused is the provider's fault and not the key's: such refusals
    /// count like any other; 10 minutes by default.
    pub account_grace: Duration,
    /// After how long of being closed the open time is halved again, back to `open_time`; 5 minutes by default.
    pub forgive: Duration,

    /// How many probes in a row must succeed before traffic comes back; 3 by default.
    pub probes: u32,
    /// Which shares of the traffic come back one after the other; 0.1, 0.25, 0.5 and 1 by default.
    pub ramp: Vec<f64>,
    /// How long each share is held; 30 seconds by default.
    pub ramp_step: Duration,
    /// How many faults in a row while traffic comes back open the breaker again; 3 by default.
    pub ramp_consecutive: u32,
    /// Which share of faults while traffic comes back opens the breaker again; 0.2 by default.
    pub ramp_ratio: f64,
    /// How many results there must be before that share counts; 10 by default.
    pub ramp_ratio_min: u32,
    /// Within which time four trips are flapping; 30 minutes by default.
    pub flapping_window: Duration,
    /// How many times as long the steps of the ramp are for a target that flaps, 15 minutes at most; 4 by default.
    pub flapping_pace: u32,

    /// How long a target is passed over that limits its rate and does not say until when: from the second time in a
    /// row on, doubled with each; 1 second by default.
    pub throttle_time: Duration,
    /// The longest it is passed over by doubling; 30 seconds by default.
    pub throttle_cap: Duration,
    /// The longest it is passed over when it says until when; 1 hour by default.
    pub saturation_cap: Duration,
}

impl BreakerConfig {
    /// Brings traffic back in steps of 15 minutes, each half as large again as the one before: for accounts so busy that
    /// a provider that has just recovered would not bear the usual steps.
    pub fn with_slow_ramp(mut self) -> Self {
        self.ramp = vec![0.1, 0.15, 0.225, 0.34, 0.51, 0.76];
        self.ramp_step = Duration::from_secs(15 * 60);
        self
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        const fn secs(secs: u64) -> Duration {
            Duration::from_secs(secs)
        }
        Self {
            consecutive: 5,
            consecutive_busy: 10,
            busy: 20,
            window: secs(30),
            ratio: 0.5,
            ratio_min: 20,
            degraded: 0.1,
            degraded_share: 0.1,
            stall_calls: 5,
            stall_after: secs(3),
            open_time: secs(5),
            open_cap: secs(60),
            jitter: 0.2,
            quiet_factor: 50,
            quiet_cap: secs(300),
            hint_cap: secs(600),
            identity_down: secs(60),
            account_down: secs(600),
            account_grace: secs(600),
            forgive: secs(300),
            probes: 3,
            ramp: vec![0.1, 0.25, 0.5, 1.0],
            ramp_step: secs(30),
            ramp_consecutive: 3,
            ramp_ratio: 0.2,
            ramp_ratio_min: 10,
            flapping_window: secs(1800),
            flapping_pace: 4,
            throttle_time: secs(1),
            throttle_cap: secs(30),
            saturation_cap: secs(3600),
        }
    }
}
