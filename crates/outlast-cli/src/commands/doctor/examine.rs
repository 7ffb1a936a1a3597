//! What one account is asked, and what its answers mean.

use std::time::{Duration, SystemTime};

use outlast::names::nearest;
use outlast::providers::{Account, Answer, Layout, ListAccess, Preset};
use outlast::{Error, ErrorKind, ModelInfo, ModelPage, ModelsRequest};
use tokio::time::{Instant, timeout_at};

use super::counted::count_each;
use super::report::{Finding, Findings, ModelFinding};

/// How often the list is asked for, to have a median.
const SAMPLES: usize = 3;

/// The difference of clocks that is still right: tokens and signatures bear five minutes, and a margin is left.
const MOST_SKEW: i64 = 60;

/// An account, and what is to be found out about it.
pub(super) struct Patient {
    pub(super) account: Account,
    pub(super) preset: Option<&'static Preset>,
    pub(super) has_key: bool,
    /// The models that routes name.
    pub(super) models: Vec<String>,
}

/// Examines one account within `limit`.
pub(super) async fn examine(patient: Patient, limit: Duration) -> Findings {
    let due = Instant::now() + limit;
    let mut findings = unchecked(&patient);
    let samples = match timeout_at(due, sample(&patient.account)).await {
        Ok(Ok(samples)) => samples,
        Ok(Err(error)) => {
            let mut findings = refused(findings, &error);
            count_instead(&patient, &mut findings, due).await;
            return findings;
        }
        Err(_) => {
            let seconds = limit.as_secs();
            findings.endpoint = Finding::wrong(format!(
                "no list of models from {} within {seconds} s",
                patient.account.base_url()
            ));
            return findings;
        }
    };
    findings.endpoint = Finding::good();
    findings.key = judge_key(&patient);
    findings.round_trip_ms = samples.median();
    (findings.clock, findings.clock_ahead_seconds) = judge_clock(&samples);
    findings.models = match timeout_at(due, check_models(&patient, samples.page)).await {
        Ok(models) => models,
        Err(_) => models_not_checked(&patient.models, "there was no time left"),
    };
    findings
}

/// Asks an account that gave no list about each of its models, if they are asked one by one; one that answers proves the
/// key.
async fn count_instead(patient: &Patient, findings: &mut Findings, due: Instant) {
    let is_refused = findings.endpoint.is_wrong() || findings.key.is_wrong();
    if is_refused || !is_asked_one_by_one(patient) {
        return;
    }
    let counted = count_each(&patient.account, &patient.models);
    if let Ok(models) = timeout_at(due, counted).await {
        if models.iter().any(|model| model.finding.is_good()) {
            findings.endpoint = Finding::good();
            findings.key = Finding::good();
        }
        findings.models = models;
    }
}

fn is_asked_one_by_one(patient: &Patient) -> bool {
    let preset = patient.preset;
    preset.is_some_and(|preset| preset.layout == Layout::Publishers)
}

/// Says of everything that it was not checked.
fn unchecked(patient: &Patient) -> Findings {
    let why = "the account did not answer";
    Findings {
        account: patient.account.name().to_owned(),
        base_url: patient.account.base_url().to_string(),
        endpoint: Finding::not_checked(why),
        key: Finding::not_checked(why),
        clock: Finding::not_checked(why),
        clock_ahead_seconds: None,
        round_trip_ms: None,
        models: models_not_checked(&patient.models, why),
    }
}

fn models_not_checked(models: &[String], why: &str) -> Vec<ModelFinding> {
    let finding = Finding::not_checked(why);
    models
        .iter()
        .map(|model| found(model, finding.clone(), None))
        .collect()
}

fn found(model: &str, finding: Finding, nearest: Option<String>) -> ModelFinding {
    ModelFinding {
        model: model.to_owned(),
        finding,
        nearest,
    }
}

/// The first page of the list, asked for a few times.
struct Samples {
    page: ModelPage,
    round_trips: Vec<Duration>,
    /// How far the provider's clock was ahead each time, in seconds.
    ahead: Vec<i64>,
}

async fn sample(account: &Account) -> Result<Samples, Error> {
    let mut samples = Samples {
        page: ModelPage::default(),
        round_trips: Vec::new(),
        ahead: Vec::new(),
    };
    for _ in 0..SAMPLES {
        let asked = Instant::now();
        let answer = account.models_page(ModelsRequest::first()).await?;
        let round_trip = asked.elapsed();
        samples.round_trips.push(round_trip);
        samples.ahead.extend(ahead(&answer));
        samples.page = answer.reply;
    }
    Ok(samples)
}

