use outlast_types::{Adaptation, Call, Error, ErrorKind, PrefillSupport};
use tower::util::Oneshot;
use tower_service::Service;

use super::prompt::{add_instruction, add_partial};

/// A call for the rest of an answer.
pub(super) struct Rest<S, R> {
    service: S,
    request: R,
    method: Method,
    /// Where in the ledger the entry of the call stands, once it is made.
    entry: usize,
    max_calls: usize,
}

/// How a target is asked to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// By a last message of its own, which it continues in place.
    Prefill,
    /// By the same message and an instruction of the user's.
    Words,
}

impl<S, R> Rest<S, R>
where
    R: Call,
{
    /// Prepares to call `service`, which need not be ready yet, a second time.
    pub(super) fn new(service: S, request: R, prefill: PrefillSupport, max_calls: usize) -> Self {
        let method = match prefill {
            PrefillSupport::Yes => Method::Prefill,
            _ => Method::Words,
        };
        Self {
            entry: request.context().ledger.attempts().len(),
            service,
            request,
            method,
            max_calls,
        }
    }

    /// Returns the request with the beginning of the answer in its messages.
    ///
    /// The text goes without its trailing white space, which some targets refuse at the end of a message; whoever
    /// joins the continuation knows that it may come again. A beginning that is nothing but white space is left out.
    pub(super) fn render(&self) -> R {
        let mut request = self.request.clone();
        let continuation = self.request.context().continuation.as_ref();
        let text = continuation.map_or("", |continuation| continuation.text.trim_end());
        if !text.is_empty()
            && let Some(chat) = request.chat_mut()
        {
            let body = chat.body_mut();
            add_partial(body, text);
            if self.method == Method::Words {
                add_instruction(body, text);
            }
        }
        request
    }

    /// Notes in the ledger how the target was asked.
    pub(super) fn note(&self) {
        let how = match self.method {
            Method::Prefill => "continued by prefill",
            Method::Words => "continued by instruction",
        };
        let ledger = &self.request.context().ledger;
        ledger.update(self.entry, |attempt| {
            attempt.adaptations.push(Adaptation::change(how));
        });
    }

    /// Tells whether it may have been the prefill that the target refused.
    pub(super) fn may_ask_again(&self, error: &Error) -> bool {
        self.method == Method::Prefill
            && matches!(
                error.kind(),
                ErrorKind::InvalidRequest | ErrorKind::Unsupported
            )
            && self.request.context().ledger.calls() < self.max_calls
    }

    /// Asks the same target in words.
    pub(super) fn ask_in_words(&mut self) -> Oneshot<S, R>
    where
        S: Service<R> + Clone,
    {
        self.method = Method::Words;
        self.entry = self.request.context().ledger.attempts().len();
        Oneshot::new(self.service.clone(), self.render())
    }
}
