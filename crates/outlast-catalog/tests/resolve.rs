//! Names of vendors, clouds and resellers.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use outlast_catalog::{Catalog, Match};
use proptest::prelude::*;

fn check(name: &str, id: &str, how: Match) {
    let found = Catalog::builtin().resolve(name).unwrap();
    assert_eq!((found.model.id(), found.how), (id, how), "{name}");
}

fn check_unknown(name: &str) {
    let found = Catalog::builtin()
        .resolve(name)
        .map(|found| found.model.id());
    assert!(found.is_err(), "{name}: {found:?}");
}

#[test]
fn the_vendors_own_names_match_literally() {
    check("gpt-4.1", "gpt-4.1", Match::Id);
    check("claude-sonnet-4-5", "claude-sonnet-4-5", Match::Id);
    check("gemini-3-pro-preview", "gemini-3-pro-preview", Match::Id);
    check("deepseek-chat", "deepseek-v3.2", Match::Alias);
    check("mistral-large-2512", "mistral-large-3", Match::Alias);
    check("gpt-35-turbo", "gpt-3.5-turbo", Match::Alias);
}

#[test]
fn dated_snapshots_are_their_model() {
    check(
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4-5",
        Match::Snapshot,
    );
    check("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", Match::Snapshot);
    check("gpt-5.2_2025-12-11", "gpt-5.2", Match::Snapshot);
    check("gemini-2.0-flash-001", "gemini-2.0-flash", Match::Snapshot);
    check("claude-3-5-haiku-latest", "claude-3-5-haiku", Match::Latest);
}

#[test]
fn a_snapshot_with_a_row_of_its_own_is_that_row() {
    check("gpt-4o-2024-05-13", "gpt-4o-2024-05-13", Match::Id);
    check("gpt-4o-2024-08-06", "gpt-4o", Match::Alias);
}

#[test]
fn amazon_bedrock_adds_geography_vendor_and_version() {
    let name = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
    check(name, "claude-sonnet-4-5", Match::Snapshot);
    assert_eq!(Catalog::builtin().resolve(name).unwrap().region, Some("eu"));
    check(
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5",
        Match::Snapshot,
    );
    check(
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "claude-3-5-sonnet",
        Match::Snapshot,
    );
    check(
        "anthropic.claude-opus-4-6",
        "claude-opus-4-6",
        Match::Platform,
    );
    check(
        "global.amazon.nova-2-lite-v1:0",
        "nova-2-lite",
        Match::Platform,
    );
    check("us.amazon.nova-pro-v1:0", "nova-pro", Match::Platform);
    check(
        "us.anthropic.claude-opus-4-6-v1",
        "claude-opus-4-6",
        Match::Platform,
    );
    check("openai.gpt-oss-120b-1:0", "gpt-oss-120b", Match::Platform);
    check("openai.gpt-oss-20b", "gpt-oss-20b", Match::Platform);
    check(
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
        "claude-haiku-4-5",
        Match::Snapshot,
    );
}

#[test]
fn vertex_adds_a_path_and_a_date() {
    check(
        "publishers/google/models/gemini-2.5-flash",
        "gemini-2.5-flash",
        Match::Provider,
    );
    check(
        "projects/p/locations/eu/publishers/google/models/gemini-2.5-flash",
        "gemini-2.5-flash",
        Match::Provider,
    );
    check(
        "claude-sonnet-4-5@20250929",
        "claude-sonnet-4-5",
        Match::Snapshot,
    );
    check(
        "claude-opus-4-6@default",
        "claude-opus-4-6",
        Match::Platform,
    );
}

