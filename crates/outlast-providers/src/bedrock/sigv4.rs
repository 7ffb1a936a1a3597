//! Signed requests: AWS Signature Version 4.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Uri};
use outlast_types::{Error, ErrorKind};
use reqsign_aws_v4::{
    Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::hash::hex_sha256;
use reqsign_core::{Context, OsEnv, ProvideCredential, Signer};
use reqsign_file_read_tokio::TokioFileRead;
use secrecy::{ExposeSecret, SecretString};

use crate::through::Through;
use crate::{Authorize, HttpService};

/// The name of the service in what is signed. The host says `bedrock-runtime`.
const SERVICE: &str = "bedrock";

/// The header with the hash of the body. Without it the body is not signed.
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs each request with the credentials of an AWS account.
///
/// Credentials that expire are fetched again before they do, over the account's own transport.
///
/// # Examples
///
/// ```
/// use outlast_providers::{Bedrock, SigV4};
///
/// let account = Bedrock::in_region("us-east-1")?.with_authorizer(SigV4::from_default_chain("us-east-1"));
/// # let _ = account;
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
pub struct SigV4 {
    signer: Signer<Credential>,
}

impl SigV4 {
    /// Takes the credentials that AWS's own tools find: from the environment, a profile, SSO, a web identity, the
    /// container or the machine, the first that has some.
    pub fn from_default_chain(region: &str) -> Self {
        Self::from_provider(region, DefaultCredentialProvider::new())
    }

    /// Takes the keys of an IAM user; keys of a session have a token, too.
    pub fn from_keys(
        region: &str,
        access_key_id: &str,
        secret_access_key: &SecretString,
        session_token: Option<&SecretString>,
    ) -> Self {
        let secret = secret_access_key.expose_secret();
        let keys = StaticCredentialProvider::new(access_key_id, secret);
        let keys = match session_token {
            Some(token) => keys.with_session_token(token.expose_secret()),
            None => keys,
        };
        Self::from_provider(region, keys)
    }

    fn from_provider(
        region: &str,
        provider: impl ProvideCredential<Credential = Credential>,
    ) -> Self {
        let signer = RequestSigner::new(SERVICE, region);
        Self {
            signer: Signer::new(Context::new(), provider, signer),
        }
    }
}

impl Authorize for SigV4 {
    fn authorize<'a>(
        &'a self,
        request: http::Request<Bytes>,
        http: &'a HttpService,
    ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>> {
        let context = Context::new()
            .with_env(OsEnv)
            .with_file_read(TokioFileRead)
            .with_http_send(Through::new(http.clone()));
        // The credentials it has fetched are shared.
        let signer = self.signer.clone().with_context(context);
        Box::pin(async move { sign(&signer, request).await })
    }
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigV4").finish_non_exhaustive()
    }
}

async fn sign(
    signer: &Signer<Credential>,
    request: http::Request<Bytes>,
) -> Result<http::Request<Bytes>, Error> {
    let (mut parts, body) = request.into_parts();
    let hash = HeaderValue::from_str(&hex_sha256(&body)).map_err(internal)?;
    parts.headers.insert(CONTENT_SHA256, hash);
    let mut signed = parts.clone();
    signed.uri = encoded_again(&parts.uri)?;
    signer.sign(&mut signed, None).await.map_err(unsigned)?;
    parts.headers = signed.headers;
    Ok(http::Request::from_parts(parts, body))
}

/// Returns `uri` with its path percent-encoded once more, which is what has to be signed.
///
/// "Each path segment must be URI-encoded twice (except for Amazon S3 which only gets URI-encoded once)." The signer does
/// as S3 wants it: it takes one encoding off and puts one on. So `v1%3A0` must come to it as `v1%253A0`.
fn encoded_again(uri: &Uri) -> Result<Uri, Error> {
    let path = uri.path().replace('%', "%25");
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().map_err(internal)?);
    Uri::from_parts(parts).map_err(internal)
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal).with_source(error)
}

/// Says why there is no signature.
fn unsigned(error: reqsign_core::Error) -> Error {
    use reqsign_core::ErrorKind as Why;
    let kind = match error.kind() {
        Why::PermissionDenied => ErrorKind::PermissionDenied,
        Why::RateLimited => ErrorKind::RateLimited,
        Why::RequestInvalid => ErrorKind::Internal,
        _ => ErrorKind::Unauthenticated,
    };
    Error::new(kind)
        .with_message(
            "no AWS credentials could be loaded: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`",
        )
        .with_source(error)
}
