use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use outlast_types::Money;

use super::Standing;

/// How the targets of a route are put in order for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// As they are listed. The default.
    #[default]
    Ordered,
    /// By lot, in proportion to their weights. Among those left the next is drawn in the same way.
    Weighted,
    /// The faster of two drawn by lot, then the others by their speed. A target of which nothing is known yet, or nothing
    /// recent, counts as fast, so that it is found out.
    Fastest,
    /// By what the call will cost. Where no price is known a target comes last.
    Cheapest,
    /// By how many calls are under way to each.
    LeastBusy,
    /// By which share of its limits each has left.
    Headroom,
}

impl Strategy {
    /// All of them, in the order of their docs.
    pub const ALL: [Self; 6] = [
        Self::Ordered,
        Self::Weighted,
        Self::Fastest,
        Self::Cheapest,
        Self::LeastBusy,
        Self::Headroom,
    ];

    /// Returns the name that configuration uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Weighted => "weighted",
            Self::Fastest => "fastest",
            Self::Cheapest => "cheapest",
            Self::LeastBusy => "least-busy",
            Self::Headroom => "headroom",
        }
    }

    /// Tells whether it spreads like calls over several targets, so that sticking to one makes a difference.
    pub const fn spreads(self) -> bool {
        matches!(
            self,
            Self::Weighted | Self::Fastest | Self::LeastBusy | Self::Headroom
        )
    }

    /// Puts candidates in order: returns their numbers, the best first, each once.
    ///
    /// `chance` draws numbers from 0 up to but not including 1. Where a strategy [spreads](Strategy::spreads), a candidate
    /// whose affinity is known to be the greatest goes first; with weights the affinities take the place of the lots.
    pub fn rank(self, standings: &[Standing], chance: &mut dyn FnMut() -> f64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..standings.len()).collect();
        match self {
            Self::Ordered => {}
            Self::Weighted => sort_by_lot(&mut order, standings, chance),
            Self::Fastest => {
                sort(&mut order, standings, by(speed));
                best_of_two_first(&mut order, chance);
            }
            Self::Cheapest => sort(&mut order, standings, by(price)),
            Self::LeastBusy => {
                // Among equals the lot decides, or all calls of a quiet hour would go to the first.
                shuffle(&mut order, chance);
                sort(&mut order, standings, by(|one| one.under_way));
            }
            Self::Headroom => sort(&mut order, standings, |a, b| {
                b.headroom.total_cmp(&a.headroom)
            }),
        }
        if self.spreads() && self != Self::Weighted {
            nearest_first(&mut order, standings);
        }
        order
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Sorts and leaves equals as they are.
fn sort(
    order: &mut [usize],
    standings: &[Standing],
    compare: impl Fn(&Standing, &Standing) -> Ordering,
) {
    order.sort_by(|a, b| match (standings.get(*a), standings.get(*b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
}

fn by<K: Ord>(key: impl Fn(&Standing) -> K) -> impl Fn(&Standing, &Standing) -> Ordering {
    move |a, b| key(a).cmp(&key(b))
}

fn speed(standing: &Standing) -> Duration {
    standing.first_token.unwrap_or(Duration::ZERO)
}

fn price(standing: &Standing) -> (bool, Money) {
    (
        standing.cost.is_none(),
        standing.cost.unwrap_or(Money::ZERO),
    )
}

/// Draws without putting back: who waits least goes first, if each waits for a time that is exponential with its weight
/// as the rate. With affinities in place of lots that is rendezvous hashing with weights.
fn sort_by_lot(order: &mut [usize], standings: &[Standing], chance: &mut dyn FnMut() -> f64) {
    let waits: Vec<f64> = standings
        .iter()
        .map(|standing| {
            let lot = standing.affinity.unwrap_or_else(&mut *chance);
            match standing.weight {
                0 => f64::INFINITY,
                weight => -(1.0 - lot).max(f64::MIN_POSITIVE).ln() / f64::from(weight),
            }
        })
        .collect();
    let wait = |index: &usize| waits.get(*index).copied().unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| wait(a).total_cmp(&wait(b)));
}

/// Draws two of an order and puts the better of them first.
fn best_of_two_first(order: &mut [usize], chance: &mut dyn FnMut() -> f64) {
    let count = order.len();
    if count < 2 {
        return;
    }
    let first = drawn(chance, count);
    let other = drawn(chance, count - 1);
    let other = other + usize::from(other >= first);
    to_front(order, first.min(other));
}

fn nearest_first(order: &mut [usize], standings: &[Standing]) {
    let affinity = |index: usize| standings.get(index).and_then(|one| one.affinity);
    let nearest = order
        .iter()
        .enumerate()
        .filter_map(|(place, index)| Some((place, affinity(*index)?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    if let Some((place, _)) = nearest {
        to_front(order, place);
    }
}

fn to_front(order: &mut [usize], place: usize) {
    if let Some(front) = order.get_mut(..=place) {
        front.rotate_right(1);
    }
}

fn shuffle(order: &mut [usize], chance: &mut dyn FnMut() -> f64) {
    for place in (1..order.len()).rev() {
        order.swap(place, drawn(chance, place + 1));
    }
}

/// Draws a whole number below `count`, which is not 0.
fn drawn(chance: &mut dyn FnMut() -> f64, count: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a route has few targets, and the product is at least 0"
    )]
    let number = (chance() * count as f64) as usize;
    number.min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy as _, prop_assert_eq, proptest};

    /// A source of chance that begins at `seed`.
    fn chance(seed: u64) -> impl FnMut() -> f64 {
        let mut rng = fastrand::Rng::with_seed(seed);
        move || rng.f64()
    }

    fn standing() -> Standing {
        Standing::default()
    }

    /// Counts how often each of the candidates is first in 10,000 orders.
    fn firsts(strategy: Strategy, standings: &[Standing]) -> Vec<usize> {
        let mut chance = chance(7);
        let mut counts = vec![0; standings.len()];
        for _ in 0..10_000 {
            counts[strategy.rank(standings, &mut chance)[0]] += 1;
        }
        counts
    }

    fn first_token(ms: u64) -> Standing {
        standing().with_first_token(Some(Duration::from_millis(ms)))
    }

    #[test]
    fn an_ordered_route_draws_no_lots() {
        let order = Strategy::Ordered.rank(&[standing(); 3], &mut || panic!("a lot is drawn"));
        assert_eq!(order, [0, 1, 2]);
    }

    #[test]
    fn weights_are_shares_of_the_calls() {
        let counts = firsts(
            Strategy::Weighted,
            &[7, 2, 1, 0].map(|weight| standing().with_weight(weight)),
        );
        assert!((6_800..7_200).contains(&counts[0]), "{counts:?}");
        assert!((1_850..2_150).contains(&counts[1]), "{counts:?}");
        assert!((900..1_100).contains(&counts[2]), "{counts:?}");
        assert_eq!(counts[3], 0, "a weight of 0 is for fallbacks only");
    }

    #[test]
    fn the_slowest_of_three_is_never_first_and_the_fastest_mostly() {
        let counts = firsts(
            Strategy::Fastest,
            &[first_token(900), first_token(200), first_token(500)],
        );
        assert_eq!(counts[0], 0);
        assert!((6_500..6_850).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn the_fallbacks_of_the_fastest_are_in_order_of_speed() {
        let standings = [first_token(900), first_token(200), first_token(500)];
        let order = Strategy::Fastest.rank(&standings, &mut || 0.0);
        assert_eq!(order, [1, 2, 0]);
    }

    #[test]
    fn who_is_not_known_yet_counts_as_fast() {
        let order = Strategy::Fastest.rank(&[first_token(1), standing()], &mut || 0.0);
        assert_eq!(order, [1, 0]);
    }

    #[test]
    fn the_cheapest_is_first_and_unknown_prices_are_last() {
        let cost = |cents| standing().with_cost(Some(Money::from_pico_usd(cents)));
        let order = Strategy::Cheapest.rank(&[standing(), cost(9), cost(3)], &mut || 0.0);
        assert_eq!(order, [2, 1, 0]);
    }

    #[test]
    fn among_equally_busy_targets_the_lot_decides() {
        let counts = firsts(Strategy::LeastBusy, &[standing(), standing()]);
        assert!((4_800..5_200).contains(&counts[0]), "{counts:?}");
        let busy = [standing().with_under_way(1), standing()];
        assert_eq!(firsts(Strategy::LeastBusy, &busy), [0, 10_000]);
    }

    #[test]
    fn who_has_most_of_its_limits_left_is_first() {
        let left = [0.1, 0.9, 0.5].map(|share| standing().with_headroom(share));
        assert_eq!(Strategy::Headroom.rank(&left, &mut || 0.0), [1, 2, 0]);
    }

    #[test]
    fn the_nearest_goes_first_only_where_a_strategy_spreads() {
        let near = [0.2, 0.4, 0.9].map(|affinity| standing().with_affinity(Some(affinity)));
        for strategy in Strategy::ALL {
            let order = strategy.rank(&near, &mut || 0.0);
            let first = if strategy.spreads() && strategy != Strategy::Weighted {
                2
            } else {
                0
            };
            assert_eq!(order[0], first, "{strategy}");
        }
    }

    fn any_standing() -> impl proptest::strategy::Strategy<Value = Standing> {
        let times = proptest::option::of((0..10_000_u64).prop_map(Duration::from_millis));
        let costs = proptest::option::of((0..1_000_i128).prop_map(Money::from_pico_usd));
        let affinities = proptest::option::of(0.0..1.0_f64);
        (
            0..5_u32,
            times,
            costs,
            0..9_usize,
            -1.0..2.0_f64,
            affinities,
        )
            .prop_map(|(weight, time, cost, calls, share, affinity)| {
                Standing::default()
                    .with_weight(weight)
                    .with_first_token(time)
                    .with_cost(cost)
                    .with_under_way(calls)
                    .with_headroom(share)
                    .with_affinity(affinity)
            })
    }

    proptest! {
        #[test]
        fn every_order_has_every_candidate_once_and_follows_from_its_seed(
            standings in proptest::collection::vec(any_standing(), 0..9),
            seed: u64,
        ) {
            for strategy in Strategy::ALL {
                let order = strategy.rank(&standings, &mut chance(seed));
                prop_assert_eq!(&order, &strategy.rank(&standings, &mut chance(seed)));
                let mut sorted = order;
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..standings.len()).collect::<Vec<_>>());
            }
        }
    }
}
