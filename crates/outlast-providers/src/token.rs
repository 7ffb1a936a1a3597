//! Tokens that expire: where they come from, how long they are used, and how they get into requests.
//!
//! A [`TokenSource`] fetches one token and knows nothing of time. [`Tokens`] keeps it: all requests of an account share
//! one token, and as many of them as there are wait for one fetch. A token is renewed before it expires, while
//! requests are under way, so that none waits for it; a renewal that fails is tried again later and the old token is
//! used as long as it is valid.

mod bearer;
mod lifetime;
pub(crate) mod oauth;

use std::fmt;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use outlast_types::Error;
use secrecy::SecretString;

pub use self::bearer::Tokens;
use crate::{Credential, HttpService, KeyError};

/// A token, which is sent as `authorization: Bearer ...`. It never shows.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use outlast_providers::Token;
///
/// let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(3_600);
/// let token = Token::new("ya29.secret")?.with_expiry(expiry);
/// assert_eq!(token.expiry(), Some(expiry));
/// assert!(!format!("{token:?}").contains("secret"));
/// # Ok::<_, outlast_providers::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Token {
    credential: Credential,
    expiry: Option<SystemTime>,
}

impl Token {
    /// Makes a token that does not expire.
    pub fn new(secret: impl Into<SecretString>) -> Result<Self, KeyError> {
        Ok(Self {
            credential: Credential::bearer(secret)?,
            expiry: None,
        })
    }

    /// Says when it expires.
    pub fn with_expiry(mut self, expiry: SystemTime) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// Returns when it expires, if it does.
    pub fn expiry(&self) -> Option<SystemTime> {
        self.expiry
    }

    fn apply(&self, headers: &mut HeaderMap) {
        self.credential.apply(headers);
    }

    fn blot_out(&self, error: Error) -> Error {
        self.credential.blot_out(error)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}

/// Fetches tokens.
///
/// Any function that returns a future of a token is one, so that the libraries of a cloud can be plugged in:
///
/// ```
/// use outlast_providers::{AzureOpenAi, Token};
/// use outlast_types::{Error, ErrorKind};
///
/// /// Stands for a library that signs in.
/// async fn sign_in() -> Result<String, String> {
///     Ok("eyJ0...".to_owned())
/// }
///
/// let account = AzureOpenAi::v1("contoso")?.with_tokens(|| async {
///     let secret = sign_in().await.map_err(|error| Error::new(ErrorKind::Unauthenticated).with_message(error))?;
///     Token::new(secret).map_err(|error| Error::new(ErrorKind::Unauthenticated).with_source(error))
/// });
/// # let _ = account;
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches a token over `http`, the account's transport. `now` is when the fetch begins: what the reply says of the
    /// token's life counts from then.
    ///
    /// It fails with facts: the kind says why (`Unauthenticated`, `Connect`, `Overloaded`, ...). It is not called again
    /// before it has finished or was dropped.
    fn fetch(&self, http: HttpService, now: SystemTime)
    -> BoxFuture<'static, Result<Token, Error>>;

    /// Takes secrets out of what the issuer of the tokens said.
    fn blot_out(&self, error: Error) -> Error {
        error
    }
}

impl<F, Fut> TokenSource for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Token, Error>> + Send + 'static,
{
    fn fetch(
        &self,
        _http: HttpService,
        _now: SystemTime,
    ) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(self())
    }
}
