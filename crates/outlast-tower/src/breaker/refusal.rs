use outlast_types::{Error, ErrorKind, Sent, TargetId};

use super::state::Refusal;

impl Refusal {
    pub(super) fn into_error(self, target: TargetId) -> Error {
        match self {
            Self::Open(wait) => Error::new(ErrorKind::BreakerOpen).with_retry_after(wait),
            // It is the provider's own word, handed on: whoever hears it is to believe it, and not to ask here again.
            Self::Saturated(wait) => Error::new(ErrorKind::RateLimited)
                .with_retry_after(Some(wait))
                .with_should_retry(Some(false))
                .with_message("the provider has asked to be left alone for a while"),
        }
        .with_target(target)
    }
}

/// Tells whether the target was passed over and not called.
pub(crate) fn was_passed_over(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::BreakerOpen | ErrorKind::LocalOverload => true,
        ErrorKind::RateLimited => error.sent() == Sent::No && error.should_retry() == Some(false),
        _ => false,
    }
}
