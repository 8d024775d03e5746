//! Gems and items out of nothing: each database user tries to make some in each of
//! `WAYS`, and then has the steps of the saga make something of it.
//!
//! It must not work, or the audit must find it. `MADE` lists who can still do what; ADR
//! 24 says why. A new player with a large gift is a way of its own: `audit.rs` has it.
//!
//! `WAYS` are not all ways. These the audit does not find, and no test tries them:
//! - a purchase that is forged in all its books, its booking too: it is as a true one
//!   would be, and only the store's own report has no such purchase (`tenjo_purchase`,
//!   `tenjo_reconcile`, `tenjo_ops_book`);
//! - an adjustment or a present with a forged line in the operators' log: it is as one
//!   that an operator sent, and a person has to know the ticket (`tenjo_ops_gems`,
//!   `tenjo_ops_mail`);
//! - new guests with no more than the usual gift: they are as guests are (`tenjo_guest`).

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use tenjo_store::roles::ROLES;
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, variable};
use uuid::Uuid;

/// A way to make something of nothing.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    /// Statements; those that are refused are skipped. The ids stand for themselves.
    statements: &'static [&'static str],
    /// Steps to call after that, and on which saga.
    steps: &'static [(&'static str, &'static str)],
}

/// A live key of the forged saga.
const LIVE: &str = "insert into game_gacha.live_sagas
      (user_id, draw_group, pool_id, saga_id, next_attempt_at)
    values ({user}, 'forged', 'pool-forged', {forged}, current_timestamp(6) + interval 1 hour)";

