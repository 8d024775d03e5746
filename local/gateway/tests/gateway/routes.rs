//! Which route a request takes, and which of a plugin's configurations.

use crate::client::Call;
use crate::setup::Setup;
use crate::upstream::Upstream;

/// One service for each of these routes; the service's path is the route's name.
fn config(url: &str, routes: &[(&str, &str)]) -> String {
    let mut yaml = String::from("_format_version: \"3.0\"\nservices:\n");
    for (name, fields) in routes {
        yaml.push_str(&format!(
            "- name: {name}\n  url: {url}/{name}\n  routes:\n  - {{name: {name}, strip_path: false, {fields}}}\n"
        ));
    }
    yaml
}

#[tokio::test]
async fn the_most_specific_route_wins() {
    let upstream = Upstream::echoing().await;
    let config = config(
        &upstream.url(),
        &[
            ("all", "paths: [/]"),
            ("short", "paths: [/v1], methods: [GET]"),
            ("long", "paths: [/v1/users], methods: [GET]"),
            ("pool", r"paths: ['~/v1/pools/(?<pool_id>[^/]+)$'], methods: [GET]"),
            ("put", "paths: ['~/v1/pools/one$', '~/v1/other$'], methods: [PUT, DELETE]"),
            ("first", "paths: ['~/v1/pools/one$'], methods: [GET], regex_priority: 1"),
            ("open", "paths: ['~/v1/open'], methods: [GET]"),
        ],
    );
    let setup = Setup::start(&config).await;

    for (method, path, route) in [
        ("GET", "/", "all"),
        ("POST", "/v1/users", "all"),
        ("GET", "/v1", "short"),
        ("GET", "/v1/usersXYZ", "long"),
        ("GET", "/v1/pools/two", "pool"),
        ("GET", "/v1/pools/two/", "short"), // anchored at its end
        ("GET", "/x/v1/pools/two", "all"),  // and at its start
        ("GET", "/v1/pools/one", "first"),
        ("DELETE", "/v1/pools/one", "put"),
        ("PUT", "/v1/other", "put"),
        ("GET", "/v1/openXYZ", "open"), // without $ the end stays open
    ] {
        let told = setup.send(Call::new(method, path)).await.json();
        assert_eq!(told["target"], format!("/{route}{path}"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_plugin_nearer_to_the_route_replaces_one_farther_away() {
    let upstream = Upstream::echoing().await;
    let transformer = |value: &str| {
        format!("{{name: request-transformer, config: {{add: {{headers: ['X-From:{value}']}}}}}}")
    };
    let url = upstream.url();
    let config = format!(
        "_format_version: \"3.0\"\n\
         plugins: [{}]\n\
         services:\n\
         - {{name: bare, url: '{url}', routes: [{{name: bare, paths: [/bare], strip_path: false}}]}}\n\
         - name: own\n  url: {url}\n  plugins: [{}]\n  routes:\n  \
           - {{name: service, paths: [/service], strip_path: false}}\n  \
           - {{name: route, paths: [/route], strip_path: false, plugins: [{}]}}\n",
        transformer("global"),
        transformer("service"),
        transformer("route"),
    );
    let setup = Setup::start(&config).await;
    for (path, from) in [("/bare", "global"), ("/service", "service"), ("/route", "route")] {
        let told = setup.send(Call::get(path)).await.json();
        assert_eq!(told["headers"]["x-from"], from, "{path}");
    }
}
