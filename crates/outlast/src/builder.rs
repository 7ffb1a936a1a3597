//! Puts a client together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use outlast_monitor::{MonitorBuilder, MonitorConfig, Sink, Watch};
use outlast_providers::Target;
use outlast_tower::task::AutoRoute;
use outlast_tower::{Classify, Jitter, Observer, Observers, StandardTable, Strategy};
use outlast_types::{Call, Error, Money, PriceList, Reply, TargetId};
use tower_service::Service;

use crate::client::CallStacks;
use crate::kindred::Kindred;
use crate::routes::{DEFAULT, Plan, led_by, only, with_target_names};
use crate::stack::{CallStack, Shared, TargetState, call_stack, route_stack, target_stack};
use crate::watching;
use crate::{Client, Policy, Routing, TargetFacts};

/// Puts a client together.
///
/// # Examples
///
/// ```no_run
/// use outlast::Client;
/// use outlast::providers::{Anthropic, DeepSeek, HolySheep};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cheap = DeepSeek::from_env()?.model("deepseek-chat");
/// let client = Client::builder()
///     .target(Anthropic::from_env()?.model("claude-sonnet-4-5"))
///     .target(HolySheep::from_env()?.model("claude-sonnet-4.5-20250508"))
///     .target(cheap.clone())
///     .route("batch", [cheap])
///     .build()?;
/// assert_eq!(client.routes().collect::<Vec<_>>(), ["default", "batch"]);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a builder makes no client until `build` is called"]
pub struct ClientBuilder {
    default: Vec<Target>,
    routes: Vec<(String, Vec<Target>, Option<Policy>)>,
    policy: Policy,
    routing: Vec<(String, Routing)>,
    autos: Vec<(String, AutoRoute)>,
    facts: BTreeMap<TargetId, TargetFacts>,
    prices: Option<Arc<dyn PriceList>>,
    classify: Option<Arc<dyn Classify>>,
    observers: Observers,
    jitter: Jitter,
    monitor: MonitorBuilder,
    /// How the monitor works, if anybody has said so.
    monitor_config: Option<MonitorConfig>,
    /// Whether anybody is told of anything.
    has_alerts: bool,
    /// What a probe may cost that costs money; `None` if none may.
    paid_probes: Option<Money>,
}

