//! Where a request came from, seen from the model that is asked.

use outlast_types::ChatRequest;

use super::PROTOCOL;

/// How much of a request is sent as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It came in this protocol and names this very model: all of it.
    Exact,
    /// It came in this protocol for another model, or for a route: its turns and tools. How to think, to sample and to
    /// answer in JSON is adapted to the model, for each refuses what another needs.
    OtherModel,
    /// It came in another protocol, or was made here: all of it is adapted.
    Foreign,
}

impl Origin {
    /// Finds out; the server's side marks every request with extra fields of this protocol, if only with none.
    pub(super) fn of(request: &ChatRequest, model: &str) -> Self {
        match &request.extra {
            Some(extra) if extra.origin == PROTOCOL && request.model == model => Self::Exact,
            Some(extra) if extra.origin == PROTOCOL => Self::OtherModel,
            _ => Self::Foreign,
        }
    }

    /// Tells whether it came in this protocol.
    pub(super) fn is_own(self) -> bool {
        self != Self::Foreign
    }
}
