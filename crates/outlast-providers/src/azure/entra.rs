//! Entra ID: an application signs in with its own secret (OAuth 2.0 client credentials).
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::uri::PathAndQuery;
use outlast_types::{Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

use crate::credential::blot_out;
use crate::token::oauth::{TokenForm, exchange, read_answer};
use crate::upstream_url::Query;
use crate::{AccountError, HttpService, Token, TokenSource, UpstreamUrl};

/// The public cloud's authority.
const AUTHORITY: &str = "https://login.microsoftonline.com";

/// What the tokens are for: every service of Azure's for language models takes them.
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// An application that signs in at Entra ID with its secret. It never shows the secret.
///
/// Managed identities, certificates and a developer's own login are signed in with by Azure's own library: any
/// [`TokenSource`] can stand here.
#[derive(Clone)]
pub struct EntraClient {
    authority: Option<UpstreamUrl>,
    tenant: String,
    client_id: String,
    client_secret: SecretString,
    scope: String,
}

impl EntraClient {
    /// Describes an application: the directory (tenant) id or domain, the application (client) id, and the value of one
    /// of its client secrets.
    pub fn new(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            authority: None,
            tenant: tenant.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scope: SCOPE.to_owned(),
        }
    }

    /// Signs in elsewhere than at `https://login.microsoftonline.com`, as in a national cloud.
    pub fn with_authority(mut self, authority: &str) -> Result<Self, AccountError> {
        self.authority = Some(authority.parse()?);
        Ok(self)
    }

    /// Asks for tokens of another scope than `https://cognitiveservices.azure.com/.default`.
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    fn request(&self) -> Result<http::Request<Bytes>, Error> {
        let authority = match &self.authority {
            Some(authority) => authority.clone(),
            None => AUTHORITY.parse().map_err(unaddressable)?,
        };
        let uri = authority
            .below(&[&self.tenant, "oauth2", "v2.0"])
            .join(&PathAndQuery::from_static("/token"), &Query::default())
            .map_err(unaddressable)?;
        // Secrets come from files and variables that often end in a line break.
        let secret = self.client_secret.expose_secret().trim();
        let form = TokenForm::new("client_credentials")
            .with("client_id", &self.client_id)
            .with("client_secret", secret)
            .with("scope", &self.scope);
        Ok(form.post(uri))
    }
}

fn unaddressable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal).with_source(error)
}

impl TokenSource for EntraClient {
    fn fetch(
        &self,
        http: HttpService,
        now: SystemTime,
    ) -> BoxFuture<'static, Result<Token, Error>> {
        let request = self.request();
        Box::pin(async move {
            let answer = exchange(http, request?).await?;
            read_answer("Entra ID", &answer, now)
        })
    }

    fn blot_out(&self, error: Error) -> Error {
        blot_out(self.client_secret.expose_secret().trim(), error)
    }
}

impl fmt::Debug for EntraClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntraClient")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
