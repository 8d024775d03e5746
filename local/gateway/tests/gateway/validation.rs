//! Requests against a specification of our own.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::Call;
use crate::setup::{Setup, config, refusal};
use crate::upstream::Upstream;

const SPECIFICATION: &str = "
openapi: 3.1.0
info: {title: Test, version: 1.0.0}
paths:
  /v1/draw:
    parameters:
    - {name: Idempotency-Key, in: header, schema: {type: string, pattern: '^[!-~]{1,8}$'}}
    - {name: Authorization, in: header, required: true, schema: {type: string}}
    post:
      requestBody: {$ref: '#/components/requestBodies/Draw'}
      responses: {}
  /v1/draw/latest:
    get: {responses: {}}
    post:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {}
  /v1/draw/{draw_id}:
    parameters:
    - {$ref: '#/components/parameters/DrawId'}
    get:
      parameters:
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
      - {name: cursor, in: query, schema: {type: string, minLength: 1}}
      - {name: exact, in: query, required: true, schema: {type: boolean}}
      responses: {}
components:
  parameters:
    DrawId: {name: draw_id, in: path, required: true, schema: {$ref: '#/components/schemas/Id'}}
  requestBodies:
    Draw:
      required: true
      content:
        application/json:
          schema:
            type: object
            required: [pool_id]
            additionalProperties: false
            properties:
              pool_id: {$ref: '#/components/schemas/Name'}
              draw_count: {type: integer, minimum: 1, maximum: 100}
              notes: {type: array, items: {type: object, properties: {text: {type: [string, 'null']}}}}
  schemas:
    Name: {type: string, pattern: '^[a-z0-9][a-z0-9-]{0,63}$'}
    Id: {type: string, format: uuid}
";

fn plugin(specification: &str, more: &str) -> String {
    let encoded = utf8_percent_encode(specification, NON_ALPHANUMERIC);
    format!(
        "- name: oas-validation\n  config: {{api_spec: \"{encoded}\", verbose_response: true{more}}}"
    )
}

async fn with_specification() -> (Setup, Upstream) {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &plugin(SPECIFICATION, ""))).await;
    (setup, upstream)
}

