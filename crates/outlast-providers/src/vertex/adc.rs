//! Where credentials are: application default credentials, as Google's own tools look for them.
//!
//! 1. the file that `GOOGLE_APPLICATION_CREDENTIALS` names;
//! 2. the file that `gcloud auth application-default login` writes;
//! 3. the metadata server of the machine, the container or the cluster.
//!
//! Source: <https://cloud.google.com/docs/authentication/application-default-credentials>.

use std::io;
use std::path::{MAIN_SEPARATOR_STR, Path};

use outlast_types::{Error, ErrorKind};
use reqsign_core::FileRead;
use reqsign_file_read_tokio::TokioFileRead;
use secrecy::SecretString;

/// The environment variable with the path of the credentials.
const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// The name of the file that gcloud writes.
const FILE: &str = "application_default_credentials.json";

/// What was found.
pub(super) enum Found {
    /// A document, and what it is called in a message.
    Document { place: String, json: SecretString },
    /// Nothing but perhaps the metadata server; the file that is not there, if it is known where it would be.
    Machine { missing: Option<String> },
}

/// Looks in all places; `env` looks up environment variables.
pub(super) async fn find(env: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<Found, Error> {
    if let Some(path) = set(env, VARIABLE) {
        let place = format!("the file `{path}` ({VARIABLE})");
        return read(&path, place).await;
    }
    let Some(path) = written_by_gcloud(env) else {
        return Ok(Found::Machine { missing: None });
    };
    match TokioFileRead.file_read(&path).await {
        Ok(bytes) => document(format!("the file `{path}` of gcloud"), bytes),
        Err(error) if is_missing(&error) => Ok(Found::Machine {
            missing: Some(path),
        }),
        Err(error) => Err(unreadable(&format!("the file `{path}` of gcloud"), &error)),
    }
}

/// Reads the credentials in the file at `path`.
pub(super) async fn read_file(path: &str) -> Result<Found, Error> {
    read(path, format!("the file `{path}`")).await
}

async fn read(path: &str, place: String) -> Result<Found, Error> {
    match TokioFileRead.file_read(path).await {
        Ok(bytes) => document(place, bytes),
        Err(error) => Err(unreadable(&place, &error)),
    }
}

fn document(place: String, bytes: Vec<u8>) -> Result<Found, Error> {
    match String::from_utf8(bytes) {
        Ok(json) => Ok(Found::Document {
            place,
            json: json.into(),
        }),
        Err(_) => Err(Error::new(ErrorKind::Unauthenticated)
            .with_message(format!("{place} is no text, and so no credentials"))),
    }
}

fn unreadable(place: &str, error: &reqsign_core::Error) -> Error {
    let why = match cause(error) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    };
    Error::new(ErrorKind::Unauthenticated).with_message(format!("{place} cannot be read: {why}"))
}

fn is_missing(error: &reqsign_core::Error) -> bool {
    cause(error).is_some_and(|cause| cause.kind() == io::ErrorKind::NotFound)
}

fn cause(error: &reqsign_core::Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Returns the path of the file that gcloud writes.
fn written_by_gcloud(env: &(dyn Fn(&str) -> Option<String> + Sync)) -> Option<String> {
    let folder = match set(env, "CLOUDSDK_CONFIG") {
        Some(folder) => folder,
        None if cfg!(windows) => joined(&set(env, "APPDATA")?, &["gcloud"]),
        None => joined(&set(env, "HOME")?, &[".config", "gcloud"]),
    };
    Some(joined(&folder, &[FILE]))
}

fn joined(folder: &str, steps: &[&str]) -> String {
    let folder = folder.strip_suffix(MAIN_SEPARATOR_STR).unwrap_or(folder);
    let steps = steps
        .iter()
        .fold(Path::new(folder).to_owned(), |path, step| path.join(step));
    steps.to_string_lossy().into_owned()
}

fn set(env: &(dyn Fn(&str) -> Option<String> + Sync), name: &str) -> Option<String> {
    env(name).filter(|value| !value.is_empty())
}
