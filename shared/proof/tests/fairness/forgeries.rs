//! `docs/fairness-forgeries.json`: what a server might claim, and must not get through.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Serialize;
use tenjo_documents::{StateDocument, from_document, revision, to_document};
use tenjo_domain::{
    AfterLastStep, BoxReset, ClientSeed, ClientSeedOrigin, DrawNumber, OpeningHours, Payment, Pool,
    PoolKind, PoolParts, Price, ServerSeed, Span, UsedClientSeed, UserId,
};
use tenjo_proof::{
    Disagreement, Part, Period, Proof, PurchasePoints, ReceiptKey, Record, Root, check,
};
use tenjo_receipts::{ReceiptKeys, ReceiptSigner};
use time::macros::{datetime, time};
use time::{Duration, OffsetDateTime, Time, Weekday};
use uuid::Uuid;

use crate::player::{NOON, WEEK, later, period, proof, proofs, prove};
use crate::pools::{bundles, chest, daily, market, season, steps};
use crate::vectors::{PLAYER, by_other_rules, purchases};
use crate::{compare, refusals};

/// Answers that must be refused when they are shown together with the first `after`
/// proofs of `fairness-draws.json`.
///
/// Each is about one thing that is wrong. In many, others follow from it: under another
/// seed the items are others too. A [`Sale`] breaks one rule and is right in all else.
#[derive(Serialize)]
struct Forgery {
    case: String,
    after: usize,
    answers: Vec<Answer>,
    /// Whether only whole programs can notice it, because they compare answers of several
    /// kinds: `tenjo verify` and `verify.py`, whose tests try each.
    #[serde(skip)]
    is_for_programs: bool,
    #[serde(skip)]
    sale: Option<Sale>,
}

/// A purchase that breaks a rule of what is sold, and no other: whoever leaves out that
/// rule finds nothing wrong with it. A test shows that.
struct Sale {
    record: Record,
    document: String,
    lapse: Lapse,
}

/// What the rules of a pool, and the player's state before the purchase, are to somebody
/// who leaves out a rule.
type Lapse = fn(&mut PoolParts, &mut StateDocument);

/// What is in the `data` of an answer.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Answer {
    Proof(Proof),
    /// Of seed periods.
    Keys {
        seed_periods: Vec<Period>,
        receipt_keys: Vec<ReceiptKey>,
    },
    Draw {
        receipt: String,
    },
    /// All that an answer to a draw says that its receipt says too.
    WholeDraw {
        saga_id: Uuid,
        results: Option<Vec<tenjo_proof::DrawnItem>>,
        cost: Cost,
        receipt: String,
    },
    Numbers {
        draw_numbers: Vec<Numbered>,
    },
    Rules {
        revision: String,
        document: String,
    },
}

#[derive(Clone, Serialize)]
struct Cost {
    currency_type: String,
    amount: u64,
    breakdown: Vec<Part>,
}

#[derive(Clone, Serialize)]
struct Numbered {
    draw_number: u64,
    saga_id: Uuid,
    state: String,
}

fn keys() -> Answer {
    Answer::Keys { seed_periods: Vec::new(), receipt_keys: vec![key()] }
}

/// The answer to a draw.
fn told(record: &Record, receipt: String) -> Answer {
    let purchase = &record.purchase;
    Answer::WholeDraw {
        saga_id: record.saga_id,
        results: record.results.clone(),
        cost: Cost {
            currency_type: purchase.currency_type.clone(),
            amount: purchase.amount,
            breakdown: purchase.breakdown.clone(),
        },
        receipt,
    }
}

struct Forger {
    records: Vec<(Record, String)>,
    proofs: Vec<Proof>,
    forgeries: Vec<Forgery>,
}

impl Forger {
    fn add(&mut self, case: &str, after: usize, proofs: Vec<Proof>) {
        let answers = proofs.into_iter().map(Answer::Proof).collect();
        self.push(case, after, answers, false);
    }

    fn push(&mut self, case: &str, after: usize, answers: Vec<Answer>, is_for_programs: bool) {
        let case = case.to_owned();
        self.forgeries.push(Forgery { case, after, answers, is_for_programs, sale: None });
    }

    /// The purchase after the first `after`, made as if a rule were not there.
    fn sale(
        &mut self,
        case: &str,
        after: usize,
        at: OffsetDateTime,
        parts: &PoolParts,
        lapse: Lapse,
    ) {
        self.later_sale(case, after, &[], (at, parts), lapse);
    }

