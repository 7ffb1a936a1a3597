//! The key of an account.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use outlast_types::Error;
use secrecy::{ExposeSecret, SecretString};

/// The key of an account, in the header it travels in.
///
/// It never shows: `Debug` prints the header's name only, and the header's value is marked sensitive, which keeps it
/// out of logs and out of HTTP/2's compression tables. Cloning it copies pointers.
///
/// # Examples
///
/// ```
/// use outlast_providers::Credential;
///
/// let credential = Credential::bearer("sk-my-key")?;
/// assert_eq!(format!("{credential:?}"), "Credential(authorization)");
/// assert!(Credential::bearer("").is_err());
/// # Ok::<_, outlast_providers::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Credential {
    header: HeaderName,
    value: HeaderValue,
    key: Arc<SecretString>,
}

/// The header in which a vendor wants its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyHeader {
    /// `authorization: Bearer ...`: OpenAI and most others.
    Bearer,
    /// `x-api-key`: Anthropic.
    XApiKey,
    /// `api-key`: Azure.
    ApiKey,
    /// `x-goog-api-key`: Google.
    XGoogApiKey,
}

impl KeyHeader {
    /// Puts `key` into this header.
    pub fn credential(self, key: impl Into<SecretString>) -> Result<Credential, KeyError> {
        let name = match self {
            Self::Bearer => return Credential::bearer(key),
            Self::XApiKey => "x-api-key",
            Self::ApiKey => "api-key",
            Self::XGoogApiKey => "x-goog-api-key",
        };
        Credential::header(HeaderName::from_static(name), key)
    }
}

/// Stands where a key stood.
const BLOT: &str = "***";

/// Says why a key cannot be used. It never quotes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is empty.
    #[error("the key is empty")]
    Empty,
    /// It holds characters that cannot stand in a header.
    #[error(
        "the key holds characters that no key has, such as a line break or a space in the middle"
    )]
    Characters,
}

impl Credential {
    /// Sends `key` as `authorization: Bearer ...`, as most providers want it.
    pub fn bearer(key: impl Into<SecretString>) -> Result<Self, KeyError> {
        Self::new(http::header::AUTHORIZATION, "Bearer ", &key.into())
    }

    /// Sends `key` in a header of its own.
    pub fn header(name: HeaderName, key: impl Into<SecretString>) -> Result<Self, KeyError> {
        Self::new(name, "", &key.into())
    }

    fn new(header: HeaderName, prefix: &str, key: &SecretString) -> Result<Self, KeyError> {
        // Keys come from files and variables that often end in a line break.
        let key = key.expose_secret().trim();
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Characters);
        }
        let text = SecretString::from(format!("{prefix}{key}"));
        let mut value =
            HeaderValue::from_str(text.expose_secret()).map_err(|_| KeyError::Characters)?;
        value.set_sensitive(true);
        Ok(Self {
            header,
            value,
            key: Arc::new(key.into()),
        })
    }

    /// Puts the key into the headers of a request.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(self.header.clone(), self.value.clone());
    }

    /// Takes the key out of what a provider said: some quote the key they refuse.
    pub(crate) fn blot_out(&self, error: Error) -> Error {
        blot_out(self.key.expose_secret(), error)
    }
}

/// Takes a secret out of the words and the body of an error.
pub(crate) fn blot_out(secret: &str, error: Error) -> Error {
    if secret.is_empty() {
        return error;
    }
    let message = error.message().filter(|message| message.contains(secret));
    let message = message.map(|message| message.replace(secret, BLOT));
    let body = String::from_utf8_lossy(error.body());
    let body = body.contains(secret).then(|| body.replace(secret, BLOT));
    let error = match message {
        Some(message) => error.with_message(message),
        None => error,
    };
    match body {
        Some(body) => error.with_body(body.into()),
        None => error,
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_trimmed_and_its_header_is_sensitive() {
        let mut headers = HeaderMap::new();
        Credential::bearer("sk-canary\n")
            .unwrap()
            .apply(&mut headers);
        let value = &headers[http::header::AUTHORIZATION];
        assert_eq!(value, "Bearer sk-canary");
        assert!(value.is_sensitive());
        assert!(!format!("{headers:?}").contains("canary"));
    }

    #[test]
    fn a_key_with_a_line_break_cannot_add_a_header() {
        let error = Credential::bearer("sk-1\r\nx-evil: 1").unwrap_err();
        assert_eq!(error, KeyError::Characters);
        assert_eq!(Credential::bearer(" \n").unwrap_err(), KeyError::Empty);
    }
}
