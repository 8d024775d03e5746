//! `docs/fairness-draws.json`: whole proofs, one for each rule, by which a
//! verifier in any language can be tested.
//!
//! With `TENJO_WRITE_VECTORS=1` the file is written anew. What it holds may not
//! change: proofs of long ago must stay right.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroU32;

use tenjo_domain::{
    AfterLastStep, BoxReset, ClientSeed, DayRule, DrawCount, DrawNumber, DrawStream, Guarantee,
    ItemMasterId, Limits, Payment, PityGroup, PityRule, PityState, PlayerState, Pool, PoolId,
    PoolItem, PoolKind, PoolParts, Price, Purchases, Rarity, ServerSeed, SoftPity, StageParts,
    UserId,
};
use tenjo_masters::{StateDocument, revision, to_document};
use tenjo_proof::{
    ALGORITHM, Break, Checked, Disagreement, DrawnItem, Period, PoolRules, Proof, Purchase, check,
    check_chain,
};
use time::macros::{datetime, offset, time};
use uuid::Uuid;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fairness-draws.json");

const USER: Uuid = Uuid::from_u128(0x0b8b_1f5a_7c3e_4f0a_9a53_0d8a_0e5f_4c11);

fn item(name: &str, rarity: Rarity, weight: u32, is_pickup: bool) -> PoolItem {
    PoolItem {
        item_master_id: ItemMasterId::new(name).unwrap(),
        rarity,
        weight: NonZeroU32::new(weight).unwrap(),
        is_pickup,
    }
}

fn stage(draw_count: u32, weights: [u32; 3], guarantee: Option<(u32, Rarity)>) -> StageParts {
    let rarities = [Rarity::R, Rarity::Sr, Rarity::Ssr];
    let weights = rarities
        .into_iter()
        .zip(weights)
        .filter_map(|(rarity, weight)| NonZeroU32::new(weight).map(|weight| (rarity, weight)));
    StageParts {
        prices: vec![Price::new(draw_count, Payment::FreeGem, 300).unwrap()],
        rarity_weights: weights.collect(),
        guarantee: guarantee.map(|(draw_count, rarity)| Guarantee {
            draw_count: DrawCount::new(draw_count).unwrap(),
            rarity,
        }),
    }
}

fn pool(pool_id: &str, kind: PoolKind, pity: Option<PityRule>) -> Pool {
    Pool::new(PoolParts {
        pool_id: PoolId::new(pool_id).unwrap(),
        name: "Vector".into(),
        opens_at: datetime!(2026-01-01 0:00 UTC),
        closes_at: None,
        opening_hours: None,
        day: DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) },
        limits: Limits::default(),
        free_daily: None,
        pity,
        kind,
        exchange: None,
        items: vec![
            item("moon-blade", Rarity::Ssr, 3, true),
            item("sun-blade", Rarity::Ssr, 2, true),
            item("old-blade", Rarity::Ssr, 5, false),
            item("silver-bow", Rarity::Sr, 1, false),
            item("amber-bow", Rarity::Sr, 2, true),
            item("wooden-sword", Rarity::R, 7, false),
            item("paper-charm", Rarity::R, 4, false),
        ],
    })
    .unwrap()
}

fn festival() -> Pool {
    let pity = PityRule {
        group: PityGroup::new("vectors").unwrap(),
        max_count: NonZeroU32::new(20).unwrap(),
        soft: Some(SoftPity {
            from_count: NonZeroU32::new(15).unwrap(),
            weight_step: 12.try_into().unwrap(),
        }),
        rate_up_guarantee: true,
    };
    let stage = stage(10, [79, 18, 3], Some((10, Rarity::Sr)));
    pool("festival", PoolKind::Standard(stage), Some(pity))
}

fn steps() -> Pool {
    let steps = vec![stage(3, [85, 12, 3], None), stage(5, [0, 90, 10], Some((5, Rarity::Ssr)))];
    pool("steps", PoolKind::StepUp { steps, after_last: AfterLastStep::Loop }, None)
}

