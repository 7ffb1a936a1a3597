//! Strings and numbers, and the types of values.

use outlast_types::Error;
use serde_json::{Map, Number, Value};

use super::flat::types;
use super::{count, refused};

/// What a string says where nothing is asked of it.
const USUAL_TEXT: &str = "text";

/// Returns the type to make: the first that is named, `null` only where there is no other; or else the one that the
/// other keywords speak of.
pub(super) fn type_of(schema: &Map<String, Value>) -> Option<&str> {
    if let Some(kind) = schema.get("type") {
        let kinds = types(kind);
        let first = kinds.iter().find(|kind| **kind != "null");
        // Two types that exclude each other leave none: a name that no type has.
        return Some(first.or(kinds.first()).copied().unwrap_or("nothing"));
    }
    const SPEAKING: [(&str, &[&str]); 4] = [
        (
            "object",
            &[
                "properties",
                "required",
                "additionalProperties",
                "minProperties",
            ],
        ),
        ("array", &["items", "prefixItems", "contains", "minItems"]),
        ("string", &["minLength", "maxLength", "format"]),
        (
            "number",
            &[
                "minimum",
                "exclusiveMinimum",
                "maximum",
                "exclusiveMaximum",
                "multipleOf",
            ],
        ),
    ];
    let speaks = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    SPEAKING
        .into_iter()
        .find(|(_, keywords)| speaks(keywords))
        .map(|(kind, _)| kind)
}

/// Tells whether a value of `enum` or `const` fits the type and the limits beside it.
pub(super) fn fits(value: &Value, schema: &Map<String, Value>) -> bool {
    let within = match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| {
            let multiple = schema.get("multipleOf").and_then(Value::as_f64);
            Range::read(schema).holds(number)
                && multiple.is_none_or(|step| (number / step).fract() == 0.0)
        }),
        Value::String(text) => {
            let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
            let chars = text.chars().count() as u64;
            limit("minLength").is_none_or(|fewest| chars >= fewest)
                && limit("maxLength").is_none_or(|most| chars <= most)
        }
        _ => true,
    };
    within && has_type(value, schema)
}

fn has_type(value: &Value, schema: &Map<String, Value>) -> bool {
    let Some(kind) = schema.get("type") else {
        return true;
    };
    types(kind).into_iter().any(|kind| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    })
}

/// Makes a string. A format says more than the limits on its length, and they are not looked at beside one.
pub(super) fn string(schema: &Map<String, Value>, variant: u64) -> Result<String, Error> {
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(text) = format.and_then(|format| formatted(format, variant)) {
        return Ok(text);
    }
    let fewest = count(schema, "minLength")?.unwrap_or(0);
    let most = count(schema, "maxLength")?.unwrap_or(u64::MAX);
    if most < fewest {
        return Err(refused("a string must be longer than it may be"));
    }
    let mut text = match variant {
        0 => USUAL_TEXT.to_owned(),
        _ => format!("{USUAL_TEXT}{variant}"),
    };
    // The end is what tells variants apart.
    let excess = (text.len() as u64).saturating_sub(most);
    text.drain(..usize::try_from(excess).unwrap_or(usize::MAX));
    let missing = fewest.saturating_sub(text.len() as u64);
    let padding = usize::try_from(missing).unwrap_or(usize::MAX);
    Ok("x".repeat(padding) + &text)
}

fn formatted(format: &str, variant: u64) -> Option<String> {
    let day = 1 + variant % 28;
    Some(match format {
        "date-time" => format!("2025-01-{day:02}T12:00:00Z"),
        "date" => format!("2025-01-{day:02}"),
        "time" => format!("12:00:{:02}Z", variant % 60),
        "duration" => format!("P{day}D"),
        "email" | "idn-email" => format!("user{variant}@example.com"),
        "hostname" | "idn-hostname" => format!("host{variant}.example.com"),
        "uri" | "iri" | "url" => format!("https://example.com/{variant}"),
        "uri-reference" | "iri-reference" => format!("/{variant}"),
        "uuid" => format!("00000000-0000-4000-8000-{variant:012}"),
        "ipv4" => format!("192.0.2.{}", variant % 256),
        "ipv6" => format!("2001:db8::{:x}", variant % 65_536),
        "json-pointer" => format!("/{variant}"),
        "regex" => format!("a{variant}"),
        _ => return None,
    })
}

