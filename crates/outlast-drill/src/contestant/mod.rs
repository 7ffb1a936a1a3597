//! Who stands between users and providers: one file per set of rules.

mod backoff;
mod ours;
mod plain;
mod router;
mod sdk;

use std::str::FromStr;
use std::sync::Arc;

use fastrand::Rng;
use futures_util::future::BoxFuture;
use outlast::{ChatRequest, ChatResponse, ChatStream, Error};

use crate::configured::Configured;
use crate::record::{ClientAudit, StateChange};
use crate::run::DrillError;
use crate::scenario::Scenario;
use crate::world::World;

/// A set of rules.
///
/// | policy | what it does |
/// |---|---|
/// | `none` | asks the primary once |
/// | `sdk` | asks the primary as the official SDKs do: 2 retries after 408, 409, 429, 5xx and lost connections, after 0.5 s, doubled up to 8 s and up to a quarter less, or after a `retry-after` of up to 60 s; 600 s of patience |
/// | `litellm` | a router with one deployment per group and the other groups as fallbacks, by LiteLLM's published defaults: the same retries and one more wait before a fallback is asked; a deployment alone in its group is left out for 5 s once at least 1,000 calls of a minute have all failed; streams are passed on as they are |
/// | `ours` | `outlast` with its default policy |
/// | `config` | `outlast` by a configuration of one's own, which asks the providers of its own route: see [`Configured`] |
///
/// The rules of others are read from their documentation and published code; none of their code runs here, and what a
/// user may configure beyond the defaults is not played.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The primary, once.
    None,
    /// The rules of the official SDKs.
    Sdk,
    /// The published defaults of LiteLLM's router.
    LiteLlm,
    /// `outlast` by default.
    Ours,
    /// `outlast` by a configuration of one's own.
    Configured(Configured),
}

/// No policy has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no policy is called `{0}`: use none, sdk, litellm or ours")]
pub struct UnknownPolicy(String);

impl Policy {
    /// All that need nothing else.
    pub const ALL: [Self; 4] = [Self::None, Self::Sdk, Self::LiteLlm, Self::Ours];

    /// Returns the name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sdk => "sdk",
            Self::LiteLlm => "litellm",
            Self::Ours => "ours",
            Self::Configured(_) => "config",
        }
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        let found = Self::ALL.into_iter().find(|policy| policy.name() == name);
        found.ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

/// Answers users.
pub(crate) trait Contestant: Send + Sync {
    /// Answers with a whole reply.
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>>;

    /// Answers with a stream.
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>>;

    /// Returns what it has counted.
    fn audit(&self) -> Option<ClientAudit> {
        None
    }

    /// Returns how its breakers have changed.
    fn changes(&self) -> Vec<StateChange> {
        Vec::new()
    }
}

/// Sets up a contestant; its own chance begins at the scenario's seed.
pub(crate) fn contestant(
    policy: &Policy,
    scenario: &Scenario,
    world: &World,
) -> Result<Arc<dyn Contestant>, DrillError> {
    let chance = Rng::with_seed(scenario.seed);
    let primary = || world.targets.first().cloned().ok_or(DrillError::NoProvider);
    Ok(match policy {
        Policy::None => Arc::new(plain::Plain::new(primary()?)),
        Policy::Sdk => Arc::new(sdk::Sdk::new(primary()?, chance)),
        Policy::LiteLlm => Arc::new(router::Router::new(world.targets.clone(), chance)),
        Policy::Ours => Arc::new(ours::Ours::new(scenario, world)?),
        Policy::Configured(configured) => {
            Arc::new(ours::Ours::configured(configured, scenario, world)?)
        }
    })
}