fn chest() -> Pool {
    let prices = vec![Price::new(10, Payment::AnyGem, 900).unwrap()];
    pool("chest", PoolKind::Box { prices, reset: BoxReset::AfterLastPickup }, None)
}

/// What the server drew and shows.
fn prove(number: u64, pool: &Pool, state: &PlayerState, is_void: bool) -> Proof {
    let server_seed = ServerSeed::new(std::array::from_fn(|i| u8::try_from(i).unwrap()));
    let client_seed = ClientSeed::new("seven-crows-over-the-moon").unwrap();
    let document = to_document(pool);
    let revision = revision(&document);
    let at = datetime!(2026-08-01 19:31:00.6 UTC);
    let step = pool.step(state.purchases).unwrap();
    let quote = pool.quote(state, pool.prices_at(step)[0].draw_count, at).unwrap();
    let number = DrawNumber::new(number).unwrap();
    let mut stream = DrawStream::new(&server_seed, revision, UserId(USER), number, &client_seed);
    let mut after = state.clone();
    let items = pool.draw(&mut after, &quote, &mut stream);
    Proof {
        algorithm: ALGORITHM.to_owned(),
        saga_id: Uuid::from_u128(
            0x5cdc_a3eb_0087_8e51_a01b_c1da_ae46_db00 + u128::from(number.get()),
        ),
        user_id: USER,
        draw_number: number.get(),
        is_void,
        client_seed: client_seed.as_str().to_owned(),
        period: Period {
            period_id: Uuid::from_u128(0x3d3a_5b1c_52b4_4a4b_8a4b_2f3e_2f6f_0d11),
            commitment: server_seed.commitment().to_string(),
            starts_at: datetime!(2026-08-01 0:00 UTC),
            ends_at: datetime!(2026-08-02 0:00 UTC),
            seed: Some(server_seed.expose_hex()),
        },
        pool: PoolRules {
            pool_id: pool.pool_id().to_string(),
            revision: revision.to_string(),
            document,
        },
        purchase: Purchase {
            draw_count: quote.draw_count.get(),
            currency_type: quote.cost.currency_type.to_string(),
            amount: quote.cost.amount.amount(),
            step: quote.step,
            is_free: quote.is_free,
            quoted_at: at,
        },
        state_before: StateDocument::of(state, pool),
        state_after: (!is_void).then(|| StateDocument::of(&after, pool)),
        results: (!is_void).then(|| items.into_iter().map(DrawnItem::from).collect()),
    }
}

/// The draws of one player, in order: each begins where the one before ended.
fn vectors() -> Vec<Proof> {
    let (festival, steps, chest) = (festival(), steps(), chest());
    let after = |proof: &Proof, pool: &Pool| {
        proof.state_after.as_ref().unwrap_or(&proof.state_before).state(pool)
    };
    // Soft pity, a due pickup, and the guarantee, from the first draw on.
    let pity = PityState { count: 13, is_pickup_due: true };
    let begun = PlayerState { pity, ..PlayerState::default() };
    let first = prove(1, &festival, &begun, false);
    let second = prove(2, &festival, &after(&first, &festival), false);
    let void = prove(3, &festival, &after(&second, &festival), true);
    let fourth = prove(4, &festival, &after(&void, &festival), false);
    let step_one = prove(5, &steps, &PlayerState::default(), false);
    let step_two = prove(6, &steps, &after(&step_one, &steps), false);
    let begun_box = PlayerState {
        drawn_copies: vec![4, 7, 2, 1, 3, 1, 5],
        purchases: Purchases { draw_total: 23, ..Purchases::default() },
        ..PlayerState::default()
    };
    let seventh = prove(7, &chest, &begun_box, false);
    let eighth = prove(8, &chest, &after(&seventh, &chest), false);
    vec![first, second, void, fourth, step_one, step_two, seventh, eighth]
}

