//! Accounts at Vertex AI in the configuration.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

use outlast::config::{AccountConfig, Config, ConfigError};

fn read(fields: &str, env: &[(&str, &str)]) -> Result<AccountConfig, ConfigError> {
    let text =
        format!("[account.vertex]\n{fields}\n[route.r]\ntargets = [\"vertex/gemini-2.5-flash\"]\n");
    let env = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let config = Config::parse(&text, "outlast.toml", env)?;
    Ok(config.accounts[0].clone())
}

fn address(fields: &str, env: &[(&str, &str)]) -> String {
    let fields = format!("{fields}\napi_key = {{ env = \"TOKEN\" }}");
    let mut env = env.to_vec();
    env.push(("TOKEN", "ya29.canary"));
    let account = read(&fields, &env).unwrap();
    assert!(account.has_secret() && account.vertex.unwrap().login.is_none());
    account.base_url.to_string()
}

fn complaint(fields: &str) -> String {
    read(fields, &[("TOKEN", "ya29.canary")])
        .unwrap_err()
        .to_string()
}

#[test]
fn a_project_and_a_location_make_an_address() {
    assert_eq!(
        address("project = \"p-1\"\nlocation = \"us-east5\"", &[]),
        "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5"
    );
    let env = [
        ("GOOGLE_CLOUD_PROJECT", "p-2"),
        ("GOOGLE_CLOUD_LOCATION", "eu"),
    ];
    assert_eq!(
        address("", &env),
        "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-2/locations/eu"
    );
    assert_eq!(
        address("", &env[..1]),
        "https://aiplatform.googleapis.com/v1/projects/p-2/locations/global"
    );
    assert_eq!(
        address("base_url = \"http://127.0.0.1:9\"\nlocation = \"us\"", &env),
        "http://127.0.0.1:9/v1/projects/p-2/locations/us"
    );
}

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let token = "api_key = { env = \"TOKEN\" }";
    let check = |fields: &str, part: &str| {
        let said = complaint(fields);
        assert!(said.contains(part), "{said}");
        assert!(!said.contains("canary"), "{said}");
    };
    check(token, "needs its project: add `project = ");
    check(
        &format!("project = \"a/b\"\n{token}"),
        "a project of Google Cloud is its id",
    );
    check(
        &format!("project = \"p\"\nlocation = \"EU\"\n{token}"),
        "a location is a region such as",
    );
    check(
        &format!("project = \"p\"\ncredentials = \"adc\"\n{token}"),
        "either `credentials` or `api_key`",
    );
    check(
        &format!("project = \"p\"\nlocaton = \"us\"\n{token}"),
        "did you mean `location`?",
    );
    let other = "[account.openai]\napi_key = { env = \"TOKEN\" }\nproject = \"p\"\n[route.r]\ntargets = [\"openai/x\"]";
    let error = Config::parse(other, "outlast.toml", |_: &str| Some("k".to_owned()));
    let said = error.unwrap_err().to_string();
    assert!(
        said.contains("unknown field `project` in [account.openai]"),
        "{said}"
    );
}

#[cfg(not(feature = "vertex"))]
#[test]
fn a_build_that_cannot_sign_in_says_so() {
    let said = complaint("project = \"p\"");
    assert!(
        said.contains("build it with the feature `vertex`, or give a token as `api_key`"),
        "{said}"
    );
}

#[cfg(feature = "vertex")]
mod credentials {
    use std::path::{Path, PathBuf};

    use outlast::config::GoogleLogin;

    use super::{complaint, read};

    #[test]
    fn credentials_are_those_that_google_s_tools_find_or_those_of_a_file() {
        let login = |fields: &str| {
            let account = read(&format!("project = \"p\"\n{fields}"), &[]).unwrap();
            assert!(account.has_secret());
            account.vertex.unwrap().login
        };
        assert_eq!(login(""), Some(GoogleLogin::Adc));
        assert_eq!(login("credentials = \"adc\""), Some(GoogleLogin::Adc));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vertex-login.json");
        std::fs::write(&path, "{}").unwrap();
        let fields = format!("credentials = {{ file = '{}' }}", path.display());
        assert_eq!(login(&fields), Some(GoogleLogin::File(path)));
    }

    #[test]
    fn other_credentials_are_refused() {
        let check = |value: &str, part: &str| {
            let said = complaint(&format!("project = \"p\"\ncredentials = {value}"));
            assert!(said.contains(part), "{said}");
        };
        let form = "`credentials` must be \"adc\"";
        check("\"key.json\"", form);
        check("true", form);
        check("{}", form);
        check("{ env = \"X\" }", "unknown field `env`");
        let missing = Path::new("/nowhere/at/all.json");
        let value = format!("{{ file = '{}' }}", missing.display());
        check(&value, "with the credentials cannot be read");
    }
}
