use std::fmt;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::http::{json, post};
use super::{Sink, Transport, Undelivered};
use crate::{Alert, AlertPhase, Severity, text};

/// Where events go, unless told otherwise.
const ENQUEUE: &str = "https://events.pagerduty.com/v2/enqueue";

/// Tells PagerDuty, through its [Events API v2](https://developer.pagerduty.com/docs/events-api-v2-overview).
///
/// An alert triggers, and the one that says it is over resolves; the incident's id is their `dedup_key`.
#[derive(Clone)]
pub struct PagerDuty {
    routing_key: SecretString,
    address: Uri,
    source: String,
    transport: Transport,
}

impl PagerDuty {
    /// Makes a sink for the integration with that key of 32 characters.
    pub fn new(routing_key: impl Into<SecretString>, transport: Transport) -> Self {
        Self {
            routing_key: routing_key.into(),
            address: Uri::from_static(ENQUEUE),
            source: "outlast".to_owned(),
            transport,
        }
    }

    /// Sends events to `address` instead, such as `https://events.eu.pagerduty.com/v2/enqueue` for accounts in Europe.
    pub fn with_address(mut self, address: Uri) -> Self {
        self.address = address;
        self
    }

    /// Says whose events they are, such as the name of the machine; `outlast` by default.
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    fn event(&self, alert: &Alert) -> Value {
        let mut event = json!({
            "routing_key": self.routing_key.expose_secret().trim(),
            "event_action": "resolve",
            "dedup_key": format!("outlast-{}", alert.incident.id),
        });
        if alert.phase == AlertPhase::Opened
            && let Some(fields) = event.as_object_mut()
        {
            fields.insert("event_action".to_owned(), "trigger".into());
            fields.insert("client".to_owned(), "outlast".into());
            fields.insert("payload".to_owned(), self.payload(alert));
        }
        event
    }

    fn payload(&self, alert: &Alert) -> Value {
        let incident = &alert.incident;
        let details: Map<String, Value> = alert
            .facts()
            .into_iter()
            .map(|(name, value)| (name.replace(' ', "_"), value.into()))
            .collect();
        json!({
            "summary": alert.title(),
            "source": text::printable(&self.source, 100),
            "severity": match incident.kind.severity() {
                Severity::Page => "critical",
                Severity::Ticket => "warning",
            },
            "timestamp": text::date(incident.since),
            "component": text::printable(&incident.subject.to_string(), 200),
            "class": incident.kind.as_str(),
            "custom_details": details,
        })
    }
}

impl Sink for PagerDuty {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        let body = json(&self.event(alert));
        post(&self.transport, &self.address, HeaderMap::new(), body)
    }
}

impl fmt::Debug for PagerDuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerDuty")
            .field("address", &self.address)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