/// A live key of a saga that has ended.
macro_rules! live_again {
    ($saga:literal) => {
        concat!(
            "insert into game_gacha.live_sagas
               (user_id, draw_group, pool_id, saga_id, next_attempt_at)
             values ({user}, 'forged', 'pool-forged', ",
            $saga,
            ", current_timestamp(6) + interval 1 hour)"
        )
    };
}

/// The row of a forged saga, like one that there was, from its status on.
macro_rules! forged {
    ($status:literal, $cost:literal, $more:literal, $values:literal) => {
        concat!(
            "insert into game_gacha.sagas
               (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count,
                rate_up_guarantee, draw_count, state_before, cost_currency_type, cost_amount, reserve_before, status",
            $more,
            ")
             select {forged}, user_id, fingerprint, pool_id, pool_revision, pity_group,
                    pity_max_count, rate_up_guarantee, draw_count, state_after, cost_currency_type, ",
            $cost,
            ", reserve_before + interval 1 hour, '",
            $status,
            "'",
            $values,
            " from game_gacha.sagas where saga_id = {done}"
        )
    };
}

const WAYS: [Way; 15] = [
    Way {
        name: "a larger balance",
        statements: &[
            "update game_user.currencies set balance = balance + 1000000 where user_id = {user}",
            "insert into game_user.currencies (user_id, currency_type, balance, entry_count)
             values ({user}, 'free_gem', 1000000, 1)
             on duplicate key update balance = balance + 1000000",
            "replace into game_user.currencies (user_id, currency_type, balance, entry_count)
             values ({user}, 'free_gem', 1000000, 1)",
            "insert into game_user.currencies (user_id, currency_type, balance, entry_count)
             values ({user}, 'gold', 1000000, 1)",
        ],
        steps: &[],
    },
    Way {
        name: "a gift in all books",
        statements: &[
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason)
             select user_id, currency_type, entry_count + 1, 1000000, balance + 1000000,
                    'starting_gift' from game_user.currencies
             where user_id = {user} and currency_type = 'free_gem'",
            "update game_user.currencies
             set balance = balance + 1000000, entry_count = entry_count + 1
             where user_id = {user} and currency_type = 'free_gem'",
        ],
        steps: &[],
    },
    Way {
        name: "a refund in all books",
        statements: &[
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
             select user_id, currency_type, entry_count + 1, 300, balance + 300, 'draw_refund',
                    {done} from game_user.currencies
             where user_id = {user} and currency_type = 'free_gem'",
            "update game_user.currencies set balance = balance + 300, entry_count = entry_count + 1
             where user_id = {user} and currency_type = 'free_gem'",
        ],
        steps: &[],
    },
    Way {
        name: "a larger lot in all books",
        statements: &[
            "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
             select user_id, entry_count + 1, 1, 1000000 from game_user.currencies
             where user_id = {user} and currency_type = 'paid_gem'",
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, source_id)
             select user_id, currency_type, entry_count + 1, 1000000, balance + 1000000,
                    'purchase', {forged} from game_user.currencies
             where user_id = {user} and currency_type = 'paid_gem'",
            "update game_user.paid_gem_lots
             set granted = granted + 1000000, remaining = remaining + 1000000
             where user_id = {user}",
            "update game_user.currencies
             set balance = balance + 1000000, entry_count = entry_count + 1
             where user_id = {user} and currency_type = 'paid_gem'",
        ],
        steps: &[],
    },
    Way {
        name: "a lot of a purchase that nobody booked",
        statements: &[
            "insert into game_user.paid_gem_lots
               (user_id, lot_number, source_id, origin, store, product_id, money_code, granted,
                remaining)
             values ({user}, 2, {forged}, 'purchase', 'apple', 'gems-60', 'JPY', 1000000, 1000000)",
            "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
             select user_id, entry_count + 1, 2, 1000000 from game_user.currencies
             where user_id = {user} and currency_type = 'paid_gem'",
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, source_id)
             select user_id, currency_type, entry_count + 1, 1000000, balance + 1000000,
                    'purchase', {forged} from game_user.currencies
             where user_id = {user} and currency_type = 'paid_gem'",
            "update game_user.currencies
             set balance = balance + 1000000, entry_count = entry_count + 1
             where user_id = {user} and currency_type = 'paid_gem'",
        ],
        steps: &[],
    },
    Way {
        name: "a saga that says it was charged",
        statements: &[
            LIVE,
            forged!("CURRENCY_RESERVED", "cost_amount", ", charged_free_gems", ", 1000000"),
        ],
        steps: &[("refund", "forged")],
    },
    Way {
        name: "a saga that says it was charged, to be drawn",
        statements: &[
            LIVE,
            forged!("CURRENCY_RESERVED", "cost_amount", ", charged_free_gems", ", cost_amount"),
        ],
        steps: &[("draw", "forged"), ("grant", "forged"), ("refund", "forged")],
    },
    Way {
        name: "a saga that says it was drawn",
        statements: &[
            LIVE,
            forged!(
                "DRAW_COMPLETED",
                "cost_amount",
                ", charged_free_gems, draw_number, client_seed, seed_period_id, state_after, results",
                ", cost_amount, 99, client_seed, seed_period_id, state_after, results"
            ),
        ],
        steps: &[("grant", "forged"), ("refund", "forged")],
    },
    Way {
        name: "a saga that says it is to be refunded",
        statements: &[
            LIVE,
            forged!("COMPENSATING", "cost_amount", ", charged_free_gems", ", 1000000"),
        ],
        steps: &[("refund", "forged")],
    },
    Way {
        name: "a saga at a price of nothing",
        statements: &[LIVE, forged!("STARTED", "0", ", is_free", ", true")],
        steps: &[("reserve", "forged"), ("draw", "forged"), ("grant", "forged")],
    },
    Way {
        name: "a live saga that says it was drawn",
        statements: &["update game_gacha.sagas l join game_gacha.sagas d
             set l.status = 'DRAW_COMPLETED', l.draw_number = 99, l.client_seed = d.client_seed,
                 l.seed_period_id = d.seed_period_id, l.state_after = d.state_after,
                 l.results = d.results
             where l.saga_id = {live} and d.saga_id = {done}"],
        steps: &[("grant", "live"), ("refund", "live")],
    },
    Way {
        name: "a complete saga that goes back to its charge",
        statements: &[
            live_again!("{done}"),
            "update game_gacha.sagas
             set status = 'CURRENCY_RESERVED', charged_free_gems = 1000000
             where saga_id = {done}",
        ],
        steps: &[("refund", "done")],
    },
    Way {
        name: "a failed saga that goes back to its charge",
        statements: &[
            live_again!("{failed}"),
            "update game_gacha.sagas
             set status = 'CURRENCY_RESERVED', draw_number = null where saga_id = {failed}",
        ],
        steps: &[("draw", "failed"), ("grant", "failed"), ("refund", "failed")],
    },
    Way {
        name: "a failed saga that goes back to its draw",
        statements: &[
            "update game_gacha.sagas set status = 'DRAW_COMPLETED' where saga_id = {failed}",
        ],
        steps: &[("grant", "failed"), ("refund", "failed")],
    },
    Way {
        name: "items",
        statements: &[
            "insert into game_inventory.user_items (user_id, item_master_id, quantity)
             select {user}, 'forged', 1000000
             on duplicate key update quantity = quantity + 1000000",
            "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
             values ({forged}, 0, {user}, 'forged')",
        ],
        steps: &[],
    },
];

