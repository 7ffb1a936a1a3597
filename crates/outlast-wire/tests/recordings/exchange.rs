//! Recorded exchanges, from files of JSON Lines.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::Mode;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) operation: String,
    pub(crate) stream: bool,
    pub(crate) tags: Vec<String>,
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
    body_text: Option<String>,
}

impl Exchange {
    /// The project's own fixtures.
    pub(crate) fn fixtures() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        ["chat.jsonl", "messages.jsonl"]
            .iter()
            .flat_map(|name| read(&folder.join(name)))
            .collect()
    }

    /// All recordings beside the workspace that a codec speaks; none where there are no recordings.
    pub(crate) fn recordings() -> Vec<Self> {
        let Some(folder) = recordings_folder() else {
            println!("skipped: there are no recordings beside the workspace");
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .expect("the folder can be read")
            .map(|entry| entry.expect("the folder can be read").path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "jsonl")
            })
            .collect();
        files.sort();
        files
            .iter()
            .flat_map(|file| read(file))
            .filter(Self::is_spoken)
            .collect()
    }

    pub(crate) fn mode(&self) -> Mode {
        if self.stream {
            Mode::Stream
        } else {
            Mode::Unary
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.response.status).expect("a status")
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let headers = self.response.headers.iter();
        headers
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.as_str()?.parse().ok()?)))
            .collect()
    }

    pub(crate) fn text(&self) -> &str {
        self.response.body_text.as_deref().unwrap_or_default()
    }

    pub(crate) fn body(&self) -> Bytes {
        Bytes::copy_from_slice(self.text().as_bytes())
    }

    /// Whether it is a reply, and not an error in or beside one.
    pub(crate) fn is_success(&self) -> bool {
        self.status().is_success() && !self.has_tag("sse_error")
    }

    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    fn is_spoken(&self) -> bool {
        match self.operation.as_str() {
            "chat" => self.provider != "cohere",
            operation => operation == "messages",
        }
    }
}

fn recordings_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    folder.is_dir().then_some(folder)
}

fn read(file: &Path) -> Vec<Exchange> {
    let text = fs::read_to_string(file).expect("the file can be read");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a recorded exchange"))
        .collect()
}
