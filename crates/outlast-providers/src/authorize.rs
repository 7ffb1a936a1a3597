//! How an account proves who calls: with a key that stands in a header, or by a step of its own before each request.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use outlast_types::Error;

use crate::{Credential, HttpService};

/// Makes each request of an account one that the provider accepts: adds a token that expires, or signs it.
///
/// A key that stays the same needs none of this: it is a [`Credential`].
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use futures_util::future::BoxFuture;
/// use http::HeaderValue;
/// use outlast_providers::{Authorize, HttpService, OpenAiCompatible};
/// use outlast_types::Error;
///
/// /// Says which team calls.
/// struct Team(&'static str);
///
/// impl Authorize for Team {
///     fn authorize<'a>(
///         &'a self,
///         mut request: http::Request<Bytes>,
///         _http: &'a HttpService,
///     ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>> {
///         request.headers_mut().insert("x-team", HeaderValue::from_static(self.0));
///         Box::pin(async { Ok(request) })
///     }
/// }
///
/// let account = OpenAiCompatible::at("rack", "http://10.0.0.7:8000/v1")?.with_authorizer(Team("search"));
/// # let _ = account;
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
pub trait Authorize: Send + Sync + 'static {
    /// Adds to `request` what proves who calls. Its address, headers and body are final, so that they can be signed.
    ///
    /// `http` is the account's transport, for what must be fetched first. The request's own exchange is reserved by
    /// then: a transport that limits its exchanges needs room for one more.
    ///
    /// It fails with facts: the kind says why (`Unauthenticated`, `Connect`, `Overloaded`, ...). That the request was
    /// not sent, and the target, are added.
    fn authorize<'a>(
        &'a self,
        request: http::Request<Bytes>,
        http: &'a HttpService,
    ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>>;

    /// Returns work to do while a request is under way, such as fetching the next token before this one expires. It
    /// delays no request, and is dropped if it takes longer than the request.
    fn upkeep(&self, _http: &HttpService) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// Hears that the provider did not accept what was added (401): what is cached should not be used for long.
    fn refused(&self) {}

    /// Takes secrets out of what a provider said: some quote the key they refuse.
    fn blot_out(&self, error: Error) -> Error {
        error
    }
}

/// How the requests of an endpoint prove who calls. Cloning it copies pointers.
#[derive(Clone, Default)]
pub(crate) enum Access {
    /// They do not.
    #[default]
    Open,
    /// With a key.
    Key(Credential),
    /// By a step of its own.
    By(Arc<Authorizer>),
}

/// An [`Authorize`] and the transport for what it fetches.
pub(crate) struct Authorizer {
    by: Arc<dyn Authorize>,
    http: HttpService,
}

impl Authorizer {
    pub(crate) fn new(by: Arc<dyn Authorize>, http: HttpService) -> Self {
        Self { by, http }
    }

    pub(crate) async fn authorize(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Request<Bytes>, Error> {
        let authorized = self.by.authorize(request, &self.http).await;
        authorized.map_err(|error| self.by.blot_out(error))
    }

    pub(crate) fn upkeep(&self) -> Option<BoxFuture<'static, ()>> {
        self.by.upkeep(&self.http)
    }
}

impl Access {
    /// Hears that the provider refused.
    pub(crate) fn refused(&self) {
        if let Self::By(authorizer) = self {
            authorizer.by.refused();
        }
    }

    /// Takes the account's secrets out of an error.
    pub(crate) fn blot_out(&self, error: Error) -> Error {
        match self {
            Self::Open => error,
            Self::Key(credential) => credential.blot_out(error),
            Self::By(authorizer) => authorizer.by.blot_out(error),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Key(credential) => fmt::Debug::fmt(credential, f),
            Self::By(_) => f.write_str("Authorizer"),
        }
    }
}