#[test]
fn resellers_add_paths_and_spell_as_they_please() {
    check("openai/gpt-4.1", "gpt-4.1", Match::Provider);
    check(
        "openrouter/anthropic/claude-haiku-4.5",
        "claude-haiku-4-5",
        Match::Provider,
    );
    check(
        "claude-sonnet-4.5-20250508",
        "claude-sonnet-4-5",
        Match::Snapshot,
    );
    check("claude-4-5-haiku", "claude-haiku-4-5", Match::Spelling);
    check(
        "databricks-claude-3-7-sonnet",
        "claude-3-7-sonnet",
        Match::Platform,
    );
    check("zai/GLM-5.2", "glm-5.2", Match::Provider);
    check("moonshotai/Kimi-K2.6", "kimi-k2.6", Match::Provider);
    check("gpt-oss:120b", "gpt-oss-120b", Match::Spelling);
    check("MiniMax-M2.5", "minimax-m2.5", Match::Spelling);
}

#[test]
fn variants_previews_and_fine_tuned_models_are_found_without_a_price() {
    check("openai/gpt-oss-120b:free", "gpt-oss-120b", Match::Variant);
    check(
        "gemini-2.5-flash-preview-05-20",
        "gemini-2.5-flash",
        Match::Preview,
    );
    check("gemini-3.1-pro", "gemini-3.1-pro-preview", Match::Preview);
    check(
        "ft:gpt-4.1-mini-2025-04-14:acme::abc",
        "gpt-4.1-mini",
        Match::FineTune,
    );
    for how in [Match::Variant, Match::Preview, Match::FineTune] {
        assert!(!how.keeps_price());
    }
}

#[test]
fn no_name_is_taken_for_another_generation_or_size() {
    for name in [
        "gpt-5.7",
        "gpt-55",
        "gpt-5-turbo",
        "gpt-5-pro",
        "gpt-4.5-preview",
        "gpt-4-0125-preview",
        "gpt-4-1106-preview",
        "gpt-4o-audio-preview",
        "gpt-4o-mini-search-preview",
        "claude-sonnet-4-7",
        "claude-haiku-4",
        "claude-5-4-sonnet",
        "anthropic.claude-sonnet-6-20270101-v1:0",
        "amazon.nova-pro-v2:0",
        "gemini-2.5",
        "gemini-2.5-flash-image",
        "grok-4.2-fast",
        "deepseek-v3",
        "deepseek-v4",
        "glm-4.6v",
        "glm-4.7-flash",
        "gpt-4-does-not-exist-12345",
        "",
        "/",
        ":",
        "-latest",
        "ft:",
        "@20250929",
    ] {
        check_unknown(name);
    }
}

#[test]
fn more_of_a_version_is_another_version() {
    let catalog = Catalog::builtin();
    for model in catalog.models() {
        for longer in ["9", ".9", "-9", "-99", "-turbo", "x"] {
            let name = format!("{}{longer}", model.id());
            if let Ok(found) = catalog.resolve(&name)
                && found.how > Match::Alias
            {
                panic!("{name} was taken for {}", found.model.id());
            }
        }
    }
}

#[test]
fn a_name_without_end_is_unknown_at_once() {
    check_unknown(&"a/".repeat(1_000_000));
}

#[test]
fn a_slip_gets_a_suggestion() {
    let nearest = |name| Catalog::builtin().resolve(name).unwrap_err().nearest;
    assert_eq!(
        nearest("claude-sonet-4-5").as_deref(),
        Some("claude-sonnet-4-5")
    );
    assert_eq!(
        nearest("openai/gpt-4.1-mni").as_deref(),
        Some("gpt-4.1-mini")
    );
    assert_eq!(nearest("our-own-deployment-in-sweden"), None);
    let error = Catalog::builtin().resolve("claude-sonet-4-5").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the catalogue has no model `claude-sonet-4-5` (did you mean `claude-sonnet-4-5`?): add it as an override, or \
         correct the name"
    );
}

proptest! {
    /// Whatever stands around a name: it is found or not, in a time that its length bounds.
    #[test]
    fn any_text_is_a_name(text in ".{0,60}", id in "(gpt-4.1|claude-sonnet-4-5|x)", tail in "[-@:./_a-z0-9é]{0,20}") {
        let _ = Catalog::builtin().resolve(&text);
        let _ = Catalog::builtin().resolve(&format!("{text}{id}{tail}"));
    }
}
