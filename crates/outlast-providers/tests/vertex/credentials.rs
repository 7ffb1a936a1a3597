//! Where credentials are looked for, and what becomes of each kind of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use outlast_providers::{Account, GoogleCredentials, Vertex};
use outlast_types::{Error, ErrorKind, Sent};
use serde_json::{Value, json};

use crate::support::{Answer, Scripted};
use crate::{GEMINI, GEMINI_REPLY, ask};

const GRANT: &str = r#"{"access_token":"ya29.canary","expires_in":3599,"token_type":"Bearer"}"#;

/// A folder of its own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Puts what gcloud writes into a home.
fn home_of_a_person(name: &str) -> (PathBuf, PathBuf) {
    let home = folder(name);
    let gcloud = home.join(".config").join("gcloud");
    std::fs::create_dir_all(&gcloud).unwrap();
    let file = gcloud.join("application_default_credentials.json");
    let person = json!({
        "type": "authorized_user",
        "client_id": "764086051850.apps.googleusercontent.com",
        "client_secret": "canary-client-secret",
        "refresh_token": "1//canary-refresh",
        "quota_project_id": "p-1",
    });
    std::fs::write(&file, person.to_string()).unwrap();
    (home, file)
}

/// Credentials that are looked for with these environment variables.
fn found_with(variables: &[(&str, &str)]) -> GoogleCredentials {
    let variables: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    GoogleCredentials::from_default_chain().with_env(move |name| variables.get(name).cloned())
}

/// Hosts that answer as told, and Vertex AI, which answers.
fn hosts(answers: &[(&'static str, Answer)]) -> Scripted {
    let answers = answers.to_vec();
    Scripted::with(move |request| {
        let host = request.uri().host().unwrap();
        let told = answers.iter().find(|(name, _)| *name == host);
        let otherwise = || Answer::json(200, GEMINI_REPLY);
        Some(told.map_or_else(otherwise, |(_, answer)| answer.clone()))
    })
}

fn account(credentials: GoogleCredentials, http: &Scripted) -> Account {
    let account = Vertex::in_location("p-1", "global").unwrap();
    account.with_tokens(credentials).with_http(http.http())
}

async fn refusal(credentials: GoogleCredentials, http: &Scripted) -> Error {
    let account = account(credentials, http);
    let error = ask(&account, GEMINI).await.unwrap_err();
    assert_eq!(error.sent(), Sent::No);
    let shown = format!("{error} {error:?} {:?} {account:?}", error.body());
    assert!(!shown.contains("canary"), "{shown}");
    error
}

#[tokio::test]
async fn a_person_s_login_by_gcloud_is_found_and_exchanged() {
    let (home, _) = home_of_a_person("person");
    let http = hosts(&[("oauth2.googleapis.com", Answer::json(200, GRANT))]);
    let credentials = found_with(&[("HOME", home.to_str().unwrap())]);
    ask(&account(credentials, &http), GEMINI).await.unwrap();
    let [exchange, call] = http.requests().try_into().unwrap();
    assert_eq!(exchange.uri(), "https://oauth2.googleapis.com/token");
    let body: Value = serde_json::from_slice(exchange.body()).unwrap();
    assert_eq!(body["refresh_token"], "1//canary-refresh");
    assert_eq!(call.headers()["authorization"], "Bearer ya29.canary");
    assert!(call.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_login_that_is_over_is_said_of_its_file_and_nothing_of_it_shows() {
    let (home, file) = home_of_a_person("over");
    let over = r#"{"error":"invalid_grant","error_description":"Token 1//canary-refresh has been expired or revoked."}"#;
    let http = hosts(&[("oauth2.googleapis.com", Answer::json(400, over))]);
    let credentials = found_with(&[("HOME", home.to_str().unwrap())]);
    let error = refusal(credentials, &http).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.code(), Some("invalid_grant"));
    let expect = format!(
        "the file `{}` of gcloud gives no token: oauth2.googleapis.com: Token *** has been expired or revoked.",
        file.display()
    );
    assert_eq!(error.message(), Some(expect.as_str()));
}

#[tokio::test]
async fn a_file_that_the_environment_names_goes_before_all_others() {
    let (home, _) = home_of_a_person("named");
    let missing = home.join("missing.json");
    let variables = [
        ("HOME", home.to_str().unwrap()),
        ("GOOGLE_APPLICATION_CREDENTIALS", missing.to_str().unwrap()),
    ];
    let http = hosts(&[]);
    let error = refusal(found_with(&variables), &http).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let message = error.message().unwrap();
    assert!(
        message.starts_with(&format!(
            "the file `{}` (GOOGLE_APPLICATION_CREDENTIALS) cannot be read:",
            missing.display()
        )),
        "{message}"
    );
    assert!(http.requests().is_empty());
}

#[tokio::test]
async fn a_file_that_is_none_of_google_s_is_refused_before_anything_is_sent() {
    let folder = folder("odd");
    let path = folder.join("odd.json");
    let http = hosts(&[]);
    for content in [
        "",
        "{",
        "[]",
        r#"{"type":"gdch_service_account","private_key":"canary"}"#,
        r#"{"type":"service_account","client_email":"a@b"}"#,
        r#"{"type":"service_account","client_email":"a@b","private_key":"canary"}"#,
        r#"{"type":"authorized_user","refresh_token":["canary"]}"#,
    ] {
        std::fs::write(&path, content).unwrap();
        let error = refusal(GoogleCredentials::from_file(&path), &http).await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{content}");
        let message = error.message().unwrap();
        assert!(
            message.starts_with(&format!("the file `{}` gives no token", path.display())),
            "{message}"
        );
    }
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    refusal(GoogleCredentials::from_file(&path), &http).await;
    assert!(http.requests().is_empty());
}

#[tokio::test]
async fn a_machine_at_google_has_an_identity_of_its_own() {
    let home = folder("machine");
    let http = hosts(&[("metadata.google.internal", Answer::json(200, GRANT))]);
    let credentials = found_with(&[("HOME", home.to_str().unwrap())]);
    ask(&account(credentials, &http), GEMINI).await.unwrap();
    let [exchange, call] = http.requests().try_into().unwrap();
    assert_eq!(exchange.headers()["metadata-flavor"], "Google");
    assert_eq!(
        exchange.uri().path(),
        "/computeMetadata/v1/instance/service-accounts/default/token"
    );
    assert_eq!(call.headers()["authorization"], "Bearer ya29.canary");
}

#[tokio::test]
async fn where_there_are_no_credentials_the_message_says_where_they_were_looked_for() {
    let home = folder("nowhere");
    let http = hosts(&[("metadata.google.internal", Answer::new(404))]);
    let error = refusal(found_with(&[("HOME", home.to_str().unwrap())]), &http).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let message = error.message().unwrap();
    for part in [
        "no Google credentials: GOOGLE_APPLICATION_CREDENTIALS is not set",
        "application_default_credentials.json` is not there",
        "metadata.google.internal",
        "gcloud auth application-default login",
    ] {
        assert!(message.contains(part), "{message}");
    }
    // Nobody answers at a machine that is not Google's: the fact stays what it is.
    let silent = Scripted::with(|_| Some(Answer::new(200).step(crate::support::Step::Fail)));
    let error = refusal(found_with(&[]), &silent).await;
    assert_ne!(error.kind(), ErrorKind::Unauthenticated);
    assert!(
        error
            .message()
            .unwrap()
            .contains("there is no home to look in"),
        "{error}"
    );
}

/// Credentials of a workload with an identity elsewhere, which is in a file.
fn federated(name: &str, impersonates: bool) -> GoogleCredentials {
    let folder = folder(name);
    let subject = folder.join("subject");
    std::fs::write(&subject, "eyJ.canary.subject\n").unwrap();
    let mut document = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": subject, "format": {"type": "text"}},
    });
    if impersonates {
        document["service_account_impersonation_url"] = json!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p-1.iam.gserviceaccount.com:generateAccessToken"
        );
    }
    let path = folder.join("federated.json");
    std::fs::write(&path, document.to_string()).unwrap();
    GoogleCredentials::from_file(path)
}

