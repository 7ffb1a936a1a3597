//! The table that is compiled in is sound.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use outlast_catalog::{Catalog, Conditions, Rates};
use outlast_types::{Money, Need, PrefillSupport, ServiceTier};

/// A day after the last check of the table.
fn today() -> Conditions {
    Conditions::at("2026-11-25T12:00:00Z".parse().unwrap())
}

#[test]
fn every_model_has_a_price_today_and_says_where_it_is_from() {
    for model in Catalog::builtin().models() {
        let row = model.price(&today());
        assert!(row.is_some(), "{}", model.id());
        assert!(!model.provenance().sources.is_empty(), "{}", model.id());
        assert!(model.tokenizer().is_some(), "{}", model.id());
    }
}

#[test]
fn every_model_is_found_by_each_of_its_names() {
    let catalog = Catalog::builtin();
    for model in catalog.models() {
        for name in model
            .aliases()
            .iter()
            .map(String::as_str)
            .chain([model.id()])
        {
            assert_eq!(
                catalog.resolve(name).unwrap().model.id(),
                model.id(),
                "{name}"
            );
        }
    }
}

#[test]
fn nothing_is_both_known_and_known_to_be_lacking() {
    for model in Catalog::builtin().models() {
        assert_eq!(model.can().first_of(model.lacks()), None, "{}", model.id());
    }
}

/// A tier of long prompts that left out a kind would charge it as ordinary input.
#[test]
fn long_prompts_are_priced_in_the_same_kinds_as_short_ones() {
    let kinds = |rates: &Rates| {
        [
            rates.cached_read,
            rates.cached_write,
            rates.cached_write_1h,
            rates.audio_input,
            rates.image_input,
            rates.audio_output,
            rates.reasoning,
        ]
        .map(|rate: Option<Money>| rate.is_some())
    };
    for model in Catalog::builtin().models() {
        for row in model.prices() {
            for tier in &row.tiers {
                assert_eq!(kinds(&row.rates), kinds(&tier.rates), "{}", model.id());
                assert!(tier.rates.input > row.rates.input, "{}", model.id());
            }
        }
    }
}

#[test]
fn a_read_from_the_cache_is_never_dearer_than_input_nor_a_write_cheaper() {
    for model in Catalog::builtin().models() {
        for row in model.prices() {
            let Rates {
                input,
                cached_read,
                cached_write,
                ..
            } = row.rates;
            assert!(
                cached_read.is_none_or(|read| read <= input),
                "{}",
                model.id()
            );
            assert!(
                cached_write.is_none_or(|write| write >= input),
                "{}",
                model.id()
            );
        }
    }
}

/// The hours of a price and those outside of it must not leave a gap.
#[test]
fn every_hour_of_the_week_has_a_price() {
    for hour in 0..7 * 24 {
        let start: jiff::Timestamp = "2026-11-23T00:30:00Z".parse().unwrap();
        let at = start + jiff::SignedDuration::from_hours(hour);
        for model in Catalog::builtin().models() {
            let row = model.price(&Conditions::at(at));
            assert!(row.is_some(), "{} at {at}", model.id());
        }
    }
}

#[test]
fn limits_are_three_numbers() {
    let check = |model, window, input, output| {
        let limits = Catalog::builtin().get(model).unwrap().limits();
        let found = (limits.context_window, limits.max_input, limits.max_output);
        assert_eq!(found, (window, input, output), "{model}");
    };
    check("gpt-5", 400_000, 272_000, Some(128_000));
    check("gpt-4.1", 1_047_576, 1_047_576, Some(32_768));
    check("claude-sonnet-4-5", 200_000, 200_000, Some(64_000));
    check("deepseek-v3.2", 131_072, 131_072, Some(8_192));
    check("llama-4-maverick", 131_072, 131_072, None);
}

#[test]
fn a_shared_window_gives_room_to_the_answer_and_a_separate_one_does_not() {
    let limits = |model| Catalog::builtin().get(model).unwrap().limits();
    assert!(limits("claude-sonnet-4-5").fits(136_000, 64_000));
    assert!(!limits("claude-sonnet-4-5").fits(136_001, 64_000));
    assert!(limits("gpt-5").fits(272_000, 128_000));
    assert!(!limits("gpt-5").fits(272_001, 1));
    assert!(!limits("gpt-5").fits(1, 128_001));
}

#[test]
fn abilities_are_told_in_the_words_of_requests() {
    let capabilities = |model| Catalog::builtin().get(model).unwrap().capabilities();
    assert_eq!(
        capabilities("claude-sonnet-4-5").prefill,
        PrefillSupport::Yes
    );
    assert_eq!(capabilities("claude-opus-4-6").prefill, PrefillSupport::No);
    assert!(
        capabilities("claude-opus-4-6")
            .lacks
            .contains(Need::Prefill)
    );
    assert!(capabilities("deepseek-v3.2").lacks.contains(Need::Images));
    assert!(!capabilities("gpt-4.1").lacks.contains(Need::Images));
    // Nothing is known about it, so nothing is said to be lacking.
    assert!(capabilities("llama-4-maverick").lacks.is_empty());
}

/// From 4.6 on the provider answers 400 to a last message of the assistant.
#[test]
fn every_claude_says_whether_it_goes_on_from_a_last_message() {
    for model in Catalog::builtin()
        .models()
        .filter(|model| model.vendor() == "anthropic")
    {
        let known = model.can().contains(Need::Prefill) != model.lacks().contains(Need::Prefill);
        assert!(known, "{}", model.id());
    }
    let goes_on = |id| {
        Catalog::builtin()
            .get(id)
            .unwrap()
            .can()
            .contains(Need::Prefill)
    };
    assert!(goes_on("claude-3-haiku") && goes_on("claude-opus-4-5"));
    assert!(!goes_on("claude-sonnet-4-6") && !goes_on("claude-fable-5-2"));
}

#[test]
fn a_batch_of_anthropic_costs_half_of_everything() {
    let models = Catalog::builtin().models();
    for model in models.filter(|model| model.vendor() == "anthropic") {
        let whole = model.price(&today()).unwrap().rates;
        let batch = model.price(&today().in_batch()).unwrap().rates;
        let twice = |money: Money| money.times(2);
        assert_eq!(twice(batch.input), whole.input, "{}", model.id());
        assert_eq!(twice(batch.output), whole.output, "{}", model.id());
        let cached = batch.cached_read.map(twice);
        assert_eq!(cached, whole.cached_read, "{}", model.id());
    }
}

#[test]
fn who_waits_pays_no_more_and_who_does_not_no_less() {
    for model in Catalog::builtin().models() {
        let at = |conditions| {
            model
                .price(&conditions)
                .map(|row| (row.rates.input, row.rates.output))
        };
        let whole = at(today()).unwrap();
        let not_more =
            |price: Option<(Money, Money)>| price.is_none_or(|(i, o)| i <= whole.0 && o <= whole.1);
        assert!(not_more(at(today().in_batch())), "{}", model.id());
        assert!(
            not_more(at(today().with_service_tier(ServiceTier::Flex))),
            "{}",
            model.id()
        );
        let fast = at(today().with_service_tier(ServiceTier::Priority));
        assert!(
            fast.is_none_or(|(i, o)| i >= whole.0 && o >= whole.1),
            "{}",
            model.id()
        );
    }
}

#[test]
fn a_tier_without_a_price_has_none() {
    let grok = Catalog::builtin().get("grok-4.3").unwrap();
    assert_eq!(grok.price(&today().in_batch()), None);
    let auto = today().with_service_tier(ServiceTier::Auto);
    assert_eq!(grok.price(&auto), grok.price(&today()));
}
