//! The world of `tests/model` and the real database, side by side: the same calls
//! of the same steps get the same answers and leave the same books.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::Connection;
use tenjo_domain::{Gems, LotOrigin, PriceMicros, ProductId, Sale, SourceId, Step, Store, UserId};
use tenjo_model::{Event, Facts, Key, Machine, Play, PurseFacts, Scenario, Setting};
use tenjo_store::lot::{self, NewLot};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

/// The steps that have run before the two calls.
const WAYS: [&[Step]; 4] = [
    &[],
    &[Step::Reserve],
    &[Step::Reserve, Step::Draw],
    &[Step::Reserve, Step::Draw, Step::Grant],
];

fn name(step: Step) -> &'static str {
    match step {
        Step::Reserve => "reserve",
        Step::Draw => "draw",
        Step::Grant => "grant",
        Step::Refund => "refund",
    }
}

/// The same numbers from the real database, where the draw is a ten-draw for 3000.
async fn read(user_id: Uuid, saga_id: Uuid) -> Facts {
    let taken = "select cast(coalesce(sum(-delta), 0) div 3000 as signed)
                 from game_user.currency_ledger where saga_id = ?";
    let entries = "select count(*) from game_user.currency_ledger where saga_id = ?";
    let grants = "select count(*) div 10 from game_inventory.item_grants where saga_id = ?";
    let histories = "select count(*) div 10 from game_gacha.gacha_histories where saga_id = ?";
    let purchases = "select cast(coalesce(sum(draw_total), 0) div 10 as signed)
                     from game_gacha.player_pools where user_id = ?";
    let numbers = "select cast(coalesce(sum(draw_count), 0) as signed)
                   from game_gacha.player_seeds where user_id = ?";
    Facts {
        costs_taken: database::count(taken, saga_id).await,
        ledger_entries: database::count(entries, saga_id).await,
        draws: database::count(database::DRAWN, saga_id).await / 10,
        grants: database::count(grants, saga_id).await,
        histories: database::count(histories, saga_id).await,
        purchases: database::count(purchases, user_id).await,
        numbers: database::count(numbers, user_id).await,
        events: database::count(database::EVENTS, saga_id).await,
    }
}

#[tokio::test]
async fn the_steps_do_to_the_database_what_they_do_to_the_model() {
    let (machine, setting) = (Machine::read().unwrap(), Setting::new(Scenario::OnePool));
    for way in WAYS {
        for one in Step::ALL {
            for two in Step::ALL {
                let player = Player::new().await;
                let saga_id = database::start_saga(player.user_id).await;
                let mut play = Play::new(&setting, &machine);
                play.happen(Event::RequestDies(Key::One));

                let calls: Vec<Step> = way.iter().chain([one, two]).copied().collect();
                for call in &calls {
                    let expected = play.step(*call).map(|status| status.as_str().to_owned());
                    let answer = step(name(*call), saga_id).await;
                    assert_eq!(answer, expected.map_err(str::to_owned), "{call:?} of {calls:?}");
                }
                let found = Some(read(player.user_id, saga_id).await);
                assert_eq!(found, play.facts(), "after {calls:?}");
                // The books only balance for players without a live saga.
                step("refund", saga_id).await.unwrap();
                books::balance(player.user_id).await;
            }
        }
    }
}

/// What the model counts as one gem. Its draw costs three of them, of which one is free; the
/// paid draw here costs two.
const UNIT: u64 = 50;
/// It costs 100 paid gems.
const PAID: &str = "pool-paid-moon-festival";

/// The lots of a player that stand for the model's first one and the one that is bought.
struct Lots {
    user_id: Uuid,
    sources: [SourceId; 2],
}

impl Lots {
    /// A player with the first one.
    async fn new() -> Self {
        let player = Player::new().await;
        let sources = [Uuid::new_v4(), Uuid::new_v4()].map(SourceId);
        let lots = Self { user_id: player.user_id, sources };
        lots.open(0).await;
        lots
    }

