//! The built binary, as somebody types it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test fails by panicking"
)]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const COMMANDS: [&str; 9] = [
    "demo", "drill", "serve", "chat", "check", "doctor", "models", "sim", "replay",
];

/// The command, in an empty directory of its own so that no configuration lies around.
fn outlast<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlast"));
    command
        .args(args)
        .current_dir(directory("empty"))
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    outlast(args).output().unwrap()
}

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Writes a file for the test of this name.
fn file(test: &str, name: &str, text: &str) -> PathBuf {
    let path = directory(test).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Checks that the command said in one sentence why it failed, and nothing like a panic.
#[track_caller]
fn assert_failed(output: &Output, words: &str) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error: "), "{said}");
    assert!(said.contains(words), "{words:?} is not in {said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(stdout(output), "");
}

#[test]
fn every_command_has_a_help_with_an_example() {
    let all = run(["--help"]);
    for command in COMMANDS {
        assert!(stdout(&all).contains(command), "{command}");
        let help = run([command, "--help"]);
        assert_eq!(help.status.code(), Some(0));
        assert!(stdout(&help).contains("Example"), "{command}");
        assert!(
            stdout(&help).contains(&format!("outlast {command}")),
            "{command}"
        );
    }
}

#[test]
fn the_version_is_told() {
    assert_eq!(
        stdout(&run(["--version"])),
        format!("outlast {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_flags_end_with_2() {
    let wrong: [&[&str]; 14] = [
        &[],
        &["nothing"],
        &["--nothing"],
        &["chat"],
        &["chat", "one", "two"],
        &["serve", "--port", "1"],
        &["sim"],
        &["sim", "--api", "cobol"],
        &["demo", "--seconds", "1"],
        &["demo", "--seconds", "many"],
        &["replay"],
        &["check", "a", "b"],
        &["doctor", "--limit", "0"],
        &["models"],
    ];
    for args in wrong {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    for args in [
        ["check", "no-such-file.toml"].as_slice(),
        &["serve", "--config", "no-such-file.toml"],
        &["chat", "--config", "no-such-file.toml", "Hi"],
        &["sim", "--api", "openai", "--script", "no-such-file.toml"],
        &["replay", "no-such-file.toml"],
        &["doctor", "--config", "no-such-file.toml"],
        &["models", "--live", "--config", "no-such-file.toml"],
    ] {
        assert_failed(&run(args), "no-such-file.toml");
    }
}

#[test]
fn check_without_a_file_looks_for_outlast_toml() {
    assert_failed(&run(["check"]), "outlast.toml");
}

#[test]
fn check_names_the_line_of_a_mistake() {
    let text =
        "[account.anthropic]\napi_key = { env = \"K\" }\nbase_uri = \"https://example.com\"\n";
    let path = file("check-bad", "outlast.toml", text);
    let output = outlast(["check".as_ref(), path.as_os_str()])
        .env("K", "k")
        .output()
        .unwrap();
    assert_failed(&output, "outlast.toml:3");
    assert!(stderr(&output).contains("base_uri"));
}

#[test]
fn check_says_what_is_in_a_right_configuration() {
    let text = r#"
        [account.anthropic]
        api_key = { env = "ONE_KEY" }
        [account.deepseek]
        api_key = { env = "OTHER_KEY" }
        [route.default]
        targets = ["anthropic/claude-sonnet-4-5", "deepseek/deepseek-chat"]
    "#;
    let path = file("check-good", "outlast.toml", text);
    let output = outlast(["check".as_ref(), path.as_os_str()])
        .env("ONE_KEY", "canary-one")
        .env("OTHER_KEY", "canary-two")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("1 route, 2 targets, 0 warnings"),
        "{}",
        stdout(&output)
    );
    assert!(!stdout(&output).contains("canary") && !stderr(&output).contains("canary"));
}

#[test]
fn check_names_the_variable_of_a_key_that_is_not_set() {
    let text = "[account.anthropic]\napi_key = { env = \"OUTLAST_TEST_UNSET\" }\n\
        [route.default]\ntargets = [\"anthropic/claude-sonnet-4-5\"]\n";
    let path = file("check-no-key", "outlast.toml", text);
    assert_failed(
        &run(["check".as_ref(), path.as_os_str()]),
        "OUTLAST_TEST_UNSET",
    );
}

#[test]
fn chat_without_a_configuration_answers_and_says_that_it_is_simulated() {
    let whole = run(["chat", "Hello?"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    assert!(stderr(&whole).contains("SIMULATED"));
    assert!(stderr(&whole).contains("served by primary/sim-gpt"));
    let expected = outlast_sim::reference_text("Hello?", outlast_sim::DEFAULT_WORDS);
    assert_eq!(stdout(&whole), format!("{expected}\n"));
    assert_eq!(stdout(&run(["chat", "--stream", "Hello?"])), stdout(&whole));
}

#[test]
fn chat_names_the_routes_there_are_when_it_is_asked_for_another() {
    assert_failed(&run(["chat", "--route", "defualt", "Hello?"]), "`default`");
}

#[test]
fn chat_asks_the_target_that_is_named() {
    let output = run(["chat", "--route", "fallback/sim-claude", "Hello?"]);
    assert!(
        stderr(&output).contains("served by fallback/sim-claude"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn drill_rehearses_a_configuration_whose_keys_are_not_there() {
    let test = "drill_config";
    let scenario = r#"
        name = "short"
        title = "One minute of 503."
        requests_per_second = 1
        lasts = "3m"
        outage = { from = "1m", until = "2m" }
        [[provider]]
        name = "a"
        api = "openai"
        model = "m"
        script = { rule = [{ from = "1m", until = "2m", status = 503 }] }
        [[provider]]
        name = "b"
        api = "anthropic"
        model = "m"
    "#;
    let config = "[account.gemini]\n[account.groq]\napi_key = { env = \"NOT_SET_ANYWHERE\" }\n\
                  [route.both]\ntargets = [\"gemini/g\", \"groq/q\"]\n\
                  [route.alone]\ntargets = [\"gemini/g\"]\npolicy = { attempts = 1 }";
    let scenario = file(test, "short.toml", scenario).display().to_string();
    let config = file(test, "outlast.toml", config).display().to_string();
    let drill = |route| {
        let flags = [
            "drill",
            "--policy",
            "none",
            "--json",
            "--scenario",
            &scenario,
        ];
        let own = ["--config", &config, "--route", route];
        run(flags.into_iter().chain(own))
    };
    let both = drill("both");
    assert!(both.status.success(), "{}", stderr(&both));
    assert!(
        stdout(&both).contains(r#""policy":"config""#),
        "{}",
        stdout(&both)
    );
    assert_eq!(drill("alone").status.code(), Some(1));
    assert_failed(&drill("other"), "no route `other`: name one of both, alone");
}

#[test]
fn a_script_with_a_mistake_is_named_with_its_line() {
    let path = file(
        "script-bad",
        "script.toml",
        "[[rule]]\nstatus = 503\n[[rule]]\nstatsu = 500\n",
    );
    let output = run([
        "sim".as_ref(),
        "--api".as_ref(),
        "openai".as_ref(),
        "--script".as_ref(),
        path.as_os_str(),
    ]);
    assert_failed(&output, "line 4");
}

#[test]
fn an_address_that_cannot_be_listened_on_is_named() {
    for address in ["nonsense", "127.0.0.1:99999", "192.0.2.1:0"] {
        assert_failed(&run(["serve", "--listen", address]), address);
        assert_failed(
            &run(["sim", "--api", "openai", "--listen", address]),
            address,
        );
    }
}

#[test]
fn without_keys_the_network_is_not_served() {
    assert_failed(&run(["serve", "--listen", "0.0.0.0:0"]), "keys");
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = outlast(["chat", "--stream", "Hello?"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("panicked"));
}

/// A command that serves until it is told to stop.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = outlast(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect(&line)
            .to_owned();
        Self { child, address }
    }

    /// Sends a request and returns the whole answer.
    fn ask(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HELLO: &str = r#"{"model": "default", "messages": [{"role": "user", "content": "Hello?"}]}"#;

#[test]
fn serve_without_a_configuration_answers_and_says_that_it_is_simulated() {
    let mut server = Server::start(&["serve", "--listen", "127.0.0.1:0"]);
    let answer = server.post("/v1/chat/completions", HELLO);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("x-outlast-served-by: primary/sim-gpt"),
        "{answer}"
    );
    server.child.kill().unwrap();
    let mut said = String::new();
    server
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(said.contains("SIMULATED"), "{said}");
}

#[test]
fn sim_answers_in_the_format_of_its_api() {
    let openai = Server::start(&["sim", "--api", "openai"]);
    let answer = openai.post("/v1/chat/completions", HELLO);
    assert!(answer.contains("\"chat.completion\""), "{answer}");
    let anthropic = Server::start(&["sim", "--api", "anthropic"]);
    let body = HELLO.replace("\"messages\"", "\"max_tokens\": 100, \"messages\"");
    let answer = anthropic.post("/v1/messages", &body);
    assert!(answer.contains("\"end_turn\""), "{answer}");
    let gemini = Server::start(&["sim", "--api", "gemini"]);
    let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello?"}]}]}"#;
    let answer = gemini.post("/v1beta/models/m:generateContent", body);
    assert!(answer.contains("\"STOP\""), "{answer}");
    let bedrock = Server::start(&["sim", "--api", "bedrock"]);
    let body = r#"{"messages": [{"role": "user", "content": [{"text": "Hello?"}]}]}"#;
    let answer = bedrock.post("/model/m/converse", body);
    assert!(answer.contains("\"end_turn\""), "{answer}");
}

#[cfg(unix)]
#[test]
fn servers_end_well_when_they_are_told_to() {
    for args in [
        ["serve", "--listen", "127.0.0.1:0"].as_slice(),
        &["sim", "--api", "openai"],
    ] {
        for signal in ["-TERM", "-INT"] {
            let mut server = Server::start(args);
            let id = server.child.id().to_string();
            assert!(
                Command::new("kill")
                    .args([signal, &id])
                    .status()
                    .unwrap()
                    .success()
            );
            assert_eq!(
                server.child.wait().unwrap().code(),
                Some(0),
                "{args:?} {signal}"
            );
        }
    }
}

#[test]
#[ignore = "takes 8 seconds; `cargo xtask e2e` plays the whole demo"]
fn the_demo_is_not_noticed_by_its_callers() {
    let output = run(["demo", "--seconds", "8", "--json"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stdout(&output));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["user_errors"], 0);
    assert!(figures["requests"].as_u64().unwrap() >= 8 * 30);
    assert!(figures["cut_streams"].as_u64().unwrap() > 0);
    assert_eq!(figures["cut_streams"], figures["cut_streams_completed"]);
    assert_eq!(figures["served_by"].as_object().unwrap().len(), 2);
}
