//! Which models make embeddings, told by their names, and what is wrong with a route that mixes them.

use outlast_types::TargetId;

use super::RouteConfig;

/// What the names of models that make embeddings have in them.
const IN_NAMES: [&str; 2] = ["embed", "voyage"];

/// What the names of others begin with: families that are known by it.
const AT_START: [&str; 4] = ["bge-", "e5-", "gte-", "multilingual-e5"];

/// Warns of a route that has an embedding model beside another model. A fallback would then mix vectors that cannot be
/// compared, without an error.
pub(super) fn mixed(route: &RouteConfig) -> Option<String> {
    let embedder = route.targets.iter().find(|target| is_embedder(target))?;
    let model = bare_name(embedder);
    let other = route
        .targets
        .iter()
        .find(|target| bare_name(target) != model)?;
    Some(format!(
        "route `{}`: `{embedder}` and `{other}` do not name the same model, and vectors of two models cannot be compared: give each a route of its own, unless they are one",
        route.name
    ))
}

fn is_embedder(target: &TargetId) -> bool {
    let name = bare_name(target);
    IN_NAMES.iter().any(|part| name.contains(part))
        || AT_START.iter().any(|start| name.starts_with(start))
}

/// Returns the name of the model without its vendor, which resellers put in front, and without the tag of a local server.
fn bare_name(target: &TargetId) -> String {
    let name = target.model();
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_suffix(":latest").unwrap_or(name);
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use outlast_types::TargetId;

    use super::*;

    #[test]
    fn embedding_models_are_known_by_their_names() {
        let check = |model: &str, expected| {
            assert_eq!(is_embedder(&TargetId::new("a", model)), expected, "{model}");
        };
        for model in [
            "text-embedding-3-small",
            "gemini-embedding-001",
            "mistral-embed",
            "nomic-embed-text:latest",
            "voyage-3.5",
            "BAAI/bge-m3",
            "intfloat/e5-mistral-7b-instruct",
        ] {
            check(model, true);
        }
        for model in ["gpt-4.1", "claude-sonnet-4-5", "deepseek/deepseek-chat"] {
            check(model, false);
        }
    }
}
