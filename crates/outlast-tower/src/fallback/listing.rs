//! In which order one call goes along the list.

use outlast_types::{Call, Mode};
use tokio::time::Instant;

use super::Candidate;
use super::service::Settings;
use crate::order::{Standing, Sticky, Strategy, affinity, key_of};
use crate::tokens;

/// A target with less than this share of its limits left is asked after all others.
const SCARCE: f64 = 0.05;

/// The order of the candidates for one call; by default as they are.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Their numbers; `None` as they are.
    order: Option<Vec<usize>>,
    /// How many of the candidates are on the list; `None` for all.
    listed: Option<usize>,
}

impl Listing {
    /// Puts the candidates in order for `request`: by the strategy, and those whose limits are all but used up last. An
    /// ordered list with enough left costs next to nothing.
    pub(super) fn of<S, R: Call>(settings: &Settings<S>, request: &R) -> Self {
        let order = (settings.strategy != Strategy::Ordered).then(|| rank(settings, request));
        Self {
            order: put_scarce_last(settings, order),
            listed: Some(settings.listed),
        }
    }

    /// Returns the number of the candidate at `place`, of `count` candidates.
    pub(super) fn get(&self, place: usize, count: usize) -> Option<usize> {
        if place >= self.listed.unwrap_or(count) {
            return None;
        }
        match &self.order {
            Some(order) => order.get(place).copied(),
            None => Some(place),
        }
    }
}

/// Puts the candidates that have little of their limits left after the others; both keep their order.
fn put_scarce_last<S>(settings: &Settings<S>, order: Option<Vec<usize>>) -> Option<Vec<usize>> {
    let listed = settings.candidates.get(..settings.listed).unwrap_or(&[]);
    if listed.len() < 2 || listed.iter().all(|one| one.vitals.is_none()) {
        return order;
    }
    let now = Instant::now().into_std();
    let is_scarce = |one: &Candidate<S>| {
        let left = one.vitals.as_deref().and_then(|it| it.headroom(now));
        left.is_some_and(|left| left < SCARCE)
    };
    // Nearly always nobody is, and then nothing is allocated.
    if !listed.iter().any(is_scarce) {
        return order;
    }
    let mut order = order.unwrap_or_else(|| (0..listed.len()).collect());
    order.sort_by_cached_key(|place| listed.get(*place).is_some_and(is_scarce));
    Some(order)
}

fn rank<S, R: Call>(settings: &Settings<S>, request: &R) -> Vec<usize> {
    let listed = settings.candidates.get(..settings.listed).unwrap_or(&[]);
    let leading = settings.leading.min(listed.len());
    let (leaders, rest) = listed.split_at(leading);
    let facts = Facts::of(settings.strategy, settings.sticky, request);
    let mut chance = || settings.jitter.fraction();
    let mut rank = |group: &[Candidate<S>]| {
        let standings: Vec<_> = group.iter().map(|one| facts.standing(one)).collect();
        settings.strategy.rank(&standings, &mut chance)
    };
    let mut order = rank(leaders);
    order.extend(rank(rest).into_iter().map(|place| leading + place));
    order
}

/// What of a call bears on the order.
struct Facts {
    strategy: Strategy,
    mode: Mode,
    now: std::time::Instant,
    input_tokens: u64,
    output_tokens: u64,
    key: Option<u64>,
}

impl Facts {
    fn of<R: Call>(strategy: Strategy, sticky: Sticky, request: &R) -> Self {
        let chat = request.chat();
        // A limit is not what is used: most answers are far from a high one.
        let output = chat.map_or(0, |chat| tokens::output(chat).min(tokens::USUAL_OUTPUT));
        let input = match chat {
            // What is alike for all candidates needs no exact size, and only prices make use of it.
            Some(chat) if strategy == Strategy::Cheapest => tokens::input(chat),
            _ => 1,
        };
        let key = chat.and_then(|chat| key_of(sticky, chat));
        Self {
            strategy,
            mode: R::MODE,
            now: Instant::now().into_std(),
            input_tokens: input,
            output_tokens: output,
            key,
        }
    }

    /// Reads what the strategy asks for, and no more.
    fn standing<S>(&self, candidate: &Candidate<S>) -> Standing {
        let standing = Standing::default()
            .with_weight(candidate.weight)
            .with_affinity(self.key.map(|key| affinity(key, &candidate.target)));
        let vitals = candidate.vitals.as_deref();
        match self.strategy {
            Strategy::Fastest => {
                standing.with_first_token(vitals.and_then(|it| it.first_token(self.mode, self.now)))
            }
            Strategy::Cheapest => {
                let cost =
                    |price: outlast_types::Price| price.cost(self.input_tokens, self.output_tokens);
                standing.with_cost(candidate.price.map(cost))
            }
            Strategy::LeastBusy => {
                standing.with_under_way(vitals.and_then(|it| it.under_way()).unwrap_or(0))
            }
            Strategy::Headroom => {
                standing.with_headroom(vitals.and_then(|it| it.headroom(self.now)).unwrap_or(1.0))
            }
            Strategy::Ordered | Strategy::Weighted => standing,
        }
    }
}
