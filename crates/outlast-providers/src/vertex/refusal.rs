//! Why there is no token, in words that say which credentials are meant.

use outlast_types::{Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::adc::Found;
use crate::credential::blot_out;

/// What can be done where there are no credentials at all.
const WAY_OUT: &str = "run `gcloud auth application-default login`, or name the file of a service account's key in \
                       GOOGLE_APPLICATION_CREDENTIALS";

/// No token.
pub(super) struct Refusal {
    /// Which credentials gave none.
    message: String,
    /// What the last exchange failed with; without one nothing was sent.
    failure: Option<Error>,
    secrets: Vec<SecretString>,
}

impl Refusal {
    pub(super) fn new(
        found: &Found,
        failure: Option<Error>,
        said: Option<&reqsign_core::Error>,
    ) -> Self {
        let why = match (&failure, said) {
            (Some(failure), _) => failure
                .message()
                .map_or_else(|| failure.to_string(), str::to_owned),
            (None, Some(said)) => with_cause(said),
            (None, None) => "there is no token in the answer".to_owned(),
        };
        let (message, secrets) = match found {
            Found::Document { place, json } => {
                (format!("{place} gives no token: {why}"), secrets(json))
            }
            Found::Machine { missing } => (nowhere(missing.as_deref(), &why), Vec::new()),
        };
        Self {
            message,
            failure,
            secrets,
        }
    }

    pub(super) fn into_error(self) -> Error {
        let error = self
            .failure
            .unwrap_or(Error::new(ErrorKind::Unauthenticated));
        let error = error.with_message(self.message);
        let secrets = self.secrets.iter();
        secrets.fold(error, |error, secret| {
            blot_out(secret.expose_secret(), error)
        })
    }
}

fn nowhere(missing: Option<&str>, why: &str) -> String {
    let file = match missing {
        Some(path) => format!("`{path}` is not there"),
        None => "there is no home to look in".to_owned(),
    };
    format!(
        "no Google credentials: GOOGLE_APPLICATION_CREDENTIALS is not set, {file}, and the machine has none ({why}): {WAY_OUT}"
    )
}

fn with_cause(error: &reqsign_core::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Returns the texts of a document of credentials that must not show: an issuer may quote what it refuses.
fn secrets(json: &SecretString) -> Vec<SecretString> {
    let mut found = Vec::new();
    if let Ok(document) = serde_json::from_str(json.expose_secret()) {
        gather(&document, &mut found);
    }
    found
}

fn gather(value: &Value, found: &mut Vec<SecretString>) {
    const NAMES: [&str; 3] = ["client_secret", "private_key", "refresh_token"];

    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::String(text) if NAMES.contains(&name.as_str()) => {
                found.push(text.as_str().into())
            }
            _ => gather(value, found),
        }
    }
}
