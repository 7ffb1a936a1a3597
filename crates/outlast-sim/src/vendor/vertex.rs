//! The addresses of Vertex AI.

/// What the path of a call to Vertex AI says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ModelPath<'a> {
    pub(super) model: &'a str,
    /// What follows the colon, such as `rawPredict`.
    pub(super) method: &'a str,
}

/// Reads `/v1/projects/P/locations/L/publishers/PUBLISHER/models/MODEL:METHOD`.
pub(super) fn model_path<'a>(path: &'a str, publisher: &str) -> Option<ModelPath<'a>> {
    let path = below_version(path)?.strip_prefix("projects/")?;
    let parts: Vec<_> = path.split('/').collect();
    let [_, "locations", _, "publishers", found, "models", model] = parts.as_slice() else {
        return None;
    };
    let (model, method) = model.rsplit_once(':')?;
    (*found == publisher).then_some(ModelPath { model, method })
}

/// Tells whether a path is Vertex AI's.
pub(super) fn is_vertex(path: &str) -> bool {
    below_version(path).is_some_and(|path| path.starts_with("projects/"))
}

fn below_version(path: &str) -> Option<&str> {
    let versions = ["/v1/", "/v1beta1/"];
    versions
        .iter()
        .find_map(|version| path.strip_prefix(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_and_the_method_stand_in_the_path() {
        let path =
            "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude@1:rawPredict";
        let expect = ModelPath {
            model: "claude@1",
            method: "rawPredict",
        };
        assert_eq!(model_path(path, "anthropic"), Some(expect));
        assert_eq!(model_path(path, "google"), None);
        assert_eq!(model_path("/v1/messages", "anthropic"), None);
    }
}