    /// The same after some more purchases from the pool, at these times, which are right.
    fn later_sale(
        &mut self,
        case: &str,
        after: usize,
        first: &[OffsetDateTime],
        (at, parts): (OffsetDateTime, &PoolParts),
        lapse: Lapse,
    ) {
        let mut history = self.records[..after].to_vec();
        for earlier in first {
            history.push(sell(&history, *earlier, parts, |_, _| ()));
        }
        let (record, document) = sell(&history, at, parts, lapse);
        let mut answers: Vec<Answer> = history[after..]
            .iter()
            .map(|(record, document)| Answer::Proof(proof(record, document)))
            .collect();
        answers.push(Answer::Proof(proof(&record, &document)));
        self.push(case, after, answers, false);
        let sale = Sale { record, document, lapse };
        self.forgeries.last_mut().unwrap().sale = Some(sale);
    }

    /// The purchase at a number, from the pool that it is from and right by itself, but
    /// from another state than the one that the player was in.
    fn state(&mut self, case: &str, number: usize, change: impl Fn(&mut StateDocument)) {
        let (record, document) = &self.records[number - 1];
        let mut before = record.state_before.clone();
        change(&mut before);
        assert_ne!(before, record.state_before, "{case} changes nothing");
        let pool = from_document(document).unwrap();
        let made = make(number, record.purchase.quoted_at, &pool, document, &before);
        let forged = proof(&made, document);
        assert!(check(&forged).is_ok(), "{case} is wrong by itself");
        self.add(case, number - 1, vec![forged]);
    }

    /// A list of seed periods next to the first purchase.
    fn listed(&mut self, case: &str, period: Period) {
        let answer = Answer::Keys { seed_periods: vec![period], receipt_keys: vec![key()] };
        self.push(case, 1, vec![answer], false);
    }

    /// A receipt of the first purchase, next to its proof and the published keys.
    fn receipt(&mut self, case: &str, receipt: String) {
        self.push(case, 1, vec![keys(), Answer::Draw { receipt }], false);
    }

    /// All proofs up to one of them, of which the server changed the record. It does not
    /// say where it is counted, because it could count what it likes.
    fn record(&mut self, case: &str, number: usize, change: impl Fn(&mut Record)) {
        let (mut record, document) = self.records[number - 1].clone();
        change(&mut record);
        assert_ne!(record, self.records[number - 1].0, "{case} changes nothing");
        self.add(case, number - 1, vec![proof(&record, &document)]);
    }

    /// The same, and the server changed something else of the proof.
    fn proof(&mut self, case: &str, number: usize, change: impl Fn(&mut Proof)) {
        let mut proof = self.proofs[number - 1].clone();
        change(&mut proof);
        assert_ne!(proof, self.proofs[number - 1], "{case} changes nothing");
        self.add(case, number - 1, vec![proof]);
    }

    /// The number of a purchase like this.
    fn find(&self, what: impl Fn(&Record) -> bool) -> usize {
        1 + self.records.iter().position(|(record, _)| what(record)).expect("such a purchase")
    }

    fn first_of(&self, pool_id: &str) -> usize {
        self.find(|record| record.pool.pool_id == pool_id)
    }
}

/// What the server sells next to the player of `history`, if it leaves out a rule. It
/// shows the pool and the state as they are.
fn sell(
    history: &[(Record, String)],
    at: OffsetDateTime,
    parts: &PoolParts,
    lapse: Lapse,
) -> (Record, String) {
    let document = to_document(&Pool::new(parts.clone()).unwrap());
    let left = left(history, parts);
    let (mut rules, mut before) = (parts.clone(), left.clone());
    lapse(&mut rules, &mut before);
    let pool = Pool::new(rules).unwrap();
    let made = make(history.len() + 1, at, &pool, &document, &before);
    (Record { state_before: left, ..made }, document)
}

/// Where these purchases leave the player in a pool without pity.
fn left(history: &[(Record, String)], parts: &PoolParts) -> StateDocument {
    let last = history.iter().rfind(|(record, _)| record.pool.pool_id == parts.pool_id.as_str());
    let Some((record, _)) = last else { return StateDocument::default() };
    record.state_after.clone().unwrap_or_else(|| record.state_before.clone())
}

/// The player's purchase of a number, which is what the pool sells first to somebody in
/// this state. It is drawn under the revision of `document`.
fn make(
    number: usize,
    at: OffsetDateTime,
    pool: &Pool,
    document: &str,
    before: &StateDocument,
) -> Record {
    let seed = UsedClientSeed {
        client_seed: ClientSeed::new("dice-that-were-thrown").unwrap(),
        origin: ClientSeedOrigin::Draw,
        set_at: Some(at),
    };
    let user_id = UserId(Uuid::from_u128(PLAYER));
    let number = DrawNumber::new(number as u64).unwrap();
    let state = before.state(pool);
    let (record, _) = prove(user_id, number, pool, revision(document), &seed, &state, (at, false));
    record
}

fn results(record: &mut Record) -> &mut Vec<tenjo_proof::DrawnItem> {
    record.results.as_mut().unwrap()
}

fn after(record: &mut Record) -> &mut StateDocument {
    record.state_after.as_mut().unwrap()
}

