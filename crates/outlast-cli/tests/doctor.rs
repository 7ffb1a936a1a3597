//! `outlast doctor` and `outlast models --live` against simulated providers on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const KEY: &str = "sk-canary-0123456789";

fn outlast(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlast"));
    command
        .args(args)
        .env("DOCTOR_KEY", KEY)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

fn file(test: &str, name: &str, text: &str) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("doctor")
        .join(test);
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A simulated provider that ends with the test.
struct Sim {
    child: Child,
    base_url: String,
}

impl Sim {
    fn start(test: &str, api: &str, script: &str) -> Self {
        let script = file(test, &format!("{api}.toml"), script);
        let mut child = outlast(&["sim", "--api", api, "--script", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect(&line);
        let host = address.trim_end_matches("/v1").trim_end_matches('/');
        Self {
            child,
            base_url: format!("http://{host}/v1"),
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration with one account `one`, whose route asks `models`.
fn config(test: &str, kind: &str, base_url: &str, models: &[&str]) -> String {
    let targets: Vec<_> = models
        .iter()
        .map(|model| format!("\"one/{model}\""))
        .collect();
    let targets = targets.join(", ");
    let text = format!(
        "[account.one]\nkind = \"{kind}\"\nbase_url = \"{base_url}\"\napi_key = {{ env = \"DOCTOR_KEY\" }}\n\
         [route.default]\ntargets = [{targets}]\n"
    );
    file(test, "outlast.toml", &text)
}

fn doctor(config: &str) -> (Option<i32>, Value) {
    let output = outlast(&["doctor", "--json", "--limit", "5", "--config", config])
        .output()
        .unwrap();
    assert_no_key(&output);
    let report: Value = serde_json::from_slice(&output.stdout).expect("a JSON object");
    (output.status.code(), report["accounts"][0].clone())
}

fn assert_no_key(output: &Output) {
    for said in [&output.stdout, &output.stderr] {
        let said = String::from_utf8_lossy(said);
        assert!(!said.contains("canary"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[track_caller]
fn assert_verdicts(account: &Value, endpoint: &str, key: &str, clock: &str) {
    let verdicts = ["endpoint", "key", "clock"].map(|check| account[check]["verdict"].clone());
    assert_eq!(verdicts, [endpoint, key, clock], "{account:#}");
}

const MODELS: &str = "models = [\"sim-1\", \"sim-mini\"]\n";

#[test]
fn a_healthy_account_is_good() {
    for kind in ["openai", "anthropic"] {
        let test = format!("healthy-{kind}");
        let sim = Sim::start(&test, kind, MODELS);
        let config = config(&test, kind, &sim.base_url, &["sim-1", "sim-mini"]);
        let (code, account) = doctor(&config);
        assert_eq!(code, Some(0), "{account:#}");
        assert_eq!(account["endpoint"]["verdict"], "good", "{account:#}");
        assert_eq!(account["key"]["verdict"], "good");
        assert_ne!(account["clock"]["verdict"], "wrong");
        assert!(account["round_trip_ms"].is_u64());
        let models = account["models"].as_array().unwrap();
        assert_eq!(models.len(), 2);
        assert!(
            models.iter().all(|model| model["verdict"] == "good"),
            "{account:#}"
        );
    }
}

#[test]
fn a_near_miss_of_a_model_s_name_is_told_with_the_name_that_was_meant() {
    let sim = Sim::start("near", "openai", MODELS);
    let config = config("near", "openai", &sim.base_url, &["sim-1", "sim-mimi"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_eq!(account["models"][0]["verdict"], "good");
    assert_eq!(account["models"][1]["verdict"], "wrong");
    assert_eq!(account["models"][1]["nearest"], "sim-mini");
    let output = outlast(&["doctor", "--config", &config]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("did you mean `sim-mini`?"), "{said}");
}

#[test]
fn a_wrong_key_is_told_with_the_place_to_look_at() {
    let sim = Sim::start("key", "openai", "[[rule]]\nfailure = \"unauthenticated\"\n");
    let config = config("key", "openai", &sim.base_url, &["sim-1"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_verdicts(&account, "good", "wrong", "not_checked");
    let note = account["key"]["note"].as_str().unwrap();
    assert!(note.contains("`api_key` in [account.one]"), "{note}");
    assert!(note.contains(&sim.base_url), "{note}");
    assert_eq!(account["models"][0]["verdict"], "not_checked");
}

#[test]
fn a_server_that_is_down_may_not_be_running() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let base_url = format!("http://{free}/v1");
    let config = config("down", "ollama", &base_url, &["llama3"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_verdicts(&account, "wrong", "not_checked", "not_checked");
    let note = account["endpoint"]["note"].as_str().unwrap();
    assert!(
        note.contains(&format!("is it running at {base_url}?")),
        "{note}"
    );
    assert!(
        !note.contains("one"),
        "the report has the account's name already: {note}"
    );
}

#[test]
fn tls_to_a_plain_server_is_told() {
    let sim = Sim::start("tls", "openai", MODELS);
    let base_url = sim.base_url.replace("http://", "https://");
    let config = config("tls", "openai", &base_url, &["sim-1"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_verdicts(&account, "wrong", "not_checked", "not_checked");
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let script =
        format!("{MODELS}[[rule]]\nheaders = {{ date = \"Tue, 01 Jan 2030 00:00:00 GMT\" }}\n");
    let sim = Sim::start("clock", "openai", &script);
    let config = config("clock", "openai", &sim.base_url, &["sim-1"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_verdicts(&account, "good", "good", "wrong");
    let ahead = account["clock_ahead_seconds"].as_i64().unwrap();
    assert!(ahead.abs() > 60, "{ahead}");
}

#[test]
fn models_at_vertex_ai_are_asked_one_by_one() {
    let check = |test: &str, script: &str, code, key: &str, model: &str| {
        let sim = Sim::start(test, "gemini", script);
        let text = format!(
            "[account.one]\nkind = \"vertex\"\nproject = \"p-1\"\nlocation = \"us-east5\"\nbase_url = \"{}\"\n\
             api_key = {{ env = \"DOCTOR_KEY\" }}\n[route.default]\ntargets = [\"one/sim-1\"]\n",
            sim.base_url
        );
        let (found, account) = doctor(&file(test, "outlast.toml", &text));
        assert_eq!(found, Some(code), "{account:#}");
        assert_eq!(account["key"]["verdict"], key, "{account:#}");
        assert_eq!(account["models"][0]["verdict"], model, "{account:#}");
    };
    check("vertex", MODELS, 0, "good", "good");
    let gone = "[[rule]]\nstatus = 404\nmessage = \"Publisher Model was not found.\"\n";
    check("vertex-gone", gone, 1, "not_checked", "wrong");
}

#[test]
fn what_cannot_be_told_is_never_good() {
    let script = "[[rule]]\nstatus = 404\nmessage = \"no such path\"\n";
    let sim = Sim::start("no-list", "openai", script);
    let config = config("no-list", "openai-compatible", &sim.base_url, &["sim-1"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(0));
    assert_verdicts(&account, "not_checked", "not_checked", "not_checked");
    assert_eq!(account["models"][0]["verdict"], "not_checked");
}

#[test]
fn a_page_for_people_is_no_list() {
    let sim = Sim::start("page", "openai", "[[rule]]\nhtml = true\n");
    let config = config("page", "openai", &sim.base_url, &["sim-1"]);
    let (code, account) = doctor(&config);
    assert_eq!(code, Some(1));
    assert_verdicts(&account, "wrong", "not_checked", "not_checked");
}

#[test]
fn a_provider_that_never_answers_does_not_hold_the_doctor_up() {
    let sim = Sim::start("silent", "openai", "[[rule]]\nhang = true\n");
    let config = config("silent", "openai", &sim.base_url, &["sim-1"]);
    let output = outlast(&["doctor", "--json", "--limit", "1", "--config", &config])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("within 1 s"), "{said}");
}

#[test]
fn an_account_that_does_not_exist_ends_with_2() {
    let config = config("unknown", "openai", "http://127.0.0.1:9/v1", &["m"]);
    for args in [
        ["doctor", "--config", &config, "two"].as_slice(),
        &["models", "--live", "--config", &config, "--account", "two"],
    ] {
        let output = outlast(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("no account `two`") && said.contains("`one`"),
            "{said}"
        );
    }
}

#[test]
fn models_lists_what_an_account_offers() {
    let sim = Sim::start("models", "anthropic", MODELS);
    let config = config("models", "anthropic", &sim.base_url, &["sim-1"]);
    let table = outlast(&["models", "--live", "--config", &config])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&table.stdout);
    assert_eq!(table.status.code(), Some(0), "{said}");
    assert!(
        said.contains("sim-1") && said.contains("sim-mini"),
        "{said}"
    );
    let json = outlast(&["models", "--live", "--json", "--config", &config])
        .output()
        .unwrap();
    let listing: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(listing["account"], "one");
    assert_eq!(listing["models"][1]["id"], "sim-mini");
}

#[test]
fn models_says_which_account_cannot_be_asked() {
    let sim = Sim::start(
        "models-key",
        "openai",
        "[[rule]]\nfailure = \"unauthenticated\"\n",
    );
    let config = config("models-key", "openai", &sim.base_url, &["sim-1"]);
    let output = outlast(&["models", "--live", "--config", &config])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_no_key(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("one: key not accepted"), "{said}");
}
