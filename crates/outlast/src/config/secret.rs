//! Keys: from the environment, from a file, or literally where that is allowed by name.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::Spanned;
use toml::de::DeValue;

use super::section::{Section, Value};
use super::source::{Report, Span};

/// The most bytes of a key's file.
const MAX_KEY_FILE: u64 = 64 * 1024;

/// Where keys are looked up.
pub(super) struct Secrets<'a> {
    /// Looks up an environment variable.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// What relative paths are relative to.
    pub(super) folder: PathBuf,
    /// Whether each key has a stand-in of its own and none is looked up.
    pub(super) stand_ins: bool,
}

impl Secrets<'_> {
    /// Reads the key in the field `name` of `section`; `literal` tells whether it may stand there itself.
    pub(super) fn key(
        &self,
        section: &mut Section<'_>,
        name: &'static str,
        literal: bool,
        report: &mut Report<'_>,
    ) -> Option<SecretString> {
        let value = section.value(name)?;
        let key = match value.get_ref() {
            DeValue::String(text) if literal => Ok(text.to_string().into()),
            DeValue::String(_) => Err(format!(
                "the key stands in the file: write `{name} = {{ env = \"NAME\" }}` or `{name} = {{ file = \"PATH\" }}`, \
                 or allow it with `allow_literal_key = true`"
            )),
            DeValue::Table(_) => return self.reference(name, value, report),
            _ => Err(format!(
                "`{name}` must be `{{ env = \"NAME\" }}` or `{{ file = \"PATH\" }}`"
            )),
        };
        checked(key, value.span(), report)
    }

    fn reference(
        &self,
        name: &str,
        value: &Value<'_>,
        report: &mut Report<'_>,
    ) -> Option<SecretString> {
        let mut section = Section::of(format!("`{name}`"), value, report)?;
        let (has_env, has_file) = (section.has("env"), section.has("file"));
        let env = section.text("env", report);
        let file = section.text("file", report);
        if has_env == has_file && (has_env || section.is_empty()) {
            let message = format!("`{name}` must have either `env` or `file`");
            report.add(value.span(), message);
            return None;
        }
        section.finish(report);
        match (env, file) {
            (Some(env), _) => checked(self.in_env(env.get_ref()), env.span(), report),
            (_, Some(file)) => checked(self.in_file(&file), file.span(), report),
            // What is wrong has been said already.
            (None, None) => None,
        }
    }

    /// Reads a key from an environment variable.
    pub(super) fn in_env(&self, variable: &str) -> Result<SecretString, String> {
        self.held(variable).ok_or_else(|| {
            format!("the environment variable `{variable}` is not set: put the key there, or name another one")
        })
    }

    /// Returns the key that an environment variable holds.
    pub(super) fn held(&self, variable: &str) -> Option<SecretString> {
        self.stand_in(variable)
            .or_else(|| (self.env)(variable).map(SecretString::from))
    }

    /// Returns what stands in for the key of this name, where none is looked up.
    pub(super) fn stand_in(&self, name: &str) -> Option<SecretString> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = name.chars().map(plain).collect();
        self.stand_ins.then(|| format!("stand-in-{name}").into())
    }

    fn in_file(&self, file: &Spanned<&str>) -> Result<SecretString, String> {
        if let Some(key) = self.stand_in(file.get_ref()) {
            return Ok(key);
        }
        let path = self.folder.join(file.get_ref());
        read_key_file(&path)
            .map_err(|why| format!("the key file `{}` cannot be read: {why}", path.display()))
    }
}

fn read_key_file(path: &Path) -> Result<SecretString, String> {
    let meta = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !meta.is_file() || meta.len() > MAX_KEY_FILE {
        return Err(format!("it is no file of at most {MAX_KEY_FILE} bytes"));
    }
    let key = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok(key.into())
}

/// Refuses a key that is empty or cannot stand in a header.
fn checked(
    key: Result<SecretString, String>,
    span: Span,
    report: &mut Report<'_>,
) -> Option<SecretString> {
    let key = key.and_then(|key| {
        outlast_providers::Credential::bearer(key.clone())
            .map(|_| key)
            .map_err(|error| error.to_string())
    });
    key.map_err(|message| report.add(span, message)).ok()
}
