//! Recorded replies of many providers through the client codecs.
//!
//! The fixtures in `tests/fixtures` are always read. All recordings are read where they lie beside the workspace
//! (`../shared/recordings/open`); elsewhere those tests say so and pass.

#![expect(clippy::expect_used, reason = "a test's helper fails the test")]

mod exchange;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use outlast_types::{
    ChatResponse, Collector, Error, ErrorKind, FinishReason, ReplyMeta, StreamEvent, TargetId,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};
use proptest::prelude::*;

use exchange::Exchange;

/// Reads a reply whose body comes in `pieces`. Signs of life are left out: how many there are depends on the pieces.
fn decode(
    exchange: &Exchange,
    pieces: impl IntoIterator<Item = Bytes>,
) -> (Vec<StreamEvent>, Option<Error>) {
    match exchange.operation.as_str() {
        "messages" => run(
            AnthropicMessages::default().decoder(exchange.mode()),
            pieces,
        ),
        _ => run(OpenAiChat::default().decoder(exchange.mode()), pieces),
    }
}

fn run(
    mut decoder: impl Decoder,
    pieces: impl IntoIterator<Item = Bytes>,
) -> (Vec<StreamEvent>, Option<Error>) {
    let mut events = Events::new();
    let mut result = Ok(());
    for piece in pieces {
        result = result.and_then(|()| decoder.push(piece, &mut events));
    }
    let result = result.and_then(|()| decoder.end(&mut events));
    events.retain(|event| *event != StreamEvent::Ping);
    (events.into(), result.err())
}

fn collect(events: Vec<StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("recorded", "reply")))
}

/// Reads a recorded error, beside or inside a reply.
fn error_of(exchange: &Exchange) -> Error {
    if exchange.status().is_success() {
        let (_, error) = decode(exchange, [exchange.body()]);
        return error.expect("an error inside the reply");
    }
    read_error(exchange, exchange.status(), &exchange.body())
}

fn read_error(exchange: &Exchange, status: StatusCode, body: &Bytes) -> Error {
    let headers = exchange.headers();
    let reply = ErrorReply {
        status,
        headers: &headers,
        body,
        received: SystemTime::UNIX_EPOCH,
    };
    match exchange.operation.as_str() {
        "messages" => AnthropicMessages::default().read_error(&reply),
        _ => OpenAiChat::default().read_error(&reply),
    }
}

#[test]
fn every_fixture_of_a_success_is_read_to_an_end_that_the_vocabulary_knows() {
    let fixtures = Exchange::fixtures();
    assert_eq!(fixtures.len(), 31);
    for exchange in fixtures.iter().filter(|exchange| exchange.is_success()) {
        let (events, error) = decode(exchange, [exchange.body()]);
        assert!(error.is_none(), "{}: {error:?}", exchange.id);
        let reply = collect(events);
        let known = !matches!(reply.finish(), None | Some(FinishReason::Other(_)));
        assert!(known, "{}: {:?}", exchange.id, reply.finish());
        assert!(!reply.is_empty(), "{}", exchange.id);
    }
}

#[test]
fn every_fixture_of_an_error_is_of_its_kind() {
    let kinds: HashMap<&str, ErrorKind> = HashMap::from([
        ("aca5d656c9f25f6b", ErrorKind::Unauthenticated),
        ("e5212d892ce4bec1", ErrorKind::Unauthenticated),
        ("e7245931fb662116", ErrorKind::ContextTooLong),
        ("7ea2e7d0a27fecc9", ErrorKind::RateLimited),
        ("36d48151b5750946", ErrorKind::ModelNotFound),
        ("8e947bc80e736f76", ErrorKind::Server),
    ]);
    let fixtures = Exchange::fixtures();
    let errors: Vec<&Exchange> = fixtures
        .iter()
        .filter(|exchange| !exchange.is_success())
        .collect();
    assert_eq!(errors.len(), kinds.len());
    for exchange in errors {
        let error = error_of(exchange);
        assert_eq!(error.kind(), kinds[exchange.id.as_str()], "{}", exchange.id);
        assert!(error.message().is_some(), "{}", exchange.id);
    }
}

#[test]
fn the_rate_limit_of_a_recorded_error_is_its_retry_hint() {
    let fixtures = Exchange::fixtures();
    let limited = fixtures
        .iter()
        .find(|exchange| exchange.id == "7ea2e7d0a27fecc9")
        .expect("it is there");
    // OpenRouter: `x-ratelimit-reset` is 15:41:00, the reply's `date` 15:40:34.
    assert_eq!(
        error_of(limited).retry_after(),
        Some(Duration::from_secs(26))
    );
}

/// Bodies up to this length are cut at every byte; longer ones at random.
const SMALL: usize = 3 * 1024;

