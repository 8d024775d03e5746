//! What `tenjo` exits with, and what it says, on files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

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

    /// A file with this proof in it.
    fn proof(&self, name: &str, proof: &Value) -> String {
        let path = self.0.join(name);
        fs::write(&path, proof.to_string()).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The first of the published proofs for testing verifiers.
fn first_proof() -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/fairness-draws.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[0].take()
}

#[test]
fn proofs_that_are_right_are_proved() {
    let (code, text) = tenjo(&["verify", "docs/fairness-draws.json"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("draw 1: proved"), "{text}");
    assert!(text.contains("draws without a gap"), "{text}");
}

#[test]
fn a_proof_of_another_item_is_wrong() {
    let folder = Folder::new("wrong");
    let mut proof = first_proof();
    proof["results"][0]["item_master_id"] = "character-kaguya".into();
    let (code, text) = tenjo(&["verify", &folder.proof("wrong.json", &proof)]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("WRONG"), "{text}");
}

#[test]
fn a_commitment_that_was_not_noted_is_wrong() {
    let folder = Folder::new("commitment");
    let file = folder.proof("proof.json", &first_proof());
    let noted = first_proof()["period"]["commitment"].as_str().unwrap().to_owned();
    assert_eq!(tenjo(&["verify", &file, "--commitment", &noted]).0, 0);
    let (code, text) = tenjo(&["verify", &file, "--commitment", &"0".repeat(64)]);
    assert_eq!(code, 1, "{text}");
}

#[test]
fn a_proof_whose_seed_is_secret_is_neither_right_nor_wrong() {
    let folder = Folder::new("secret");
    let mut proof = first_proof();
    proof["period"]["seed"] = Value::Null;
    let (code, text) = tenjo(&["verify", &folder.proof("secret.json", &proof)]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("not yet"), "{text}");
}

#[test]
fn what_cannot_be_done_is_told_from_what_is_wrong() {
    for arguments in [
        &["verify", "no-such-file.json"][..],
        &["verify", "README.md"],
        &["verify"],
        &["audit"],
        &["audit", "--database-url", "mysql://root@127.0.0.1:1"],
        &["masters", "no-such-folder"],
        &["simulate", "no-such-pool"],
        &["no-such-command"],
    ] {
        let (code, text) = tenjo(arguments);
        assert_eq!(code, 3, "{arguments:?}: {text}");
        assert!(text.contains("error:"), "{arguments:?}: {text}");
    }
}

#[test]
fn help_says_what_each_exit_code_means() {
    for arguments in [
        &["--help"][..],
        &["verify", "--help"],
        &["audit", "--help"],
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
