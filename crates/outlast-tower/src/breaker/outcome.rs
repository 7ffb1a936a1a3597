use outlast_types::{Error, ErrorKind};

use super::BreakerConfig;
use super::state::{FAULT, Outcome};
use crate::classify::{Classify, Health};

/// Says what a failure means to the breaker.
pub(super) fn of_failure(
    config: &BreakerConfig,
    classify: &dyn Classify,
    error: &Error,
) -> Outcome {
    let hint = error.retry_after();
    match classify.verdict(error).health {
        Health::Ok => Outcome::Nothing,
        Health::Fault => Outcome::Fault {
            halves: FAULT,
            hint,
        },
        Health::Suspect => Outcome::Fault {
            halves: FAULT / 2,
            hint,
        },
        // It wants fewer calls, and not none: the allowance slows down.
        Health::Throttle if error.kind() == ErrorKind::SlowDown && hint.is_none() => {
            Outcome::Nothing
        }
        Health::Throttle => Outcome::Throttle { hint },
        Health::HardDown => hard_down(config, error),
    }
}

fn hard_down(config: &BreakerConfig, error: &Error) -> Outcome {
    let at_least = |own| {
        let hint = error.retry_after().unwrap_or_default();
        hint.min(config.hint_cap).max(own)
    };
    match error.kind() {
        ErrorKind::Tls => Outcome::Down {
            least: at_least(config.identity_down),
        },
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => Outcome::AccountDown {
            least: at_least(config.account_down),
        },
        _ => Outcome::Down {
            least: at_least(config.account_down),
        },
    }
}
