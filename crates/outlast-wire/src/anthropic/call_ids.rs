//! Ids of tool calls in the form Anthropic takes.

use std::borrow::Cow;

/// Makes any id one that matches `^[a-zA-Z0-9_-]+$`.
pub(crate) fn valid(id: &str) -> Cow<'_, str> {
    if id.is_empty() {
        return Cow::Borrowed("call");
    }
    if id.bytes().all(is_valid) {
        return Cow::Borrowed(id);
    }
    let replace = |c: char| {
        u8::try_from(c)
            .ok()
            .filter(|c| is_valid(*c))
            .map_or('_', char::from)
    };
    Cow::Owned(id.chars().map(replace).collect())
}

fn is_valid(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_ids::CallIds;

    #[test]
    fn an_id_that_fits_stays_and_one_that_does_not_is_changed_for_call_and_result_alike() {
        let mut ids = CallIds::new(valid);
        assert_eq!(ids.of_call("toolu_01"), "toolu_01");
        assert_eq!(ids.of_call("functions.f:0"), "functions_f_0");
        assert_eq!(ids.of_result("functions.f:0"), "functions_f_0");
        assert_eq!(ids.of_result("toolu_01"), "toolu_01");
    }

    #[test]
    fn equal_ids_are_told_apart_and_answered_in_order() {
        let mut ids = CallIds::new(valid);
        let calls = [
            ids.of_call(""),
            ids.of_call(""),
            ids.of_call("a.b"),
            ids.of_call("a:b"),
        ];
        assert_eq!(calls, ["call", "call_1", "a_b", "a_b_1"]);
        assert_eq!([ids.of_result(""), ids.of_result("")], ["call", "call_1"]);
        assert_eq!(
            [ids.of_result("a:b"), ids.of_result("a.b")],
            ["a_b_1", "a_b"]
        );

        assert_eq!(ids.of_call("a.b"), "a_b_2");
        assert_eq!(ids.of_result("a.b"), "a_b_2");
    }

    #[test]
    fn a_result_without_a_call_has_a_valid_id_too() {
        assert_eq!(CallIds::new(valid).of_result("ж"), "_");
    }
}
