//! What the monitor watches, and what is asked of it.

use std::time::Duration;

use outlast_monitor::{
    Events, Incident, Monitor, Operator, PaidProbe, Probe, SinkStatus, Topology, Watched,
};
use outlast_providers::{Account, Target};
use outlast_types::{ChatRequest, ChatResponse, Money, TargetId};
use tower::{ServiceExt, service_fn};

use crate::Client;
use crate::routes::Plan;
use crate::stack::{CallStack, TargetState};

/// The fewest tokens that every model answers with.
const PROBE_TOKENS: u64 = 16;

/// Says which targets and routes there are.
pub(crate) fn topology(routes: &[(String, Plan)]) -> Topology {
    let mut topology = Topology::default();
    for (name, plan) in routes {
        for target in &plan.targets {
            topology = topology.with_target(target.id().clone(), domain(target));
        }
        let ids = plan.targets.iter().map(|target| target.id().clone());
        topology = topology.with_route(name.as_str(), ids);
    }
    topology
}

/// Names what a target fails together with: the host it is at, or else its account's name.
pub(crate) fn domain(target: &Target) -> String {
    match target.account() {
        Some(account) => account.base_url().host().to_owned(),
        None => target.id().account().to_owned(),
    }
}

/// Says how each target is watched. Probes that cost money, up to `paid` each, go through `chat`.
pub(crate) fn watched(
    targets: &[TargetState],
    paid: Option<Money>,
    chat: &CallStack<ChatRequest, ChatResponse>,
) -> Vec<Watched> {
    let watched = targets.iter().map(|state| {
        let id = state.target.id();
        let mut watched = Watched::new(state.breaker.clone(), state.in_flight.clone());
        if let Some(account) = state.target.account() {
            watched = watched.with_probe(free_probe(account, id));
        }
        if let Some(each) = paid {
            watched = watched.with_paid_probe(PaidProbe::new(paid_probe(chat, id), each));
        }
        watched
    });
    watched.collect()
}

/// Asks for the description of the model, which costs nothing.
fn free_probe(account: &Account, target: &TargetId) -> Probe {
    let (account, target) = (account.clone(), target.clone());
    Probe::new(service_fn(move |()| {
        let (account, target) = (account.clone(), target.clone());
        async move { account.find_model(target.model()).await.map(drop) }
    }))
}

/// Asks the model for a few words.
fn paid_probe(chat: &CallStack<ChatRequest, ChatResponse>, target: &TargetId) -> Probe {
    let (chat, target) = (chat.clone(), target.to_string());
    Probe::new(service_fn(move |()| {
        let request = ChatRequest::user("Answer with one word.")
            .with_model(target.as_str())
            .with_max_output_tokens(PROBE_TOKENS);
        let call = chat.clone().oneshot(request);
        async move { call.await.map(drop) }
    }))
}

impl Client {
    /// Returns the incidents: the open ones, the oldest first, and then those that are over, the latest first.
    pub fn incidents(&self) -> Vec<Incident> {
        self.monitor().incidents()
    }

    /// Returns the events from now on: incidents, alerts, changes of breakers, signs of life.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: outlast::Client) {
    /// use outlast::monitor::Event;
    ///
    /// let mut events = client.events();
    /// while let Some(event) = events.next().await {
    ///     if let Event::Opened(incident) = event {
    ///         eprintln!("{} {}", incident.subject, incident.kind.describe());
    ///     }
    /// }
    /// # }
    /// ```
    pub fn events(&self) -> Events {
        self.watch().ensure_running();
        self.monitor().events()
    }

    /// Returns who takes orders for `target`: to keep calls away from it, to drain it, or to let every call through.
    ///
    /// The orders are for chats and embeddings. Counts of tokens, which cost nothing, are not kept away.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: outlast::Client) {
    /// use outlast::TargetId;
    ///
    /// if let Some(operator) = client.operate(&TargetId::new("acme", "m1")) {
    ///     operator.drain().await;
    ///     // ... change the key, move the server ...
    ///     operator.release();
    /// }
    /// # }
    /// ```
    pub fn operate(&self, target: &TargetId) -> Option<Operator> {
        let operator = self.watch().operate(target)?;
        Some(match self.embedder(target) {
            Some(embedder) => operator.beside(embedder.breaker.clone(), embedder.in_flight.clone()),
            None => operator,
        })
    }

    /// Returns the alert sinks as they stand: what waits, what was delivered, what was not.
    pub fn alerts(&self) -> Vec<SinkStatus> {
        self.monitor().sinks()
    }

    /// Waits until no alert waits any more, for `longest` at most; tells whether that is so. Meant for the end of a
    /// program: what waits in memory then is lost.
    pub async fn flush_alerts(&self, longest: Duration) -> bool {
        self.watch().ensure_running();
        self.monitor().flush(longest).await
    }

    fn monitor(&self) -> &Monitor {
        self.watch().monitor()
    }
}
