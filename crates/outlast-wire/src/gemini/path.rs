//! The paths of the API.
//!
//! The model and what is asked of it stand in the path: `/models/gemini-2.5-flash:generateContent`.

use http::uri::PathAndQuery;
use outlast_types::{Error, ErrorKind, Mode};

use crate::path::escape_steps;

/// The collections of models; a name that begins with one of them is a path already.
const COLLECTIONS: [&str; 5] = [
    "endpoints/",
    "models/",
    "projects/",
    "publishers/",
    "tunedModels/",
];

/// Returns the path at which `model` is asked for a reply.
pub(super) fn generate(model: &str, mode: Mode) -> Result<PathAndQuery, Error> {
    method(
        model,
        match mode {
            Mode::Unary => "generateContent",
            Mode::Stream => "streamGenerateContent?alt=sse",
        },
    )
}

/// Returns the path of a method of `model`.
pub(super) fn method(model: &str, method: &str) -> Result<PathAndQuery, Error> {
    let path = format!("/{}:{method}", resource(model)?);
    PathAndQuery::try_from(path).map_err(|_| no_name())
}

/// Returns the path of `model` itself.
pub(super) fn item(model: &str) -> Result<PathAndQuery, Error> {
    PathAndQuery::try_from(format!("/{}", resource(model)?)).map_err(|_| no_name())
}

/// Returns the name of `model` below the account's base URL: `models/gemini-2.5-flash`.
pub(super) fn resource(model: &str) -> Result<String, Error> {
    // Vertex AI's base URL ends in this; at the Gemini API there is no other publisher.
    let name = ["publishers/google/", "google/"]
        .iter()
        .find_map(|publisher| model.strip_prefix(publisher))
        .unwrap_or(model);
    let is_path = COLLECTIONS.iter().any(|prefix| name.starts_with(prefix));
    let is_climbing = name.split('/').any(|step| matches!(step, "" | "." | ".."));
    if is_climbing {
        return Err(no_name());
    }
    let mut resource = String::with_capacity(name.len() + 8);
    if !is_path {
        resource.push_str("models/");
    }
    escape_steps(name, &mut resource);
    Ok(resource)
}

/// Reads the path of a request for a reply: the model, as an application names it, and the mode.
pub(super) fn read(path: &str) -> Option<(String, Mode)> {
    let path = path.split(['?', '#']).next()?;
    let (resource, method) = path.rsplit_once(':')?;
    let mode = match method {
        "generateContent" => Mode::Unary,
        "streamGenerateContent" => Mode::Stream,
        _ => return None,
    };
    let (before, name) = resource.rsplit_once('/')?;
    let (before, collection) = before.rsplit_once('/').unwrap_or(("", before));
    let publisher = match before.rsplit_once("publishers/") {
        Some((_, publisher)) if publisher != "google" => Some(publisher),
        _ => None,
    };
    let model = match (collection, publisher) {
        _ if name.is_empty() => return None,
        ("models", None) => name.to_owned(),
        ("models", Some(publisher)) => format!("publishers/{publisher}/models/{name}"),
        ("tunedModels" | "endpoints", _) => format!("{collection}/{name}"),
        _ => return None,
    };
    Some((model, mode))
}

fn no_name() -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_message("the model's name is not one: it must be like `gemini-2.5-flash`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_model_s_name_becomes_its_path() {
        let check = |model, path| {
            assert_eq!(generate(model, Mode::Unary).unwrap().as_str(), path);
        };
        check(
            "gemini-2.5-flash",
            "/models/gemini-2.5-flash:generateContent",
        );
        check(
            "models/gemini-2.5-flash",
            "/models/gemini-2.5-flash:generateContent",
        );
        check("publishers/google/models/g", "/models/g:generateContent");
        check("google/g", "/models/g:generateContent");
        check(
            "publishers/meta/models/l@1",
            "/publishers/meta/models/l@1:generateContent",
        );
        check("tunedModels/mine-1", "/tunedModels/mine-1:generateContent");
        check("endpoints/123", "/endpoints/123:generateContent");
        check("a b?c#d%", "/models/a%20b%3Fc%23d%25:generateContent");
    }

    #[test]
    fn a_path_is_read_back_to_the_model_s_name() {
        let check = |path: &str, model: &str, mode| {
            assert_eq!(read(path), Some((model.to_owned(), mode)), "{path}");
        };
        let vertex = "/v1/projects/p/locations/l/publishers";
        check("/v1beta/models/g-1:generateContent", "g-1", Mode::Unary);
        check("/models/g:streamGenerateContent?alt=sse", "g", Mode::Stream);
        check(
            &format!("{vertex}/google/models/g:generateContent"),
            "g",
            Mode::Unary,
        );
        check(
            &format!("{vertex}/meta/models/l@1:generateContent"),
            "publishers/meta/models/l@1",
            Mode::Unary,
        );
        check(
            "/v1beta/tunedModels/t:generateContent",
            "tunedModels/t",
            Mode::Unary,
        );
        for path in [
            "/v1beta/models",
            "/models/g:countTokens",
            "/g:generateContent",
            "/models/:generateContent",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn a_stream_is_asked_for_as_events() {
        let path = generate("m", Mode::Stream).unwrap();
        assert_eq!(path.as_str(), "/models/m:streamGenerateContent?alt=sse");
    }

    #[test]
    fn a_name_that_climbs_out_of_its_place_is_refused() {
        for name in ["", "../../v1/files", "models/../x", "models//x", "models/"] {
            let error = generate(name, Mode::Unary).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
        }
    }
}
