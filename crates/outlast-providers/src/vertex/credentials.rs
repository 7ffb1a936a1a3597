//! Tokens made of Google's credentials.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use outlast_types::{Error, ErrorKind};
use reqsign_core::{Context, Env, ProvideCredential};
use reqsign_file_read_tokio::TokioFileRead;
use reqsign_google::{
    Credential, ServiceAccountTokenCredentialProvider, StaticCredentialProvider,
    VmMetadataCredentialProvider,
};
use secrecy::{ExposeSecret, SecretString};

use super::adc::{self, Found};
use super::refusal::Refusal;
use crate::clock::received_now;
use crate::through::Through;
use crate::token::oauth::UNSAID_LIFE;
use crate::{HttpService, Token, TokenSource};

/// What the tokens are for: the one scope that Vertex AI knows.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Credentials of Google Cloud, of which the tokens of an account at [`Vertex`](crate::Vertex) are made. They never show.
///
/// A file or a document of credentials is what Google hands out as JSON:
///
/// | `type` | whose it is |
/// |---|---|
/// | `service_account` | a service account's, with its private key |
/// | `authorized_user` | a person's, by `gcloud auth application-default login` |
/// | `external_account` | a workload's with an identity elsewhere (workload identity federation): from a file, an address or AWS |
/// | `impersonated_service_account` | a service account's that a person may act as |
///
/// Where there is none, the metadata server of the machine has the identity of the workload, as on Compute Engine, Cloud
/// Run and Google Kubernetes Engine.
///
/// All that is fetched goes over the account's own transport. A file is read again each time a token is fetched, so that
/// a key can be replaced while the account is in use.
///
/// # Limits
///
/// Tokens of a service account are asked for at `https://oauth2.googleapis.com/token`, whatever `token_uri` says. An
/// external account that runs a program to get its identity is refused. A quota project is not sent.
///
/// # Examples
///
/// ```
/// use outlast_providers::{GoogleCredentials, Vertex};
///
/// let account = Vertex::in_location("my-project", "global")?
///     .with_tokens(GoogleCredentials::from_file("/run/secrets/vertex.json"));
/// # let _ = account;
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
#[derive(Clone)]
pub struct GoogleCredentials {
    origin: Origin,
    env: Arc<Lookup>,
}

/// Where the credentials are.
#[derive(Clone)]
enum Origin {
    DefaultChain,
    File(PathBuf),
    Json(SecretString),
}

impl GoogleCredentials {
    /// Takes the credentials that Google's own tools find (application default credentials): the file that
    /// `GOOGLE_APPLICATION_CREDENTIALS` names, the one that gcloud writes, or the metadata server, the first that is there.
    pub fn from_default_chain() -> Self {
        Self::new(Origin::DefaultChain)
    }

    /// Takes the credentials in a file.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::File(path.into()))
    }

    /// Takes credentials as such a file has them.
    pub fn from_json(json: impl Into<SecretString>) -> Self {
        Self::new(Origin::Json(json.into()))
    }

    /// Looks up environment variables with `env`; by default they are the process's own.
    pub fn with_env(
        mut self,
        env: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.env = Arc::new(env);
        self
    }

    fn new(origin: Origin) -> Self {
        Self {
            origin,
            env: Arc::new(|name| std::env::var(name).ok()),
        }
    }

    async fn find(&self) -> Result<Found, Error> {
        match &self.origin {
            Origin::DefaultChain => adc::find(&*self.env).await,
            Origin::File(path) => adc::read_file(&path.to_string_lossy()).await,
            Origin::Json(json) => Ok(Found::Document {
                place: "the given document".to_owned(),
                json: json.clone(),
            }),
        }
    }

    async fn token(self, http: HttpService, now: SystemTime) -> Result<Token, Error> {
        let found = self.find().await?;
        let through = Through::new(http);
        let failure = through.failure();
        let context = Context::new()
            .with_env(Variables(self.env))
            .with_file_read(TokioFileRead)
            .with_http_send(through);
        let refusal = match fetch(&context, &found).await {
            Ok(Some(token)) => return as_token(token, now),
            Ok(None) => Refusal::new(&found, failure.take(), None),
            Err(error) => Refusal::new(&found, failure.take(), Some(&error)),
        };
        Err(refusal.into_error())
    }
}

impl TokenSource for GoogleCredentials {
    fn fetch(
        &self,
        http: HttpService,
        now: SystemTime,
    ) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(self.clone().token(http, now))
    }
}

impl fmt::Debug for GoogleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GoogleCredentials");
        if let Origin::File(path) = &self.origin {
            shown.field("file", path);
        }
        shown.finish_non_exhaustive()
    }
}

async fn fetch(
    context: &Context,
    found: &Found,
) -> reqsign_core::Result<Option<reqsign_google::Token>> {
    let credential = match found {
        Found::Document { json, .. } => {
            let document = StaticCredentialProvider::new(json.expose_secret());
            let document = document.with_scope(SCOPE);
            document.provide_credential(context).await?
        }
        Found::Machine { .. } => {
            let machine = VmMetadataCredentialProvider::new().with_scope(SCOPE);
            machine.provide_credential(context).await?
        }
    };
    // The key of a service account is not a token yet.
    let credential = match credential {
        Some(Credential {
            service_account: Some(account),
            ..
        }) => {
            let account = ServiceAccountTokenCredentialProvider::new(account).with_scope(SCOPE);
            account.provide_credential(context).await?
        }
        other => other,
    };
    Ok(credential.and_then(|credential| credential.token))
}

/// Reads a token that was asked for at `now`. When it expires was reckoned by the system's clock.
fn as_token(token: reqsign_google::Token, now: SystemTime) -> Result<Token, Error> {
    let left = token.expires_at.map(|expiry| {
        let expiry = expiry.as_system_time();
        expiry.duration_since(received_now()).unwrap_or_default()
    });
    let token = Token::new(token.access_token).map_err(|error| {
        Error::new(ErrorKind::Malformed)
            .with_message(format!("the token of Google cannot be used: {error}"))
    })?;
    Ok(token.with_expiry(now + left.unwrap_or(UNSAID_LIFE)))
}

/// The environment, as the search for credentials sees it.
struct Variables(Arc<Lookup>);

impl Env for Variables {
    fn var(&self, key: &str) -> Option<String> {
        (self.0)(key)
    }

    fn vars(&self) -> HashMap<String, String> {
        HashMap::new()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        self.var("HOME").map(PathBuf::from)
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}
