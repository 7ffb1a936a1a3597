//! The real client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use outlast::config::AccountConfig;
use outlast::tower::StackEvent;
use outlast::{ChatRequest, ChatResponse, ChatStream, Client, ClientBuilder, Error, TargetId};
use tokio::time::Instant;

use super::Contestant;
use crate::configured::Configured;
use crate::record::{ClientAudit, StateChange};
use crate::run::DrillError;
use crate::scenario::Scenario;
use crate::world::World;

/// A client of `outlast`, with all its layers.
pub(super) struct Ours {
    client: Client,
    /// The route that is asked, if not the usual one.
    route: Option<String>,
    counts: Arc<Mutex<Counts>>,
}

/// What the client has told of itself.
#[derive(Default)]
struct Counts {
    changes: Vec<StateChange>,
    ended: usize,
    most_calls: usize,
    retries: HashMap<TargetId, usize>,
}

impl Ours {
    /// Asks the world's targets by default.
    pub(super) fn new(scenario: &Scenario, world: &World) -> Result<Self, DrillError> {
        let targets = world.targets.iter().cloned();
        let builder = targets.fold(Client::builder(), ClientBuilder::target);
        Self::build(builder, None, scenario, world)
    }

    /// Asks as a configuration says.
    pub(super) fn configured(
        configured: &Configured,
        scenario: &Scenario,
        world: &World,
    ) -> Result<Self, DrillError> {
        let transport = |account: &AccountConfig| world.transport(account);
        let builder = ClientBuilder::from_config_over(configured.config(), transport)
            .map_err(|error| DrillError::Provider(error.to_string()))?;
        let route = configured.route().to_owned();
        Self::build(builder, Some(route), scenario, world)
    }

    fn build(
        builder: ClientBuilder,
        route: Option<String>,
        scenario: &Scenario,
        world: &World,
    ) -> Result<Self, DrillError> {
        let counts = Arc::default();
        let client = builder
            .seed(scenario.seed)
            .observer(watch(world, Arc::clone(&counts)))
            .build()
            .map_err(|error| DrillError::Provider(error.to_string()))?;
        Ok(Self {
            client,
            route,
            counts,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // A panic elsewhere leaves whole counts behind.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn routed(&self, mut request: ChatRequest) -> ChatRequest {
        if let Some(route) = &self.route {
            request = request.with_model(route.as_str());
        }
        request
    }
}

/// Keeps what is told: of each change of the breaker of a provider's first target, with its time since now, of retries and
/// of ends.
fn watch(
    world: &World,
    counts: Arc<Mutex<Counts>>,
) -> impl Fn(&StackEvent) + Send + Sync + 'static {
    let begin = Instant::now();
    let homes = world.homes().to_vec();
    move |event| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            StackEvent::BreakerChanged { target, to, .. } => {
                let at = begin.elapsed();
                let change = |provider| StateChange { provider, at, to };
                counts.changes.extend(led_by(&homes, target).map(change));
            }
            StackEvent::Retrying { target, .. } => {
                *counts.retries.entry(target.clone()).or_default() += 1;
            }
            StackEvent::Ended { calls, .. } => {
                counts.ended += 1;
                counts.most_calls = counts.most_calls.max(*calls);
            }
            _ => {}
        }
    }
}

/// Returns the provider of which `target` is the first that is asked.
fn led_by(homes: &[(TargetId, usize)], target: &TargetId) -> Option<usize> {
    let (_, provider) = homes.iter().find(|(id, _)| id == target)?;
    let first = homes.iter().find(|(_, other)| other == provider);
    first
        .is_some_and(|(id, _)| id == target)
        .then_some(*provider)
}

impl Contestant for Ours {
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>> {
        let (client, request) = (self.client.clone(), self.routed(request));
        Box::pin(async move { client.chat(request).await })
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>> {
        let (client, request) = (self.client.clone(), self.routed(request));
        Box::pin(async move { client.stream(request).await })
    }

    fn changes(&self) -> Vec<StateChange> {
        self.counts().changes.clone()
    }

    fn audit(&self) -> Option<ClientAudit> {
        let targets = self.client.targets();
        let counts = self.counts();
        Some(ClientAudit {
            ended: counts.ended,
            most_calls: counts.most_calls,
            most_retries: counts.retries.values().copied().max().unwrap_or_default(),
            in_flight: targets.iter().map(|target| target.in_flight).sum(),
        })
    }
}
