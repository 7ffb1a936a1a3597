//! The list of models (`GET /v1/models`).

use bytes::Bytes;
use serde::Serialize;

#[derive(Serialize)]
struct ModelList<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

/// Writes the body that answers `GET /v1/models` with the models of these names.
///
/// # Examples
///
/// ```
/// use outlast_wire::openai::encode_models;
///
/// let body = encode_models(["default"]);
/// assert_eq!(
///     body,
///     r#"{"object":"list","data":[{"id":"default","object":"model","created":0,"owned_by":"outlast"}]}"#
/// );
/// ```
pub fn encode_models<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bytes {
    write(&ModelList {
        object: "list",
        data: ids.into_iter().map(Model::new).collect(),
    })
}

/// Writes the body that answers `GET /v1/models/{id}`.
pub fn encode_model(id: &str) -> Bytes {
    write(&Model::new(id))
}

impl<'a> Model<'a> {
    fn new(id: &'a str) -> Self {
        Self {
            id,
            object: "model",
            created: 0,
            owned_by: "outlast",
        }
    }
}

fn write(value: &impl Serialize) -> Bytes {
    // Plain structs of strings and numbers always have a text.
    serde_json::to_vec(value).unwrap_or_default().into()
}
