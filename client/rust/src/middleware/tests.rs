//! The cases that hold for the middleware of all languages.
#![cfg(all(feature = "http", feature = "grpc"))]

use serde_json::{json, Value};

use super::{
    table::{HttpTable, Match, RpcTable},
    Rule,
};

fn cases() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../conformance/middleware.json"
    );
    let text = std::fs::read_to_string(path).expect("the cases are there");
    serde_json::from_str(&text).expect("the cases are JSON")
}

fn rules(value: &Value) -> Vec<Rule> {
    serde_json::from_value(value.clone()).expect("the rules have known fields")
}

/// A match in the form of the cases.
fn shown(found: Match) -> Value {
    match found {
        Match::Denied => json!({"denied": true}),
        Match::Public => json!({"public": true}),
        Match::Ask(question) => {
            let context = question.context.into_iter().map(|(key, values)| {
                assert_eq!(values.values.len(), 1);
                (key, Value::from(values.values[0].clone()))
            });
            json!({"action": question.action, "resource": question.resource,
                   "context": Value::Object(context.collect())})
        }
    }
}

#[test]
fn http() {
    let cases = cases();
    let list = cases["http"].as_array().expect("a list");
    assert!(list.len() > 50);
    for case in list {
        let table = &cases["tables"][case["table"].as_str().unwrap()];
        let found = HttpTable::new(rules(table)).unwrap().find(
            case["method"].as_str().unwrap(),
            case["path"].as_str().unwrap(),
        );
        assert_eq!(shown(found), case["expect"], "{}", case["name"]);
    }
}

/// The layer stands before the message is read: of the cases those without
/// placeholders hold, and tables with some are refused.
#[test]
fn rpc() {
    let cases = cases();
    let table = cases["tables"]["roles"].as_array().expect("a list");
    let error = RpcTable::new(rules(&cases["tables"]["roles"])).unwrap_err();
    assert!(error.message().starts_with("rule 2: "), "{error}");
    let without: Vec<Value> = table
        .iter()
        .filter(|rule| !rule.to_string().contains("}\""))
        .filter(|rule| !rule["resource"].to_string().contains('{'))
        .cloned()
        .collect();
    assert_eq!(without.len(), 2);
    let reduced = RpcTable::new(rules(&Value::Array(without))).unwrap();
    let mut held = 0;
    for case in cases["rpc"].as_array().expect("a list") {
        let rpc = case["rpc"].as_str().unwrap();
        if rpc.ends_with("RegistryService/GetRole") || rpc.ends_with("ListRoles") {
            continue;
        }
        held += 1;
        assert_eq!(shown(reduced.find(rpc)), case["expect"], "{}", case["name"]);
    }
    assert!(held >= 4);
}

#[test]
fn wrong_tables() {
    for case in cases()["wrong_tables"].as_array().expect("a list") {
        let rules = rules(&case["rules"]);
        let error = match case["for"].as_str().unwrap() {
            "http" => HttpTable::new(rules).map(drop),
            _ => RpcTable::new(rules).map(drop),
        }
        .expect_err(&case["name"].to_string());
        let expected = case["error"].as_str().unwrap();
        assert!(
            error.message().contains(expected),
            "{}: `{error}` does not say `{expected}`",
            case["name"]
        );
    }
}

#[test]
fn a_rule_with_a_field_of_another_name_is_refused() {
    let misspelt = json!({"method": "GET", "path": "/a", "publc": true});
    assert!(serde_json::from_value::<Rule>(misspelt).is_err());
}