/// Makes a number: 0 if it may be, else one near the limits.
pub(super) fn number(
    schema: &Map<String, Value>,
    integer: bool,
    variant: u64,
) -> Result<Value, Error> {
    let range = Range::read(schema);
    let step = step(schema, integer)?;
    let variant = variant as f64;
    let candidates = match step {
        Some(step) => range.multiples(step, variant),
        None => range.points(variant),
    };
    let fits = |number: &f64| range.holds(*number);
    let found = candidates.into_iter().find(fits);
    found
        .and_then(to_json)
        .ok_or_else(|| refused("no number is within its limits"))
}

/// Returns the distance between the numbers that are allowed; `None` if they lie dense.
fn step(schema: &Map<String, Value>, integer: bool) -> Result<Option<f64>, Error> {
    let multiple = schema.get("multipleOf").and_then(Value::as_f64);
    match multiple {
        Some(step) if step.is_nan() || step <= 0.0 => Err(refused("`multipleOf` is not above 0")),
        Some(step) if integer => {
            let whole = (1..=1000).map(|times| step * f64::from(times));
            let mut whole = whole.filter(|step| step.fract() == 0.0);
            whole
                .next()
                .map(Some)
                .ok_or_else(|| refused("no integer is a multiple of its `multipleOf`"))
        }
        Some(step) => Ok(Some(step)),
        None => Ok(integer.then_some(1.0)),
    }
}

/// The numbers that are allowed.
struct Range {
    low: f64,
    high: f64,
    /// Whether the ends themselves are left out.
    without_low: bool,
    without_high: bool,
}

impl Range {
    fn read(schema: &Map<String, Value>) -> Self {
        let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let low = limit("minimum").unwrap_or(f64::NEG_INFINITY);
        let high = limit("maximum").unwrap_or(f64::INFINITY);
        let above = limit("exclusiveMinimum").unwrap_or(f64::NEG_INFINITY);
        let below = limit("exclusiveMaximum").unwrap_or(f64::INFINITY);
        Self {
            low: low.max(above),
            high: high.min(below),
            without_low: above >= low,
            without_high: below <= high,
        }
    }

    fn holds(&self, number: f64) -> bool {
        let above = number > self.low || (number == self.low && !self.without_low);
        let below = number < self.high || (number == self.high && !self.without_high);
        number.is_finite() && above && below
    }

    /// Returns multiples of `step` that may be in it: counted from 0, from its lower end up and from its upper end down.
    fn multiples(&self, step: f64, variant: f64) -> Vec<f64> {
        let up = (self.low / step).ceil();
        let down = (self.high / step).floor();
        let counts = if self.holds(0.0) {
            vec![variant, -variant]
        } else {
            vec![
                up + variant,
                up + variant + 1.0,
                down - variant,
                down - variant - 1.0,
            ]
        };
        counts.into_iter().map(|count| count * step).collect()
    }

    /// Returns numbers that may be in it.
    fn points(&self, variant: f64) -> Vec<f64> {
        let between = self.low + (self.high - self.low) / (variant + 2.0);
        let first = if self.holds(0.0) { variant } else { f64::NAN };
        vec![
            first,
            self.low + variant,
            self.low + variant + 1.0,
            self.high - variant,
            self.high - variant - 1.0,
            between,
        ]
    }
}

/// Writes a whole number without a fraction.
fn to_json(number: f64) -> Option<Value> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < MAX_EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below 2^53, checked above"
        )]
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}
