//! The rules that hold whenever a player is at rest, checked on the tables
//! themselves.

use uuid::Uuid;

use crate::database;

/// Each query counts rows of the player `@user` that break the rule in its name.
const RULES: [(&str, &str); 11] = [
    (
        "every balance is the sum of its ledger",
        "select count(*) from game_user.currencies c
         where c.user_id = @user and cast(c.balance as signed) <> coalesce((
           select sum(l.delta) from game_user.currency_ledger l
           where l.user_id = c.user_id and l.currency_type = c.currency_type), 0)",
    ),
    (
        "the ledger counts without gaps, and each entry follows from the one before",
        "select count(*) from (
           select l.entry_id, row_number() over w as place, cast(l.balance_after as signed) as after_it,
                  sum(l.delta) over w as total
           from game_user.currency_ledger l where l.user_id = @user
           window w as (partition by l.currency_type order by l.entry_id)) e
         where e.entry_id <> e.place or e.after_it <> e.total",
    ),
    (
        "no saga is left unfinished",
        "select count(*) from game_gacha.sagas
         where user_id = @user and status not in ('COMPLETED', 'FAILED')",
    ),
    ("no live saga is left", "select count(*) from game_gacha.live_sagas where user_id = @user"),
    (
        "a completed saga was charged exactly its cost, exactly once",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'COMPLETED'
         and not exists (
           select 1 from game_user.currency_ledger l
           where l.saga_id = s.saga_id and l.user_id = s.user_id
             and l.currency_type = s.cost_currency_type
           having count(*) = 1 and sum(l.delta) = -cast(s.cost_amount as signed))",
    ),
    (
        "a completed saga granted and recorded exactly its draws, as they were drawn",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'COMPLETED'
         and s.draw_count <> (
           select count(*) from game_gacha.draw_results d
           join game_inventory.item_grants g
             on g.saga_id = d.saga_id and g.draw_index = d.draw_index
             and g.item_master_id = d.item_master_id
           join game_gacha.gacha_histories h
             on h.saga_id = d.saga_id and h.draw_index = d.draw_index
             and h.item_master_id = d.item_master_id and h.user_id = g.user_id
           where d.saga_id = s.saga_id and g.user_id = s.user_id)",
    ),
    (
        "a completed saga granted exactly as many items as were paid for",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'COMPLETED'
         and s.draw_count <> (
           select count(*) from game_inventory.item_grants g where g.saga_id = s.saga_id)",
    ),
    (
        "pity is where the last completed draw left it",
        "select count(*) from game_gacha.player_pity p
         where p.user_id = @user and p.pity_count <> coalesce((
           select s.pity_after from game_gacha.sagas s
           where s.user_id = p.user_id and s.pity_group = p.pity_group and s.status = 'COMPLETED'
           order by s.created_at desc limit 1), 0)",
    ),
    (
        "a failed saga's ledger is zero",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'FAILED'
         and 0 <> coalesce((
           select sum(l.delta) from game_user.currency_ledger l where l.saga_id = s.saga_id), 0)",
    ),
    (
        "a failed saga granted nothing and is in no history",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'FAILED'
         and (exists (select 1 from game_inventory.item_grants g where g.saga_id = s.saga_id)
           or exists (select 1 from game_gacha.gacha_histories h where h.saga_id = s.saga_id))",
    ),
    (
        "the inventory is what was granted",
        "select count(*) from (
           select item_master_id, sum(quantity) as quantity from (
             select item_master_id, cast(quantity as signed) as quantity
             from game_inventory.user_items where user_id = @user
             union all
             select item_master_id, -1 from game_inventory.item_grants where user_id = @user) m
           group by item_master_id having sum(quantity) <> 0) broken",
    ),
];

/// Panics unless all books of a player balance.
///
/// # Panics
/// When one does not, with the rule that it breaks.
pub async fn balance(user_id: Uuid) {
    let mut conn = database::connect().await;
    sqlx::query("set @user = ?")
        .bind(user_id.as_bytes().as_slice())
        .execute(&mut conn)
        .await
        .expect("a variable");
    for (rule, query) in RULES {
        let broken: (i64,) = sqlx::query_as(query).fetch_one(&mut conn).await.expect("a query");
        assert_eq!(broken.0, 0, "broken for {user_id}: {rule}");
    }
}