fn forgeries() -> Vec<Forgery> {
    let records = purchases();
    let proofs = proofs(&records);
    let mut forger = Forger { records, proofs, forgeries: Vec::new() };
    draws(&mut forger);
    periods(&mut forger);
    client_seeds(&mut forger);
    prices(&mut forger);
    sales(&mut forger);
    hours_of_sale(&mut forger);
    limits(&mut forger);
    lists(&mut forger);
    states(&mut forger);
    numbers(&mut forger);
    rules(&mut forger);
    trees(&mut forger);
    texts(&mut forger);
    receipts(&mut forger);
    answers(&mut forger);
    forger.forgeries
}

/// What was drawn.
fn draws(forger: &mut Forger) {
    forger.record("another item than was drawn", 1, |it| {
        results(it)[0].item_master_id = "silver-bow".to_owned();
        results(it)[0].rarity = "SR".to_owned();
    });
    forger.record("an item in another rarity", 1, |it| results(it)[0].rarity = "SSR".to_owned());
    forger.record("an item that is said to be a pickup", 1, |it| {
        let item = &mut results(it)[0];
        item.is_pickup = !item.is_pickup;
    });
    forger.record("the items in another order", 1, |it| results(it).reverse());
    forger.record("an item less than was bought", 1, |it| drop(results(it).pop()));
    forger.record("an item more than was bought", 1, |it| {
        let item = results(it)[0].clone();
        results(it).push(item);
    });
    let void = forger.find(|record| record.is_void);
    forger.record("a void purchase with results", void, |it| it.results = Some(Vec::new()));
    forger.record("a void purchase that moves the state", void, |it| {
        it.state_after = Some(it.state_before.clone());
    });
    forger.record("a valid purchase without results", 1, |it| it.results = None);
    forger.record("a valid purchase without a state after it", 1, |it| it.state_after = None);
    forger.record("a purchase that is void only in name", 1, |it| it.is_void = true);
    forger.record("the purchase of another player", 5, |it| it.user_id = Uuid::from_u128(1));
}

/// The server's seed and its time.
fn periods(forger: &mut Forger) {
    forger.proof("another seed", 1, |it| it.seed = Some("11".repeat(32)));
    forger.proof("a seed that is too short", 1, |it| it.seed = Some("00".repeat(31)));
    forger.record("another commitment", 1, |it| it.period.commitment = "00".repeat(32));
    // SHA-256 of the seed alone.
    forger.record("a commitment that does not bind the period", 1, |it| {
        "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
            .clone_into(&mut it.period.commitment);
    });
    forger.record("the seed in an earlier period", 1, |it| it.period.starts_at -= Duration::DAY);
    forger.record("the seed in a longer period", 1, |it| it.period.ends_at += Duration::DAY);
    forger.record("a period that does not begin on a whole second", 1, |it| {
        it.period.starts_at += Duration::MILLISECOND;
    });
    forger.record("a period that was moved by less than a second", 1, |it| {
        it.period.starts_at += Duration::MILLISECOND;
        it.period.ends_at += Duration::MILLISECOND;
    });
    forger.record("a period that ends before it begins", 1, |it| {
        it.period.ends_at = it.period.starts_at - Duration::DAY;
    });
    let early = WEEK.starts_at - Duration::seconds(300) - Duration::MICROSECOND;
    forger.sale("a quote dated back before the period", 4, early, &bundles(), |_, _| ());
    let late = WEEK.ends_at + Duration::seconds(60);
    forger.sale("a quote dated after the period", 4, late, &bundles(), |_, _| ());
    forger.record("a commitment that was published at two times", 5, |it| {
        it.period.published_at -= Duration::DAY;
    });
}

/// The player's seed and its time.
fn client_seeds(forger: &mut Forger) {
    let set = forger.find(|record| record.client_seed_origin == "player");
    let void = forger.find(|record| record.is_void);
    forger.record("a void purchase with a client seed of two words", void, |it| {
        "two words".clone_into(&mut it.client_seed);
    });
    forger.record("a void purchase with an empty client seed", void, |it| it.client_seed.clear());
    let own = forger.find(|record| record.client_seed_origin == "draw");
    forger.record("another client seed", set, |it| "eight-crows".clone_into(&mut it.client_seed));
    forger.record("a client seed with a space", set, |it| it.client_seed.push(' '));
    forger.record("an empty client seed", set, |it| it.client_seed.clear());
    forger.record("a client seed from nowhere", set, |it| {
        "server".clone_into(&mut it.client_seed_origin);
    });
    forger.record("a client seed that was set after its period", set, |it| {
        it.client_seed_set_at = Some(WEEK.ends_at);
    });
    forger.record("a client seed of the player without a time", set, |it| {
        it.client_seed_set_at = None;
    });
    forger.record("a client seed of the purchase that came earlier", own, |it| {
        it.client_seed_set_at = Some(NOON - Duration::SECOND);
    });
    forger.record("a default client seed with a time", 1, |it| it.client_seed_set_at = Some(NOON));
    forger.record("a default client seed that is not the player's id", set, |it| {
        "default".clone_into(&mut it.client_seed_origin);
        it.client_seed_set_at = None;
    });
}

