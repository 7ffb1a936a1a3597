use outlast_types::ErrorKind;
use serde_json::json;

use super::*;

#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "the cases read best with the schema written in place"
)]
fn check(schema: Value, expect: Value) {
    let text = example(&RawJson::from(schema.clone()))
        .unwrap_or_else(|error| panic!("{schema}: {error:?}"));
    assert_eq!(text, expect.to_string(), "{schema}");
}

#[track_caller]
fn check_refused(schema: Value) {
    let error = example(&RawJson::from(schema)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().unwrap().starts_with("Invalid schema: "));
}

#[test]
fn an_object_has_its_required_properties_and_no_others() {
    check(
        json!({
            "type": "object",
            "properties": {
                "city": { "type": "string" },
                "days": { "type": "integer", "minimum": 1, "maximum": 7 },
                "unit": { "type": "string", "enum": ["celsius", "fahrenheit"] },
                "note": { "type": "string" },
            },
            "required": ["city", "days", "unit"],
            "additionalProperties": false,
        }),
        json!({ "city": "text", "days": 1, "unit": "celsius" }),
    );
    check(json!({ "type": "object" }), json!({}));
    check(
        json!({ "properties": {}, "required": ["a"] }),
        json!({ "a": null }),
    );
}

#[test]
fn a_number_of_properties_is_reached_with_optional_and_invented_ones() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "type": "boolean" } },
        "additionalProperties": { "type": "integer" },
        "minProperties": 3,
    });
    check(
        schema,
        json!({ "a": false, "property1": 0, "property2": 0 }),
    );
    let closed = json!({ "type": "object", "minProperties": 1, "additionalProperties": false });
    check_refused(closed);
}

#[test]
fn numbers_are_zero_or_near_their_limits() {
    let integer = |limits: Value| {
        let mut schema = json!({ "type": "integer" });
        schema
            .as_object_mut()
            .unwrap()
            .extend(limits.as_object().unwrap().clone());
        schema
    };
    check(integer(json!({})), json!(0));
    check(integer(json!({ "minimum": 3 })), json!(3));
    check(integer(json!({ "minimum": 3.2 })), json!(4));
    check(integer(json!({ "exclusiveMinimum": 3 })), json!(4));
    check(integer(json!({ "maximum": -3 })), json!(-3));
    check(integer(json!({ "exclusiveMaximum": -3 })), json!(-4));
    check(integer(json!({ "minimum": 3, "multipleOf": 5 })), json!(5));
    check(
        integer(json!({ "minimum": 1, "multipleOf": 1.5 })),
        json!(3),
    );
    check(json!({ "type": "number", "minimum": 0.25 }), json!(0.25));
    check(
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        json!(1),
    );
    check(
        json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
        json!(0.5),
    );
    check_refused(integer(json!({ "minimum": 1, "maximum": 0 })));
    check_refused(integer(
        json!({ "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
    ));
    check_refused(integer(json!({ "multipleOf": 0 })));
}

#[test]
fn strings_keep_to_their_length_and_format() {
    check(json!({ "type": "string", "minLength": 6 }), json!("xxtext"));
    check(json!({ "type": "string", "maxLength": 2 }), json!("xt"));
    check(json!({ "type": "string", "maxLength": 0 }), json!(""));
    check(
        json!({ "type": "string", "format": "date" }),
        json!("2025-01-01"),
    );
    check(json!({ "format": "email" }), json!("user0@example.com"));
    check_refused(json!({ "type": "string", "minLength": 3, "maxLength": 2 }));
    check_refused(json!({ "type": "string", "minLength": 1_000_000_000_000_u64 }));
}

#[test]
fn arrays_have_as_few_items_as_they_may() {
    check(
        json!({ "type": "array", "items": { "type": "string" } }),
        json!([]),
    );
    check(
        json!({ "type": "array", "items": { "type": "string" }, "minItems": 2 }),
        json!(["text", "text"]),
    );
    check(
        json!({ "type": "array", "items": { "type": "integer" }, "minItems": 3, "uniqueItems": true }),
        json!([0, 1, 2]),
    );
    check(
        json!({ "type": "array", "items": { "enum": ["a", "b"] }, "minItems": 2, "uniqueItems": true }),
        json!(["a", "b"]),
    );
    check(
        json!({ "prefixItems": [{ "type": "integer" }], "items": { "type": "null" }, "minItems": 2 }),
        json!([0, null]),
    );
    check(
        json!({ "type": "array", "items": { "type": "integer" }, "contains": { "minimum": 5 } }),
        json!([5]),
    );
    check_refused(json!({ "type": "array", "minItems": 2, "maxItems": 1 }));
    check_refused(json!({
        "type": "array", "items": { "type": "null" }, "minItems": 2, "uniqueItems": true
    }));
}

#[test]
fn constants_and_enums_are_taken_as_they_are() {
    check(json!({ "const": { "a": [1] } }), json!({ "a": [1] }));
    check(json!({ "enum": [3, "x"] }), json!(3));
    check(json!({ "type": "string", "enum": [null, "x"] }), json!("x"));
    check(
        json!({ "enum": [1, 5, 6], "minimum": 2, "multipleOf": 3 }),
        json!(6),
    );
    check(json!({ "enum": ["abc", "é"], "maxLength": 1 }), json!("é"));
    check_refused(json!({ "const": 1, "type": "string" }));
    check_refused(json!({ "enum": [] }));
}

#[test]
fn a_list_of_types_gives_the_first_that_is_not_null() {
    check(json!({ "type": ["null", "string"] }), json!("text"));
    check(json!({ "type": ["null"] }), json!(null));
    check(json!({ "type": "null" }), json!(null));
    check(json!({ "type": "boolean" }), json!(false));
    check_refused(json!({ "type": "text" }));
}

#[test]
fn any_of_gives_the_first_alternative_that_has_a_value() {
    check(
        json!({ "anyOf": [{ "type": "integer", "minimum": 2, "maximum": 1 }, { "const": "b" }] }),
        json!("b"),
    );
    check(
        json!({ "type": "object", "properties": { "a": { "anyOf": [{ "type": "string" }, { "type": "null" }] } },
                "required": ["a"] }),
        json!({ "a": "text" }),
    );
    check(
        json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }], 
                "properties": { "a": { "const": 1 }, "b": { "const": 2 } } }),
        json!({ "a": 1 }),
    );
    check_refused(json!({ "anyOf": [] }));
    check_refused(json!({ "anyOf": [false, false] }));
}

