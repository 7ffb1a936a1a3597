//! Where a resource is.

use crate::{AccountError, UpstreamUrl};

/// Returns the base URL at `resource`, a name or an endpoint; `path` is added to an endpoint that has none.
pub(super) fn base_url(resource: &str, path: &[&str]) -> Result<UpstreamUrl, AccountError> {
    let resource = resource.trim();
    let endpoint: UpstreamUrl = if resource.contains("://") {
        resource.parse()?
    } else if is_name(resource) {
        format!("https://{resource}.openai.azure.com").parse()?
    } else {
        return Err(AccountError::Resource);
    };
    Ok(if endpoint.has_path() {
        endpoint
    } else {
        endpoint.below(path)
    })
}

/// Tells whether it can be the name of a resource: 2 to 64 letters, digits and hyphens, with none of these at an end
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcognitiveservices>).
fn is_name(text: &str) -> bool {
    let in_bounds = (2..=64).contains(&text.len());
    let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    in_bounds && is_word && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_a_name_or_an_endpoint_or_a_whole_base_url() {
        let check = |resource: &str, expect: &str| {
            let url = base_url(resource, &["openai", "v1"]).unwrap();
            assert_eq!(url.to_string(), expect, "{resource}");
        };
        check("contoso", "https://contoso.openai.azure.com/openai/v1");
        check(
            "https://contoso.openai.azure.com/",
            "https://contoso.openai.azure.com/openai/v1",
        );
        check(
            "https://contoso.services.ai.azure.com/models",
            "https://contoso.services.ai.azure.com/models",
        );
        check(
            "https://contoso.openai.azure.com/openai/v1/",
            "https://contoso.openai.azure.com/openai/v1",
        );
    }

    #[test]
    fn a_name_cannot_make_another_host() {
        for name in ["", "a", "evil.example/x", "a.b", "-a", "a-", "a b", "a@b"] {
            assert_eq!(base_url(name, &[]), Err(AccountError::Resource), "{name}");
        }
    }
}