/// What was bought, taken and given.
fn prices(forger: &mut Forger) {
    let (chest, daily) = (forger.first_of("pool-chest"), forger.first_of("pool-daily"));
    let free = |amount| Part { currency_type: "free_gem".to_owned(), amount };
    let paid = |amount| Part { currency_type: "paid_gem".to_owned(), amount };
    forger.record("another price", 1, |it| {
        it.purchase.amount = 299;
        it.purchase.breakdown = vec![free(299)];
    });
    forger.record("a price in other gems", 1, |it| {
        "any_gem".clone_into(&mut it.purchase.currency_type);
    });
    forger.record("less taken than the price", 1, |it| it.purchase.breakdown = vec![free(299)]);
    forger.record("nothing taken", 1, |it| it.purchase.breakdown.clear());
    forger.record("paid gems taken for a price in free ones", 1, |it| {
        it.purchase.breakdown = vec![free(200), paid(100)];
    });
    forger.record("none of some gems taken", 1, |it| {
        it.purchase.breakdown = vec![free(300), paid(0)];
    });
    forger.record("one kind of gems taken twice", chest, |it| {
        it.purchase.breakdown = vec![free(400), free(500)];
    });
    forger.record("more taken than any price", chest, |it| {
        it.purchase.breakdown = vec![free(u64::MAX), paid(901)];
    });
    forger.record("fewer points than the rules give", 1, |it| {
        it.purchase.points.as_mut().unwrap().amount -= 1;
    });
    forger.record("points of another group", 1, |it| {
        "others".clone_into(&mut it.purchase.points.as_mut().unwrap().point_group);
    });
    forger.record("no points", 1, |it| it.purchase.points = None);
    let void = forger.find(|record| record.is_void);
    forger.record("points for a void purchase", void, |it| {
        let point_group = "vectors".to_owned();
        it.purchase.points = Some(PurchasePoints { point_group, amount: 30 });
    });
    forger.record("a step in a pool without steps", 1, |it| it.purchase.step = 1);
    forger.record("a free draw that is said to take paid gems", daily, |it| {
        "paid_gem".clone_into(&mut it.purchase.currency_type);
    });
}

/// What a pool sells. Each of these breaks one rule, and so do those below.
fn sales(forger: &mut Forger) {
    let [round_at, once_at, box_at] =
        ["pool-round", "pool-once", "pool-farewell"].map(|pool_id| forger.first_of(pool_id) - 1);
    let bundles = bundles();
    forger.sale("more draws than the pool sells", 0, NOON, &bundles, |parts, _| {
        *prices_of(parts) = vec![Price::new(11, Payment::FreeGem, 2_700).unwrap()];
    });
    forger.sale("ten draws at the price of one", 0, NOON, &bundles, |parts, _| {
        *prices_of(parts) = vec![Price::new(10, Payment::FreeGem, 300).unwrap()];
    });
    let looping = steps("pool-round", AfterLastStep::Loop);
    forger.sale("another step", round_at, NOON, &looping, |_, before| before.step = 1);
    let ending = steps("pool-once", AfterLastStep::End);
    forger.sale("a step after the last one", once_at + 2, NOON, &ending, |parts, _| {
        let PoolKind::StepUp { after_last, .. } = &mut parts.kind else { unreachable!("steps") };
        *after_last = AfterLastStep::Loop;
    });
    // Four copies are left, and ten are sold.
    let (sold_out, never) = (box_at + 2, chest("pool-farewell", BoxReset::Never));
    let filled: Lapse = |parts, _| {
        let PoolKind::Box { reset, .. } = &mut parts.kind else { unreachable!("a box") };
        *reset = BoxReset::WhenEmpty;
    };
    forger.sale("a purchase from a box that is sold out", sold_out, NOON, &never, filled);
    // Before the seed is revealed nothing is drawn again.
    forger.sale(
        "a purchase from a sold-out box before the seed is revealed",
        sold_out,
        NOON,
        &never,
        filled,
    );
    let answers = &mut forger.forgeries.last_mut().unwrap().answers;
    let Some(Answer::Proof(unrevealed)) = answers.last_mut() else { unreachable!("a proof") };
    unrevealed.seed = None;
}

