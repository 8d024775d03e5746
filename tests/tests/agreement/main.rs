//! `openapi.yaml`, `kong/kong.yaml`, `template.yaml` and `functions/` describe
//! the same functions, each from its own side. This test reads all of them and
//! names every disagreement in one run.
//!
//! The checker is a pure function of the files that were read. To show that it finds
//! disagreements, each kind of them is also planted, and must be found.

mod accounts;
mod check;
#[cfg(test)] // for Clippy: its helpers are tests too
mod dependencies;
mod examples;
mod functions;
mod gateway;
#[cfg(test)] // for Clippy: its helpers are tests too
mod idempotency;
#[cfg(test)] // for Clippy: its helpers are tests too
mod invariants;
#[cfg(test)] // for Clippy: its helpers are tests too
mod limits;
mod names;
mod openapi;
#[cfg(test)] // for Clippy: its helpers are tests too
mod personal_data;
mod project;
mod saga;
#[cfg(test)] // for Clippy: its helpers are tests too
mod seeds;
mod shapes;
mod template;
#[cfg(test)] // for Clippy: its helpers are tests too
mod unit_tests;

use std::collections::BTreeSet;

use project::Project;
use serde_json::json;
use tenjo_saga::{FIRST_RUN_SECONDS, LEASE_SECONDS};
use tenjo_store::roles::ROLES;

#[test]
fn openapi_kong_template_and_functions_agree() {
    let project = Project::read().unwrap();
    assert!(!project.operations.is_empty(), "openapi.yaml has no operations");

    let found = check::disagreements(&project);
    assert!(found.is_empty(), "{} disagreements:\n- {}", found.len(), found.join("\n- "));
}

#[test]
fn every_planted_disagreement_is_found() {
    let project = Project::read().unwrap();
    let known = check::disagreements(&project);
    for seed in seeds::SEEDS {
        let mut planted = project.clone();
        (seed.plant)(&mut planted);
        let mut found = check::disagreements(&planted);
        found.retain(|disagreement| !known.contains(disagreement));
        assert!(
            found.iter().any(|disagreement| disagreement == seed.expect),
            "{:?} was planted, and these were found: {found:#?}",
            seed.expect,
        );
    }
}

