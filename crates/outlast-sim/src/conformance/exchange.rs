//! The HTTP exchange of a call: its key, its headers, its beginning and its end.

use std::collections::BTreeMap;

use outlast_types::{Mode, RawJson, Reply};

use super::Subject;
use super::bench::{Bench, MODES, begun, question};
use super::failure::{Failure, Verdict, ensure, equal};
use crate::CallEnd;

/// The provider finds the key where its format puts it, and no address and no error shows it.
pub async fn the_key_is_in_its_place_and_nowhere_else(subject: &Subject) -> Verdict {
    let Some(key) = subject.key() else {
        return Ok(());
    };
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        bench.answer(mode, question()).await?;
        for request in bench.wire.requests() {
            let shown = format!("{} {:?}", request.uri(), request.headers());
            ensure(!shown.contains(key), || {
                "the key shows in the address or in a header that is not marked as sensitive"
                    .to_owned()
            })?;
        }
        let said = format!("[[rule]]\nstatus = 401\nmessage = \"Incorrect API key: {key}.\"");
        let bench = Bench::on_sim(subject, &said)?;
        let error = bench.failure(mode, question()).await?;
        let shown = format!("{error} {error:?} {:?}", error.message());
        ensure(!shown.contains(key), || "an error shows the key".to_owned())?;
    }
    Ok(())
}

/// The provider's id of the call is known, of answers and of errors.
pub async fn the_id_of_the_call_is_read(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "")?;
    let reply = bench.answer(Mode::Unary, question()).await?;
    let id = reply.meta().request_id.as_deref();
    equal("the id", id, Some("req_sim_0"))?;
    let stream = bench.stream(question()).await;
    let stream = stream.map_err(|error| Failure::new(error.to_string()))?;
    let id = Reply::meta(&stream).request_id.as_deref();
    equal("the id", id, Some("req_sim_1"))?;
    let bench = Bench::on_sim(subject, "[[rule]]\nstatus = 500")?;
    let error = bench.failure(Mode::Unary, question()).await?;
    equal("the id", error.request_id(), Some("req_sim_0"))
}

/// What the provider says of its limits comes with the reply.
pub async fn a_rate_limit_is_read(subject: &Subject) -> Verdict {
    let script = "[[rule]]\nlimit = { most = 100, left = 7, reset = \"6s\" }";
    for mode in MODES {
        let bench = Bench::on_sim(subject, script)?;
        let reply = bench.answer(mode, question()).await?;
        let limit = reply.meta().rate_limits.requests.unwrap_or_default();
        equal("what is left", limit.remaining, Some(7))?;
        equal("the limit", limit.limit, Some(100))?;
    }
    Ok(())
}

/// Whatever becomes of a call, it was sent once: who asks again is the policy's to say.
pub async fn one_call_is_one_request(subject: &Subject) -> Verdict {
    for rule in [
        "",
        "[[rule]]\nstatus = 500",
        "[[rule]]\nstatus = 429\nheaders = { retry-after = \"0\" }",
        "[[rule]]\nconnection = \"lose\"",
        "[[rule]]\nconnection = \"refuse\"",
    ] {
        for mode in MODES {
            let bench = Bench::on_sim(subject, rule)?;
            // How it ends is not the point.
            let _ = bench.ask(mode, question()).await;
            let requests = bench.wire.requests().len();
            equal(format!("after {rule:?}, the requests"), requests, 1)?;
        }
    }
    Ok(())
}

/// Dropping a call that is under way closes its exchange.
pub async fn a_dropped_call_is_closed(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nhang = true")?;
    for call in 0..2 {
        let still_going_on = match call {
            0 => begun(bench.chat(question())).map(drop),
            _ => begun(bench.stream(question())).map(drop),
        };
        ensure(still_going_on.is_some(), || {
            "a call that hangs came back".to_owned()
        })?;
        let end = bench.sim.log().get(call).map(|call| call.end);
        equal("the end", end, Some(CallEnd::ClientGone))?;
    }
    Ok(())
}

/// Dropping a stream closes its exchange.
pub async fn a_dropped_stream_is_closed(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nstall = { after = 5 }")?;
    let stream = bench.stream(question()).await;
    let mut stream = stream.map_err(|error| Failure::new(error.to_string()))?;
    if stream.next().await.is_none() {
        return Err(Failure::new("the stream has no event"));
    }
    drop(stream);
    let end = bench.sim.log().first().map(|call| call.end);
    equal("the end", end, Some(CallEnd::ClientGone))
}

/// A field for one provider reaches that provider and no other.
pub async fn options_reach_their_own_provider_only(subject: &Subject) -> Verdict {
    let option = |name: &str| {
        let value = RawJson::from(serde_json::Value::from(1));
        BTreeMap::from([(name.to_owned(), value)])
    };
    let mut request = question();
    let sections = &mut request.body_mut().provider_options;
    sections.insert("somebody-else".to_owned(), option("option_of_another"));
    if let Some(provider) = subject.provider() {
        sections.insert(provider.to_owned(), option("option_of_its_own"));
    }
    let bench = Bench::on_sim(subject, "")?;
    // A provider may refuse a field that it does not know; it was sent all the same.
    let _ = bench.ask(Mode::Unary, request).await;
    let requests = bench.wire.requests();
    let Some(sent) = requests.first() else {
        return Err(Failure::new("no request was sent"));
    };
    let body = String::from_utf8_lossy(sent.body());
    ensure(!body.contains("option_of_another"), || {
        "another provider's option was sent".to_owned()
    })?;
    ensure(
        subject.provider().is_none() || body.contains("option_of_its_own"),
        || "the provider's own option was not sent".to_owned(),
    )
}
