//! Where the service is, and where in it a project's models and the lists of all models are.

use crate::{AccountError, UpstreamUrl};

/// Returns the address of the service for a location: the world, a multi-region, or a region.
///
/// Sources: <https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations>,
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models>.
pub(super) fn service(location: &str) -> Result<UpstreamUrl, AccountError> {
    if !is_location(location) {
        return Err(AccountError::Location);
    }
    let host = match location {
        "global" => "aiplatform.googleapis.com".to_owned(),
        "us" | "eu" => format!("aiplatform.{location}.rep.googleapis.com"),
        region => format!("{region}-aiplatform.googleapis.com"),
    };
    Ok(format!("https://{host}").parse()?)
}

/// Returns the base URL of a project's models; the version is added to a service that has no path.
pub(super) fn base_url(
    service: &UpstreamUrl,
    project: &str,
    location: &str,
) -> Result<UpstreamUrl, AccountError> {
    if !is_project(project) {
        return Err(AccountError::Project);
    }
    if !is_location(location) {
        return Err(AccountError::Location);
    }
    let version = if service.has_path() {
        service.clone()
    } else {
        service.below(&["v1"])
    };
    Ok(version.below(&["projects", project, "locations", location]))
}

/// Returns where the lists of models are of an account at `base_url`: Google's and Anthropic's. They belong to no
/// project, and only the beta version has them.
///
/// Source: <https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list>.
pub(crate) fn catalogs(base_url: &UpstreamUrl) -> [UpstreamUrl; 2] {
    let service = base_url.above(BELOW_SERVICE);
    ["google", "anthropic"].map(|publisher| service.below(&["v1beta1", "publishers", publisher]))
}

/// How many steps a base URL is below its service: `v1/projects/{project}/locations/{location}`.
const BELOW_SERVICE: usize = 5;

/// A project is known by its id, which a domain may precede (`example.com:my-project`), or by its number.
fn is_project(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_name)
}

fn is_location(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(project: &str, location: &str) -> Result<String, AccountError> {
        let url = base_url(&service(location)?, project, location)?;
        Ok(url.to_string())
    }

    #[test]
    fn each_kind_of_location_has_its_own_host() {
        let check = |location, host| {
            let expect = format!("https://{host}/v1/projects/p-1/locations/{location}");
            assert_eq!(url("p-1", location).as_ref(), Ok(&expect));
        };
        check("global", "aiplatform.googleapis.com");
        check("us", "aiplatform.us.rep.googleapis.com");
        check("eu", "aiplatform.eu.rep.googleapis.com");
        check("us-east5", "us-east5-aiplatform.googleapis.com");
        check("europe-west4", "europe-west4-aiplatform.googleapis.com");
    }

    #[test]
    fn a_location_or_a_project_cannot_make_another_host_or_path() {
        for location in ["", "evil.example/", "US", "a b", "x@y", "../.."] {
            assert_eq!(
                url("p", location),
                Err(AccountError::Location),
                "{location}"
            );
        }
        for project in ["", "a/b", "..", "a b", "p?x", "p#x"] {
            assert_eq!(url(project, "us"), Err(AccountError::Project), "{project}");
        }
        assert!(url("example.com:p-1", "global").is_ok());
        assert!(url("123456789012", "global").is_ok());
    }

    #[test]
    fn another_address_of_the_service_keeps_its_own_path() {
        let check = |service: &str, expect: &str| {
            let url = base_url(&service.parse().unwrap(), "p", "us").unwrap();
            assert_eq!(url.to_string(), expect);
        };
        check(
            "http://127.0.0.1:8",
            "http://127.0.0.1:8/v1/projects/p/locations/us",
        );
        check(
            "https://proxy.example/vertex/v1beta1/",
            "https://proxy.example/vertex/v1beta1/projects/p/locations/us",
        );
    }

    #[test]
    fn the_lists_of_models_are_beside_the_projects() {
        let base_url = "https://proxy.example/vertex/v1/projects/p/locations/us";
        let lists = catalogs(&base_url.parse().unwrap()).map(|url| url.to_string());
        let expect = ["google", "anthropic"].map(|publisher| {
            format!("https://proxy.example/vertex/v1beta1/publishers/{publisher}")
        });
        assert_eq!(lists, expect);
    }
}
