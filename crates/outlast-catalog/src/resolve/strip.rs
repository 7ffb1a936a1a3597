//! What vendors, clouds and resellers write around a model's name.

use super::Match;

/// Takes something off a name, or finds nothing to take off.
type Strip = fn(&str) -> Option<&str>;

/// In this order; each as often as it applies.
pub(super) const STEPS: [(Match, Strip); 10] = [
    (Match::FineTune, base_of_fine_tune),
    (Match::Provider, after_slash),
    (Match::Platform, without_region),
    (Match::Platform, without_vendor),
    (Match::Platform, without_version),
    (Match::Platform, without_default),
    (Match::Variant, without_variant),
    (Match::Snapshot, without_date),
    (Match::Latest, without_latest),
    (Match::Preview, without_preview),
];

/// Geographies of Bedrock's inference profiles:
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>.
const REGIONS: [&str; 8] = ["us", "eu", "apac", "global", "jp", "au", "ca", "us-gov"];

/// Vendors before the model's name at Amazon Bedrock, and of clouds that write it so.
const VENDORS: [&str; 15] = [
    "anthropic.",
    "amazon.",
    "openai.",
    "meta.",
    "mistral.",
    "deepseek.",
    "cohere.",
    "qwen.",
    "moonshotai.",
    "moonshot.",
    "minimax.",
    "zai.",
    "google.",
    "databricks-",
    "zai-",
];

/// The region that [`without_region`] would take off.
pub(super) fn region(name: &str) -> Option<&str> {
    let (region, rest) = name.split_once('.')?;
    let of_vendor = VENDORS.iter().any(|vendor| rest.starts_with(vendor));
    (of_vendor && REGIONS.contains(&region)).then_some(region)
}

/// `ft:gpt-4o-mini-2024-07-18:my-org::id`.
fn base_of_fine_tune(name: &str) -> Option<&str> {
    name.strip_prefix("ft:")?.split(':').next()
}

fn after_slash(name: &str) -> Option<&str> {
    name.split_once('/').map(|(_, rest)| rest)
}

fn without_region(name: &str) -> Option<&str> {
    name.get(region(name)?.len() + 1..)
}

fn without_vendor(name: &str) -> Option<&str> {
    VENDORS.iter().find_map(|vendor| name.strip_prefix(vendor))
}

/// `-v1:0`, `-v1`, `-1:0`; a second version is another model, unless a date says so already.
fn without_version(name: &str) -> Option<&str> {
    if let Some(base) = name.strip_suffix("-1:0") {
        return Some(base);
    }
    let (base, version) = name.rsplit_once("-v")?;
    let (major, minor) = version.split_once(':').unwrap_or((version, "0"));
    let second_or_later = major != "1" && is_digits(major);
    let dated = || without_date(base).is_some();
    (is_digits(minor) && (major == "1" || (second_or_later && dated()))).then_some(base)
}

fn without_default(name: &str) -> Option<&str> {
    name.strip_suffix("@default")
}

/// `:free`, `:nitro`, `:groq`.
fn without_variant(name: &str) -> Option<&str> {
    let (base, variant) = name.rsplit_once(':')?;
    variant
        .starts_with(|first: char| first.is_ascii_alphabetic())
        .then_some(base)
}

/// `-20250929`, `@20250929`, `-2025-09-29`, `_2025-09-29`, `-001`.
///
/// Four digits are no date: `gpt-4-1106-preview` is another model than `gpt-4`.
fn without_date(name: &str) -> Option<&str> {
    let cut = |length: usize| {
        let (base, tail) = name.split_at_checked(name.len().checked_sub(length)?)?;
        let date = tail.strip_prefix(['-', '@', '_'])?;
        Some((base, date))
    };
    let dated = |length| cut(length).filter(|(_, date)| is_date(date));
    let numbered = || cut(4).filter(|(_, number)| number.starts_with("00") && is_digits(number));
    (dated(11).or_else(|| dated(9)).or_else(numbered)).map(|(base, _)| base)
}

fn is_date(text: &str) -> bool {
    let digits = text.replace('-', "");
    let hyphens = text.len() == 8 || (text.get(4..5) == Some("-") && text.get(7..8) == Some("-"));
    let within = |range: std::ops::Range<usize>, low: u32, high: u32| {
        let number = digits.get(range).and_then(|part| part.parse().ok());
        number.is_some_and(|number: u32| (low..=high).contains(&number))
    };
    digits.len() == 8
        && hyphens
        && is_digits(&digits)
        && within(0..4, 2020, 2099)
        && within(4..6, 1, 12)
        && within(6..8, 1, 31)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_latest(name: &str) -> Option<&str> {
    name.strip_suffix("-latest")
}

/// `-preview`, `-exp`, `-preview-05-20`, `-preview-09-2025`.
fn without_preview(name: &str) -> Option<&str> {
    let ends = || {
        name.strip_suffix("-preview")
            .or_else(|| name.strip_suffix("-exp"))
    };
    let dated = || {
        let (base, date) = name.rsplit_once("-preview-")?;
        let mut parts = date.split('-');
        (parts.clone().count() == 2 && parts.all(|part| !part.is_empty() && is_digits(part)))
            .then_some(base)
    };
    ends().or_else(dated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_are_taken_for_dates() {
        let check = |name, expect| assert_eq!(without_date(name), expect, "{name}");
        check("a-20250929", Some("a"));
        check("a@20250929", Some("a"));
        check("a-2025-09-29", Some("a"));
        check("a_2025-09-29", Some("a"));
        check("a-001", Some("a"));
        check("a-0613", None);
        check("a-20251329", None);
        check("a-12345678", None);
        check("a-2025-0929", None);
        check("20250929", None);
        check("é-2025092", None);
        check("", None);
    }

    #[test]
    fn a_second_version_is_another_model() {
        let check = |name, expect| assert_eq!(without_version(name), expect, "{name}");
        check("nova-pro-v1:0", Some("nova-pro"));
        check("nova-pro-v2:0", None);
        check("x-20241022-v2:0", Some("x-20241022"));
        check("deepseek-v3", None);
        check("claude-opus-4-6-v1", Some("claude-opus-4-6"));
        check("gpt-oss-120b-1:0", Some("gpt-oss-120b"));
        check("x-v1:0:200k", None);
    }
}
