//! Which answers may be continued by somebody else.

use outlast_types::{ChatRequest, RawJson, ResponseFormat, StreamEvent};

/// Tells whether the answer to `request` may be: one free text, without probabilities of single tokens.
pub(super) fn is_eligible(request: &ChatRequest) -> bool {
    let is_free_text = matches!(request.response_format, None | Some(ResponseFormat::Text));
    is_free_text && request.n.unwrap_or(1) <= 1 && !wants_logprobs(request)
}

/// Log probabilities belong to the very tokens of one model; two models' do not add up to one list.
fn wants_logprobs(request: &ChatRequest) -> bool {
    let is_asked = request.logprobs == Some(true) || request.top_logprobs.is_some_and(|n| n > 0);
    let own = request.extra.iter().map(|extra| &extra.fields);
    is_asked
        || own
            .chain(request.provider_options.values())
            .filter_map(|fields| fields.get("logprobs"))
            .map(RawJson::get)
            .any(|value| !matches!(value, "false" | "null"))
}

/// Tells whether the caller has seen something with `event` that nobody else can go on after.
pub(super) fn is_the_target_s_own(event: &StreamEvent) -> bool {
    match event {
        StreamEvent::Text(delta) => delta.choice != 0,
        StreamEvent::Reasoning(_)
        | StreamEvent::Refusal(_)
        | StreamEvent::ToolCall(_)
        | StreamEvent::Part { .. } => event.is_content(),
        StreamEvent::Opaque(_) => true,
        _ => false,
    }
}
