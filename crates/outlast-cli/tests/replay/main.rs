//! `outlast replay` from outside: what it prints, against an independent reading of the same files.
//!
//! The fixtures of `outlast-wire` are always replayed. All recordings are where they lie beside the workspace
//! (`../shared/recordings/open`); elsewhere those tests say so and pass.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helper fails the test"
)]

mod expected;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use expected::Expected;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixtures() -> Vec<PathBuf> {
    let folder = workspace().join("crates/outlast-wire/tests/fixtures");
    ["chat.jsonl", "messages.jsonl"]
        .map(|name| folder.join(name))
        .to_vec()
}

/// The files of recordings whose name begins with one of `prefixes`; none where there are no recordings.
fn recordings(prefixes: &[&str]) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(workspace().join("../shared/recordings/open")) else {
        println!("skipped: there are no recordings beside the workspace");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        name.ends_with(".jsonl") && prefixes.iter().any(|prefix| name.starts_with(prefix))
    });
    files.sort();
    files
}

fn replay(files: &[PathBuf], flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outlast"))
        .arg("replay")
        .args(flags)
        .args(files)
        .output()
        .expect("the binary runs")
}

/// Replays `files` and returns what is printed of each exchange, by its id.
fn outcomes(files: &[PathBuf]) -> HashMap<String, Value> {
    let output = replay(files, &["--json"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .map(|line| {
            let outcome: Value = serde_json::from_str(line).expect("one JSON object a line");
            (outcome["id"].as_str().expect("an id").to_owned(), outcome)
        })
        .collect()
}

fn exchanges(files: &[PathBuf]) -> Vec<Value> {
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a file"));
    texts
        .flat_map(|text| {
            let lines = text
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"));
            lines.collect::<Vec<Value>>()
        })
        .collect()
}

/// Checks every exchange in `files`. Returns how many were read, and how many were skipped.
fn check(files: &[PathBuf]) -> (usize, usize) {
    let outcomes = outcomes(files);
    let (mut read, mut skipped) = (0, 0);
    for exchange in exchanges(files) {
        let id = exchange["id"].as_str().expect("an id");
        let outcome = &outcomes[id];
        if outcome["skipped"].is_string() {
            skipped += 1;
            continue;
        }
        read += 1;
        assert_eq!(outcome["ok"], true, "{outcome}");
        if is_error(&exchange) {
            assert!(outcome["error_kind"].is_string(), "{outcome}");
            continue;
        }
        assert_eq!(outcome["error_kind"], Value::Null, "{outcome}");
        if let Some(expected) = expected(&exchange) {
            assert_eq!(printed(outcome), expected, "{} {id}", exchange["provider"]);
        }
    }
    (read, skipped)
}

/// What a reply must come to; `None` for the operations whose codecs are held against an independent reading by the
/// tests of `outlast-wire`.
fn expected(exchange: &Value) -> Option<Expected> {
    let body = exchange["response"]["body_text"].as_str()?;
    let stream = exchange["stream"] == true;
    let url = exchange["request"]["url"].as_str().unwrap_or_default();
    Some(match exchange["operation"].as_str()? {
        "messages" => expected::messages(body, stream),
        "interactions" => expected::interactions(body, stream),
        "completions" => expected::completions(body, stream),
        "ollama-chat" => expected::ollama(body, stream),
        "chat" if url.ends_with("/v1/chat") => expected::cohere_older(body, stream),
        "chat" if url.ends_with("/v2/chat") => expected::cohere(body, stream),
        "chat" => expected::chat(body, stream),
        _ => return None,
    })
}

fn is_error(exchange: &Value) -> bool {
    let tags = exchange["tags"].as_array().expect("tags");
    let body = exchange["response"]["body_text"]
        .as_str()
        .unwrap_or_default();
    // One of Google's own samples of a stream has no end.
    let is_cut_short = exchange["operation"] == "generate"
        && exchange["stream"] == true
        && !body.contains("Reason\"");
    exchange["response"]["status"] != 200
        || is_cut_short
        || tags.iter().any(|tag| tag == "sse_error")
}

fn printed(outcome: &Value) -> Expected {
    let count = |name: &str| outcome["usage"][name].as_u64().expect("a count");
    let calls = outcome["tool_calls"].as_array().expect("tool calls");
    Expected {
        text: outcome["text"].as_str().expect("a text").to_owned(),
        calls: calls
            .iter()
            .map(|call| {
                let arguments = call["arguments"].as_str().expect("arguments");
                let name = call["name"].as_str().expect("a name");
                (name.to_owned(), expected::arguments(arguments))
            })
            .collect(),
        finish: outcome["finish"].as_str().map(str::to_owned),
        usage: [
            "input",
            "output",
            "cached_read",
            "cached_write",
            "reasoning",
        ]
        .map(count),
    }
}

#[test]
fn every_fixture_is_read_as_what_its_body_says() {
    assert_eq!(check(&fixtures()), (31, 0));
}

#[test]
fn every_recording_of_openai_and_anthropic_is_read_as_what_its_body_says() {
    let files = recordings(&["openai", "anthropic"]);
    if !files.is_empty() {
        let (read, skipped) = check(&files);
        assert!(read > 600 && skipped == 0, "{read} read, {skipped} skipped");
    }
}

#[test]
fn every_recording_of_any_other_provider_is_too() {
    let files = recordings(&[""]);
    if !files.is_empty() {
        let (read, skipped) = check(&files);
        assert!(
            read > 2500 && skipped == 0,
            "{read} read, {skipped} skipped"
        );
    }
}

#[test]
fn every_recorded_error_is_of_the_kind_it_was_labelled_with() {
    let files = recordings(&[""]);
    let labels = workspace().join("../shared/recordings/open/error_labels.tsv");
    let Ok(labels) = fs::read_to_string(labels) else {
        return;
    };
    let outcomes = outcomes(&files);
    let mut seen = 0;
    for line in labels.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (id, label) = (columns[0], columns[3]);
        let kind = outcomes[id]["error_kind"].as_str().unwrap_or_default();
        if outcomes[id]["skipped"].is_string() {
            continue;
        }
        let expected = match label {
            "auth" => "unauthenticated",
            "context_window" => "context_too_long",
            "invalid_request" => "invalid_request",
            "model_not_found" => "model_not_found",
            "permission" => "permission_denied",
            "quota_or_billing" => "quota_exhausted",
            "rate_limit" => "rate_limited",
            "location_unsupported" => "permission_denied",
            "not_found_other" => "invalid_request",
            // The event in the stream says what failed.
            "stream_error" if kind == "quota_exhausted" || kind == "stream_broken" => kind,
            // The model wrote a tool call that its own provider refuses: another try may go well.
            "server" | "stream_error" | "tool_generation_failed" => "server",
            other => other,
        };
        assert_eq!(kind, expected, "{line}");
        seen += 1;
    }
    assert!(seen > 70, "{seen}");
}

#[test]
fn for_a_person_it_prints_a_table_of_counts() {
    let output = replay(&fixtures(), &[]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let row = |provider: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(provider));
        line.map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        row("anthropic").expect("a row"),
        [
            "anthropic",
            "messages",
            "9",
            "1",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "10"
        ]
    );
}

