//! The arithmetic of `docs/accounts.md`: each of its numbers is one that holds.

use tenjo_domain::{TransferCode, TransferPassword};

use crate::project::{path, text, yaml};

#[test]
fn the_page_reckons_with_the_limits_that_hold() {
    let page = std::fs::read_to_string(path("docs/accounts.md")).unwrap();
    let template = yaml("template.yaml").unwrap();
    let parameter = |name: &str| template["Parameters"][name]["Default"].clone();
    let tries = parameter("TransferTriesPerNetworkHour").as_u64().unwrap();
    let at_once = parameter("AccountConcurrency");
    let (days, bits) = (TransferCode::LIFETIME.whole_days(), 8 * TransferCode::RANDOM_LEN);
    let digits = TransferCode::of([0; TransferCode::RANDOM_LEN]).shown().replace('-', "").len();
    let of_a_network = 24 * u64::try_from(days).unwrap() * tries;
    for claim in [
        format!("| Codes | {digits} digits of 32: 2^{bits} |"),
        format!("| Tries with a wrong password that lock a code | {} |", TransferCode::MOST_TRIES),
        format!("| Tries of one network in an hour | {tries} |"),
        format!("| A code lives | {days} days |"),
        "at least 8 characters, Argon2id with 19 MiB and 2 passes".to_owned(),
        format!("{tries} × 24 × {days} = {},{:03} tries", of_a_network / 1000, of_a_network % 1000),
        format!("It serves {} requests at once", at_once.as_str().unwrap()),
    ] {
        assert!(page.contains(&claim), "docs/accounts.md does not say: {claim}");
    }
    assert!(TransferPassword::new("x".repeat(8)).is_ok());
    assert!(TransferPassword::new("x".repeat(7)).is_err());
}

/// A number as the page writes it: `1.3 × 10^8`.
fn written(number: f64) -> String {
    format!("{number:.1e}").replace('e', " × 10^")
}

#[test]
fn the_page_reckons_right() {
    let page = text("docs/accounts.md").unwrap();
    let template = yaml("template.yaml").unwrap();
    let parameter = |name: &str| template["Parameters"][name]["Default"].clone();
    let tries = parameter("TransferTriesPerNetworkHour").as_f64().unwrap();
    let at_once: f64 = parameter("AccountConcurrency").as_str().unwrap().parse().unwrap();
    let memory_mb = template["Globals"]["Function"]["MemorySize"].as_f64().unwrap();
    let days = (TransferCode::LIFETIME.as_seconds_f64() / 86_400.0).round();
    let codes = 2_f64.powi(8 * i32::try_from(TransferCode::RANDOM_LEN).unwrap());
    // What the page assumes.
    let (alive, networks, takes_s, measured_s) = (1e7, 1e6, 0.1, 0.016);
    let of_networks = networks * tries * 24.0 * days;
    let a_second = at_once / takes_s;
    let of_function = a_second * 86_400.0 * days;
    // Lambda gives a whole core with 1,769 MB.
    let share = memory_mb / 1769.0;
    let passwords = 94_f64.powi(8);
    for claim in [
        format!("that is {} tries at 10^7 in 2^80 ≈ {}", written(of_networks), written(codes)),
        format!("a chance of {} to meet any code", written(of_networks * alive / codes)),
        format!(
            "{a_second} tries a second, {} in {days} days, a chance of {}.",
            written(of_function),
            written(of_function * alive / codes),
        ),
        format!("has {memory_mb} MB, with which Lambda gives a seventh of a core"),
        format!("a seventh of a core: {:.1} s.", measured_s / share),
        format!("the chance would be {}", written(7.0 * of_function * alive / codes)),
        format!("{} in {}", TransferCode::MOST_TRIES, written(passwords)),
    ] {
        assert!(page.contains(&claim), "docs/accounts.md does not say: {claim}");
    }
    assert!((0.9..1.1).contains(&(share * 7.0)), "a share of {share}");
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = text("docs/accounts.md").unwrap();
    let name = regex::Regex::new("`([a-z_]+)::([a-z_]+)`").unwrap();
    let mut seen = 0;
    for found in name.captures_iter(&page) {
        let (module, test) = (&found[1], &found[2]);
        let code = text(&format!("tests/tests/stack/{module}.rs")).unwrap();
        assert!(code.contains(&format!("async fn {test}()")), "there is no {module}::{test}");
        seen += 1;
    }
    assert!(seen > 20, "only {seen} tests are named");
}

#[test]
fn devices_need_no_attestation_unless_an_operator_wants_it() {
    let template = yaml("template.yaml").unwrap();
    assert_eq!(template["Parameters"]["DeviceAttestation"]["Default"], "off");
}

#[test]
fn plain_ids_are_refused_unless_an_operator_allows_them() {
    let template = yaml("template.yaml").unwrap();
    assert_eq!(template["Parameters"]["PlainDeviceLogin"]["Default"], "refused");
}
