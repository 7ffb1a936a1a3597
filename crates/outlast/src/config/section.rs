//! Reads the fields of one table, and knows which it had none of.

use std::time::Duration;

use outlast_types::Money;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Report, Span};
use super::suggest::hint;

/// A value and where it stands.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// One table of the file. Each field that is read becomes known; what is left over at the end is unknown.
pub(super) struct Section<'a> {
    name: String,
    span: Span,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    accepts_all: bool,
}

impl<'a> Section<'a> {
    /// Reads the table `name`, such as `[policy]`.
    pub(super) fn new(name: impl Into<String>, span: Span, table: &'a DeTable<'a>) -> Self {
        Self {
            name: name.into(),
            span,
            table,
            known: Vec::new(),
            accepts_all: false,
        }
    }

    /// Reads `value` as the table `name`.
    pub(super) fn of(
        name: impl Into<String>,
        value: &'a Value<'a>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let name = name.into();
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(name, value.span(), table)),
            other => {
                report.add(
                    value.span(),
                    format!("{name} must be a table and is {}", describe(other)),
                );
                None
            }
        }
    }

    /// Where the table stands.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Where the field `name` stands, or else the table.
    pub(super) fn span_of(&self, name: &str) -> Span {
        self.table
            .get(name)
            .map_or_else(|| self.span(), |value| value.span())
    }

    /// Tells whether the field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Tells whether there is no field at all.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns a field as it is.
    pub(super) fn value(&mut self, name: &'static str) -> Option<&'a Value<'a>> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.table.get(name)
    }

    /// Returns all fields, for a table whose keys are names of the file's author; in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'a str, Span, &'a Value<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(name, value)| (&**name.get_ref(), name.span(), value))
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// Returns a table within this one.
    pub(super) fn section(
        &mut self,
        name: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Section<'a>> {
        let value = self.value(name)?;
        let full_name = match self.name.as_str() {
            "" => format!("[{name}]"),
            parent => format!("{}.{name}]", parent.trim_end_matches(']')),
        };
        Section::of(full_name, value, report)
    }

    /// Returns a text.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Spanned<&'a str>> {
        let value = self.value(name)?;
        let text = value.get_ref().as_str();
        self.expect(name, value, "a text", text, report)
            .map(|text| Spanned::new(value.span(), text))
    }

    /// Returns what one of a few words stands for.
    pub(super) fn word<T: Copy, const N: usize>(
        &mut self,
        name: &'static str,
        words: [(&'static str, T); N],
        report: &mut Report<'_>,
    ) -> Option<T> {
        let text = self.text(name, report)?;
        let given = *text.get_ref();
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == given) {
            return Some(*value);
        }
        let hint = hint(given, words.map(|(word, _)| word));
        let given = given.escape_debug();
        let message = format!("unknown value \"{given}\" of `{name}`: {hint}");
        report.add(text.span(), message);
        None
    }

    /// Returns true or false.
    pub(super) fn flag(&mut self, name: &'static str, report: &mut Report<'_>) -> Option<bool> {
        let value = self.value(name)?;
        self.expect(
            name,
            value,
            "true or false",
            value.get_ref().as_bool(),
            report,
        )
    }

    /// Returns a whole number of at least `least` and at most `most`.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        (least, most): (u64, u64),
        report: &mut Report<'_>,
    ) -> Option<u64> {
        let value = self.value(name)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (least..=most).contains(number));
        self.expect(
            name,
            value,
            &format!("a whole number from {least} to {most}"),
            number,
            report,
        )
    }

    /// Returns an amount of US dollars, at most a million, exactly as it is written.
    pub(super) fn dollars(&mut self, name: &'static str, report: &mut Report<'_>) -> Option<Money> {
        let value = self.value(name)?;
        let amount = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => exact_dollars(number.as_str()),
            DeValue::Float(number) => exact_dollars(number.as_str()),
            _ => None,
        };
        let what = "an amount of US dollars, such as 3 or 0.25";
        self.expect(name, value, what, amount, report)
    }

    /// Returns a time such as `"20s"`, longer than zero.
    pub(super) fn duration(
        &mut self,
        name: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Duration> {
        let value = self.value(name)?;
        let duration = value
            .get_ref()
            .as_str()
            .and_then(|text| humantime::parse_duration(text).ok())
            .filter(|duration| !duration.is_zero());
        self.expect(
            name,
            value,
            "a time longer than zero with its unit, such as \"20s\" or \"1m 30s\"",
            duration,
            report,
        )
    }

    /// Returns a list.
    pub(super) fn list(
        &mut self,
        name: &'static str,
        report: &mut Report<'_>,
    ) -> Option<&'a [Value<'a>]> {
        let value = self.value(name)?;
        let list = value.get_ref().as_array().map(|list| &**list);
        self.expect(name, value, "a list in brackets", list, report)
    }

    fn expect<T>(
        &self,
        name: &str,
        value: &Value<'_>,
        what: &str,
        found: Option<T>,
        report: &mut Report<'_>,
    ) -> Option<T> {
        if found.is_none() {
            let is = describe(value.get_ref());
            report.add(
                value.span(),
                format!("`{name}` must be {what}, and is {is}"),
            );
        }
        found
    }

    /// Accepts all fields that are there: what they would mean is not known.
    pub(super) fn ignore_rest(&mut self) {
        self.accepts_all = true;
    }

    /// Refuses the fields that nobody has read.
    pub(super) fn finish(self, report: &mut Report<'_>) {
        for (field, span, _) in self.entries() {
            if self.accepts_all || self.known.contains(&field) {
                continue;
            }
            let place = match self.name.as_str() {
                "" => String::new(),
                name => format!(" in {name}"),
            };
            let hint = hint(field, self.known.iter().copied());
            report.add(span, format!("unknown field `{field}`{place}: {hint}"));
        }
    }
}

/// Reads an amount with up to 12 digits after the point.
fn exact_dollars(text: &str) -> Option<Money> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || fraction.len() > 12 {
        return None;
    }
    let pico = format!("{whole}{fraction:0<12}");
    let pico = digits(&pico).then(|| pico.parse().ok())??;
    let amount = Money::from_pico_usd(pico);
    (amount <= Money::from_usd(1_000_000)).then_some(amount)
}

/// Describes a value for a message. A text is not quoted, for it may be a secret in the wrong place.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::String(text) if is_time(text) => format!("\"{text}\""),
        DeValue::String(_) => "another text".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Tells whether a text is a number with or without a unit, which no key is.
fn is_time(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "-. hms".contains(c);
    text.len() <= 16 && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_last_digit() {
        let written = |text| exact_dollars(text).map(|amount| amount.to_string());
        for (text, amount) in [
            ("3", "$3.00"),
            ("0.42", "$0.42"),
            ("0.000000000001", "$0.000000000001"),
            ("1000000", "$1000000.00"),
        ] {
            assert_eq!(written(text).as_deref(), Some(amount));
        }
        for text in [
            "",
            ".5",
            "-1",
            "+1",
            "1e3",
            "nan",
            "1000000.1",
            "0.0000000000001",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