/// Says why a client cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no target at all.
    #[error("a client needs at least one target: add one with `target` or `route`")]
    NoTarget,
    /// A route has no target.
    #[error("the route `{0}` has no target: give it one, or leave it out")]
    EmptyRoute(String),
    /// Two routes have the same name.
    #[error("two routes are named `{0}`: rename one")]
    SameRoute(String),
    /// A route's name cannot be told from a target's.
    #[error(
        "the route name `{0}` is empty or contains `/`, which tells a target from a route: rename it"
    )]
    RouteName(String),
    /// A target stands twice in one route.
    #[error(
        "the target `{target}` stands twice in the route `{route}`: remove one, or give its account another name"
    )]
    SameTarget {
        /// The route.
        route: String,
        /// The target.
        target: TargetId,
    },
    /// `routing` or `auto_route` names a route that is not there.
    #[error(
        "there is no route `{0}`, which `routing` or `auto_route` names: add it, or mend the name"
    )]
    UnknownRoute(String),
    /// A share was given to a target that is not in the route.
    #[error(
        "the target `{target}` was given a weight and is not in the route `{route}`: add it, or leave the weight out"
    )]
    UnknownTarget {
        /// The route.
        route: String,
        /// The target.
        target: TargetId,
    },
    /// A setting of a policy would let nothing through.
    #[error("`{0}` is zero, so that no call could ever succeed: set it to something more")]
    Zero(&'static str),
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
        let targets = targets.into_iter().collect();
        self.routes.push((name.into(), targets, None));
        self
    }

    /// Adds a route with a policy of its own. What belongs to a target ([`Policy::in_flight`], [`Policy::breaker`]) is
    /// as in the policy of the client.
    pub fn route_with_policy(
        mut self,
        name: impl Into<String>,
        targets: impl IntoIterator<Item = Target>,
        policy: Policy,
    ) -> Self {
        let targets = targets.into_iter().collect();
        self.routes.push((name.into(), targets, Some(policy)));
        self
    }

    /// Says how the route `name` chooses among its targets; without it they are asked in their order. It is
    /// `default` for the route that was made of single targets.
    pub fn routing(mut self, name: impl Into<String>, routing: Routing) -> Self {
        self.routing.push((name.into(), routing));
        self
    }

    /// Adds a name that leads to one of the routes by what a chat asks for.
    pub fn auto_route(mut self, name: impl Into<String>, route: AutoRoute) -> Self {
        self.autos.push((name.into(), route));
        self
    }

    /// Says what is known of a target.
    pub fn facts(mut self, target: TargetId, facts: TargetFacts) -> Self {
        self.facts.insert(target, facts);
        self
    }

    /// Looks up prices in `prices`, for targets whose price was not given by [`ClientBuilder::facts`].
    pub fn prices(mut self, prices: impl PriceList) -> Self {
        self.prices = Some(Arc::new(prices));
        self
    }

    /// Sets the policy of all routes that have none of their own.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn classify(mut self, classify: impl Classify) -> Self {
        self.classify = Some(Arc::new(classify));
        self
    }

    /// Adds an observer of what happens in the stack.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers = self.observers.with(observer);
        self
    }

    /// Draws all chance (how long a wait is, who is a probe) from a generator that begins at `seed`, so that a test or a
    /// drill can be repeated. By default it comes from the operating system.
    pub fn seed(mut self, seed: u64) -> Self {
        self.jitter = Jitter::seeded(seed);
        self
    }

    /// Says how the targets are watched. A client that was given this, or an alert, asks the targets that are down for
    /// signs of life, as far as they belong to an account.
    pub fn monitor(mut self, config: MonitorConfig) -> Self {
        self.monitor_config = Some(config);
        self
    }

    /// Tells people of incidents through `sink`, which is called `name` in [`Client::alerts`].
    ///
    /// ```no_run
    /// use outlast::monitor::{PagerDuty, transport};
    /// use outlast::Client;
    /// # fn build(http: outlast::providers::HttpService) {
    /// let pagerduty = PagerDuty::new("0123456789abcdef0123456789abcdef", transport(http));
    /// let builder = Client::builder().alert("oncall", pagerduty);
    /// # let _ = builder;
    /// # }
    /// ```
    pub fn alert(mut self, name: impl Into<String>, sink: impl Sink) -> Self {
        self.monitor = self.monitor.alert(name, sink);
        self.has_alerts = true;
        self
    }

    /// Allows probes that cost up to `each`; what they may cost within a day is
    /// [`MonitorConfig::paid_per_day`](outlast_monitor::MonitorConfig::paid_per_day), and none is made unless that is
    /// more than nothing. A probe asks for 16 tokens, and brings an idle target back that no caller asks.
    pub fn paid_probes(mut self, each: Money) -> Self {
        self.paid_probes = Some(each);
        self
    }

    /// Builds the client.
    pub fn build(self) -> Result<Client, BuildError> {
        let routes = self.plans()?;
        let config = self.monitor_config.unwrap_or_else(|| {
            let config = MonitorConfig::default();
            let every = config.probe_every.filter(|_| self.has_alerts);
            config.with_probe_every(every)
        });
        let topology = watching::topology(&routes);
        let monitor = self.monitor.config(config).topology(topology).build();
        let beside = Shared {
            classify: self.classify.unwrap_or_else(|| Arc::new(StandardTable)),
            observers: self.observers,
            jitter: self.jitter,
        };
        // The monitor watches chats: it knows a target by its name, and other questions have breakers of their own.
        let shared = Shared {
            observers: beside.observers.clone().with(monitor.clone()),
            ..beside.clone()
        };
        let assembly = |targets, of_model, shared| Assembly {
            plans: with_target_names(&routes, of_model),
            default: default_route(&routes),
            autos: &self.autos,
            targets,
            shared,
        };
        let knowledge = Knowledge {
            facts: &self.facts,
            prices: self.prices.as_deref(),
        };
        let states = |shared| target_states(&routes, &self.policy, &knowledge, shared);
        // Each kind of question has its own health: a target that is wrongly asked for embeddings, or that counts tokens
        // no more, may still chat. Counts have their own limits at providers, too.
        let (targets, embedders, counters) = (states(&shared), states(&beside), states(&beside));
        let chats = assembly(&targets, led_by, &shared);
        let stacks = CallStacks {
            chat: chats.build(Target::chat_service),
            stream: chats.build(Target::stream_service),
            embeddings: assembly(&embedders, only, &beside)
                .without_detours()
                .build(Target::embedding_service),
            counts: assembly(&counters, led_by, &beside)
                .without_detours()
                .build(Target::count_service),
        };
        let watched = watching::watched(&targets, self.paid_probes, &stacks.chat);
        let watch = Watch::new(monitor, watched, Arc::clone(&shared.classify));
        let names = routes.iter().map(|(name, _)| name);
        let names = names.chain(self.autos.iter().map(|(name, _)| name));
        let names = names.cloned().collect();
        Ok(Client::new(stacks, names, targets, embedders, watch))
    }

    /// Checks the routes and gives each its policy.
    fn plans(&self) -> Result<Vec<(String, Plan)>, BuildError> {
        let mut plans: Vec<(String, Plan)> = Vec::new();
        let default = (DEFAULT.to_owned(), self.default.clone(), None);
        let default = (!self.default.is_empty()).then_some(default);
        for (name, targets, policy) in default.iter().chain(&self.routes) {
            if plans.iter().any(|(other, _)| other == name) {
                return Err(BuildError::SameRoute(name.clone()));
            }
            let policy = policy.as_ref().unwrap_or(&self.policy);
            check_route(name, targets, policy)?;
            let plan = Plan {
                targets: targets.clone(),
                policy: policy.clone(),
                routing: Routing::default(),
            };
            plans.push((name.clone(), plan));
        }
        for (name, routing) in &self.routing {
            let Some((_, plan)) = plans.iter_mut().find(|(other, _)| other == name) else {
                return Err(BuildError::UnknownRoute(name.clone()));
            };
            check_weights(name, &plan.targets, routing)?;
            plan.routing = routing.clone();
        }
        for (name, auto) in &self.autos {
            if plans.iter().any(|(other, _)| other == name) {
                return Err(BuildError::SameRoute(name.clone()));
            }
            let is_there = |route: &str| plans.iter().any(|(other, _)| other == route);
            if let Some(lost) = auto.routes().find(|route| !is_there(route)) {
                return Err(BuildError::UnknownRoute(lost.to_owned()));
            }
        }
        if plans.is_empty() {
            return Err(BuildError::NoTarget);
        }
        Ok(plans)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("default", &self.default)
            .field("routes", &self.routes)
            .field("policy", &self.policy)
            .field("observers", &self.observers)
            .finish_non_exhaustive()
    }
}

