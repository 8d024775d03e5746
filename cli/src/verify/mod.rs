//! `tenjo verify`: draws again what players were told, and compares all that they were
//! told with each other.

mod input;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use tenjo_proof::{
    Chain, Checked, DrawnItem, Proof, Record, Told, check, check_chains, check_periods,
};
use tenjo_receipts::ReceiptKeys;
use uuid::Uuid;

use crate::exit;
use input::Input;

/// Checks purchases: draws again what their proofs say was drawn.
#[derive(clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// Answers of the API, as they come, of any number of players: of GET
    /// /v1/gacha/sagas/{saga_id}/proof, and, if you kept them, of POST /v1/gacha/draw,
    /// GET /v1/gacha/seed-periods, GET /v1/gacha/draw-numbers and GET
    /// /v1/gacha/revisions/{revision}. Lists of them and several in one file are fine;
    /// - reads standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A commitment that was noted before the purchases, in hexadecimal; one for each
    /// period. Without it, the command believes the server when it published each.
    #[arg(long = "commitment")]
    commitments: Vec<String>,
    /// These are not all purchases of each player: take on trust what the others left
    /// behind.
    #[arg(long)]
    some: bool,
}

/// What was printed so far.
#[derive(Default)]
struct Verdict {
    is_wrong: bool,
    is_early: bool,
}

impl Verdict {
    fn wrong(&mut self, what: impl std::fmt::Display) {
        say(&format!("WRONG: {what}"));
        self.is_wrong = true;
    }