#[test]
fn an_exchange_that_is_not_understood_is_named_and_ends_it_with_1() {
    let folder = std::env::temp_dir().join(format!("outlast-replay-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("cut.jsonl");
    let cut = r#"{"id":"cut","provider":"acme","operation":"chat","stream":true,"response":{"status":200,"body_text":"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"}}"#;
    fs::write(&file, format!("{cut}\n\n")).expect("a file");

    let output = replay(std::slice::from_ref(&file), &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(
        (&outcome["ok"], &outcome["error_kind"], &outcome["text"]),
        (&false.into(), &"stream_broken".into(), &"Hel".into())
    );

    let output = replay(&[file], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not understood: acme cut"));
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn what_a_recording_may_lack_is_no_failure() {
    let folder = std::env::temp_dir().join(format!("outlast-sparse-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("sparse.jsonl");
    let lines = [
        // Nobody knows the operation.
        r#"{"id":"new","provider":"acme","operation":"telepathy","response":{"status":200,"body_text":"{}"}}"#,
        // Everything that may be missing is, or is null.
        r#"{"id":"bare","tags":null,"stream":null,"request":null,"operation":"chat","response":{"status":429,"headers":null}}"#,
        // An error that neither the status nor a tag tells of.
        r#"{"id":"inside","provider":"acme","operation":"chat","response":{"status":200,"body_text":"{\"error\":{\"code\":429,\"message\":\"Rate limit exceeded\"}}"}}"#,
        // A request as base64, a reply whose counts are in headers.
        r#"{"id":"counted","provider":"bedrock","operation":"invoke","request":{"url":"https://h/model/anthropic.claude-v2/invoke","body_base64":"e30="},"response":{"status":200,"headers":{"x-amzn-bedrock-input-token-count":"23","x-amzn-bedrock-output-token-count":"32"},"body_text":"{\"completion\":\" Hi\",\"stop_reason\":\"stop_sequence\"}"}}"#,
    ];
    fs::write(&file, lines.join("\n")).expect("a file");

    let outcomes = outcomes(std::slice::from_ref(&file));
    let reason = outcomes["new"]["skipped"].as_str().unwrap_or_default();
    assert!(reason.contains("`telepathy`"), "{reason}");
    let kind = |id: &str| {
        outcomes[id]["error_kind"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        (kind("bare"), kind("inside")),
        ("rate_limited".to_owned(), "rate_limited".to_owned())
    );
    assert_eq!(outcomes["counted"]["usage"]["input"], 23);
    assert_eq!(outcomes["counted"]["usage"]["output"], 32);
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_file_that_is_no_recording_is_said_to_be_none_at_its_line() {
    let folder = std::env::temp_dir().join(format!("outlast-no-recording-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("notes.txt");
    fs::write(&file, "\nhello\n").expect("a file");

    let output = replay(&[file], &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("notes.txt: line 2 is not a recorded exchange"),
        "{message}"
    );
    fs::remove_dir_all(folder).expect("the folder goes");

    let output = replay(&[PathBuf::from("no/such/file.jsonl")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/such/file.jsonl"));
    assert_eq!(replay(&[], &[]).status.code(), Some(2));
}
