//! What calls cost, to the pico-dollar; among them what other programs got wrong.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use outlast_catalog::{Catalog, Conditions, Consumption, Match, TokenKind, Unpriced};
use outlast_types::{Money, ServiceTier, Usage};
use proptest::prelude::*;

fn at(moment: &str) -> Conditions {
    Conditions::at(moment.parse().unwrap())
}

fn cost(model: &str, consumption: impl Into<Consumption>, conditions: &Conditions) -> String {
    let model = Catalog::builtin().get(model).unwrap();
    let cost = model.cost(&consumption.into(), conditions).unwrap();
    cost.total.to_string()
}

fn cached(input: u64, read: u64, write: u64, output: u64) -> Usage {
    let mut usage = Usage::new(input, output);
    usage.cached_read = read;
    usage.cached_write = write;
    usage
}

const NOON: &str = "2026-11-25T12:00:00Z";

/// Bugs of this kind: cached tokens charged at the full price and again as cached.
#[test]
fn cached_tokens_are_charged_once() {
    // 1 000 000 read at $0.30, 100 000 written at $3.75, 10 000 fresh at $3.00, 1 000 out at $15.00, each a million.
    let usage = cached(10_000, 1_000_000, 100_000, 1_000);
    assert_eq!(cost("claude-sonnet-4-6", usage, &at(NOON)), "$0.72");
}

#[test]
fn a_cache_of_an_hour_costs_more_than_one_of_five_minutes() {
    let usage = cached(0, 0, 1_000_000, 0);
    let all = Consumption::from(usage).with_cached_write_1h(1_000_000);
    let half = Consumption::from(usage).with_cached_write_1h(500_000);
    assert_eq!(cost("claude-haiku-4-5", usage, &at(NOON)), "$1.25");
    assert_eq!(cost("claude-haiku-4-5", half, &at(NOON)), "$1.625");
    assert_eq!(cost("claude-haiku-4-5", all, &at(NOON)), "$2.00");
}

#[test]
fn a_part_that_is_larger_than_its_whole_adds_nothing() {
    let usage = Usage::new(10, 0);
    let consumption = Consumption::from(usage)
        .with_audio_input(8)
        .with_image_input(8)
        .with_cached_write_1h(5);
    let split: Vec<_> = consumption.by_kind().collect();
    assert_eq!(
        split,
        [(TokenKind::ImageInput, 2), (TokenKind::AudioInput, 8)]
    );
}

#[test]
fn sound_has_a_price_of_its_own() {
    let consumption = Consumption::from(Usage::new(1_000_000, 0)).with_audio_input(400_000);
    assert_eq!(cost("gemini-2.5-flash", consumption, &at(NOON)), "$0.58");
}

/// Bugs of this kind: reasoning is added to the output that contains it already.
#[test]
fn reasoning_is_charged_inside_the_output() {
    let mut usage = Usage::new(0, 1_000_000);
    usage.reasoning = 900_000;
    assert_eq!(cost("gpt-5", usage, &at(NOON)), "$10.00");
}

#[test]
fn a_long_prompt_makes_the_whole_request_dearer() {
    let check = |model, input, output, expect| {
        assert_eq!(
            cost(model, Usage::new(input, output), &at(NOON)),
            expect,
            "{model} {input}"
        );
    };
    check("gemini-2.5-pro", 200_000, 1_000, "$0.26");
    check("gemini-2.5-pro", 200_001, 1_000, "$0.5150025");
    check("gpt-5.5", 272_000, 1_000, "$1.39");
    check("gpt-5.5", 272_001, 1_000, "$2.76501");
    check("claude-haiku-5-5", 100_000, 0, "$0.01");
    check("claude-haiku-5-5", 100_001, 0, "$0.0500005");
    // x.ai: from 200 000 on.
    check("grok-4.3", 199_999, 0, "$0.24999875");
    check("grok-4.3", 200_000, 0, "$0.50");
}

/// Bugs of this kind: the length is that of what was not cached.
#[test]
fn cached_tokens_count_towards_the_length_of_a_prompt() {
    let usage = cached(1, 200_000, 0, 0);
    assert_eq!(cost("gemini-2.5-pro", usage, &at(NOON)), "$0.0500025");
}

