//! What a price may depend on, of one call.

use jiff::Timestamp;
use outlast_types::ServiceTier;

/// The conditions of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// When the call began.
    pub at: Timestamp,
    /// With what precedence it was served. `Auto` is priced as `Standard`.
    pub service_tier: ServiceTier,
    /// Where it was served, as the provider names the place; `None` where it was not chosen.
    pub region: Option<String>,
}

impl Conditions {
    /// The name of the tier of calls that are handed in together and answered within a day.
    pub const BATCH: &'static str = "batch";

    /// States a call at the ordinary service tier and without a region.
    pub const fn at(at: Timestamp) -> Self {
        Self {
            at,
            service_tier: ServiceTier::Standard,
            region: None,
        }
    }

    /// Sets [`Conditions::service_tier`].
    pub fn with_service_tier(mut self, tier: ServiceTier) -> Self {
        self.service_tier = tier;
        self
    }

    /// Says that the call was part of a batch.
    pub fn in_batch(self) -> Self {
        self.with_service_tier(ServiceTier::Other(Self::BATCH.to_owned()))
    }

    /// Sets [`Conditions::region`].
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Returns the tier's name as a price row has it.
    pub(crate) fn tier_name(&self) -> &str {
        match &self.service_tier {
            ServiceTier::Flex => "flex",
            ServiceTier::Priority => "priority",
            ServiceTier::Other(name) => name,
            _ => "standard",
        }
    }
}
