//! The table of error replies: a row has a reply as a provider sent it, and what must be read of it.
//!
//! The rows are in the files beside this one. A row with a `finish` is no error: it is an answer that could be taken for
//! one.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use outlast_types::{ChatResponse, Collector, Error, FinishReason, Mode, ReplyMeta, TargetId};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::cohere::CohereChat;
use outlast_wire::event_stream::{HeaderValue, write_frame};
use outlast_wire::gemini::Gemini;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// Where it was seen.
    pub(crate) source: String,
    protocol: String,

    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    /// The body is a stream's.
    #[serde(default)]
    stream: bool,
    /// The body is the payload of a frame with this exception.
    exception: Option<String>,

    kind: Option<String>,
    /// What is checked only where a row has it.
    code: Option<String>,
    /// The beginning.
    message: Option<String>,
    request_id: Option<String>,
    wait_ms: Option<u64>,
    should_retry: Option<bool>,
    finish: Option<String>,
}

impl Row {
    /// Returns what the provider said: its headers, its exception and its body.
    pub(crate) fn text(&self) -> String {
        let headers = self.headers.iter().flat_map(|(name, value)| [name, value]);
        let texts = headers.chain(&self.exception).chain([&self.body]);
        texts.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Reads the reply by the row's protocol.
    fn read(&self) -> Result<ChatResponse, Error> {
        match self.protocol.as_str() {
            "openai-chat" => self.read_with(&OpenAiChat::default()),
            "openai-responses" => self.read_with(&OpenAiResponses::default()),
            "anthropic-messages" => self.read_with(&AnthropicMessages::default()),
            "gemini" => self.read_with(&Gemini::new()),
            "bedrock-converse" => self.read_with(&BedrockConverse::new()),
            "cohere-chat" => self.read_with(&CohereChat::new()),
            "ollama-chat" => self.read_with(&OllamaChat::new()),
            other => panic!("{}: no codec speaks {other}", self.what),
        }
    }

    fn read_with(&self, codec: &impl ClientCodec) -> Result<ChatResponse, Error> {
        let status = StatusCode::from_u16(self.status).unwrap();
        let body = self.body();
        if !status.is_success() {
            return Err(codec.read_error(&ErrorReply {
                status,
                headers: &self.headers(),
                body: &body,
                received: SystemTime::UNIX_EPOCH,
            }));
        }
        let is_stream = self.stream || self.exception.is_some();
        let mode = if is_stream { Mode::Stream } else { Mode::Unary };
        let mut decoder = codec.decoder(mode);
        let mut events = Events::new();
        decoder.push(body, &mut events)?;
        decoder.end(&mut events)?;
        let mut collector = Collector::default();
        events.into_iter().for_each(|event| collector.push(event));
        Ok(collector.finish(ReplyMeta::new(TargetId::new("a", "m"))))
    }

    fn headers(&self) -> HeaderMap {
        let parse = |(name, value): (&String, &String)| {
            let name: http::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        };
        self.headers.iter().map(parse).collect()
    }

    fn body(&self) -> Bytes {
        let Some(exception) = &self.exception else {
            return Bytes::from(self.body.clone());
        };
        let headers = [
            (":message-type", HeaderValue::String("exception")),
            (":exception-type", HeaderValue::String(exception)),
        ];
        let mut frame = BytesMut::new();
        write_frame(&headers, self.body.as_bytes(), &mut frame);
        frame.freeze()
    }

    /// Returns what was read otherwise than the row says.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        match (self.read(), &self.kind, &self.finish) {
            (Err(error), Some(kind), None) => self.compare(&error, kind, &mut mistakes),
            (Ok(reply), None, Some(finish)) => {
                let read = reply.finish().map(FinishReason::as_str);
                note(&mut mistakes, "finish", &read, &Some(finish.as_str()));
            }
            (Err(error), _, _) => mistakes.push(format!("an answer was read as an error: {error}")),
            (Ok(_), _, _) => mistakes.push("an error was read as an answer".to_owned()),
        }
        mistakes
    }

    fn compare(&self, error: &Error, kind: &str, mistakes: &mut Vec<String>) {
        note(mistakes, "kind", &error.kind().as_str(), &kind);
        if let Some(code) = &self.code {
            note(mistakes, "code", &error.code(), &Some(code.as_str()));
        }
        if let Some(message) = &self.message {
            let read = error.message().unwrap_or_default();
            if !read.starts_with(message) {
                note(mistakes, "message", &read, message);
            }
        }
        if let Some(id) = &self.request_id {
            note(
                mistakes,
                "request id",
                &error.request_id(),
                &Some(id.as_str()),
            );
        }
        // To the millisecond, downwards: that is what the table has.
        let wait = error.retry_after().map(|wait| wait.as_millis());
        note(mistakes, "wait in ms", &wait, &self.wait_ms.map(u128::from));
        note(
            mistakes,
            "should retry",
            &error.should_retry(),
            &self.should_retry,
        );
        let is_error_status = self.status >= 300;
        let status = is_error_status.then_some(self.status);
        note(
            mistakes,
            "status",
            &error.status().map(|status| status.as_u16()),
            &status,
        );
    }
}

