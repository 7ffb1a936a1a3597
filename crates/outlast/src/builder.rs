//! Puts a client together.

use outlast_providers::Target;
use outlast_tower::{Observer, Observers};

use crate::{Client, Policy};

/// Puts a client together.
#[derive(Debug, Default)]
pub struct ClientBuilder {
    default: Vec<Target>,
    routes: Vec<(String, Vec<Target>)>,
    policy: Policy,
    observers: Observers,
}

/// Says why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no target at all.
    #[error("a client needs at least one target: add one with `.target(..)`")]
    NoTarget,
}

impl ClientBuilder {
    /// Adds a target to the route `default`, after those already there.
    pub fn target(mut self, target: Target) -> Self {
        self.default.push(target);
        self
    }

    /// Adds a route that callers write as `model`; its targets are asked in order.
    pub fn route(
        mut self,
        name: impl Into<String>,
        targets: impl IntoIterator<Item = Target>,
    ) -> Self {
        self.routes
            .push((name.into(), targets.into_iter().collect()));
        self
    }

    /// Sets the policy of all routes.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Adds an observer of what happens in the stack.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers = self.observers.with(observer);
        self
    }

    /// Builds the client.
    pub fn build(self) -> Result<Client, BuildError> {
        Err(BuildError::NoTarget)
    }
}
