//! How much memory functions have in use. Lambda charges for what a function may use, and
//! loads what it has.

use std::collections::BTreeMap;

use tenjo_tests::lambda;

/// `cargo xtask measure` has the same limit for programs that are built as for AWS.
const MOST_KIB: u64 = 20 * 1024;

/// What Argon2id takes besides, where passwords are hashed, while it hashes.
const ARGON2_KIB: u64 = 19 * 1024;
const HASH_PASSWORDS: [&str; 2] = ["create-transfer-code", "transfer-account"];

fn most(name: &str) -> u64 {
    MOST_KIB + if HASH_PASSWORDS.contains(&name) { ARGON2_KIB } else { 0 }
}

#[tokio::test]
async fn no_function_has_more_than_20_mib_in_use_beside_what_hashing_takes() {
    let mut resident = BTreeMap::new();
    for process in lambda::processes().await {
        let name = process["function"].as_str().unwrap().to_owned();
        let Some(pid) = process["pid"].as_u64() else { continue };
        // It may have ended meanwhile.
        let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.map(|line| line.trim().trim_end_matches(" kB").parse::<u64>().unwrap());
        let most = resident.entry(name).or_insert(0);
        *most = kib.unwrap_or(0).max(*most);
    }
    // The stack has called every route and step, and what a first draw needs.
    assert!(resident.len() >= 25, "only {} functions run", resident.len());
    let too_large: Vec<_> = resident.iter().filter(|(name, kib)| **kib > most(name)).collect();
    assert!(too_large.is_empty(), "these have more KiB than they may: {too_large:?}");
}
