//! A configuration whose keys are not there.

use std::path::Path;

use outlast::Config;
use secrecy::ExposeSecret;

const TEXT: &str = r#"
[account.anthropic]
api_key = { env = "SOME_VARIABLE_THAT_IS_NOT_SET" }

[account.gemini]
api_key = { file = "/no/such/file" }

[account.azure-openai]
resource = "contoso"
tenant = "t"
client_id = "c"
client_secret = { env = "SOME_OTHER_THAT_IS_NOT_SET" }

[route.default]
targets = ["anthropic/m", "gemini/m", "azure-openai/m"]

[alert.channel]
kind = "slack"
webhook_url = { env = "NO_ADDRESS_EITHER" }

[gateway]
keys = [{ name = "app", key = { env = "NO_KEY_OF_THE_GATEWAY" } }]
"#;

#[test]
fn a_configuration_is_read_without_its_keys_and_each_account_has_a_stand_in() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-keys.toml");
    std::fs::write(&path, TEXT).unwrap();
    assert!(Config::load(&path).is_err());
    let config = Config::load_without_keys(&path).unwrap();
    let keys = config.accounts.iter().map(|account| {
        let key = account.key.as_ref().unwrap();
        key.expose_secret().to_owned()
    });
    let keys: Vec<_> = keys.collect();
    assert_eq!(
        keys,
        [
            "stand-in-SOME-VARIABLE-THAT-IS-NOT-SET",
            "stand-in--no-such-file",
            "stand-in-azure-openai",
        ]
    );
    assert!(config.alerts.is_empty());
}

#[test]
fn what_else_is_wrong_is_still_said() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-keys-wrong.toml");
    std::fs::write(&path, TEXT.replace("gemini/m", "gemni/m")).unwrap();
    let said = Config::load_without_keys(&path).unwrap_err().to_string();
    assert!(said.contains("there is no account `gemni`"), "{said}");
}
