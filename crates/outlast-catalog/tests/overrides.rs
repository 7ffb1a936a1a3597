//! Rows of one's own, and warnings.

use outlast_catalog::{Catalog, Conditions, Warning};
use outlast_types::Usage;

fn with(text: &str) -> Result<Catalog, String> {
    let catalog = Catalog::builtin().clone().with_overrides(text);
    catalog.map_err(|error| error.to_string())
}

const NEW: &str = r#"
    vendor = "acme"
    checked = "2026-11-25"

    [[model]]
    id = "acme-1"
    context_window = 8000
    max_input = 8000
    window = "shared"

    [[model.price]]
    input = "0.5"
    output = "1"
"#;

#[test]
fn a_new_model_is_found_beside_the_others() {
    let catalog = with(NEW).unwrap();
    let found = catalog.resolve("reseller/Acme-1").unwrap();
    assert_eq!((found.model.id(), found.model.vendor()), ("acme-1", "acme"));
    assert!(catalog.get("gpt-4.1").is_some());
}

#[test]
fn an_override_replaces_the_fields_it_names() {
    let text = r#"
        checked = "2026-11-25"
        [[model]]
        id = "claude-haiku-4-5"
        [[model.price]]
        input = "1"
        output = "4"
        [[model]]
        id = "gpt-4.1"
        [[model.price]]
        input = "1"
        output = "4"
    "#;
    let catalog = with(text).unwrap();
    let now = Conditions::at("2026-11-25T00:00:00Z".parse().unwrap());
    let usage = Usage::new(1_000_000, 1_000_000).into();
    let cost = |id, conditions: &Conditions| {
        let cost = catalog.get(id).unwrap().cost(&usage, conditions);
        cost.map(|cost| cost.total.to_string()).ok()
    };
    assert_eq!(cost("claude-haiku-4-5", &now).as_deref(), Some("$5.00"));
    // The vendor's rule for batches holds on; prices that were written down row by row are replaced.
    let batch = now.clone().in_batch();
    assert_eq!(cost("claude-haiku-4-5", &batch).as_deref(), Some("$2.50"));
    assert_eq!(cost("gpt-4.1", &now).as_deref(), Some("$5.00"));
    assert_eq!(cost("gpt-4.1", &batch), None);

    let model = catalog.get("gpt-4.1").unwrap();
    let old = Catalog::builtin().get("gpt-4.1").unwrap();
    assert_eq!(
        (model.limits(), model.vendor()),
        (old.limits(), old.vendor())
    );
    assert_eq!(model.provenance().checked.to_string(), "2026-11-25");
}

#[test]
fn a_deployment_gets_a_name() {
    let catalog = with("[names]\n\"prod-chat\" = \"gpt-4.1\"\n\"prod-2\" = \"gpt-4.1\"").unwrap();
    assert_eq!(
        catalog.resolve("azure/prod-chat").unwrap().model.id(),
        "gpt-4.1"
    );
    assert_eq!(catalog.resolve("prod-2").unwrap().model.id(), "gpt-4.1");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |text: &str, expect: &str| {
        let error = with(text).err().unwrap();
        assert!(error.contains(expect), "{error}");
    };
    check(
        "[[model]]\nid = \"new\"",
        "`new` is new and has no `vendor`",
    );
    check(
        "[[model]]\nid = \"gpt-4.1\"\nprize = 1",
        "unknown field `prize`",
    );
    check("[names]\na = \"gpt-77\"", "no model `gpt-77`");
    check("[names]\n\"gpt-4o\" = \"gpt-4.1\"", "two models are called");
    check("[names]\n\"GPT 4o\" = \"gpt-4.1\"", "two models are called");
    let new = |from: &str, to: &str| NEW.replace(from, to);
    check(
        &new("\"0.5\"", "\"0.00000005\""),
        "`input` of `acme-1` is \"0.00000005\"",
    );
    check(&new("\"0.5\"", "0.5"), "invalid type");
    check(
        &new("max_input = 8000", "max_input = 8001"),
        "`max_input` of `acme-1`",
    );
    check(&new("2026-11-25", "25.11.2026"), "`checked` of `the file`");
    check(
        &new("input = \"0.5\"", "input = \"1\"\nhours = [\"night\"]"),
        "`hours` of `acme-1`",
    );
    check(
        &new("input = \"0.5\"", "input = \"1\"\nfrom = \"soon\""),
        "`from` of `acme-1`",
    );
    let tiers = "input = \"1\"\ntiers = [{ above = 9, input = \"1\", output = \"1\" }, { above = 8, input = \"1\", \
                 output = \"1\" }]";
    check(
        &new("input = \"0.5\"", tiers),
        "`tiers` of `acme-1` is \"[9, 8]\"",
    );
    let third = "[[discount]]\nservice_tier = \"odd\"\npercent = 33\n[[model]]";
    check(
        &new("[[model]]", third).replace("0.5", "0.000001"),
        "`percent` of `acme-1`",
    );
}

#[test]
fn warnings_depend_on_the_day() {
    let warnings = |model, now: &str| {
        let model = Catalog::builtin().get(model).unwrap();
        model.warnings(now.parse().unwrap())
    };
    assert_eq!(warnings("claude-haiku-4-5", "2026-11-25T00:00:00Z"), []);
    let stale = Warning::Stale {
        model: "claude-haiku-4-5".into(),
        days: 91,
    };
    assert_eq!(
        warnings("claude-haiku-4-5", "2027-02-21T00:00:00Z"),
        [stale]
    );
    assert_eq!(warnings("claude-haiku-4-5", "2027-02-20T23:00:00Z"), []);
    let gone = Warning::Gone {
        model: "deepseek-v3.2".into(),
        days: 124,
    };
    assert_eq!(warnings("deepseek-v3.2", "2026-11-25T00:00:00Z"), [gone]);
    let soon = Warning::PriceChange {
        model: "gemini-4-argon".into(),
        days: 6,
    };
    assert_eq!(warnings("gemini-4-argon", "2026-11-25T00:00:00Z"), [soon]);
    assert_eq!(warnings("gemini-4-argon", "2026-12-01T00:00:00Z"), []);
}

#[test]
fn warnings_of_the_whole_table_name_their_models() {
    let now = "2026-11-25T00:00:00Z".parse().unwrap();
    let texts: Vec<_> = Catalog::builtin()
        .warnings(now)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        texts.contains(&"`claude-sonnet-4-5` is switched off in 5 days".to_owned()),
        "{texts:#?}"
    );
    assert!(
        texts.contains(&"`gpt-4` was switched off 33 days ago".to_owned()),
        "{texts:#?}"
    );
}
