//! The sinks against receivers on real sockets, which check what they are sent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use outlast_monitor::{Alert, PagerDuty, Sink, Slack, Webhook};
use outlast_types::ErrorKind;
use serde_json::Value;
use sha2::Sha256;
use support::servers::{Receiver, Seen, client};
use support::{Desk, MINUTE, start};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// An outage of a target with a hostile name, from its beginning to its end.
fn outage() -> [Alert; 2] {
    let hostile = "a\u{1b}[2J\n<!channel>&\u{202e}";
    let mut desk = Desk::of(&[hostile, "b", "c"]);
    for kind in [ErrorKind::Overloaded, ErrorKind::Server, ErrorKind::Server] {
        desk.fail(hostile, kind);
    }
    desk.trip(hostile, ErrorKind::Server);
    desk.fail_over(hostile, "b");
    desk.pass(MINUTE);
    desk.recover(hostile);
    desk.pass(5 * MINUTE);
    let alerts: Vec<Alert> = desk.alerts().into_iter().cloned().collect();
    alerts.try_into().unwrap()
}

fn json_of(seen: &Seen) -> Value {
    assert_eq!(seen.headers()["content-type"], "application/json");
    assert_eq!(seen.method(), "POST");
    serde_json::from_slice(seen.body()).unwrap()
}

/// Finds what could move a cursor, in any text of a JSON value.
fn assert_printable(value: &Value) {
    match value {
        Value::String(text) => {
            let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(is_bad), "{text:?}");
        }
        Value::Array(list) => list.iter().for_each(assert_printable),
        Value::Object(map) => map.values().for_each(assert_printable),
        _ => {}
    }
}

