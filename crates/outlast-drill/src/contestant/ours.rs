//! The real client.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use outlast::config::AccountConfig;
use outlast::tower::StackEvent;
use outlast::{ChatRequest, ChatResponse, ChatStream, Client, ClientBuilder, Error, TargetId};
use tokio::time::Instant;

use super::Contestant;
use crate::configured::Configured;
use crate::record::StateChange;
use crate::run::DrillError;
use crate::scenario::Scenario;
use crate::world::World;

/// A client of `outlast`, with all its layers.
pub(super) struct Ours {
    client: Client,
    /// The route that is asked, if not the usual one.
    route: Option<String>,
    changes: Arc<Mutex<Vec<StateChange>>>,
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
        let changes = Arc::new(Mutex::new(Vec::new()));
        let client = builder
            .seed(scenario.seed)
            .observer(watch(world, Arc::clone(&changes)))
            .build()
            .map_err(|error| DrillError::Provider(error.to_string()))?;
        Ok(Self {
            client,
            route,
            changes,
        })
    }

    fn routed(&self, mut request: ChatRequest) -> ChatRequest {
        if let Some(route) = &self.route {
            request = request.with_model(route.as_str());
        }
        request
    }
}

/// Keeps each change of the breaker of a provider's first target, with its time since now.
fn watch(
    world: &World,
    changes: Arc<Mutex<Vec<StateChange>>>,
) -> impl Fn(&StackEvent) + Send + Sync + 'static {
    let begin = Instant::now();
    let homes = world.homes().to_vec();
    move |event| {
        let StackEvent::BreakerChanged { target, to, .. } = event else {
            return;
        };
        let Some(provider) = led_by(&homes, target) else {
            return;
        };
        let at = begin.elapsed();
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(StateChange { provider, at, to });
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
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.clone()
    }
}
