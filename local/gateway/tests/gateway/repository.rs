//! The repository's own `kong/kong.yaml`, with made-up values.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenjo_gateway::{Clock, Environment, Gateway, Settings};

use crate::tokens::Key;

const KONG_YAML: &str = include_str!("../../../../kong/kong.yaml");

/// Enough of a specification for a start: as the gateway's `main` encodes it,
/// and as an operator does, for whom YAML is too long for one variable.
const YAML: &str = "openapi: 3.1.0\npaths: {}\n";
const JSON: &str = r#"{"openapi":"3.1.0","paths":{},"info":{"title":"It's"}}"#;

fn variables(specification: &str) -> Vec<(String, String)> {
    let specification = utf8_percent_encode(specification, NON_ALPHANUMERIC).to_string();
    let url = regex::Regex::new(r#"env "(DECK_\w+_URL)""#).unwrap();
    let mut variables: Vec<(String, String)> = url
        .captures_iter(KONG_YAML)
        .map(|found| (found[1].to_owned(), "http://127.0.0.1:1/x".to_owned()))
        .collect();
    assert!(variables.len() > 20, "{variables:?}");
    for (name, value) in [
        ("DECK_ORIGIN_SECRET", "0123456789abcdef0123456789abcdef"),
        ("DECK_TOKEN_CURRENT_KID", "current"),
        ("DECK_TOKEN_CURRENT_PUBLIC_KEY", &Key::new(1).public_pem()),
        ("DECK_TOKEN_NEXT_KID", "next"),
        ("DECK_TOKEN_NEXT_PUBLIC_KEY", &Key::new(2).public_pem()),
        ("DECK_CORS_ORIGINS", "https://game.example"),
        ("DECK_OPENAPI_SPEC", &specification),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    variables
}

fn load(variables: Vec<(String, String)>) -> anyhow::Result<Gateway> {
    let settings = Settings { clock: Clock::system(), has_rate_limits: true };
    Gateway::new(KONG_YAML, &Environment::from_iter(variables), settings)
}

#[test]
fn the_repositorys_configuration_is_supported() {
    for specification in [YAML, JSON] {
        load(variables(specification)).expect("kong/kong.yaml loads");
    }
}

#[test]
fn each_of_its_variables_is_needed() {
    for missing in 0..variables(YAML).len() {
        let mut variables = variables(YAML);
        let (name, _) = variables.remove(missing);
        let error = load(variables).err().expect("a variable is missing");
        assert!(format!("{error:#}").contains(&format!("'{name}'")), "{name}: {error:#}");
    }
}
