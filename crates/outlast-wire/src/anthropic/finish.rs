//! Why a reply ended.

use outlast_types::FinishReason;

/// The name of the field. Among a finish's extra fields it is the reason word for word, where reading it lost something.
pub(super) const FIELD: &str = "stop_reason";

/// Reads a `stop_reason`.
pub(super) fn read(stop_reason: &str) -> FinishReason {
    match stop_reason {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::Pause,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Writes a `stop_reason`. `called` tells that the reply calls a tool: clients run their tools by this field, and some
/// protocols say `stop` beside a call.
///
/// A reason of another protocol becomes `end_turn`, for clients expect one of the reasons they know.
pub(super) fn write(reason: &FinishReason, own: bool, called: bool) -> &str {
    match reason {
        FinishReason::Stop if called && !own => "tool_use",
        FinishReason::Stop => "end_turn",
        FinishReason::StopSequence => "stop_sequence",
        FinishReason::Length => "max_tokens",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::ContentFilter | FinishReason::Refusal => "refusal",
        FinishReason::Pause => "pause_turn",
        FinishReason::Other(name) if own => name,
        _ => "end_turn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_protocol_comes_back_as_it_was() {
        for name in [
            "end_turn",
            "stop_sequence",
            "max_tokens",
            "tool_use",
            "refusal",
            "pause_turn",
            "new_one",
        ] {
            assert_eq!(write(&read(name), true, false), name);
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
