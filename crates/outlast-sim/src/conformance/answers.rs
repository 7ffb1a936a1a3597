//! What is asked arrives, and what is answered comes back.

use outlast_types::{FinishReason, Message, Mode, RawJson, ResponseFormat, Role};
use serde_json::{Value, json};

use super::Subject;
use super::bench::{Bench, MODES, QUESTION, question};
use super::failure::{Failure, Verdict, ensure, equal};

/// A plain answer is the provider's to the character, unary and streamed, and ends with `Stop`.
pub async fn plain_answers_are_whole(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let reply = bench.answer(mode, question()).await?;
        equal("the text", reply.text(), bench.text())?;
        equal("the finish", reply.finish(), Some(&FinishReason::Stop))?;
    }
    Ok(())
}

/// A unary answer says how many tokens were read and written.
pub async fn usage_is_counted(subject: &Subject) -> Verdict {
    counts(subject, Mode::Unary).await
}

/// A streamed answer says how many tokens were read and written.
pub async fn streamed_usage_is_counted(subject: &Subject) -> Verdict {
    counts(subject, Mode::Stream).await
}

async fn counts(subject: &Subject, mode: Mode) -> Verdict {
    let bench = Bench::on_sim(subject, "answer = { words = 30 }")?;
    let usage = bench.answer(mode, question()).await?.usage;
    equal("the output in tokens", usage.output, 30)?;
    equal("the input in tokens", usage.input, 8)
}

/// Instructions and all turns of a conversation reach the provider, in order.
pub async fn a_conversation_arrives_whole(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "")?;
    let request = question()
        .with_message(Message::assistant("Because one may fail."))
        .with_message(Message::user("And a third?"))
        .with_system("Answer in one sentence.");
    bench.answer(Mode::Unary, request).await?;
    let arrived = bench.arrived()?;
    let turns: Vec<_> = arrived
        .messages
        .iter()
        .map(|message| (speaker(&message.role), message.text()))
        .collect();
    let expected = [
        ("system", "Answer in one sentence."),
        ("user", QUESTION),
        ("assistant", "Because one may fail."),
        ("user", "And a third?"),
    ];
    let expected = expected.map(|(role, text)| (role, text.to_owned()));
    equal("the conversation", turns, expected.to_vec())
}

fn speaker(role: &Role) -> &'static str {
    match role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        _ => "other",
    }
}

/// The most tokens and the temperature reach the provider.
pub async fn the_limits_of_an_answer_arrive(subject: &Subject) -> Verdict {
    let bench = Bench::on_sim(subject, "")?;
    let request = question().with_max_output_tokens(123).with_temperature(0.5);
    bench.answer(Mode::Unary, request).await?;
    let arrived = bench.arrived()?;
    equal("the limit", arrived.max_output_tokens, Some(123))?;
    equal("the temperature", arrived.temperature, Some(0.5))
}

/// An answer that reached its limit says so, and is the beginning of the whole one.
pub async fn a_reached_limit_is_told(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let reply = bench
            .answer(mode, question().with_max_output_tokens(20))
            .await?;
        equal("the finish", reply.finish(), Some(&FinishReason::Length))?;
        let (said, whole) = (reply.text(), bench.text());
        ensure(whole.starts_with(&said) && !said.is_empty(), || {
            format!("{said:?} is no beginning of {whole:?}")
        })?;
    }
    Ok(())
}

/// An answer ends before a stop sequence, and not as if it had been cut.
pub async fn a_stop_sequence_ends_the_answer(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let whole = bench.text();
        let stop: String = whole.chars().skip(40).take(6).collect();
        let mut request = question();
        request.body_mut().stop = vec![stop.clone()];
        let reply = bench.answer(mode, request).await?;
        let before = whole.split_once(&stop).map(|(before, _)| before);
        equal("the text", Some(reply.text().as_str()), before)?;
        let finish = reply.finish();
        let stopped = [FinishReason::Stop, FinishReason::StopSequence];
        ensure(
            finish.is_some_and(|finish| stopped.contains(finish)),
            || format!("the finish is {finish:?}"),
        )?;
    }
    Ok(())
}

/// An answer that a filter ended says so.
pub async fn a_filtered_answer_is_told(subject: &Subject) -> Verdict {
    for mode in MODES {
        let script = "[[rule]]\nfinish = { after = 5, reason = \"content-filter\" }";
        let bench = Bench::on_sim(subject, script)?;
        let reply = bench.answer(mode, question()).await?;
        let finish = reply.finish();
        let held_back = [FinishReason::ContentFilter, FinishReason::Refusal];
        ensure(
            finish.is_some_and(|finish| held_back.contains(finish)),
            || format!("the finish is {finish:?}"),
        )?;
    }
    Ok(())
}

/// An answer follows the JSON schema that was asked for.
pub async fn a_schema_is_obeyed(subject: &Subject) -> Verdict {
    let schema = json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "degrees": { "type": "integer" } },
        "required": ["city", "degrees"],
        "additionalProperties": false,
    });
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let request = question().with_response_format(ResponseFormat::JsonSchema {
            name: "weather".to_owned(),
            schema: RawJson::from(schema.clone()),
            description: None,
            strict: Some(true),
        });
        let said = bench.answer(mode, request).await?.text();
        let value: Value = serde_json::from_str(&said)
            .map_err(|_| Failure::new(format!("the answer {said:?} is no JSON")))?;
        let field = |name: &str| value.get(name).cloned().unwrap_or_default();
        ensure(
            field("city").is_string() && field("degrees").is_i64(),
            || format!("{said} does not follow the schema"),
        )?;
    }
    Ok(())
}
