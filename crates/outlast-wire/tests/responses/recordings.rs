//! The codecs on all recorded exchanges, against an independent reading of the same JSON.
//!
//! The recordings are not part of the repository: without them the tests say so and pass.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind, Mode};
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ClientCodec, ErrorReply};
use serde_json::Value;

use crate::independent::{Reading, read_stream, read_unary};
use crate::support::{body_of, collect, decode, encode, frames, read_request, write_stream};

pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) mode: Mode,
    pub(crate) request: Option<Value>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings at {}", folder.display());
    None
}

/// Returns the fixtures, each a recorded exchange.
pub(crate) fn fixtures() -> Vec<Exchange> {
    let lines = include_str!("../fixtures/responses.jsonl").lines();
    lines
        .map(|line| exchange(&serde_json::from_str(line).unwrap()))
        .collect()
}

/// Returns the fixtures, and all recorded exchanges of Responses: what was asked, and what was fetched again.
fn exchanges() -> Vec<Exchange> {
    let mut exchanges = fixtures();
    let Some(folder) = folder() else {
        return exchanges;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines() {
            // Most lines are of other operations, and long.
            if line.contains("\"responses") {
                let line: Value = serde_json::from_str(line).unwrap();
                let operation = line["operation"].as_str().unwrap();
                if matches!(operation, "responses" | "responses-get") {
                    exchanges.push(exchange(&line));
                }
            }
        }
    }
    assert!(exchanges.len() > 350, "{}", exchanges.len());
    exchanges
}

/// Returns the recorded counts of tokens.
pub(crate) fn counts() -> Vec<Exchange> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let text = fs::read_to_string(folder.join("openai-responses.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let counts: Vec<Exchange> = lines
        .filter(|line: &Value| line["operation"] == "count_tokens")
        .map(|line| exchange(&line))
        .collect();
    assert!(counts.len() >= 5, "{}", counts.len());
    counts
}

fn exchange(line: &Value) -> Exchange {
    let headers = line["response"]["headers"]
        .as_object()
        .into_iter()
        .flatten();
    let request = &line["request"]["body"];
    Exchange {
        id: format!(
            "{}/{}",
            line["provider"].as_str().unwrap(),
            line["id"].as_str().unwrap()
        ),
        mode: if line["stream"] == true {
            Mode::Stream
        } else {
            Mode::Unary
        },
        request: request.is_object().then(|| request.clone()),
        status: StatusCode::from_u16(line["response"]["status"].as_u64().unwrap() as u16).unwrap(),
        headers: headers
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.as_str()?.parse().ok()?)))
            .collect(),
        body: line["response"]["body_text"].as_str().unwrap().to_owned(),
    }
}

fn labels() -> HashMap<String, String> {
    let Some(folder) = folder() else {
        return [("061755d2349a2ece".to_owned(), "model_not_found".to_owned())].into();
    };
    let text = fs::read_to_string(folder.join("error_labels.tsv")).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[0].to_owned(), fields[3].to_owned())
    });
    lines.collect()
}

impl Exchange {
    fn key(&self) -> &str {
        self.id.split_once('/').unwrap().1
    }

    fn error(&self) -> Error {
        if self.status.is_success() {
            return decode(self.mode, &self.body).unwrap_err();
        }
        OpenAiResponses::new().read_error(&ErrorReply {
            status: self.status,
            headers: &self.headers,
            body: &Bytes::from(self.body.clone()),
            received: SystemTime::UNIX_EPOCH,
        })
    }
}

/// A recording that somebody changed: its pieces are another text than its end.
const CHANGED: &str = "openai-responses/01c39166c2363d31";

/// Recordings whose items overlap: they are handed on in the order in which each begins to be told.
const OVERLAPPING: [&str; 2] = ["openrouter/0468579320a96503", "xai/152339efde2ffa69"];

/// Fails with all that was wrong.
#[track_caller]
fn check(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_recorded_success_says_the_same_as_an_independent_reading() {
    let labels = labels();
    let (mut seen, mut calls, mut wrong) = (0, 0, Vec::new());
    for exchange in exchanges() {
        if !exchange.status.is_success() || labels.contains_key(exchange.key()) {
            continue;
        }
        let id = &exchange.id;
        let mut expected = match exchange.mode {
            Mode::Stream => read_stream(&exchange.body),
            Mode::Unary => read_unary(&exchange.body),
        };
        match decode(exchange.mode, &exchange.body) {
            Ok(events) => {
                let reply = collect(events);
                let mut got = Reading::of(&reply);
                if OVERLAPPING.contains(&id.as_str()) {
                    got.sort();
                    expected.sort();
                }
                if got != expected && id != CHANGED {
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
        seen += 1;
        calls += expected.calls();
    }
    println!("{seen} successes with {calls} tool calls");
    check(&wrong);
}

#[test]
fn every_recorded_error_is_of_its_labelled_kind() {
    let labels = labels();
    let (mut seen, mut wrong) = (0, Vec::new());
    for exchange in exchanges() {
        let Some(label) = labels.get(exchange.key()) else {
            assert!(exchange.status.is_success(), "{}: no label", exchange.id);
            continue;
        };
        let error = exchange.error();
        let expected = match label.as_str() {
            "auth" => ErrorKind::Unauthenticated,
            "model_not_found" => ErrorKind::ModelNotFound,
            "quota_or_billing" | "stream_error" => ErrorKind::QuotaExhausted,
            "invalid_request" => ErrorKind::InvalidRequest,
            other => panic!("{}: the label {other}", exchange.id),
        };
        if error.kind() != expected {
            wrong.push(format!(
                "{}: {} for {label}: {:?}",
                exchange.id,
                error.kind(),
                error.message()
            ));
        }
        assert!(error.message().is_some(), "{}: no words", exchange.id);
        seen += 1;
    }
    println!("{seen} errors");
    check(&wrong);
}

#[test]
fn every_recorded_request_leaves_as_it_came() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for exchange in exchanges() {
        let Some(body) = &exchange.request else {
            continue;
        };
        let incoming = match read_request(body) {
            Ok(incoming) => incoming,
            Err(error) => {
                wrong.push(format!("{}: {:?}", exchange.id, error.message()));
                continue;
            }
        };
        let encoded = encode(&incoming.request, incoming.mode).unwrap();
        if body_of(&encoded) != *body {
            wrong.push(format!(
                "{}:\n  got      {}\n  expected {body}",
                exchange.id,
                body_of(&encoded)
            ));
        }
        if !encoded.adaptations.is_empty() {
            wrong.push(format!("{}: {:?}", exchange.id, encoded.adaptations));
        }
        seen += 1;
    }
    println!("{seen} requests");
    check(&wrong);
}

#[test]
fn every_recorded_stream_that_is_written_again_is_read_as_the_same_reply() {
    let labels = labels();
    let (mut seen, mut wrong) = (0, Vec::new());
    for exchange in exchanges() {
        if !exchange.status.is_success() || labels.contains_key(exchange.key()) {
            continue;
        }
        let Ok(events) = decode(exchange.mode, &exchange.body) else {
            continue;
        };
        let stream = write_stream(&events);
        frames(&stream);
        let again = decode(Mode::Stream, &stream).unwrap();
        let (before, after) = (collect(events), collect(again));
        let expected = Reading::of(&before).with_model("default");
        if Reading::of(&after) != expected {
            wrong.push(format!(
                "{}:\n  got      {:?}\n  expected {expected:?}",
                exchange.id,
                Reading::of(&after)
            ));
        }
        seen += 1;
    }
    println!("{seen} replies");
    check(&wrong);
}
