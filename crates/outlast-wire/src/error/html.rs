//! Pages for people where a program was meant.

/// The most characters of a title that are kept.
const MAX_TITLE: usize = 200;

/// Returns the title of `text` if it is an HTML page: gateways and content networks answer with one when they fail.
/// A page without a title is "an HTML page".
///
/// ```
/// use outlast_wire::error::html_title;
///
/// let page = "<!DOCTYPE html>\n<html><head><title>\n502 Bad\n Gateway</title></head>";
/// assert_eq!(html_title(page).as_deref(), Some("502 Bad Gateway"));
/// assert_eq!(html_title("{\"error\": 1}"), None);
/// ```
pub fn html_title(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if !text.starts_with('<') {
        return None;
    }
    let title = between(text, "<title", "</title")
        .and_then(|title| title.split_once('>'))
        .map(|(_, title)| one_line(title))
        .filter(|title| !title.is_empty());
    Some(title.unwrap_or_else(|| "an HTML page".to_owned()))
}

/// Returns what stands between two tags, whatever their case.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    // ASCII case does not move byte positions.
    let lower = text.to_ascii_lowercase();
    let start = lower.find(open)? + open.len();
    let len = lower.get(start..)?.find(close)?;
    text.get(start..start + len)
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TITLE).collect()
}