fn check_route(name: &str, targets: &[Target], policy: &Policy) -> Result<(), BuildError> {
    if name.is_empty() || name.contains('/') {
        return Err(BuildError::RouteName(name.to_owned()));
    }
    if targets.is_empty() {
        return Err(BuildError::EmptyRoute(name.to_owned()));
    }
    if let Some(setting) = policy.zero() {
        return Err(BuildError::Zero(setting));
    }
    let mut seen = BTreeSet::new();
    match targets.iter().find(|target| !seen.insert(target.id())) {
        None => Ok(()),
        Some(target) => Err(BuildError::SameTarget {
            route: name.to_owned(),
            target: target.id().clone(),
        }),
    }
}

fn check_weights(route: &str, targets: &[Target], routing: &Routing) -> Result<(), BuildError> {
    let is_there = |id: &TargetId| targets.iter().any(|target| target.id() == id);
    let mut weights = routing.weights.iter();
    match weights.find(|(target, _)| !is_there(target)) {
        None => Ok(()),
        Some((target, _)) => Err(BuildError::UnknownTarget {
            route: route.to_owned(),
            target: target.clone(),
        }),
    }
}

/// What was said about targets.
struct Knowledge<'a> {
    facts: &'a BTreeMap<TargetId, TargetFacts>,
    prices: Option<&'a dyn PriceList>,
}

