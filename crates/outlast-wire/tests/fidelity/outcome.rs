//! What became of a feature.

use bytes::Bytes;
use outlast_types::{Adaptation, ErrorKind};
use outlast_wire::ServerCodec;
use serde_json::Value;

use crate::features::{Feature, Source};
use crate::targets::Encode;

/// What became of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in the target's request.
    Kept,
    /// It is asked for in another form, or what stays behind harms nobody; a note says so.
    Changed,
    /// It is left out, and a note says so.
    Lost,
    /// The target refuses the request.
    Refused,
    /// It is left out without a word.
    Silent,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Changed => "changed",
            Self::Lost => "lost",
            Self::Refused => "error",
            Self::Silent => "SILENT",
        }
    }
}

/// Finds out what becomes of `feature`.
pub(crate) fn outcome(
    server: &impl ServerCodec,
    source: &Source,
    feature: &Feature,
    encode: Encode,
) -> Outcome {
    let (without, with) = feature.bodies(source);
    let Ok((plain, notes)) = translate(server, &without, encode) else {
        return Outcome::Refused;
    };
    let Ok((changed, more_notes)) = translate(server, &with, encode) else {
        return Outcome::Refused;
    };
    let is_new = |note: &&Adaptation| !notes.contains(note);
    let new: Vec<&Adaptation> = more_notes.iter().filter(is_new).collect();
    if new.iter().any(|note| note.is_loss()) {
        Outcome::Lost
    } else if !new.is_empty() {
        Outcome::Changed
    } else if plain == changed {
        Outcome::Silent
    } else {
        Outcome::Kept
    }
}

/// Takes a request from the caller's protocol to the target's: its body, and the notes.
fn translate(
    server: &impl ServerCodec,
    body: &Value,
    encode: Encode,
) -> Result<(Value, Vec<Adaptation>), ()> {
    let incoming = server
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap_or_else(|error| panic!("{:?}: {body}", error.message()));
    match encode(&incoming.request) {
        Ok(encoded) => {
            let body = serde_json::from_slice(encoded.request.body()).unwrap();
            Ok((body, encoded.adaptations))
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{body}");
            Err(())
        }
    }
}