/// What users can still make: those whose task it is to change balances, or to give
/// items. The audit finds all of it.
const MADE: [(&str, &str); 59] = [
    ("tenjo_delete", "a gift in all books"),
    ("tenjo_delete", "a larger balance"),
    ("tenjo_delete", "a larger lot in all books"),
    ("tenjo_delete", "a lot of a purchase that nobody booked"),
    ("tenjo_delete", "a refund in all books"),
    ("tenjo_exchange", "items"),
    ("tenjo_expire", "a gift in all books"),
    ("tenjo_expire", "a larger balance"),
    ("tenjo_expire", "a larger lot in all books"),
    ("tenjo_expire", "a lot of a purchase that nobody booked"),
    ("tenjo_expire", "a refund in all books"),
    ("tenjo_grant", "items"),
    ("tenjo_guest", "a larger balance"),
    ("tenjo_notice", "a gift in all books"),
    ("tenjo_notice", "a larger balance"),
    ("tenjo_notice", "a larger lot in all books"),
    ("tenjo_notice", "a lot of a purchase that nobody booked"),
    ("tenjo_notice", "a refund in all books"),
    ("tenjo_ops_book", "a gift in all books"),
    ("tenjo_ops_book", "a larger balance"),
    ("tenjo_ops_book", "a larger lot in all books"),
    ("tenjo_ops_book", "a lot of a purchase that nobody booked"),
    ("tenjo_ops_book", "a refund in all books"),
    ("tenjo_ops_gems", "a gift in all books"),
    ("tenjo_ops_gems", "a larger balance"),
    ("tenjo_ops_gems", "a larger lot in all books"),
    ("tenjo_ops_gems", "a lot of a purchase that nobody booked"),
    ("tenjo_ops_gems", "a refund in all books"),
    ("tenjo_ops_void", "a gift in all books"),
    ("tenjo_ops_void", "a larger balance"),
    ("tenjo_ops_void", "a larger lot in all books"),
    ("tenjo_ops_void", "a lot of a purchase that nobody booked"),
    ("tenjo_ops_void", "a refund in all books"),
    ("tenjo_presents", "a gift in all books"),
    ("tenjo_presents", "a larger balance"),
    ("tenjo_presents", "a larger lot in all books"),
    ("tenjo_presents", "a lot of a purchase that nobody booked"),
    ("tenjo_presents", "a refund in all books"),
    ("tenjo_presents", "items"),
    ("tenjo_purchase", "a gift in all books"),
    ("tenjo_purchase", "a larger balance"),
    ("tenjo_purchase", "a larger lot in all books"),
    ("tenjo_purchase", "a lot of a purchase that nobody booked"),
    ("tenjo_purchase", "a refund in all books"),
    ("tenjo_reconcile", "a gift in all books"),
    ("tenjo_reconcile", "a larger balance"),
    ("tenjo_reconcile", "a larger lot in all books"),
    ("tenjo_reconcile", "a lot of a purchase that nobody booked"),
    ("tenjo_reconcile", "a refund in all books"),
    ("tenjo_refund", "a gift in all books"),
    ("tenjo_refund", "a larger balance"),
    ("tenjo_refund", "a larger lot in all books"),
    ("tenjo_refund", "a lot of a purchase that nobody booked"),
    ("tenjo_refund", "a refund in all books"),
    ("tenjo_reserve", "a gift in all books"),
    ("tenjo_reserve", "a larger balance"),
    ("tenjo_reserve", "a larger lot in all books"),
    ("tenjo_reserve", "a lot of a purchase that nobody booked"),
    ("tenjo_reserve", "a refund in all books"),
];

/// A player, with a saga of each kind.
struct Scene {
    player: Player,
    live: Uuid,
    done: Uuid,
    failed: Uuid,
    forged: Uuid,
}

