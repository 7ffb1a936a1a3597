//! What a model thinks before it answers.

use outlast_types::{ChatResponse, ContentPart, Message, Mode, ReasoningConfig, ReasoningEffort};

use super::Subject;
use super::bench::{Bench, MODES, QUESTION, question};
use super::failure::{Verdict, ensure, equal};
use crate::answer::thought_about;

const WORDS: usize = 9;
const SCRIPT: &str = "[answer]\nreasoning = 9";

fn asked() -> outlast_types::ChatRequest {
    let mut request = question();
    let mut config = ReasoningConfig::default();
    config.effort = Some(ReasoningEffort::Low);
    request.body_mut().reasoning = Some(config);
    request
}

fn thought(reply: &ChatResponse) -> String {
    let parts = reply.content().iter();
    parts
        .filter_map(|part| match part {
            ContentPart::Reasoning(part) => Some(part.text.as_str()),
            _ => None,
        })
        .collect()
}

/// Reasoning comes back apart from the answer.
pub async fn reasoning_comes_back(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, SCRIPT)?;
        let reply = bench.answer(mode, asked()).await?;
        equal("the text", reply.text(), bench.text())?;
        let expected = thought_about(QUESTION, WORDS);
        equal("the reasoning", thought(&reply), expected)?;
    }
    Ok(())
}

/// Returns the signatures of what was thought.
fn signatures(parts: &[ContentPart]) -> Vec<&str> {
    parts
        .iter()
        .filter_map(|part| match part {
            ContentPart::Reasoning(part) => part.signature.as_deref(),
            _ => None,
        })
        .collect()
}

/// The signature of what was thought comes with it, and goes back as it came.
pub async fn a_signature_goes_back_as_it_came(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, SCRIPT)?;
        let reply = bench.answer(mode, asked()).await?;
        let given = ["sig-sim-0"];
        equal("the signature", signatures(reply.content()), given)?;
        let request = asked()
            .with_message(reply.message())
            .with_message(Message::user("And a third?"));
        bench.answer(Mode::Unary, request).await?;
        let arrived = bench.arrived()?;
        let came: Vec<_> = arrived
            .messages
            .iter()
            .flat_map(|message| signatures(message.content.parts()))
            .collect();
        equal("the signature that went back", came, given)?;
    }
    Ok(())
}

/// Reasoning of an earlier turn goes back to the protocol that it came from, or its signature does.
pub async fn reasoning_goes_back(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, SCRIPT)?;
        let reply = bench.answer(mode, asked()).await?;
        let request = asked()
            .with_message(reply.message())
            .with_message(Message::user("And a third?"));
        bench.answer(Mode::Unary, request).await?;
        let arrived = bench.arrived()?;
        let parts = arrived.messages.iter();
        let came = parts
            .flat_map(|message| message.content.parts())
            .any(|part| match part {
                ContentPart::Reasoning(part) => !part.text.is_empty() || part.signature.is_some(),
                _ => false,
            });
        ensure(came, || "no reasoning went back".to_owned())?;
    }
    Ok(())
}
