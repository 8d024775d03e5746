//! What the gateway does not support, it refuses by name at start.

use crate::setup::{config, refusal};

const URL: &str = "http://127.0.0.1:1";

#[test]
fn an_unknown_plugin_is_named() {
    for name in ["key-auth", "post-function", "oas-validator"] {
        let error = refusal(&config(URL, &format!("- name: {name}")));
        let expected = format!("service only: plugin {name}: this plugin is not supported");
        assert_eq!(error, expected);
    }
}

#[test]
fn a_plugins_unknown_field_or_value_is_named() {
    for (plugin, fields, reason) in [
        ("correlation-id", "{generator: uuid, surplus: 1}", "unknown field `surplus`"),
        ("correlation-id", "{generator: tracker}", "unknown variant `tracker`"),
        ("correlation-id", "{}", "missing field `generator`"), // Kong's default is another
        ("cors", "{preflight_continue: true}", "unknown field `preflight_continue`"),
        ("cors", "{origins: ['*', 'https://a.example']}", "`*` beside others"),
        ("cors", "{origins: ['(']}", "origins"),
        ("jwt", "{anonymous: somebody}", "unknown field `anonymous`"),
        ("jwt", "{cookie_names: [token]}", "cookie_names is not supported"),
        ("jwt", "{claims_to_verify: [iss]}", "unknown variant `iss`"),
        ("jwt", "{header_names: ['a b']}", "header_names"),
        ("request-size-limiting", "{size_unit: gigabytes}", "unknown variant `gigabytes`"),
        ("request-size-limiting", "{allowed_payload_size: -1}", "invalid value: integer `-1`"),
        ("rate-limiting", "{minute: 1}", "missing field `limit_by`"), // Kong's default is another
        ("rate-limiting", "{minute: 1, limit_by: consumer}", "unknown variant `consumer`"),
        ("rate-limiting", "{minute: 1, limit_by: ip, policy: redis}", "unknown variant `redis`"),
        ("rate-limiting", "{minute: 1, limit_by: ip, redis: {}}", "unknown field `redis`"),
        ("rate-limiting", "{month: 1, limit_by: ip}", "unknown field `month`"),
        ("rate-limiting", "{limit_by: ip}", "no limit is set"),
        ("rate-limiting", "{minute: 0, limit_by: ip}", "minute must be greater than 0"),
        ("rate-limiting", "{minute: 1, limit_by: header}", "needs a header_name"),
        (
            "response-transformer-advanced",
            "{add: {headers: ['a:b'], if_status: ['429'], json: ['a:b']}}",
            "unknown field `json`",
        ),
        (
            "response-transformer-advanced",
            "{add: {headers: ['a:b'], if_status: ['400-499']}}",
            "\"400-499\" is no single status",
        ),
        (
            "response-transformer-advanced",
            "{add: {headers: ['a:b'], if_status: []}}",
            "every status, is not supported",
        ),
        ("request-transformer", "{rename: {headers: ['a:b']}}", "unknown field `rename`"),
        ("request-transformer", "{remove: {body: [a]}}", "unknown field `body`"),
        ("request-transformer", "{add: {headers: [novalue]}}", "not `name:value`"),
        (
            "request-transformer",
            "{add: {headers: ['a:$(headers.b)']}}",
            "templates are not supported",
        ),
        ("request-transformer", "{remove: {headers: [Host]}}", "the host header is not supported"),
        ("pre-function", "{}", "missing field `access`"),
        ("pre-function", "{access: []}", "access has no function"),
        ("pre-function", "{access: [], rewrite: []}", "unknown field `rewrite`"),
        ("pre-function", "{access: ['local a = = 1']}", "unexpected symbol near '='"),
        ("pre-function", "{access: ['if false then os.exit() end']}", "`os.exit` is not supported"),
        ("pre-function", "{access: ['kong.log(1)']}", "`kong.log` is not supported"),
        ("pre-function", "{access: ['local k = kong']}", "`kong` is not supported"),
        ("pre-function", "{access: ['return 1', 'print(1)']}", "`print` is not supported"),
        (
            "pre-function",
            "{access: ['return ngx.var.remote_addr']}",
            "`ngx.var.remote_addr` is not supported",
        ),
        ("oas-validation", "{}", "missing field `api_spec`"),
        ("oas-validation", "{api_spec: x}", "verbose_response: false is not supported"),
        (
            "oas-validation",
            "{api_spec: x, verbose_response: true, validate_response_body: true}",
            "validate_response_body: true is not supported",
        ),
        (
            "oas-validation",
            "{api_spec: x, custom_base_path: /v2}",
            "unknown field `custom_base_path`",
        ),
    ] {
        let error = refusal(&config(URL, &format!("- name: {plugin}\n  config: {fields}")));
        let begin = format!("service only: plugin {plugin}: ");
        assert!(error.starts_with(&begin), "{fields}: {error}");
        assert!(error.contains(reason), "{fields}: {error}");
    }
}

