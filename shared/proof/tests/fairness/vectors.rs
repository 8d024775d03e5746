//! `docs/fairness-draws.json`: the proofs of a player, with every rule in them, and of
//! another one.

use std::num::NonZeroU32;

use tenjo_documents::{from_document, revision};
use tenjo_domain::{
    AfterLastStep, BoxReset, DrawCount, PityRule, Pool, PoolKind, PoolParts, Quote,
};
use tenjo_proof::{Doubt, DrawnItem, Proof, Record, check};
use time::Time;
use time::macros::datetime;

use crate::player::{NOON, Player, later, proofs, stream};
use crate::pools::{chest, daily, festival, fewer_copies, fewer_steps, market, plain, steps};
use crate::{compare, refusals};

/// All purchases of both players, each from the first on, with the rules of their pools.
pub(crate) fn purchases() -> Vec<(Record, String)> {
    let mut other = Player::new(0x7d1f_0c52_93ab_4e0e_8f1d_2b6c_55a0_9e42);
    other.buy(&plain());
    other.buy_with(&plain(), "3-3-5-1-2-6-2");
    other.buy(&chest("pool-chest", BoxReset::AfterLastPickup));
    [player().records, other.records].concat()
}

/// The player with every rule.
pub(crate) const PLAYER: u128 = 0x0b8b_1f5a_7c3e_4f0a_9a53_0d8a_0e5f_4c11;

fn player() -> Player {
    let mut player = Player::new(PLAYER);
    player.buy(&festival());
    player.buy(&plain());
    player.set_seed("set-long-before", datetime!(2026-07-01 9:00 UTC));
    player.buy(&festival());
    player.buy(&plain());
    player.set_seed("seven-crows-over-the-moon", datetime!(2026-07-30 18:00:00.000001 UTC));
    for _ in 0..4 {
        player.buy(&festival());
        player.buy(&plain());
    }
    player.buy_at(&festival(), NOON, true);
    for throw in 1..=12 {
        player.buy_with(&festival(), &format!("dice-{throw}-of-the-festival"));
        player.buy_with(&plain(), &format!("dice-{throw}"));
    }
    let round = steps("pool-round", AfterLastStep::Loop);
    let once = steps("pool-once", AfterLastStep::End);
    for parts in [&round, &round, &round, &once, &once] {
        player.buy(parts);
    }
    // The player is at the second step, and there is only one left.
    player.buy(&fewer_steps(&round));
    for _ in 0..8 {
        player.buy(&chest("pool-chest", BoxReset::AfterLastPickup));
        player.buy(&chest("pool-bag", BoxReset::WhenEmpty));
    }
    for _ in 0..2 {
        player.buy(&chest("pool-farewell", BoxReset::Never));
    }
    // A revision of the box with fewer copies of an item than are gone.
    player.buy(&fewer_copies(&chest("pool-farewell", BoxReset::WhenEmpty)));
    // Free, paid, past midnight but before 05:00, a new day at 05:00, and a clock that
    // goes back.
    for hours in [0, 1, 4, 8, 9, -13, 10] {
        player.buy_at(&daily(), later(hours), false);
    }
    // On Saturday night, and on Sunday morning.
    player.buy(&market());
    player.buy_at(&market(), later(4), false);
    player
}

#[test]
fn the_vectors_are_what_is_drawn_and_each_is_proved() {
    let proofs = proofs(&purchases());
    compare("fairness-draws.json", &proofs);
    for proof in &proofs {
        assert!(check(proof).unwrap().drawn.is_some());
    }
    assert_eq!(refusals(&proofs, &[]), [""; 0]);
}

