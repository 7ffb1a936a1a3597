//! Ids of tool calls in the form the account takes.

use std::borrow::Cow;

use super::super::dialect::CallIds;

const LENGTH: usize = 9;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Returns the id to write for `id`: the same for a call and its result.
pub(super) fn write_as(form: CallIds, id: &str) -> Cow<'_, str> {
    match form {
        CallIds::Any => Cow::Borrowed(id),
        CallIds::Nine if is_nine(id) => Cow::Borrowed(id),
        CallIds::Nine => Cow::Owned(nine(id)),
    }
}

fn is_nine(id: &str) -> bool {
    id.len() == LENGTH && id.bytes().all(|c| c.is_ascii_alphanumeric())
}

/// Makes nine letters and digits of any id. Two ids of one conversation collide once in 10^16 pairs.
fn nine(id: &str) -> String {
    let mut rest = fnv1a(id.as_bytes());
    (0..LENGTH)
        .filter_map(|_| {
            let digit = usize::try_from(rest % 62).ok()?;
            rest /= 62;
            DIGITS.get(digit).copied().map(char::from)
        })
        .collect()
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
    fn an_id_that_fits_stays_and_any_other_becomes_nine_letters_and_digits() {
        assert_eq!(write_as(CallIds::Nine, "nqjf8Hqe1"), "nqjf8Hqe1");
        let [first, second] = ["toolu_01A", "toolu_01B"].map(|id| write_as(CallIds::Nine, id));
        assert!(is_nine(&first) && is_nine(&second));
        assert_ne!(first, second);
        assert_eq!(write_as(CallIds::Any, "toolu_01A"), "toolu_01A");
    }
}
