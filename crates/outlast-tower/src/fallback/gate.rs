//! Who cannot serve a request: known before anybody is asked.

use outlast_types::{Call, Error, ErrorKind, Need, Needs};

use super::Candidate;
use crate::tokens;

/// What a candidate must not lack. The default one lets everybody pass.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    needs: Needs,
    /// How many tokens the request has at least.
    least_tokens: u64,
}

impl Gate {
    /// Makes the gate for a request. It is only read if any of the candidates is known to be short of anything.
    pub(super) fn of<S, R: Call>(candidates: &[Candidate<S>], request: &R) -> Self {
        let is_limited =
            |one: &Candidate<S>| !one.capabilities.lacks.is_empty() || one.context_tokens.is_some();
        match request.chat() {
            Some(chat) if candidates.iter().any(is_limited) => Self {
                needs: Needs::of(chat),
                least_tokens: tokens::least_input(chat),
            },
            _ => Self::default(),
        }
    }

    /// Returns what the candidate lacks, if it is known to lack anything.
    pub(super) fn lacking<S>(&self, candidate: &Candidate<S>) -> Option<Need> {
        let window = candidate.context_tokens;
        let fits = window.is_none_or(|tokens| self.least_tokens <= tokens);
        let lacks = candidate.capabilities.lacks;
        let lacking = self.needs.first_of(lacks);
        lacking.or_else(|| (!fits).then_some(Need::ContextWindow))
    }
}

/// Says what it means if nobody can meet the need.
pub(super) fn error(need: Need) -> Error {
    let message = match need {
        Need::ContextWindow => {
            "the request is longer than any target of the route holds".to_owned()
        }
        need => format!(
            "the request needs `{need}`, and every target of the route is configured as lacking something it needs"
        ),
    };
    Error::new(error_kind(need)).with_message(message)
}

pub(super) fn error_kind(need: Need) -> ErrorKind {
    match need {
        Need::ContextWindow => ErrorKind::ContextTooLong,
        _ => ErrorKind::Unsupported,
    }
}