#[tokio::test]
async fn a_body_must_fit_its_schema_and_the_field_is_named() {
    let (setup, upstream) = with_specification().await;
    for (body, reason) in [
        (r#"{"pool_id":"one"}"#, None),
        (r#"{"pool_id":"one","draw_count":100,"notes":[{"text":null}]}"#, None),
        ("{}", Some(r#"pool_id: "pool_id" is a required property"#)),
        (r#"{"pool_id":7}"#, Some(r#"pool_id: value is not of type "string""#)),
        (
            r#"{"pool_id":"One"}"#,
            Some(r#"pool_id: value does not match "^[a-z0-9][a-z0-9-]{0,63}$""#),
        ),
        (
            r#"{"pool_id":"one","draw_count":0}"#,
            Some("draw_count: value is less than the minimum of 1"),
        ),
        (
            r#"{"pool_id":"one","draw_count":"1"}"#,
            Some(r#"draw_count: value is not of type "integer""#),
        ),
        (
            r#"{"pool_id":"one","notes":[{},{"text":5}]}"#,
            Some(r#"notes.1.text: value is not of types "null", "string""#),
        ),
        (
            r#"{"pool_id":"one","surplus":1}"#,
            Some("surplus: Additional properties are not allowed ('surplus' was unexpected)"),
        ),
        (r#"["pool_id"]"#, Some(r#"value is not of type "object""#)),
        (r#"{"pool_id":"#, Some("the body is not valid JSON")),
        ("", Some("the body is missing")),
    ] {
        let reply = setup.send(Call::post("/v1/draw").json(body)).await;
        match reason {
            None => assert_eq!(reply.status, 200, "{body}: {reply:?}"),
            Some(reason) => reply.assert_message(
                400,
                &format!("request body validation failed with error: '{reason}'"),
            ),
        }
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_body_must_be_json_where_one_is_sent() {
    let (setup, _upstream) = with_specification().await;
    let body = r#"{"pool_id":"one"}"#;
    for (content_type, status) in [
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("Application/JSON"), 200),
        (None, 200), // counts as JSON
        (Some("text/plain"), 400),
        (Some("application/jsonp"), 400),
    ] {
        let mut call = Call::post("/v1/draw");
        if let Some(content_type) = content_type {
            call = call.header("Content-Type", content_type);
        }
        let reply = setup.send(call.body(body)).await;
        assert_eq!(reply.status, status, "{content_type:?}");
    }
    // Where a body may be left out, it may.
    assert_eq!(setup.send(Call::post("/v1/draw/latest")).await.status, 200);
    assert_eq!(setup.send(Call::post("/v1/draw/latest").json("[]")).await.status, 400);
}

#[tokio::test]
async fn parameters_must_fit_their_schemas_and_are_named() {
    let (setup, _upstream) = with_specification().await;
    let id = "0f7d7b2e-6a55-4a43-8c8f-0c1f4a1b2c3d";
    for (target, reason) in [
        (format!("/v1/draw/{id}?exact=true"), None),
        (format!("/v1/draw/{id}?exact=false&limit=100&cursor=%2B&unknown=1"), None),
        ("/v1/draw/latest".to_owned(), None), // a fixed path comes before a parameter
        (
            "/v1/draw/7?exact=true".to_owned(),
            Some(r#"path 'draw_id' validation failed with error: 'value is not a "uuid"'"#),
        ),
        (
            format!("/v1/draw/{id}"),
            Some(
                "query 'exact' validation failed with error: 'required parameter value not found in request'",
            ),
        ),
        (
            format!("/v1/draw/{id}?exact=1"),
            Some(r#"query 'exact' validation failed with error: 'value is not of type "boolean"'"#),
        ),
        (
            format!("/v1/draw/{id}?exact=true&limit=101"),
            Some(
                "query 'limit' validation failed with error: 'value is greater than the maximum of 100'",
            ),
        ),
        (
            format!("/v1/draw/{id}?exact=true&limit=ten"),
            Some(r#"query 'limit' validation failed with error: 'value is not of type "integer"'"#),
        ),
        (
            format!("/v1/draw/{id}?exact=true&limit=1&limit=2"),
            Some("query 'limit' validation failed with error: 'given more than once'"),
        ),
        (
            format!("/v1/draw/{id}?exact=true&cursor="),
            Some(
                "query 'cursor' validation failed with error: 'value is shorter than 1 character'",
            ),
        ),
    ] {
        let reply = setup.send(Call::get(&target)).await;
        match reason {
            None => assert_eq!(reply.status, 200, "{target}: {reply:?}"),
            Some(reason) => reply.assert_message(400, reason),
        }
    }
}

#[tokio::test]
async fn headers_must_fit_their_schemas_and_authorization_is_not_ours_to_check() {
    let (setup, _upstream) = with_specification().await;
    for (key, passes) in [("12345678", true), ("123456789", false), ("with space", false)] {
        let call =
            Call::post("/v1/draw").header("Idempotency-Key", key).json(r#"{"pool_id":"one"}"#);
        let reply = setup.send(call).await;
        assert_eq!(reply.status == 200, passes, "{key}");
        if !passes {
            assert!(reply.body.starts_with(r#"{"message":"header 'Idempotency-Key' validation"#));
        }
    }
}

#[tokio::test]
async fn what_the_specification_does_not_have_is_refused() {
    let (setup, upstream) = with_specification().await;
    for (call, missing) in [
        (Call::get("/v1/elsewhere"), "path"),
        (Call::get("/v1/draw"), "method"),
        (Call::get("/v1/draw/"), "path"),
    ] {
        let reason = format!("validation failed, {missing} not found in api specification");
        setup.send(call).await.assert_message(400, &reason);
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn unknown_query_parameters_are_refused_where_configured() {
    let upstream = Upstream::echoing().await;
    let plugin = plugin(SPECIFICATION, ", query_parameter_check: true");
    let setup = Setup::start(&config(&upstream.url(), &plugin)).await;
    assert_eq!(setup.send(Call::get("/v1/draw/latest")).await.status, 200);
    let reply = setup.send(Call::get("/v1/draw/latest?surplus=1")).await;
    reply.assert_message(
        400,
        "query 'surplus' validation failed with error: 'not in the api specification'",
    );
}

#[tokio::test]
async fn a_refused_request_has_cost_quota() {
    let upstream = Upstream::echoing().await;
    let plugins = format!(
        "{}\n- {{name: rate-limiting, config: {{minute: 2, limit_by: ip}}}}",
        plugin(SPECIFICATION, "")
    );
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
    let reply = setup.send(Call::post("/v1/draw").json("{}")).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.header("ratelimit-remaining"), Some("1"));
}

#[test]
fn a_specification_that_we_do_not_understand_is_refused_at_start() {
    for (change, instead, reason) in [
        ("openapi: 3.1.0", "openapi: 3.0.3", "openapi: \"3.0.3\" is not supported"),
        (
            "in: header, schema",
            "in: cookie, schema",
            "Idempotency-Key: in: cookie is not supported",
        ),
        ("schema: {type: boolean}", "schema: {type: array}", "exact: type: array is not supported"),
        (
            "exact, in: query",
            "exact, style: deepObject, in: query",
            "exact: style is not supported",
        ),
        ("application/json:\n", "text/plain:\n", "content type text/plain is not supported"),
        ("schemas/Name", "schemas/Nobody", "the schema is not valid"),
        (
            "parameters/DrawId",
            "parameters/Nobody",
            "$ref #/components/parameters/Nobody points nowhere",
        ),
        (
            "type: string, pattern",
            "type: text, pattern",
            "Idempotency-Key: type: text is not supported",
        ),
        ("type: object, properties", "type: thing, properties", "the schema is not valid"),
        ("    get: {responses", "    fetch: {responses", "/v1/draw/latest: fetch is not supported"),
        (
            "draw_id, in: path, required: true",
            "draw_id, in: path",
            "one in the path must be required",
        ),
    ] {
        assert!(SPECIFICATION.contains(change), "{change}");
        let changed = SPECIFICATION.replacen(change, instead, 1);
        let error = refusal(&config("http://127.0.0.1:1", &plugin(&changed, "")));
        assert!(error.contains(reason), "{instead}: {error}");
        assert!(error.contains("service only: plugin oas-validation: api_spec"), "{error}");
    }
}
