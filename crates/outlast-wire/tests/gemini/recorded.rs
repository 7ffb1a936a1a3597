//! Recorded exchanges.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{ChatResponse, Error, Mode};
use outlast_wire::gemini::Gemini;
use outlast_wire::{ClientCodec, ErrorReply};
use serde_json::Value;

use crate::support::{collect, decode_pieces};

/// The exchanges that are kept with the project.
const FIXTURES: &str = include_str!("../fixtures/generate.jsonl");

/// One recorded exchange.
pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) operation: String,
    pub(crate) stream: bool,
    pub(crate) url: String,
    /// `null` where it was not recorded.
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// What kind of error it is, by whoever read it through.
    pub(crate) label: Option<String>,
}

/// Reads the recorded exchanges of a kind: all of them where they are at hand, else those kept with the project.
pub(crate) fn exchanges(operation: &str) -> Vec<Exchange> {
    all()
        .into_iter()
        .filter(|exchange| exchange.operation == operation)
        .collect()
}

/// Reads the exchanges for a reply that are kept with the project.
pub(crate) fn kept() -> Vec<Exchange> {
    let mut kept = read(FIXTURES, &|_| None);
    kept.retain(|exchange| exchange.operation == "generate");
    kept
}

fn all() -> Vec<Exchange> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if !folder.is_dir() {
        println!("no recordings beside the workspace: only those kept with it");
        return read(FIXTURES, &|_| None);
    }
    let labels = std::fs::read_to_string(folder.join("error_labels.tsv")).unwrap();
    let label = |id: &str| {
        let mut lines = labels.lines().map(|line| line.split('\t'));
        lines.find_map(|mut fields| {
            (fields.next()? == id)
                .then(|| fields.nth(2))?
                .map(str::to_owned)
        })
    };
    ["gemini", "vertex", "other"]
        .iter()
        .flat_map(|name| read(&text(&folder, name), &label))
        .collect()
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap()
}

fn read(lines: &str, label: &dyn Fn(&str) -> Option<String>) -> Vec<Exchange> {
    lines
        .lines()
        .filter_map(|line| exchange(line, label))
        .collect()
}

fn exchange(line: &str, label: &dyn Fn(&str) -> Option<String>) -> Option<Exchange> {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, response) = (text(&line["id"]), &line["response"]);
    let fields = response["headers"].as_object().into_iter().flatten();
    Some(Exchange {
        label: label(&id).or_else(|| line["label"].as_str().map(str::to_owned)),
        id,
        provider: text(&line["provider"]),
        operation: text(&line["operation"]),
        stream: line["stream"] == true,
        url: text(&line["request"]["url"]),
        request: line["request"]["body"].clone(),
        status: response["status"].as_u64()?.try_into().ok()?,
        headers: fields
            .filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
            })
            .collect(),
        body: text(&response["body_text"]),
    })
}

impl Exchange {
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.provider, self.id)
    }

    pub(crate) fn mode(&self) -> Mode {
        if self.stream {
            Mode::Stream
        } else {
            Mode::Unary
        }
    }

    /// Reads the reply as our client does.
    pub(crate) fn decode(&self) -> Result<ChatResponse, Error> {
        let status = StatusCode::from_u16(self.status).unwrap();
        if !status.is_success() {
            return Err(self.read_error());
        }
        let (events, error) = decode_pieces(self.mode(), [self.body.as_bytes()]);
        match error {
            Some(error) => Err(error),
            None => Ok(collect(events)),
        }
    }

    pub(crate) fn read_error(&self) -> Error {
        Gemini::new().read_error(&ErrorReply {
            status: StatusCode::from_u16(self.status).unwrap(),
            headers: &self.headers,
            body: &Bytes::from(self.body.clone()),
            received: SystemTime::UNIX_EPOCH,
        })
    }
}
