use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;

use super::http::{json, post};
use super::{Sink, Transport, Undelivered};
use crate::clock::WallClock;
use crate::{Alert, Incident, text};

/// How a secret begins whose rest is base64.
const SECRET_PREFIX: &str = "whsec_";

/// Posts alerts as JSON to an address of one's own, signed as
/// [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md) says.
///
/// | header | holds |
/// |---|---|
/// | `webhook-id` | the alert's [key](Alert::key), the same in every try: a receiver that has seen it need not act again |
/// | `webhook-timestamp` | when the try was made, in seconds since 1970: one that is minutes old is a replay |
/// | `webhook-signature` | `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY` |
///
/// The body is `{"type": "incident.opened", "timestamp": "2026-11-24T11:37:00Z", "data": {"title": .., "incident": ..}}`,
/// or `incident.resolved`.
#[derive(Clone)]
pub struct Webhook {
    address: Uri,
    secret: SecretString,
    transport: Transport,
    clock: WallClock,
}

impl Webhook {
    /// Makes a sink for `address`. Of a secret that begins with `whsec_`, the rest is base64; any other is taken as it is.
    pub fn new(address: Uri, secret: impl Into<SecretString>, transport: Transport) -> Self {
        Self {
            address,
            secret: secret.into(),
            transport,
            clock: WallClock::default(),
        }
    }

    /// Reads the time of the signatures from `now`.
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = WallClock::new(now);
        self
    }

    fn headers(&self, id: &str, body: &[u8]) -> Option<HeaderMap> {
        let now = self.clock.now().wall;
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH);
        let timestamp = since_epoch.unwrap_or_default().as_secs();
        let signature = sign(self.secret.expose_secret(), id, timestamp, body)?;
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("webhook-id", id),
            ("webhook-timestamp", &timestamp.to_string()),
            ("webhook-signature", &signature),
        ] {
            let value = HeaderValue::from_str(value).ok()?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Some(headers)
    }
}

impl Sink for Webhook {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        let body = body(alert);
        match self.headers(&alert.key(), &body) {
            Some(headers) => post(&self.transport, &self.address, headers, body),
            None => {
                let why = "the secret begins with `whsec_`, and its rest is no base64";
                Box::pin(std::future::ready(Err(Undelivered::for_good(why))))
            }
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")
    }
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    title: String,
    incident: &'a Incident,
}

fn body(alert: &Alert) -> Bytes {
    json(&Message {
        kind: format!("incident.{}", alert.phase.as_str()),
        timestamp: text::date(alert.at),
        data: Data {
            title: alert.title(),
            incident: &alert.incident,
        },
    })
}

fn sign(secret: &str, id: &str, timestamp: u64, body: &[u8]) -> Option<String> {
    let secret = secret.trim();
    let key = match secret.strip_prefix(SECRET_PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).ok()?,
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{signature}"))
}
