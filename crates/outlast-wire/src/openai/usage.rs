//! Token counts, in both directions.
//!
//! Here `prompt_tokens` contains the cached tokens and `completion_tokens` the reasoning, where a provider keeps to the
//! standard. Those who do not are told by `total_tokens`: at xAI the reasoning is beside the completion, at Gemini's
//! compatible endpoint hidden thoughts are in the total only, and at Mistral sound is beside the prompt.

use outlast_types::{Opaque, RawJson, StreamEvent, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::ObjectWriter;

/// The counts, wherever the providers put them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// DeepSeek.
    prompt_cache_hit_tokens: Option<u64>,
    /// Together, Moonshot.
    cached_tokens: Option<u64>,
    /// Mistral, formerly.
    num_cached_tokens: Option<u64>,
    /// Databricks, Vercel and other resellers of Anthropic's models.
    cache_read_input_tokens: Option<u64>,
    /// The same.
    cache_creation_input_tokens: Option<u64>,
    /// Copilot.
    reasoning_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

/// Reads a `usage` object as an event. A value that is no such object is none.
pub(crate) fn read_event(raw: &RawValue) -> Option<StreamEvent> {
    let usage = read(raw)?;
    let raw = Box::new(Opaque {
        origin: PROTOCOL,
        raw: RawJson::from(raw),
    });
    Some(StreamEvent::Usage {
        usage,
        raw: Some(raw),
    })
}

fn read(raw: &RawValue) -> Option<Usage> {
    let wire: WireUsage = serde_json::from_str(raw.get()).ok()?;
    let prompt_details = wire.prompt_tokens_details.unwrap_or_default();
    let mut prompt = wire.prompt_tokens.unwrap_or(0);
    let mut completion = wire.completion_tokens.unwrap_or(0);
    let mut reasoning = wire
        .completion_tokens_details
        .unwrap_or_default()
        .reasoning_tokens
        .or(wire.reasoning_tokens)
        .unwrap_or(0);

    let beside = wire
        .total_tokens
        .unwrap_or(0)
        .saturating_sub(prompt.saturating_add(completion));
    if beside > 0 && beside == prompt_details.audio_tokens.unwrap_or(0) {
        prompt = prompt.saturating_add(beside);
    } else if beside > 0 {
        completion = completion.saturating_add(beside);
        reasoning = reasoning.max(beside);
    }

    let mut usage = Usage::new(0, completion);
    usage.cached_read = first_non_zero([
        prompt_details.cached_tokens,
        wire.prompt_cache_hit_tokens,
        wire.cached_tokens,
        wire.num_cached_tokens,
        wire.cache_read_input_tokens,
    ]);
    usage.cached_write = first_non_zero([
        prompt_details.cache_write_tokens,
        wire.cache_creation_input_tokens,
    ]);
    usage.input = prompt
        .saturating_sub(usage.cached_read)
        .saturating_sub(usage.cached_write);
    usage.reasoning = reasoning;
    Some(usage)
}

fn first_non_zero<const N: usize>(counts: [Option<u64>; N]) -> u64 {
    counts
        .into_iter()
        .flatten()
        .find(|count| *count > 0)
        .unwrap_or(0)
}

/// Writes the field `usage`: as the provider wrote it if that was in this protocol, else from the counts.
pub(crate) fn write(object: &mut ObjectWriter<'_>, usage: Usage, raw: Option<&Opaque>) {
    if let Some(raw) = raw.filter(|raw| raw.origin == PROTOCOL) {
        object.field("usage", &raw.raw);
        return;
    }
    let prompt = usage.total_input();
    object.object("usage", |fields| {
        fields
            .field("prompt_tokens", &prompt)
            .field("completion_tokens", &usage.output)
            .field("total_tokens", &prompt.saturating_add(usage.output));
        fields.object("prompt_tokens_details", |details| {
            details.field("cached_tokens", &usage.cached_read);
            if usage.cached_write > 0 {
                details.field("cache_write_tokens", &usage.cached_write);
            }
        });
        fields.object("completion_tokens_details", |details| {
            details.field("reasoning_tokens", &usage.reasoning);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, input: u64, cached: (u64, u64), output: u64, reasoning: u64) {
        let raw = RawJson::parse(json).unwrap();
        let usage = read(raw.as_raw_value()).unwrap();
        assert_eq!(
            (
                usage.input,
                usage.cached_read,
                usage.cached_write,
                usage.output,
                usage.reasoning
            ),
            (input, cached.0, cached.1, output, reasoning),
            "{json}"
        );
    }

    #[test]
    fn cached_tokens_are_taken_out_of_the_prompt() {
        check(
            r#"{"prompt_tokens":1220,"completion_tokens":100,"total_tokens":1320,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":1217},"completion_tokens_details":{"reasoning_tokens":100}}"#,
            3,
            (0, 1217),
            100,
            100,
        );
        // DeepSeek.
        check(
            r#"{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}"#,
            36,
            (64, 0),
            5,
            0,
        );
        // Grok at Azure says that more was cached than was read.
        check(
            r#"{"prompt_tokens":347,"completion_tokens":18,"total_tokens":365,"prompt_tokens_details":{"cached_tokens":403}}"#,
            0,
            (403, 0),
            18,
            0,
        );
    }

    #[test]
    fn what_is_in_the_total_only_is_found() {
        // xAI: the reasoning is beside the completion.
        check(
            r#"{"prompt_tokens":12,"completion_tokens":2,"total_tokens":354,"completion_tokens_details":{"reasoning_tokens":340}}"#,
            12,
            (0, 0),
            342,
            340,
        );
        // Gemini's compatible endpoint: hidden thoughts.
        check(
            r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115}"#,
            10,
            (0, 0),
            105,
            100,
        );
        // Mistral: sound is beside the prompt.
        check(
            r#"{"prompt_tokens":11,"total_tokens":401,"completion_tokens":15,"prompt_tokens_details":{"cached_tokens":9,"audio_tokens":375}}"#,
            377,
            (9, 0),
            15,
            0,
        );
    }

    #[test]
    fn counts_that_are_not_known_yet_are_zero() {
        check(
            r#"{"prompt_tokens":7,"completion_tokens":null,"total_tokens":null}"#,
            7,
            (0, 0),
            0,
            0,
        );
    }
}
