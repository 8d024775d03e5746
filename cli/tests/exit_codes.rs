//! What `tenjo` exits with, and what it says, on files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use uuid::Uuid;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The exit code, and all that was printed.
fn tenjo<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenjo"))
        .current_dir(ROOT)
        .env_remove("TENJO_DATABASE_URL")
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenjo-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A file with this in it.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The published proofs for testing verifiers.
fn proofs() -> Vec<Value> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/fairness-draws.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn record(proof: &Value) -> Value {
    serde_json::from_str(proof["record"].as_str().unwrap()).unwrap()
}

#[test]
fn proofs_that_are_right_are_proved() {
    let (code, text) = tenjo(&["verify", "docs/fairness-draws.json"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("purchase 1: proved"), "{text}");
    assert!(text.contains("without a gap"), "{text}");
    assert!(text.contains("Not shown: any after"), "{text}");
}

#[test]
fn every_published_forgery_is_refused() {
    let folder = Folder::new("forgeries");
    let text = fs::read_to_string(Path::new(ROOT).join("docs/fairness-forgeries.json")).unwrap();
    let forgeries: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(forgeries.len() > 50, "{}", forgeries.len());
    for forgery in forgeries {
        let after = usize::try_from(forgery["after"].as_u64().unwrap()).unwrap();
        let shown = [&proofs()[..after], forgery["answers"].as_array().unwrap()].concat();
        let file = folder.file("forgery.json", &Value::Array(shown).to_string());
        let (code, text) = tenjo(&["verify", &file]);
        assert_eq!(code, 1, "{}: {text}", forgery["case"]);
        assert!(text.contains("WRONG"), "{}: {text}", forgery["case"]);
    }
}

#[test]
fn a_commitment_that_was_not_noted_is_wrong() {
    let folder = Folder::new("commitment");
    let first = proofs().remove(0);
    let file = folder.file("proof.json", &first.to_string());
    let noted = record(&first)["period"]["commitment"].as_str().unwrap().to_owned();
    assert_eq!(tenjo(&["verify", &file, "--commitment", &noted]).0, 0);
    let (code, text) = tenjo(&["verify", &file, "--commitment", &"0".repeat(64)]);
    assert_eq!(code, 1, "{text}");
}

#[test]
fn a_proof_whose_seed_is_secret_is_neither_right_nor_wrong() {
    let folder = Folder::new("secret");
    let mut proof = proofs().remove(0);
    proof["seed"] = Value::Null;
    proof["inclusion"] = Value::Null;
    let (code, text) = tenjo(&["verify", &folder.file("secret.json", &proof.to_string())]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("not yet"), "{text}");
}

#[test]
fn numbers_that_were_not_shown_are_named() {
    let folder = Folder::new("gaps");
    let all = proofs();
    let some = json!([all[1], all[4], all[5]]).to_string();
    let file = folder.file("some.json", &some);
    let gaps = "purchases 1, 3 to 4, and any after 6";
    let (code, text) = tenjo(&["verify", &file]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains(gaps), "{text}");
    let (code, text) = tenjo(&["verify", &file, "--some"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(gaps), "{text}");
    // One purchase alone is meant to be alone.
    let (code, text) = tenjo(&["verify", &folder.file("one.json", &all[4].to_string())]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("not shown: purchases 1 to 4, and any after 5"), "{text}");
}

#[test]
fn answers_are_read_as_they_come_and_unknown_fields_are_ignored() {
    let folder = Folder::new("answers");
    let all = proofs();
    let period = record(&all[0])["period"].clone();
    let mut listed = json!({
        "period_id": "3d3a5b1c-52b4-4a4b-8a4b-2f3e2f6f0d11", "seed": all[0]["seed"],
        "root": all[0]["inclusion"]["root"], "luck": 1,
    });
    for name in ["commitment", "starts_at", "ends_at", "published_at"] {
        listed[name] = period[name].clone();
    }
    let periods = |listed: &Value| {
        let data = json!({ "seed_periods": [listed], "next_cursor": null, "receipt_keys": [] });
        json!({ "success": true, "data": data, "luck": 1 }).to_string()
    };
    let revision = json!({ "success": true, "data": {
        "revision": record(&all[0])["pool"]["revision"], "document": all[0]["pool_document"],
    }});
    let numbers = json!({ "success": true, "data": { "next_cursor": null, "draw_numbers": [
        { "draw_number": 2, "saga_id": "00000000-0000-0000-0000-000000000001", "state": "valid" },
        { "draw_number": 1, "saga_id": record(&all[0])["saga_id"], "state": "valid" },
    ]}});
    // One answer after another, as a shell appends them.
    let answer = json!({ "success": true, "data": { "proof": all[0] } });
    let text = format!("{answer}\n{revision}{numbers}\n{}\n", periods(&listed));
    let (code, text) = tenjo(&["verify", &folder.file("answers.txt", &text)]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("purchase 2 is listed as valid; no proof of it"), "{text}");

    listed["published_at"] = json!("2026-07-31T00:00:00Z");
    let files = [answer.to_string(), periods(&listed)].concat();
    let (code, text) = tenjo(&["verify", &folder.file("other.txt", &files)]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("described in two ways"), "{text}");
}

#[test]
fn a_list_of_periods_without_that_of_a_purchase_is_named() {
    let folder = Folder::new("unlisted");
    let proof = proofs().remove(0);
    let period = record(&proof)["period"].clone();
    let answer = json!({ "success": true, "data": { "proof": proof } });
    let other = json!({
        "period_id": "3d3a5b1c-52b4-4a4b-8a4b-2f3e2f6f0d11", "seed": null, "root": null,
        "commitment": "0".repeat(64), "starts_at": "2020-01-02T00:00:00Z",
        "ends_at": "2020-01-03T00:00:00Z", "published_at": "2020-01-01T00:00:00Z",
    });
    let mut same = other.clone();
    for name in ["commitment", "starts_at", "ends_at", "published_at"] {
        same[name] = period[name].clone();
    }
    for (listed, is_named) in [(json!([]), true), (json!([other]), true), (json!([same]), false)] {
        let list = json!({ "seed_periods": listed, "receipt_keys": [] });
        let file = folder.file("answers.txt", &[answer.to_string(), list.to_string()].concat());
        let says = "list of seed periods does not have";
        let (code, text) = tenjo(&["verify", &file]);
        assert_eq!((code, text.contains(says)), (0, is_named), "{text}");
        let python = Command::new("python3")
            .args(["docs/verify.py", &file])
            .current_dir(ROOT)
            .output()
            .unwrap();
        let text = String::from_utf8([python.stdout, python.stderr].concat()).unwrap();
        assert_eq!((python.status.code(), text.contains(says)), (Some(0), is_named), "{text}");
    }
}

#[test]
fn several_players_are_checked_each_by_themselves_and_a_proof_may_come_twice() {
    let folder = Folder::new("players");
    let mut all = proofs();
    let players: Vec<String> =
        all.iter().map(|proof| record(proof)["user_id"].as_str().unwrap().to_owned()).collect();
    let other = players.iter().filter(|player| **player != players[0]).count();
    assert!(other > 1, "there are two players");
    all.extend(all.clone());
    let (code, text) = tenjo(&["verify", &folder.file("all.json", &json!(all).to_string())]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("without a gap").count(), 2, "{text}");
}

/// The key of test 1 of RFC 8032.
const RECEIPT_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

#[test]
fn a_receipt_must_be_signed_and_say_what_the_proof_says() {
    let folder = Folder::new("receipts");
    let all = proofs();
    let keys = json!({ "seed_periods": [], "receipt_keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]});
    let keys = folder.file("keys.json", &keys.to_string());
    let proof = folder.file("proof.json", &all[0].to_string());
    let signer = tenjo_receipts::ReceiptSigner::new(RECEIPT_KEY, "one").unwrap();
    let signed_text = all[0]["record"].as_str().unwrap();
    let other =
        signed_text.replace("wooden-sword", "moon-blade").replace("paper-charm", "moon-blade");
    let signed = |text: &str| {
        let receipt = signer.sign(text).unwrap();
        json!({ "success": true, "data": { "status": "COMPLETED", "receipt": receipt } })
    };
    for (name, answer, expected, says) in [
        ("same", signed(signed_text), 0, "is what the proof says"),
        ("other", signed(&other), 1, "signed something else"),
        ("none", json!({ "receipt": "a.b.c" }), 1, "it is no receipt"),
    ] {
        let receipt = folder.file(name, &answer.to_string());
        let (code, text) = tenjo(&["verify", &proof, &keys, &receipt]);
        assert_eq!(code, expected, "{name}: {text}");
        assert!(text.contains(says), "{name}: {text}");
    }
    // While a draw runs, its answer has none.
    let running = folder.file("running", r#"{"data":{"status":"STARTED","receipt":null}}"#);
    let (code, text) = tenjo(&["verify", &proof, &running]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("no receipt"), "{text}");
    // A list that was read while the purchase ran says nothing against it.
    let saga_id = &record(&all[0])["saga_id"];
    let listed = json!({ "draw_numbers": [
        { "draw_number": 1, "saga_id": saga_id, "state": "running" },
    ]});
    let listed = folder.file("listed", &listed.to_string());
    assert_eq!(tenjo(&["verify", &proof, &listed]).0, 0);
    let receipt = folder.file("alone", &signed(signed_text).to_string());
    let (code, text) = tenjo(&["verify", &receipt, &keys]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("no proof of it"), "{text}");
    assert_eq!(tenjo(&["verify", &receipt]).0, 3, "without a key it cannot be checked");
}

/// The exit code of `docs/verify.py`, which must come to the same.
fn verify_py(file: &str) -> (i32, String) {
    let output = Command::new("python3")
        .current_dir(ROOT)
        .args(["docs/verify.py", file])
        .output()
        .expect("Python is needed for this test");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn both_programs_accept_answers_that_are_right_and_refuse_what_contradicts_them() {
    let folder = Folder::new("both");
    let all = proofs();
    let text = all[0]["record"].as_str().unwrap();
    let signed = record(&all[0]);
    let signer = tenjo_receipts::ReceiptSigner::new(RECEIPT_KEY, "one").unwrap();
    let receipt = signer.sign(text).unwrap();
    let mut results = signed["results"].clone();
    for item in results.as_array_mut().unwrap() {
        item["is_new"] = json!(true); // only the answer says so
    }
    let purchase = &signed["purchase"];
    let right = json!({
        "keys": { "seed_periods": [], "receipt_keys": [{
            "kty": "OKP", "crv": "Ed25519", "kid": "one",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]},
        "draw": {
            "saga_id": signed["saga_id"], "status": "COMPLETED", "results": results, "pity": null,
            "cost": {
                "currency_type": purchase["currency_type"], "amount": purchase["amount"],
                "breakdown": purchase["breakdown"],
            },
            "receipt": receipt,
        },
        "running": { "saga_id": signed["saga_id"], "status": "STARTED", "receipt": null },
        "numbers": { "next_cursor": null, "draw_numbers": [
            { "draw_number": 1, "saga_id": signed["saga_id"], "pool_id": "a", "state": "running" },
        ]},
        "revision": {
            "revision": signed["pool"]["revision"], "document": all[0]["pool_document"], "odds": {},
        },
    });
    type Change = fn(&mut Value);
    let cases: [(&str, Change, i32); 8] = [
        ("right", |_| (), 0),
        ("other items", |it| it["draw"]["results"][0]["rarity"] = json!("SSR"), 1),
        ("other cost", |it| it["draw"]["cost"]["amount"] = json!(1), 1),
        ("other draw", |it| it["draw"]["saga_id"] = json!(Uuid::from_u128(1)), 1),
        ("void", |it| it["numbers"]["draw_numbers"][0]["state"] = json!("void"), 1),
        ("other number", |it| it["numbers"]["draw_numbers"][0]["draw_number"] = json!(2), 1),
        (
            "other purchase",
            |it| {
                it["numbers"]["draw_numbers"][0]["saga_id"] = json!(Uuid::from_u128(1));
            },
            1,
        ),
        ("other rules", |it| it["revision"]["document"] = json!("{}"), 1),
    ];
    for (name, change, expected) in cases {
        let mut answers = right.clone();
        change(&mut answers);
        let answers = answers.as_object().unwrap().values();
        let answers = answers.map(|data| json!({ "success": true, "data": data }));
        // With the proof, and with the receipt alone.
        for proved in [&all[..1], &[]] {
            let shown: Vec<Value> = proved.iter().cloned().chain(answers.clone()).collect();
            let file = folder.file("answers.json", &json!(shown).to_string());
            let (code, text) = tenjo(&["verify", &file]);
            assert_eq!(code, expected, "{name}: {text}");
            let (code, text) = verify_py(&file);
            assert_eq!(code, expected, "verify.py, {name}: {text}");
        }
    }
}

#[test]
fn what_cannot_be_done_is_told_from_what_is_wrong() {
    for arguments in [
        &["verify", "no-such-file.json"][..],
        &["verify", "README.md"],
        &["verify"],
        &["audit"],
        &["audit", "--database-url", "mysql://root@127.0.0.1:1"],
        &["report", "--until", "2026-09-30"],
        &["report", "--until", "2026-09-30", "--database-url", "mysql://root@127.0.0.1:1"],
        &["masters", "no-such-folder"],
        &["simulate", "no-such-pool"],
        &["no-such-command"],
    ] {
        let (code, text) = tenjo(arguments);
        assert_eq!(code, 3, "{arguments:?}: {text}");
        assert!(text.contains("error:"), "{arguments:?}: {text}");
    }
}

/// There is no such database, so whatever is refused before it is asked has another error.
#[test]
fn arguments_of_a_report_that_do_not_go_together_are_named_and_nothing_is_read() {
    let folder = Folder::new("report");
    let file = folder.file(
        "report.csv",
        "store,product_id,money_code,units,micros\napple,gems-60,JPY,1,160000000\n",
    );
    let empty = folder.file("empty.csv", "store,product_id,money_code,units,micros\r\n");
    let wrong = folder.file(
        "wrong.csv",
        "store,product_id,money_code,units,micros\r\n\r\nsteam,gems-60,JPY,1,1\r\n",
    );
    let apple = folder.file(
        "apple.tsv",
        "Provider\tSKU\tProduct Type Identifier\tUnits\tBegin Date\tEnd Date\tCustomer Currency\t\
         Customer Price\tParent Identifier\r\n\
         APPLE\tgame.tenjo.gems61\tIA1\t1\t09/01/2026\t09/30/2026\tJPY\t160\tgame\r\n",
    );
    let reconcile = ["--reconcile", file.as_str()];
    let of_apple = ["--reconcile", apple.as_str(), "--month", "2026-09"];
    let september = ["--month", "2026-09"];
    for (arguments, named) in [
        (vec!["--trace", "2026-09", "--check"], "--check"),
        (vec!["--trace", "2026-09", "--json"], "--json"),
        ([&["--trace", "2026-09"][..], &reconcile, &september].concat(), "--trace"),
        (vec!["--trace", "2026-9"], "2026-9 is no month"),
        (vec!["--trace", "2026-10"], "--trace 2026-10 begins after --until 2026-09-30"),
        (september.to_vec(), "--reconcile"),
        (vec!["--store", "apple"], "--reconcile"),
        (vec!["--app", "game"], "--reconcile"),
        (vec!["--masters", "masters"], "--reconcile"),
        (reconcile.to_vec(), "--month"),
        ([&reconcile[..], &["--month", "2026-10"]].concat(), "--month 2026-10 has not ended"),
        ([&reconcile[..], &september, &["--store", "steam"]].concat(), "steam"),
        (vec!["--reconcile", empty.as_str(), "--month", "2026-09"], "no store sold anything"),
        (vec!["--reconcile", wrong.as_str(), "--month", "2026-09"], "line 3"),
        (vec!["--reconcile", "no-such-file", "--month", "2026-09"], "no-such-file"),
        (of_apple.to_vec(), "line 2: SKU: the masters have no apple product \"game.tenjo.gems61\""),
        ([&of_apple[..], &["--masters", "docs"]].concat(), "docs/products.yaml cannot be read"),
    ] {
        let database = "mysql://root@127.0.0.1:1";
        let fixed = ["report", "--until", "2026-09-30", "--database-url", database];
        let (code, text) = tenjo(&[&fixed[..], arguments.as_slice()].concat());
        assert_eq!(code, 3, "{arguments:?}: {text}");
        assert!(text.contains("error:") && text.contains(named), "{arguments:?}: {text}");
        assert!(!text.contains("cannot be reached"), "{arguments:?}: {text}");
    }
    // Half a month is none.
    let half = ["report", "--until", "2026-09-15"];
    let (code, text) = tenjo(&[&half[..], &reconcile, &september].concat());
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("--month 2026-09 has not ended with --until 2026-09-15"), "{text}");
}

#[test]
fn help_says_what_each_exit_code_means() {
    for arguments in [
        &["--help"][..],
        &["verify", "--help"],
        &["audit", "--help"],
        &["report", "--help"],
        &["simulate", "--help"],
        &["masters", "--help"],
    ] {
        let (code, text) = tenjo(arguments);
        assert_eq!(code, 0, "{arguments:?}");
        for exit_code in ["0 ", "1 ", "2 ", "3 ", "130 "] {
            let is_there = text.lines().any(|line| line.trim().starts_with(exit_code));
            assert!(is_there, "{arguments:?}: {exit_code}: {text}");
        }
    }
}

#[test]
fn master_data_is_good_or_every_mistake_is_named() {
    let (code, text) = tenjo(&["masters"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("without a mistake"), "{text}");

    let folder = Folder::new("masters");
    fs::create_dir(folder.0.join("pools")).unwrap();
    let masters = Path::new(ROOT).join("masters");
    fs::copy(masters.join("items.yaml"), folder.0.join("items.yaml")).unwrap();
    let pool = fs::read_to_string(masters.join("pools/pool-standard.yaml")).unwrap();
    fs::write(folder.0.join("pools/pool-standard.yaml"), format!("{pool}\nno_such_rule: 1\n"))
        .unwrap();
    let (code, text) = tenjo(&["masters".as_ref(), folder.0.as_os_str()]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("pool-standard.yaml") && text.contains("no_such_rule"), "{text}");
}

#[test]
fn a_simulation_prints_a_table_and_writes_pictures() {
    let folder = Folder::new("simulate");
    let output = folder.0.display().to_string();
    let (code, text) =
        tenjo(&["simulate", "pool-weekend-market", "--players", "1000", "--output", &output]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("pool-weekend-market"), "{text}");
    let pictures = fs::read_dir(&folder.0).unwrap().count();
    assert!(pictures > 0, "{text}");
}
