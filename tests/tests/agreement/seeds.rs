//! Disagreements, planted one at a time into the files that were read.

use serde_json::json;

use crate::project::{Crate, Function, Operation, Project, Route};

pub(crate) struct Seed {
    pub(crate) plant: fn(&mut Project),
    /// The disagreement that the checker must find.
    pub(crate) expect: &'static str,
}

fn operation<'a>(project: &'a mut Project, name: &str) -> &'a mut Operation {
    project.operations.iter_mut().find(|it| it.name == name).unwrap()
}

fn route<'a>(project: &'a mut Project, name: &str) -> &'a mut Route {
    &mut project.services.iter_mut().find(|it| it.name == name).unwrap().routes[0]
}

fn function<'a>(project: &'a mut Project, logical_id: &str) -> &'a mut Function {
    project.functions.iter_mut().find(|it| it.logical_id == logical_id).unwrap()
}

fn code<'a>(project: &'a mut Project, folder: &str) -> &'a mut Crate {
    project.crates.iter_mut().find(|it| it.folder == folder).unwrap()
}

pub(crate) const SEEDS: &[Seed] = &[
    // Names.
    Seed {
        plant: |project| project.operations.retain(|it| it.name != "get-saga"),
        expect: "get-saga: in kong/kong.yaml, and not in openapi.yaml",
    },
    Seed {
        plant: |project| project.services.retain(|it| it.name != "get-saga"),
        expect: "get-saga: in openapi.yaml, and not in kong/kong.yaml",
    },
    Seed {
        plant: |project| project.functions.retain(|it| it.logical_id != "Refund"),
        expect: "functions/saga/refund: in functions/, and not in template.yaml",
    },
    Seed {
        plant: |project| project.crates.retain(|it| it.package != "refund"),
        expect: "functions/saga/refund: in template.yaml, and not in functions/",
    },
    Seed {
        plant: |project| code(project, "functions/gacha/get-pool").routes.clear(),
        expect: "functions/gacha/get-pool: in openapi.yaml, and not in a crate with a route",
    },
    Seed {
        plant: |project| function(project, "GetPool").has_url = false,
        expect: "functions/gacha/get-pool: in openapi.yaml, and not in template.yaml with a URL",
    },
    Seed {
        plant: |project| function(project, "Migrate").has_url = true,
        expect: "functions/ops/migrate: in template.yaml with a URL, and not in openapi.yaml",
    },
    Seed {
        plant: |project| project.outputs.retain(|it| it != "GetPoolUrl"),
        expect: "GetPoolUrl: in openapi.yaml, and not in the outputs of template.yaml",
    },
    Seed {
        plant: |project| operation(project, "get-pool").folder = "user".to_owned(),
        expect: "functions/user/get-pool: in openapi.yaml, and not in a crate with a route",
    },
    Seed {
        plant: |project| code(project, "functions/gacha/get-pool").package = "pool".to_owned(),
        expect: "functions/gacha/get-pool: its package is named pool",
    },
    Seed {
        plant: |project| function(project, "GetPool").logical_id = "Pool".to_owned(),
        expect: "get-pool: template.yaml calls its block Pool",
    },
    Seed {
        plant: |project| function(project, "GetPool").function_name = "get-pool".to_owned(),
        expect: "get-pool: template.yaml names it get-pool",
    },
    Seed {
        plant: |project| route(project, "get-pool").name = "pool".to_owned(),
        expect: "get-pool: kong/kong.yaml names its route pool",
    },
    // Order.
    Seed {
        plant: |project| project.services.swap(0, 1),
        expect: "get-home: in kong/kong.yaml it stands where openapi.yaml has get-status",
    },
    Seed {
        plant: |project| project.functions.swap(0, 1),
        expect: "functions/service/get-home: in template.yaml with a URL it stands where \
                 openapi.yaml has functions/service/get-status",
    },
    Seed {
        plant: |project| project.services.push(project.services[0].clone()),
        expect: "kong/kong.yaml names something twice that openapi.yaml has once",
    },
    // Headers.
    Seed {
        plant: |project| {
            let own = route(project, "get-status").plugins.get_mut("request-transformer").unwrap();
            own["remove"]["headers"].as_array_mut().unwrap().retain(|it| it != "X-Amzn-Trace-Id");
        },
        expect: "get-status: its request-transformer does not remove X-Amzn-Trace-Id",
    },
    Seed {
        plant: |project| {
            let plugins = &mut route(project, "create-guest-session").plugins;
            plugins.get_mut("request-transformer").unwrap()["add"] = json!({ "headers": [] });
        },
        expect: "create-guest-session: its request-transformer does not add \
                 X-Origin-Secret:${{ env \"DECK_ORIGIN_SECRET\" }}",
    },
    // Methods, paths, urls.
    Seed {
        plant: |project| route(project, "get-pool").methods.push("POST".to_owned()),
        expect: "get-pool: kong/kong.yaml lets in GET, OPTIONS, POST, not GET, OPTIONS",
    },
    Seed {
        plant: |project| {
            route(project, "get-pool").plugins.remove("cors");
        },
        expect: "get-pool: kong/kong.yaml lets in GET, OPTIONS, not GET",
    },
    Seed {
        plant: |project| route(project, "get-user").paths = vec!["~/v1/users/you$".to_owned()],
        expect: "get-user: kong/kong.yaml lets in /v1/users/you, openapi.yaml has /v1/users/me",
    },
    Seed {
        plant: |project| route(project, "get-user").paths = vec!["/v1/users/me".to_owned()],
        expect: "get-user: kong/kong.yaml lets in all that begins with /v1/users/me, \
                 openapi.yaml has /v1/users/me",
    },
    Seed {
        plant: |project| route(project, "get-user").paths = vec!["~/v1/users/me".to_owned()],
        expect: "get-user: kong/kong.yaml lets in all that begins with ~/v1/users/me, \
                 openapi.yaml has /v1/users/me",
    },
    Seed {
        plant: |project| {
            route(project, "get-pool").paths = vec!["~/v1/gacha/pools/(?<pool>[^/]+)$".to_owned()];
        },
        expect: "get-pool: kong/kong.yaml lets in /v1/gacha/pools/{pool}, \
                 openapi.yaml has /v1/gacha/pools/{pool_id}",
    },
    Seed {
        plant: |project| project.services[0].routes.clear(),
        expect: "get-status: kong/kong.yaml has 0 routes, not 1",
    },
    Seed {
        plant: |project| {
            let service = project.services.iter_mut().find(|it| it.name == "get-user");
            service.unwrap().url = "http://127.0.0.1".to_owned();
        },
        expect: "get-user: kong/kong.yaml has the url http://127.0.0.1, \
                 not ${{ env \"DECK_GET_USER_URL\" }}",
    },
    Seed {
        plant: |project| {
            code(project, "functions/user/get-user").routes = vec!["PUT /v1/users/me".to_owned()];
        },
        expect: "get-user: its code serves PUT /v1/users/me, openapi.yaml has GET /v1/users/me",
    },
    Seed {
        plant: |project| function(project, "GetUser").description = "The player".to_owned(),
        expect: "get-user: template.yaml describes it as The player, not GET /v1/users/me",
    },
    Seed {
        plant: |project| function(project, "RequestDraw").timeout_s = 60,
        expect: "request-draw: kong/kong.yaml waits 29000 ms, \
                 and template.yaml lets it run for 60 s",
    },
    // Who needs a token.
    Seed {
        plant: |project| {
            route(project, "get-user").plugins.remove("jwt");
        },
        expect: "get-user: needs a token, and kong/kong.yaml asks for none",
    },
    Seed {
        plant: |project| {
            route(project, "refresh-session").plugins.insert("jwt".to_owned(), json!({}));
        },
        expect: "refresh-session: needs no token, and kong/kong.yaml asks for one",
    },
    // Rate limits, and what they are counted by.
    Seed {
        plant: |project| {
            route(project, "request-draw").plugins.remove("rate-limiting");
        },
        expect: "request-draw: a minute has no limit in kong/kong.yaml, 10 in openapi.yaml",
    },
    Seed {
        plant: |project| operation(project, "request-draw").limit_per_minute = Some(60),
        expect: "request-draw: a minute has 10 in kong/kong.yaml, 60 in openapi.yaml",
    },
    Seed {
        plant: |project| {
            let limit = json!({ "minute": 10, "limit_by": "consumer" });
            route(project, "request-draw").plugins.insert("rate-limiting".to_owned(), limit);
        },
        expect: "request-draw: kong/kong.yaml counts by (Some(\"consumer\"), None), \
                 not (Some(\"header\"), Some(\"TenjoPlayer\"))",
    },
    Seed {
        plant: |project| {
            let limit = json!({ "minute": 30, "limit_by": "ip" });
            route(project, "refresh-session").plugins.insert("rate-limiting".to_owned(), limit);
        },
        expect: "refresh-session: kong/kong.yaml counts by (Some(\"ip\"), None), \
                 not (Some(\"header\"), Some(\"TenjoNetwork\"))",
    },
    Seed {
        plant: |project| {
            operation(project, "request-draw").statuses.remove(&429);
        },
        expect: "request-draw: openapi.yaml has no 429",
    },
    // Environment and rights.
    Seed {
        plant: |project| {
            function(project, "RequestDraw").environment.remove("TENJO_OPS_TABLE");
        },
        expect: "functions/gacha/request-draw: reads TENJO_OPS_TABLE; template.yaml has none",
    },
    Seed {
        plant: |project| {
            let owner = &mut function(project, "GetPool").environment;
            owner.insert("TENJO_OPS_TABLE".to_owned(), "x".to_owned());
        },
        expect: "functions/gacha/get-pool: never reads TENJO_OPS_TABLE of template.yaml",
    },
    Seed {
        plant: |project| function(project, "Reserve").may_read.clear(),
        expect: "Reserve: needs /tenjo/${Stage}/database-urls/reserve, and may not read it",
    },
    Seed {
        plant: |project| {
            function(project, "Reserve").may_read.insert("/tenjo/${Stage}/*".to_owned());
        },
        expect: "Reserve: may read /tenjo/${Stage}/*, and does not need it",
    },
    Seed {
        plant: |project| {
            let may_read = &mut function(project, "Migrate").may_read;
            may_read.insert("/tenjo/${Stage}/nothing".to_owned());
        },
        expect: "Migrate: may read /tenjo/${Stage}/nothing, and does not need it",
    },
    Seed {
        plant: |project| {
            function(project, "Migrate").environment.remove("TENJO_SEEDS_DATABASE_URL");
        },
        expect: "Migrate: may read /tenjo/${Stage}/database-urls/*, and does not need it",
    },
    // The saga.
    Seed {
        plant: |project| {
            project.saga.placeholders.remove("DrawFunctionArn");
        },
        expect: "DrawFunctionArn: in its substitutions, and not in gacha-saga.asl.json",
    },
    Seed {
        plant: |project| {
            let wrong = "Draw.Alias".to_owned();
            project.saga.substitutions.insert("GrantFunctionArn".to_owned(), wrong);
        },
        expect: "GrantFunctionArn: template.yaml fills in Draw.Alias",
    },
    Seed {
        plant: |project| {
            project.saga.may_invoke.insert("Migrate.Alias".to_owned());
        },
        expect: "Migrate.Alias: in what the state machine may invoke, and not in the substitutions",
    },
    // Error codes.
    Seed {
        plant: |project| {
            project.codes.insert((418, "teapot".to_owned()));
        },
        expect: "418 teapot: in shared/http, and not in openapi.yaml",
    },
    Seed {
        plant: |project| {
            operation(project, "get-pool").codes.insert((404, "gone".to_owned()));
        },
        expect: "404 gone: in openapi.yaml, and not in shared/http",
    },
    Seed {
        plant: |project| operation(project, "get-pool").codes_of_examples.clear(),
        expect: "get-pool: 404 not_found is not in both codes and examples",
    },
    Seed {
        plant: |project| {
            operation(project, "get-pool").gateway_examples.remove(&400);
        },
        expect: "get-pool: 400 is not both from the gateway and shown so",
    },
];