#[test]
fn every_cut_of_every_small_fixture_gives_the_same_events() {
    let fixtures = Exchange::fixtures();
    let small = fixtures
        .iter()
        .filter(|exchange| exchange.status().is_success() && exchange.text().len() <= SMALL);
    let mut streams = 0;
    for exchange in small {
        streams += usize::from(exchange.stream);
        let body = exchange.body();
        let whole = outcome(exchange, [body.clone()]);
        for at in 0..=body.len() {
            let pieces = [body.slice(..at), body.slice(at..)];
            assert_eq!(
                outcome(exchange, pieces),
                whole,
                "{} cut at {at}",
                exchange.id
            );
        }
        let bytes = (0..body.len()).map(|at| body.slice(at..=at));
        assert_eq!(
            outcome(exchange, bytes),
            whole,
            "{} cut everywhere",
            exchange.id
        );
    }
    assert!(streams >= 8, "{streams}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cuts_of_any_fixture_give_the_same_events(
        sizes in prop::collection::vec(prop_oneof![1_usize..4, 1_usize..200, 1_usize..5000], 1..40),
    ) {
        for exchange in Exchange::fixtures().iter().filter(|exchange| exchange.status().is_success()) {
            let body = exchange.body();
            let whole = outcome(exchange, [body.clone()]);
            prop_assert_eq!(outcome(exchange, cut(body, &sizes)), whole, "{}", exchange.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_damage_to_a_fixture_makes_anything_panic(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..30), 1..6),
        status in 100_u16..600,
    ) {
        let fixtures = Exchange::fixtures();
        let exchange = which.get(&fixtures);
        let mut body = exchange.body().to_vec();
        for (at, byte, len) in damage {
            let at = at.index(body.len());
            let end = body.len().min(at + len);
            body.splice(at..end, [byte]);
            if body.is_empty() {
                body.push(byte);
            }
        }
        let body = Bytes::from(body);
        let _ = decode(exchange, [body.clone()]);
        let status = StatusCode::from_u16(status).expect("a status");
        let error = read_error(exchange, status, &body);
        // Whatever was read, it is fit for a log: one line, no endless one.
        let line = error.to_string();
        prop_assert!(!line.contains('\n') && line.chars().count() < 800, "{line}");
    }
}

#[test]
fn cuts_of_every_recorded_stream_give_the_same_events() {
    let recordings = Exchange::recordings();
    for exchange in recordings
        .iter()
        .filter(|exchange| exchange.status().is_success() && exchange.stream)
    {
        let body = exchange.body();
        let whole = outcome(exchange, [body.clone()]);
        for sizes in [&[7, 1, 331][..], &[1, 2, 64, 5, 1400]] {
            assert_eq!(
                outcome(exchange, cut(body.clone(), sizes)),
                whole,
                "{}",
                exchange.id
            );
        }
    }
}

/// What comes of a body: its events, and the kind of the error that ends it.
fn outcome(
    exchange: &Exchange,
    pieces: impl IntoIterator<Item = Bytes>,
) -> (Vec<StreamEvent>, Option<ErrorKind>) {
    let (events, error) = decode(exchange, pieces);
    (events, error.map(|error| error.kind()))
}

/// Cuts a body into pieces of these sizes, over and over.
fn cut(mut body: Bytes, sizes: &[usize]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if body.is_empty() {
            break;
        }
        pieces.push(body.split_to((*size).min(body.len())));
    }
    pieces
}

#[test]
fn a_fixture_stream_that_is_cut_off_is_broken_unless_it_had_said_why_it_ended() {
    for exchange in Exchange::fixtures()
        .iter()
        .filter(|exchange| exchange.is_success() && exchange.stream)
    {
        let text = exchange.text();
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        for at in lines.filter(|at| *at < text.len()) {
            let (events, error) = decode(exchange, [exchange.body().slice(..at)]);
            let ended = events
                .iter()
                .any(|event| matches!(event, StreamEvent::Finish(_)));
            match error {
                Some(error) => assert_eq!(
                    error.kind(),
                    ErrorKind::StreamBroken,
                    "{} {at}",
                    exchange.id
                ),
                None => assert!(ended, "{} {at}", exchange.id),
            }
        }
    }
}

#[test]
fn no_prefix_of_a_fixture_makes_a_text_that_the_whole_does_not_begin_with() {
    for exchange in Exchange::fixtures()
        .iter()
        .filter(|exchange| exchange.is_success() && exchange.stream)
    {
        let whole = collect(decode(exchange, [exchange.body()]).0).text();
        let len = exchange.text().len();
        for at in (0..len).step_by(len / 50 + 1) {
            let (events, _) = decode(exchange, [exchange.body().slice(..at)]);
            let text = collect(events).text();
            assert!(whole.starts_with(&text), "{} {at}: {text:?}", exchange.id);
        }
    }
}
