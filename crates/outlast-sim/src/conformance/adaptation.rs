//! What becomes of what a format cannot carry.

use std::collections::BTreeMap;

use outlast_types::{
    Adaptation, ChatRequest, ErrorKind, Extra, Mode, OnUnsupported, Protocol, RawJson, TargetId,
};
use tokio::time::Instant;

use super::Subject;
use super::bench::{Bench, MODES, question};
use super::failure::{Failure, Verdict, ensure, equal};

/// A field that belongs to a protocol that nobody speaks.
const FIELD: &str = "field_of_nobody";

/// Asks with the field; what is done about it comes to be in the ledger.
fn asked(way: OnUnsupported) -> ChatRequest {
    let value = RawJson::from(serde_json::Value::from(1));
    let mut request = question().with_on_unsupported(way);
    request.body_mut().extra = Some(Extra {
        origin: Protocol::new("sim-nobody"),
        fields: BTreeMap::from([(FIELD.to_owned(), value)]),
    });
    let now = Instant::now().into_std();
    let target = TargetId::new("conformance", "model");
    let attempt = request.context.ledger.begin(target, now, false);
    request.context.attempt = Some(attempt);
    request
}

/// Asks what must be answered without the field, and returns what the ledger says was lost.
async fn losses(
    subject: &Subject,
    mode: Mode,
    way: OnUnsupported,
) -> Result<Vec<Adaptation>, Failure> {
    let bench = Bench::on_sim(subject, "")?;
    let request = asked(way);
    let ledger = request.context.ledger.clone();
    let reply = bench.answer(mode, request).await?;
    equal("the text", reply.text(), bench.text())?;
    let sent = bench.wire.requests();
    let bodies = sent.iter().map(|sent| String::from_utf8_lossy(sent.body()));
    ensure(bodies.into_iter().all(|body| !body.contains(FIELD)), || {
        "a field of another protocol was sent".to_owned()
    })?;
    let attempts = ledger.attempts();
    let adaptations = attempts.iter().flat_map(|attempt| &attempt.adaptations);
    Ok(adaptations.filter(|it| it.is_loss()).cloned().collect())
}

/// What the format cannot carry is left out and noted in the ledger.
pub async fn what_is_left_out_is_noted(subject: &Subject) -> Verdict {
    for mode in MODES {
        let losses = losses(subject, mode, OnUnsupported::Adapt).await?;
        let named = losses.iter().any(|loss| loss.what.contains(FIELD));
        ensure(named, || {
            format!("the ledger names {losses:?}, and not {FIELD}")
        })?;
    }
    Ok(())
}

/// A caller to whom that matters gets an error, and nothing is sent.
pub async fn what_would_be_left_out_can_be_an_error(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let error = bench.failure(mode, asked(OnUnsupported::Error)).await?;
        equal("the kind", error.kind(), ErrorKind::Unsupported)?;
        equal("the requests", bench.wire.requests().len(), 0)?;
    }
    Ok(())
}

/// A caller to whom it does not matter hears nothing of it.
pub async fn what_is_left_out_can_be_ignored(subject: &Subject) -> Verdict {
    for mode in MODES {
        let losses = losses(subject, mode, OnUnsupported::Ignore).await?;
        equal("the losses", losses, Vec::<Adaptation>::new())?;
    }
    Ok(())
}