/// When a pool sells.
fn hours_of_sale(forger: &mut Forger) {
    let opens_later = season(NOON + Duration::MICROSECOND, None);
    forger.sale("a purchase before the pool opened", 0, NOON, &opens_later, |parts, _| {
        parts.opens_at = NOON;
    });
    let closes_then = season(NOON - Duration::DAY, Some(NOON));
    forger.sale("a purchase after the pool closed", 0, NOON, &closes_then, |parts, _| {
        parts.closes_at = None;
    });
    let (market, market_at) = (market(), forger.first_of("pool-market") - 1);
    // 15:00 on a Saturday.
    let afternoon = later(-6);
    forger.sale("a purchase outside the opening hours", market_at, afternoon, &market, |it, _| {
        let hours = hours(it);
        (hours.from, hours.until) = (Time::MIDNIGHT, Time::MIDNIGHT);
    });
    let end = datetime!(2026-08-01 17:00 UTC);
    forger.sale("a purchase as the opening hours end", market_at, end, &market, |it, _| {
        hours(it).until = time!(2:01);
    });
    // 21:00 on a Sunday.
    let sunday = later(24);
    forger.sale("a purchase on another weekday", market_at, sunday, &market, |it, _| {
        hours(it).weekdays.clear();
    });
    // 01:00 on a Saturday, in the night that began on a Friday.
    let friday = later(-20);
    forger.sale("a purchase in the night before", market_at, friday, &market, |it, _| {
        hours(it).weekdays.push(Weekday::Friday);
    });
}

fn prices_of(parts: &mut PoolParts) -> &mut Vec<Price> {
    let PoolKind::Standard(stage) = &mut parts.kind else { unreachable!("no steps and no box") };
    &mut stage.prices
}

fn hours(parts: &mut PoolParts) -> &mut OpeningHours {
    parts.opening_hours.as_mut().unwrap()
}

/// How often a pool sells, and what it gives away.
fn limits(forger: &mut Forger) {
    let (pool, at) = (daily(), forger.first_of("pool-daily") - 1);
    forger.sale("the free draw of a day at a price", at, NOON, &pool, |parts, _| {
        parts.free_daily = None;
    });
    forger.sale("a second free draw on a day", at + 1, later(1), &pool, |_, before| {
        before.is_free_draw_taken = false;
    });
    // Past midnight, and before the day begins at 05:00.
    forger.sale("a day that begins at midnight", at + 2, later(4), &pool, |parts, _| {
        parts.day.begins_at = Time::MIDNIGHT;
    });
    // A free draw of Saturday, after that of Sunday.
    forger.sale("a day that goes back", at + 5, later(-13), &pool, |_, before| before.day = 0);
    // The fourth of a day, and in total.
    let fourth = (later(6), &pool);
    forger.later_sale("more than the limit of a day", at + 3, &[later(5)], fourth, |parts, _| {
        parts.limits.per_day = None;
    });
    // The first of a day, after its free one, and the sixth in total.
    let sixth = (later(34), &pool);
    forger.later_sale("more than the limit in total", at + 7, &[later(33)], sixth, |parts, _| {
        parts.limits.in_total = None;
    });
}

/// What a list says of periods, next to a proof.
fn lists(forger: &mut Forger) {
    let other = ServerSeed::new([7; 32]);
    let right = Period::from(&period());
    let told = |change: &dyn Fn(&mut Period)| {
        let mut listed = right.clone();
        change(&mut listed);
        listed
    };
    let next = |starts_at: OffsetDateTime| {
        let span = Span { starts_at, ends_at: starts_at + (WEEK.ends_at - WEEK.starts_at) };
        told(&|it| {
            it.period_id = Uuid::from_u128(1);
            (it.record.starts_at, it.record.ends_at) = (span.starts_at, span.ends_at);
            it.record.commitment = other.commitment(span).to_string();
            it.seed = None;
        })
    };
    // Only one of them can be what was committed to.
    let seeds = told(&|it| it.seed = Some(other.expose_hex()));
    forger.listed("two seeds of one period", seeds);
    let commitments = told(&|it| {
        it.record.commitment = other.commitment(WEEK).to_string();
        it.seed = None;
    });
    forger.listed("two commitments of one period", commitments);
    let ends = told(&|it| {
        it.record.ends_at += Duration::DAY;
        it.seed = None;
    });
    forger.listed("two ends of one period", ends);
    let totals = forger.proofs[0].inclusion.as_ref().unwrap().root.totals;
    let roots = told(&|it| it.root = Some(Root { hash: "00".repeat(32), totals }));
    forger.listed("another root in the list", roots);
    forger.listed("two periods that overlap", next(WEEK.starts_at + Duration::DAY));
    let mut uncommitted = next(WEEK.ends_at);
    uncommitted.seed = Some(ServerSeed::new([8; 32]).expose_hex());
    forger.listed("a seed that was not committed to in the list", uncommitted);
}

