use std::fmt;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::http::{json, post};
use super::{Sink, Transport, Undelivered};
use crate::{Alert, AlertPhase, Severity, text};

/// The most characters of a header block.
const MAX_HEADER: usize = 150;

/// The most fields of a section block.
const MAX_FIELDS: usize = 10;

/// Posts alerts to a channel of Slack, through an
/// [incoming webhook](https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
///
/// The webhook's address is its key. All text is plain text: no name in a configuration can mention anybody.
#[derive(Clone)]
pub struct Slack {
    webhook: SecretString,
    transport: Transport,
}

impl Slack {
    /// Makes a sink for the webhook at the address `webhook`.
    pub fn new(webhook: impl Into<SecretString>, transport: Transport) -> Self {
        Self {
            webhook: webhook.into(),
            transport,
        }
    }
}

impl Sink for Slack {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        let Ok(address) = self.webhook.expose_secret().trim().parse::<Uri>() else {
            let why = "the webhook's address is no URL";
            return Box::pin(std::future::ready(Err(Undelivered::for_good(why))));
        };
        post(
            &self.transport,
            &address,
            HeaderMap::new(),
            json(&message(alert)),
        )
    }
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slack")
    }
}

/// Writes an alert as a message of blocks.
fn message(alert: &Alert) -> Value {
    let sign = match (alert.phase, alert.incident.kind.severity()) {
        (AlertPhase::Resolved, _) => "✅",
        (AlertPhase::Opened, Severity::Page) => "🔴",
        (AlertPhase::Opened, Severity::Ticket) => "🟠",
    };
    let title = format!("{sign} {}", alert.title());
    let facts = alert.facts();
    let fields = facts
        .iter()
        .filter(|(name, _)| *name != "incident")
        .take(MAX_FIELDS)
        .map(|(name, value)| plain(&format!("{name}\n{value}")));
    json!({
        // What notifications show; here three characters have a meaning.
        "text": escaped(&title),
        "blocks": [
            { "type": "header", "text": plain(&text::printable(&title, MAX_HEADER)) },
            { "type": "section", "fields": fields.collect::<Vec<_>>() },
            {
                "type": "context",
                "elements": [plain(&format!("outlast, incident {}", alert.incident.id))],
            },
        ],
    })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// Escapes the [three characters](https://docs.slack.dev/messaging/formatting-message-text#escaping) that begin
/// mentions and links.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
