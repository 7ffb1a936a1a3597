//! Scripts: how a simulated provider answers, and what goes wrong with it.
//!
//! A script is TOML. Without one the provider is healthy and answers at once. Times are written like `"250ms"`, `"2s"`
//! or `"1m 30s"`.
//!
//! # The answer
//!
//! ```
//! # use outlast_sim::Script;
//! # let script = r#"
//! seed = 7                         # where chance begins; 0 if not given
//! clock = "script"                 # what times are counted from: when the "script" was set, or the simulator's "start"
//! models = ["sim-1", "sim-mini"]   # others get a 404; all are known if not given
//!
//! [answer]
//! words = 40                       # the length of a text; 60 if not given
//! first_token = "120ms"            # the wait for the first token
//! spread = 0.6                     # how much that differs: log-normal, with this sigma around `first_token`; 0 if not given
//! tokens_per_second = 50           # or gap = "20ms": the wait for each further one
//! continuation = "exact"           # see below
//! reasoning = 12                   # words of reasoning before the answer; 0 if not given
//! tool_calls = 2                   # tools called where one must be, if there are so many; 1 if not given
//! # "#;
//! # assert_eq!(Script::parse(script).unwrap().words(), 40);
//! ```
//!
//! The text depends on the last message of the user alone: see [`reference_text`](crate::reference_text). A unary
//! answer takes as long as a streamed one and then comes at once.
//!
//! # Rules
//!
//! Each `[[rule]]` says when something happens and what. The first rule that matches a call applies, and no other; a
//! rule that does nothing keeps its calls out of the rules after it. A rule without a condition matches every call.
//!
//! | condition | matches |
//! |---|---|
//! | `from = "10s"`, `until = "40s"` | from this time on, until this time |
//! | `flap = { healthy = "30s", faulty = "10s" }` | in the faulty periods; a healthy one begins |
//! | `only = "stream"` | streams only, or `"unary"` calls only |
//! | `model = "gpt-*"` | models of this name; `*` stands for any characters |
//! | `every = 3` | every third call of those that meet the conditions above |
//! | `probability = 0.2` | one call of five, by chance that the `seed` repeats |
//! | `capacity = { per_second = 10, concurrent = 4 }` | calls beyond the capacity; they get a 429 with `retry-after` if the rule says nothing else |
//! | `times = 2` | two calls, and then none |
//!
//! | effect | does |
//! |---|---|
//! | `connection = "refuse"` | does not accept the connection |
//! | `connection = "lose"` | resets the connection once it has the request |
//! | `delay = "200ms"` | waits before the head of the reply |
//! | `hang = true` | never replies |
//! | `status = 503`, `message = "..."` | replies with an error in the API's own shape |
//! | `failure = "quota-exhausted"`, `message = "..."` | replies with that error, with the vendor's own status and words; also `unauthenticated`, `permission-denied`, `model-not-found`, `invalid-request`, `request-too-large`, `context-too-long`, `content-policy`, `rate-limited`, `overloaded`, `server` |
//! | `retry_after = "2s"` | an error asks to wait so long, in the vendor's own form |
//! | `limit = { most = 100, left = 7, reset = "6s" }` | the reply tells of a limit on requests, in the vendor's own form |
//! | `body = "..."`, `content_type = "text/plain"` | replies with this body, with `status` 200 if not given |
//! | `html = true` | replies with an HTML page, with `status` 200 if not given |
//! | `headers = { retry-after = "2" }` | adds headers to whatever the reply is |
//! | `first_token = "5s"`, `gap = "1s"`, `tokens_per_second = 1` | slows the answer down |
//! | `empty = "choices"` | answers without a choice; `"content"`: with a choice that says nothing and cost nothing |
//! | `malformed = { after = 5 }` | puts a frame that is no JSON into the stream; a unary body lacks its last byte |
//! | `unknown = { after = 5 }` | puts a frame of an unknown kind into the stream, and an unknown field into a unary body |
//! | `finish = { after = 5, reason = "content-filter" }` | ends the answer after 5 tokens for this reason: `stop`, `stop-sequence`, `length`, `tool-calls`, `content-filter`, `refusal`, `pause`, or any other word |
//! | `stall = { after = 5, for = "10s" }` | stands still after 5 tokens; for ever without `for` |
//! | `error = { after = 5, status = 529, message = "..." }`, or with a `failure` | ends the stream in an error of the provider after 5 tokens; a unary reply is that error with status 200 |
//! | `cut = { after = 5, by = "reset" }` | resets the connection after 5 tokens; `by = "close"` closes it in the middle of the body, `by = "end"` ends the body as HTTP wants it |
//! | `terminal = false` | ends the stream without its last event, and without saying why the answer ended; a missing `[DONE]` alone is no fault, for some providers never send it |
//! | `continuation = "start-over"` | see below |
//!
//! A number of tokens beyond the answer's means its end. A unary body is cut or stands still where it has the same
//! share of its bytes.
//!
//! An outage in three acts, with a recovery that has little capacity at first:
//!
//! ```
//! # use outlast_sim::Script;
//! # let script = r#"
//! [[rule]]
//! name = "errors"                  # what the log calls it
//! from = "10s"
//! until = "20s"
//! status = 503
//! headers = { retry-after = "2" }
//!
//! [[rule]]
//! name = "silence"
//! from = "20s"
//! until = "30s"
//! hang = true
//!
//! [[rule]]
//! name = "cuts"
//! from = "30s"
//! until = "40s"
//! only = "stream"
//! cut = { after = 12, by = "reset" }
//!
//! [[rule]]
//! name = "dirty recovery"
//! from = "40s"
//! until = "60s"
//! capacity = { per_second = 2 }
//! # "#;
//! # Script::parse(script).unwrap();
//! ```
//!
//! # Continuations
//!
//! A call that asks to go on after a partial answer gets the rest, exactly. It asks by prefill, when its last message is
//! the assistant's, or by instruction, when a beginning of the answer is followed by a turn of the user that asks for
//! the rest. What else may happen:
//!
//! | `continuation` | does |
//! |---|---|
//! | `"exact"` | gives the rest |
//! | `"refuse-prefill"` | refuses a prefill with a 400, as newer models do, and follows an instruction |
//! | `"repeat-tail"` | repeats the last characters first, `tail = 40` of them |
//! | `"start-over"` | gives the whole answer from its beginning |
//! | `"diverge"` | gives another text |
//!
//! # Mistakes
//!
//! ```
//! use outlast_sim::Script;
//!
//! let error = Script::parse("[[rule]]\nprobability = 20\nstatus = 503").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "script, line 2: 20 is no probability: use a number from 0 to 1, such as 0.2"
//! );
//! ```

