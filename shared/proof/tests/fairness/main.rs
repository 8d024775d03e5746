//! The files by which a verifier in any language can be tested:
//! `docs/fairness-draws.json`, whole proofs that are right, and
//! `docs/fairness-forgeries.json`, proofs that must be refused.
//!
//! With `TENJO_WRITE_VECTORS=1` the files are written anew. What they hold may not
//! change once a release has drawn by it: old proofs must stay right.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod forgeries;
mod player;
mod pools;
mod vectors;

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use tenjo_proof::{
    Break, Checked, Disagreement, Period, Proof, Told, check, check_chains, check_periods,
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).join(name)
}

/// Fails the test if a file is not what it is made from, or writes it anew.
fn compare(name: &str, lines: &[impl Serialize]) {
    let lines: Vec<String> =
        lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("TENJO_WRITE_VECTORS").is_some() {
        fs::write(file(name), &text).unwrap();
    }
    assert!(fs::read_to_string(file(name)).unwrap() == text, "{name} may not change");
}

/// Why some proofs are refused next to a list of periods, as `tenjo verify` would.
fn refusals(proofs: &[Proof], periods: &[Period]) -> Vec<String> {
    let checked: Vec<Result<Checked, Disagreement>> = proofs.iter().map(check).collect();
    let mut refusals: Vec<String> =
        checked.iter().filter_map(|it| it.as_ref().err()).map(ToString::to_string).collect();
    let right: Vec<(&Proof, &Checked)> = proofs
        .iter()
        .zip(&checked)
        .filter_map(|(proof, it)| Some((proof, it.as_ref().ok()?)))
        .collect();
    let told: Vec<Told> = right
        .iter()
        .map(|(proof, it)| Told::by_proof(proof, &it.record))
        .chain(periods.iter().cloned().map(Told::by_list))
        .collect();
    refusals.extend(check_periods(&told).iter().map(ToString::to_string));
    let records = right.iter().map(|(proof, it)| (&it.record, proof.pool_document.as_str()));
    for chain in check_chains(records) {
        refusals.extend(chain.breaks.iter().map(Break::to_string));
        refusals.extend(chain.missing.iter().map(|(from, to)| format!("{from} to {to}: missing")));
    }
    refusals
}
