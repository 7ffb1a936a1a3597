//! The formats in which a text comes and nothing else.

use bytes::Bytes;
use outlast_types::{Delta, Error, ErrorKind, FinishReason, ReplyStart, StreamEvent, Usage};
use serde::Deserialize;

use super::PROTOCOL;
use super::piece::{Piece, finish};
use crate::error::{malformed, malformed_json};
use crate::{Events, FrameDecoder};

/// Understands the events of a stream and the body of a whole reply.
#[derive(Debug, Default)]
pub(super) struct TextFrames {
    begun: bool,
    usage: Usage,
    finished: bool,
    /// A guardrail's words came instead of the model's; then no reason need come.
    intervened: bool,
    done: bool,
}

/// The counts that the service adds to the last event of a stream; they come as the event before it.
#[derive(Deserialize)]
struct Metered {
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Metrics,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    #[serde(rename = "inputTokenCount")]
    input: u64,
    #[serde(rename = "outputTokenCount")]
    output: u64,
}

impl TextFrames {
    /// The fields by which these formats are known.
    pub(super) const FIELDS: [&str; 9] = [
        "choices",
        "completion",
        "completions",
        "generation",
        "generations",
        "is_finished",
        "outputText",
        "outputs",
        "results",
    ];

    fn take(&mut self, piece: Piece, metered: Option<Metrics>, out: &mut Events) {
        if !std::mem::replace(&mut self.begun, true) {
            out.push_back(StreamEvent::Start(Box::new(ReplyStart::new(PROTOCOL))));
        }
        self.intervened |= piece.is_intervened();
        self.count(&piece, metered);
        let (text, reason) = piece.text_and_reason();
        if !text.is_empty() {
            out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
        }
        if let Some(reason) = reason {
            self.finish(finish(&reason), out);
        }
    }

    /// Takes the counts: the vendor's own, else those of the service.
    fn count(&mut self, piece: &Piece, metered: Option<Metrics>) {
        let metered = metered.unwrap_or_default();
        let known = |count: u64| (count > 0).then_some(count);
        let own_input = piece.input().or(known(self.usage.input));
        let own_output = piece.output().or(known(self.usage.output));
        self.usage.input = own_input.unwrap_or(metered.input);
        self.usage.output = own_output.unwrap_or(metered.output);
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Events) {
        self.finished = true;
        out.push_back(StreamEvent::usage(self.usage));
        out.push_back(StreamEvent::finish(reason));
    }

    /// Ends a reply that has no reason because a guardrail intervened.
    fn finish_intervened(&mut self, out: &mut Events) {
        if self.intervened && !self.finished {
            self.finish(FinishReason::ContentFilter, out);
        }
    }
}

impl FrameDecoder for TextFrames {
    fn frame(&mut self, _: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let piece = serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        let metered = metered(out);
        let is_last = metered.is_some();
        self.take(piece, metered, out);
        self.finished |= is_last;
        if is_last && matches!(out.back(), Some(StreamEvent::Opaque(_))) {
            // Nothing came after the counts: they must not be taken for those of the next event, too.
            out.push_back(StreamEvent::usage(self.usage));
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let piece = serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
        self.take(piece, None, out);
        self.finish_intervened(out);
        if !self.finished {
            return Err(malformed("the reply does not say why it ended"));
        }
        self.done = true;
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        self.finish_intervened(out);
        if !self.finished {
            return Err(Error::new(ErrorKind::StreamBroken)
                .with_message("the stream ended before the answer did"));
        }
        self.done = true;
        out.push_back(StreamEvent::usage(self.usage));
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

/// Returns the counts of the service if they came just before.
fn metered(out: &Events) -> Option<Metrics> {
    match out.back() {
        Some(StreamEvent::Opaque(opaque)) => {
            let metered: Metered = opaque.raw.read().ok()?;
            Some(metered.metrics)
        }
        _ => None,
    }
}
