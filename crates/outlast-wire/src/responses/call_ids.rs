//! Ids of tool calls in the form OpenAI takes.

use std::borrow::Cow;

use crate::call_ids::short;

/// "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64".
const MAX_LEN: usize = 64;

/// Makes any id one that is not empty and not too long.
pub(super) fn fit(id: &str) -> Cow<'_, str> {
    short(id, MAX_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_fits_stays_and_one_that_is_too_long_becomes_a_short_one() {
        assert_eq!(fit("toolu_01"), "toolu_01");
        assert_eq!(fit(""), "call");
        let [first, second] = ["a", "b"].map(|end| fit(&("x".repeat(80) + end)).into_owned());
        assert!(first.len() <= MAX_LEN && second.len() <= MAX_LEN);
        assert_ne!(first, second);
    }
}
