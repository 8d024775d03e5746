//! `tenjo verify`: draws again what players were told, and compares all that they were
//! told with each other. What it prints calls a payment a purchase, and an item a draw.

mod input;

use std::collections::BTreeSet;
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
        !input.proofs.is_empty() || input.draws.iter().any(|(_, draw)| draw.receipt.is_some()),
        "there is neither a proof nor a receipt to check"
    );
    let mut verdict = Verdict::default();
    let checked = check_proofs(args, &input, &mut verdict);
    let signed = check_receipts(&input, &checked, &mut verdict)?;
    check_revisions(&input, &mut verdict);
    let told: Vec<Told> = checked
        .iter()
        .map(|(proof, it)| Told::by_proof(proof, &it.record))
        .chain(signed.iter().map(Told::by_record))
        .chain(input.periods.iter().cloned().map(Told::by_list))
        .collect();
    check_periods(&told).iter().for_each(|broken| verdict.wrong(broken));
    let records: Vec<&Record> = checked.iter().map(|(_, it)| &it.record).chain(&signed).collect();
    check_listed(&input, &records, &mut verdict);
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
        tell(&format!("{path}: purchase {}", checked.record.draw_number), &checked);
        if let Some(doubt) = doubt_of_list(input, commitment) {
            say(&format!("  note: {doubt}"));
        }
        verdict.is_early |= checked.drawn.is_none();
        right.push((proof, checked));
    }
    right
}

/// What is open if lists of periods were given, and a commitment is in none of them: a list
/// that was noted before a purchase has what the server was bound to.
fn doubt_of_list(input: &Input, commitment: &str) -> Option<&'static str> {
    let is_open = input.has_periods
        && input.periods.iter().all(|listed| listed.record.commitment != commitment);
    is_open.then_some("the list of seed periods does not have this purchase's commitment")
}

/// The draw number of a proof that may be bad.
fn number(proof: &Proof) -> String {
    let record: Result<Record, _> = serde_json::from_str(&proof.record);
    record.map_or_else(|_| String::new(), |record| format!("purchase {}: ", record.draw_number))
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
            let these = if count == 1 { "this one".to_owned() } else { format!("these {count}") };
            say(&format!("{what}: proved. The seeds give exactly {these} from {pool_id}:"));
        }
    }
    checked.drawn.iter().flatten().for_each(tell_item);
    checked.doubts.iter().for_each(|doubt| say(&format!("  note: {doubt}")));
}

fn tell_item(item: &DrawnItem) {
    let pickup = if item.is_pickup { ", a pickup" } else { "" };
    say(&format!("  {:<3} {}{pickup}", item.rarity, item.item_master_id));
}

/// Compares what the server signed when it drew with what it says now. Returns what it
/// signed.
fn check_receipts(
    input: &Input,
    checked: &[(&Proof, Checked)],
    verdict: &mut Verdict,
) -> anyhow::Result<Vec<Record>> {
    ensure!(
        input.draws.iter().all(|(_, draw)| draw.receipt.is_none())
            || !input.receipt_keys.is_empty(),
        "there is no key to check receipts with: add an answer of GET /v1/gacha/seed-periods"
    );
    let keys = ReceiptKeys::new(&input.receipt_keys);
    let mut signed: Vec<(String, Record)> = Vec::new();
    for (path, draw) in &input.draws {
        let path = path.display();
        let Some(receipt) = &draw.receipt else {
            say(&format!("{path}: the purchase was not complete, so it has no receipt"));
            continue;
        };
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
        if let Some(what) = draw.contradicts(&record) {
            verdict.wrong(format!("{path}: {what}"));
        }
        let number = record.draw_number;
        if signed.iter().any(|(other, it)| is_same_purchase(it, &record) && *other != text) {
            verdict.wrong(format!("{path}: the server signed two things of purchase {number}"));
        }
        match checked.iter().find(|(_, it)| is_same_purchase(&it.record, &record)) {
            Some((proof, _)) if proof.record == text => {
                say(&format!("{path}: the receipt of purchase {number} is what the proof says"));
            }
            Some(_) => verdict.wrong(format!(
                "{path}: the server signed something else of purchase {number} than it proves"
            )),
            None => {
                say(&format!("{path}: the receipt of purchase {number} is signed; no proof of it"));
            }
        }
        signed.push((text, record));
    }
    Ok(signed.into_iter().map(|(_, record)| record).collect())
}

/// A purchase has one id, and a player one purchase of each number.
fn is_same_purchase(one: &Record, other: &Record) -> bool {
    one.saga_id == other.saga_id
        || (one.user_id, one.draw_number) == (other.user_id, other.draw_number)
}

fn check_revisions(input: &Input, verdict: &mut Verdict) {
    for (path, it) in &input.revisions {
        if tenjo_documents::revision(&it.document).to_string() != it.revision {
            let path = path.display();
            verdict.wrong(format!("{path}: the rules are not those of revision {}", it.revision));
        }
    }
}

/// Compares the list of a player's draw numbers with what proofs and receipts say. The
/// list does not say whose it is; if all of that is of one player, so is the list.
fn check_listed(input: &Input, records: &[&Record], verdict: &mut Verdict) {
    let players: BTreeSet<Uuid> = records.iter().map(|record| record.user_id).collect();
    for listed in &input.listed {
        let number = listed.draw_number;
        let is_of = |record: &&&Record| {
            record.saga_id == listed.saga_id || players.len() == 1 && record.draw_number == number
        };
        let mut of_it = records.iter().filter(is_of).peekable();
        if of_it.peek().is_none() {
            say(&format!("purchase {number} is listed as {}; no proof of it", listed.state));
        }
        if let Some(record) = of_it.find(|record| listed.contradicts(record)) {
            verdict.wrong(format!(
                "purchase {number} is listed as {} of saga {}, and it is {} purchase {} of saga {}",
                listed.state,
                listed.saga_id,
                if record.is_void { "void" } else { "valid" },
                record.draw_number,
                record.saga_id,
            ));
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
            "player {user_id}: purchases 1 to {last} without a gap, each beginning where the others \
             ended. Not shown: any after {last}"
        ));
        return;
    }
    let not_shown = format!(
        "player {user_id}: not shown: purchases {}, and any after {last}. What they left behind is \
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
