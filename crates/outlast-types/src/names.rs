//! Which name somebody may have meant.

/// The most characters of a name that are compared.
const LONGEST: usize = 100;

/// Counts the characters that must be added, dropped, changed or swapped with their neighbour to turn one name into the
/// other. Case does not count, and nothing after the 100th character.
pub fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&shortened(one), &shortened(other))
}

fn shortened(name: &str) -> String {
    let letters = name.chars().take(LONGEST);
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the name that `wrong` was probably meant to be: the nearest of those that differ in at most a third of its
/// letters.
///
/// ```
/// use outlast_types::names::nearest;
///
/// let names = ["claude-sonnet-4-5", "claude-haiku-4-5"];
/// assert_eq!(nearest("claude-sonet-4-5", names), Some("claude-sonnet-4-5"));
/// assert_eq!(nearest("gpt-5", names), None);
/// ```
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_the_number_of_changes() {
        let check = |one: &str, other: &str, expected| {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        };
        check("", "", 0);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("default", "defualt", 1);
        check("GPT", "gpt", 0);
        check("größe", "grösse", 2);
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let fields = ["kind", "base_url", "api_key"];
        let check = |wrong, expect| assert_eq!(nearest(wrong, fields), expect, "{wrong}");
        check("base_ulr", Some("base_url"));
        check("baseurl", Some("base_url"));
        check("apikey", Some("api_key"));
        check("knid", Some("kind"));
        check("timeout", None);
        check("", None);
    }
}