/// Where the player stood.
fn states(forger: &mut Forger) {
    forger.record("pity after it that does not follow", 1, |it| after(it).pity_count += 1);
    forger.record("a pickup that is no longer due", 1, |it| {
        after(it).is_pickup_due = !after(it).is_pickup_due;
    });
    forger.record("draws that are not counted", 1, |it| after(it).draw_total -= 1);
    let daily = forger.first_of("pool-daily");
    forger.record("a free draw that is not used up", daily, |it| {
        after(it).is_free_draw_taken = false;
    });
    forger.record("a day that goes on", daily, |it| after(it).day -= 1);
    let round = forger.first_of("pool-round");
    forger.record("a step that is sold again", round, |it| after(it).step = 0);
    let chest = forger.first_of("pool-chest");
    forger.record("a copy that is not gone", chest, |it| {
        drop(after(it).drawn_copies.pop_first());
    });
    forger.record("pity in a pool without pity", chest, |it| {
        it.state_before.pity_count = 1;
        after(it).pity_count = 1;
    });
    // Right in themselves, and not after what came before.
    forger.record("a player who is said to have bought before", 1, |it| {
        it.state_before.draw_total += 10;
        after(it).draw_total += 10;
    });
    forger.state("pity that was not reached", 3, |before| before.pity_count = 11);
    forger.state("a due pickup that is forgotten", 3, |before| {
        before.is_pickup_due = !before.is_pickup_due;
    });
    let farewell = forger.first_of("pool-farewell");
    forger.state("a box that is full again", farewell + 1, |before| before.drawn_copies.clear());
    forger.state("a free draw that is forgotten", daily + 1, |before| {
        before.is_free_draw_taken = false;
    });
    forger.record("purchases that are forgotten", 3, |it| {
        it.state_before.draw_total = 0;
        after(it).draw_total = 10;
    });
}

/// Which purchases there are.
fn numbers(forger: &mut Forger) {
    forger.add("a purchase that is not shown", 3, forger.proofs[4..6].to_vec());
    forger.add("no first purchase", 0, forger.proofs[1..3].to_vec());
    // It is void, so that no state shows it.
    let void = forger.find(|record| record.is_void);
    let (mut record, document) = forger.records[void - 1].clone();
    record.saga_id = Uuid::from_u128(1);
    forger.add("two purchases with one number", void, vec![proof(&record, &document)]);
    forger.record("a draw number of 0", 1, |it| it.draw_number = 0);
}

/// The rules of the pool.
fn rules(forger: &mut Forger) {
    forger.proof("other rules", 1, |it| it.pool_document = it.pool_document.replace("79", "78"));
    let void = forger.find(|record| record.is_void);
    forger.proof("other rules of a void purchase", void, |it| {
        it.pool_document = it.pool_document.replace("79", "78");
    });
    let other = forger.proofs[1].pool_document.clone();
    forger.proof("the rules of another pool", 1, |it| it.pool_document.clone_from(&other));
    forger.record("another revision", 1, |it| it.pool.revision = "00".repeat(32));
    forger.record("the name of another pool", 1, |it| {
        "pool-plain".clone_into(&mut it.pool.pool_id);
    });
    forger.record("another algorithm", 1, |it| "tenjo-draw-v1".clone_into(&mut it.algorithm));
}

/// Where the purchase is counted.
fn trees(forger: &mut Forger) {
    type Change = fn(&mut tenjo_proof::Inclusion);
    let cases: [(&str, Change); 9] = [
        ("another root", |it| it.root.hash = "00".repeat(32)),
        ("fewer rare draws in the totals", |it| it.root.totals.draw_counts.ssr -= 1),
        ("fewer void purchases in the totals", |it| it.root.totals.void_count -= 1),
        ("fewer purchases in the totals", |it| it.root.totals.purchase_count -= 1),
        ("a sibling that counts less", |it| it.path[1].totals.draw_counts.r -= 1),
        ("a sibling on the other side", |it| "left".clone_into(&mut it.path[0].side)),
        ("a sibling on no side", |it| "above".clone_into(&mut it.path[0].side)),
        ("a way that is too short", |it| drop(it.path.pop())),
        ("another sibling", |it| it.path[0].hash = "00".repeat(32)),
    ];
    for (case, change) in cases {
        forger.proof(case, 1, |it| change(it.inclusion.as_mut().unwrap()));
    }
    let way = forger.proofs[1].inclusion.clone();
    forger.proof("the way of another purchase", 1, |it| it.inclusion.clone_from(&way));
    // A tree of one purchase alone has its leaf as its root.
    let mut alone = forger.proofs[1].inclusion.clone().unwrap();
    alone.path.clear();
    let (record, _) = &forger.records[1];
    let leaf = tenjo_proof::leaf(record, &forger.proofs[1].record).unwrap();
    alone.root = (&leaf).into();
    forger.proof("two roots of one period", 2, |it| it.inclusion = Some(alone.clone()));
    forger.proof("a root before the seed is revealed", 1, |it| it.seed = None);
}

