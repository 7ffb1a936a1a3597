//! The script of a simulated provider.

mod rule;
mod values;

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

pub(crate) use self::rule::{Capacity, Flap, Only, Rule, When};
use self::rule::{ContinuationName, check_tail};
use self::values::{Length, Rate, Span};
use crate::fault::{ContinuationStyle, Pace};
use crate::text::DEFAULT_WORDS;

/// Says how a simulated provider answers and what goes wrong. [`Script::default`] is a healthy and instant one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// Where chance begins.
    pub(crate) seed: u64,
    /// What the times in the rules are counted from.
    pub(crate) clock: Clock,
    /// The models that are known; all, if there are none.
    pub(crate) models: Vec<String>,
    /// The usual answer.
    pub(crate) answer: AnswerStyle,
    /// What goes wrong: the first that matches.
    #[serde(rename = "rule")]
    pub(crate) rules: Vec<Rule>,
}

/// What the times in the rules are counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Clock {
    /// From when the script was set.
    #[default]
    Script,
    /// From when the simulator was made.
    Start,
}

/// The answer where no rule says otherwise.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "AnswerFields")]
pub(crate) struct AnswerStyle {
    pub(crate) words: usize,
    pub(crate) pace: Pace,
    pub(crate) continuation: ContinuationStyle,
}

impl Default for AnswerStyle {
    fn default() -> Self {
        Self {
            words: DEFAULT_WORDS,
            pace: Pace::default(),
            continuation: ContinuationStyle::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFields {
    words: Option<Length>,
    first_token: Option<Span>,
    gap: Option<Span>,
    tokens_per_second: Option<Rate>,
    continuation: Option<ContinuationName>,
    tail: Option<usize>,
}

impl TryFrom<AnswerFields> for AnswerStyle {
    type Error = String;

    fn try_from(fields: AnswerFields) -> Result<Self, String> {
        let usual = Self::default();
        check_tail(fields.continuation, fields.tail)?;
        Ok(Self {
            words: fields.words.map_or(usual.words, |length| length.0),
            pace: Pace {
                first_token: fields
                    .first_token
                    .map_or(usual.pace.first_token, |span| span.0),
                gap: rule::gap(fields.gap, fields.tokens_per_second)?.unwrap_or(usual.pace.gap),
            },
            continuation: fields
                .continuation
                .map_or(usual.continuation, |name| name.style(fields.tail)),
        })
    }
}

impl Script {
    /// Reads a script from TOML.
    pub fn parse(toml: &str) -> Result<Self, ScriptError> {
        toml::from_str(toml).map_err(|error| ScriptError::new(&error, toml))
    }

    /// Returns how many words a text answer has.
    pub fn words(&self) -> usize {
        self.answer.words
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(toml: &str) -> Result<Self, ScriptError> {
        Self::parse(toml)
    }
}

/// Says what is wrong with a script, at which line, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    line: Option<usize>,
    message: String,
}

impl ScriptError {
    fn new(error: &toml::de::Error, toml: &str) -> Self {
        let line = error
            .span()
            .and_then(|span| toml.get(..span.start))
            .map(|before| before.matches('\n').count() + 1);
        Self {
            line,
            message: error.message().trim_end().replace('\n', ": "),
        }
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// Returns what is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "script, line {line}: {}", self.message),
            None => write!(f, "script: {}", self.message),
        }
    }
}

impl std::error::Error for ScriptError {}
