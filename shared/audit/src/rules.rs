//! The rules, as queries for rows that break them.
//!
//! Each query returns the player and a text that says what is wrong. `{players}`
//! stands for the range of players to check. It is in every place where a table is
//! read by player, so that a query reads only their rows. Hints keep TiDB to this
//! plan, whatever its statistics say. They name schemas, because a hint without one
//! refers to the connection's own schema, and is ignored.

/// A rule that always holds.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The rule as a sentence.
    pub sentence: &'static str,
    /// The query for rows of players that break it.
    pub(crate) broken: &'static str,
}

/// All rules.
pub const RULES: [Rule; 51] = [
    // Gems.
    Rule {
        sentence: "every balance is the sum of its ledger",
        broken: "
            select c.user_id, concat(c.currency_type, ': the balance is ', c.balance,
                                     ', the sum ', ifnull(l.total, 0))
            from game_user.currencies c
            left join (
              select user_id, currency_type, sum(delta) as total
              from game_user.currency_ledger where user_id {players}
              group by user_id, currency_type) l
              on l.user_id = c.user_id and l.currency_type = c.currency_type
            where c.user_id {players} and cast(c.balance as signed) <> ifnull(l.total, 0)",
    },
    Rule {
        sentence: "every balance counts the entries of its ledger, and every ledger has one",
        broken: "
            select user_id, concat(currency_type, ': ', sum(counted), ' more are counted than there are')
            from (
              select user_id, currency_type, cast(entry_count as signed) as counted
              from game_user.currencies where user_id {players}
              union all
              select user_id, currency_type, -1
              from game_user.currency_ledger where user_id {players}) m
            group by user_id, currency_type having sum(counted) <> 0",
    },
    Rule {
        sentence: "the ledger counts without gaps, and each entry follows from the one before",
        broken: "
            select user_id, concat(currency_type, ': entry ', entry_id, ' has ', after_it,
                                   ' after it, and should be entry ', place, ' with ', total)
            from (
              select user_id, currency_type, entry_id, row_number() over w as place,
                     cast(balance_after as signed) as after_it, sum(delta) over w as total
              from game_user.currency_ledger where user_id {players}
              window w as (partition by user_id, currency_type order by entry_id)) e
            where entry_id <> place or after_it <> total",
    },
    Rule {
        sentence: "every entry that names a saga is of a saga of its player",
        broken: "
            select /*+ inl_join(game_gacha.s) */ l.user_id,
                   concat(l.currency_type, ': entry ', l.entry_id, ' names saga ', hex(l.saga_id))
            from game_user.currency_ledger l
            left join game_gacha.sagas s on s.saga_id = l.saga_id and s.user_id = l.user_id
            where l.user_id {players} and l.saga_id is not null and s.saga_id is null",
    },
    Rule {
        sentence: "gems come and go for the reasons that there are, each with what it names",
        broken: "
            select l.user_id, concat(l.currency_type, ': entry ', l.entry_id, ' of ', l.delta, ' is a ',
                                     l.reason, if(l.saga_id is null, '', ' of a saga'),
                                     if(l.source_id is null, '', ' of a source'))
            from game_user.currency_ledger l
            left join (
              select saga_id, currency_type, sum(delta) as taken from game_user.currency_ledger
              where user_id {players} and reason = 'draw_cost' and saga_id is not null
              group by saga_id, currency_type) c
              on c.saga_id = l.saga_id and c.currency_type = l.currency_type
            where l.user_id {players} and not (case
              when l.reason = 'starting_gift'
                then l.entry_id = 1 and l.saga_id is null and l.source_id is null and l.delta > 0
              when l.reason = 'draw_cost'
                then l.saga_id is not null and l.source_id is null and l.delta < 0
              when l.reason = 'draw_refund'
                then l.source_id is null and l.delta > 0 and ifnull(-c.taken, 0) = l.delta
              when l.reason in ('paid_gem_expired', 'account_deleted')
                then l.currency_type = 'paid_gem' and l.saga_id is null and l.source_id is null
                  and l.delta < 0
              when l.saga_id is not null or l.source_id is null then false
              when l.reason = 'purchase'
                then l.currency_type = 'paid_gem' and l.delta > 0
              when l.reason = 'purchase_restored' then l.delta > 0
              when l.reason in ('purchase_revoked', 'debt_settled')
                then l.currency_type = 'paid_gem' and l.delta < 0
              when l.reason = 'purchase_bonus'
                then l.currency_type = 'free_gem' and l.delta > 0
              when l.reason = 'purchase_bonus_revoked'
                then l.currency_type = 'free_gem' and l.delta < 0
              when l.reason = 'present' then l.delta > 0
              when l.reason = 'adjustment' then l.delta <> 0
              else false end)",
    },
    // Lots of paid gems.
    Rule {
        sentence: "the lots make up the balance of paid gems, and count without gaps",
        broken: "
            select user_id, concat('the balance is ', sum(balance), ', the lots have ', sum(remaining),
                                   ' in ', sum(lots), ' lots up to ', max(last))
            from (
              select user_id, cast(balance as signed) as balance, 0 as remaining, 0 as lots,
                     0 as last
              from game_user.currencies where user_id {players} and currency_type = 'paid_gem'
              union all
              select user_id, 0, cast(remaining as signed), 1, cast(lot_number as signed)
              from game_user.paid_gem_lots where user_id {players}) m
            group by user_id having sum(balance) <> sum(remaining) or sum(lots) <> max(last)",
    },
    Rule {
        sentence: "every entry of paid gems names the lots that make it up",
        broken: "
            select user_id, concat('entry ', entry_id, ' is ', sum(delta), ', and its lots ', sum(lots))
            from (
              select user_id, entry_id, delta, 0 as lots from game_user.currency_ledger
              where user_id {players} and currency_type = 'paid_gem'
              union all
              select user_id, entry_id, 0, delta from game_user.paid_gem_lot_entries
              where user_id {players}) m
            group by user_id, entry_id having sum(delta) <> sum(lots)",
    },
    Rule {
        sentence: "each lot is the sum of its entries, and brought what it granted",
        broken: "
            select l.user_id, concat('lot ', l.lot_number, ' granted ', l.granted, ' and has ',
                                     l.remaining, '; its entries brought ', ifnull(e.brought, 0),
                                     ' and leave ', ifnull(e.total, 0))
            from game_user.paid_gem_lots l
            left join (
              select e.user_id, e.lot_number, sum(e.delta) as total,
                     sum(if(if(o.origin = 'starting_gift', g.reason = 'starting_gift',
                               g.source_id = o.source_id and g.reason
                                 = if(o.origin = 'restored', 'purchase_restored', o.origin)),
                            e.delta, 0)) as brought,
                     sum(if(g.reason in ('paid_gem_expired', 'account_deleted'), -e.delta, 0)) as expired,
                     sum(if(g.reason = 'debt_settled', -e.delta, 0)) as settled,
                     sum(if(g.reason = 'purchase_revoked', -e.delta, 0)) as taken,
                     sum(if(g.reason = 'purchase_restored' and o.origin <> 'restored',
                            e.delta, 0)) as restored
              from game_user.paid_gem_lot_entries e
              join game_user.currency_ledger g
                on g.user_id = e.user_id and g.currency_type = 'paid_gem'
                and g.entry_id = e.entry_id
              join game_user.paid_gem_lots o
                on o.user_id = e.user_id and o.lot_number = e.lot_number
              where e.user_id {players} group by e.user_id, e.lot_number) e
              on e.user_id = l.user_id and e.lot_number = l.lot_number
            left join (
              select user_id, lot_number, sum(cast(taken as signed)) as taken,
                     sum(if(restored_at is null, 0, cast(taken as signed))) as restored
              from game_user.paid_gem_revocations
              where user_id {players} group by user_id, lot_number) r
              on r.user_id = l.user_id and r.lot_number = l.lot_number
            where l.user_id {players}
              and not (cast(l.remaining as signed) = ifnull(e.total, 0)
                and cast(l.granted as signed) = ifnull(e.brought, 0)
                and cast(l.expired as signed) = ifnull(e.expired, 0)
                and cast(l.settled as signed) = ifnull(e.settled, 0)
                and ifnull(r.taken, 0) = ifnull(e.taken, 0)
                and ifnull(r.restored, 0) = ifnull(e.restored, 0)
                and l.remaining <= l.granted)",
    },
    Rule {
        // A lot that came for a restored purchase goes and comes with it.
        sentence: "a lot is taken back exactly while the last of its revocations stands",
        broken: "
            select l.user_id, concat('lot ', l.lot_number, ' is ', if(l.is_taken_back, '', 'not '),
                                     'taken back, and was ', l.revocation_count, ' times; there are ',
                                     ifnull(r.times, 0), ' up to ', ifnull(r.last, 0), ', of which ',
                                     ifnull(r.stand, 0), ' stand') as shown
            from game_user.paid_gem_lots l
            left join (
              select user_id, lot_number, count(*) as times, max(revocation_number) as last,
                     sum(restored_at is null) as stand,
                     max(if(restored_at is null, revocation_number, 0)) as standing
              from game_user.paid_gem_revocations
              where user_id {players} group by user_id, lot_number) r
              on r.user_id = l.user_id
                and r.lot_number = ifnull(l.restores_lot_number, l.lot_number)
            where l.user_id {players}
              and not ((l.origin = 'restored') = (l.restores_lot_number is not null)
                and l.revocation_count = if(l.restores_lot_number is null, ifnull(r.times, 0), 0)
                and ifnull(r.last, 0) = ifnull(r.times, 0)
                and ifnull(r.standing, 0) in (0, ifnull(r.last, 0))
                and l.is_taken_back = ifnull(r.stand, 0))
            union all
            select r.user_id, concat('lot ', r.lot_number, ' was revoked, and is not there')
            from game_user.paid_gem_revocations r
            left join game_user.paid_gem_lots l
              on l.user_id = r.user_id and l.lot_number = r.lot_number
            where r.user_id {players} and l.user_id is null",
    },
    Rule {
        sentence: "a saga gave back to each lot what it took of it, or nothing",
        broken: "
            select user_id, concat('saga ', hex(saga_id), ' took ', -sum(taken), ' of lot ', lot_number,
                                   ' and gave ', sum(given), ' back')
            from (
              select g.user_id, g.saga_id, e.lot_number,
                     if(g.reason = 'draw_cost', e.delta, 0) as taken,
                     if(g.reason = 'draw_cost', 0, e.delta) as given
              from game_user.currency_ledger g
              join game_user.paid_gem_lot_entries e
                on e.user_id = g.user_id and e.entry_id = g.entry_id
              where g.user_id {players} and g.currency_type = 'paid_gem'
                and g.saga_id is not null) m
            group by user_id, saga_id, lot_number
            having sum(taken) > 0 or sum(given) not in (0, -sum(taken))",
    },
    Rule {
        // What was left in each lot from one of its entries to the next, and who took from
        // a later lot in between.
        sentence: "the oldest lots were spent first",
        broken: "
            with lots as (
              select user_id, lot_number, entry_id,
                     sum(delta) over w as remaining,
                     lead(entry_id, 1, 9223372036854775807) over w as next_entry_id
              from game_user.paid_gem_lot_entries where user_id {players}
              window w as (partition by user_id, lot_number order by entry_id))
            select t.user_id, concat('entry ', t.entry_id, ' took from lot ', t.lot_number, ', and lot ',
                                     min(o.lot_number), ' had some left')
            from game_user.paid_gem_lot_entries t
            join game_user.currency_ledger g
              on g.user_id = t.user_id and g.currency_type = 'paid_gem'
              and g.entry_id = t.entry_id and g.reason = 'draw_cost'
            join lots o
              on o.user_id = t.user_id and o.lot_number < t.lot_number and o.remaining > 0
              and o.entry_id <= t.entry_id and t.entry_id < o.next_entry_id
            where t.user_id {players}
            group by t.user_id, t.entry_id, t.lot_number",
    },
    Rule {
        sentence: "what is owed is the sum of its changes, which count without gaps",
        broken: "
            select c.user_id, concat('owed are ', c.owed, ' by ', c.debt_count, ' changes; there are ',
                                     ifnull(d.total, 0), ' by ', ifnull(d.changes, 0))
            from game_user.currencies c
            left join (
              select user_id, sum(delta) as total, count(*) as changes, max(debt_id) as last,
                     sum(after_it <> running) as wrong
              from (
                select user_id, debt_id, delta, cast(owed_after as signed) as after_it,
                       sum(delta) over (partition by user_id order by debt_id) as running
                from game_user.paid_gem_debts where user_id {players}) r
              group by user_id) d on d.user_id = c.user_id
            where c.user_id {players}
              and not (if(c.currency_type = 'paid_gem',
                cast(c.owed as signed) = ifnull(d.total, 0)
                  and cast(c.debt_count as signed) = ifnull(d.changes, 0)
                  and ifnull(d.last, 0) = ifnull(d.changes, 0)
                  and ifnull(d.wrong, 0) = 0,
                c.owed = 0 and c.debt_count = 0))",
    },
    Rule {
        sentence: "every debt comes from a revoked lot, and goes by gems of a lot or a restored one",
        broken: "
            select user_id, concat('lot ', lot_number, ', ', reason, ': debts have ', sum(debts),
                                   ', the lots ', sum(lots))
            from (
              select user_id, lot_number, reason, ifnull(entry_id, 0) as entry_id, delta as debts,
                     0 as lots
              from game_user.paid_gem_debts
              where user_id {players} and reason <> 'purchase_restored'
              union all
              select user_id, lot_number, 'purchase_revoked', 0, 0, cast(owed as signed)
              from game_user.paid_gem_revocations where user_id {players} and owed > 0
              union all
              select e.user_id, e.lot_number, 'debt_settled', e.entry_id, 0, e.delta
              from game_user.paid_gem_lot_entries e
              join game_user.currency_ledger g
                on g.user_id = e.user_id and g.currency_type = 'paid_gem'
                and g.entry_id = e.entry_id and g.reason = 'debt_settled'
              where e.user_id {players}) m
            group by user_id, lot_number, reason, entry_id having sum(debts) <> sum(lots)
            union all
            select user_id, concat('lot ', lot_number, ' was restored: ', sum(owed), ' were owed, and ',
                                   sum(gone), ' are cancelled or came back')
            from (
              select user_id, lot_number, cast(owed as signed) as owed, 0 as gone
              from game_user.paid_gem_revocations
              where user_id {players} and restored_at is not null
              union all
              select user_id, lot_number, 0, -delta from game_user.paid_gem_debts
              where user_id {players} and reason = 'purchase_restored'
              union all
              select user_id, restores_lot_number, 0, cast(granted as signed)
              from game_user.paid_gem_lots
              where user_id {players} and restores_lot_number is not null) m
            group by user_id, lot_number having sum(owed) <> sum(gone) or min(gone) < 0",
    },
    Rule {
        // What expired before it is of no use to anybody, and what expires later is not
        // known to it.
        sentence: "a revocation recorded all that its lot had left and all that was used of it",
        broken: "
            select r.user_id, concat('revocation ', r.revocation_number, ' of lot ', r.lot_number,
                                     ' took ', r.taken, ' and left ', r.owed, ' owed, of ',
                                     l.granted, ' of which ', l.expired, ' expired')
            from game_user.paid_gem_revocations r
            join game_user.paid_gem_lots l
              on l.user_id = r.user_id and l.lot_number = r.lot_number
            where r.user_id {players} and l.user_id {players}
              and not (r.taken + r.owed <= l.granted
                and r.taken + r.owed + l.expired >= l.granted)",
    },
    Rule {
        sentence: "what was taken and given again of bonuses is what stores changed",
        broken: "
            select user_id, concat('bonuses ', change_kind, ': the ledger has ', sum(moved),
                                   ', the changes ', sum(told))
            from (
              select user_id, if(reason = 'purchase_restored', 'restored', 'revoked') as change_kind,
                     abs(delta) as moved, 0 as told
              from game_user.currency_ledger
              where user_id {players} and currency_type = 'free_gem'
                and reason in ('purchase_bonus_revoked', 'purchase_restored')
              union all
              select /*+ inl_join(game_purchase.c) */ b.user_id, c.change_kind, 0,
                     cast(c.free_gems as signed)
              from game_purchase.bookings b
              join game_purchase.booking_changes c on c.purchase_id = b.purchase_id
              where b.user_id {players}) m
            group by user_id, change_kind having sum(moved) <> sum(told)",
    },
    Rule {
        sentence: "while anything is owed, nothing is left of revoked purchases",
        broken: "
            select l.user_id, concat('lot ', l.lot_number, ' has ', l.remaining, ', and ', c.owed,
                                     ' are owed')
            from game_user.paid_gem_lots l
            join game_user.currencies c
              on c.user_id = l.user_id and c.currency_type = 'paid_gem' and c.owed > 0
            where l.user_id {players} and c.user_id {players}
              and l.is_taken_back and l.remaining > 0",
    },
    Rule {
        // It follows from no other rule: all gems that there ever were, in one equation. Of
        // a lot that came back for a restored purchase, other lots have brought the gems.
        sentence: "what is owed is what was used of revoked purchases",
        broken: "
            select user_id, concat('the balance less what is owed is ', sum(has),
                                   '; lots that stand, less what was used and expired, are ',
                                   sum(should))
            from (
              select user_id, cast(balance as signed) - cast(owed as signed) as has, 0 as should
              from game_user.currencies where user_id {players} and currency_type = 'paid_gem'
              union all
              select user_id, 0,
                     if(origin = 'restored', 0, cast(granted as signed)) - cast(expired as signed)
              from game_user.paid_gem_lots where user_id {players}
              union all
              select user_id, 0, -(cast(taken as signed) + cast(owed as signed))
              from game_user.paid_gem_revocations
              where user_id {players} and restored_at is null
              union all
              select user_id, 0, delta from game_user.currency_ledger
              where user_id {players} and currency_type = 'paid_gem'
                and reason in ('draw_cost', 'draw_refund')) m
            group by user_id having sum(has) <> sum(should)",
    },
    // Sagas.
    Rule {
        sentence: "a saga is live exactly until its end",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number) inl_join(game_gacha.l) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' is ', s.status, ', and not live') as shown
            from game_gacha.sagas s
            left join game_gacha.live_sagas l on l.saga_id = s.saga_id and l.user_id = s.user_id
            where s.user_id {players} and s.status not in ('COMPLETED', 'FAILED')
              and l.saga_id is null
            union all
            select /*+ inl_join(game_gacha.s) */ l.user_id,
                   concat('saga ', hex(l.saga_id), ' is live, and ', ifnull(s.status, 'none'))
            from game_gacha.live_sagas l
            left join game_gacha.sagas s on s.saga_id = l.saga_id and s.user_id = l.user_id
            where l.user_id {players} and ifnull(s.status, 'FAILED') in ('COMPLETED', 'FAILED')",
    },
    Rule {
        // It does not check that the times increase, because each server of a cluster
        // has a clock of its own.
        sentence: "a saga's timeline has exactly the statuses on the way to where it is",
        broken: "
            select user_id, concat('saga ', hex(saga_id), ' is ', way)
            from (
              select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.user_id, s.saga_id,
                     concat(s.status, ' by way of', if(s.currency_reserved_at is null, '', ' reserved'),
                            if(s.draw_completed_at is null, '', ' drawn'),
                            if(s.item_granted_at is null, '', ' granted'),
                            if(s.completed_at is null, '', ' completed'),
                            if(s.compensating_at is null, '', ' compensating'),
                            if(s.currency_refunded_at is null, '', ' refunded'),
                            if(s.failed_at is null, '', ' failed')) as way
              from game_gacha.sagas s where s.user_id {players}) w
            where way not in (
              'STARTED by way of',
              'CURRENCY_RESERVED by way of reserved',
              'DRAW_COMPLETED by way of reserved drawn',
              'COMPLETED by way of reserved drawn granted completed',
              'FAILED by way of failed',
              'FAILED by way of compensating failed',
              'FAILED by way of reserved compensating refunded failed',
              'FAILED by way of reserved drawn compensating refunded failed')",
    },
    Rule {
        sentence: "a charged saga was charged exactly its cost, once from each kind of gems that it names",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' costs ', s.cost_amount, ', names ',
                          s.charged_free_gems, ' free and ', s.charged_paid_gems,
                          ' paid gems; the ledger has ', ifnull(l.free, 0), ' and ',
                          ifnull(l.paid, 0), ' in ', ifnull(l.entries, 0), ' entries')
            from game_gacha.sagas s
            left join (
              select saga_id, count(*) as entries,
                     sum(if(currency_type = 'free_gem', -delta, 0)) as free,
                     sum(if(currency_type = 'paid_gem', -delta, 0)) as paid
              from game_user.currency_ledger
              where user_id {players} and saga_id is not null group by saga_id) l
              on l.saga_id = s.saga_id
            where s.user_id {players}
              and s.status in ('CURRENCY_RESERVED', 'DRAW_COMPLETED', 'ITEM_GRANTED', 'COMPLETED')
              and not (s.charged_free_gems + s.charged_paid_gems = s.cost_amount
                and s.charged_free_gems = ifnull(l.free, 0)
                and s.charged_paid_gems = ifnull(l.paid, 0)
                and (s.charged_free_gems > 0) + (s.charged_paid_gems > 0)
                  = ifnull(l.entries, 0))",
    },
    Rule {
        sentence: "a saga that was only started has taken nothing",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' has ', l.entries, ' entries')
            from game_gacha.sagas s
            join (
              select saga_id, count(*) as entries from game_user.currency_ledger
              where user_id {players} and saga_id is not null group by saga_id) l
              on l.saga_id = s.saga_id
            where s.user_id {players} and s.status = 'STARTED'",
    },
    Rule {
        sentence: "a failed saga's ledger is zero",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' kept ', -l.total, ' of ', l.currency_type)
            from game_gacha.sagas s
            join (
              select saga_id, currency_type, sum(delta) as total from game_user.currency_ledger
              where user_id {players} and saga_id is not null
              group by saga_id, currency_type having sum(delta) <> 0) l
              on l.saga_id = s.saga_id
            where s.user_id {players} and s.status = 'FAILED'",
    },
    Rule {
        sentence: "a completed saga granted and recorded exactly its draws, as they were drawn",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number)
                       inl_join(game_inventory.g, game_gacha.h) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' of ', s.draw_count, ' draws has ',
                          ifnull(max(json_length(s.results)), 0),
                          ' results; granted and recorded are ', count(h.saga_id))
            from game_gacha.sagas s
            left join game_inventory.item_grants g
              on g.saga_id = s.saga_id and g.user_id = s.user_id
              and g.item_master_id = json_unquote(
                json_extract(s.results, concat('$[', g.draw_index, '].item_master_id')))
            left join game_gacha.gacha_histories h
              on h.user_id = g.user_id and h.saga_id = g.saga_id and h.draw_index = g.draw_index
              and h.item_master_id = g.item_master_id
              and h.rarity = json_unquote(
                json_extract(s.results, concat('$[', g.draw_index, '].rarity')))
              and h.is_new = (json_extract(s.is_new, concat('$[', g.draw_index, ']')) = true)
            where s.user_id {players} and s.status = 'COMPLETED'
            group by s.user_id, s.saga_id, s.draw_count
            having ifnull(max(json_length(s.results)), 0) <> s.draw_count
              or count(h.saga_id) <> s.draw_count",
    },
    Rule {
        sentence: "a completed saga granted exactly as many items as were paid for",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number)
                       inl_join(game_inventory.g) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' of ', s.draw_count, ' draws granted ',
                          count(g.saga_id))
            from game_gacha.sagas s
            left join game_inventory.item_grants g on g.saga_id = s.saga_id
            where s.user_id {players} and s.status = 'COMPLETED'
            group by s.user_id, s.saga_id, s.draw_count
            having count(g.saga_id) <> s.draw_count",
    },
    Rule {
        sentence: "what was granted comes from a completed saga, an exchange or a present of its player",
        broken: "
            select /*+ use_index(game_inventory.g, item_grants_user)
                       inl_join(game_gacha.s, game_gacha.e, game_inventory.r) */ g.user_id,
                   concat(g.item_master_id, ' was granted as ', g.draw_index, ' of ',
                          hex(g.saga_id), ', a saga that is ', ifnull(s.status, 'none'))
            from game_inventory.item_grants g
            left join game_gacha.sagas s on s.saga_id = g.saga_id and s.user_id = g.user_id
            left join game_gacha.point_exchanges e
              on e.exchange_id = g.saga_id and e.user_id = g.user_id
            left join game_inventory.received_presents r
              on r.receipt_id = g.saga_id and r.user_id = g.user_id
            where g.user_id {players} and ifnull(s.status, '') <> 'COMPLETED'
              and e.exchange_id is null and r.receipt_id is null",
    },
    Rule {
        sentence: "the history has completed sagas of its player alone",
        broken: "
            select /*+ inl_join(game_gacha.s) */ h.user_id,
                   concat('saga ', hex(h.saga_id), ' is in it, and ', ifnull(s.status, 'none'))
            from game_gacha.gacha_histories h
            left join game_gacha.sagas s on s.saga_id = h.saga_id and s.user_id = h.user_id
            where h.user_id {players} and ifnull(s.status, '') <> 'COMPLETED'",
    },
    Rule {
        sentence: "the inventory is what was granted",
        broken: "
            select user_id, concat(item_master_id, ': ', sum(quantity), ' more than were granted')
            from (
              select user_id, item_master_id, cast(quantity as signed) as quantity
              from game_inventory.user_items where user_id {players}
              union all
              select user_id, item_master_id, -1
              from game_inventory.item_grants where user_id {players}) m
            group by user_id, item_master_id having sum(quantity) <> 0",
    },
    // The players' state after their draws.
    Rule {
        sentence: "pity is where the last completed draw left it",
        broken: "
            with last_draw as (
              select user_id, pity_group,
                     concat(json_extract(state_after, '$.pity_count'), ' ',
                            json_extract(state_after, '$.is_pickup_due') = true) as state
              from (
                select /*+ use_index(game_gacha.s, sagas_draw_number) */
                       s.user_id, s.pity_group, s.state_after,
                       row_number() over
                         (partition by s.user_id, s.pity_group order by s.draw_number desc) as place
                from game_gacha.sagas s
                where s.user_id {players} and s.pity_group is not null
                  and s.status = 'COMPLETED') numbered
              where place = 1),
            states as (
              select user_id, pity_group, concat(pity_count, ' ', is_pickup_due) as state
              from game_gacha.player_pity where user_id {players})
            select k.user_id, concat(k.pity_group, ': it is ', ifnull(p.state, '0 0'),
                                     ', the last draw left ', ifnull(d.state, '0 0'))
            from (select user_id, pity_group from last_draw
                  union select user_id, pity_group from states) k
            left join last_draw d on d.user_id = k.user_id and d.pity_group = k.pity_group
            left join states p on p.user_id = k.user_id and p.pity_group = k.pity_group
            where ifnull(p.state, '0 0') <> ifnull(d.state, '0 0')",
    },
    Rule {
        sentence: "purchases are where the last completed draw left them",
        broken: "
            with last_draw as (
              select user_id, pool_id,
                     concat(json_extract(state_after, '$.draw_total'), ' ',
                            json_extract(state_after, '$.day'), ' ',
                            json_extract(state_after, '$.draws_on_day'), ' ',
                            json_extract(state_after, '$.is_free_draw_taken') = true, ' ',
                            json_extract(state_after, '$.step'), ' ',
                            json_extract(state_after, '$.drawn_copies')) as state
              from (
                select /*+ use_index(game_gacha.s, sagas_draw_number) */
                       s.user_id, s.pool_id, s.state_after,
                       row_number() over
                         (partition by s.user_id, s.pool_id order by s.draw_number desc) as place
                from game_gacha.sagas s
                where s.user_id {players} and s.status = 'COMPLETED') numbered
              where place = 1),
            states as (
              select user_id, pool_id,
                     concat(draw_total, ' ', day, ' ', draws_on_day, ' ', is_free_draw_taken, ' ',
                            step, ' ', ifnull(drawn_copies, '{}')) as state
              from game_gacha.player_pools where user_id {players})
            select k.user_id, concat(k.pool_id, ': it is ', ifnull(p.state, '0 0 0 0 0 {}'),
                                     ', the last draw left ', ifnull(d.state, '0 0 0 0 0 {}'))
            from (select user_id, pool_id from last_draw
                  union select user_id, pool_id from states) k
            left join last_draw d on d.user_id = k.user_id and d.pool_id = k.pool_id
            left join states p on p.user_id = k.user_id and p.pool_id = k.pool_id
            where ifnull(p.state, '0 0 0 0 0 {}') <> ifnull(d.state, '0 0 0 0 0 {}')",
    },
    Rule {
        sentence: "the numbers of a player's draws have no gap",
        broken: "
            select user_id, concat(sum(counted), ' are counted, ', sum(taken), ' taken up to ',
                                   max(greatest_number))
            from (
              select user_id, cast(draw_count as signed) as counted, 0 as taken,
                     0 as greatest_number
              from game_gacha.player_seeds where user_id {players}
              union all
              select /*+ use_index(game_gacha.sagas, sagas_draw_number) */ user_id, 0, 1,
                     cast(draw_number as signed)
              from game_gacha.sagas where user_id {players} and draw_number is not null) m
            group by user_id
            having sum(counted) <> sum(taken) or sum(taken) <> max(greatest_number)",
    },
    // Points.
    Rule {
        sentence: "points are the sum of their ledger",
        broken: "
            select p.user_id, concat(p.point_group, ': the balance is ', p.balance,
                                     ', the sum ', ifnull(l.total, 0))
            from game_gacha.player_points p
            left join (
              select user_id, point_group, sum(delta) as total
              from game_gacha.point_ledger where user_id {players}
              group by user_id, point_group) l
              on l.user_id = p.user_id and l.point_group = p.point_group
            where p.user_id {players} and cast(p.balance as signed) <> ifnull(l.total, 0)",
    },
    Rule {
        sentence: "points count the entries of their ledger, and every ledger of points has some",
        broken: "
            select user_id, concat(point_group, ': ', sum(counted), ' more are counted than there are')
            from (
              select user_id, point_group, cast(entry_count as signed) as counted
              from game_gacha.player_points where user_id {players}
              union all
              select user_id, point_group, -1
              from game_gacha.point_ledger where user_id {players}) m
            group by user_id, point_group having sum(counted) <> 0",
    },
    Rule {
        sentence: "the ledger of points counts without gaps, and each entry follows from the one before",
        broken: "
            select user_id, concat(point_group, ': entry ', entry_id, ' has ', after_it,
                                   ' after it, and should be entry ', place, ' with ', total)
            from (
              select user_id, point_group, entry_id, row_number() over w as place,
                     cast(balance_after as signed) as after_it, sum(delta) over w as total
              from game_gacha.point_ledger where user_id {players}
              window w as (partition by user_id, point_group order by entry_id)) e
            where entry_id <> place or after_it <> total",
    },
    Rule {
        sentence: "a saga gave its points exactly if it is complete",
        broken: "
            select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.user_id,
                   concat('saga ', hex(s.saga_id), ' is ', s.status, ', promised ', s.points,
                          ' and gave ', ifnull(l.total, 0))
            from game_gacha.sagas s
            left join (
              select source_id, sum(delta) as total from game_gacha.point_ledger
              where user_id {players} group by source_id) l on l.source_id = s.saga_id
            where s.user_id {players}
              and cast(if(s.status = 'COMPLETED', s.points, 0) as signed) <> ifnull(l.total, 0)",
    },
    Rule {
        sentence: "every entry of points is of a saga, or an exchange, of its player",
        broken: "
            select /*+ inl_join(game_gacha.s, game_gacha.e) */ l.user_id,
                   concat(l.point_group, ': entry ', l.entry_id, ' names ', hex(l.source_id))
            from game_gacha.point_ledger l
            left join game_gacha.sagas s on s.saga_id = l.source_id and s.user_id = l.user_id
            left join game_gacha.point_exchanges e
              on e.exchange_id = l.source_id and e.user_id = l.user_id
            where l.user_id {players} and s.saga_id is null and e.exchange_id is null",
    },
    Rule {
        sentence: "an exchange took its points and gave its item, once",
        broken: "
            select /*+ use_index(game_gacha.e, point_exchanges_user) */ e.user_id,
                   concat('exchange ', hex(e.exchange_id), ' of ', e.points, ' points for ',
                          e.item_master_id, ' took ', ifnull(-l.total, 0), ' in ',
                          ifnull(l.entries, 0), ' entries, and gave ', ifnull(g.items, 0),
                          ' of ', ifnull(g.item_master_id, 'nothing'))
            from game_gacha.point_exchanges e
            left join (
              select source_id, count(*) as entries, sum(delta) as total
              from game_gacha.point_ledger where user_id {players} group by source_id) l
              on l.source_id = e.exchange_id
            left join (
              select /*+ use_index(game_inventory.item_grants, item_grants_user) */
                     saga_id, count(*) as items, min(item_master_id) as item_master_id
              from game_inventory.item_grants where user_id {players} group by saga_id) g
              on g.saga_id = e.exchange_id
            where e.user_id {players}
              and not (ifnull(l.entries, 0) = 1
                and ifnull(l.total, 0) = -cast(e.points as signed)
                and ifnull(g.items, 0) = 1
                and ifnull(g.item_master_id, '') = e.item_master_id)",
    },
    Rule {
        sentence: "an exchange took as many points as the rules that it names ask for its item",
        broken: "
            select /*+ use_index(game_gacha.e, point_exchanges_user) */ e.user_id,
                   concat('exchange ', hex(e.exchange_id), ' of ', e.points, ' points for ',
                          e.item_master_id, ' by revision ', hex(e.pool_revision))
            from game_gacha.point_exchanges e
            left join game_gacha.gacha_pools p on p.revision = e.pool_revision
            where e.user_id {players}
              and not ifnull(p.pool_id = e.pool_id and json_contains(
                cast(p.document as json),
                json_object('item_master_id', e.item_master_id, 'points', e.points),
                '$.exchange.offers'), false)",
    },
    // Presents, and what operators did.
    Rule {
        // A minute for clocks that differ.
        sentence: "what was received is a present that an operator sent to its player, in its period",
        broken: "
            select r.user_id, concat('present ', hex(r.present_id), ' of ', ifnull(p.audience, 'none'),
                                     if(o.act_id is null, ', sent by nobody', ''),
                                     ', received at ', r.received_at)
            from game_inventory.received_presents r
            left join game_inventory.presents p on p.present_id = r.present_id
            left join game_inventory.player_presents m
              on m.user_id = r.user_id and m.present_id = r.present_id
            left join game_ops.operator_log o
              on o.act_id = p.act_id and o.act = 'send_presents' and o.outcome = 'done'
            where r.user_id {players}
              and (p.present_id is null or o.act_id is null
                or (p.audience <> 'everyone' and m.user_id is null)
                or r.received_at < p.starts_at - interval 1 minute
                or r.received_at > p.ends_at + interval 1 minute)",
    },
    Rule {
        // By these columns the limit of one person is counted. It is about no player, so it
        // is found by its own id, once. What everyone may receive is never one person's, and
        // counts nothing. TiDB makes no rows of JSON; a present has at most 100 kinds of items.
        // What all get together may be more than a whole number holds, so it is a decimal.
        sentence: "a present counts for its person what it gives to all whom it was sent to",
        broken: "
            select /*+ inl_join(game_inventory.p) */
                   o.act_id, concat('act ', hex(o.act_id), ' counts ', o.free_gems, ' free and ',
                                    o.paid_gems, ' paid gems, and ', o.item_copies,
                                    ' copies of items, for a present to ',
                                    ifnull(json_extract(o.result, '$.players'), 'nobody'))
            from game_ops.operator_log o
            left join game_inventory.presents p on p.act_id = o.act_id
            left join (
              select /*+ use_index(game_inventory.q, presents_act) */ q.act_id,
                     sum(cast(json_extract(q.items, concat('$[', n.place, '].quantity'))
                              as unsigned)) as copies
              from game_inventory.presents q
              join (
                select 10 * tens.digit + ones.digit as place
                from (select 0 as digit union all select 1 union all select 2 union all select 3
                      union all select 4 union all select 5 union all select 6 union all select 7
                      union all select 8 union all select 9) tens
                cross join (
                      select 0 as digit union all select 1 union all select 2 union all select 3
                      union all select 4 union all select 5 union all select 6 union all select 7
                      union all select 8 union all select 9) ones) n
                on n.place < json_length(q.items)
              where q.act_id {players} group by q.act_id) c on c.act_id = o.act_id
            where o.act_id {players} and o.act = 'send_presents'
              and not ifnull(case
                when o.outcome <> 'done' or p.audience = 'everyone'
                  then o.free_gems + o.paid_gems + o.item_copies = 0
                else o.free_gems = cast(p.free_gems as decimal(65, 0))
                                   * cast(json_extract(o.result, '$.players') as unsigned)
                  and o.paid_gems = cast(p.paid_gems as decimal(65, 0))
                                    * cast(json_extract(o.result, '$.players') as unsigned)
                  and o.item_copies
                    = ifnull(c.copies, 0) * cast(json_extract(o.result, '$.players') as unsigned)
                end, false)",
    },
    Rule {
        sentence: "a received present gave its gems and its items, once",
        broken: "
            select r.user_id, concat('present ', hex(r.present_id), ' gave ', ifnull(l.free, 0),
                                     ' free and ', ifnull(l.paid, 0), ' paid gems of ', p.free_gems,
                                     ' and ', p.paid_gems, ', and ', ifnull(i.right_kinds, 0), ' of ',
                                     json_length(p.items), ' items among ', ifnull(i.kinds, 0))
            from game_inventory.received_presents r
            join game_inventory.presents p on p.present_id = r.present_id
            left join (
              select source_id, sum(if(currency_type = 'free_gem', delta, 0)) as free,
                     sum(if(currency_type = 'paid_gem', delta, 0)) as paid
              from game_user.currency_ledger
              where user_id {players} and reason = 'present' group by source_id) l
              on l.source_id = r.receipt_id
            left join (
              select g.saga_id, count(*) as kinds,
                     sum(json_contains(q.items, json_object('item_master_id', g.item_master_id,
                                                            'quantity', g.copies))) as right_kinds
              from (
                select /*+ use_index(game_inventory.item_grants, item_grants_user) */
                       saga_id, item_master_id, count(*) as copies
                from game_inventory.item_grants where user_id {players}
                group by saga_id, item_master_id) g
              join game_inventory.received_presents s on s.receipt_id = g.saga_id
              join game_inventory.presents q on q.present_id = s.present_id
              group by g.saga_id) i on i.saga_id = r.receipt_id
            where r.user_id {players}
              and not (ifnull(l.free, 0) = cast(p.free_gems as signed)
                and ifnull(l.paid, 0) = cast(p.paid_gems as signed)
                and ifnull(i.kinds, 0) = json_length(p.items)
                and ifnull(i.right_kinds, 0) = json_length(p.items))",
    },
    Rule {
        sentence: "every entry of a present is of a present that its player received",
        broken: "
            select l.user_id, concat(l.currency_type, ': entry ', l.entry_id, ' names receipt ',
                                     hex(l.source_id))
            from game_user.currency_ledger l
            left join game_inventory.received_presents r
              on r.receipt_id = l.source_id and r.user_id = l.user_id
            where l.user_id {players} and l.reason = 'present' and r.receipt_id is null",
    },
    Rule {
        sentence: "an adjustment is an act of an operator about its player, and such an act is in the ledger",
        broken: "
            select l.user_id, concat(l.currency_type, ': entry ', l.entry_id, ' of ', l.delta,
                                     ' names act ', hex(l.source_id)) as shown
            from game_user.currency_ledger l
            left join game_ops.operator_log o
              on o.act_id = l.source_id and o.user_id = l.user_id
              and o.act = 'adjust_currency' and o.outcome = 'done'
              and json_unquote(json_extract(o.ordered, '$.currency_type')) = l.currency_type
              and cast(json_extract(o.ordered, '$.delta') as signed) = l.delta
            where l.user_id {players} and l.reason = 'adjustment' and o.act_id is null
            union all
            select o.user_id, concat('act ', hex(o.act_id), ' is in no ledger')
            from game_ops.operator_log o
            left join game_user.currency_ledger l
              on l.source_id = o.act_id and l.user_id = o.user_id and l.reason = 'adjustment'
            where o.user_id {players} and o.act = 'adjust_currency' and o.outcome = 'done'
              and l.user_id is null",
    },
    Rule {
        // A person is the name after the last slash, whatever role they take. An act that
        // is about no player, such as a present, is checked with the players among whose
        // ids its own id falls.
        sentence: "an act that was approved was asked for by another person",
        broken: "
            select ifnull(o.user_id, o.act_id),
                   concat('act ', hex(o.act_id), ' of ', o.principal, ' approves ', hex(o.approves))
            from game_ops.operator_log o
            left join game_ops.operator_log q
              on q.act_id = o.approves and q.act = o.act and q.outcome = 'requested'
              and substring_index(q.principal, '/', -1) <> substring_index(o.principal, '/', -1)
            where (o.user_id {players} or (o.user_id is null and o.act_id {players}))
              and o.approves is not null and q.act_id is null",
    },
    Rule {
        sentence: "a booked purchase brought its gems for its price, and follows its store",
        broken: "
            select /*+ inl_join(game_purchase.p), inl_join(game_user.l), inl_join(game_user.g) */
                   b.user_id, concat('purchase ', hex(b.purchase_id), ' is ', p.status, ', and its lot has ',
                                     ifnull(l.granted, 'nothing'), ' of ', b.paid_gems)
            from game_purchase.bookings b
            join game_purchase.purchases p on p.purchase_id = b.purchase_id
            left join game_user.paid_gem_lots l
              on l.source_id = b.purchase_id and l.user_id = b.user_id
            left join game_user.currency_ledger g
              on g.source_id = b.purchase_id and g.currency_type = 'free_gem'
                and g.reason = 'purchase_bonus' and g.user_id = b.user_id
            where b.user_id {players}
              and not (ifnull(l.granted, 0) = b.paid_gems
                and ifnull(l.price_micros, 0) = b.price_micros
                and ifnull(l.money_code, '') = b.currency
                and ifnull(g.delta, 0) = cast(b.bonus_free_gems as signed)
                and p.status = if(ifnull(l.is_taken_back, false), 'revoked', 'booked')
                and cast(p.change_count as signed)
                  = 2 * cast(ifnull(l.revocation_count, 0) as signed)
                    - ifnull(l.is_taken_back, 0))",
    },
    Rule {
        sentence: "every entry of a purchase is of a booking of its player, with as many gems",
        broken: "
            select /*+ inl_join(game_purchase.b) */ l.user_id,
                   concat(l.currency_type, ': entry ', l.entry_id, ' of ', l.delta, ' names purchase ',
                          hex(l.source_id), if(b.purchase_id is null, ', which nobody booked', ''))
            from game_user.currency_ledger l
            left join game_purchase.bookings b
              on b.purchase_id = l.source_id and b.user_id = l.user_id
            where l.user_id {players} and l.reason in ('purchase', 'purchase_bonus')
              and l.delta <> cast(ifnull(if(l.reason = 'purchase', b.paid_gems,
                                              b.bonus_free_gems), 0) as signed)",
    },
    Rule {
        // Its row among the refusals stays when an operator vouches for it after all.
        sentence: "what the game refused is booked by an act of an operator only, and such an act has its booking",
        broken: "
            select /*+ inl_join(game_purchase.r), inl_join(game_ops.o) */ b.user_id,
                   concat('purchase ', hex(b.purchase_id), ' was refused for ',
                          ifnull(r.reason, 'nothing'), ', and is booked by act ',
                          ifnull(hex(b.act_id), 'none')) as shown
            from game_purchase.bookings b
            left join game_purchase.refusals r on r.purchase_id = b.purchase_id
            left join game_ops.operator_log o
              on o.act_id = b.act_id and o.user_id = b.user_id and o.act = 'book_purchase'
                and o.outcome = 'done'
            where b.user_id {players}
              and (b.act_id is not null and o.act_id is null
                or r.purchase_id is not null and b.act_id is null
                or r.reason = 'wrong_environment')
            union all
            select o.user_id, concat('act ', hex(o.act_id), ' booked nothing')
            from game_ops.operator_log o
            left join game_purchase.bookings b on b.user_id = o.user_id and b.act_id = o.act_id
            where o.user_id {players} and o.act = 'book_purchase' and o.outcome = 'done'
              and b.act_id is null",
    },
    Rule {
        sentence: "what an operator took back or gave again of a purchase names the act, and such an act did it",
        broken: "
            select /*+ inl_join(game_purchase.c), inl_join(game_ops.o) */ b.user_id,
                   concat('change ', c.number, ' of purchase ', hex(c.purchase_id), ', ',
                          c.change_kind, ', names act ', hex(c.act_id)) as shown
            from game_purchase.bookings b
            join game_purchase.booking_changes c on c.purchase_id = b.purchase_id
            left join game_ops.operator_log o
              on o.act_id = c.act_id and o.user_id = b.user_id and o.act = 'void_purchase'
                and o.outcome = 'done'
                and json_unquote(json_extract(o.result, '$.effect'))
                  = if(c.change_kind = 'revoked', 'taken_back', 'given_again')
            where b.user_id {players} and c.act_id is not null and o.act_id is null
            union all
            select /*+ inl_join(game_purchase.c) */ o.user_id,
                   concat('act ', hex(o.act_id), ' changed ', count(b.purchase_id), ' purchases')
            from game_ops.operator_log o
            left join game_purchase.booking_changes c on c.act_id = o.act_id
            left join game_purchase.bookings b
              on b.purchase_id = c.purchase_id and b.user_id = o.user_id
            where o.user_id {players} and o.act = 'void_purchase' and o.outcome = 'done'
              and json_unquote(json_extract(o.result, '$.effect'))
                not in ('marked', 'dismissed', 'closed')
            group by o.user_id, o.act_id having count(b.purchase_id) <> 1",
    },
    Rule {
        // One that no client had begun is no player's, and is not looked at here.
        sentence: "a pending purchase is dismissed by an act of an operator only, and such an act dismissed it",
        broken: "
            select /*+ inl_join(game_ops.o) */ r.user_id,
                   concat('purchase ', hex(r.purchase_id), ' was dismissed by ',
                          count(o.act_id), ' acts') as shown
            from game_purchase.refusals r
            left join game_ops.operator_log o
              on o.user_id = r.user_id and o.act = 'void_purchase' and o.outcome = 'done'
                and json_unquote(json_extract(o.result, '$.effect')) = 'dismissed'
                and uuid_to_bin(json_unquote(json_extract(o.result, '$.purchase_id')))
                  = r.purchase_id
            where r.user_id {players} and r.reason = 'dismissed'
            group by r.user_id, r.purchase_id having count(o.act_id) <> 1
            union all
            select /*+ inl_join(game_purchase.r) */ o.user_id,
                   concat('act ', hex(o.act_id), ' dismissed nothing')
            from game_ops.operator_log o
            left join game_purchase.refusals r
              on r.purchase_id
                  = uuid_to_bin(json_unquote(json_extract(o.result, '$.purchase_id')))
                and r.user_id = o.user_id and r.reason = 'dismissed'
            where o.user_id {players} and o.act = 'void_purchase' and o.outcome = 'done'
              and json_unquote(json_extract(o.result, '$.effect')) = 'dismissed'
              and r.purchase_id is null",
    },
    Rule {
        // By these columns the limit of one person is counted.
        sentence: "an act about a player counts for its person what it moved in the books",
        broken: "
            select /*+ inl_join(game_purchase.b), inl_join(game_purchase.c),
                       inl_join(game_purchase.d) */
                   o.user_id, concat('act ', hex(o.act_id), ', ', o.act, ', counts ', o.free_gems,
                                     ' free and ', o.paid_gems, ' paid gems, and ', o.item_copies,
                                     ' copies of items')
            from game_ops.operator_log o
            left join game_user.currency_ledger l
              on l.source_id = o.act_id and l.user_id = o.user_id and l.reason = 'adjustment'
            left join game_purchase.bookings b on b.user_id = o.user_id and b.act_id = o.act_id
            left join game_purchase.booking_changes c on c.act_id = o.act_id
            left join game_purchase.bookings d on d.purchase_id = c.purchase_id
            where o.user_id {players}
              and not (o.item_copies = 0
                and cast(o.free_gems as signed) = if(o.outcome = 'done',
                  ifnull(if(l.currency_type = 'free_gem', abs(l.delta), 0), 0)
                    + cast(ifnull(b.bonus_free_gems, ifnull(d.bonus_free_gems, 0)) as signed), 0)
                and cast(o.paid_gems as signed) = if(o.outcome = 'done',
                  ifnull(if(l.currency_type = 'paid_gem', abs(l.delta), 0), 0)
                    + cast(ifnull(b.paid_gems, ifnull(d.paid_gems, 0)) as signed), 0))",
    },
    Rule {
        sentence: "paid gems are written off with the account exactly if the player is deleted",
        broken: "
            select u.user_id, concat('deleted, and has ', c.balance, ' paid gems')
            from game_user.users u
            join game_user.currencies c on c.user_id = u.user_id
            where u.user_id {players} and c.user_id {players} and c.currency_type = 'paid_gem'
              and u.deleted_at is not null and (c.balance > 0 or c.closed_at is null)
            union all
            select l.user_id, concat('entry ', l.entry_id, ' wrote ', -l.delta,
                                     ' paid gems off, and the player is not deleted')
            from game_user.currency_ledger l
            join game_user.users u on u.user_id = l.user_id
            where l.user_id {players} and u.user_id {players}
              and l.reason = 'account_deleted' and u.deleted_at is null",
    },
    Rule {
        sentence: "every player of whom there are books exists",
        broken: "
            select /*+ inl_join(game_user.u) */ b.user_id, concat('no player, and a row in ', min(b.book))
            from (
              select user_id, 'currencies' as book from game_user.currencies where user_id {players}
              union all
              select user_id, 'currency_ledger' from game_user.currency_ledger
              where user_id {players}
              union all
              select user_id, 'paid_gem_lots' from game_user.paid_gem_lots where user_id {players}
              union all
              select user_id, 'received_presents' from game_inventory.received_presents
              where user_id {players}
              union all
              select user_id, 'player_points' from game_gacha.player_points where user_id {players}
              union all
              select user_id, 'user_items' from game_inventory.user_items where user_id {players}) b
            left join game_user.users u on u.user_id = b.user_id
            where u.user_id is null group by b.user_id",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_says_something_else() {
        let sentences: BTreeSet<&str> = RULES.iter().map(|rule| rule.sentence).collect();
        assert_eq!(sentences.len(), RULES.len());
    }
}