#[test]
fn every_example_in_openapi_is_as_its_schema_says() {
    let document = project::yaml("openapi.yaml").unwrap();
    let examples = examples::of(&document).unwrap();
    assert!(examples.len() > 30, "only {} examples were found", examples.len());

    let bad: Vec<String> = examples.iter().filter_map(|example| example.problem()).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn an_example_that_breaks_its_schema_is_found() {
    let mut document = project::yaml("openapi.yaml").unwrap();
    let body = "/paths/~1v1~1gacha~1draw/post/requestBody/content/application~1json";
    let value = format!("{body}/examples/ten/value");
    document.pointer_mut(&value).unwrap()["draw_count"] = 101.into();

    let examples = examples::of(&document).unwrap();
    let bad: Vec<String> = examples.iter().filter_map(|example| example.problem()).collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert!(bad[0].contains("101 is greater than the maximum of 100"), "{bad:?}");
}

#[test]
fn every_schema_in_openapi_has_a_form_that_client_generators_read() {
    let document = project::yaml("openapi.yaml").unwrap();
    let found = shapes::problems(&document).unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_schema_that_client_generators_misread_is_found() {
    let document = project::yaml("openapi.yaml").unwrap();
    let nameless = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let pool = json!({ "$ref": "#/components/schemas/PoolId" });
    for (pointer, bad, expect) in [
        ("/schemas/Pool/properties/day", &nameless, "Pool.day is an object without a name"),
        ("/schemas/Pool/properties/prices/items", &nameless, "Pool.prices.items is an object"),
        ("/schemas/Draw/properties/cost", &json!({ "allOf": [pool] }), "Draw.cost has allOf"),
        ("/schemas/Rarity", &json!({ "const": "R" }), "Rarity has const"),
        ("/schemas/Rarity", &json!({ "enum": ["R"] }), "Rarity has a closed enum in an answer"),
        (
            "/schemas/Saga/properties/status",
            &json!({ "oneOf": [{ "type": "string" }, { "type": "null" }] }),
            "Saga.status has a oneOf that",
        ),
        (
            "/schemas/Rarity",
            &json!({ "type": "string", "x-extensible-enum": ["R"] }),
            "Rarity: its description, which clients see, has no `R`",
        ),
        (
            "/responses/Draw/content/application~1json/schema",
            &nameless,
            "the answer Draw has no schema with a name",
        ),
        (
            "/schemas/PoolDetails/properties/closes_at",
            &json!({ "type": "string" }),
            "PoolDetails.closes_at is not as in Pool",
        ),
    ] {
        let mut planted = document.clone();
        *planted["components"].pointer_mut(pointer).unwrap() = bad.clone();
        let found = shapes::problems(&planted).unwrap();
        let is_found = found.iter().any(|problem| problem.starts_with(expect));
        assert!(is_found, "{expect:?} was planted, and these were found: {found:#?}");
    }
}

#[test]
fn a_draw_links_to_its_saga_and_its_proof_and_the_saga_to_the_proof() {
    let document = project::yaml("openapi.yaml").unwrap();
    for (answer, links) in [
        ("Draw", &["getSaga", "getDrawProof"][..]),
        ("DrawAccepted", &["getSaga"]),
        ("Saga", &["getDrawProof"]),
    ] {
        let answer = &document["components"]["responses"][answer];
        let found = answer["links"].as_object().into_iter().flat_map(|links| links.values());
        let to: BTreeSet<_> = found
            .filter(|link| link["parameters"]["saga_id"] == "$response.body#/data/saga_id")
            .filter_map(|link| link["operationId"].as_str())
            .collect();
        for link in links {
            assert!(to.contains(link), "{answer:?} has no link to {link}");
        }
    }
}

#[test]
fn a_pool_links_to_the_odds_of_its_revision() {
    let document = project::yaml("openapi.yaml").unwrap();
    let link = &document["components"]["responses"]["Pool"]["links"]["revision"];
    assert_eq!(link["operationId"], "getRevision");
    assert_eq!(link["parameters"]["revision"], "$response.body#/data/revision");
    // What the link and `SoftPity` send readers for.
    let schemas = &document["components"]["schemas"];
    assert!(schemas["PoolDetails"]["properties"]["revision"].is_object());
    assert_eq!(
        schemas["Revision"]["properties"]["odds"]["$ref"],
        "#/components/schemas/PublishedOdds"
    );
    assert!(schemas["PublishedOdds"]["properties"]["pity"].is_object());
}

#[test]
fn rate_limits_are_what_the_page_on_the_api_says() {
    for operation in Project::read().unwrap().operations {
        let expected = match operation.path.as_str() {
            "/v1/gacha/draw" => 10,
            path if path.starts_with("/v1/auth/") || path.starts_with("/v1/users/") => 30,
            path if path.ends_with("/notifications") => 600,
            _ => 60,
        };
        assert_eq!(operation.limit_per_minute, Some(expected), "{}", operation.path);
    }
}

#[test]
fn the_page_on_the_api_has_every_route_and_every_code() {
    let page = project::text("docs/API-DESIGN.md").unwrap();
    let project = Project::read().unwrap();
    let routes = project.operations.iter().map(|it| format!("`{} {}`", it.method, it.path));
    let codes = project.codes.iter().map(|(status, code)| format!("| {status} | `{code}`"));
    let missing: Vec<String> = routes.chain(codes).filter(|it| !page.contains(it)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn nobody_takes_a_saga_whose_run_may_still_go_on() {
    let definition = project::text("functions/saga/gacha-saga.asl.json").unwrap();
    let definition: serde_json::Value = serde_json::from_str(&definition).unwrap();
    let run_s = definition["TimeoutSeconds"].as_u64().unwrap();
    let project = Project::read().unwrap();
    let timeout_s = |logical_id: &str| {
        let found = project.functions.iter().find(|it| it.logical_id == logical_id);
        found.unwrap().timeout_s
    };
    // A function that takes a saga begins the run before its own timeout.
    for (beginner, lease_s) in [
        ("RequestDraw", FIRST_RUN_SECONDS),
        ("RecoverSagas", LEASE_SECONDS),
        ("RequestDraw", LEASE_SECONDS),
    ] {
        let needed_s = timeout_s(beginner) + run_s;
        assert!(u64::from(lease_s) > needed_s, "{beginner}: {lease_s} s, and {needed_s} s at most");
    }
}

/// What the function needs besides its longest wait: it may wait 1.5 s for a connection, and
/// looks once more.
const BESIDES_A_WAIT_S: u64 = 5;

#[test]
fn the_longest_wait_for_a_draw_ends_before_its_function_is_stopped() {
    let code = project::text("functions/gacha/get-saga/src/wait.rs").unwrap();
    let longest = regex::Regex::new(r"const LONGEST_S: u32 = (\d+);").unwrap();
    let longest_s: u64 = longest.captures(&code).unwrap()[1].parse().unwrap();
    let project = Project::read().unwrap();
    let function = project.functions.iter().find(|it| it.logical_id == "GetSaga").unwrap();
    // That the gateway waits longer than any function runs is compared above.
    assert!(
        longest_s + BESIDES_A_WAIT_S <= function.timeout_s,
        "a wait of {longest_s} s, and the function is stopped after {} s",
        function.timeout_s,
    );
    let document = project::yaml("openapi.yaml").unwrap();
    let promised = &document["components"]["parameters"]["WaitS"]["schema"]["maximum"];
    assert_eq!(promised.as_u64(), Some(longest_s), "what the API takes");
}

#[test]
fn functions_limit_a_player_as_the_gateway_does() {
    let project = Project::read().unwrap();
    let template = project::yaml("template.yaml").unwrap();
    for (function, parameter) in
        [("request-draw", "DrawsPerMinute"), ("exchange-points", "ExchangesPerMinute")]
    {
        let operation = project.operations.iter().find(|it| it.name == function).unwrap();
        let default = template["Parameters"][parameter]["Default"].as_u64();
        assert_eq!(default, operation.limit_per_minute, "{function}");
    }
}

#[test]
fn every_setting_that_shared_code_reads_is_known_here() {
    let project = Project::read().unwrap();
    let known = functions::SETTINGS_OF_SHARED_CODE
        .iter()
        .flat_map(|(_, settings)| *settings)
        .filter(|setting| **setting != functions::OF_THE_C_LIBRARY)
        .map(|setting| (*setting).to_owned())
        .collect();
    assert_eq!(project.settings_in_shared_code, known);
}

#[test]
fn every_database_user_of_the_code_gets_a_url() {
    let secrets = project::yaml("infra/secrets.yaml").unwrap();
    let listed = secrets["database_users"].as_array().unwrap().iter();
    let listed: BTreeSet<&str> = listed.map(|user| user.as_str().unwrap()).collect();
    let users = ROLES.iter().map(|role| role.user.strip_prefix("tenjo_").unwrap());
    assert_eq!(listed, users.collect::<BTreeSet<&str>>());
}
