//! Where a request came from, seen from the model that is asked.

use outlast_types::ChatRequest;

use super::{PROTOCOL, path};

/// How much of a request is sent as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It came in this protocol and names this very model: all of it.
    Exact,
    /// It came in this protocol for another model, or for a route: all but how much to think.
    OtherModel,
    /// It came in another protocol, or was made here: all of it is adapted.
    Foreign,
}

impl Origin {
    /// Finds out; the server's side marks every request with extra fields of this protocol, if only with none.
    pub(super) fn of(request: &ChatRequest, model: &str) -> Self {
        match &request.extra {
            Some(extra) if extra.origin != PROTOCOL => Self::Foreign,
            None => Self::Foreign,
            Some(_) if is_same(&request.model, model) => Self::Exact,
            Some(_) => Self::OtherModel,
        }
    }

    /// Tells whether it came in this protocol.
    pub(super) fn is_own(self) -> bool {
        self != Self::Foreign
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one == other
        || matches!((path::resource(one), path::resource(other)), (Ok(one), Ok(other)) if one == other)
}