#[tokio::test]
async fn an_identity_elsewhere_is_exchanged_for_a_token() {
    let http = hosts(&[("sts.googleapis.com", Answer::json(200, GRANT))]);
    ask(&account(federated("federated", false), &http), GEMINI)
        .await
        .unwrap();
    let [exchange, call] = http.requests().try_into().unwrap();
    let body = String::from_utf8(exchange.body().to_vec()).unwrap();
    assert!(body.contains("eyJ.canary.subject"), "{body}");
    assert_eq!(call.headers()["authorization"], "Bearer ya29.canary");
}

#[tokio::test]
async fn an_identity_that_may_not_act_as_the_service_account_lacks_a_permission() {
    let denied = r#"{"error":{"code":403,"message":"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).","status":"PERMISSION_DENIED"}}"#;
    let http = hosts(&[
        ("sts.googleapis.com", Answer::json(200, GRANT)),
        ("iamcredentials.googleapis.com", Answer::json(403, denied)),
    ]);
    let error = refusal(federated("denied", true), &http).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let message = error.message().unwrap();
    assert!(message.contains("getAccessToken"), "{message}");
}

#[tokio::test]
async fn an_identity_that_a_program_would_give_is_refused() {
    let folder = folder("program");
    let document = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"executable": {"command": format!("touch {}/ran", folder.display())}},
    });
    let credentials = GoogleCredentials::from_json(document.to_string()).with_env(|name| {
        (name == "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES").then(|| "1".to_owned())
    });
    let error = refusal(credentials, &hosts(&[])).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!folder.join("ran").exists());
}
