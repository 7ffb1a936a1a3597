//! Where a request came from.

use outlast_types::ChatRequest;

use super::PROTOCOL;

/// Tells in which protocol a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// In this one: it leaves as it came.
    Own,
    /// In another one: it is adapted, and means what it meant there.
    Foreign,
    /// In none: it was made here, and what it does not say is the provider's to decide.
    Made,
}

impl Origin {
    /// Finds out; the server's side of each protocol marks every request with extra fields, if only with none.
    pub(super) fn of(request: &ChatRequest) -> Self {
        match &request.extra {
            Some(extra) if extra.origin == PROTOCOL => Self::Own,
            Some(_) => Self::Foreign,
            None => Self::Made,
        }
    }

    /// Tells whether it came in this protocol.
    pub(super) fn is_own(self) -> bool {
        self == Self::Own
    }
}
