//! Every recorded chat exchange, against an independent reading of its JSON.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{ChatResponse, Collector, Error, ErrorKind, Mode, ReplyMeta, TargetId};
use outlast_wire::openai::{Dialect, OpenAiChat};
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};
use serde_json::Value;

use crate::independent::{Reading, read_stream, read_unary};

/// One recorded exchange.
pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) stream: bool,
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Reads the recorded chat exchanges; none, with a word about it, where they are not at hand.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let Some(folder) = folder() else {
        println!("skipped: no recordings beside the workspace");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        // Cohere's own chat format is another protocol.
        .filter(|path| path.file_stem().is_some_and(|name| name != "cohere"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().filter_map(exchange).collect::<Vec<_>>()
        })
        .collect()
}

fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    path.is_dir().then_some(path)
}

fn exchange(line: &str) -> Option<Exchange> {
    let line: Value = serde_json::from_str(line).unwrap();
    if line["operation"] != "chat" {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let response = &line["response"];
    Some(Exchange {
        id: text(&line["id"]),
        provider: text(&line["provider"]),
        stream: line["stream"] == true,
        request: line["request"]["body"].clone(),
        status: response["status"].as_u64()?.try_into().ok()?,
        headers: serde_json::from_value(response["headers"].clone()).unwrap_or_default(),
        body: text(&response["body_text"]),
    })
}

fn labels() -> BTreeMap<String, String> {
    let Some(folder) = folder() else {
        return BTreeMap::new();
    };
    std::fs::read_to_string(folder.join("error_labels.tsv"))
        .unwrap()
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.to_owned(), fields.nth(2)?.to_owned()))
        })
        .collect()
}

impl Exchange {
    pub(crate) fn mode(&self) -> Mode {
        if self.stream {
            Mode::Stream
        } else {
            Mode::Unary
        }
    }

    fn decode(&self) -> Result<ChatResponse, Error> {
        let codec = OpenAiChat::new(Dialect::new());
        let body = Bytes::from(self.body.clone());
        let status = StatusCode::from_u16(self.status).unwrap();
        if !status.is_success() {
            return Err(codec.read_error(&ErrorReply {
                status,
                headers: &self.header_map(),
                body: &body,
                received: SystemTime::UNIX_EPOCH,
            }));
        }
        let mut events = Events::new();
        let mut decoder = codec.decoder(self.mode());
        decoder.push(body, &mut events)?;
        decoder.end(&mut events)?;
        let mut collector = Collector::default();
        events.into_iter().for_each(|event| collector.push(event));
        Ok(collector.finish(ReplyMeta::new(TargetId::new("recorded", "model"))))
    }

    fn header_map(&self) -> HeaderMap {
        self.headers
            .iter()
            .filter_map(|(name, value)| {
                Some((
                    HeaderName::from_bytes(name.as_bytes()).ok()?,
                    HeaderValue::from_str(value).ok()?,
                ))
            })
            .collect()
    }
}

#[test]
fn every_recorded_success_says_what_an_independent_reading_says() {
    let labels = labels();
    let mut wrong = Vec::new();
    for exchange in exchanges() {
        if exchange.status != 200 || labels.contains_key(&exchange.id) {
            continue;
        }
        let id = format!("{}/{}", exchange.provider, exchange.id);
        let expected = if exchange.stream {
            read_stream(&exchange.body)
        } else {
            read_unary(&exchange.body)
        };
        match exchange.decode() {
            Ok(reply) => {
                let got = Reading::of(&reply);
                if got != expected {
                    wrong.push(format!(
                        "{id}:\n  got      {got:?}\n  expected {expected:?}"
                    ));
                }
                if reply.is_empty() != expected.says_nothing() {
                    wrong.push(format!("{id}: judged empty wrongly"));
                }
            }
            Err(error) => wrong.push(format!("{id}: {error:?} {:?}", error.message())),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_recorded_error_is_an_error_of_the_labelled_kind() {
    let labels = labels();
    let mut wrong = Vec::new();
    for exchange in exchanges() {
        let Some(label) = labels.get(&exchange.id) else {
            assert_eq!(
                exchange.status, 200,
                "an error without a label: {}",
                exchange.id
            );
            continue;
        };
        let id = format!(
            "{}/{} ({})",
            exchange.provider, exchange.id, exchange.status
        );
        match exchange.decode() {
            Ok(_) => wrong.push(format!("{id}: a false success, {label}")),
            Err(error) if !kinds(label).contains(&error.kind()) => wrong.push(format!(
                "{id}: {} for {label}: {:?} {:?}\n    {}",
                error.kind(),
                error.code(),
                error.message(),
                &exchange.body[..exchange.body.len().min(300)],
            )),
            Err(error) => assert!(error.message().is_some(), "{id}: no words"),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn kinds(label: &str) -> &'static [ErrorKind] {
    match label {
        "auth" => &[ErrorKind::Unauthenticated],
        "context_window" => &[ErrorKind::ContextTooLong],
        "invalid_request" => &[ErrorKind::InvalidRequest],
        "model_not_found" => &[ErrorKind::ModelNotFound],
        "permission" => &[ErrorKind::PermissionDenied],
        // The model erred, not the caller: another try may go well.
        "server" | "stream_error" | "tool_generation_failed" => &[ErrorKind::Server],
        "rate_limit" => &[ErrorKind::RateLimited],
        _ => &[],
    }
}