/// Checks a message by the limits of <https://docs.slack.dev/reference/block-kit/blocks>.
fn check_blocks(message: &Value) -> Result<(), String> {
    let plain = |text: &Value, most: usize| {
        let length = text["text"].as_str().map_or(0, |text| text.chars().count());
        let fits = text["type"] == "plain_text" && (1..=most).contains(&length);
        fits.then_some(()).ok_or_else(|| format!("{text}"))
    };
    let list = |value: &Value, most: usize| {
        let list = value.as_array().cloned().unwrap_or_default();
        let fits = (1..=most).contains(&list.len());
        fits.then_some(list).ok_or_else(|| format!("{value}"))
    };
    message["text"].as_str().ok_or("no text")?;
    for block in list(&message["blocks"], 50)? {
        match block["type"].as_str() {
            Some("header") => plain(&block["text"], 150)?,
            Some("section") => {
                for field in list(&block["fields"], 10)? {
                    plain(&field, 2000)?;
                }
            }
            Some("context") => {
                for element in list(&block["elements"], 10)? {
                    plain(&element, 2000)?;
                }
            }
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(())
}

#[tokio::test]
async fn slack_takes_an_alert_as_blocks() {
    let receiver = Receiver::start(|seen| match check_blocks(&json_of(seen)) {
        Ok(()) => (200, "ok".to_owned()),
        Err(_) => (400, "invalid_blocks".to_owned()),
    })
    .await;
    let slack = Slack::new(receiver.url("/services/T0/B0/secret"), client());
    for alert in outage() {
        slack.deliver(&alert).await.unwrap();
    }
    let seen = receiver.seen();
    assert_eq!(seen[0].uri().path(), "/services/T0/B0/secret");
    let messages: Vec<Value> = seen.iter().map(json_of).collect();
    for message in &messages {
        check_blocks(message).unwrap();
        assert_printable(message);
        let notification = message["text"].as_str().unwrap();
        assert!(!notification.contains('<'), "{notification}");
        assert!(
            notification.contains("&lt;!channel&gt;&amp;"),
            "{notification}"
        );
    }
    let text = messages[0].to_string();
    assert!(
        text.contains("🔴") && text.contains("2 server, 1 overloaded"),
        "{text}"
    );
    let text = messages[1].to_string();
    assert!(
        text.contains("✅") && text.contains("lasted\\n6m 0s"),
        "{text}"
    );
    assert!(text.contains("calls served elsewhere\\n100 %"), "{text}");
}

#[tokio::test]
async fn a_message_that_slack_refuses_is_not_tried_again_and_says_slack_s_word() {
    let receiver = Receiver::start(|_| (404, "no_service".to_owned())).await;
    let slack = Slack::new(receiver.url("/services/T0/B0/secret"), client());
    let error = slack.deliver(&outage()[0]).await.unwrap_err();
    assert!(!error.may_go_better());
    assert_eq!(error.to_string(), "the receiver answered 404: no_service");
}

/// Checks an event by <https://developer.pagerduty.com/docs/send-alert-event>.
fn check_event(event: &Value) -> Result<(), String> {
    let text = |value: &Value, most: usize| {
        let length = value.as_str().map_or(0, str::len);
        let fits = (1..=most).contains(&length);
        fits.then_some(()).ok_or_else(|| format!("{value}"))
    };
    if event["routing_key"] != KEY {
        return Err("routing_key".to_owned());
    }
    text(&event["dedup_key"], 255)?;
    match event["event_action"].as_str() {
        Some("trigger") => {}
        Some("resolve") if event.get("payload").is_none() => return Ok(()),
        _ => return Err("event_action".to_owned()),
    }
    let payload = &event["payload"];
    text(&payload["summary"], 1024)?;
    text(&payload["source"], 255)?;
    let severity = payload["severity"].as_str().unwrap_or_default();
    if !["critical", "error", "warning", "info"].contains(&severity) {
        return Err(format!("severity {severity}"));
    }
    if !payload["custom_details"].is_object() {
        return Err("custom_details".to_owned());
    }
    text(&payload["timestamp"], 40)
}

#[tokio::test]
async fn pagerduty_takes_a_trigger_and_a_resolve_with_one_dedup_key() {
    let receiver = Receiver::start(|seen| match check_event(&json_of(seen)) {
        Ok(()) => (202, r#"{"status":"success"}"#.to_owned()),
        Err(why) => (
            400,
            format!(r#"{{"status":"invalid event","errors":["{why}"]}}"#),
        ),
    })
    .await;
    let address = receiver.url("/v2/enqueue").parse().unwrap();
    let sink = PagerDuty::new(KEY, client())
        .with_address(address)
        .with_source("gateway-1");
    for alert in outage() {
        sink.deliver(&alert).await.unwrap();
    }
    let events: Vec<Value> = receiver.seen().iter().map(json_of).collect();
    events.iter().for_each(assert_printable);
    let actions: Vec<_> = events.iter().map(|event| &event["event_action"]).collect();
    assert_eq!(actions, ["trigger", "resolve"]);
    assert_eq!(events[0]["dedup_key"], events[1]["dedup_key"]);
    assert_eq!(events[0]["payload"]["severity"], "critical");
    assert_eq!(events[0]["payload"]["timestamp"], "2026-11-24T11:37:00Z");
    assert_eq!(events[0]["payload"]["class"], "target_down");
    assert!(!format!("{sink:?}").contains(KEY));
}

#[tokio::test]
async fn a_wrong_key_of_pagerduty_is_given_up_and_does_not_show() {
    let receiver = Receiver::start(|seen| {
        let echo = String::from_utf8_lossy(seen.body()).into_owned();
        (400, echo)
    })
    .await;
    let address = receiver.url("/v2/enqueue").parse().unwrap();
    let sink = PagerDuty::new("wrong-canary-key", client()).with_address(address);
    let error = sink.deliver(&outage()[0]).await.unwrap_err();
    assert!(!error.may_go_better());
    assert_eq!(error.to_string(), "the receiver answered 400");
}

fn signature(secret: &[u8], seen: &Seen) -> String {
    let header = |name: &str| seen.headers()[name].to_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    for part in [header("webhook-id"), ".", header("webhook-timestamp"), "."] {
        mac.update(part.as_bytes());
    }
    mac.update(seen.body());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_webhook_is_signed_with_its_time_and_has_the_same_id_in_every_try() {
    let receiver = Receiver::start(|_| (204, String::new())).await;
    let secret = [7_u8; 24];
    let encoded = format!("whsec_{}", STANDARD.encode(secret));
    let address = receiver.url("/hook").parse().unwrap();
    let sink = Webhook::new(address, encoded, client()).with_clock(start);
    let alerts = outage();
    for alert in [&alerts[0], &alerts[0], &alerts[1]] {
        sink.deliver(alert).await.unwrap();
    }
    let seen = receiver.seen();
    for request in &seen {
        assert_eq!(
            request.headers()["webhook-signature"],
            signature(&secret, request)
        );
        assert_eq!(request.headers()["webhook-timestamp"], "1795520220");
    }
    let ids: Vec<_> = seen
        .iter()
        .map(|seen| &seen.headers()["webhook-id"])
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);

    let body = json_of(&seen[0]);
    assert_eq!(body["type"], "incident.opened");
    assert_eq!(body["data"]["incident"]["kind"], "target_down");
    assert_eq!(body["data"]["incident"]["failures"]["server"], 2);
    assert_eq!(json_of(&seen[2])["type"], "incident.resolved");
}

#[tokio::test]
async fn the_signature_is_that_of_the_specification_s_own_example() {
    // https://github.com/standard-webhooks/standard-webhooks: secret, id, time, payload and signature of its libraries.
    let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let seen = http::Request::builder()
        .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .header("webhook-timestamp", "1614265330")
        .body(r#"{"test": 2432232314}"#.into())
        .unwrap();
    assert_eq!(
        signature(&secret, &seen),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[tokio::test]
async fn a_receiver_that_is_not_there_or_is_busy_may_be_tried_again() {
    let nobody = "http://127.0.0.1:9/hook".parse().unwrap();
    let sink = Webhook::new(nobody, "secret", client());
    let error = sink.deliver(&outage()[0]).await.unwrap_err();
    assert!(error.may_go_better());
    assert_eq!(error.to_string(), "the receiver could not be reached");

    let busy = Receiver::start(|_| (429, "rate_limited".to_owned())).await;
    let sink = Webhook::new(busy.url("/hook").parse().unwrap(), "secret", client());
    let error = sink.deliver(&outage()[0]).await.unwrap_err();
    assert!(error.may_go_better());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let receiver = Receiver::start(|_| (307, String::new())).await;
    let sink = Webhook::new(receiver.url("/hook").parse().unwrap(), "secret", client());
    assert!(
        !sink
            .deliver(&outage()[0])
            .await
            .unwrap_err()
            .may_go_better()
    );
    assert_eq!(receiver.seen().len(), 1);
}

#[test]
fn an_alert_has_no_long_line_whatever_the_names_are() {
    let long = "x".repeat(5000);
    let mut desk = Desk::of(&[&long, "b", "c"]);
    desk.trip(&long, ErrorKind::Server);
    let alert = desk.alerts()[0];
    assert!(alert.title().chars().count() <= 200);
    for (_, value) in alert.facts() {
        assert!(value.chars().count() <= 200);
    }
    let _: Duration = alert.incident.lasted(SystemTime::UNIX_EPOCH);
}

#[cfg(feature = "email")]
mod email {
    use outlast_monitor::{Email, EmailError};

    use super::*;
    use crate::support::servers::MailServer;

    fn through(server: &MailServer) -> Email {
        let address = format!("smtp+plain://{}", server.address);
        let to = ["On call <oncall@example.com>", "b@example.com"];
        Email::new(&address, "outlast@example.com", to).unwrap()
    }

    #[tokio::test]
    async fn an_alert_is_a_letter_and_its_end_an_answer_to_it() {
        let server = MailServer::start(None).await;
        let sink = through(&server).with_login("outlast", "canary-password");
        for alert in outage() {
            sink.deliver(&alert).await.unwrap();
        }
        let lines = server.lines();
        let commands = [
            "AUTH PLAIN",
            "MAIL FROM:<outlast@example.com>",
            "RCPT TO:<oncall@example.com>",
            "RCPT TO:<b@example.com>",
            "DATA",
        ];
        let mut rest = lines.iter();
        for command in commands {
            assert!(
                rest.any(|line| line.starts_with(command)),
                "{command}: {lines:#?}"
            );
        }
        let with = |start: &str| -> Vec<&String> {
            lines
                .iter()
                .filter(|line| line.starts_with(start))
                .collect()
        };
        let ids = with("Message-ID: ");
        assert_eq!(ids.len(), 2, "{lines:#?}");
        let first_id = ids[0].trim_start_matches("Message-ID: ");
        assert_eq!(
            *with("In-Reply-To: ")[0],
            format!("In-Reply-To: {first_id}")
        );
        assert_eq!(with("Subject: ").len(), 2);
        assert!(
            lines
                .iter()
                .any(|line| line.contains("2 server, 1 overloaded")),
            "{lines:#?}"
        );
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')));
        assert!(!format!("{sink:?}").contains("canary"));
    }

    #[tokio::test]
    async fn a_refusal_for_good_is_given_up_and_one_for_now_is_not() {
        let server = MailServer::start(Some(("RCPT", "550 5.1.1 no such user"))).await;
        let error = through(&server).deliver(&outage()[0]).await.unwrap_err();
        assert_eq!(error.to_string(), "the mail server answered 550");
        assert!(!error.may_go_better());

        let server = MailServer::start(Some(("MAIL", "451 4.3.0 try again later"))).await;
        let error = through(&server).deliver(&outage()[0]).await.unwrap_err();
        assert!(error.may_go_better());
    }

    #[tokio::test]
    async fn a_server_without_starttls_gets_no_letter() {
        let server = MailServer::start(None).await;
        let address = format!("smtp://{}", server.address);
        let sink = Email::new(&address, "a@example.com", ["b@example.com"]).unwrap();
        assert!(sink.deliver(&outage()[0]).await.is_err());
        assert!(server.lines().iter().all(|line| !line.starts_with("MAIL")));
    }

    #[test]
    fn what_cannot_be_sent_says_so_at_once() {
        let check = |server: &str, from: &str, to: &[&str], error: EmailError| {
            let email = Email::new(server, from, to.iter().copied());
            assert_eq!(email.unwrap_err(), error);
        };
        let (server, name) = ("smtps://mail.example.com", "a@example.com");
        check("mail.example.com", name, &[name], EmailError::Server);
        check(
            "smtps://user:pass@mail.example.com",
            name,
            &[name],
            EmailError::Server,
        );
        check(
            "smtp+plain://mail.example.com",
            name,
            &[name],
            EmailError::Exposed,
        );
        check(
            server,
            "nobody",
            &[name],
            EmailError::Address("nobody".to_owned()),
        );
        check(server, name, &[], EmailError::NobodyToTell);
    }
}
