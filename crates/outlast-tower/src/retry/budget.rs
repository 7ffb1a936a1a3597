use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;
use tower::retry::budget::Budget;

/// Bounds the retries of all calls to one target together; clones share it.
///
/// A count per call is not enough: when a target is down, every call would retry, and a provider that is trying to get
/// up would be hit by twice its load. The budget is a purse of tokens: it begins with 10, holds at most 100, and a
/// retry takes 1 out ([`RetryCost`]). Every *success* puts 0.1 in, so that a target that mostly works may be retried
/// for one call in ten; a dead one earns nothing but the reserve of 0.1 a second, and soon sees no retries at all.
///
/// # Examples
///
/// ```
/// use outlast_tower::retry::{RetryBudget, RetryCost};
///
/// let budget = RetryBudget::default();
/// assert_eq!((0..20).filter(|_| budget.spend(RetryCost::Plain)).count(), 10);
/// ```
///
/// # Implementation notes
///
/// It is tower's [`Budget`] too: a deposit is a success, a withdrawal a plain retry. tower's own `TpsBudget` reserves
/// whole retries per second, which is no limit at the few calls per second that a target of this kind sees.
///
/// Balance and time live in one atomic word that is changed by compare-and-swap: two threads can neither spend the
/// same token nor credit the same second, and there is no lock.
#[derive(Clone)]
pub struct RetryBudget(Arc<Shared>);

struct Shared {
    /// A packed [`Purse`].
    purse: AtomicU64,
    /// The instant that the purse's time counts from.
    epoch: Instant,
    rates: Rates,
}

/// What a [`RetryBudget`] is configured with, in tokens: one is the price of a plain retry.
///
/// Numbers that make no sense (negative, infinite) count as 0 or as the most a budget can hold, which is 10,000.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BudgetConfig {
    /// What it begins with. By default 10.
    pub start: f64,
    /// What it can hold. By default 100.
    pub max: f64,
    /// What a success earns. By default 0.1.
    pub per_success: f64,
    /// What a second earns, successes or not. By default 0.1.
    pub per_second: f64,
}

impl Default for BudgetConfig {
    fn default() -> Self {
        Self {
            start: 10.0,
            max: 100.0,
            per_success: 0.1,
            per_second: 0.1,
        }
    }
}

/// What a retry costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryCost {
    /// One token.
    Plain,
    /// Two tokens, after a timeout: such a retry may hold resources for long again.
    Timeout,
    /// Half a token, after the target asked for less: it works, and said when to come back.
    Throttle,
}

impl RetryCost {
    const fn millitokens(self) -> u32 {
        match self {
            Self::Plain => 1_000,
            Self::Timeout => 2_000,
            Self::Throttle => 500,
        }
    }
}

impl RetryBudget {
    /// Makes a budget.
    pub fn new(config: BudgetConfig) -> Self {
        let rates = Rates::new(config);
        let purse = Purse {
            balance: millitokens(config.start).min(rates.max),
            as_of: 0,
        };
        Self(Arc::new(Shared {
            purse: AtomicU64::new(purse.pack()),
            epoch: Instant::now(),
            rates,
        }))
    }

    /// Takes the price of a retry, if there is enough; otherwise takes nothing and returns `false`.
    pub fn spend(&self, cost: RetryCost) -> bool {
        self.change(|purse| purse.spend(cost.millitokens()))
    }

    /// Notes a success.
    pub fn earn(&self) {
        self.change(|purse| Some(purse.earn(self.0.rates)));
    }

    /// Returns how many tokens are there now.
    pub fn balance(&self) -> f64 {
        let purse = Purse::unpack(self.0.purse.load(Ordering::Relaxed));
        f64::from(purse.accrue(self.now(), self.0.rates).balance) / 1_000.0
    }

    /// Applies `change` to the purse as it is now; tells whether it could be applied.
    fn change(&self, change: impl Fn(Purse) -> Option<Purse>) -> bool {
        let now = self.now();
        let step = |packed| {
            let purse = Purse::unpack(packed).accrue(now, self.0.rates);
            change(purse).map(Purse::pack)
        };
        // Nothing else hangs on the order: the word is all there is.
        self.0
            .purse
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .is_ok()
    }

    fn now(&self) -> u64 {
        let elapsed = Instant::now().saturating_duration_since(self.0.epoch);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(BudgetConfig::default())
    }
}

impl Budget for RetryBudget {
    fn deposit(&self) {
        self.earn();
    }

    fn withdraw(&self) -> bool {
        self.spend(RetryCost::Plain)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RetryBudget({})", self.balance())
    }
}

/// The configuration in millitokens.
#[derive(Clone, Copy, Debug)]
struct Rates {
    max: u32,
    per_success: u32,
    per_second: u32,
}

impl Rates {
    fn new(config: BudgetConfig) -> Self {
        Self {
            max: millitokens(config.max),
            per_success: millitokens(config.per_success),
            per_second: millitokens(config.per_second),
        }
    }
}

/// Rounds tokens to millitokens; a number that makes no sense becomes 0 or the most a purse can hold.
fn millitokens(tokens: f64) -> u32 {
    const MOST: f64 = 10_000_000.0;
    // The conversion saturates, and makes 0 of what is not a number.
    (tokens * 1_000.0).round().clamp(0.0, MOST) as u32
}

/// The balance at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Purse {
    /// In millitokens, at most [`BALANCE_BITS`] wide.
    balance: u32,
    /// Up to when the reserve is credited, in milliseconds.
    as_of: u64,
}

/// How many bits of the packed word are the balance: enough for 16,777 tokens. The rest is time, for 34 years.
const BALANCE_BITS: u32 = 24;