    fn code(&self) -> ExitCode {
        match (self.is_wrong, self.is_early) {
            (true, _) => exit::WRONG.into(),
            (false, true) => exit::NOT_YET.into(),
            (false, false) => ExitCode::SUCCESS,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut input = Input::default();
    args.files.iter().try_for_each(|path| input.read(path))?;
    ensure!(
        !input.proofs.is_empty() || !input.receipts.is_empty(),
        "there is neither a proof nor a receipt to check"
    );
    let mut verdict = Verdict::default();
    let checked = check_proofs(args, &input, &mut verdict);
    check_receipts(&input, &checked, &mut verdict)?;
    check_revisions(&input, &mut verdict);
    let told = checked.iter().map(|(proof, it)| Told::by_proof(proof, &it.record));
    let told: Vec<Told> = told.chain(input.periods.iter().cloned().map(Told::by_list)).collect();
    check_periods(&told).iter().for_each(|broken| verdict.wrong(broken));
    check_listed(&input, &checked, &mut verdict);
    let purchases = checked.iter().map(|(proof, it)| (&it.record, proof.pool_document.as_str()));
    for chain in check_chains(purchases) {
        tell_chain(args, &chain, &mut verdict);
    }
    Ok(verdict.code())
}

/// Checks each proof by itself, and returns those that are right.
fn check_proofs<'a>(
    args: &Args,
    input: &'a Input,
    verdict: &mut Verdict,
) -> Vec<(&'a Proof, Checked)> {
    let mut right = Vec::new();
    for (path, proof) in &input.proofs {
        let path = path.display();
        let checked = match check(proof) {
            Ok(checked) => checked,
            Err(disagreement) => {
                verdict.wrong(format!("{path}: {}{disagreement}", number(proof)));
                continue;
            }
        };
        let commitment = &checked.record.period.commitment;
        let is_noted = |noted: &String| noted.eq_ignore_ascii_case(commitment);
        if !args.commitments.is_empty() && !args.commitments.iter().any(is_noted) {
            let what = "is not one of those that were noted";
            verdict.wrong(format!("{path}: the commitment {commitment} {what}"));
            continue;
        }
        tell(&format!("{path}: draw {}", checked.record.draw_number), &checked);
        verdict.is_early |= checked.drawn.is_none();
        right.push((proof, checked));
    }
    right
}

/// The draw number of a proof that may be bad.
fn number(proof: &Proof) -> String {
    let record: Result<Record, _> = serde_json::from_str(&proof.record);
    record.map_or_else(|_| String::new(), |record| format!("draw {}: ", record.draw_number))
}

fn tell(what: &str, checked: &Checked) {
    let record = &checked.record;
    let pool_id = &record.pool.pool_id;
    match &checked.drawn {
        None => {
            let until = record.period.ends_at;
            say(&format!("{what}: not yet: the seed is secret until after {until}"));
        }
        Some(drawn) if record.is_void => {
            say(&format!("{what}: void. It would have drawn {} from {pool_id}:", drawn.len()));
        }
        Some(drawn) => {
            let count = drawn.len();
            say(&format!("{what}: proved. The seeds give exactly these {count} from {pool_id}:"));
        }
    }
    checked.drawn.iter().flatten().for_each(tell_item);
    checked.doubts.iter().for_each(|doubt| say(&format!("  note: {doubt}")));
}

fn tell_item(item: &DrawnItem) {
    let pickup = if item.is_pickup { ", a pickup" } else { "" };
    say(&format!("  {:<3} {}{pickup}", item.rarity, item.item_master_id));
}

/// Compares what the server signed when it drew with what it says now.
fn check_receipts(
    input: &Input,
    checked: &[(&Proof, Checked)],
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    ensure!(
        input.receipts.is_empty() || !input.receipt_keys.is_empty(),
        "there is no key to check receipts with: add an answer of GET /v1/gacha/seed-periods"
    );
    let keys = ReceiptKeys::new(&input.receipt_keys);
    for (path, receipt) in &input.receipts {
        let path = path.display();
        let record = keys.verify(receipt).map_err(|bad| bad.to_string()).and_then(|text| {
            let record = serde_json::from_str::<Record>(&text).map_err(|bad| bad.to_string())?;
            Ok((text, record))
        });
        let (text, record) = match record {
            Ok(record) => record,
            Err(bad) => {
                verdict.wrong(format!("{path}: the receipt: {bad}"));
                continue;
            }
        };
        let number = record.draw_number;
        let same = |(_, it): &&(&Proof, Checked)| {
            it.record.saga_id == record.saga_id
                || (it.record.user_id, it.record.draw_number) == (record.user_id, number)
        };
        match checked.iter().find(same) {
            Some((proof, _)) if proof.record == text => {
                say(&format!("{path}: the receipt of draw {number} is what the proof says"));
            }
            Some(_) => verdict.wrong(format!(
                "{path}: the server signed something else of draw {number} than it proves"
            )),
            None => say(&format!("{path}: the receipt of draw {number} is signed; no proof of it")),
        }
    }
    Ok(())
}

fn check_revisions(input: &Input, verdict: &mut Verdict) {
    for (path, it) in &input.revisions {
        if tenjo_documents::revision(&it.document).to_string() != it.revision {
            let path = path.display();
            verdict.wrong(format!("{path}: the rules are not those of revision {}", it.revision));
        }
    }
}

/// Compares the list of a player's draw numbers with the proofs.
fn check_listed(input: &Input, checked: &[(&Proof, Checked)], verdict: &mut Verdict) {
    let by_saga: BTreeMap<Uuid, &Record> =
        checked.iter().map(|(_, it)| (it.record.saga_id, &it.record)).collect();
    for listed in &input.listed {
        let number = listed.draw_number;
        let state = |record: &Record| if record.is_void { "void" } else { "valid" };
        match by_saga.get(&listed.saga_id) {
            Some(record)
                if (record.draw_number, state(record)) != (number, listed.state.as_str()) =>
            {
                verdict.wrong(format!(
                    "draw {number} is listed as {}, and its proof says {} of draw {}",
                    listed.state,
                    state(record),
                    record.draw_number
                ));
            }
            Some(_) => {}
            None => say(&format!("draw {number} is listed as {}; no proof of it", listed.state)),
        }
    }
}

fn tell_chain(args: &Args, chain: &Chain, verdict: &mut Verdict) {
    let (user_id, last) = (chain.user_id, chain.last);
    chain.breaks.iter().for_each(|broken| verdict.wrong(format!("player {user_id}: {broken}")));
    let gaps = chain
        .missing
        .iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") });
    let gaps: Vec<String> = gaps.collect();
    if gaps.is_empty() {
        say(&format!(
            "player {user_id}: draws 1 to {last} without a gap, each beginning where the others \
             ended. Not shown: any after {last}"
        ));
        return;
    }
    let not_shown = format!(
        "player {user_id}: not shown: draws {}, and any after {last}. What they left behind is \
         taken on trust",
        gaps.join(", ")
    );
    // One purchase alone is meant to be alone.
    if args.some || chain.shown == 1 {
        say(&not_shown);
    } else {
        verdict.wrong(format!("{not_shown} only with --some"));
    }
}

/// Prints a line, and nothing in it that could disguise another one.
fn say(line: &str) {
    let visible = |c: char| if c.is_control() { '?' } else { c };
    println!("{}", line.chars().map(visible).collect::<String>());
}
