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
