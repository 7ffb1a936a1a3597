//! Token counts.
//!
//! `tokens` counts what the model read and wrote, `billed_units` leaves out what Cohere adds to a prompt by itself. The
//! former are the counts of the reply; where they are missing the latter stand in. Cached tokens are part of the input,
//! those of pictures are beside it (a recorded reply: 34 input and 259 picture tokens, 267 billed).

use outlast_types::{Opaque, RawJson, StreamEvent, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    tokens: Option<Counts>,
    billed_units: Option<Counts>,
    cached_tokens: Option<f64>,
}

/// The documentation says that counts are numbers with a fraction.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
    image_tokens: Option<f64>,
    reasoning_tokens: Option<f64>,
}

/// Reads `usage`, or `meta` of the older format, as an event. A value without counts is none.
pub(super) fn read_event(raw: &RawValue) -> Option<StreamEvent> {
    let wire: WireUsage = serde_json::from_str(raw.get()).ok()?;
    let counts = wire.tokens.or(wire.billed_units)?;
    let read = whole(counts.input_tokens).saturating_add(whole(counts.image_tokens));
    let mut usage = Usage::new(0, whole(counts.output_tokens));
    usage.cached_read = whole(wire.cached_tokens);
    usage.input = read.saturating_sub(usage.cached_read);
    usage.reasoning = whole(counts.reasoning_tokens);
    Some(StreamEvent::Usage {
        usage,
        raw: Some(Box::new(Opaque {
            origin: PROTOCOL,
            raw: RawJson::from(raw),
        })),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what a count out of range is to do"
)]
fn whole(count: Option<f64>) -> u64 {
    count.unwrap_or(0.0) as u64
}
