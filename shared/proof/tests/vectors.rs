//! `docs/fairness-draws.json`: whole proofs, one for each rule, by which a
//! verifier in any language can be tested.
//!
//! With `TENJO_WRITE_VECTORS=1` the file is written anew. What it holds may not
//! change: proofs of long ago must stay right.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use tenjo_documents::{StateDocument, from_document, revision, to_document};
use tenjo_domain::{
    AfterLastStep, BoxReset, ClientSeed, DayRule, DrawCount, DrawNumber, DrawStream, Guarantee,
    ItemMasterId, Payment, PityGroup, PityRule, PityState, PlayerState, Pool, PoolId, PoolItem,
    PoolKind, PoolParts, Price, Quote, Rarity, ServerSeed, SoftPity, StageParts, UserId,
};
use tenjo_proof::{
    ALGORITHM, Break, Checked, Disagreement, DrawnItem, Period, PoolRules, Proof, Purchase, check,
    check_chain,
};
use time::macros::{datetime, offset, time};
use time::{Duration, OffsetDateTime};
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

fn parts(pool_id: &str, kind: PoolKind) -> PoolParts {
    let pool_id = PoolId::new(pool_id).unwrap();
    let opens_at = datetime!(2026-01-01 0:00 UTC);
    let items = vec![
        item("moon-blade", Rarity::Ssr, 3, true),
        item("sun-blade", Rarity::Ssr, 2, true),
        item("old-blade", Rarity::Ssr, 5, false),
        item("silver-bow", Rarity::Sr, 1, false),
        item("amber-bow", Rarity::Sr, 2, true),
        item("wooden-sword", Rarity::R, 7, false),
        item("paper-charm", Rarity::R, 4, false),
    ];
    let day = DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) };
    PoolParts { day, ..PoolParts::plain(pool_id, "Vector", opens_at, kind, items) }
}

fn pity(soft: Option<SoftPity>, rate_up_guarantee: bool) -> PityRule {
    PityRule {
        group: PityGroup::new("vectors").unwrap(),
        max_count: NonZeroU32::new(12).unwrap(),
        soft,
        rate_up_guarantee,
    }
}

/// Soft pity, a due pickup, and two blocks of a guarantee in each purchase.
fn festival() -> PoolParts {
    let soft =
        SoftPity { from_count: NonZeroU32::new(8).unwrap(), weight_step: 12.try_into().unwrap() };
    let kind = PoolKind::Standard(stage(10, [79, 18, 3], Some((4, Rarity::Sr))));
    PoolParts { pity: Some(pity(Some(soft), true)), ..parts("festival", kind) }
}

/// Of the same group, with hard pity and nothing else: it keeps what is due.
fn plain() -> PoolParts {
    let kind = PoolKind::Standard(stage(10, [87, 12, 1], None));
    PoolParts { pity: Some(pity(None, false)), ..parts("plain", kind) }
}

fn steps(pool_id: &str, after_last: AfterLastStep) -> PoolParts {
    let steps = vec![stage(3, [85, 12, 3], None), stage(5, [90, 9, 1], Some((5, Rarity::Ssr)))];
    parts(pool_id, PoolKind::StepUp { steps, after_last })
}

/// 24 copies, five of them pickups of an SSR and two of an SR.
fn chest(pool_id: &str, reset: BoxReset) -> PoolParts {
    let prices = vec![Price::new(10, Payment::AnyGem, 900).unwrap()];
    parts(pool_id, PoolKind::Box { prices, reset })
}

/// A free draw a day, in a time zone of its own.
fn daily() -> PoolParts {
    let kind = PoolKind::Standard(stage(1, [85, 12, 3], None));
    let free_daily = DrawCount::new(1).ok();
    PoolParts { free_daily, ..parts("daily", kind) }
}

