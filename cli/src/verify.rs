//! `tenjo verify`: repeats draws from their proofs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;
use tenjo_proof::{Checked, DrawnItem, Proof, check, check_chain};

use crate::exit;

/// Checks proofs of draws, each by itself and against the others.
#[derive(clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// Answers of GET /v1/gacha/sagas/{saga_id}/proof, each in a file, or a list of
    /// proofs in one; - reads standard input.
    #[arg(required = true)]
    proofs: Vec<PathBuf>,
    /// A commitment that was noted before the draws, in hexadecimal; one for each
    /// period. Without it, the command cannot check that the server committed to its
    /// seed before the draw.
    #[arg(long = "commitment")]
    commitments: Vec<String>,
}

/// An answer of the API, a proof from it, or a list of these.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Enveloped { data: Data },
    Bare(Box<Proof>),
    Listed(Vec<Proof>),
}

#[derive(Deserialize)]
struct Data {
    proof: Box<Proof>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut named = Vec::new();
    for path in &args.proofs {
        named.extend(read(path)?.into_iter().map(|proof| (path, proof)));
    }
    let (mut code, mut wrong) = (ExitCode::SUCCESS, false);
    for (path, proof) in &named {
        let what = format!("{}: draw {}", path.display(), proof.draw_number);
        let commitment = &proof.period.commitment;
        let is_noted = |noted: &String| noted.eq_ignore_ascii_case(commitment);
        if !args.commitments.is_empty() && !args.commitments.iter().any(is_noted) {
            println!(
                "{what}: WRONG: the commitment {commitment} is not one of those that were noted"
            );
            wrong = true;
            continue;
        }
        match check(proof) {
            Ok(Checked::Proved(items)) => tell(&what, proof, &items),
            Ok(Checked::NotRevealed) => {
                println!(
                    "{what}: not yet: the seed is secret until after {}",
                    proof.period.ends_at
                );
                code = exit::NOT_YET.into();
            }
            Err(disagreement) => {
                println!("{what}: WRONG: {disagreement}");
                wrong = true;
            }
        }
    }
    let proofs: Vec<Proof> = named.into_iter().map(|(_, proof)| proof).collect();
    if let Err(breaks) = check_chain(&proofs) {
        breaks.iter().for_each(|broken| println!("WRONG: {broken}"));
        wrong = true;
    }
    if wrong {
        return Ok(exit::WRONG.into());
    }
    if proofs.len() > 1 {
        println!("{} draws without a gap, each beginning where the others ended", proofs.len());
    }
    Ok(code)
}

fn tell(what: &str, proof: &Proof, items: &[DrawnItem]) {
    let (pool_id, count) = (&proof.pool.pool_id, items.len());
    if proof.is_void {
        println!("{what}: void. It would have drawn {count} from {pool_id}:");
    } else {
        println!("{what}: proved. The seeds give exactly these {count} from {pool_id}:");
    }
    for item in items {
        let pickup = if item.is_pickup { ", a pickup" } else { "" };
        println!("  {:<3} {}{pickup}", item.rarity, item.item_master_id);
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Proof>> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let answer = serde_json::from_str(&text)
        .with_context(|| format!("{} is not the answer to a proof", path.display()))?;
    Ok(match answer {
        Answer::Enveloped { data } => vec![*data.proof],
        Answer::Bare(proof) => vec![*proof],
        Answer::Listed(proofs) => proofs,
    })
}
