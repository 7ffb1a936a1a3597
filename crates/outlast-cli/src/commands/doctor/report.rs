//! What was found, for people and for programs.

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::failure::Failure;
use crate::output;

/// What was found about all accounts.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    good: bool,
    accounts: Vec<Findings>,
}

/// What was found about one account.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) account: String,
    pub(super) base_url: String,
    pub(super) endpoint: Finding,
    pub(super) key: Finding,
    pub(super) clock: Finding,
    /// How far the provider's clock is ahead of ours, in seconds.
    pub(super) clock_ahead_seconds: Option<i64>,
    /// The median, in milliseconds.
    pub(super) round_trip_ms: Option<u64>,
    pub(super) models: Vec<ModelFinding>,
}

/// What was found about a model that a route names.
#[derive(Debug, Serialize)]
pub(super) struct ModelFinding {
    pub(super) model: String,
    #[serde(flatten)]
    pub(super) finding: Finding,
    /// The name that was probably meant.
    pub(super) nearest: Option<String>,
}

/// The result of one check.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// Why, unless it is good.
    pub(super) note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Good,
    Wrong,
    NotChecked,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wrong => "WRONG",
            Self::NotChecked => "not checked",
        }
    }
}

impl Finding {
    pub(super) fn is_good(&self) -> bool {
        self.verdict == Verdict::Good
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }

    pub(super) fn good() -> Self {
        Self {
            verdict: Verdict::Good,
            note: None,
        }
    }

    pub(super) fn wrong(note: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Wrong,
            note: Some(note.into()),
        }
    }

    pub(super) fn not_checked(note: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::NotChecked,
            note: Some(note.into()),
        }
    }
}

impl Findings {
    /// Iterates over all findings, each with what it is about.
    fn all(&self) -> impl Iterator<Item = (String, &Finding)> {
        let own = [
            ("endpoint", &self.endpoint),
            ("key", &self.key),
            ("clock", &self.clock),
        ];
        let own = own.map(|(name, finding)| (format!("{}: {name}", self.account), finding));
        let models = self.models.iter();
        let models =
            models.map(|model| (format!("{}/{}", self.account, model.model), &model.finding));
        own.into_iter().chain(models)
    }

    fn row(&self) -> [String; 6] {
        let verdict = |finding: &Finding| finding.verdict.as_str().to_owned();
        let round_trip = self.round_trip_ms;
        [
            self.account.clone(),
            verdict(&self.endpoint),
            verdict(&self.key),
            self.models_in_words(),
            round_trip.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            match self.clock_ahead_seconds {
                Some(seconds) => format!("{seconds:+} s"),
                None => verdict(&self.clock),
            },
        ]
    }

    fn models_in_words(&self) -> String {
        let verdicts = [Verdict::Good, Verdict::Wrong, Verdict::NotChecked];
        let counts = verdicts.into_iter().filter_map(|verdict| {
            let models = self.models.iter();
            let count = models
                .filter(|model| model.finding.verdict == verdict)
                .count();
            (count > 0).then(|| format!("{count} {}", verdict.as_str()))
        });
        let words: Vec<_> = counts.collect();
        if words.is_empty() {
            return "none in a route".to_owned();
        }
        words.join(", ")
    }
}

impl Report {
    pub(super) fn new(accounts: Vec<Findings>) -> Self {
        let is_wrong = |(_, finding): (String, &Finding)| finding.verdict == Verdict::Wrong;
        Self {
            good: !accounts.iter().any(|account| account.all().any(is_wrong)),
            accounts,
        }
    }

    /// Tells whether nothing is wrong.
    pub(super) fn is_good(&self) -> bool {
        self.good
    }

    pub(super) fn say_as_json(&self) -> Result<(), Failure> {
        output::say_json(self)
    }

    pub(super) fn say_as_table(&self) -> Result<(), Failure> {
        let mut table = Table::new();
        let header = [
            "account",
            "endpoint",
            "key",
            "models",
            "round trip",
            "clock",
        ];
        table.load_style(presets::NOTHING).set_header(header);
        for account in &self.accounts {
            table.add_row(account.row());
        }
        output::say(table.trim_fmt())?;
        for (what, finding) in self.accounts.iter().flat_map(Findings::all) {
            if let Some(note) = &finding.note {
                output::say(format_args!("{}: {what}: {note}", finding.verdict.as_str()))?;
            }
        }
        Ok(())
    }
}
