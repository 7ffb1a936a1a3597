//! Where an account's calls go.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use url::{Host, Url, form_urlencoded};

/// The base URL of an account, such as `https://api.openai.com/v1`.
///
/// It is parsed once and its calls' addresses are paths below it. It is `http` or `https`, names a host, and has no
/// user, password, query or fragment, so that no secret hides in it and nothing can be smuggled behind it.
///
/// # Examples
///
/// ```
/// use outlast_providers::UpstreamUrl;
///
/// let url: UpstreamUrl = "https://API.example.com/v1/".parse().unwrap();
/// assert_eq!(url.to_string(), "https://api.example.com/v1");
///
/// let error = "https://user:pass@example.com".parse::<UpstreamUrl>().unwrap_err();
/// assert_eq!(error.to_string(), "a base URL must not hold a user or password: give the key as `api_key`");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamUrl {
    url: Url,
    scheme: Scheme,
    authority: Authority,
}

/// Says why a text is no base URL. It never quotes the text, which may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no absolute URL.
    #[error("a base URL must be a whole address such as `https://api.example.com/v1`")]
    Invalid,
    /// Its scheme is neither `http` nor `https`.
    #[error("a base URL must begin with `https://` or `http://`")]
    Scheme,
    /// It holds a user or password.
    #[error("a base URL must not hold a user or password: give the key as `api_key`")]
    UserInfo,
    /// It holds a query or a fragment.
    #[error("a base URL must not hold a query or fragment: leave out what follows `?` or `#`")]
    Query,
}

impl UpstreamUrl {
    /// Returns the host.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Returns the port, that of the scheme if the URL names none.
    pub fn port(&self) -> Option<u16> {
        self.url.port_or_known_default()
    }

    /// Tells whether a key sent here can be read on the way: plain `http` to another machine.
    pub fn is_exposed(&self) -> bool {
        self.scheme == Scheme::HTTP && !self.is_loopback()
    }

    /// Tells whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Returns the URL that many segments of a path further down. What cannot stand in a segment is escaped.
    pub(crate) fn below(&self, segments: &[&str]) -> Self {
        let mut below = self.clone();
        // Only URLs without a host have no segments.
        if let Ok(mut path) = below.url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        below
    }

    /// Returns the URL that many segments of the path further up.
    pub(crate) fn above(&self, steps: usize) -> Self {
        let mut above = self.clone();
        if let Ok(mut path) = above.url.path_segments_mut() {
            path.pop_if_empty();
            (0..steps).for_each(|_| {
                path.pop();
            });
        }
        above
    }

    /// Returns the address of `path`, a path with or without a query, below this URL, with `query` added.
    pub(crate) fn join(&self, path: &PathAndQuery, query: &Query) -> Result<Uri, http::Error> {
        let base = self.base_path();
        let path = match (query.as_str(), path.query()) {
            ("", _) => format!("{base}{path}"),
            (query, None) => format!("{base}{path}?{query}"),
            (query, Some(_)) => format!("{base}{path}&{query}"),
        };
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
    }

    /// Tells whether it has a path.
    pub(crate) fn has_path(&self) -> bool {
        !self.base_path().is_empty()
    }

    fn base_path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }
}

/// Parameters that every address of an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(String);

impl Query {
    /// Adds a parameter. What cannot stand in a query is escaped.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let before = std::mem::take(&mut self.0);
        self.0 = form_urlencoded::Serializer::new(before)
            .append_pair(name, value)
            .finish();
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UpstreamUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text.trim()).map_err(|_| UrlError::Invalid)?;
        let scheme = match url.scheme() {
            "http" => Scheme::HTTP,
            "https" => Scheme::HTTPS,
            _ => return Err(UrlError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Query);
        }
        let authority = url.authority().parse().map_err(|_| UrlError::Invalid)?;
        Ok(Self {
            url,
            scheme,
            authority,
        })
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.scheme,
            self.authority,
            self.base_path()
        )
    }
}

impl fmt::Debug for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<UpstreamUrl, UrlError> {
        text.parse()
    }

    #[test]
    fn a_path_is_joined_below_the_base_with_one_slash() {
        let check = |base: &str, expect: &str| {
            let path = PathAndQuery::from_static("/chat/completions?a=b");
            let uri = parse(base).unwrap().join(&path, &Query::default()).unwrap();
            assert_eq!(uri.to_string(), expect);
        };
        check(
            "https://api.openai.com/v1",
            "https://api.openai.com/v1/chat/completions?a=b",
        );
        check(
            "https://api.openai.com/v1/",
            "https://api.openai.com/v1/chat/completions?a=b",
        );
        check(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/chat/completions?a=b",
        );
        check(
            "http://[::1]:8080/x",
            "http://[::1]:8080/x/chat/completions?a=b",
        );
    }

    #[test]
    fn a_model_in_the_path_is_escaped_and_cannot_climb() {
        let base = parse("https://a.example/openai/").unwrap();
        let check = |model: &str, expect: &str| {
            assert_eq!(base.below(&["deployments", model]).to_string(), expect)
        };
        check("gpt-4.1", "https://a.example/openai/deployments/gpt-4.1");
        check(
            "a/b?c#d",
            "https://a.example/openai/deployments/a%2Fb%3Fc%23d",
        );
        check("..", "https://a.example/openai/deployments");
    }

    #[test]
    fn a_parameter_is_added_to_the_query_or_begins_one() {
        let check = |path: &'static str, expect: &str| {
            let mut query = Query::default();
            query.add("api-version", "2024-10-21");
            query.add("x", "a&b");
            let path = PathAndQuery::from_static(path);
            let base = parse("https://a.example/v1").unwrap();
            assert_eq!(base.join(&path, &query).unwrap().to_string(), expect);
        };
        check(
            "/chat",
            "https://a.example/v1/chat?api-version=2024-10-21&x=a%26b",
        );
        check(
            "/chat?alt=sse",
            "https://a.example/v1/chat?alt=sse&api-version=2024-10-21&x=a%26b",
        );
    }

    #[test]
    fn what_could_carry_a_secret_or_another_scheme_is_refused() {
        let check = |text: &str, error| assert_eq!(parse(text), Err(error), "{text}");
        check("api.openai.com/v1", UrlError::Invalid);
        check("", UrlError::Invalid);
        check("http://", UrlError::Invalid);
        check("file:///etc/passwd", UrlError::Scheme);
        check("unix:/run/docker.sock", UrlError::Scheme);
        check("https://key@api.openai.com", UrlError::UserInfo);
        check("https://:pw@api.openai.com", UrlError::UserInfo);
        check("https://api.openai.com/v1?key=1", UrlError::Query);
        check("https://api.openai.com/v1#x", UrlError::Query);
    }

    #[test]
    fn every_way_to_write_loopback_is_recognised() {
        for text in [
            "http://localhost:1",
            "http://127.1",
            "http://0x7f000001",
            "http://[::1]",
        ] {
            assert!(parse(text).unwrap().is_loopback(), "{text}");
            assert!(!parse(text).unwrap().is_exposed(), "{text}");
        }
        assert!(parse("http://api.example.com").unwrap().is_exposed());
        assert!(!parse("https://api.example.com").unwrap().is_exposed());
    }
}
