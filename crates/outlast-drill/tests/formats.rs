//! What providers speak, in a drill.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use outlast_drill::{Figures, Policy, Scenario, Speaks, play};

/// One minute of health, two of trouble, one of health, with a text that a cut may break.
fn scenario(primary: Speaks, fallback: Speaks, trouble: &str) -> Scenario {
    let answer = "[provider.script.answer]\nwords = 8\nfirst_token = \"300ms\"\ngap = \"10ms\"";
    Scenario::parse(&format!(
        r#"
        name = "short"
        title = "A short one."
        requests_per_second = 1
        lasts = "4m"
        outage = {{ from = "1m", until = "3m" }}

        [[provider]]
        name = "primary"
        api = "{}"
        model = "{}"
        {answer}
        [[provider.script.rule]]
        from = "1m"
        until = "3m"
        {trouble}

        [[provider]]
        name = "fallback"
        api = "{}"
        model = "{}"
        {answer}
        "#,
        primary.as_str(),
        model(primary),
        fallback.as_str(),
        model(fallback),
    ))
    .unwrap()
}

fn model(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Vertex => "claude-sim",
        _ => "sim-1",
    }
}

#[test]
fn whatever_the_primary_speaks_its_outage_is_not_seen() {
    for speaks in Speaks::ALL {
        for trouble in ["status = 503", "cut = { after = 3, by = \"reset\" }"] {
            let scenario = scenario(speaks, Speaks::Anthropic, trouble);
            let figures = Figures::of(&scenario, &play(&scenario, &Policy::Ours, |_| {}).unwrap());
            assert_eq!(figures.user_errors, 0, "{speaks:?}, {trouble}: {figures:?}");
            assert!(figures.primary_calls_in_outage > 0, "{speaks:?}, {trouble}");
            assert!(
                figures.first_primary_traffic_after_ms.is_some(),
                "{speaks:?}, {trouble}"
            );
        }
    }
}

#[test]
fn whatever_the_fallback_speaks_it_takes_over() {
    for speaks in Speaks::ALL {
        let scenario = scenario(Speaks::OpenAi, speaks, "status = 503");
        let figures = Figures::of(&scenario, &play(&scenario, &Policy::Ours, |_| {}).unwrap());
        assert_eq!(figures.user_errors, 0, "{speaks:?}: {figures:?}");
        let share = figures.primary_calls_in_outage as f64 / figures.requests_in_outage as f64;
        assert!(share < 0.2, "{speaks:?}: {share}");
    }
}

#[test]
fn models_of_all_publishers_are_found_at_vertex() {
    for model in [
        "gemini-sim",
        "claude-sim",
        "meta/llama-sim",
        "endpoints/123",
    ] {
        let mut scenario = scenario(Speaks::Vertex, Speaks::OpenAi, "status = 503");
        model.clone_into(&mut scenario.providers.first_mut().unwrap().model);
        let figures = Figures::of(&scenario, &play(&scenario, &Policy::None, |_| {}).unwrap());
        let in_outage = figures.requests_in_outage;
        let errors = figures.user_errors;
        // A few that were due in the outage end in it, and none fails before it.
        assert!(
            errors >= in_outage && errors < in_outage + 5,
            "{model}: {figures:?}"
        );
    }
}
