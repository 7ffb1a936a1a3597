use std::time::Duration;

/// When something is an incident, and when it is over. The defaults are in the doc of each field.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use outlast_monitor::IncidentConfig;
///
/// let mut config = IncidentConfig::default();
/// config.well_after = Duration::from_secs(600);
/// assert_eq!(config.flapping_trips, 4);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct IncidentConfig {
    /// How long everything must be well before an incident is over; 5 minutes by default.
    pub well_after: Duration,
    /// How long a target that could not be reached is watched before an alert says so, in case it is our own network;
    /// 10 seconds by default.
    pub network_hold: Duration,
    /// How long targets have to come back by themselves once our own network is there again; 3 minutes by default.
    pub network_grace: Duration,
    /// From how many trips within `flapping_window` on a target flaps, 8 at most; 4 by default.
    pub flapping_trips: usize,
    /// In which time; 30 minutes by default.
    pub flapping_window: Duration,
    /// How many upstream calls a call may make in the mean of the last 10 minutes; 1.10 by default.
    pub calls_per_call: f64,
    /// Which share of the streams of the last 10 minutes may have to be continued elsewhere; 0.01 by default.
    pub resume_rate: f64,
    /// How many calls the last 10 minutes must have had for these two to say anything; 100 by default.
    pub rate_min: u64,
    /// How many incidents that are over are kept; 64 by default.
    pub kept: usize,
}

impl Default for IncidentConfig {
    fn default() -> Self {
        Self {
            well_after: Duration::from_secs(300),
            network_hold: Duration::from_secs(10),
            network_grace: Duration::from_secs(180),
            flapping_trips: 4,
            flapping_window: Duration::from_secs(30 * 60),
            calls_per_call: 1.10,
            resume_rate: 0.01,
            rate_min: 100,
            kept: 64,
        }
    }
}