/// Texts that readers understand differently.
fn texts(forger: &mut Forger) {
    let change = |proof: &mut Proof, from: &str, to: &str| {
        proof.record = proof.record.replacen(from, to, 1);
        proof.inclusion = None;
    };
    forger.proof("a field that comes twice", 1, |it| {
        change(it, r#""is_void":false"#, r#""is_void":true,"is_void":false"#);
    });
    forger.proof("a number as a text", 1, |it| {
        change(it, r#""draw_number":1,"#, r#""draw_number":"1","#);
    });
    forger.proof("a number with a fraction", 1, |it| {
        change(it, r#""draw_count":10"#, r#""draw_count":10.0"#);
    });
    forger.proof("a negative number", 1, |it| change(it, r#""step":0"#, r#""step":-1"#));
    forger.proof("a record that is cut off", 1, |it| {
        it.record.truncate(it.record.len() - 1);
    });
    forger.proof("a record that goes on", 1, |it| it.record.push_str("{}"));
    forger.proof("a time without an offset", 1, |it| {
        change(
            it,
            r#""quoted_at":"2026-08-01T12:00:00.6Z""#,
            r#""quoted_at":"2026-08-01T12:00:00.6""#,
        );
    });
}

/// The key of test 1 of RFC 8032, section 7.1, in PKCS#8.
const SIGNS: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// Its public half.
fn key() -> ReceiptKey {
    ReceiptKey {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        kid: "vectors".to_owned(),
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned(),
    }
}

/// What the server signed.
fn receipts(forger: &mut Forger) {
    let (record, _) = forger.records[0].clone();
    let sign = |kid: &str, record: &Record| {
        ReceiptSigner::new(SIGNS, kid).unwrap().sign(&record.text().unwrap()).unwrap()
    };
    let right = sign("vectors", &record);
    let [header, payload, signature] = right.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts")
    };
    let mut better = record.clone();
    results(&mut better).reverse();
    let better = sign("vectors", &better);
    let better_payload = better.split('.').nth(1).unwrap();
    forger.receipt("a receipt of other items than are proved", better.clone());
    forger.receipt("a receipt of a key that is not published", sign("another", &record));
    forger.receipt(
        "a receipt with the signature of another",
        format!("{header}.{better_payload}.{signature}"),
    );
    forger.receipt("a receipt that is not signed", format!("{header}.{payload}."));
    // {"alg":"none","kid":"vectors","typ":"tenjo-receipt"}
    let none = "eyJhbGciOiJub25lIiwia2lkIjoidmVjdG9ycyIsInR5cCI6InRlbmpvLXJlY2VpcHQifQ";
    forger.receipt("a receipt that says it needs no signature", format!("{none}.{payload}."));
    forger.receipt("a receipt of one part", payload.to_owned());
    // {"alg":"EdDSA","kid":"vectors","typ":"JWT"}
    let other_type = "eyJhbGciOiJFZERTQSIsImtpZCI6InZlY3RvcnMiLCJ0eXAiOiJKV1QifQ";
    let signed = format!("{other_type}.{payload}");
    let key = EncodingKey::from_ed_pem(SIGNS.as_bytes()).unwrap();
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::EdDSA).unwrap();
    forger.receipt("a text that was signed as something else", format!("{signed}.{signature}"));
}

/// Answers that are right by themselves, and contradict each other.
fn answers(forger: &mut Forger) {
    let sign = |record: &Record| {
        ReceiptSigner::new(SIGNS, "vectors").unwrap().sign(&record.text().unwrap()).unwrap()
    };
    let [first, second] = [0, 1].map(|place| forger.records[place].0.clone());

    let mut renamed = first.clone();
    renamed.saga_id = Uuid::from_u128(1);
    let answers = vec![keys(), told(&renamed, sign(&renamed))];
    forger.push("a receipt of the same number under another name", 1, answers, true);
    let mut moved = second.clone();
    moved.period.commitment = "00".repeat(32);
    let answers = vec![keys(), told(&moved, sign(&moved))];
    forger.push("a receipt that names another commitment of the period", 1, answers, true);
    let mut dated = second.clone();
    dated.period.published_at -= Duration::DAY;
    let answers = vec![keys(), told(&second, sign(&second)), told(&dated, sign(&dated))];
    forger.push("two receipts of one purchase", 0, answers, true);
    let mut shown = first.clone();
    results(&mut shown).reverse();
    let answers = vec![keys(), told(&shown, sign(&first))];
    forger.push("an answer with other items than its receipt", 1, answers, true);
    let mut dearer = first.clone();
    dearer.purchase.amount += 1;
    let answers = vec![keys(), told(&dearer, sign(&first))];
    forger.push("an answer with another cost than its receipt", 1, answers, true);
    let answers = vec![keys(), told(&renamed, sign(&first))];
    forger.push("an answer with the receipt of another draw", 1, answers, true);

    let listed = |saga_id, state: &str| {
        let numbered = Numbered { draw_number: 1, saga_id, state: state.to_owned() };
        vec![Answer::Numbers { draw_numbers: vec![numbered] }]
    };
    let case = "a list of numbers in which a proved purchase is void";
    forger.push(case, 1, listed(first.saga_id, "void"), true);
    let case = "a list of numbers with another purchase under a number";
    forger.push(case, 1, listed(Uuid::from_u128(1), "valid"), true);
    let document = forger.records[0].1.replace("79", "78");
    let rules = Answer::Rules { revision: first.pool.revision, document };
    forger.push("a revision with other rules", 1, vec![rules], true);

    // One proof alone, so that nothing else shows that the state is none.
    let chest = forger.first_of("pool-chest");
    let (mut record, document) = forger.records[chest - 1].clone();
    record.state_before.drawn_copies.insert("long-gone".to_owned(), 0);
    after(&mut record).drawn_copies.insert("long-gone".to_owned(), 0);
    for (case, copies) in [("none", "0"), ("fewer than none", "-1")] {
        let mut proof = proof(&record, &document);
        proof.record =
            proof.record.replace(r#""long-gone":0"#, &format!(r#""long-gone":{copies}"#));
        let case = format!("a state in which {case} of some copies are gone");
        forger.push(&case, 0, vec![Answer::Proof(proof)], true);
    }
}

/// Why receipts are refused next to proofs, as `tenjo verify` would.
fn refused_receipts(answers: &[Answer], proofs: &[Proof]) -> Vec<String> {
    let keys = ReceiptKeys::new(&[key()]);
    let receipts = answers.iter().filter_map(|answer| match answer {
        Answer::Draw { receipt } => Some(receipt),
        _ => None,
    });
    receipts
        .filter_map(|receipt| match keys.verify(receipt) {
            Ok(text) if proofs.iter().any(|proof| proof.record == text) => None,
            Ok(_) => Some("it says something else than the proof".to_owned()),
            Err(bad) => Some(bad.to_string()),
        })
        .collect()
}

#[test]
fn a_right_receipt_is_not_refused() {
    let (record, document) = purchases().remove(0);
    let proof = proof(&record, &document);
    let receipt = ReceiptSigner::new(SIGNS, "vectors").unwrap().sign(&proof.record).unwrap();
    assert_eq!(refused_receipts(&[Answer::Draw { receipt }], &[proof]), [""; 0]);
}

#[test]
fn every_forgery_is_refused() {
    let (forgeries, right) = (forgeries(), proofs(&purchases()));
    for forgery in forgeries.iter().filter(|forgery| !forgery.is_for_programs) {
        let mut proofs = right[..forgery.after].to_vec();
        proofs.extend(forgery.answers.iter().filter_map(|answer| match answer {
            Answer::Proof(proof) => Some(proof.clone()),
            _ => None,
        }));
        let periods = forgery.answers.iter().flat_map(|answer| match answer {
            Answer::Keys { seed_periods, .. } => seed_periods.clone(),
            _ => Vec::new(),
        });
        let periods: Vec<Period> = periods.collect();
        let refusals =
            [refusals(&proofs, &periods), refused_receipts(&forgery.answers, &proofs)].concat();
        assert!(!refusals.is_empty(), "{} was not noticed", forgery.case);
        // What is wrong is the forged answer, or two answers about one thing.
        assert!(refusals.len() <= 2, "{}: {refusals:?}", forgery.case);
    }
    let mut cases: Vec<&str> = forgeries.iter().map(|forgery| forgery.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    assert_eq!(cases.len(), forgeries.len(), "each case has a name of its own");
    compare("fairness-forgeries.json", &forgeries);
}

#[test]
fn a_checker_that_leaves_out_the_rule_that_a_sale_breaks_takes_it() {
    let sales: Vec<(String, Sale)> =
        forgeries().into_iter().filter_map(|it| Some((it.case, it.sale?))).collect();
    assert!(sales.len() > 15, "{}", sales.len());
    for (case, Sale { record, document, lapse }) in sales {
        let refused = check(&proof(&record, &document));
        let is_its_rule = matches!(refused, Err(Disagreement::Purchase(_) | Disagreement::Quoted));
        assert!(is_its_rule, "{case}: {refused:?}");
        let (mut parts, mut lapsed) =
            (from_document(&document).unwrap().parts().clone(), record.clone());
        lapse(&mut parts, &mut lapsed.state_before);
        let leave_out = |it: &mut PoolParts| it.clone_from(&parts);
        assert!(by_other_rules(&lapsed, &document, &leave_out), "{case} breaks another rule too");
    }
}
