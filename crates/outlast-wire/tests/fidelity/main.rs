//! What becomes of every feature of a request on its way from one protocol to another.
//!
//! Each feature is a small change of a small request. If the target's request does not change with it, and no note or
//! error says why, it was dropped silently, and the test fails. What became of it is kept in a snapshot per source.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod edit;
mod features;
mod json_answer;
mod live;
mod moved;
mod options;
mod outcome;
mod replies;
mod settings;
mod targets;

use std::fmt::Write;

use outlast_wire::ServerCodec;
use outlast_wire::anthropic::AnthropicServer;
use outlast_wire::bedrock::BedrockServer;
use outlast_wire::gemini::GeminiServer;
use outlast_wire::openai::OpenAiServer;
use outlast_wire::responses::ResponsesServer;

use crate::features::Source;
use crate::outcome::{Outcome, outcome};
use crate::targets::TARGETS;

/// Fails if a feature is dropped silently by any target; keeps what became of each in a snapshot.
fn check(name: &str, server: &impl ServerCodec, source: &Source) {
    let mut table = format!("{:<34}", "feature");
    for (target, _) in TARGETS {
        write!(table, "{target:<12}").unwrap();
    }
    let mut silent = Vec::new();
    for feature in source.features {
        write!(table, "\n{:<34}", feature.name).unwrap();
        for (target, encode) in TARGETS {
            let became = outcome(server, source, feature, encode);
            if became == Outcome::Silent {
                silent.push(format!("{} by {target}", feature.name));
            }
            write!(table, "{:<12}", became.as_str()).unwrap();
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(format!("from_{name}"), table.join("\n"));
    assert!(
        silent.is_empty(),
        "dropped silently:\n{}",
        silent.join("\n")
    );
}

#[test]
fn nothing_of_a_chat_completions_request_is_dropped_silently() {
    check("chat", &OpenAiServer::new(), &features::chat::SOURCE);
}

#[test]
fn nothing_of_a_messages_request_is_dropped_silently() {
    check(
        "messages",
        &AnthropicServer::new(),
        &features::messages::SOURCE,
    );
}

#[test]
fn nothing_of_a_responses_request_is_dropped_silently() {
    check(
        "responses",
        &ResponsesServer::new(),
        &features::responses::SOURCE,
    );
}

#[test]
fn nothing_of_a_gemini_request_is_dropped_silently() {
    let server = GeminiServer::for_path("/v1beta/models/default:generateContent").unwrap();
    check("gemini", &server, &features::gemini::SOURCE);
}

#[test]
fn nothing_of_a_converse_request_is_dropped_silently() {
    let server = BedrockServer::for_path("/model/default/converse").unwrap();
    check("converse", &server, &features::converse::SOURCE);
}
