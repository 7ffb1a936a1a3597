//! Why a reply ended, in both directions.

use outlast_types::{ErrorKind, FinishReason};

/// What a `finish_reason` says.
pub(crate) enum Ending {
    /// The choice is complete.
    Finish(FinishReason),
    /// The provider failed, and this is how it says so.
    Failed(ErrorKind),
}

/// Reads a `finish_reason`. An empty one is none.
pub(crate) fn read(reason: &str) -> Option<Ending> {
    let finish = match reason {
        "" => return None,
        // `eos` is Together's word for it, `end_turn` leaks through some gateways.
        "stop" | "eos" | "end_turn" => FinishReason::Stop,
        // Mistral tells a full context from a reached limit.
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        // `sensitive` is Z.ai's word for it.
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        // DeepSeek: "inference is interrupted due to insufficient resource of the inference system".
        "insufficient_system_resource" => return Some(Ending::Failed(ErrorKind::Overloaded)),
        // OpenRouter and Z.ai.
        "error" | "network_error" => return Some(Ending::Failed(ErrorKind::StreamBroken)),
        other => FinishReason::Other(other.to_owned()),
    };
    Some(Ending::Finish(finish))
}

/// Writes a reason so that this protocol's clients know it; a reason of another protocol only, word for word.
pub(crate) fn write(reason: &FinishReason) -> &str {
    match reason {
        FinishReason::Stop | FinishReason::StopSequence => "stop",
        // A paused turn is an answer that is not whole: no client takes it for one.
        FinishReason::Length | FinishReason::Pause => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter | FinishReason::Refusal => "content_filter",
        FinishReason::Other(name) => name,
        _ => "stop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_nobody_knows_comes_back_word_for_word() {
        let Some(Ending::Finish(reason)) = read("flagged_by_moon") else {
            panic!("not a finish");
        };
        assert_eq!(write(&reason), "flagged_by_moon");
    }

    #[test]
    fn a_provider_that_fails_in_its_finish_reason_has_failed() {
        for reason in ["error", "network_error", "insufficient_system_resource"] {
            assert!(matches!(read(reason), Some(Ending::Failed(_))), "{reason}");
        }
        assert!(read("").is_none());
    }
}
