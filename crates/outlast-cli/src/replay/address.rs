//! What the address of a request says: some protocols name the model there, and some the mode.

use std::borrow::Cow;

/// The path of a request's address, without the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address<'a> {
    path: &'a str,
}

impl<'a> Address<'a> {
    /// Takes an address apart; one without a host is a path.
    pub(crate) fn of(url: &'a str) -> Self {
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = match after_scheme.find('/') {
            Some(at) => after_scheme.get(at..).unwrap_or_default(),
            None => "",
        };
        Self {
            path: path.split(['?', '#']).next().unwrap_or_default(),
        }
    }

    /// Returns the path.
    pub(crate) fn path(self) -> &'a str {
        self.path
    }

    /// Tells whether the path ends in `end`.
    pub(crate) fn ends_with(self, end: &str) -> bool {
        self.path.ends_with(end)
    }

    /// Returns the model in the path: Google's `.../models/MODEL:method` or Bedrock's `/model/MODEL/method`.
    pub(crate) fn model(self) -> Option<String> {
        let google = self
            .path
            .rsplit_once("/models/")
            .map(|(_, rest)| rest.split([':', '/']).next().unwrap_or_default());
        let bedrock = || {
            let (_, rest) = self.path.split_once("/model/")?;
            rest.rsplit_once('/').map(|(model, _)| model)
        };
        let model = google.or_else(bedrock)?;
        (!model.is_empty()).then(|| percent_decoded(model).into_owned())
    }
}

/// Replaces `%3A` and the like by what they stand for; what is no such code stays.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(hex);
        bytes.push(code.unwrap_or(*first));
        rest = match code {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    are_digits.then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(url: &str) -> Option<String> {
        Address::of(url).model()
    }

    #[test]
    fn the_model_is_found_where_google_and_bedrock_put_it() {
        let google = "https://host/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse";
        assert_eq!(model(google).as_deref(), Some("gemini-3.5-flash"));
        let vertex = "https://host/v1/projects/P/locations/L/publishers/anthropic/models/claude@1:rawPredict";
        assert_eq!(model(vertex).as_deref(), Some("claude@1"));
        let bedrock = "https://host/model/us.amazon.nova-lite-v1%3A0/converse";
        assert_eq!(model(bedrock).as_deref(), Some("us.amazon.nova-lite-v1:0"));
        let arn =
            "https://host/model/arn%3Aaws%3Abedrock%3Aus%3A1%3Ainference-profile%2Fus.x/invoke";
        assert_eq!(
            model(arn).as_deref(),
            Some("arn:aws:bedrock:us:1:inference-profile/us.x")
        );
        assert_eq!(model("https://host/v1/chat/completions"), None);
    }

    #[test]
    fn an_address_of_any_kind_has_a_path() {
        assert!(Address::of("https://host/v2/chat?x=/y").ends_with("/v2/chat"));
        assert!(Address::of("/v2/chat").ends_with("/v2/chat"));
        for odd in ["", "https://host", "%", "a/model/%zz%4/x", "/models/"] {
            let _ = model(odd);
        }
    }
}
