//! Ids of tool calls in the form the account takes.

use std::borrow::Cow;

use super::super::dialect::CallIds as Form;
use crate::call_ids::{CallIds, fnv1a, short};

/// "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40".
const MAX_LEN: usize = 40;

const LENGTH: usize = 9;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Gives ids of this form; `own` tells that the request came in this protocol.
pub(super) fn ids<'a>(form: Form, own: bool) -> CallIds<'a> {
    match form {
        Form::Any => CallIds::unless_own(own, up_to_forty),
        Form::Nine if own => CallIds::Fit(nine),
        Form::Nine => CallIds::new(nine),
    }
}

fn up_to_forty(id: &str) -> Cow<'_, str> {
    short(id, MAX_LEN)
}

/// Makes nine letters and digits of any id. Two ids of one conversation collide once in 10^16 pairs.
fn nine(id: &str) -> Cow<'_, str> {
    if id.len() == LENGTH && id.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let mut rest = fnv1a(id.bytes());
    let digits = (0..LENGTH).filter_map(|_| {
        let digit = usize::try_from(rest % 62).ok()?;
        rest /= 62;
        DIGITS.get(digit).copied().map(char::from)
    });
    Cow::Owned(digits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_nine(id: &str) -> bool {
        id.len() == LENGTH && id.bytes().all(|c| c.is_ascii_alphanumeric())
    }

    #[test]
    fn an_id_that_fits_stays_and_any_other_becomes_nine_letters_and_digits() {
        let mut given = ids(Form::Nine, true);
        assert_eq!(given.of_call("nqjf8Hqe1"), "nqjf8Hqe1");
        let [first, second] = ["toolu_01A", "toolu_01B"].map(|id| given.of_call(id));
        assert!(is_nine(&first) && is_nine(&second));
        assert_ne!(first, second);
        assert_eq!(given.of_result("toolu_01A"), first);
    }

    #[test]
    fn calls_of_another_protocol_have_ids_of_their_own() {
        let long = "x".repeat(41);
        for form in [Form::Any, Form::Nine] {
            let mut given = ids(form, false);
            let calls = ["", "", &long, "a", "a"].map(|id| given.of_call(id));
            let results = ["", "", &long, "a", "a"].map(|id| given.of_result(id));
            assert_eq!(calls, results);
            let distinct: std::collections::HashSet<_> = calls.iter().collect();
            assert_eq!(distinct.len(), calls.len(), "{calls:?}");
            assert!(calls.iter().all(|id| (1..=MAX_LEN).contains(&id.len())));
            assert!(form == Form::Any || calls.iter().all(|id| is_nine(id)));
        }
    }

    #[test]
    fn ids_of_this_protocol_stay_as_they_were_written() {
        let mut given = ids(Form::Any, true);
        assert_eq!(
            ["", "a", "a"].map(|id| given.of_call(id).into_owned()),
            ["", "a", "a"]
        );
    }
}