impl Scene {
    async fn new() -> Self {
        let player = Player::new().await;
        database::give(player.user_id, "paid_gem", 1).await;
        let drawn = player.draw("pool-standard", 1, None).await.data();
        let done = drawn["saga_id"].as_str().unwrap().parse().unwrap();
        let start = || database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-standard", 1);
        let failed = start().await;
        for name in ["reserve", "draw", "refund"] {
            step(name, failed).await.unwrap();
        }
        let live = start().await;
        step("reserve", live).await.unwrap();
        Self { live, done, failed, forged: Uuid::new_v4(), player }
    }

    fn id(&self, name: &str) -> Uuid {
        match name {
            "live" => self.live,
            "done" => self.done,
            "failed" => self.failed,
            "forged" => self.forged,
            "user" => self.player.user_id,
            _ => panic!("no {name}"),
        }
    }

    fn fill(&self, statement: &str) -> String {
        ["user", "live", "done", "failed", "forged"].iter().fold(
            statement.to_owned(),
            |text, name| {
                text.replace(&format!("{{{name}}}"), &format!("x'{}'", self.id(name).simple()))
            },
        )
    }

    /// Gems of all kinds, by the table, and items.
    async fn owned(&self) -> (i64, u64) {
        let gems =
            "select cast(sum(balance) as signed) from game_user.currencies where user_id = ?";
        (database::count(gems, self.player.user_id).await, self.player.item_total().await)
    }

    /// Tries to write as one user; whether anything was written. What its rights do not
    /// allow, it cannot do.
    async fn is_written(&self, conn: &mut MySqlConnection, way: &Way) -> bool {
        let mut is_written = false;
        for statement in way.statements {
            let statement = sqlx::raw_sql(AssertSqlSafe(self.fill(statement)));
            is_written |=
                statement.execute(&mut *conn).await.is_ok_and(|done| done.rows_affected() > 0);
        }
        is_written
    }

    /// Runs the steps after what was written; whether they or it made something.
    async fn is_made(&self, way: &Way) -> bool {
        for (name, saga) in way.steps {
            let _ = step(name, self.id(saga)).await;
        }
        // What is live may end either way, and costs what it gives.
        let _ = step("refund", self.live).await;
        let (gems, items) = self.owned().await;
        gems > 2701 || items > 1
    }

    /// Leaves nothing that a sweeper would take up.
    async fn end(&self) {
        let mut conn = database::connect().await;
        for table in ["live_sagas", "sagas"] {
            let statement =
                self.fill(&format!("delete from game_gacha.{table} where user_id = {{user}}"));
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.unwrap();
        }
    }
}

async fn connect(user: &str) -> MySqlConnection {
    let role = user.trim_start_matches("tenjo_").to_uppercase();
    MySqlConnection::connect(&variable(&format!("TENJO_{role}_DATABASE_URL"))).await.unwrap()
}

#[tokio::test]
async fn what_a_database_user_can_make_in_these_ways_the_audit_finds() {
    let mut made = BTreeSet::new();
    let mut unused = None;
    for role in &ROLES {
        let mut conn = connect(role.user).await;
        for way in &WAYS {
            let scene = match unused.take() {
                Some(scene) => scene,
                None => Scene::new().await,
            };
            if !scene.is_written(&mut conn, way).await {
                unused = Some(scene);
                continue;
            }
            if scene.is_made(way).await {
                let found = books::audit(scene.player.user_id).await;
                assert!(!found.is_empty(), "{} made {}, unnoticed", role.user, way.name);
                made.insert((role.user, way.name));
            }
            scene.end().await;
        }
    }
    if let Some(scene) = unused {
        assert_eq!(scene.owned().await, (2401, 1), "nobody has written to it, and a draw is paid");
        scene.end().await;
    }
    assert_eq!(made, BTreeSet::from(MADE));
}

/// The administrator may write anything. So without the rights of `ROLES`, each way is
/// what it seems: what is refused above is refused by the steps, or it works.
#[tokio::test]
async fn no_step_makes_anything_of_what_no_step_wrote() {
    for way in WAYS.iter().filter(|way| !way.steps.is_empty()) {
        let scene = Scene::new().await;
        let mut conn = database::connect().await;
        for statement in way.statements {
            let done = sqlx::raw_sql(AssertSqlSafe(scene.fill(statement))).execute(&mut conn).await;
            let done = done.unwrap_or_else(|error| panic!("{}: {error}", way.name));
            assert!(done.rows_affected() > 0, "{}: nothing was forged", way.name);
        }
        assert!(!scene.is_made(way).await, "{}", way.name);
        scene.end().await;
    }
}