#[test]
fn all_of_holds_together() {
    check(
        json!({ "allOf": [
            { "type": "object", "properties": { "n": { "minimum": 2 } }, "required": ["n"] },
            { "properties": { "n": { "type": "integer", "maximum": 9 }, "m": { "const": 0 } }, "required": ["m", "n"] },
        ] }),
        json!({ "m": 0, "n": 2 }),
    );
    check(
        json!({ "allOf": [{ "type": "number", "minimum": 3 }, { "type": "integer", "minimum": 1 }] }),
        json!(3),
    );
    check(
        json!({ "allOf": [{ "enum": [1, 2, 3] }, { "enum": [3, 2] }] }),
        json!(2),
    );
    check(
        json!({ "allOf": [
            { "anyOf": [{ "const": 1 }, { "type": "string" }] },
            { "anyOf": [{ "type": "string", "minLength": 6 }] },
        ] }),
        json!("xxtext"),
    );
    check_refused(json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }));
    check_refused(json!({ "allOf": [{ "type": "string" }, false] }));
}

#[test]
fn references_are_followed_and_recursion_ends() {
    check(
        json!({ "$ref": "#/$defs/name", "$defs": { "name": { "type": "string", "maxLength": 1 } } }),
        json!("t"),
    );
    check(
        json!({ "definitions": { "a/b": { "const": 1 } }, "properties": { "x": { "$ref": "#/definitions/a~1b" } },
                "required": ["x"] }),
        json!({ "x": 1 }),
    );
    check(
        json!({ "type": "object", "properties": { "children": { "type": "array", "items": { "$ref": "#" } } },
                "required": ["children"] }),
        json!({ "children": [] }),
    );
    let list = json!({ "type": "object", "required": ["next"],
        "properties": { "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } } });
    let text = example(&RawJson::from(list)).unwrap();
    assert!(text.matches("next").count() <= 4, "{text}");

    check_refused(json!({ "$ref": "#" }));
    check_refused(json!({ "$ref": "#/$defs/none" }));
    check_refused(json!({ "$ref": "https://example.com/schema" }));
    check_refused(
        json!({ "type": "object", "properties": { "a": { "$ref": "#" } }, "required": ["a"] }),
    );
}

#[test]
fn a_schema_that_doubles_at_each_level_is_refused_in_time() {
    let pair = json!({ "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/next" } });
    check_refused(json!({ "$ref": "#/$defs/next", "$defs": { "next": pair } }));
    let both = json!({ "anyOf": [{ "$ref": "#/$defs/x" }, { "$ref": "#/$defs/x" }] });
    check_refused(json!({ "$ref": "#/$defs/x", "$defs": { "x": both } }));
}

#[test]
fn what_is_no_schema_is_refused() {
    check_refused(json!("string"));
    check_refused(json!(false));
    check(json!(true), json!(null));
    check(json!({}), json!(null));
}