#[test]
fn prices_follow_the_date() {
    let million = Usage::new(1_000_000, 0);
    let check =
        |model, moment, expect| assert_eq!(cost(model, million, &at(moment)), expect, "{moment}");
    check("o3", "2025-06-09T23:59:59Z", "$10.00");
    check("o3", "2025-06-10T00:00:00Z", "$2.00");
    check("mistral-large-4", "2026-10-25T00:00:00Z", "$1.36");
    check("mistral-large-4", "2026-10-29T00:00:00Z", "$0.70");
    check("gemini-4-argon", "2026-11-30T23:59:59Z", "$2.00");
    check("gemini-4-argon", "2026-12-01T00:00:00Z", "$4.00");
}

#[test]
fn the_surcharge_of_long_prompts_ended_with_its_date() {
    let long = Usage::new(200_001, 0);
    assert_eq!(
        cost("claude-opus-4-6", long, &at("2026-03-12T23:00:00Z")),
        "$2.00001"
    );
    assert_eq!(
        cost("claude-opus-4-6", long, &at("2026-03-13T00:00:00Z")),
        "$1.000005"
    );
}

/// Bugs of this kind: a price that holds after a date or in some hours, where both must be met.
#[test]
fn peak_hours_hold_on_working_days_since_their_date() {
    let million = Usage::new(1_000_000, 1_000_000);
    let check = |moment, expect| {
        assert_eq!(
            cost("deepseek-v4-pro", million, &at(moment)),
            expect,
            "{moment}"
        );
    };
    check("2026-11-25T00:59:59Z", "$2.64");
    check("2026-11-25T01:00:00Z", "$5.28");
    check("2026-11-25T03:59:59Z", "$5.28");
    check("2026-11-25T04:00:00Z", "$2.64");
    check("2026-11-25T06:00:00Z", "$5.28");
    check("2026-11-25T10:00:00Z", "$2.64");
    // A Saturday, and a time before there were hours.
    check("2026-11-28T02:00:00Z", "$2.64");
    check("2026-06-03T02:00:00Z", "$1.305");
}

#[test]
fn a_discount_of_the_night_ended_at_its_hour() {
    let million = Usage::new(1_000_000, 1_000_000);
    let check = |moment, expect| {
        assert_eq!(
            cost("deepseek-reasoner", million, &at(moment)),
            expect,
            "{moment}"
        );
    };
    check("2025-08-01T12:00:00Z", "$2.74");
    check("2025-08-01T20:00:00Z", "$0.685");
    check("2025-08-02T00:29:59Z", "$0.685");
    check("2025-09-05T15:59:59Z", "$2.74");
    check("2025-09-05T16:00:00Z", "$2.24");
    check("2025-09-05T20:00:00Z", "$2.24");
    check("2025-09-29T00:00:00Z", "$0.70");
}

#[test]
fn a_batch_is_half_of_everything() {
    let usage = cached(1_000_000, 1_000_000, 1_000_000, 1_000_000);
    assert_eq!(cost("claude-opus-4-5", usage, &at(NOON)), "$36.75");
    assert_eq!(
        cost("claude-opus-4-5", usage, &at(NOON).in_batch()),
        "$18.375"
    );
}

/// Google halves input and output of a batch and not what its cache had; OpenAI publishes rounded prices.
#[test]
fn the_price_of_a_tier_is_the_published_one() {
    let check = |model, conditions: &Conditions, usage, expect| {
        assert_eq!(cost(model, usage, conditions), expect, "{model}");
    };
    let million = cached(1_000_000, 1_000_000, 0, 1_000_000);
    let [flex, priority] =
        [ServiceTier::Flex, ServiceTier::Priority].map(|tier| at(NOON).with_service_tier(tier));
    check("gemini-2.5-flash", &at(NOON), million, "$2.83");
    check("gemini-2.5-flash", &at(NOON).in_batch(), million, "$1.43");
    check("gemini-2.5-flash", &priority, million, "$5.094");
    check("gpt-5.4", &flex, Usage::new(272_000, 0), "$0.34");
    check("gpt-5.4", &flex, Usage::new(272_001, 0), "$0.6800025");
    check("gpt-5.4", &flex, cached(0, 100_000, 0, 0), "$0.013");
    check(
        "gpt-4o",
        &priority,
        Usage::new(1_000_000, 1_000_000),
        "$21.25",
    );
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let catalog = Catalog::builtin();
    let one = Consumption::from(Usage::new(1, 1));
    let priority = at(NOON).with_service_tier(ServiceTier::Priority);
    assert_eq!(
        catalog
            .cost("grok-4.3", &one, &priority)
            .unwrap_err()
            .to_string(),
        "no price of `grok-4.3` is known for the service tier `priority` at 2026-11-25T12:00:00Z: add one as an override"
    );
    let check = |name: &str| catalog.cost(name, &one, &at(NOON)).unwrap_err();
    assert!(matches!(
        check("openai/gpt-oss-120b:free"),
        Unpriced::Variant(_)
    ));
    assert!(matches!(
        check("ft:gpt-4.1-2025-04-14:acme::1"),
        Unpriced::Variant(_)
    ));
    assert!(matches!(
        check("gpt-4-1106-preview"),
        Unpriced::UnknownModel(_)
    ));
    assert!(!Match::Variant.keeps_price());
}

