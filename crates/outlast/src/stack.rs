//! The one place where the order of the layers is written.
//!
//! Outermost first:
//!
//! | stack | once per | layers |
//! |---|---|---|
//! | call | client | observe, route |
//! | route | route | deadline, resume, fallback over the targets |
//! | target | target and policy | retry, allowance, breaker, in-flight limit, continuation, pace, attempt, commit, idle, provider |
//!
//! Each is written once for all kinds of calls. What a target remembers of its calls ([`TargetState`]) is shared by its
//! stacks of every route; chats have one memory, whole or streamed, embeddings another and token counts a third.

use std::num::NonZeroUsize;
use std::sync::Arc;

use outlast_providers::Target;
use outlast_tower::breaker::Kin;
use outlast_tower::commit::CommitLayer;
use outlast_tower::deadline::{DeadlineLayer, DeadlineService};
use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::observe::{ObserveLayer, ObserveService};
use outlast_tower::resume::{ResumeLayer, ResumeService};
use outlast_tower::task::AutoRoute;
use outlast_tower::{
    Allowance, AllowanceLayer, AttemptLayer, Breaker, BreakerLayer, Classify, ContinuationLayer,
    FirstContents, Hedge, IdleLayer, InFlight, InFlightLayer, Jitter, Observers, Pace, PaceLayer,
    RetryBudget, RetryPolicy, Route, retry_layer,
};
use outlast_types::{Call, Error, ErrorKind, Needs, Reply};
use tower::{Service, ServiceBuilder};

use crate::routes::Plan;
use crate::routing::TargetVitals;
use crate::{FirstToken, Hedging, Policy, TargetFacts, Timeouts};

/// What the client is asked through: names lead to routes.
pub(crate) type CallStack<R, T> = ObserveService<Route<RouteStack<R, T>>>;

/// What a name leads to.
pub(crate) type RouteStack<R, T> = DeadlineService<ResumeService<Fallback<BoxTarget<R, T>>>>;

/// Who is asked after a failure of a kind.
pub(crate) type Detour<R, T> = (ErrorKind, Vec<Candidate<BoxTarget<R, T>>>);

/// What all stacks of a target share.
#[derive(Clone)]
pub(crate) struct TargetState {
    pub(crate) target: Target,
    pub(crate) breaker: Breaker,
    budget: RetryBudget,
    first_contents: FirstContents,
    pub(crate) in_flight: InFlight,
    pub(crate) allowance: Allowance,
    facts: TargetFacts,
    /// Only there if a route goes by it.
    pace: Option<Pace>,
}

/// What all stacks of a client share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) classify: Arc<dyn Classify>,
    pub(crate) observers: Observers,
    pub(crate) jitter: Jitter,
}

impl TargetState {
    pub(crate) fn new(
        target: Target,
        kin: impl IntoIterator<Item = Kin>,
        policy: &Policy,
        shared: &Shared,
    ) -> Self {
        let breaker = Breaker::new(target.id().clone())
            .with_config(policy.breaker.clone())
            .with_classify(Arc::clone(&shared.classify))
            .with_jitter(shared.jitter.clone())
            .with_observers(shared.observers.clone())
            .with_kin(kin);
        let in_flight = NonZeroUsize::new(policy.in_flight).unwrap_or(NonZeroUsize::MIN);
        Self {
            target,
            breaker,
            budget: RetryBudget::default(),
            first_contents: FirstContents::default(),
            in_flight: InFlight::new(in_flight).with_queue(policy.queue, policy.max_wait),
            allowance: Allowance::default(),
            facts: TargetFacts::default(),
            pace: None,
        }
    }

    /// Says what is known of the target.
    pub(crate) fn with_facts(mut self, facts: TargetFacts) -> Self {
        self.allowance = Allowance::new(facts.allowance);
        self.facts = facts;
        self
    }

    /// Remembers how fast the target answers.
    pub(crate) fn with_pace(mut self) -> Self {
        self.pace = Some(Pace::default());
        self
    }

    /// Puts the target on a list: what it is asked through, and what a choice goes by.
    fn candidate<S>(&self, service: S) -> Candidate<S> {
        let facts = &self.facts;
        let mut capabilities = self.target.capabilities();
        capabilities.lacks = facts.lacks.iter().fold(capabilities.lacks, Needs::with);
        let vitals = TargetVitals {
            in_flight: self.in_flight.clone(),
            allowance: self.allowance.clone(),
            pace: self.pace.clone(),
        };
        let mut candidate = Candidate::new(self.target.id().clone(), service)
            .with_capabilities(capabilities)
            .with_vitals(Arc::new(vitals));
        candidate.first_contents = Some(self.first_contents.clone());
        candidate.price = facts.price;
        candidate.context_tokens = facts.context_tokens;
        candidate.vendor.clone_from(&facts.vendor);
        candidate
    }
}

/// Stacks the layers around everything: `routes` by the names that lead to them.
pub(crate) fn call_stack<R, T>(
    routes: impl IntoIterator<Item = (String, RouteStack<R, T>)>,
    default: &str,
    autos: &[(String, AutoRoute)],
    shared: &Shared,
) -> CallStack<R, T> {
    ServiceBuilder::new()
        // Outermost: its span and its verdict are those the caller has.
        .layer(ObserveLayer::new().with_observers(shared.observers.clone()))
        .service(
            Route::new(routes)
                .with_default(default)
                .with_autos(autos.iter().cloned()),
        )
}