fn note<T: PartialEq<U> + Debug, U: Debug>(
    mistakes: &mut Vec<String>,
    what: &str,
    read: &T,
    wanted: &U,
) {
    if *read != *wanted {
        mistakes.push(format!("{what}: read {read:?}, wanted {wanted:?}"));
    }
}

fn rows(text: &str) -> Vec<Row> {
    let table: Table = toml::from_str(text).unwrap();
    table.row
}

/// Reads every row of a file, which has at least `least`, and names those that are read otherwise.
fn check(text: &str, least: usize) {
    let rows = rows(text);
    assert!(rows.len() >= least, "only {} rows", rows.len());
    let mistakes: Vec<String> = rows
        .iter()
        .map(|row| (row, row.mistakes()))
        .filter(|(_, mistakes)| !mistakes.is_empty())
        .map(|(row, mistakes)| {
            format!(
                "{} ({}):\n    {}",
                row.what,
                row.source,
                mistakes.join("\n    ")
            )
        })
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Returns the rows of all files.
pub(crate) fn all_rows() -> Vec<Row> {
    [
        include_str!("access.toml"),
        include_str!("context.toml"),
        include_str!("faults.toml"),
        include_str!("filters.toml"),
        include_str!("hints.toml"),
        include_str!("limits.toml"),
        include_str!("wrapped.toml"),
    ]
    .into_iter()
    .flat_map(rows)
    .collect()
}

#[test]
fn a_request_that_does_not_fit_is_known_at_every_provider() {
    check(include_str!("context.toml"), 16);
}

#[test]
fn limits_quotas_and_bills_are_told_apart_at_every_provider() {
    check(include_str!("limits.toml"), 40);
}

#[test]
fn overloads_and_faults_are_told_apart_at_every_provider() {
    check(include_str!("faults.toml"), 29);
}

#[test]
fn wrong_keys_denials_and_unknown_models_are_told_apart_at_every_provider() {
    check(include_str!("access.toml"), 30);
}

#[test]
fn filters_are_told_from_refusals_that_are_answers() {
    check(include_str!("filters.toml"), 13);
}

#[test]
fn an_error_inside_another_is_found() {
    check(include_str!("wrapped.toml"), 5);
}

#[test]
fn a_wait_is_read_in_every_form() {
    check(include_str!("hints.toml"), 36);
}

#[test]
fn a_row_that_is_read_otherwise_is_a_mistake() {
    let mut rows = rows(include_str!("wrapped.toml"));
    let row = rows.first_mut().unwrap();
    row.kind = Some("server".to_owned());
    row.wait_ms = Some(1);
    assert_eq!(row.mistakes().len(), 2);
    row.kind = None;
    row.finish = Some("stop".to_owned());
    assert_eq!(row.mistakes().len(), 1);
}