fn read() -> Vec<Proof> {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

#[test]
fn the_vectors_are_what_is_drawn_and_each_is_proved() {
    let vectors = vectors();
    if std::env::var_os("TENJO_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&vectors).unwrap();
        std::fs::write(FILE, text + "\n").unwrap();
    }
    assert_eq!(read(), vectors, "vectors may not change");
    for proof in &vectors {
        assert!(matches!(check(proof), Ok(Checked::Proved(_))), "{:?}", check(proof));
    }
    assert_eq!(check_chain(&vectors), Ok(()));
}

#[test]
fn the_vectors_show_every_rule() {
    let vectors = vectors();
    let results = |index: usize| vectors[index].results.as_ref().unwrap();
    let ssr = |item: &&DrawnItem| item.rarity == "SSR";
    let all_of_festival = || results(0).iter().chain(results(1)).chain(results(3));
    assert!(all_of_festival().any(|item| ssr(&item)), "pity comes");
    assert!(results(5).iter().any(|item| ssr(&item)), "the step's guarantee");
    let drawn = |index: usize| {
        let state = vectors[index].state_after.as_ref().unwrap();
        state.drawn_copies.values().sum::<u32>()
    };
    assert!(drawn(6) < 23 + 10 || drawn(7) < drawn(6) + 10, "the box is filled again");
}

#[test]
fn a_proof_that_was_changed_anywhere_is_wrong() {
    type Change = fn(&mut Proof);
    let changes: [(&str, Change); 15] = [
        ("algorithm", |p| p.algorithm = "tenjo-draw-v2".into()),
        ("another player", |p| p.user_id = Uuid::from_u128(1)),
        ("another number", |p| p.draw_number = 9),
        ("no number", |p| p.draw_number = 0),
        ("another client seed", |p| p.client_seed = "eight-crows".into()),
        ("another seed", |p| p.period.seed = Some("11".repeat(32))),
        ("another commitment", |p| p.period.commitment = "00".repeat(32)),
        ("other rules", |p| p.pool.document = p.pool.document.replace("moon", "star")),
        ("another revision", |p| p.pool.revision = "00".repeat(32)),
        ("a price of its own", |p| p.purchase.amount = 1),
        ("more pity", |p| p.state_before.pity_count = 19),
        ("a better item", |p| p.results.as_mut().unwrap()[0].item_master_id = "moon-blade".into()),
        ("one item less", |p| {
            p.results.as_mut().unwrap().pop();
        }),
        ("pity after it", |p| p.state_after.as_mut().unwrap().pity_count += 1),
        ("void with results", |p| p.is_void = true),
    ];
    for (what, change) in changes {
        let mut proof = vectors().remove(0);
        change(&mut proof);
        assert!(check(&proof).is_err(), "{what} was not noticed");
    }
}

#[test]
fn without_the_seed_only_the_rules_and_the_price_are_checked() {
    let mut proof = vectors().remove(0);
    proof.period.seed = None;
    assert!(matches!(check(&proof), Ok(Checked::NotRevealed)));
    proof.purchase.amount = 1;
    assert!(matches!(check(&proof), Err(Disagreement::Purchase(_))));
}

#[test]
fn a_missing_draw_and_a_state_out_of_nowhere_are_noticed() {
    let whole = vectors();
    let mut missing = whole.clone();
    missing.remove(2);
    assert_eq!(check_chain(&missing), Err(vec![Break::Missing { from: 3, to: 3 }]));
    let mut twice = whole.clone();
    twice[3].draw_number = 3;
    assert!(check_chain(&twice).unwrap_err().contains(&Break::Twice(3)));
    let mut moved = whole.clone();
    moved[1].state_before.pity_count += 1;
    assert!(matches!(check_chain(&moved).unwrap_err()[..], [Break::Pity { number: 2, .. }]));
    let mut bought = whole.clone();
    bought[5].state_before.step = 0;
    assert!(matches!(check_chain(&bought).unwrap_err()[..], [Break::Purchases { number: 6, .. }]));
    let mut other = whole;
    other[7].user_id = Uuid::from_u128(1);
    assert!(matches!(check_chain(&other).unwrap_err()[..], [Break::Players(..)]));
}
