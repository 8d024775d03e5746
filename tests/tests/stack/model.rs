//! The world of `tests/model` and the real database, side by side: the same calls
//! of the same steps get the same answers and leave the same books.

use tenjo_domain::Step;
use tenjo_model::{Event, Facts, Key, Machine, Play, Scenario, Setting};
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
