//! Reports: two ways of reckoning agree on whatever may have happened, and a date in the
//! past keeps its figures.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use tenjo_audit::{Players, RULES, check};
use tenjo_domain::{
    Charge, Cost, CurrencyType, Gems, LotOrigin, Payment, PriceMicros, ProductId, SagaId, Sale,
    SourceId, Store, UserId,
};
use tenjo_report::{
    Figures, Line, Month, Product, Slice, TracedEntry, Until, by_lots, by_replay, trace,
};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::{Conn, currency};
use tenjo_tests::database;
use time::{Duration, OffsetDateTime, UtcOffset};
use uuid::Uuid;

const PLAYERS: u64 = 6;
const ACTS: u32 = 60;
/// So much time passes after each act, in days: the acts are spread over months.
const DAYS: i64 = 3;

/// A player of a report, without sagas: what they did to the books.
struct Scene {
    conn: MySqlConnection,
    user_id: UserId,
    random: StdRng,
    sources: Vec<SourceId>,
    sagas: Vec<(SagaId, Charge)>,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let mut conn = database::connect().await;
        sqlx::raw_sql("set transaction_isolation = 'READ-COMMITTED'")
            .execute(&mut conn)
            .await
            .unwrap();
        let user_id = UserId(Uuid::new_v4());
        let mut tx = conn.begin().await.unwrap();
        for (currency_type, gift) in [(CurrencyType::FreeGem, 0), (CurrencyType::PaidGem, 30)] {
            let gift = Gems::new(gift).unwrap();
            currency::open(&mut tx, user_id, currency_type, gift).await.unwrap();
        }
        tx.commit().await.unwrap();
        let random = StdRng::seed_from_u64(seed);
        Self { conn, user_id, random, sources: Vec::new(), sagas: Vec::new() }
    }

    fn lot(&mut self) -> NewLot {
        let source_id = SourceId(Uuid::new_v4());
        self.sources.push(source_id);
        let random = &mut self.random;
        let price = PriceMicros::new(random.random_range(0..500_000_000)).unwrap();
        let store = [Store::Apple, Store::Google][random.random_range(0..2_usize)];
        let product_id = ["gems-s", "gems-l"][random.random_range(0..2_usize)];
        let money_code = ["JPY", "USD"][random.random_range(0..2_usize)].parse().unwrap();
        let product_id = ProductId::new(product_id).unwrap();
        let sale = Sale { store, product_id, money_code, price_micros: price };
        let is_sold = random.random_bool(0.9);
        NewLot {
            user_id: self.user_id,
            source_id,
            origin: if is_sold { LotOrigin::Purchase } else { LotOrigin::Adjustment },
            sale: is_sold.then_some(sale),
            granted: Gems::new(random.random_range(1..400)).unwrap(),
            expires_at: None,
        }
    }

    async fn act(&mut self) {
        let source_id = (!self.sources.is_empty())
            .then(|| self.sources[self.random.random_range(0..self.sources.len())]);
        let act = self.random.random_range(0..14);
        let new = (act < 3).then(|| self.lot());
        let amount = Gems::new(self.random.random_range(1..250)).unwrap();
        let saga = (!self.sagas.is_empty() && (8..10).contains(&act)).then(|| {
            let place = self.random.random_range(0..self.sagas.len());
            self.sagas.swap_remove(place)
        });
        let mut tx = self.conn.begin().await.unwrap();
        let conn: &mut Conn = &mut tx;
        match (act, source_id, saga) {
            (..3, ..) => {
                lot::open(conn, &new.unwrap()).await.unwrap();
            }
            (3..8, ..) => {
                let saga_id = SagaId(Uuid::new_v4());
                let cost = Cost { currency_type: Payment::PaidGem, amount };
                let charged = currency::charge(conn, self.user_id, saga_id, cost).await.unwrap();
                self.sagas.extend(charged.ok().map(|charge| (saga_id, charge)));
            }
            (8..10, _, Some((saga_id, charge))) => {
                currency::refund(conn, self.user_id, saga_id, charge).await.unwrap();
            }
            (10, Some(source_id), _) => {
                lot::revoke(conn, self.user_id, source_id).await.unwrap();
            }
            (11, Some(source_id), _) => {
                lot::restore(conn, self.user_id, source_id).await.unwrap();
            }
            (12, Some(source_id), _) => {
                let ends = "update game_user.paid_gem_lots
                            set expires_at = current_timestamp(6) - interval 1 second
                            where expires_at is null and source_id = ?";
                database::execute(conn, ends, source_id.0).await.unwrap();
                lot::write_off_expired(conn, self.user_id).await.unwrap();
            }
            _ => {}
        }
        tx.commit().await.unwrap();
    }

    /// Buys so many gems for so much.
    async fn buy(&mut self, granted: u64, price_micros: u64) -> SourceId {
        let sale = Sale {
            store: Store::Apple,
            product_id: ProductId::new(format!("gems-{granted}")).unwrap(),
            money_code: "JPY".parse().unwrap(),
            price_micros: PriceMicros::new(price_micros).unwrap(),
        };
        let source_id = SourceId(Uuid::new_v4());
        let new = NewLot {
            user_id: self.user_id,
            source_id,
            origin: LotOrigin::Purchase,
            sale: Some(sale),
            granted: Gems::new(granted).unwrap(),
            expires_at: None,
        };
        let mut tx = self.conn.begin().await.unwrap();
        lot::open(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        source_id
    }

    /// Pays for a draw.
    async fn spend(&mut self, amount: u64) -> (SagaId, Charge) {
        let saga_id = SagaId(Uuid::new_v4());
        let cost = Cost { currency_type: Payment::PaidGem, amount: Gems::new(amount).unwrap() };
        let mut tx = self.conn.begin().await.unwrap();
        let charged = currency::charge(&mut tx, self.user_id, saga_id, cost).await.unwrap();
        tx.commit().await.unwrap();
        (saga_id, charged.unwrap())
    }

    /// The draw fails, and its cost goes back.
    async fn fail(&mut self, (saga_id, charge): (SagaId, Charge)) {
        let mut tx = self.conn.begin().await.unwrap();
        currency::refund(&mut tx, self.user_id, saga_id, charge).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn revoke(&mut self, source_id: SourceId) {
        let mut tx = self.conn.begin().await.unwrap();
        lot::revoke(&mut tx, self.user_id, source_id).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn restore(&mut self, source_id: SourceId) {
        let mut tx = self.conn.begin().await.unwrap();
        lot::restore(&mut tx, self.user_id, source_id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What was earned, what is not, how many gems are unused, and how many are owed, by
    /// both ways of reckoning.
    async fn money(&mut self) -> (i128, i128, i128, i128) {
        let today = tokyo(self.now().await);
        let figures = self.figures(today).await;
        let lines = figures.months.values().flat_map(|products| products.values());
        let unused = || figures.unused.values();
        (
            lines.map(|line| line.earned_micros).sum(),
            unused().map(|unused| unused.micros).sum(),
            unused().map(|unused| unused.gems).sum(),
            figures.owed,
        )
    }

    /// The account is deleted. What stores do to its lots goes on.
    async fn close(&mut self) {
        let mut tx = self.conn.begin().await.unwrap();
        lot::close(&mut tx, self.user_id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets time pass, by making all that there is older.
    async fn wait(&mut self) {
        for (table, columns) in [
            ("currency_ledger", &["created_at"][..]),
            ("paid_gem_debts", &["created_at"][..]),
            ("paid_gem_lots", &["created_at", "expires_at"][..]),
            ("paid_gem_revocations", &["revoked_at", "restored_at"][..]),
        ] {
            let older = columns
                .iter()
                .map(|column| format!("{column} = {column} - interval {DAYS} day"))
                .collect::<Vec<_>>()
                .join(", ");
            let statement = format!("update game_user.{table} set {older} where user_id = ?");
            let user_id = self.user_id.0.as_bytes().as_slice();
            let update = sqlx::query(AssertSqlSafe(statement)).bind(user_id);
            update.execute(&mut self.conn).await.unwrap();
        }
    }

    /// By the database's clock.
    async fn now(&mut self) -> OffsetDateTime {
        let now = sqlx::query_scalar("select current_timestamp(6)");
        now.fetch_one(&mut self.conn).await.unwrap()
    }

    fn slice(&self) -> Slice {
        Slice { first: self.user_id.0, last: self.user_id.0 }
    }

    /// The figures, after they were reckoned both ways.
    async fn figures(&mut self, until: Until) -> Figures {
        let slice = self.slice();
        let figures = by_lots(&mut self.conn, slice, until).await.unwrap();
        let replayed = by_replay(&mut self.conn, slice, until).await.unwrap();
        assert_eq!(figures, replayed, "{} until {until:?}", self.user_id);
        figures
    }

    async fn rules_hold(&mut self) {
        for rule in RULES.iter().filter(|rule| {
            ["lot", "owed", "debt", "balance"].iter().any(|word| rule.sentence.contains(word))
        }) {
            let broken = check(&mut self.conn, rule, Players::one(self.user_id.0)).await.unwrap();
            assert_eq!(broken, [], "{}", rule.sentence);
        }
    }
}

fn tokyo(date: OffsetDateTime) -> Until {
    let offset = UtcOffset::from_hms(9, 0, 0).unwrap();
    Until { date: date.to_offset(offset).date(), offset }
}

/// The figures of months, from the parts that are shown for them.
fn added_up(parts: &[TracedEntry]) -> BTreeMap<Month, BTreeMap<Product, Line>> {
    let mut months: BTreeMap<Month, BTreeMap<Product, Line>> = BTreeMap::new();
    for part in parts {
        let products = months.entry(part.month).or_default();
        let line = products.entry(part.product.clone()).or_default();
        if part.delta != 0 {
            *line.gems.entry(part.reason.clone()).or_default() += part.delta;
        }
        line.lots += part.lots;
        line.sold_micros += part.sold_micros;
        line.revoked_lots += part.revoked_lots;
        line.revoked_micros += part.revoked_micros;
        line.earned_micros += part.earned_micros;
    }
    for products in months.values_mut() {
        products.retain(|_, line| *line != Line::default());
    }
    months.retain(|_, products| !products.is_empty());
    months
}

/// What was sold, taken back and earned of each product, in all months together.
fn in_all(figures: &Figures) -> BTreeMap<&Product, [i128; 5]> {
    let mut sums: BTreeMap<&Product, [i128; 5]> = BTreeMap::new();
    for (product, line) in figures.months.values().flatten() {
        let sum = sums.entry(product).or_default();
        let of_line = [
            line.lots,
            line.sold_micros,
            line.revoked_lots,
            line.revoked_micros,
            line.earned_micros,
        ];
        for (sum, part) in sum.iter_mut().zip(of_line) {
            *sum += part;
        }
    }
    // Whether what came to nothing has a line depends on the months.
    sums.retain(|_, sum| sum.iter().any(|part| *part != 0));
    sums
}

#[tokio::test]
async fn two_ways_of_reckoning_agree_and_the_past_stays() {
    for seed in 0..PLAYERS {
        let mut scene = Scene::new(seed).await;
        let mut remembered: Vec<(u32, Figures)> = Vec::new();
        for act in 0..ACTS {
            scene.act().await;
            if act == 44 && seed % 2 == 1 {
                scene.close().await;
            }
            if act % 10 == 9 {
                let today = tokyo(scene.now().await);
                let figures = scene.figures(today).await;
                remembered.push((act, figures));
            }
            scene.wait().await;
        }
        scene.rules_hold().await;
        for (act, before) in remembered {
            let days = i64::from(ACTS - act) * DAYS;
            let then = tokyo(scene.now().await - Duration::days(days));
            let after = scene.figures(then).await;
            // The months are others, because the test made everything older.
            assert_eq!(in_all(&before), in_all(&after), "act {act}");
            assert_eq!((before.unused, before.owed), (after.unused, after.owed), "act {act}");
            assert_eq!(before.entries, after.entries);
        }

        let now = tokyo(scene.now().await);
        let figures = scene.figures(now).await;
        let lots = lot::list(&mut scene.conn, scene.user_id).await.unwrap();
        let left: i128 = lots.iter().map(|lot| i128::from(lot.remaining.amount())).sum();
        assert_eq!(figures.unused.values().map(|unused| unused.gems).sum::<i128>(), left);
        let owed = lot::owed(&mut scene.conn, scene.user_id).await.unwrap();
        assert_eq!(figures.owed, i128::from(owed.amount()));

        // What is earned and what is not make up what was paid for lots that stand.
        let lines = || figures.months.values().flat_map(|products| products.values());
        let earned: i128 = lines().map(|line| line.earned_micros).sum();
        let unearned: i128 = figures.unused.values().map(|unused| unused.micros).sum();
        let sold: i128 = lines().map(|line| line.sold_micros - line.revoked_micros).sum();
        assert_eq!(earned + unearned, sold);

        // Each figure is the sum of what is shown for it.
        let slice = scene.slice();
        let parts = trace(&mut scene.conn, slice, now, None).await.unwrap();
        assert_eq!(added_up(&parts), figures.months);
        assert_eq!(parts.iter().map(|part| part.owed).sum::<i128>(), figures.owed);
        for month in figures.months.keys() {
            let of_it = trace(&mut scene.conn, slice, now, Some(*month)).await.unwrap();
            assert!(!of_it.is_empty() && of_it.iter().all(|part| part.month == *month));
            let all = parts.iter().filter(|part| part.month == *month).count();
            assert_eq!(of_it.len(), all, "{month}");
        }
        clean(&mut scene).await;
    }
}

/// The gems of a draw that failed came back to the purchase after its store had taken it
/// back, and settled its debt. When the store reverses that, nobody has used any gem.
#[tokio::test]
async fn gems_that_settled_the_debt_of_their_own_purchase_earn_nothing_once_they_are_back() {
    let mut scene = Scene::new(100).await;
    scene.spend(30).await; // the starting gift, which is older
    let bought = scene.buy(300, 3_000_000).await;
    let draw = scene.spend(100).await;
    assert_eq!(scene.money().await, (1_000_000, 2_000_000, 200, 0));
    scene.revoke(bought).await;
    assert_eq!(scene.money().await, (0, 0, 0, 100));
    scene.fail(draw).await;
    assert_eq!(scene.money().await, (0, 0, 0, 0));
    scene.restore(bought).await;
    assert_eq!(scene.money().await, (0, 3_000_000, 300, 0));

    // They earn when they are used after all.
    scene.wait().await;
    scene.spend(250).await;
    assert_eq!(scene.money().await, (2_500_000, 500_000, 50, 0));
    // And the same again: what is left of them settles, and comes back once more.
    scene.revoke(bought).await;
    assert_eq!(scene.money().await, (0, 0, 0, 250));
    scene.wait().await;
    scene.restore(bought).await;
    assert_eq!(scene.money().await, (2_500_000, 500_000, 50, 0));
    scene.spend(50).await;
    assert_eq!(scene.money().await, (3_000_000, 0, 0, 0));
    scene.rules_hold().await;
    clean(&mut scene).await;
}

#[tokio::test]
async fn gems_that_settled_the_debt_of_another_purchase_keep_their_price_once_they_are_back() {
    let mut scene = Scene::new(101).await;
    scene.spend(30).await;
    let first = scene.buy(100, 1_000_000).await;
    scene.spend(100).await;
    scene.revoke(first).await;
    assert_eq!(scene.money().await, (0, 0, 0, 100));
    scene.wait().await;
    scene.buy(80, 400_000).await;
    assert_eq!(scene.money().await, (400_000, 0, 0, 20), "all of it went to the debt");
    scene.buy(50, 500_000).await;
    assert_eq!(scene.money().await, (600_000, 300_000, 30, 0));
    scene.restore(first).await;
    // What was drawn with is used, and nothing else.
    assert_eq!(scene.money().await, (1_000_000, 900_000, 130, 0));
    scene.spend(40).await;
    // The 30 of the third purchase that were left, then what settled last: 10 of it.
    assert_eq!(scene.money().await, (1_400_000, 500_000, 90, 0));
    scene.spend(90).await;
    assert_eq!(scene.money().await, (1_900_000, 0, 0, 0));
    scene.rules_hold().await;
    clean(&mut scene).await;
}

/// The transactions of a player may go through two servers of the database, one of which is
/// seconds ahead. What happened first has a later time then.
#[tokio::test]
async fn clocks_that_differ_do_not_change_the_order_in_which_it_all_happened() {
    let mut scene = Scene::new(102).await;
    scene.spend(30).await;
    let one = scene.buy(100, 1_000_000).await;
    let other = scene.buy(50, 400_000).await;
    scene.spend(120).await;
    scene.revoke(one).await;
    scene.revoke(other).await;
    scene.buy(200, 2_000_000).await;
    scene.restore(other).await;
    scene.spend(10).await;
    scene.restore(one).await;
    scene.revoke(other).await;
    let before = scene.money().await;
    for ahead in [
        "revoked_at = revoked_at + interval 2 second",
        "restored_at = restored_at + interval 5 second",
        "revoked_at = revoked_at - interval 9 second",
        "restored_at = restored_at - interval 20 second",
    ] {
        let statement =
            format!("update game_user.paid_gem_revocations set {ahead} where user_id = ?");
        let user_id = scene.user_id.0.as_bytes().as_slice();
        let update = sqlx::query(AssertSqlSafe(statement)).bind(user_id);
        update.execute(&mut scene.conn).await.unwrap();
        assert_eq!(scene.money().await, before, "{ahead}");
    }
    clean(&mut scene).await;
}

/// No player has these books, which the audit of all players would tell.
async fn clean(scene: &mut Scene) {
    for table in [
        "currencies",
        "currency_ledger",
        "paid_gem_lots",
        "paid_gem_revocations",
        "paid_gem_lot_entries",
        "paid_gem_debts",
    ] {
        let statement = format!("delete from game_user.{table} where user_id = ?");
        let user_id = scene.user_id.0.as_bytes().as_slice();
        let gone = sqlx::query(AssertSqlSafe(statement)).bind(user_id);
        gone.execute(&mut scene.conn).await.unwrap();
    }
}
