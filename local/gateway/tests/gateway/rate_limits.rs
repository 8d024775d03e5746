//! Limits of requests in a calendar minute, for each caller.

use crate::client::{Call, Reply};
use crate::setup::{NOW_S, Setup, config};
use crate::tokens::{JWT, Key, consumers};
use crate::upstream::Upstream;

const OVER: &str = "API rate limit exceeded";

fn two_a_minute_by(limit_by: &str) -> String {
    format!(
        "- name: rate-limiting\n  \
           config: {{minute: 2, policy: local, fault_tolerant: true, {limit_by}}}"
    )
}

fn standing(reply: &Reply) -> [Option<&str>; 6] {
    [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-ratelimit-limit-minute",
        "x-ratelimit-remaining-minute",
        "retry-after",
    ]
    .map(|name| reply.header(name))
}

#[tokio::test]
async fn the_minute_is_the_calendars() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &two_a_minute_by("limit_by: ip"))).await;

    for (second, status, remaining, reset, retry_after) in [
        (0, 200, "1", "60", None),
        (30, 200, "0", "30", None),
        (31, 429, "0", "29", Some("29")),
        (59, 429, "0", "1", Some("1")),
        (60, 200, "1", "60", None), // the next minute
        (119, 200, "0", "1", None),
        (119, 429, "0", "1", Some("1")),
        (180, 200, "1", "60", None),
    ] {
        setup.set_time(NOW_S + second);
        let reply = setup.send(Call::get("/")).await;
        if status == 429 {
            reply.assert_error(429, OVER);
        }
        assert_eq!(reply.status, status, "second {second}");
        let expected =
            [Some("2"), Some(remaining), Some(reset), Some("2"), Some(remaining), retry_after];
        assert_eq!(standing(&reply), expected, "second {second}");
    }
}

#[tokio::test]
async fn each_token_is_counted_apart() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let plugins =
        format!("{JWT}{}", two_a_minute_by("limit_by: header, header_name: Authorization"));
    let config = config(&upstream.url(), &plugins) + &consumers(&[("k1", &key), ("k2", &key)]);
    let setup = Setup::start(&config).await;
    let (one, other) = (key.token("k1"), key.token("k2"));

    for (token, status) in [(&one, 200), (&one, 200), (&one, 429), (&other, 200), (&other, 200)] {
        assert_eq!(setup.send(Call::get("/").token(token)).await.status, status);
    }
}

#[tokio::test]
async fn a_bad_token_costs_no_quota() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let plugins = format!("{}{JWT}", two_a_minute_by("limit_by: ip"));
    let config = config(&upstream.url(), &plugins) + &consumers(&[("k1", &key)]);
    let setup = Setup::start(&config).await;
    for _ in 0..5 {
        let reply = setup.send(Call::get("/").token("bad")).await;
        assert_eq!(reply.status, 401);
        assert_eq!(standing(&reply), [None; 6]);
    }
    let reply = setup.send(Call::get("/").token(&key.token("k1"))).await;
    assert_eq!(reply.header("ratelimit-remaining"), Some("1"));
}

#[tokio::test]
async fn a_caller_without_the_header_is_counted_by_address() {
    let upstream = Upstream::echoing().await;
    let plugins = two_a_minute_by("limit_by: header, header_name: X-Key");
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
    for (call, status) in [
        (Call::get("/"), 200),
        // What a client claims of its address changes nothing.
        (Call::get("/").header("X-Forwarded-For", "203.0.113.7"), 200),
        (Call::get("/").header("X-Real-IP", "203.0.113.8"), 429),
        (Call::get("/").header("X-Key", "some"), 200),
    ] {
        assert_eq!(setup.send(call).await.status, status);
    }
}

#[tokio::test]
async fn requests_at_once_never_exceed_the_limit() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &two_a_minute_by("limit_by: ip"))).await;
    let calls: Vec<_> = (0..20).map(|_| tokio::spawn(Call::get("/").send(setup.address))).collect();
    let mut passed = 0;
    for call in calls {
        passed += usize::from(call.await.unwrap().status == 200);
    }
    assert_eq!(passed, 2);
}

#[tokio::test]
async fn the_tightest_of_several_limits_is_told() {
    let upstream = Upstream::echoing().await;
    let plugins = "
- name: rate-limiting
  config: {minute: 5, hour: 6, limit_by: ip, error_code: 430, error_message: slowly}
";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    for second in [0, 0, 0, 60, 60] {
        setup.set_time(NOW_S + second);
        setup.send(Call::get("/")).await;
    }
    let last = setup.send(Call::get("/")).await;
    assert_eq!(last.status, 200);
    assert_eq!(last.header("x-ratelimit-remaining-minute"), Some("2"));
    assert_eq!(last.header("x-ratelimit-remaining-hour"), Some("0"));
    assert_eq!(last.header("ratelimit-limit"), Some("6"));
    // 10:41:00, and the hour ends at 11:00.
    assert_eq!(last.header("ratelimit-reset"), Some("1140"));
    setup.send(Call::get("/")).await.assert_error(430, "slowly");
}
