//! Blots out what looks like a key.

/// How the keys in use begin; `Bearer ` is followed by one.
const KEY_PREFIXES: [&str; 7] = ["sk-", "AIza", "Bearer ", "xai-", "gsk_", "hf_", "pplx-"];

/// The fewest characters of a key; shorter words with a key's prefix are left alone.
const MIN_KEY: usize = 8;

/// Replaces all of a key but its prefix by `***`.
pub(super) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, prefix)) = first_prefix(rest) {
        let (before, from_key) = rest.split_at(at + prefix.len());
        let key_len = from_key
            .find(|c: char| !is_key_char(c))
            .unwrap_or(from_key.len());
        let (key, after) = from_key.split_at(key_len);
        out.push_str(before);
        out.push_str(if key_len >= MIN_KEY { "***" } else { key });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn first_prefix(text: &str) -> Option<(usize, &'static str)> {
    KEY_PREFIXES
        .iter()
        .filter_map(|prefix| find_at_word_start(text, prefix).map(|at| (at, *prefix)))
        .min()
}

/// Finds `prefix` where a word begins, so that "risk-averse" is no key.
fn find_at_word_start(text: &str, prefix: &str) -> Option<usize> {
    text.match_indices(prefix).map(|(at, _)| at).find(|at| {
        !text
            .get(..*at)
            .unwrap_or_default()
            .ends_with(|c: char| c.is_ascii_alphanumeric())
    })
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_blotted_out_and_the_words_around_them_stay() {
        let check = |text: &str, expect: &str| assert_eq!(redact(text), expect);
        check("key sk-ant-0123456789 is wrong", "key sk-*** is wrong");
        check("AIzaSyA0123456789", "AIza***");
        check(
            "Authorization: Bearer abcdefghij, sk-abcdefghij",
            "Authorization: Bearer ***, sk-***",
        );
        check(
            "a task-oriented risk-assessment sk-1",
            "a task-oriented risk-assessment sk-1",
        );
        check("ключ sk-0123456789ж", "ключ sk-***ж");
        check("", "");
    }
}
