//! Objects read and written without loss.

#![expect(clippy::expect_used, reason = "a test's helper fails the test")]

use std::collections::BTreeMap;

use bytes::BytesMut;
use outlast_types::{Error, ErrorKind, Extra, Protocol, RawJson};
use outlast_wire::json::{
    FieldError, Object, Shape, read_each, read_value, shape, write_object, write_object_with,
};
use proptest::prelude::*;
use serde_json::value::RawValue;

const PROTOCOL: Protocol = Protocol::new("toy");

fn fields(list: &[(&str, &str)]) -> BTreeMap<String, RawJson> {
    list.iter()
        .map(|(name, text)| {
            (
                (*name).to_owned(),
                RawJson::parse(*text).expect("valid JSON"),
            )
        })
        .collect()
}

fn written(write: impl FnOnce(&mut outlast_wire::json::ObjectWriter<'_>)) -> String {
    let mut out = BytesMut::new();
    write_object(&mut out, write);
    String::from_utf8(out.to_vec()).expect("UTF-8")
}

#[test]
fn what_is_not_taken_is_kept_word_for_word() {
    let mut object =
        Object::read(br#" {"a": 1.50, "b\u00e9": {"z": [1, 2], "y": null}, "c": "d"} "#).unwrap();
    assert_eq!(object.take::<String>("c").unwrap().as_deref(), Some("d"));
    let rest = object.into_rest();
    assert_eq!(
        rest,
        fields(&[("a", "1.50"), ("bé", "{\"z\": [1, 2], \"y\": null}")])
    );
}

#[test]
fn of_a_name_that_occurs_twice_the_last_value_counts() {
    let mut object = Object::read(br#"{"a": 1, "\u0061": 2, "a": 3}"#).unwrap();
    assert_eq!(object.take::<u64>("a").unwrap(), Some(3));
    assert!(object.into_rest().is_empty());
}

#[test]
fn null_is_nothing_to_a_reader_and_kept_for_the_rest() {
    let mut object = Object::read(br#"{"a": null, "b": null}"#).unwrap();
    assert_eq!(object.take::<u64>("a").unwrap(), None);
    assert_eq!(object.get("b").map(RawValue::get), Some("null"));
    assert_eq!(object.into_rest(), fields(&[("b", "null")]));
}

#[test]
fn an_error_names_the_place_and_what_was_expected_there() {
    let read = |document: &'static str| -> Result<Vec<String>, FieldError> {
        let mut object = Object::read(document.as_bytes())?;
        let message = |raw| -> Result<String, FieldError> {
            let mut message = Object::from_raw(raw)?;
            message.take_each("parts", |raw| Object::from_raw(raw)?.require::<u64>("size"))?;
            message.require("role")
        };
        object.require_with("messages", |raw| read_each(raw, message))
    };
    let check = |document, expect: &str| {
        assert_eq!(
            read(document).unwrap_err().to_string(),
            expect,
            "{document}"
        );
    };
    check(
        r#"{"messages": [{"role": 5}]}"#,
        "messages[0].role: expected a string",
    );
    check(
        r#"{"messages": [{"role": "user"}, {}]}"#,
        "messages[1].role: required field is missing",
    );
    check(
        r#"{"messages": [{"role": "user"}, 7]}"#,
        "messages[1]: expected an object",
    );
    check(
        r#"{"messages": {"role": "user"}}"#,
        "messages: expected an array",
    );
    check(
        r#"{"messages": [{"parts": [{"size": 1}, {"size": -1}]}]}"#,
        "messages[0].parts[1].size: expected a whole number of at least 0",
    );
    check(
        r#"{"messages": null}"#,
        "messages: required field is missing",
    );
    check(r#"{}"#, "messages: required field is missing");
    check("[]", "expected an object");
    assert_eq!(read(r#"{"messages": [{"role": "a"}]}"#).unwrap(), ["a"]);
}

#[test]
fn an_error_never_quotes_the_value() {
    let mut object = Object::read(br#"{"a": "my secret", "b": {"secret": 1}}"#).unwrap();
    assert_eq!(
        object.require::<bool>("a").unwrap_err().to_string(),
        "a: expected a boolean"
    );
    assert_eq!(
        object.require::<f64>("b").unwrap_err().to_string(),
        "b: expected a number"
    );
}

#[test]
fn what_is_no_json_is_said_to_be_none_and_where() {
    let message = |document: &str| Object::read(document.as_bytes()).unwrap_err().to_string();
    assert!(
        message("{\"a\": }").starts_with("not valid JSON: "),
        "{}",
        message("{\"a\": }")
    );
    assert!(message("{\"a\": }").contains("line 1 column 7"));
    assert!(message("{\"a\": 1} x").starts_with("not valid JSON: "));
    assert!(Object::read(b"{\"a\": \"\xff\"}").is_err());
    assert!(Object::read(b"").is_err());
}

#[test]
fn as_an_error_it_is_an_invalid_request() {
    let error = Error::from(FieldError::new("expected a string").within("model"));
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.message(), Some("model: expected a string"));
    let error = FieldError::new("no")
        .within_item(2)
        .into_error(ErrorKind::Malformed);
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Malformed, Some("[2]: no"))
    );
}

#[test]
fn nesting_without_end_is_refused_and_does_not_overflow_the_stack() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    // As text it may pass; nobody can be made to climb down.
    let mut object = Object::read(deep.as_bytes()).unwrap();
    let error = object.take::<serde_json::Value>("a").unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}

#[test]
fn numbers_beyond_all_bounds_are_kept_or_refused() {
    let mut object = Object::read(br#"{"a": 1e400, "b": 1e400}"#).unwrap();
    assert!(object.take::<f64>("a").is_err());
    assert_eq!(object.into_rest(), fields(&[("b", "1e400")]));
}

#[test]
fn the_shape_of_a_value_is_told_from_its_first_character() {
    for (text, expect) in [
        ("null", Shape::Null),
        ("true", Shape::Bool),
        ("false", Shape::Bool),
        ("-1", Shape::Number),
        ("\"a\"", Shape::String),
        ("[]", Shape::Array),
        ("{}", Shape::Object),
    ] {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        assert_eq!(shape(raw), expect, "{text}");
    }
}

#[test]
fn fields_are_written_in_their_order_and_raw_values_as_they_are() {
    let raw = RawJson::parse("{\"z\": 1, \"a\": [ ]}").unwrap();
    let text = written(|object| {
        object
            .field("b", "\"quoted\"\n")
            .optional("none", None::<&str>)
            .optional("some", Some(&1.5))
            .field("raw", &raw);
        object.object("inner", |inner| {
            inner.field("x", &true);
        });
        object.array("list", |list| {
            list.value(&1).value("two");
            list.object(|item| {
                item.field("y", &());
            });
        });
        object.object("empty", |_| {});
        object.array("none", |_| {});
    });
    assert_eq!(
        text,
        r#"{"b":"\"quoted\"\n","some":1.5,"raw":{"z": 1, "a": [ ]},"inner":{"x":true},"list":[1,"two",{"y":null}],"empty":{},"none":[]}"#
    );
}

#[test]
fn extra_fields_go_back_to_their_own_protocol_only() {
    let extra = Extra::from_fields(PROTOCOL, fields(&[("a", "1")]));
    let to = |protocol: Protocol| {
        written(|object| {
            object.extra(extra.as_ref(), &protocol);
        })
    };
    assert_eq!(to(PROTOCOL), r#"{"a":1}"#);
    assert_eq!(to(Protocol::new("other")), "{}");
}

#[test]
fn an_override_stands_in_for_the_field_and_the_first_one_wins() {
    let (own, all) = (
        fields(&[("a", "1"), ("o", "{}")]),
        fields(&[("a", "2"), ("b", "3")]),
    );
    let mut out = BytesMut::new();
    let written = write_object_with(&mut out, &[&own, &all], |object| {
        object.field("a", &0).field("c", &4);
        object.object("o", |inner| {
            inner.field("x", &1);
        });
        "result"
    });
    assert_eq!(written, "result");
    let text = String::from_utf8(out.to_vec()).unwrap();
    assert_eq!(text, r#"{"c":4,"a":1,"o":{},"b":3}"#);
}

#[test]
fn a_value_without_a_form_in_json_is_null() {
    let map = BTreeMap::from([((1, 2), 3)]);
    assert_eq!(
        written(|object| {
            object.field("a", &map).field("b", &f64::NAN);
        }),
        r#"{"a":null,"b":null}"#
    );
}

/// Arbitrary JSON.
fn value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_object_that_is_read_and_written_is_the_same(
        members in prop::collection::btree_map(".*", value(), 0..6),
    ) {
        let value = serde_json::Value::Object(members.into_iter().collect());
        let text = value.to_string();
        let rest = Object::read(text.as_bytes()).unwrap().into_rest();
        let again = written(|object| { object.fields(&rest); });
// serde_json's own reading of a float may differ from what was written in the last digit: read both.
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        prop_assert_eq!(read(&again), read(&text));
    }

    #[test]
    fn no_document_makes_it_panic(document in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:a0 ]{0,40}") {
        for bytes in [&document[..], text.as_bytes()] {
            if let Ok(mut object) = Object::read(bytes) {
                let _ = object.take::<String>("a");
                let _ = object.take_each("", read_value::<u64>);
                object.into_rest();
            }
        }
    }
}
