use std::collections::BTreeMap;
use std::sync::Arc;

use outlast_types::{ChatRequest, Money, Price};

use super::guess::{Guess, Task, guess};
use crate::tokens;

/// A name that leads to the route for a request's task.
#[derive(Clone, Debug)]
pub struct AutoRoute {
    routes: BTreeMap<Task, Arc<str>>,
    otherwise: Arc<str>,
    least_confidence: f64,
    cost_cap: Option<Money>,
    prices: BTreeMap<Arc<str>, Price>,
}

/// Which route was chosen for a request, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// The route.
    pub route: Arc<str>,
    /// Why it.
    pub reason: Reason,
    /// What the request was taken for.
    pub guess: Guess,
}

/// Why a route was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is the route for the task.
    Task,
    /// The guess was not sure enough: it is the one for all else.
    Unsure,
    /// There is no route for the task: it is the one for all else.
    NoRoute,
    /// The task's route would cost this much, which is more than allowed: it is the one for all else.
    TooDear(Money),
}

impl AutoRoute {
    /// Takes the route `otherwise` for all that no other is taken for.
    pub fn new(otherwise: impl Into<Arc<str>>) -> Self {
        Self {
            routes: BTreeMap::new(),
            otherwise: otherwise.into(),
            least_confidence: 0.5,
            cost_cap: None,
            prices: BTreeMap::new(),
        }
    }

    /// Takes `route` for requests that are taken for `task`.
    pub fn with_task(mut self, task: Task, route: impl Into<Arc<str>>) -> Self {
        self.routes.insert(task, route.into());
        self
    }

    /// Goes by a guess only if its confidence is at least this, 0 to 1; 0.5 by default.
    pub fn with_least_confidence(mut self, confidence: f64) -> Self {
        self.least_confidence = confidence;
        self
    }

    /// Takes no route but the one for all else if a request would cost more than this there, by what is known of prices.
    pub fn with_cost_cap(mut self, most: Money) -> Self {
        self.cost_cap = Some(most);
        self
    }

    /// Says what tokens cost at a route: at its dearest target, to be on the safe side.
    pub fn with_price(mut self, route: impl Into<Arc<str>>, price: Price) -> Self {
        self.prices.insert(route.into(), price);
        self
    }

    /// Returns the names of the routes it may lead to.
    pub fn routes(&self) -> impl Iterator<Item = &str> {
        let routes = self.routes.values().chain([&self.otherwise]);
        routes.map(|route| &**route)
    }

    /// Returns the route for all else; the only one for what is no chat.
    pub fn otherwise(&self) -> &str {
        &self.otherwise
    }

    /// Chooses a route for a request.
    pub fn choose(&self, request: &ChatRequest) -> Choice {
        let guess = guess(request);
        let (route, reason) = match self.routes.get(&guess.task) {
            _ if guess.confidence < self.least_confidence => (&self.otherwise, Reason::Unsure),
            None => (&self.otherwise, Reason::NoRoute),
            Some(route) => match self.excess(route, request) {
                Some(cost) => (&self.otherwise, Reason::TooDear(cost)),
                None => (route, Reason::Task),
            },
        };
        Choice {
            route: Arc::clone(route),
            reason,
            guess,
        }
    }

    /// Returns what a request would cost at a route, if that is too much.
    fn excess(&self, route: &str, request: &ChatRequest) -> Option<Money> {
        let (input, output) = (tokens::input(request), tokens::output(request));
        let cost = self.prices.get(route)?.cost(input, output);
        (cost > self.cost_cap?).then_some(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto() -> AutoRoute {
        AutoRoute::new("cheap")
            .with_task(Task::Reasoning, "deep")
            .with_price(
                "deep",
                Price::per_million(Money::from_usd(10), Money::from_usd(100)),
            )
    }

    fn proof() -> ChatRequest {
        ChatRequest::user("Prove that there are infinitely many primes.")
    }

    #[test]
    fn a_task_goes_to_its_route_and_all_else_to_the_other() {
        let choice = auto().choose(&proof());
        assert_eq!((&*choice.route, choice.reason), ("deep", Reason::Task));
        let choice = auto().choose(&ChatRequest::user("Write a poem."));
        assert_eq!((&*choice.route, choice.reason), ("cheap", Reason::NoRoute));
    }

    #[test]
    fn a_guess_that_is_not_sure_enough_is_not_gone_by() {
        let choice = auto().with_least_confidence(0.99).choose(&proof());
        assert_eq!((&*choice.route, choice.reason), ("cheap", Reason::Unsure));
    }

    #[test]
    fn what_would_cost_too_much_goes_elsewhere() {
        let capped = auto().with_cost_cap(Money::from_pico_usd(10_000_000_000));
        let choice = capped.choose(&proof());
        assert_eq!(&*choice.route, "cheap");
        assert!(matches!(choice.reason, Reason::TooDear(_)), "{choice:?}");
        let short = proof().with_max_output_tokens(90);
        assert_eq!(&*capped.choose(&short).route, "deep");
    }
}