/// A team's month: 50 million tokens of output, and the same with a third model.
#[test]
fn the_bill_of_a_team_is_exact() {
    let catalog = Catalog::builtin();
    let then = at("2026-01-15T12:00:00Z");
    let output = |name, millions: u64| {
        let usage = Usage::new(0, millions * 1_000_000);
        catalog.cost(name, &usage.into(), &then).unwrap().total
    };
    let two = output("claude-sonnet-4-5", 30) + output("gpt-4.1", 10);
    let three = two + output("deepseek-v3.2", 10);
    assert_eq!(two.to_string(), "$530.00");
    assert_eq!(three.to_string(), "$534.20");
}

const MARGINAL: &str = r#"
    vendor = "acme"
    checked = "2026-11-25"

    [[model]]
    id = "stepped"
    context_window = 1000
    max_input = 1000
    window = "shared"

    [[model.price]]
    spread = "marginal"
    input = "1"
    output = "10"
    cached_read = "0.1"
    tiers = [
        { above = 100, input = "2", output = "20", cached_read = "0.2" },
        { above = 200, input = "4", output = "40", cached_read = "0.4" },
    ]

    [[model.price]]
    region = "eu"
    input = "1.1"
    output = "11"
"#;

fn stepped(usage: Usage, conditions: &Conditions) -> Money {
    let catalog = Catalog::default().with_overrides(MARGINAL).unwrap();
    let cost = catalog.cost("stepped", &usage.into(), conditions).unwrap();
    assert_eq!(cost.total, cost.lines.iter().map(|line| line.amount).sum());
    cost.total
}

#[test]
fn a_marginal_tier_makes_only_what_lies_beyond_it_dearer() {
    let check = |usage, micro: i128| {
        let expect = Money::from_pico_usd(micro * 100_000);
        assert_eq!(stepped(usage, &at(NOON)), expect, "{usage:?}");
    };
    // In tenths of a dollar a million.
    check(Usage::new(100, 1), 100 * 10 + 100);
    check(Usage::new(101, 1), 100 * 10 + 20 + 200);
    check(Usage::new(250, 1), 100 * 10 + 100 * 20 + 50 * 40 + 400);
    // The first 150 tokens are cached: 100 of them are cheap, 50 in the second step.
    check(cached(60, 150, 0, 0), 100 + 50 * 2 + 50 * 20 + 10 * 40);
}

#[test]
fn a_price_of_the_region_goes_before_the_one_of_all() {
    let usage = Usage::new(1_000, 0);
    let eu = at(NOON).with_region("eu");
    assert_eq!(stepped(usage, &eu).to_string(), "$0.0011");
    assert_eq!(
        stepped(Usage::new(100, 0), &at(NOON).with_region("us")).to_string(),
        "$0.0001"
    );
}

proptest! {
    #[test]
    fn every_token_is_charged_once(
        input in 0_u64..2_000_000, read in 0_u64..2_000_000, write in 0_u64..2_000_000, output in 0_u64..2_000_000,
        reasoning in 0_u64..3_000_000, hour in 0_u64..3_000_000, audio in 0_u64..3_000_000,
    ) {
        let mut usage = cached(input, read, write, output);
        usage.reasoning = reasoning;
        let consumption = Consumption::from(usage).with_cached_write_1h(hour).with_audio_input(audio);
        for model in Catalog::builtin().models() {
            let cost = model.cost(&consumption, &at(NOON)).unwrap();
            let tokens: u64 = cost.lines.iter().map(|line| line.tokens).sum();
            prop_assert_eq!(tokens, usage.total_input() + output);
            prop_assert_eq!(cost.total, cost.lines.iter().map(|line| line.amount).sum());
        }
    }

    #[test]
    fn a_marginal_price_never_jumps(input in 0_u64..999) {
        let less = stepped(Usage::new(input, 0), &at(NOON));
        let more = stepped(Usage::new(input + 1, 0), &at(NOON));
        prop_assert!(more > less && more <= less + Money::from_pico_usd(4_000_000));
    }
}
