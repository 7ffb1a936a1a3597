//! Scripts as they are written, and what is said about mistakes in them.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use outlast_sim::Script;

#[track_caller]
fn check_error(toml: &str, line: usize, words: &str) {
    let error = Script::parse(toml).unwrap_err();
    assert_eq!(error.line(), Some(line), "{error}");
    assert!(error.message().contains(words), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[test]
fn a_mistake_is_named_with_its_line_and_the_way_out() {
    check_error(
        "[[rule]]\nstatus = 503\nstaus = 500",
        3,
        "did you mean `status`",
    );
    check_error("[anser]\nwords = 3", 1, "did you mean `answer`");
    check_error("[answer]\nwords = \"many\"", 2, "expected a whole number");
    check_error(
        "[answer]\n\nfirst_token = \"soon\"",
        3,
        "write it like \"250ms\"",
    );
    check_error("[answer]\nfirst_token = \"8days\"", 2, "the most is 7 days");
    check_error("[[rule]]\nstatus = 99", 2, "use 200 to 599");
    check_error("[[rule]]\nprobability = 1.5\nhang = true", 2, "from 0 to 1");
    check_error(
        "[[rule]]\nheaders = { \"a b\" = \"c\" }",
        2,
        "no name of an HTTP header",
    );
    check_error(
        "[[rule]]\ncut = { after = 3, by = \"knife\" }",
        2,
        "`reset`, `close`, `end`",
    );
    check_error("[[rule]]\ncut = { by = \"reset\" }", 2, "after");
    check_error("[[rule]]\nevery = 0", 2, "expected a whole number above 0");
    check_error("[[rule]]\nhang = true\n[[rule]]\nhang = yes", 4, "");
}

#[test]
fn a_rule_that_contradicts_itself_is_refused_at_its_line() {
    let second = |rule: &str| format!("[[rule]]\nhang = true\n\n[[rule]]\n{rule}");
    let check = |rule: &str, words: &str| check_error(&second(rule), 4, words);
    check("hang = true\nstatus = 503", "one way only");
    check("connection = \"refuse\"\nhtml = true", "one way only");
    check("html = true\nbody = \"x\"", "remove `html` or `body`");
    check("message = \"x\"", "`message` needs a `status`");
    check(
        "status = 503\nbody = \"x\"\nmessage = \"y\"",
        "`message` is for",
    );
    check("content_type = \"text/plain\"", "needs a `body`");
    check("status = 200", "alone is no fault");
    check(
        "status = 503\nfailure = \"server\"",
        "remove `status` or `failure`",
    );
    check("from = \"10s\"\nuntil = \"5s\"", "later than `from`");
    check("gap = \"1s\"\ntokens_per_second = 2", "keep one of them");
    check("tail = 5", "repeat-tail");
    check("capacity = {}", "`per_second`, `concurrent` or both");
    check(
        "flap = { healthy = \"1s\", faulty = \"0s\" }",
        "longer than 0",
    );
    check("error = { after = 1, status = 204 }", "is no error's");
}

#[test]
fn a_script_that_is_no_toml_is_refused_at_its_line() {
    check_error("[[rule]]\nstatus = = 5", 2, "");
    check_error("seed = 1\nseed = 2", 2, "duplicate");
}

#[test]
fn an_empty_script_is_a_healthy_provider() {
    let script: Script = "".parse().unwrap();
    assert_eq!(script.words(), outlast_sim::DEFAULT_WORDS);
}
