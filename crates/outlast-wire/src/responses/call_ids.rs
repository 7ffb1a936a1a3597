//! Ids of tool calls in the form OpenAI takes.

use std::borrow::Cow;

/// "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64".
const MAX_LEN: usize = 64;

/// Makes any id one that is not empty and not too long.
pub(super) fn fit(id: &str) -> Cow<'_, str> {
    match id.len() {
        0 => Cow::Borrowed("call"),
        1..=MAX_LEN => Cow::Borrowed(id),
        _ => Cow::Owned(format!("call_{:016x}", fnv1a(id.as_bytes()))),
    }
}

/// Hashes bytes, the same in every run: a result may be written by another process than its call.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
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
