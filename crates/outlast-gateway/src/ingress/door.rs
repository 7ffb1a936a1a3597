//! Who and what is let in: methods, and keys wherever a protocol has them.

use std::borrow::Cow;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

use super::Refusal;
use crate::keys::Keyring;

/// Lets a request pass that brings something.
pub(super) fn only_post(method: &Method) -> Result<(), Refusal> {
    match *method {
        Method::POST => Ok(()),
        _ => Err(Refusal::wrong_method("POST")),
    }
}

/// Lets a request pass that only asks.
pub(super) fn only_get(method: &Method) -> Result<(), Refusal> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Refusal::wrong_method("GET")),
    }
}

/// Lets a request pass that presents one of the keys, if there are any. Some clients present several.
pub(super) fn check_key<'a>(
    ring: &Keyring,
    presented: impl IntoIterator<Item = Option<Cow<'a, [u8]>>>,
) -> Result<(), Refusal> {
    if ring.is_empty() {
        return Ok(());
    }
    match presented
        .into_iter()
        .flatten()
        .find_map(|key| ring.find(&key))
    {
        Some(name) => {
            tracing::trace!(key = %name, "key accepted");
            Ok(())
        }
        None => Err(Refusal::wrong_key()),
    }
}

/// Reads the key out of `Authorization: Bearer KEY`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<Cow<'_, [u8]>> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then_some(key.trim_ascii().into())
}

/// Reads the key out of a header that has nothing else.
pub(super) fn in_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, [u8]>> {
    Some(headers.get(name)?.as_bytes().trim_ascii().into())
}

/// Reads the key out of the query `?key=KEY`.
pub(super) fn in_query(uri: &Uri) -> Option<Cow<'_, [u8]>> {
    let mut fields = uri.query()?.split('&');
    let key = fields.find_map(|field| field.strip_prefix("key="))?;
    Some(percent_decode_str(key).into())
}

#[cfg(test)]
mod tests {
    use outlast::config::GatewayKey;

    use super::*;

    #[test]
    fn a_key_in_a_query_is_read_as_it_was_before_it_was_escaped() {
        let check = |uri: &'static str, key: Option<&str>| {
            let uri = Uri::from_static(uri);
            let found = in_query(&uri);
            assert_eq!(found.as_deref(), key.map(str::as_bytes), "{uri}");
        };
        check("/x?key=a%2Fb%20c", Some("a/b c"));
        check("/x?alt=sse&key=k&key=other", Some("k"));
        check("/x?monkey=k", None);
        check("/x", None);
    }

    #[test]
    fn one_right_key_of_several_lets_pass_and_an_empty_one_does_not() {
        let ring = Keyring::new(&[GatewayKey::new("app", "right".to_owned())]);
        let is_let_in = |presented: &[Option<&'static str>]| {
            let keys = presented
                .iter()
                .map(|key| key.map(|key| Cow::Borrowed(key.as_bytes())));
            check_key(&ring, keys).is_ok()
        };
        assert!(is_let_in(&[Some("wrong"), Some("right")]));
        assert!(is_let_in(&[None, Some("right")]));
        assert!(!is_let_in(&[Some("wrong"), Some(""), None]));
        assert!(!is_let_in(&[]));
    }
}
