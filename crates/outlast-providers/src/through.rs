//! How the credentials of a cloud are fetched: over the account's own transport.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use outlast_types::Error;
use reqsign_core::{HttpSend, Result};

use crate::HttpService;
use crate::clock::received_now;
use crate::token::oauth::{exchange, refusal};

/// Sends what the search for credentials asks for, and keeps the facts of what failed.
pub(crate) struct Through {
    http: HttpService,
    failure: LastFailure,
}

/// The failure of the last exchange, unless it went well: the search itself knows only its words.
#[derive(Clone, Default)]
pub(crate) struct LastFailure(Arc<Mutex<Option<Error>>>);

impl Through {
    pub(crate) fn new(http: HttpService) -> Self {
        Self {
            http,
            failure: LastFailure::default(),
        }
    }

    /// Returns where failures are kept.
    #[cfg(feature = "vertex")]
    pub(crate) fn failure(&self) -> LastFailure {
        self.failure.clone()
    }
}

impl LastFailure {
    /// Takes the failure of the last exchange.
    #[cfg(feature = "vertex")]
    pub(crate) fn take(&self) -> Option<Error> {
        self.lock().take()
    }

    fn set(&self, failure: Option<Error>) {
        *self.lock() = failure;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpSend for Through {
    async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match exchange(self.http.clone(), request).await {
            Ok(answer) => {
                let refused = !answer.status().is_success();
                let failure = refused.then(|| refusal(&host, &answer, received_now()));
                self.failure.set(failure);
                Ok(answer)
            }
            Err(error) => {
                let said = format!("an exchange with {host} failed: {error}");
                self.failure.set(Some(error));
                Err(reqsign_core::Error::unexpected(said))
            }
        }
    }
}

impl fmt::Debug for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Through")
    }
}