impl Knowledge<'_> {
    fn of(&self, target: &TargetId) -> TargetFacts {
        let mut facts = self.facts.get(target).cloned().unwrap_or_default();
        let listed = || self.prices.and_then(|list| list.price(target));
        facts.price = facts.price.or_else(listed);
        facts
    }
}

/// Gives each target one state, however many routes it is in.
fn target_states(
    routes: &[(String, Plan)],
    policy: &Policy,
    knowledge: &Knowledge<'_>,
    shared: &Shared,
) -> Vec<TargetState> {
    let goes_by_speed = routes
        .iter()
        .any(|(_, plan)| plan.routing.strategy == Strategy::Fastest);
    let mut kindred = Kindred::default();
    let mut states: Vec<TargetState> = Vec::new();
    let listed = routes.iter().flat_map(|(_, plan)| &plan.targets);
    for target in listed.chain(routes.iter().flat_map(|(_, plan)| plan.detoured())) {
        if states.iter().any(|state| state.target.id() == target.id()) {
            continue;
        }
        let facts = knowledge.of(target.id());
        let kin = kindred.of(target);
        let state = TargetState::new(target.clone(), kin, policy, shared).with_facts(facts);
        states.push(if goes_by_speed {
            state.with_pace()
        } else {
            state
        });
    }
    states
}

/// Returns the route of requests that name none: `default`, or the only one.
fn default_route(routes: &[(String, Plan)]) -> &str {
    match routes {
        [(only, _)] => only,
        _ => DEFAULT,
    }
}

/// What the stacks of one kind of question are built from.
struct Assembly<'a> {
    plans: BTreeMap<String, Plan>,
    default: &'a str,
    autos: &'a [(String, AutoRoute)],
    targets: &'a [TargetState],
    shared: &'a Shared,
}

impl Assembly<'_> {
    /// Builds the stack of one kind of calls; `provider` takes the service for it out of a target.
    fn build<R, S>(&self, provider: fn(&Target) -> S) -> CallStack<R, S::Response>
    where
        R: Call,
        S: Service<R, Error = Error> + Clone + Send + Sync + 'static,
        S::Response: Reply,
        S::Future: Send + 'static,
    {
        let routes = self.plans.iter().map(|(name, plan)| {
            let alone = plan.targets.len() == 1;
            let candidate = |target: &Target, alone: bool| {
                let state = self.state(target)?;
                let provider = provider(&state.target);
                let candidate = target_stack(provider, state, &plan.policy, self.shared, alone);
                Some(candidate.with_weight(plan.routing.weight(target.id())))
            };
            let listed = plan.targets.iter();
            let candidates = listed.filter_map(|target| candidate(target, alone));
            let detours = plan.routing.detours.iter().map(|(kind, targets)| {
                let targets = targets.iter().filter_map(|target| candidate(target, false));
                (*kind, targets.collect())
            });
            let route = route_stack(candidates, detours.collect(), plan, self.shared);
            (name.clone(), route)
        });
        call_stack(routes, self.default, self.autos, self.shared)
    }

    /// Leaves out whom only chats are taken to: another model's vectors must never be mixed with a route's own.
    fn without_detours(mut self) -> Self {
        let plans = std::mem::take(&mut self.plans).into_iter();
        self.plans = plans
            .map(|(name, plan)| (name, plan.without_detours()))
            .collect();
        self
    }

    fn state(&self, target: &Target) -> Option<&TargetState> {
        self.targets
            .iter()
            .find(|state| state.target.id() == target.id())
    }
}
