//! Error replies.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{Error, Mode};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::cohere::CohereChat;
use outlast_wire::completions::Completions;
use outlast_wire::gemini::Gemini;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::rate_limit::rate_limits;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::retry_hint::{hint_in_words, retry_hint, should_retry};
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};

use crate::Input;

/// The longest wait that a hint may come to; a provider that asks for more means for ever.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Checks that every protocol makes an error of any reply, that the error can be shown on one line, and that the same body
/// with a status of 200 is read to an end, whatever that is.
pub fn error_bodies(data: &[u8]) {
    let mut input = Input::new(data);
    let number = 300 + u16::from(input.byte()) + u16::from(input.byte());
    let status = StatusCode::from_u16(number).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = HeaderMap::new();
    let body = input.rest();
    let reply = ErrorReply {
        status,
        headers: &headers,
        body: &body,
        received: SystemTime::UNIX_EPOCH,
    };
    check(&OpenAiChat::default(), &reply);
    check(&OpenAiResponses::default(), &reply);
    check(&Completions::new(), &reply);
    check(&AnthropicMessages::default(), &reply);
    check(&Gemini::new(), &reply);
    check(&BedrockConverse::new(), &reply);
    check(&CohereChat::new(), &reply);
    check(&OllamaChat::new(), &reply);
}

fn check<C: ClientCodec>(codec: &C, reply: &ErrorReply<'_>) {
    let error = codec.read_error(reply);
    assert_eq!(error.status(), Some(reply.status));
    check_shown(&error);
    for mode in [Mode::Unary, Mode::Stream] {
        let mut decoder = codec.decoder(mode);
        let mut events = Events::new();
        let read = decoder
            .push(reply.body.clone(), &mut events)
            .and_then(|()| decoder.end(&mut events));
        if let Err(error) = read {
            check_shown(&error);
        }
    }
}

fn check_shown(error: &Error) {
    let shown = error.to_string();
    assert!(
        !shown.contains(['\n', '\r']) && shown.len() < 4096,
        "{shown}"
    );
    assert!(
        error.retry_after().is_none_or(|wait| wait <= LONGEST),
        "{shown}"
    );
}

/// Checks that no header and no wording makes a wait that no clock could hold.
pub fn retry_hints(data: &[u8]) {
    let mut input = Input::new(data);
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(input.byte()) << 24);
    let rest = input.rest();
    let (headers, body) = split(&rest);
    let hint = retry_hint(&headers, &body, received).or_else(|| hint_in_words(&body));
    assert!(hint.is_none_or(|hint| hint <= LONGEST), "{hint:?}");
    let _ = should_retry(&headers);
    let _ = rate_limits(&headers, received);
}

/// Reads lines of `name: value` as headers, and what follows a blank line as the body.
fn split(bytes: &Bytes) -> (HeaderMap, String) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let headers = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.trim().parse().ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    (headers.take(32).collect(), body.to_owned())
}