/// Tells how many whole seconds the provider's clock was ahead of ours when its answer came.
fn ahead(answer: &Answer<ModelPage>) -> Option<i64> {
    let seconds = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    };
    Some(seconds(answer.date?)? - seconds(answer.received)?)
}

impl Samples {
    fn median(&self) -> Option<u64> {
        let mut sorted = self.round_trips.clone();
        sorted.sort();
        let median = sorted.get(sorted.len() / 2)?;
        u64::try_from(median.as_millis()).ok()
    }
}

/// Judges an account that gave no list.
fn refused(mut findings: Findings, error: &Error) -> Findings {
    let said = words(error);
    match error.kind() {
        ErrorKind::Unauthenticated => {
            findings.endpoint = Finding::good();
            findings.key = Finding::wrong(said);
        }
        // A key may be made for calls alone.
        ErrorKind::PermissionDenied => {
            findings.endpoint = Finding::good();
            findings.key = Finding::not_checked(format!("it may not list models: {said}"));
        }
        ErrorKind::ModelNotFound | ErrorKind::InvalidRequest | ErrorKind::Unsupported => {
            let why = format!("it answers, but has no list of models: {said}");
            findings.endpoint = Finding::not_checked(why);
        }
        _ => findings.endpoint = Finding::wrong(said),
    }
    findings
}

/// Puts an error into words, without whose it is: the report says that already.
fn words(error: &Error) -> String {
    let words = error.to_string();
    let whose = error.target().map(|target| format!("{target}: "));
    match whose.and_then(|whose| words.strip_prefix(&whose).map(str::to_owned)) {
        Some(rest) => rest,
        None => words,
    }
}

fn judge_key(patient: &Patient) -> Finding {
    let is_proof = patient
        .preset
        .is_some_and(|preset| preset.list == ListAccess::WithKey);
    if !patient.has_key {
        return Finding::not_checked("the account has no key, and its list needs none");
    }
    if is_proof {
        Finding::good()
    } else {
        Finding::not_checked("the provider may show its list of models without a key, too")
    }
}

fn judge_clock(samples: &Samples) -> (Finding, Option<i64>) {
    let Some(ahead) = samples
        .ahead
        .iter()
        .copied()
        .min_by_key(|ahead| ahead.abs())
    else {
        return (Finding::not_checked("its replies have no date"), None);
    };
    let finding = if ahead.abs() <= MOST_SKEW {
        Finding::good()
    } else {
        let seconds = ahead.abs();
        let which = if ahead > 0 { "behind" } else { "ahead of" };
        Finding::wrong(format!(
            "the clock of this machine is {seconds} s {which} the provider's: set it right, or signatures and tokens will fail"
        ))
    };
    (finding, Some(ahead))
}

async fn check_models(patient: &Patient, first: ModelPage) -> Vec<ModelFinding> {
    if patient.models.is_empty() {
        return Vec::new();
    }
    if is_asked_one_by_one(patient) {
        return count_each(&patient.account, &patient.models).await;
    }
    let has_deployments = patient
        .preset
        .is_some_and(|preset| preset.layout != Layout::Flat || preset.name.starts_with("azure"));
    if has_deployments {
        let why = "the names are those of deployments, which its list does not have";
        return models_not_checked(&patient.models, why);
    }
    let listed = match first.next {
        None => first.models,
        Some(_) => match patient.account.models().await {
            Ok(models) => models,
            Err(error) => return models_not_checked(&patient.models, &words(&error)),
        },
    };
    let mut findings = Vec::new();
    for model in &patient.models {
        findings.push(check_model(&patient.account, model, &listed).await);
    }
    findings
}

/// Looks for a model in the list. One that is not there may still be known under another name: the account is asked.
async fn check_model(account: &Account, model: &str, listed: &[ModelInfo]) -> ModelFinding {
    if listed.iter().any(|listed| listed.is_called(model)) {
        return found(model, Finding::good(), None);
    }
    let names = listed
        .iter()
        .flat_map(|listed| std::iter::once(&listed.id).chain(&listed.aliases));
    let nearest = nearest(model, names.map(String::as_str)).map(str::to_owned);
    let hint = match &nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`outlast models --live` lists those it has".to_owned(),
    };
    let finding = match account.find_model(model).await {
        Ok(_) => return found(model, Finding::good(), None),
        Err(error) if error.kind() == ErrorKind::ModelNotFound => {
            Finding::wrong(format!("the account has no such model; {hint}"))
        }
        Err(error) => Finding::not_checked(format!(
            "it is not in the list ({hint}), and the account does not tell more: {}",
            error.kind().describe()
        )),
    };
    found(model, finding, nearest)
}
