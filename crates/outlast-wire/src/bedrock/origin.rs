//! Where a request came from, seen from the model that is asked.

use outlast_types::ChatRequest;

use super::PROTOCOL;
use super::family::vendor;

/// How much of a request is sent as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It came in this protocol, for this model or another of the same vendor: all of it.
    SameVendor,
    /// It came in this protocol for another vendor's model, or for a route: all but the fields for that model alone.
    OtherVendor,
    /// It came in another protocol, or was made here: all of it is adapted.
    Foreign,
}

impl Origin {
    /// Finds out; the server's side marks every request with extra fields of this protocol, if only with none.
    pub(super) fn of(request: &ChatRequest, model: &str) -> Self {
        match &request.extra {
            Some(extra) if extra.origin == PROTOCOL => {
                let is_same = request.model == model
                    || vendor(model).is_some() && vendor(&request.model) == vendor(model);
                if is_same {
                    Self::SameVendor
                } else {
                    Self::OtherVendor
                }
            }
            _ => Self::Foreign,
        }
    }

    /// Tells whether it came in this protocol.
    pub(super) fn is_own(self) -> bool {
        self != Self::Foreign
    }
}
