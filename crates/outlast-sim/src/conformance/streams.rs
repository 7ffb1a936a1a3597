//! Streams that are not what they should be, and streams that are and look unusual.

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_types::{ErrorKind, FinishReason, Mode, StreamEvent};
use tower_service::Service;

use super::Subject;
use super::bench::{Bench, MODES, question};
use super::failure::{Failure, Verdict, ensure, equal};

/// The word in the simulator's frames and fields that nobody knows.
const UNKNOWN: &str = "sim_unknown";

/// Wherever the network splits a stream, its events are the same.
pub async fn every_split_gives_the_same_events(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "answer = { words = 2 }")?;
    bench.answer(Mode::Stream, question()).await?;
    let (head, body) = sent_again(&bench).await?;
    let reply = |pieces: Vec<Bytes>| http::Response::from_parts(head.clone(), pieces);

    let whole = Bench::on_bytes(subject, reply(vec![body.clone()]));
    let expected = events(&whole).await?;
    let single = body.iter().map(|byte| Bytes::copy_from_slice(&[*byte]));
    let single = Bench::on_bytes(subject, reply(single.collect()));
    equal(
        "byte by byte, the events",
        &events(&single).await?,
        &expected,
    )?;
    for at in 1..body.len() {
        let pieces = vec![body.slice(..at), body.slice(at..)];
        let split = Bench::on_bytes(subject, reply(pieces));
        let what = format!("split at byte {at}, the events");
        equal(what, &events(&split).await?, &expected)?;
    }
    Ok(())
}

/// Sends the last request again and returns the reply as it is on the wire.
async fn sent_again(bench: &Bench) -> Result<(http::response::Parts, Bytes), Failure> {
    let Some(request) = bench.wire.requests().pop() else {
        return Err(Failure::new("no request was sent"));
    };
    let broken = |error| Failure::new(format!("the simulated provider broke: {error}"));
    let reply = bench.wire.clone().call(request).await.map_err(broken)?;
    let (head, body) = reply.into_parts();
    let body = body.collect().await.map_err(broken)?;
    Ok((head, body.to_bytes()))
}

/// Reads a stream; signs of life do not count.
async fn events(bench: &Bench) -> Result<Vec<StreamEvent>, Failure> {
    let mut seen = bench.read(question()).await;
    seen.end
        .map_err(|error| Failure::new(format!("the stream failed: {error}")))?;
    seen.events.retain(|event| *event != StreamEvent::Ping);
    Ok(seen.events)
}

/// A stream whose connection breaks, or whose body ends early, ends in `StreamBroken`: never in a finish.
pub async fn a_cut_stream_is_broken(subject: &Subject) -> Verdict {
    for by in ["reset", "close", "end"] {
        for after in [1, 7, 1000] {
            let script = format!("[[rule]]\ncut = {{ after = {after}, by = \"{by}\" }}");
            let bench = Bench::on_sim(subject, &script)?;
            let seen = bench.read(question()).await;
            let error = seen.broke_in(&bench.text())?;
            equal("the kind", error.kind(), ErrorKind::StreamBroken)?;
        }
    }
    Ok(())
}

/// A stream without its protocol's last event is broken, although all of its text came.
pub async fn a_stream_without_its_end_is_broken(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nterminal = false")?;
    let seen = bench.read(question()).await;
    let error = seen.broke_in(&bench.text())?;
    equal("the kind", error.kind(), ErrorKind::StreamBroken)?;
    equal("the text", seen.text(), bench.text())
}

/// One frame that cannot be read is passed over, and nothing else is lost.
pub async fn a_malformed_frame_is_passed_over(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nmalformed = { after = 5 }")?;
    bench.read(question()).await.is_whole(&bench.text())
}

/// Frames and fields that nobody knows break no reply.
pub async fn an_unknown_event_breaks_nothing(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "[[rule]]\nunknown = { after = 5 }")?;
        let reply = bench.answer(mode, question()).await?;
        equal("the text", reply.text(), bench.text())?;
        equal("the finish", reply.finish(), Some(&FinishReason::Stop))?;
    }
    Ok(())
}

/// An event of a stream that nobody knows reaches the caller.
pub async fn an_unknown_event_is_kept(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nunknown = { after = 5 }")?;
    let seen = bench.read(question()).await;
    let kept = format!("{:?}", seen.events).contains(UNKNOWN);
    ensure(kept, || "the unknown event is in no event".to_owned())
}

/// A field of a whole reply that nobody knows reaches the caller.
pub async fn an_unknown_field_is_kept(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "[[rule]]\nunknown = { after = 5 }")?;
    let mut reply = bench.answer(Mode::Unary, question()).await?;
    let raw = std::mem::take(&mut reply.raw);
    ensure(!raw.is_empty(), || {
        "the body is not kept as it was".to_owned()
    })?;
    let kept = format!("{reply:?}").contains(UNKNOWN);
    ensure(kept, || "the unknown field is nowhere".to_owned())
}

/// A reason to end that nobody knows reaches the caller word for word.
pub async fn an_unknown_finish_is_kept(subject: &Subject) -> Verdict {
    for mode in MODES {
        let script = "[[rule]]\nfinish = { after = 5, reason = \"flagged_by_moon\" }";
        let bench = Bench::on_sim(subject, script)?;
        let reply = bench.answer(mode, question()).await?;
        let word = reply.finish().map(FinishReason::as_str);
        equal("the finish", word, Some("flagged_by_moon"))?;
    }
    Ok(())
}

/// A provider's error in the middle of a stream ends it, with what the provider said.
pub async fn an_error_ends_a_stream(subject: &Subject) -> Verdict {
    let script = "[[rule]]\nerror = { after = 5, failure = \"overloaded\" }";
    let bench = Bench::on_sim(subject, script)?;
    let seen = bench.read(question()).await;
    let error = seen.broke_in(&bench.text())?;
    equal("the kind", error.kind(), ErrorKind::Overloaded)?;
    ensure(!seen.text().is_empty(), || {
        "what came before the error is lost".to_owned()
    })
}