    async fn open(&self, place: usize) {
        let source_id = self.sources[place];
        let sale = Sale {
            store: Store::Apple,
            product_id: ProductId::new("gems").unwrap(),
            money_code: "JPY".parse().unwrap(),
            price_micros: PriceMicros::new(1_000_000).unwrap(),
        };
        let new = NewLot {
            user_id: UserId(self.user_id),
            source_id,
            origin: LotOrigin::Purchase,
            sale: Some(sale),
            granted: Gems::new(2 * UNIT).unwrap(),
            expires_at: None,
        };
        let mut conn = database::connect().await;
        let mut tx = conn.begin().await.unwrap();
        lot::open(&mut tx, &new).await.unwrap();
        books::book(&mut tx, source_id.0).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The same in the database as the event is in the model.
    async fn happen(&self, event: Event) {
        let place = match event {
            Event::Buy => return self.open(1).await,
            Event::Revoke(place) | Event::Restore(place) => place,
            other => panic!("{other} is no event of these lots"),
        };
        let (user_id, source_id) = (UserId(self.user_id), self.sources[place]);
        let mut conn = database::connect().await;
        let mut tx = conn.begin().await.unwrap();
        if matches!(event, Event::Revoke(_)) {
            lot::revoke(&mut tx, user_id, source_id).await.unwrap().unwrap();
        } else {
            lot::restore(&mut tx, user_id, source_id).await.unwrap().unwrap();
        }
        books::follow(&mut tx, source_id.0).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The same facts as the model has.
    async fn read(&self) -> PurseFacts {
        let balance = "select cast(balance as signed) from game_user.currencies
                       where user_id = ? and currency_type = 'paid_gem'";
        let owed = "select cast(owed as signed) from game_user.currencies
                    where user_id = ? and currency_type = 'paid_gem'";
        let unit = i64::try_from(UNIT).unwrap();
        let user_id = UserId(self.user_id);
        let stored = lot::list(&mut database::connect().await, user_id).await.unwrap();
        let left = |source_id: SourceId| {
            let found = stored.iter().find(|lot| lot.source_id == source_id);
            found.map_or(0, |lot| i64::try_from(lot.remaining.amount()).unwrap() / unit)
        };
        PurseFacts {
            balance: database::count(balance, self.user_id).await / unit,
            owed: database::count(owed, self.user_id).await / unit,
            remaining: self.sources.map(left),
        }
    }
}

/// The model has the rules of lots a second time. What stores do to lots is played in both,
/// in orders that are drawn by lot, with a draw that is charged and given back between.
/// Presents and expiry are left out: the world has room for one lot of each kind.
#[tokio::test]
async fn what_stores_do_to_lots_does_the_same_to_the_database_as_to_the_model() {
    let (machine, setting) = (Machine::read().unwrap(), Setting::new(Scenario::Lots));
    for seed in 0..24 {
        let (mut random, mut told) = (StdRng::seed_from_u64(seed), Vec::new());
        let mut play = Play::new(&setting, &machine);
        let lots = Lots::new().await;
        play.happen(Event::RequestDies(Key::One));
        let saga_id = database::start_saga_of(lots.user_id, Uuid::new_v4(), PAID, 1).await;
        for _ in 0..9 {
            let of_lots =
                |event: &Event| matches!(event, Event::Buy | Event::Revoke(_) | Event::Restore(_));
            let events: Vec<Event> = play.events().into_iter().filter(of_lots).collect();
            let choice = random.random_range(0..events.len() + 2);
            if let Some(event) = events.get(choice) {
                told.push(event.to_string());
                play.happen(*event);
                lots.happen(*event).await;
            } else {
                let call = if choice == events.len() { Step::Reserve } else { Step::Refund };
                told.push(name(call).to_owned());
                let expected = play.step(call).map(|status| status.as_str().to_owned());
                let answer = step(name(call), saga_id).await;
                assert_eq!(answer, expected.map_err(str::to_owned), "seed {seed}: {told:?}");
            }
            assert_eq!(lots.read().await, play.purse(), "seed {seed}: {told:?}");
        }
        // The books only balance for players without a live saga.
        step("refund", saga_id).await.unwrap();
        books::balance(lots.user_id).await;
    }
}
