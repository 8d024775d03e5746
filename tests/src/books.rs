//! The rules that hold whenever a player is at rest, checked on the tables
//! themselves.

use uuid::Uuid;

use crate::database;

/// Each query counts rows of the player `@user` that break the rule in its name.
const RULES: [(&str, &str); 17] = [
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
        "a completed saga was charged exactly its cost, once from each kind of gems that it names",
        "select count(*) from game_gacha.sagas s where s.user_id = @user and s.status = 'COMPLETED'
         and not (s.charged_free_gems + s.charged_paid_gems = s.cost_amount
           and s.charged_free_gems = coalesce((
             select sum(-l.delta) from game_user.currency_ledger l
             where l.saga_id = s.saga_id and l.user_id = s.user_id
               and l.currency_type = 'free_gem'), 0)
           and s.charged_paid_gems = coalesce((
             select sum(-l.delta) from game_user.currency_ledger l
             where l.saga_id = s.saga_id and l.user_id = s.user_id
               and l.currency_type = 'paid_gem'), 0)
           and (s.charged_free_gems > 0) + (s.charged_paid_gems > 0) = (
             select count(*) from game_user.currency_ledger l where l.saga_id = s.saga_id))",
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
         where p.user_id = @user and concat(p.pity_count, ' ', p.is_pickup_due) <> coalesce((
           select concat(json_extract(s.state_after, '$.pity_count'), ' ',
                         json_extract(s.state_after, '$.is_pickup_due') = true)
           from game_gacha.sagas s
           where s.user_id = p.user_id and s.pity_group = p.pity_group and s.status = 'COMPLETED'
           order by s.draw_number desc limit 1), '0 0')",
    ),
    (
        "purchases are where the last completed draw left them",
        "select count(*) from game_gacha.player_pools p
         where p.user_id = @user
           and concat(p.draw_total, ' ', p.day, ' ', p.draws_on_day, ' ', p.is_free_draw_taken,
                      ' ', p.step, ' ', coalesce(p.drawn_copies, '{}')) <> coalesce((
           select concat(json_extract(s.state_after, '$.draw_total'), ' ',
                         json_extract(s.state_after, '$.day'), ' ',
                         json_extract(s.state_after, '$.draws_on_day'), ' ',
                         json_extract(s.state_after, '$.is_free_draw_taken') = true, ' ',
                         json_extract(s.state_after, '$.step'), ' ',
                         json_extract(s.state_after, '$.drawn_copies'))
           from game_gacha.sagas s
           where s.user_id = p.user_id and s.pool_id = p.pool_id and s.status = 'COMPLETED'
           order by s.draw_number desc limit 1), '0 0 0 0 0 {}')",
    ),
    (
        "points are the sum of their ledger",
        "select count(*) from game_gacha.player_points p
         where p.user_id = @user and cast(p.balance as signed) <> coalesce((
           select sum(l.delta) from game_gacha.point_ledger l
           where l.user_id = p.user_id and l.point_group = p.point_group), 0)",
    ),
    (
        "the ledger of points counts without gaps, and each entry follows from the one before",
        "select count(*) from (
           select l.entry_id, row_number() over w as place, cast(l.balance_after as signed) as after_it,
                  sum(l.delta) over w as total
           from game_gacha.point_ledger l where l.user_id = @user
           window w as (partition by l.point_group order by l.entry_id)) e
         where e.entry_id <> e.place or e.after_it <> e.total",
    ),
    (
        "a saga gave its points exactly if it is complete",
        "select count(*) from game_gacha.sagas s where s.user_id = @user
         and if(s.status = 'COMPLETED', s.points, 0) <> coalesce((
           select sum(l.delta) from game_gacha.point_ledger l where l.source_id = s.saga_id), 0)",
    ),
    (
        "an exchange took its points and gave its item, once",
        "select count(*) from game_gacha.point_exchanges e where e.user_id = @user
         and not (1 = (select count(*) from game_gacha.point_ledger l
             where l.source_id = e.exchange_id and l.delta = -cast(e.points as signed))
           and 1 = (select count(*) from game_inventory.item_grants g
             where g.saga_id = e.exchange_id and g.user_id = e.user_id
               and g.item_master_id = e.item_master_id))",
    ),
    (
        "the numbers of a player's draws have no gap",
        "select count(*) from game_gacha.player_seeds p where p.user_id = @user
         and (p.draw_count <> (
             select count(s.draw_number) from game_gacha.sagas s where s.user_id = p.user_id)
           or p.draw_count <> (
             select coalesce(max(s.draw_number), 0) from game_gacha.sagas s
             where s.user_id = p.user_id))",
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