#[test]
fn a_disabled_plugin_is_read_all_the_same() {
    let error = refusal(&config(URL, "- {name: jwt, enabled: false, config: {surplus: 1}}"));
    assert!(error.contains("unknown field `surplus`"), "{error}");
}

#[test]
fn an_entitys_unknown_field_or_value_is_named() {
    let valid = config(URL, "- {name: jwt}");
    for (change, instead, reason) in [
        ("_format_version: \"3.0\"", "_format_version: \"1.1\"", "unknown variant `1.1`"),
        ("_format_version: \"3.0\"\n", "", "missing field `_format_version`"),
        ("services:", "upstreams: []\nservices:", "unknown field `upstreams`"),
        ("services:", "_transform: false\nservices:", "unknown field `_transform`"),
        ("retries: 0", "write_timeout: 1", "unknown field `write_timeout`"),
        ("retries: 0", "tls_verify: true", "unknown field `tls_verify`"),
        ("retries: 0", "retries: some", "retries"),
        (
            "http://127.0.0.1:1",
            "https://127.0.0.1:1",
            "service only: url: https:// is not supported",
        ),
        ("http://127.0.0.1:1", "nowhere", "url \"nowhere\" is not a URL"),
        ("strip_path: false", "strip_path: true", "route any: strip_path: true"),
        (", strip_path: false", "", "route any: strip_path: true (Kong's default)"),
        ("paths: [/]", "paths: [/], hosts: [a.example]", "unknown field `hosts`"),
        ("paths: [/]", "paths: []", "route any: a route without paths is not supported"),
        ("paths: [/]", "paths: [v1]", "the path v1 should start with: /"),
        ("paths: [/]", "paths: ['~/(']", "the path ~/( is not a valid expression"),
        ("{name: jwt}", "{name: jwt, ordering: {}}", "unknown field `ordering`"),
        ("- {name: jwt}", "- {name: jwt}\n  - {name: jwt}", "plugin jwt is configured twice"),
    ] {
        assert!(valid.contains(change), "{change}");
        let error = refusal(&valid.replacen(change, instead, 1));
        assert!(error.contains(reason), "{instead}: {error}");
    }
}

#[test]
fn a_consumers_unknown_field_or_value_is_named() {
    for (secret, reason) in [
        ("{key: k, secret: s, surplus: 1}", "unknown field `surplus`"),
        ("{key: k, algorithm: ES512, rsa_public_key: x}", "unknown variant `ES512`"),
        ("{key: k, algorithm: ES256}", "jwt_secret k: rsa_public_key is missing"),
        ("{key: k, algorithm: ES256, rsa_public_key: x}", "rsa_public_key is not a public key"),
        ("{key: k}", "jwt_secret k: secret is missing"),
        ("{key: '', secret: s}", "key is empty"),
        ("{secret: s}", "missing field `key`"),
    ] {
        let consumers = format!("consumers:\n- {{username: players, jwt_secrets: [{secret}]}}\n");
        let error = refusal(&(config(URL, "") + &consumers));
        assert!(error.contains(reason), "{secret}: {error}");
    }
    let twice = "consumers:\n\
        - {username: a, jwt_secrets: [{key: k, secret: s}]}\n\
        - {username: b, jwt_secrets: [{key: k, secret: s}]}\n";
    let error = refusal(&(config(URL, "") + twice));
    assert!(error.contains("consumer b: jwt_secret k: the key is used twice"), "{error}");
}

#[test]
fn no_refusal_repeats_a_secret() {
    let plugin = "- name: request-transformer\n  config: {add: {headers: [\"X-Origin-Secret:hush\\u0007\"]}}";
    let error = refusal(&config(URL, plugin));
    assert!(error.contains("X-Origin-Secret: not a header value"), "{error}");
    assert!(!error.contains("hush"), "{error}");
}
