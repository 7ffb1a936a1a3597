//! The real client.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use outlast::tower::StackEvent;
use outlast::{ChatRequest, ChatResponse, ChatStream, Client, ClientBuilder, Error};
use tokio::time::Instant;

use super::Contestant;
use crate::record::StateChange;
use crate::run::DrillError;
use crate::scenario::Scenario;
use crate::world::World;

/// A client of `outlast`, with all its layers.
pub(super) struct Ours {
    client: Client,
    changes: Arc<Mutex<Vec<StateChange>>>,
}

impl Ours {
    /// Gives `builder` the world's targets and builds the client.
    pub(super) fn new(
        builder: ClientBuilder,
        scenario: &Scenario,
        world: &World,
    ) -> Result<Self, DrillError> {
        let changes = Arc::new(Mutex::new(Vec::new()));
        let targets = world.targets.iter().cloned();
        let builder = targets.fold(builder, ClientBuilder::target);
        let client = builder
            .seed(scenario.seed)
            .observer(watch(world, Arc::clone(&changes)))
            .build()
            .map_err(|error| DrillError::Provider(error.to_string()))?;
        Ok(Self { client, changes })
    }
}

/// Keeps each change of a breaker, with its time since now.
fn watch(
    world: &World,
    changes: Arc<Mutex<Vec<StateChange>>>,
) -> impl Fn(&StackEvent) + Send + Sync + 'static {
    let begin = Instant::now();
    let ids: Vec<_> = world
        .targets
        .iter()
        .map(|target| target.id().clone())
        .collect();
    move |event| {
        let StackEvent::BreakerChanged { target, to, .. } = event else {
            return;
        };
        let Some(provider) = ids.iter().position(|id| id == target) else {
            return;
        };
        let at = begin.elapsed();
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(StateChange { provider, at, to });
    }
}

impl Contestant for Ours {
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>> {
        let client = self.client.clone();
        Box::pin(async move { client.chat(request).await })
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>> {
        let client = self.client.clone();
        Box::pin(async move { client.stream(request).await })
    }

    fn changes(&self) -> Vec<StateChange> {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.clone()
    }
}