impl Purse {
    fn pack(self) -> u64 {
        self.as_of << BALANCE_BITS | u64::from(self.balance)
    }

    fn unpack(packed: u64) -> Self {
        const MASK: u64 = (1 << BALANCE_BITS) - 1;
        Self {
            balance: (packed & MASK) as u32,
            as_of: packed >> BALANCE_BITS,
        }
    }

    /// Credits the reserve up to `now`.
    fn accrue(self, now: u64, rates: Rates) -> Self {
        let Some(elapsed) = now.checked_sub(self.as_of) else {
            // Another thread has looked at the clock later and was faster.
            return self;
        };
        let rate = u64::from(rates.per_second);
        let earned = elapsed.saturating_mul(rate) / 1_000;
        // Only the time that made whole millitokens is used up; the rest goes on counting.
        let used = match rate {
            0 => elapsed,
            rate => (earned.saturating_mul(1_000)).div_ceil(rate).min(elapsed),
        };
        Self {
            balance: self.add(earned, rates),
            as_of: self.as_of + used,
        }
    }

    fn earn(self, rates: Rates) -> Self {
        Self {
            balance: self.add(u64::from(rates.per_success), rates),
            ..self
        }
    }

    fn spend(self, cost: u32) -> Option<Self> {
        let balance = self.balance.checked_sub(cost)?;
        Some(Self { balance, ..self })
    }

    fn add(self, earned: u64, rates: Rates) -> u32 {
        let sum = u64::from(self.balance).saturating_add(earned);
        u32::try_from(sum).unwrap_or(u32::MAX).min(rates.max)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    fn budget(start: f64, per_second: f64) -> RetryBudget {
        RetryBudget::new(BudgetConfig {
            start,
            per_second,
            ..BudgetConfig::default()
        })
    }

    #[test]
    fn a_thousand_threads_spend_one_token_exactly_once() {
        let budget = budget(1.0, 0.0);
        let (spent, start) = (AtomicUsize::new(0), Barrier::new(1_000));
        thread::scope(|scope| {
            for _ in 0..1_000 {
                scope.spawn(|| {
                    start.wait();
                    if budget.spend(RetryCost::Plain) {
                        spent.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(spent.into_inner(), 1);
        assert_eq!(budget.balance(), 0.0);
    }

    #[test]
    fn no_token_is_lost_or_made_between_threads() {
        let budget = budget(50.0, 0.0);
        let spent = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        budget.earn();
                        if budget.spend(RetryCost::Throttle) {
                            spent.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        // Every thread earns before it spends, and the purse is never full: 50 + 40,000 * 0.1 tokens came in.
        let out = spent.into_inner() as f64 * 0.5;
        assert!((budget.balance() + out - 4_050.0).abs() < 0.001);
    }

    #[test]
    fn it_is_tower_s_budget() {
        let budget = budget(0.95, 0.0);
        assert!(!Budget::withdraw(&budget));
        Budget::deposit(&budget);
        assert!(Budget::withdraw(&budget));
    }

    #[test]
    fn numbers_that_make_no_sense_are_tamed() {
        let check = |start, balance| assert_eq!(budget(start, 0.0).balance(), balance, "{start}");
        check(-1.0, 0.0);
        check(f64::NAN, 0.0);
        check(f64::INFINITY, 100.0);
        check(1e300, 100.0);
    }

    #[test]
    fn time_is_credited_once_whoever_looks_and_however_often() {
        let rates = Rates::new(BudgetConfig::default());
        let often = (1..=60_000).fold(purse(0), |purse, now| purse.accrue(now, rates));
        assert_eq!(often, purse(0).accrue(60_000, rates));
        assert_eq!(often.balance, 6_000);
        // A thread that looked at the clock earlier but comes later.
        assert_eq!(often.accrue(30_000, rates), often);
    }

    fn purse(balance: u32) -> Purse {
        Purse { balance, as_of: 0 }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Earn,
        Spend(RetryCost),
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Earn),
            Just(Step::Spend(RetryCost::Plain)),
            Just(Step::Spend(RetryCost::Timeout)),
            Just(Step::Spend(RetryCost::Throttle)),
            (0_u64..20_000).prop_map(Step::Pass),
        ]
    }

    proptest! {
        #[test]
        fn packing_keeps_balance_and_time(balance in 0_u32..(1 << BALANCE_BITS), as_of in 0_u64..(1 << 40)) {
            let purse = Purse { balance, as_of };
            prop_assert_eq!(Purse::unpack(purse.pack()), purse);
        }

        #[test]
        fn no_more_is_spent_than_came_in_and_the_purse_never_overflows(
            steps in proptest::collection::vec(step(), 0..100), start in 0_u32..20_000, per_second in 0_u32..5_000,
        ) {
            let rates = Rates { max: 20_000, per_success: 100, per_second };
            let (mut purse, mut now) = (purse(start), 0);
            let (mut earned, mut spent) = (u64::from(start), 0_u64);
            for step in steps {
                purse = purse.accrue(now, rates);
                match step {
                    Step::Earn => {
                        earned += 100;
                        purse = purse.earn(rates);
                    }
                    Step::Spend(cost) => {
                        if let Some(rest) = purse.spend(cost.millitokens()) {
                            spent += u64::from(cost.millitokens());
                            purse = rest;
                        }
                    }
                    Step::Pass(time) => now += time,
                }
                prop_assert!(purse.balance <= rates.max);
                let reserve = now * u64::from(per_second) / 1_000;
                prop_assert!(spent + u64::from(purse.balance) <= earned + reserve);
            }
        }
    }
}
