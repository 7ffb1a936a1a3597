//! What happens in a drill, as it is written.

mod price;
mod shipped;
mod speaks;

use std::time::Duration;

use outlast_sim::Script;
use serde::{Deserialize, Deserializer};

pub use self::price::Price;
pub use self::speaks::{Speaks, UnknownFormat};

/// The longest drill: two days.
const MAX_LENGTH: Duration = Duration::from_secs(48 * 3600);
/// The most requests of a drill.
const MAX_REQUESTS: f64 = 5_000_000.0;

/// An outage and the traffic that meets it.
///
/// A scenario is TOML; its providers' scripts are those of [`outlast_sim::script`]. The first provider is the one that
/// fails.
///
/// # Examples
///
/// ```
/// use outlast_drill::Scenario;
///
/// let hard = Scenario::shipped("hard").unwrap();
/// assert_eq!(hard.providers.len(), 2);
/// assert!(Scenario::names().any(|name| name == "4h23m"));
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What happens, in one sentence.
    pub title: String,
    /// Where all chance begins.
    #[serde(default = "usual_seed")]
    pub seed: u64,
    /// How many requests there are per second, on average; they come at random.
    pub requests_per_second: f64,
    /// Which share of them asks for a stream, 0 to 1.
    #[serde(default = "usual_stream_share")]
    pub stream_share: f64,
    /// How long a user waits for an answer before giving up.
    #[serde(default = "usual_patience", deserialize_with = "span")]
    pub patience: Duration,
    /// How long the traffic lasts.
    #[serde(deserialize_with = "span")]
    pub lasts: Duration,
    /// When the primary fails.
    pub outage: Outage,
    /// What happens when, in words for a picture.
    #[serde(default, rename = "phase")]
    pub phases: Vec<Phase>,
    /// The providers, the preferred one first.
    #[serde(rename = "provider")]
    pub providers: Vec<Provider>,
}

/// The time in which the primary fails.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// When it begins.
    #[serde(deserialize_with = "span")]
    pub from: Duration,
    /// When it is over.
    #[serde(deserialize_with = "span")]
    pub until: Duration,
}

/// Something that begins at a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// When it begins.
    #[serde(deserialize_with = "span")]
    pub at: Duration,
    /// What it is, in a few words.
    pub name: String,
}

/// A provider and what befalls it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Provider {
    /// The name of the account.
    pub name: String,
    /// What it speaks: `openai`, `responses`, `anthropic`, `gemini`, `bedrock`, `azure` or `vertex`.
    #[serde(deserialize_with = "speaks")]
    pub api: Speaks,
    /// The model that is asked.
    pub model: String,
    /// What its tokens cost.
    #[serde(default)]
    pub price: Price,
    /// When the connections of all calls under way are reset.
    #[serde(default, deserialize_with = "spans")]
    pub cuts: Vec<Duration>,
    /// How it answers and what goes wrong.
    #[serde(default)]
    pub script: Script,
}

/// Says why a scenario cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// It cannot be read.
    #[error("the scenario cannot be read: {0}")]
    Syntax(String),
    /// There is none of this name.
    #[error("there is no scenario `{0}`: use one of {1}, or the path of a file")]
    Unknown(String, String),
    /// A value makes no sense.
    #[error("the scenario makes no sense: {0}")]
    Value(&'static str),
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| ScenarioError::Syntax(error.to_string().trim_end().to_owned()))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Changes the traffic to so many requests per second.
    pub fn with_requests_per_second(mut self, rate: f64) -> Result<Self, ScenarioError> {
        self.requests_per_second = rate;
        self.check()?;
        Ok(self)
    }

    /// Changes where chance begins.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Tells whether the primary is failing at this time.
    pub fn is_outage(&self, at: Duration) -> bool {
        self.outage.from <= at && at < self.outage.until
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let requests = self.requests_per_second * self.lasts.as_secs_f64();
        let problem = if self.providers.is_empty() {
            "it needs a [[provider]] at least"
        } else if self.lasts.is_zero() || self.lasts > MAX_LENGTH {
            "`lasts` must be more than 0 and at most 48 hours"
        } else if !(requests > 0.0 && requests <= MAX_REQUESTS) {
            "`requests_per_second` must be more than 0, and not more than 5,000,000 requests in all"
        } else if !(0.0..=1.0).contains(&self.stream_share) {
            "`stream_share` is a number from 0 to 1"
        } else if self.outage.from >= self.outage.until || self.outage.until > self.lasts {
            "`outage` must begin before it ends, and end before the traffic does"
        } else if self.patience.is_zero() {
            "`patience` must be more than 0"
        } else {
            return Ok(());
        };
        Err(ScenarioError::Value(problem))
    }
}

const fn usual_seed() -> u64 {
    7
}

const fn usual_stream_share() -> f64 {
    0.7
}

const fn usual_patience() -> Duration {
    Duration::from_secs(60)
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    read_span::<D>(&String::deserialize(deserializer)?)
}

fn spans<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| read_span::<D>(text)).collect()
}

fn read_span<'de, D: Deserializer<'de>>(text: &str) -> Result<Duration, D::Error> {
    let span = humantime::parse_duration(text).ok();
    span.filter(|span| *span <= MAX_LENGTH).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "`{text}` is no length of time up to 48 hours: write it like \"30m\" or \"4h 23m\""
        ))
    })
}

fn speaks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Speaks, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}
