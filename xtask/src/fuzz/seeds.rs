//! The first inputs: recorded replies, requests and errors.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;

use super::targets::{Seed, Target};
use crate::Result;

/// The longest input: longer recordings teach the fuzzer little and cost it much.
const MAX_LEN: usize = 32 * 1024;

/// Where recordings are: the project's own, and a larger collection that may lie beside it.
const FOLDERS: [&str; 2] = [
    "crates/outlast-wire/tests/fixtures",
    "../shared/recordings/open",
];

/// What the first byte of an input means to the checks of a protocol.
const STREAM: u8 = 0;
const UNARY: u8 = 1;
const REQUEST: u8 = 2;

#[derive(Deserialize)]
struct Exchange {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    request: Value,
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: serde_json::Map<String, Value>,
    body_text: Option<String>,
    body_base64: Option<String>,
}

/// Writes the seeds of `target` into its corpus, and returns its folder.
pub(crate) fn sow(target: &Target) -> Result<PathBuf> {
    let corpus = Path::new("fuzz/corpus").join(&target.name);
    fs::create_dir_all(&corpus)?;
    let seed = target.seed()?;
    for file in files()? {
        for line in fs::read_to_string(file)?.lines() {
            // Other files of the folders may be JSON Lines of another kind.
            let Ok(exchange) = serde_json::from_str::<Exchange>(line) else {
                continue;
            };
            for input in exchange.inputs(seed) {
                if input.len() <= MAX_LEN {
                    fs::write(corpus.join(name(&input)), input)?;
                }
            }
        }
    }
    Ok(corpus)
}

fn files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// Names an input by its contents, so that sowing twice changes nothing.
fn name(input: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    format!("seed-{:016x}", hasher.finish())
}

impl Exchange {
    fn inputs(&self, seed: Seed) -> Vec<Vec<u8>> {
        let is_error = self.response.status >= 300;
        let text = self.response.body_text.as_deref();
        match seed {
            Seed::Protocol(operations) if operations.contains(&self.operation.as_str()) => {
                self.of_protocol(is_error)
            }
            Seed::Provider(provider, operation)
                if self.provider == provider && self.operation == operation =>
            {
                self.of_protocol(is_error)
            }
            Seed::Unpacked(operations) if operations.contains(&self.operation.as_str()) => {
                self.unpacked(is_error).into_iter().collect()
            }
            Seed::Streams if self.stream && !is_error => text
                .map(|text| input(&[7], text.as_bytes()))
                .into_iter()
                .collect(),
            Seed::Frames if self.stream => self
                .binary()
                .map(|body| input(&[7], &body))
                .into_iter()
                .collect(),
            Seed::Errors if is_error => {
                let over = self.response.status.clamp(300, 810) - 300;
                let low = over.min(255);
                let steer = [low, over - low].map(|byte| u8::try_from(byte).unwrap_or(0));
                vec![input(&steer, text.unwrap_or_default().as_bytes())]
            }
            Seed::Hints if is_error => vec![input(&[100], self.head_and_body().as_bytes())],
            _ => Vec::new(),
        }
    }

    fn of_protocol(&self, is_error: bool) -> Vec<Vec<u8>> {
        let mut inputs = Vec::new();
        if let Some(body) = self.request.get("body").filter(|body| body.is_object()) {
            inputs.push(input(&[REQUEST], body.to_string().as_bytes()));
        }
        let body = match &self.response.body_text {
            Some(text) => Some(text.clone().into_bytes()),
            None => self.binary(),
        };
        if let Some(body) = body.filter(|_| !is_error) {
            let mode = if self.stream { STREAM } else { UNARY };
            // The second byte says how a body is cut.
            inputs.push(input(&[mode, 7], &body));
        }
        inputs
    }

    /// Takes the events out of `{"bytes": "..."}` in each frame of a stream.
    fn unpacked(&self, is_error: bool) -> Option<Vec<u8>> {
        if is_error {
            return None;
        }
        if let Some(text) = &self.response.body_text {
            return Some(input(&[UNARY, 7], text.as_bytes()));
        }
        let body = String::from_utf8_lossy(&self.binary()?).into_owned();
        let events: Vec<Vec<u8>> = body
            .split(r#""bytes":""#)
            .skip(1)
            .filter_map(|rest| BASE64.decode(rest.split_once('"')?.0).ok())
            .collect();
        Some(input(&[STREAM, 7], &events.join(&b'\n')))
    }

    fn head_and_body(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.response.headers {
            text += &format!("{name}: {}\n", value.as_str().unwrap_or_default());
        }
        text + "\n" + self.response.body_text.as_deref().unwrap_or_default()
    }

    fn binary(&self) -> Option<Vec<u8>> {
        BASE64.decode(self.response.body_base64.as_deref()?).ok()
    }
}

fn input(steer: &[u8], body: &[u8]) -> Vec<u8> {
    [steer, body].concat()
}