/// Stacks the layers around the targets of one route.
pub(crate) fn route_stack<R, T>(
    candidates: impl IntoIterator<Item = Candidate<BoxTarget<R, T>>>,
    detours: Vec<Detour<R, T>>,
    plan: &Plan,
    shared: &Shared,
) -> RouteStack<R, T> {
    let Plan {
        policy, routing, ..
    } = plan;
    let fallback = Fallback::new(candidates)
        .with_strategy(routing.strategy)
        .with_sticky(routing.sticky)
        .with_leading(routing.leading)
        .with_jitter(shared.jitter.clone())
        .with_max_calls(policy.calls)
        .with_classify(Arc::clone(&shared.classify))
        .with_observers(shared.observers.clone());
    let fallback = detours
        .into_iter()
        .fold(fallback, |fallback, (kind, list)| {
            fallback.with_detour(kind, list)
        });
    let fallback = match policy.hedge {
        Hedging::Auto => fallback.with_hedge(Hedge::new()),
        Hedging::Off => fallback,
    };
    ServiceBuilder::new()
        // Around everything that waits or asks again, so that nothing below can outlast it.
        .layer(DeadlineLayer::new(policy.timeout.total))
        // Around the fallback: a stream that broke is continued by whoever the fallback finds.
        .layer(
            ResumeLayer::new()
                .with_mode(policy.resume)
                .with_classify(Arc::clone(&shared.classify))
                .with_observers(shared.observers.clone()),
        )
        .service(fallback)
}

/// Stacks the layers around one target's `provider` and puts it on the list of a route. `alone` tells that the list has
/// no other.
pub(crate) fn target_stack<R, S>(
    provider: S,
    state: &TargetState,
    policy: &Policy,
    shared: &Shared,
    alone: bool,
) -> Candidate<BoxTarget<R, S::Response>>
where
    R: Call,
    S: Service<R, Error = Error> + Clone + Send + Sync + 'static,
    S::Response: Reply,
    S::Future: Send + 'static,
{
    let id = state.target.id();
    let capabilities = state.target.capabilities();
    let on_unsupported = policy.on_unsupported;
    let service = ServiceBuilder::new()
        // What the caller said goes before what the policy says.
        .map_request(move |mut call: R| {
            call.context_mut()
                .on_unsupported
                .get_or_insert(on_unsupported);
            call
        })
        // The only loop that asks the same target again. Above the breaker, so that it learns of every attempt and can
        // refuse the second.
        .layer(retry_layer(retry_policy(state, policy, shared, alone)))
        // Above the breaker: a call that the account's limits do not allow says nothing about the target, and what the
        // breaker turns away takes nothing from them.
        .layer(AllowanceLayer::new(state.allowance.clone(), id.clone()))
        // Above the limit: a call that found the target full says nothing about its health.
        .layer(breaker_layer(state, alone))
        // The permit is held to the end of the stream.
        .layer(InFlightLayer::new(state.in_flight.clone(), id.clone()))
        // Asks again in words where the target refuses a prefill: both are attempts, hence above the ledger's layer.
        .layer(ContinuationLayer::new(capabilities))
        // Next to the calls themselves: a wait in a queue or for a retry says nothing about the target's speed.
        .option_layer(state.pace.clone().map(PaceLayer::new))
        // One entry in the ledger for each call that the provider sees.
        .layer(AttemptLayer::new(id.clone()))
        // Below all that may go elsewhere: what fails before the first content is a plain error to them.
        .layer(commit_layer(state, &policy.timeout))
        // Next to the provider: it sees the pings that commit keeps back.
        .layer(
            IdleLayer::new()
                .with_idle(policy.timeout.idle)
                .with_progress_idle(policy.timeout.progress),
        )
        .service(provider);
    state.candidate(BoxTarget::new(service))
}

fn commit_layer(state: &TargetState, timeout: &Timeouts) -> CommitLayer {
    let commit = CommitLayer::new().with_whole_reply(timeout.reply);
    let memory = state.first_contents.clone();
    match timeout.first_token {
        FirstToken::Auto => commit.with_learned_first_token(memory),
        FirstToken::Within(limit) => commit.with_memory(memory).with_first_token(limit),
    }
}

fn breaker_layer(state: &TargetState, alone: bool) -> BreakerLayer {
    let breaker = BreakerLayer::new(state.breaker.clone());
    if alone { breaker.alone() } else { breaker }
}

fn retry_policy(state: &TargetState, policy: &Policy, shared: &Shared, alone: bool) -> RetryPolicy {
    let retry = RetryPolicy::new(state.target.id().clone())
        .with_max_attempts(policy.attempts)
        .with_max_calls(policy.calls)
        .with_patience(policy.patience)
        .with_budget(state.budget.clone())
        .with_classify(Arc::clone(&shared.classify))
        .with_jitter(shared.jitter.clone())
        .with_observers(shared.observers.clone());
    if alone { retry.alone() } else { retry }
}
