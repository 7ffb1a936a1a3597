//! What one document of a vendor says: a piece of text, or all of it.

use outlast_types::FinishReason;
use serde::Deserialize;

/// The fields of all the formats for texts, which do not collide.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    /// Titan, in a stream.
    #[serde(rename = "outputText")]
    output_text: Option<String>,
    /// Titan, whole.
    results: Vec<TitanResult>,
    #[serde(rename = "inputTextTokenCount")]
    input_text_token_count: Option<f64>,
    #[serde(rename = "totalOutputTextTokenCount")]
    total_output_text_token_count: Option<f64>,
    #[serde(rename = "completionReason")]
    completion_reason: Option<String>,
    /// Llama.
    generation: Option<String>,
    prompt_token_count: Option<f64>,
    generation_token_count: Option<f64>,
    /// Mistral.
    outputs: Vec<Text>,
    /// Command, whole.
    generations: Vec<Text>,
    /// Command, in a stream.
    text: Option<String>,
    /// Claude's for texts.
    completion: Option<String>,
    /// Jurassic.
    completions: Vec<Jurassic>,
    /// DeepSeek.
    choices: Vec<Text>,
    stop_reason: Option<String>,
    finish_reason: Option<String>,
    /// The service's own: what a guardrail did.
    #[serde(rename = "amazon-bedrock-guardrailAction")]
    guardrail_action: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TitanResult {
    #[serde(rename = "outputText")]
    output_text: Option<String>,
    #[serde(rename = "tokenCount")]
    token_count: Option<f64>,
    #[serde(rename = "completionReason")]
    completion_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    text: Option<String>,
    stop_reason: Option<String>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Jurassic {
    data: Text,
    #[serde(rename = "finishReason")]
    finish_reason: JurassicReason,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JurassicReason {
    reason: Option<String>,
}

impl Piece {
    /// Returns the text and the reason why it ended: those of the first answer.
    pub(super) fn text_and_reason(self) -> (String, Option<String>) {
        let own_reason = self
            .completion_reason
            .or(self.stop_reason)
            .or(self.finish_reason);
        let own_text = [
            self.output_text,
            self.generation,
            self.text,
            self.completion,
        ]
        .into_iter()
        .flatten()
        .next();
        let titan = self
            .results
            .into_iter()
            .map(|result| (result.output_text, result.completion_reason));
        let jurassic = self
            .completions
            .into_iter()
            .map(|completion| (completion.data.text, completion.finish_reason.reason));
        let texts = [self.outputs, self.generations, self.choices]
            .into_iter()
            .flatten()
            .map(|text| (text.text, text.stop_reason.or(text.finish_reason)));
        let (text, reason) = titan
            .chain(jurassic)
            .chain(texts)
            .next()
            .unwrap_or_default();
        (own_text.or(text).unwrap_or_default(), own_reason.or(reason))
    }

    /// Tells whether a guardrail put its own words in place of the model's.
    pub(super) fn is_intervened(&self) -> bool {
        self.guardrail_action.as_deref() == Some("INTERVENED")
    }

    /// Returns the tokens that were read.
    pub(super) fn input(&self) -> Option<u64> {
        whole(self.input_text_token_count.or(self.prompt_token_count))
    }

    /// Returns the tokens that were written so far.
    pub(super) fn output(&self) -> Option<u64> {
        let titan = self.results.first().and_then(|result| result.token_count);
        whole(
            self.total_output_text_token_count
                .or(self.generation_token_count)
                .or(titan),
        )
    }
}

/// Reads a reason; each vendor has words of its own, and no two of them collide.
pub(super) fn finish(reason: &str) -> FinishReason {
    match reason.to_ascii_lowercase().as_str() {
        "finish" | "finished" | "complete" | "stop" | "endoftext" | "end_turn" => {
            FinishReason::Stop
        }
        "length" | "max_tokens" => FinishReason::Length,
        "stop_sequence" | "stop_criteria_met" => FinishReason::StopSequence,
        "content_filtered" | "error_toxic" => FinishReason::ContentFilter,
        _ => FinishReason::Other(reason.to_owned()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what a count out of range is to do"
)]
fn whole(count: Option<f64>) -> Option<u64> {
    count.map(|count| count as u64)
}
