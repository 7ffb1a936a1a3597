//! What spellings have in common.

/// Writes a name the way in which all of its spellings are the same: in lower case, with hyphens only, and the numbers
/// of a Claude after its family.
pub(crate) fn spelled(name: &str) -> String {
    let hyphened = with_hyphens(&name.to_lowercase());
    let Some(rest) = hyphened.strip_prefix("claude-") else {
        return hyphened;
    };
    // `claude-3-5-sonnet` became `claude-sonnet-4`, and people write either for both.
    let (numbers, words): (Vec<_>, Vec<_>) = rest.split('-').partition(|part| is_number(part));
    let parts = ["claude"].into_iter().chain(words).chain(numbers);
    parts.collect::<Vec<_>>().join("-")
}

fn is_number(part: &str) -> bool {
    (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn with_hyphens(name: &str) -> String {
    let after = name.chars().skip(1).map(Some).chain([None]);
    let mut before = None;
    let mut text = String::with_capacity(name.len());
    for (letter, after) in name.chars().zip(after) {
        let number_follows = after.is_some_and(|after| after.is_ascii_digit());
        let hyphen = match letter {
            '_' | ' ' => true,
            // The point of `4.5`, and not of `anthropic.claude`.
            '.' => number_follows && before.is_some_and(|before: char| before.is_ascii_digit()),
            // The size in `gpt-oss:120b`, and not the variant in `gpt-oss-120b:free`.
            ':' => number_follows,
            _ => false,
        };
        text.push(if hyphen { '-' } else { letter });
        before = Some(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_the_same() {
        let check = |one, other| assert_eq!(spelled(one), spelled(other), "{one} {other}");
        check("claude-3-5-sonnet", "Claude-Sonnet-3.5");
        check("claude-4-5-haiku", "claude-haiku-4.5");
        check("GPT-4.1", "gpt-4-1");
        check("gpt_4.1", "gpt 4.1");
        check("gpt-oss:120b", "gpt-oss-120b");
    }

    #[test]
    fn names_of_different_models_are_not() {
        let check = |one, other| assert_ne!(spelled(one), spelled(other), "{one} {other}");
        check("gpt-5", "gpt-5.1");
        check("claude-sonnet-4-5", "claude-sonnet-5-4");
        check("gpt-oss-120b", "gpt-oss:free");
        check("gpt-4o", "gpt-40");
    }
}
