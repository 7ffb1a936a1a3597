//! Words that go to people: nothing in them can move a cursor, fake a line or begin a mention.

use std::time::{Duration, SystemTime};

/// The most characters of an id that somebody else made up.
const MAX_ID: usize = 64;

/// Escapes what is no printable character, and cuts after `most` characters.
///
/// Besides the control characters that is what turns the direction of writing: names in a configuration are free text.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    let mut left = most;
    for c in text.chars() {
        let (shown, width) = if is_unprintable(c) {
            let shown = c.escape_unicode();
            (shown.to_string(), shown.len())
        } else {
            (c.to_string(), 1)
        };
        if width > left {
            // The last character says that something is missing.
            out.pop();
            out.push('…');
            break;
        }
        left -= width;
        out.push_str(&shown);
    }
    out
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Tells whether an id that a provider made up can be passed on: it is short and has nothing in it but what ids are
/// made of.
pub(crate) fn is_plain_id(id: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !id.is_empty() && id.len() <= MAX_ID && id.chars().all(is_plain)
}

/// Writes a date as RFC 3339 in UTC, to the second.
pub(crate) fn date(at: SystemTime) -> String {
    let seconds = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .unwrap_or_default()
        .to_string()
}

/// Writes a time in its two largest units.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest}s"),
        _ => format!("{hours}h {minutes}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_or_turns_the_writing_is_escaped() {
        assert_eq!(printable("a\n\u{1b}[31mb", 50), "a\\u{a}\\u{1b}[31mb");
        assert_eq!(printable("x\u{202e}y\u{200b}", 50), "x\\u{202e}y\\u{200b}");
        assert_eq!(printable("Zürich/模型", 50), "Zürich/模型");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(printable("abcdef", 6), "abcdef");
        assert_eq!(printable("abcdefg", 6), "abcde…");
        assert!(printable(&"\u{7}".repeat(9), 16).chars().count() <= 16);
    }

    #[test]
    fn only_plain_ids_are_passed_on() {
        assert!(is_plain_id("req_011CV-x.y:z"));
        for id in ["", "a b", "a\nb", "<!channel>", &"x".repeat(65)] {
            assert!(!is_plain_id(id), "{id}");
        }
    }

    #[test]
    fn times_are_written_for_people() {
        let seconds = |n| duration(Duration::from_secs(n));
        assert_eq!(
            [seconds(5), seconds(65), seconds(15_780)],
            ["5s", "1m 5s", "4h 23m"]
        );
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_000_000_700);
        assert_eq!(date(at), "2025-11-24T16:00:00Z");
    }
}