#[test]
fn what_the_times_leave_open_is_named() {
    let proofs = proofs(&purchases());
    let doubts = |place: usize| check(&proofs[place]).unwrap().doubts;
    assert_eq!(doubts(0), [Doubt::DefaultClientSeed]);
    assert_eq!(doubts(2), [Doubt::EarlyClientSeed]);
    assert_eq!(doubts(4), []);
    let mut uncounted = proofs[4].clone();
    uncounted.inclusion = None;
    assert_eq!(check(&uncounted).unwrap().doubts, [Doubt::NotCounted]);
    let (mut record, document) = purchases().remove(4);
    record.period.published_at = record.period.starts_at;
    let proof = crate::player::proof(&record, &document);
    let doubts = check(&proof).unwrap().doubts;
    assert_eq!(doubts, [Doubt::EarlyClientSeed, Doubt::LateCommitment, Doubt::NotCounted]);
}

#[test]
fn without_the_seed_all_but_the_draws_is_checked() {
    let (record, document) = purchases().remove(0);
    let proof = |record: &Record| Proof { seed: None, ..crate::player::proof(record, &document) };
    assert_eq!(check(&proof(&record)).unwrap().drawn, None);
    let mut cheaper = record;
    cheaper.purchase.amount = 1;
    assert!(check(&proof(&cheaper)).is_err());
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let (record, document) = purchases().remove(0);
    let mut proof = crate::player::proof(&record, &document);
    proof.record = proof.record.replacen('{', r#"{"luck":1,"#, 1);
    proof.record = proof.record.replace(r#""state_before":{"#, r#""state_before":{"luck":1,"#);
    assert!(check(&proof).is_ok());
    let text = serde_json::to_string(&proof).unwrap().replacen('{', r#"{"luck":1,"#, 1);
    let read: Proof = serde_json::from_str(&text).unwrap();
    assert_eq!(read, proof);
}

/// A checker with a mistake: what it computes by rules that it changed.
pub(crate) fn by_other_rules(
    record: &Record,
    document: &str,
    change: &impl Fn(&mut PoolParts),
) -> bool {
    let mut parts = from_document(document).unwrap().parts().clone();
    change(&mut parts);
    let pool = Pool::new(parts).unwrap();
    let mut state = record.state_before.state(&pool);
    let purchase = &record.purchase;
    let draw_count = DrawCount::new(purchase.draw_count).unwrap();
    let Ok(quote) = pool.quote(&state, draw_count, purchase.quoted_at) else { return false };
    let is_quoted = (quote.step, quote.is_free, quote.cost.amount.amount())
        == (purchase.step, purchase.is_free, purchase.amount);
    let quote = Quote { step: purchase.step, is_free: purchase.is_free, ..quote };
    let mut stream = stream(record, revision(document));
    let items = pool.draw(&mut state, &quote, &mut stream);
    let items: Vec<DrawnItem> = items.into_iter().map(DrawnItem::from).collect();
    let after = record.state_before.after(&state, &pool, draw_count);
    is_quoted && record.results.as_ref() == Some(&items) && record.state_after == Some(after)
}

/// Whether a checker with a mistake fails on a purchase from a pool.
fn matters(pool_id: &str, change: impl Fn(&mut PoolParts)) -> bool {
    let player = player();
    let mut of_pool = player
        .records
        .iter()
        .filter(|(record, _)| record.pool.pool_id == pool_id && !record.is_void);
    of_pool.any(|(record, document)| !by_other_rules(record, document, &change))
}

fn rule(parts: &mut PoolParts) -> &mut PityRule {
    parts.pity.as_mut().unwrap()
}

fn more(count: NonZeroU32) -> NonZeroU32 {
    count.checked_add(1).unwrap()
}

#[test]
fn a_verifier_that_leaves_out_any_rule_fails_a_vector() {
    let guarantee = |parts: &mut PoolParts| match &mut parts.kind {
        PoolKind::Standard(stage) => stage.guarantee = None,
        PoolKind::StepUp { steps, .. } => steps.iter_mut().for_each(|step| step.guarantee = None),
        PoolKind::Box { .. } => unreachable!("a box has no guarantee"),
    };
    let reset = |to: BoxReset| {
        move |parts: &mut PoolParts| {
            let PoolKind::Box { reset, .. } = &mut parts.kind else { unreachable!("a box") };
            *reset = to;
        }
    };
    let endless = |parts: &mut PoolParts| {
        let PoolKind::StepUp { after_last, .. } = &mut parts.kind else { unreachable!("steps") };
        *after_last = AfterLastStep::End;
    };
    assert!(!matters("pool-festival", |_| ()), "the right checker passes");
    assert!(matters("pool-festival", guarantee), "guarantee");
    assert!(matters("pool-round", guarantee), "guarantee of a step");
    assert!(matters("pool-festival", |p| rule(p).soft = None), "soft pity");
    assert!(matters("pool-plain", |p| rule(p).max_count = 1_000.try_into().unwrap()), "hard pity");
    assert!(matters("pool-festival", |p| rule(p).rate_up_guarantee = false), "a due pickup");
    assert!(matters("pool-chest", reset(BoxReset::WhenEmpty)), "after_last_pickup");
    assert!(matters("pool-bag", reset(BoxReset::AfterLastPickup)), "when_empty");
    assert!(matters("pool-round", endless), "looping steps");
    assert!(matters("pool-daily", |p| p.free_daily = None), "the free draw");
}

#[test]
fn a_verifier_that_is_one_off_fails_a_vector() {
    let soft_later = |parts: &mut PoolParts| {
        let soft = rule(parts).soft.as_mut().unwrap();
        soft.from_count = more(soft.from_count);
    };
    assert!(matters("pool-festival", soft_later), "soft pity one late");
    let soft_earlier = |parts: &mut PoolParts| {
        let soft = rule(parts).soft.as_mut().unwrap();
        soft.from_count = NonZeroU32::new(soft.from_count.get() - 1).unwrap();
    };
    assert!(matters("pool-festival", soft_earlier), "soft pity one early");
    let hard_later = |parts: &mut PoolParts| rule(parts).max_count = more(rule(parts).max_count);
    assert!(matters("pool-plain", hard_later), "hard pity one late");
    let midnight = |parts: &mut PoolParts| parts.day.begins_at = Time::MIDNIGHT;
    assert!(matters("pool-daily", midnight), "`begins_at` ignored");
    let in_utc = |parts: &mut PoolParts| parts.day.utc_offset = time::UtcOffset::UTC;
    assert!(matters("pool-daily", in_utc), "`utc_offset` ignored");
}

#[test]
fn a_verifier_that_takes_no_step_modulo_fails_a_vector() {
    let player = player();
    let beyond = player.records.iter().any(|(record, document)| {
        let pool = from_document(document).unwrap();
        let PoolKind::StepUp { steps, .. } = &pool.parts().kind else { return false };
        usize::try_from(record.state_before.step).unwrap() >= steps.len()
    });
    assert!(beyond, "without the modulo the pool would sell nothing");
}

#[test]
fn a_verifier_that_moves_what_is_due_without_rate_up_fails_a_vector() {
    let player = player();
    let plain = player.records.iter().filter(|(record, _)| record.pool.pool_id == "pool-plain");
    let moved = plain.map(|(record, _)| record).filter(|record| {
        // The mistake: what is due follows from the last SSR in every pool.
        let last = record.results.iter().flatten().rfind(|item| item.rarity == "SSR");
        last.is_some_and(|item| {
            record.state_after.as_ref().unwrap().is_pickup_due == item.is_pickup
        })
    });
    let due: Vec<bool> = moved.map(|record| record.state_before.is_pickup_due).collect();
    assert!(due.contains(&true) && due.contains(&false), "in both directions: {due:?}");
}

#[test]
fn days_begin_when_the_pool_says() {
    let days: Vec<(i32, bool)> = player()
        .records
        .iter()
        .filter(|(record, _)| record.pool.pool_id == "pool-daily")
        .map(|(record, _)| (record.state_after.as_ref().unwrap().day, record.purchase.is_free))
        .collect();
    let first = days[0].0;
    let expected =
        [(0, true), (0, false), (0, false), (1, true), (1, false), (1, false), (1, false)];
    assert_eq!(days, expected.map(|(day, is_free)| (first + day, is_free)));
}
