//! Names in the paths and queries of requests.

use http::uri::PathAndQuery;
use outlast_types::{Error, ErrorKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// What is escaped: all but the characters that RFC 3986 reserves for nothing.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Escapes a value of a query.
pub(crate) fn escape(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, ESCAPED)
}

/// Escapes what may not stand in a path as it is; slashes and Vertex AI's `@` may.
pub(crate) fn escape_steps(name: &str, out: &mut String) {
    for (at, step) in name.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        for (at, piece) in step.split('@').enumerate() {
            if at > 0 {
                out.push('@');
            }
            out.extend(escape(piece));
        }
    }
}

/// Returns the path of the item `id` in `collection`, such as `/models/claude-haiku-4-5`. The slashes of a name stay
/// slashes, as the providers whose names have some want it.
pub(crate) fn item(collection: &str, id: &str) -> Result<PathAndQuery, Error> {
    let mut path = collection.to_owned();
    for step in id.split('/') {
        if matches!(step, "" | "." | "..") {
            return Err(no_name(id));
        }
        path.push('/');
        path.extend(escape(step));
    }
    PathAndQuery::try_from(path).map_err(|_| no_name(id))
}

fn no_name(id: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message(format!("`{id}` is no model's name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_collection() {
        let path = |id| item("/models", id).map(|path| path.to_string());
        assert_eq!(path("gpt-5").unwrap(), "/models/gpt-5");
        assert_eq!(
            path("meta-llama/llama 4?x#y").unwrap(),
            "/models/meta-llama/llama%204%3Fx%23y"
        );
        for id in ["", "..", "a/../../b", "a//b", "/a"] {
            assert_eq!(path(id).unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
    }
}
