//! What lies between an account and the simulated providers behind it.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;
use outlast::BoxError;
use outlast::providers::UpstreamUrl;
use outlast_sim::{Api, Sim, SimBody, SimFuture};
use tower::Service;

/// How paths look below an account's base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paths {
    /// As the format has them.
    Plain,
    /// With Azure's deployments.
    Deployments,
    /// With Vertex AI's publishers.
    Publishers,
}

/// Where the models of a simulated project at Vertex AI are.
const PROJECT: &str = "/v1/projects/drill/locations/drill";

/// Brings the calls of one account to simulated providers, whatever path its base URL has.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    base: Arc<str>,
    paths: Paths,
    sims: Arc<[Sim]>,
}

impl Network {
    /// Leads from an account at `base_url` to `sims`, one for each format that it speaks.
    pub(crate) fn new(base_url: &UpstreamUrl, paths: Paths, sims: Vec<Sim>) -> Self {
        let url = base_url.to_string().parse::<Uri>();
        let base = url.map_or_else(|_| String::new(), |url| url.path().to_owned());
        Self {
            base: base.trim_end_matches('/').into(),
            paths,
            sims: sims.into(),
        }
    }

    /// Returns which format a path is of, if its account speaks several, and the path as the simulator knows it.
    fn locate(&self, path: &str) -> (Option<Api>, String) {
        let below = path.strip_prefix(&*self.base).unwrap_or(path);
        match self.paths {
            Paths::Plain => (None, below.to_owned()),
            Paths::Deployments => (None, format!("/openai{below}")),
            Paths::Publishers => publisher(below),
        }
    }

    fn sim(&self, api: Option<Api>) -> Option<&Sim> {
        let meant = |sim: &&Sim| api.is_none_or(|api| sim.api() == api);
        self.sims.iter().find(meant).or_else(|| self.sims.first())
    }
}

/// Tells by whose model is asked which format is spoken.
fn publisher(below: &str) -> (Option<Api>, String) {
    if let Some(rest) = below.strip_prefix("/endpoints/openapi") {
        return (Some(Api::OpenAi), rest.to_owned());
    }
    if below.starts_with("/publishers/anthropic/") {
        return (Some(Api::Anthropic), format!("{PROJECT}{below}"));
    }
    let path = match below.strip_prefix("/endpoints/") {
        Some(tuned) => format!("{PROJECT}/publishers/google/models/{tuned}"),
        None if below.starts_with("/publishers/google/") => format!("{PROJECT}{below}"),
        None => below.to_owned(),
    };
    (Some(Api::Gemini), path)
}

impl Service<http::Request<Bytes>> for Network {
    type Response = http::Response<SimBody>;
    type Error = BoxError;
    type Future = SimFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Bytes>) -> SimFuture {
        let (api, path) = self.locate(request.uri().path());
        if let Some(uri) = with_path(request.uri(), path) {
            *request.uri_mut() = uri;
        }
        match self.sim(api) {
            Some(sim) => sim.service().call(request),
            // There is one for each format that an account speaks.
            None => Sim::new(Api::OpenAi).service().call(request),
        }
    }
}

/// Returns `uri` with another path; `None` if that makes none.
fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(base_url: &str, paths: Paths, path: &str) -> (Option<Api>, String) {
        Network::new(&base_url.parse().unwrap(), paths, Vec::new()).locate(path)
    }

    #[test]
    fn a_base_url_may_have_any_path() {
        let check = |base_url, path, expect: &str| {
            assert_eq!(located(base_url, Paths::Plain, path).1, expect);
        };
        check(
            "https://a.example/v1",
            "/v1/chat/completions",
            "/chat/completions",
        );
        check(
            "https://a.example/v1beta/openai",
            "/v1beta/openai/chat/completions",
            "/chat/completions",
        );
        check(
            "https://a.example",
            "/model/m/converse",
            "/model/m/converse",
        );
    }

    #[test]
    fn a_deployment_keeps_its_place_in_the_path() {
        let path = "/proxy/openai/deployments/d/chat/completions";
        let (_, path) = located("https://a.example/proxy/openai", Paths::Deployments, path);
        assert_eq!(path, "/openai/deployments/d/chat/completions");
    }

    #[test]
    fn whose_model_is_asked_tells_the_format() {
        let base = "https://a.example/v1/projects/p/locations/eu";
        let check = |below: &str, api, expect: String| {
            let path = format!("/v1/projects/p/locations/eu{below}");
            let found = located(base, Paths::Publishers, &path);
            assert_eq!(found, (Some(api), expect), "{below}");
        };
        let google = "/publishers/google/models/g:generateContent";
        check(google, Api::Gemini, format!("{PROJECT}{google}"));
        let claude = "/publishers/anthropic/models/c:rawPredict";
        check(claude, Api::Anthropic, format!("{PROJECT}{claude}"));
        let tuned = format!("{PROJECT}/publishers/google/models/7:generateContent");
        check("/endpoints/7:generateContent", Api::Gemini, tuned);
        let chat = "/chat/completions";
        check(
            "/endpoints/openapi/chat/completions",
            Api::OpenAi,
            chat.to_owned(),
        );
    }
}
