//! The least that any decoder must do: find the lines, parse the data into flat structs that borrow.

#![expect(
    clippy::expect_used,
    reason = "a bench has no one to tell but the terminal"
)]

use std::borrow::Cow;

use memchr::memchr_iter;
use serde::Deserialize;

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
    usage: Option<OpenAiUsage>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct OpenAiUsage {
    completion_tokens: u64,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    delta: Option<EventDelta<'a>>,
    usage: Option<AnthropicUsage>,
}

#[derive(Deserialize)]
struct EventDelta<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct AnthropicUsage {
    output_tokens: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(borrow)]
    candidates: Vec<Candidate<'a>>,
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Content<'a>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Vec<Part<'a>>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    candidates_token_count: u64,
}

#[derive(Deserialize)]
struct ResponsesEvent<'a> {
    #[serde(borrow)]
    delta: Option<Cow<'a, str>>,
    response: Option<EndOfResponse>,
}

#[derive(Deserialize)]
struct EndOfResponse {
    usage: Option<AnthropicUsage>,
}

/// Returns the number of lines.
pub(crate) fn count_lines(stream: &[u8]) -> usize {
    memchr_iter(b'\n', stream).count()
}

/// Returns the bytes of text and the tokens of a stream of OpenAI's.
pub(crate) fn read_openai(stream: &[u8]) -> usize {
    let mut sum = 0;
    for data in data_lines(stream).filter(|data| *data != b"[DONE]") {
        let chunk: Chunk<'_> = serde_json::from_slice(data).expect("the stream is well formed");
        for choice in &chunk.choices {
            sum += choice.delta.content.as_deref().map_or(0, str::len);
            sum += choice.finish_reason.as_deref().map_or(0, str::len);
        }
        sum += chunk
            .usage
            .map_or(0, |usage| usage.completion_tokens as usize);
    }
    sum
}

/// Returns the bytes of text and the tokens of a stream of Anthropic's.
pub(crate) fn read_anthropic(stream: &[u8]) -> usize {
    let mut sum = 0;
    for data in data_lines(stream) {
        let event: Event<'_> = serde_json::from_slice(data).expect("the stream is well formed");
        if let Some(delta) = event.delta {
            sum += delta.text.as_deref().map_or(0, str::len);
            sum += delta.stop_reason.as_deref().map_or(0, str::len);
        }
        sum += event.usage.map_or(0, |usage| usage.output_tokens as usize);
    }
    sum
}

/// Returns the bytes of text and the tokens of a stream of Gemini's.
pub(crate) fn read_gemini(stream: &[u8]) -> usize {
    data_lines(stream).map(read_gemini_chunk).sum()
}

fn read_gemini_chunk(data: &[u8]) -> usize {
    let reply: Reply<'_> = serde_json::from_slice(data).expect("the chunk is well formed");
    let mut sum = reply
        .usage_metadata
        .map_or(0, |usage| usage.candidates_token_count as usize);
    for candidate in &reply.candidates {
        sum += candidate.finish_reason.as_deref().map_or(0, str::len);
        let texts = candidate.content.parts.iter().map(|part| part.text.len());
        sum += texts.sum::<usize>();
    }
    sum
}

/// Returns the bytes of text and the tokens of a stream of Responses.
pub(crate) fn read_responses(stream: &[u8]) -> usize {
    let mut sum = 0;
    for data in data_lines(stream) {
        let event: ResponsesEvent<'_> =
            serde_json::from_slice(data).expect("the stream is well formed");
        sum += event.delta.as_deref().map_or(0, str::len);
        let usage = event.response.and_then(|response| response.usage);
        sum += usage.map_or(0, |usage| usage.output_tokens as usize);
    }
    sum
}

fn data_lines(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', stream).filter_map(move |end| {
        let line = stream.get(start..end)?;
        start = end + 1;
        line.strip_prefix(b"data: ")
    })
}
