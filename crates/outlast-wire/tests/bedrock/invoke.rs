//! Streams in the format of the model's vendor.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use outlast_types::{Mode, StreamEvent};
use outlast_wire::anthropic::MessagesDecoder;
use outlast_wire::bedrock::InvokeStream;
use outlast_wire::event_stream::EventStreamBody;
use outlast_wire::{Decoder, Events};

use crate::expected::frames;
use crate::recordings::exchanges;
use crate::support::{collect, read_pieces, stream_of};

fn decoder() -> impl Decoder {
    EventStreamBody::new(Mode::Stream, InvokeStream::new(MessagesDecoder::default()))
}

fn chunk(event: &str) -> String {
    format!(r#"{{"bytes":"{}","p":"abc"}}"#, STANDARD.encode(event))
}

#[test]
fn every_recorded_stream_of_a_claude_says_what_its_events_say() {
    let mut seen = 0;
    for exchange in exchanges(&["invoke-stream"]) {
        if exchange.status != 200 || !exchange.path.contains("claude") {
            continue;
        }
        let events: Vec<serde_json::Value> = frames(&exchange.body)
            .iter()
            .map(|(_, event)| STANDARD.decode(event["bytes"].as_str().unwrap()).unwrap())
            .map(|event| serde_json::from_slice(&event).unwrap())
            .collect();
        if events[0]["type"] != "message_start" {
            // An older format of the same vendor.
            continue;
        }
        let (decoded, end) = read_pieces(decoder(), [exchange.body.as_slice()]);
        end.unwrap_or_else(|error| panic!("{}: {error:?}", exchange.id));
        let (in_pieces, _) = read_pieces(decoder(), exchange.body.chunks(7));
        assert_eq!(in_pieces, decoded, "{}", exchange.id);

        let has_metrics = decoded
            .iter()
            .any(|event| matches!(event, StreamEvent::Opaque(_)));
        assert!(has_metrics, "{}", exchange.id);
        let text: String = events
            .iter()
            .filter_map(|event| event["delta"]["text"].as_str())
            .collect();
        let reply = collect(decoded);
        assert_eq!(reply.text(), text, "{}", exchange.id);
        let output = events
            .iter()
            .rev()
            .find_map(|event| event["usage"]["output_tokens"].as_u64());
        assert_eq!(reply.usage.output, output.unwrap(), "{}", exchange.id);
        seen += 1;
    }
    println!("{seen} streams");
}

#[test]
fn the_service_s_metrics_are_told_apart_from_the_vendor_s_event() {
    let start = chunk(r#"{"type":"message_start","message":{"id":"m","model":"c"}}"#);
    let delta = chunk(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#);
    let stop = chunk(
        r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}"#,
    );
    let body = stream_of(&[("chunk", &start), ("chunk", &delta), ("chunk", &stop)]);
    let (events, end) = read_pieces(decoder(), [&body[..]]);
    assert!(end.is_ok());
    let Some(StreamEvent::Opaque(metrics)) = events.back() else {
        panic!("{events:?}");
    };
    assert_eq!(
        metrics.raw.get(),
        r#"{"amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}"#
    );
}

#[test]
fn chunks_that_cannot_be_read_are_skipped_and_counted() {
    let mut decoder =
        EventStreamBody::new(Mode::Stream, InvokeStream::new(MessagesDecoder::default()));
    let bad = ["{}", r#"{"bytes":"?"}"#, r#"{"bytes":"/w=="}"#, "[]"];
    let body = stream_of(&bad.map(|payload| ("chunk", payload)));
    let mut events = Events::new();
    decoder.push(body, &mut events).unwrap();
    decoder.push(Bytes::new(), &mut events).unwrap();
    assert_eq!(decoder.malformed_frames(), 4);
    assert!(decoder.end(&mut events).is_err());
}