fn server_seed() -> ServerSeed {
    ServerSeed::new(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

/// The moments of the purchases, of which each has its own. Tokyo's day begins at
/// 20:00 in UTC here.
const NOON: OffsetDateTime = datetime!(2026-08-01 12:00:00.6 UTC);

/// A player who buys one after another and proves each purchase.
#[derive(Default)]
struct Player {
    pity: PityState,
    states: BTreeMap<String, PlayerState>,
    proofs: Vec<Proof>,
}

impl Player {
    fn buy(&mut self, parts: &PoolParts) {
        self.buy_at(parts, NOON, false);
    }

    fn buy_at(&mut self, parts: &PoolParts, at: OffsetDateTime, is_void: bool) {
        let pool = Pool::new(parts.clone()).unwrap();
        let before = self.states.entry(parts.pool_id.to_string()).or_default();
        if pool.pity().is_some() {
            before.pity = self.pity;
        }
        let number = self.proofs.len() as u64 + 1;
        let (proof, after) = prove(number, &pool, before, at, is_void);
        self.proofs.push(proof);
        if !is_void {
            *before = after;
            if pool.pity().is_some() {
                self.pity = before.pity;
            }
        }
    }
}

/// What the server drew and shows, and where it leaves the player.
fn prove(
    number: u64,
    pool: &Pool,
    before: &PlayerState,
    at: OffsetDateTime,
    is_void: bool,
) -> (Proof, PlayerState) {
    let document = to_document(pool);
    let revision = revision(&document);
    let step = pool.step(before.purchases).unwrap();
    let quote = pool.quote(before, pool.prices_at(step)[0].draw_count, at).unwrap();
    let client_seed = ClientSeed::new("seven-crows-over-the-moon").unwrap();
    let number = DrawNumber::new(number).unwrap();
    let mut stream = DrawStream::new(&server_seed(), revision, UserId(USER), number, &client_seed);
    let mut after = before.clone();
    let items = pool.draw(&mut after, &quote, &mut stream);
    let saga_id = 0x5cdc_a3eb_0087_8e51_a01b_c1da_ae46_db00 + u128::from(number.get());
    let proof = Proof {
        algorithm: ALGORITHM.to_owned(),
        saga_id: Uuid::from_u128(saga_id),
        user_id: USER,
        draw_number: number.get(),
        is_void,
        client_seed: client_seed.as_str().to_owned(),
        period: Period {
            period_id: Uuid::from_u128(0x3d3a_5b1c_52b4_4a4b_8a4b_2f3e_2f6f_0d11),
            commitment: server_seed().commitment().to_string(),
            starts_at: datetime!(2026-08-01 0:00 UTC),
            ends_at: datetime!(2026-08-08 0:00 UTC),
            seed: Some(server_seed().expose_hex()),
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
        state_before: StateDocument::of(before, pool),
        state_after: (!is_void).then(|| StateDocument::of(&after, pool)),
        results: (!is_void).then(|| items.into_iter().map(DrawnItem::from).collect()),
    };
    (proof, after)
}

/// All draws of one player, from the first on.
fn vectors() -> Vec<Proof> {
    let mut player = Player::default();
    for _ in 0..4 {
        player.buy(&festival());
        player.buy(&plain());
    }
    player.buy_at(&festival(), NOON, true);
    player.buy(&festival());
    let (round, once) = (steps("round", AfterLastStep::Loop), steps("once", AfterLastStep::End));
    for parts in [&round, &round, &round, &once, &once] {
        player.buy(parts);
    }
    for _ in 0..4 {
        player.buy(&chest("chest", BoxReset::AfterLastPickup));
        player.buy(&chest("bag", BoxReset::WhenEmpty));
    }
    for _ in 0..2 {
        player.buy(&chest("farewell", BoxReset::Never));
    }
    // A revision of the box with fewer copies of an item than are gone.
    let mut fewer = chest("farewell", BoxReset::WhenEmpty);
    fewer.items.iter_mut().for_each(|item| item.weight = NonZeroU32::new(2).unwrap());
    player.buy(&fewer);
    // Free, paid, a new day at 05:00 in Tokyo, and a clock that goes back.
    for hours in [0, 1, 8, 9, -13, 10] {
        player.buy_at(&daily(), NOON + Duration::hours(hours), false);
    }
    player.proofs
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

/// Whether drawing with other rules, from the same numbers, gives something else
/// in at least one of the draws from a pool.
fn matters(pool_id: &str, change: impl Fn(&mut PoolParts)) -> bool {
    vectors().iter().filter(|proof| proof.pool.pool_id == pool_id && !proof.is_void).any(|proof| {
        let mut parts = from_document(&proof.pool.document).unwrap().parts().clone();
        change(&mut parts);
        let pool = Pool::new(parts).unwrap();
        let mut state = proof.state_before.state(&pool);
        let quote = pool
            .quote(&state, DrawCount::new(proof.purchase.draw_count).unwrap(), NOON)
            .map(|quote| Quote { step: proof.purchase.step, is_free: false, ..quote });
        let Ok(quote) = quote else { return true };
        let mut stream = DrawStream::new(
            &server_seed(),
            revision(&proof.pool.document),
            UserId(USER),
            DrawNumber::new(proof.draw_number).unwrap(),
            &ClientSeed::new(proof.client_seed.as_str()).unwrap(),
        );
        let items = pool.draw(&mut state, &quote, &mut stream);
        let items: Vec<DrawnItem> = items.into_iter().map(DrawnItem::from).collect();
        proof.results.as_ref() != Some(&items)
    })
}

fn rule(parts: &mut PoolParts) -> &mut PityRule {
    parts.pity.as_mut().unwrap()
}

#[test]
fn a_verifier_that_leaves_out_any_rule_fails_a_vector() {
    let guarantee = |parts: &mut PoolParts| match &mut parts.kind {
        PoolKind::Standard(stage) => stage.guarantee = None,
        PoolKind::StepUp { steps, .. } => steps[1].guarantee = None,
        PoolKind::Box { .. } => unreachable!("a box has no guarantee"),
    };
    let reset = |to: BoxReset| {
        move |parts: &mut PoolParts| {
            let PoolKind::Box { reset, .. } = &mut parts.kind else { unreachable!("a box") };
            *reset = to;
        }
    };
    assert!(matters("festival", guarantee), "guarantee");
    assert!(matters("round", guarantee), "guarantee of a step");
    assert!(matters("festival", |p| rule(p).soft = None), "soft pity");
    assert!(
        matters("plain", |p| rule(p).max_count = NonZeroU32::MAX.min(1_000.try_into().unwrap()))
    );
    assert!(matters("festival", |p| rule(p).rate_up_guarantee = false), "a due pickup");
    assert!(matters("chest", reset(BoxReset::WhenEmpty)), "after_last_pickup");
    assert!(matters("bag", reset(BoxReset::AfterLastPickup)), "when_empty");
    let vectors = vectors();
    let due_in_plain = vectors.iter().any(|proof| {
        let after = proof.state_after.as_ref().is_some_and(|after| after.is_pickup_due);
        let got_ssr = proof.results.iter().flatten().any(|item| item.rarity == "SSR");
        proof.pool.pool_id == "plain" && proof.state_before.is_pickup_due && after && got_ssr
    });
    assert!(due_in_plain, "what is due is kept in a pool without the guarantee");
    let days: Vec<(i32, bool)> = vectors
        .iter()
        .filter(|proof| proof.pool.pool_id == "daily")
        .map(|proof| (proof.state_after.as_ref().unwrap().day, proof.purchase.is_free))
        .collect();
    let first = days[0].0;
    let expected = [(0, true), (0, false), (1, true), (1, false), (1, false), (1, false)];
    assert_eq!(days, expected.map(|(day, is_free)| (first + day, is_free)));
}

#[test]
fn a_proof_that_was_changed_anywhere_is_wrong() {
    type Change = fn(&mut Proof);
    let changes: [(&str, Change); 16] = [
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
        ("another step", |p| p.purchase.step = 1),
        ("more pity", |p| p.state_before.pity_count = 11),
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
    let last = bought.iter().rposition(|proof| proof.pool.pool_id == "round").unwrap();
    bought[last].state_before.step += 1;
    assert!(matches!(check_chain(&bought).unwrap_err()[..], [Break::Purchases { .. }]));
    let mut from_nowhere = whole.clone();
    from_nowhere[0].state_before.pity_count = 11;
    assert!(matches!(check_chain(&from_nowhere).unwrap_err()[..], [Break::Pity { number: 1, .. }]));
    let first = from_nowhere.iter().position(|proof| proof.pool.pool_id == "chest").unwrap();
    let mut half_empty = whole.clone();
    half_empty[first].state_before.drawn_copies.insert("moon-blade".into(), 3);
    assert!(matches!(check_chain(&half_empty).unwrap_err()[..], [Break::Purchases { .. }]));
    // Later draws alone do not show what came before.
    assert_eq!(check_chain(&whole[8..]), Ok(()));
    let mut other = whole;
    other[7].user_id = Uuid::from_u128(1);
    assert!(matches!(check_chain(&other).unwrap_err()[..], [Break::Players(..), ..]));
}
