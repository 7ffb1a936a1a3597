//! Why a reply ended.

use outlast_types::FinishReason;

/// The name of the field. Among a finish's extra fields it is the reason word for word, where reading it lost something.
pub(super) const FIELD: &str = "stopReason";

/// Reads a `stopReason`.
pub(super) fn read(stop_reason: &str) -> FinishReason {
    match stop_reason {
        "end_turn" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "stop_sequence" => FinishReason::StopSequence,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        // A refusal, and answers that the model wrote in a form nobody can read (`malformed_tool_use`).
        "refusal" => FinishReason::Refusal,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Writes a `stopReason`. `called` tells that the reply calls a tool: clients run their tools by this field, and some
/// protocols say `stop` beside a call.
///
/// A reason of another protocol becomes `end_turn`, for clients expect one of the reasons they know.
pub(super) fn write(reason: &FinishReason, own: bool, called: bool) -> &str {
    match reason {
        FinishReason::Stop if called && !own => "tool_use",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::Length => "max_tokens",
        FinishReason::StopSequence => "stop_sequence",
        FinishReason::ContentFilter => "content_filtered",
        FinishReason::Refusal if own => "refusal",
        FinishReason::Refusal => "content_filtered",
        FinishReason::Other(name) if own => name,
        _ => "end_turn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_protocol_comes_back_as_it_was_or_is_known_to_differ() {
        for name in [
            "end_turn",
            "tool_use",
            "max_tokens",
            "stop_sequence",
            "content_filtered",
            "malformed_model_output",
            "malformed_tool_use",
            "new_one",
        ] {
            assert_eq!(write(&read(name), true, false), name);
        }
        for name in ["guardrail_intervened", "model_context_window_exceeded"] {
            assert_ne!(write(&read(name), true, false), name);
        }
    }

    #[test]
    fn a_stop_beside_a_tool_call_of_another_protocol_is_a_tool_call() {
        assert_eq!(write(&FinishReason::Stop, false, true), "tool_use");
        assert_eq!(
            write(&FinishReason::Other("eos".to_owned()), false, false),
            "end_turn"
        );
    }
}
