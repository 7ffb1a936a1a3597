use outlast_types::{
    Call, CallContext, ChatRequest, Error, FinishReason, Ledger, Mode, ReplyEnd, ReplyGuard,
    StreamEvent, TargetId, Usage,
};
use tracing::Span;
use tracing::field::{Empty, display};

use crate::{CallEnd, Observers, StackEvent};

/// Opens the span of a call; the fields that are not known yet are filled in by its [`Description`].
pub(super) fn open<R: Call>(request: &R) -> Span {
    match request.chat() {
        Some(chat) => of_chat(chat, R::MODE),
        None => of_other(R::OPERATION, request.model(), request.context()),
    }
}

fn of_chat(request: &ChatRequest, mode: Mode) -> Span {
    tracing::info_span!(
        "chat",
        otel.name = %format_args!("chat {}", request.model),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "chat",
        gen_ai.request.model = %request.model,
        gen_ai.request.max_tokens = request.max_output_tokens,
        gen_ai.provider.name = Empty,
        gen_ai.response.model = Empty,
        gen_ai.response.finish_reasons = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        "error.type" = Empty,
        outlast.request_id = request.context.request_id.as_deref(),
        outlast.stream = mode == Mode::Stream,
        outlast.target = Empty,
        outlast.attempts = Empty,
        outlast.outcome = Empty,
    )
}

/// Opens the span of a call that is no chat. Its own name is the same for all operations, because it must be a literal.
fn of_other(operation: &str, model: &str, context: &CallContext) -> Span {
    tracing::info_span!(
        "operation",
        otel.name = %format_args!("{operation} {model}"),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = operation,
        gen_ai.request.model = %model,
        gen_ai.provider.name = Empty,
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        "error.type" = Empty,
        outlast.request_id = context.request_id.as_deref(),
        outlast.target = Empty,
        outlast.attempts = Empty,
        outlast.outcome = Empty,
    )
}

/// Fills in a span when the call is over, however it ends.
#[derive(Debug)]
pub(super) struct Description {
    span: Span,
    ledger: Ledger,
    mode: Mode,
    observers: Observers,
    served_by: Option<TargetId>,
    is_over: bool,
}

impl Description {
    pub(super) fn of(span: Span, context: &CallContext, mode: Mode) -> Self {
        Self {
            span,
            ledger: context.ledger.clone(),
            mode,
            observers: Observers::default(),
            served_by: None,
            is_over: false,
        }
    }

    pub(super) fn with_observers(mut self, observers: Observers) -> Self {
        self.observers = observers;
        self
    }

    /// Tells whether nobody wants to know.
    pub(super) fn is_idle(&self) -> bool {
        self.span.is_disabled() && self.observers.is_empty()
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Notes who gives the reply.
    pub(super) fn served_by(&mut self, target: &TargetId) {
        self.served_by = Some(target.clone());
        self.note_target(target);
        self.span.record("gen_ai.response.model", target.model());
    }

    pub(super) fn failed(mut self, error: &Error) {
        self.finish(ReplyEnd::Failed(error));
    }

    /// Tells the observers that the call is over.
    fn tell(&mut self, end: &ReplyEnd<'_>) {
        let (mode, served_by) = (self.mode, self.served_by.take());
        self.observers.notify(|| StackEvent::Ended {
            mode,
            served_by,
            end: match end {
                ReplyEnd::Complete { .. } => CallEnd::Complete,
                ReplyEnd::Failed(error) => CallEnd::Failed(error.kind()),
                _ => CallEnd::Abandoned,
            },
            calls: self.ledger.calls(),
        });
    }

    fn note_target(&self, target: &TargetId) {
        self.span.record("outlast.target", display(target));
        self.span.record("gen_ai.provider.name", target.account());
    }

    fn note_error(&self, error: &Error) {
        if let Some(target) = error.target() {
            self.note_target(target);
        }
        self.span.record("error.type", error.kind().as_str());
        self.span.record("otel.status_code", "ERROR");
    }

    fn note_usage(&self, usage: Usage) {
        if usage != Usage::default() {
            self.span
                .record("gen_ai.usage.input_tokens", usage.total_input());
            self.span.record("gen_ai.usage.output_tokens", usage.output);
        }
    }

    fn note_finish(&self, finish: Option<&FinishReason>) {
        if let Some(finish) = finish {
            let reasons = format_args!("[{:?}]", finish.as_str()).to_string();
            self.span
                .record("gen_ai.response.finish_reasons", reasons.as_str());
        }
    }
}

impl ReplyGuard for Description {
    fn event(&mut self, event: &StreamEvent) {
        if let StreamEvent::Start(start) = event
            && let Some(model) = &start.model
        {
            self.span.record("gen_ai.response.model", model.as_str());
        }
    }

    fn finish(&mut self, end: ReplyEnd<'_>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        self.tell(&end);
        if self.span.is_disabled() {
            return;
        }
        let outcome = match end {
            ReplyEnd::Complete { usage, finish } => {
                self.note_usage(usage);
                self.note_finish(finish);
                "complete"
            }
            ReplyEnd::Failed(error) => {
                self.note_error(error);
                "failed"
            }
            ReplyEnd::Abandoned { usage } => {
                self.note_usage(usage);
                "abandoned"
            }
            _ => "unknown",
        };
        self.span.record("outlast.outcome", outcome);
        self.span.record("outlast.attempts", self.ledger.calls());
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        let usage = Usage::default();
        self.finish(ReplyEnd::Abandoned { usage });
    }
}
