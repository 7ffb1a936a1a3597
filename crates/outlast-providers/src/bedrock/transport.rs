//! How credentials are fetched: over the account's own transport.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use reqsign_core::{Error, HttpSend, Result};
use tower::ServiceExt;

use crate::{HttpBody, HttpService};

/// The most bytes of an answer with credentials: 1 MiB.
const MAX_ANSWER: usize = 1024 * 1024;

/// Sends what the search for credentials asks for.
pub(super) struct Through(HttpService);

impl Through {
    pub(super) fn new(http: HttpService) -> Self {
        Self(http)
    }
}

impl HttpSend for Through {
    async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        let reply = self.0.clone().oneshot(request).await;
        let reply = reply.map_err(|error| failed("an exchange failed", &error))?;
        let (head, body) = reply.into_parts();
        Ok(http::Response::from_parts(head, gather(body).await?))
    }
}

async fn gather(mut body: HttpBody) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failed("an answer broke off", &error))?;
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
        if bytes.len() > MAX_ANSWER {
            return Err(Error::unexpected("an answer is too long"));
        }
    }
    Ok(bytes.freeze())
}

impl fmt::Debug for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Through")
    }
}

fn failed(what: &str, error: &outlast_types::BoxError) -> Error {
    Error::unexpected(format!("{what}: {error}"))
}