mod effect;
mod error;
mod rule;
mod values;

use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

pub use self::error::ScriptError;

use self::effect::{ContinuationName, check_tail, gap};
use self::rule::RuleFields;
pub(crate) use self::rule::{Capacity, Flap, Only, Rule, When};
use self::values::{Length, Rate, Span, Spread};
use crate::fault::{ContinuationStyle, Pace};
use crate::text::DEFAULT_WORDS;

/// Says how a simulated provider answers and what goes wrong. [`Script::default`] is a healthy and instant one.
#[derive(Clone, Debug, Default)]
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
    pub(crate) rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFields {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    clock: Clock,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    answer: AnswerStyle,
    #[serde(default)]
    rule: Vec<Spanned<RuleFields>>,
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
    /// How many words of reasoning come before the answer.
    pub(crate) reasoning: usize,
    /// How many tools are called where one must be.
    pub(crate) tool_calls: usize,
    pub(crate) pace: Pace,
    /// The sigma of the first token's log-normal wait.
    pub(crate) spread: f64,
    pub(crate) continuation: ContinuationStyle,
}

impl Default for AnswerStyle {
    fn default() -> Self {
        Self {
            words: DEFAULT_WORDS,
            reasoning: 0,
            tool_calls: 1,
            pace: Pace::default(),
            spread: 0.0,
            continuation: ContinuationStyle::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFields {
    words: Option<Length>,
    reasoning: Option<Length>,
    tool_calls: Option<NonZeroUsize>,
    first_token: Option<Span>,
    spread: Option<Spread>,
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
            reasoning: fields.reasoning.map_or(usual.reasoning, |length| length.0),
            tool_calls: fields
                .tool_calls
                .map_or(usual.tool_calls, NonZeroUsize::get),
            pace: Pace {
                first_token: fields
                    .first_token
                    .map_or(usual.pace.first_token, |span| span.0),
                gap: gap(fields.gap, fields.tokens_per_second)?.unwrap_or(usual.pace.gap),
            },
            spread: fields.spread.map_or(usual.spread, |spread| spread.0),
            continuation: fields
                .continuation
                .map_or(usual.continuation, |name| name.style(fields.tail)),
        })
    }
}

impl Script {
    /// Reads a script from TOML.
    pub fn parse(toml: &str) -> Result<Self, ScriptError> {
        let fields: ScriptFields =
            toml::from_str(toml).map_err(|error| ScriptError::from_toml(&error, toml))?;
        Self::read(fields).map_err(|mistake| ScriptError::at(mistake.start, mistake.message, toml))
    }

    fn read(fields: ScriptFields) -> Result<Self, Mistake> {
        let rules = fields.rule.into_iter().map(|rule| {
            let start = rule.span().start;
            Rule::try_from(rule.into_inner()).map_err(|message| Mistake { start, message })
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
            seed: fields.seed,
            clock: fields.clock,
            models: fields.models,
            answer: fields.answer,
        })
    }

    /// Returns how many words a text answer has.
    pub fn words(&self) -> usize {
        self.answer.words
    }
}

/// What is wrong with a rule, and where it stands.
struct Mistake {
    start: usize,
    message: String,
}

/// A script may be part of a larger document, such as a drill's scenario.
impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = ScriptFields::deserialize(deserializer)?;
        Self::read(fields).map_err(|mistake| D::Error::custom(mistake.message))
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(toml: &str) -> Result<Self, ScriptError> {
        Self::parse(toml)
    }
}
