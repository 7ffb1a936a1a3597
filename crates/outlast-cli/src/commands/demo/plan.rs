//! What happens to the primary, and when.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use super::board::Board;
use super::stage::Providers;

/// The shares of the whole that the parts take, in hundredths; three recoveries.
const LEAD: u32 = 11;
const ERRORS: u32 = 10;
const HANG: u32 = 16;
const CUTS: u32 = 9;
const RECOVERY: u32 = 18;

/// The shortest hang that the breaker notices in any case.
const MIN_HANG: Duration = Duration::from_millis(2200);
/// The shortest time for the primary to come back in.
const MIN_RECOVERY: Duration = Duration::from_millis(1200);
/// How much longer than planned the next trouble waits for the primary to come back from the last.
const MAX_EXTRA: Duration = Duration::from_secs(15);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);

/// How the primary fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It answers 503 to everything.
    Errors,
    /// It takes requests and never answers.
    Hang,
    /// It cuts every reply half-way: those under way when it begins, and those that begin later.
    Cuts,
}

/// One time of trouble, as it was.
#[derive(Clone, Debug)]
pub(super) struct Incident {
    pub(super) trouble: Trouble,
    pub(super) from: Duration,
    pub(super) until: Duration,
    /// When the next one began, or the traffic ended.
    pub(super) next: Duration,
}

/// How long everything takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    lead: Duration,
    troubles: [(Trouble, Duration); 3],
    recovery: Duration,
}

impl Plan {
    /// Divides `whole` among the parts.
    pub(super) fn new(whole: Duration) -> Self {
        let share = |hundredths: u32| whole * hundredths / 100;
        Self {
            lead: share(LEAD),
            troubles: [
                (Trouble::Errors, share(ERRORS)),
                (Trouble::Hang, share(HANG).max(MIN_HANG)),
                (Trouble::Cuts, share(CUTS)),
            ],
            recovery: share(RECOVERY).max(MIN_RECOVERY),
        }
    }

    /// Returns how long it all takes if the primary comes back in the planned time.
    pub(super) fn whole(self) -> Duration {
        let troubles = self.troubles.map(|(_, lasts)| lasts + self.recovery);
        self.lead + troubles.into_iter().sum::<Duration>()
    }

    /// Plays the troubles in turn and returns what happened when. `say` learns what is going on.
    ///
    /// A trouble only begins once the primary carries its traffic again, so that there is something to lose; on a
    /// slow machine that may take longer than planned.
    pub(super) async fn play(
        self,
        providers: &Providers,
        board: &Board,
        say: impl Fn(&str),
    ) -> Vec<Incident> {
        say("both providers are healthy");
        sleep(self.lead).await;
        let mut incidents = Vec::with_capacity(3);
        for (trouble, lasts) in self.troubles {
            say(&format!("the primary {trouble}"));
            let from = board.now();
            providers.break_primary(trouble);
            sleep(lasts).await;
            providers.heal_primary();
            let until = board.now();
            say("the primary is healthy again");
            sleep(self.recovery).await;
            wait_for_primary(board, until).await;
            incidents.push(Incident {
                trouble,
                from,
                until,
                next: board.now(),
            });
        }
        incidents
    }
}

/// Waits until the primary, which is healthy since `healed`, has its traffic back.
async fn wait_for_primary(board: &Board, healed: Duration) {
    let give_up = board.now() + MAX_EXTRA;
    while board.now() < give_up && !board.primary_is_back(healed) {
        sleep(LOOK).await;
    }
}

impl Incident {
    /// Tells whether the primary was failing at this time.
    pub(super) fn covers(&self, at: Duration) -> bool {
        self.from <= at && at < self.until
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Errors => "answers 503 to everything",
            Self::Hang => "takes requests and never answers",
            Self::Cuts => "cuts every reply half-way",
        })
    }
}

impl Trouble {
    /// Returns a short name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Hang => "hang",
            Self::Cuts => "cuts",
        }
    }
}
