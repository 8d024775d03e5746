//! The audit: each rule finds the rows that break it, and names the player.
//!
//! All damage is done in transactions that are never committed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, MySqlConnection};
use tenjo_audit::{
    Gifts, Players, RULES, Slice, Violation, check, check_all, check_draws, check_gifts,
    check_slice, is_too_slow,
};
use tenjo_tests::lambda::step;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::{database, lambda, until};
use uuid::Uuid;

/// The books of a player who drew once, had a draw refunded, and exchanged
/// points for an item.
const BOOKS: &[&str] = &[
    "insert into game_user.users (user_id, player_id, display_name, is_guest, account_token)
     values (@user, substr(hex(@user), 1, 15), 'audited', true, @user)",
    "insert into game_user.currencies
       (user_id, currency_type, balance, entry_count, owed, debt_count) values
       (@user, 'free_gem', 2720, 5, 0, 0), (@user, 'paid_gem', 14, 15, 0, 7)",
    "insert into game_user.currency_ledger
       (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id) values
       (@user, 'free_gem', 1, 3000, 3000, 'starting_gift', null),
       (@user, 'free_gem', 2, -300, 2700, 'draw_cost', @done),
       (@user, 'free_gem', 3, -300, 2400, 'draw_cost', @failed),
       (@user, 'free_gem', 4, 300, 2700, 'draw_refund', @failed)",
    "insert into game_user.currency_ledger
       (user_id, currency_type, entry_id, delta, balance_after, reason, source_id) values
       (@user, 'free_gem', 5, 20, 2720, 'present', @receipt)",
    // Paid gems: two purchases, of which both draws took; the first is taken back; a third
    // settles what is owed for it, but for a gem, for which an act of an operator does; the
    // second expires; and the third is taken back, too, which is reversed. So is the first: what
    // had settled its debt comes back as a lot, and settles it when it is taken back again.
    "insert into game_user.currency_ledger
       (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id, source_id) values
       (@user, 'paid_gem', 1, 100, 100, 'purchase', null, @one),
       (@user, 'paid_gem', 2, 50, 150, 'purchase', null, @two),
       (@user, 'paid_gem', 3, -120, 30, 'draw_cost', @failed, null),
       (@user, 'paid_gem', 4, 120, 150, 'draw_refund', @failed, null),
       (@user, 'paid_gem', 5, -30, 120, 'draw_cost', @done, null),
       (@user, 'paid_gem', 6, -70, 50, 'purchase_revoked', null, @one),
       (@user, 'paid_gem', 7, 29, 79, 'purchase', null, @three),
       (@user, 'paid_gem', 8, -29, 50, 'debt_settled', null, @three),
       (@user, 'paid_gem', 9, -50, 0, 'paid_gem_expired', null, null),
       (@user, 'paid_gem', 10, 15, 15, 'adjustment', null, @act),
       (@user, 'paid_gem', 11, -1, 14, 'debt_settled', null, @act),
       (@user, 'paid_gem', 12, 70, 84, 'purchase_restored', null, @one),
       (@user, 'paid_gem', 13, 30, 114, 'purchase_restored', null, @back),
       (@user, 'paid_gem', 14, -70, 44, 'purchase_revoked', null, @again),
       (@user, 'paid_gem', 15, -30, 14, 'debt_settled', null, @again)",
    "insert into game_user.paid_gem_lots
       (user_id, lot_number, source_id, origin, store, product_id, money_code, price_micros,
        granted, remaining, expired, settled, expires_at, revocation_count, is_taken_back,
        restores_lot_number)
     values
       (@user, 1, @one, 'purchase', 'apple', 'gems-100', 'JPY', 160000000, 100, 0, 0, 0, null, 2,
        true, null),
       (@user, 2, @two, 'purchase', 'google', 'gems-50', 'JPY', 80000000, 50, 0, 50, 0, now(), 0,
        false, null),
       (@user, 3, @three, 'purchase', 'google', 'gems-29', 'USD', 290000, 29, 0, 0, 29, null, 1,
        false, null),
       (@user, 4, @act, 'adjustment', null, null, null, 0, 15, 14, 0, 1, null, 0, false, null),
       (@user, 5, @back, 'restored', null, null, null, 0, 30, 0, 0, 30, null, 0, true, 1)",
    "insert into game_user.paid_gem_revocations
       (user_id, lot_number, revocation_number, taken, owed, revoked_at, revoked_after,
        revoked_act, restored_at) values
       (@user, 1, 1, 70, 30, now(), 0, 1, now()), (@user, 1, 2, 70, 30, now(), 0, 2, null),
       (@user, 3, 1, 0, 29, now(), 0, 3, now())",
    "insert into game_purchase.purchases
       (purchase_id, store, transaction_id, status, changed_at, change_count) values
       (@one, 'apple', hex(@one), 'revoked', now(), 3),
       (@two, 'google', hex(@two), 'booked', null, 0),
       (@three, 'google', hex(@three), 'booked', now(), 2)",
    "insert into game_purchase.bookings
       (purchase_id, user_id, store, environment, order_id, product_id, shop_revision, currency,
        price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at, act_id) values
       (@one, @user, 'apple', 'sandbox', '', 'gems-100', '', 'JPY', 160000000, 160000000, 100, 0,
        now(), null),
       (@two, @user, 'google', 'sandbox', '', 'gems-50', '', 'JPY', 80000000, 80000000, 50, 0,
        now(), @booked),
       (@three, @user, 'google', 'sandbox', '', 'gems-29', '', 'USD', 290000, 290000, 29, 0,
        now(), null)",
    // An operator had the third again, whose store did not tell that it reversed its refund.
    "insert into game_purchase.booking_changes
       (purchase_id, number, change_kind, store_at, free_gems, act_id)
     values (@three, 1, 'revoked', now(), 0, null), (@three, 2, 'restored', now(), 0, @restored)",
    // The second had been refused, and an operator vouched for it.
    "insert into game_purchase.refusals (purchase_id, user_id, reason, order_id)
     values (@two, @user, 'unknown_product', '')",
    // A fourth was pending for ever, and an operator dismissed it.
    "insert into game_purchase.purchases (purchase_id, store, transaction_id, status)
     values (@four, 'google', hex(@four), 'refused')",
    "insert into game_purchase.refusals (purchase_id, user_id, reason, order_id)
     values (@four, @user, 'dismissed', '')",
    "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta) values
       (@user, 1, 1, 100), (@user, 2, 2, 50), (@user, 3, 1, -100), (@user, 3, 2, -20),
       (@user, 4, 1, 100), (@user, 4, 2, 20), (@user, 5, 1, -30), (@user, 6, 1, -70),
       (@user, 7, 3, 29), (@user, 8, 3, -29), (@user, 9, 2, -50), (@user, 10, 4, 15),
       (@user, 11, 4, -1), (@user, 12, 1, 70), (@user, 13, 5, 30), (@user, 14, 1, -70),
       (@user, 15, 5, -30)",
    "insert into game_user.paid_gem_debts
       (user_id, debt_id, lot_number, delta, owed_after, reason, entry_id) values
       (@user, 1, 1, 30, 30, 'purchase_revoked', null),
       (@user, 2, 3, -29, 1, 'debt_settled', 8),
       (@user, 3, 4, -1, 0, 'debt_settled', 11),
       (@user, 4, 3, 29, 29, 'purchase_revoked', null),
       (@user, 5, 3, -29, 0, 'purchase_restored', null),
       (@user, 6, 1, 30, 30, 'purchase_revoked', null),
       (@user, 7, 5, -30, 0, 'debt_settled', 15)",
    "insert into game_gacha.sagas
       (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count, draw_count, status,
        cost_currency_type, cost_amount, reserve_before, charged_free_gems, charged_paid_gems,
        point_group, points,
        draw_number, state_before, state_after, results, is_new, currency_reserved_at, draw_completed_at,
        item_granted_at, completed_at, compensating_at, currency_refunded_at, failed_at) values
       (@done, @user, '', 'a-pool', '', 'a-group', 90, 1, 'COMPLETED', 'any_gem', 330, now(), 300, 30,
        'a-point', 10, 1, '{}',
        '{\"pity_count\": 1, \"is_pickup_due\": false, \"draw_total\": 1, \"day\": 7,
          \"draws_on_day\": 1, \"is_free_draw_taken\": false, \"step\": 0, \"drawn_copies\": {}}',
        '[{\"item_master_id\": \"drawn\", \"rarity\": \"SR\", \"is_pickup\": false}]', '[true]',
        now(), now(), now(), now(), null, null, null),
       (@failed, @user, '', 'a-pool', '', 'a-group', 90, 1, 'FAILED', 'any_gem', 420, now(), 300, 120,
        'a-point', 10, 2, '{}', '{}',
        '[{\"item_master_id\": \"void\", \"rarity\": \"SSR\", \"is_pickup\": true}]', null,
        now(), now(), null, null, now(), now(), now())",
    "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
     values (@done, 0, @user, 'drawn'), (@exchange, 0, @user, 'exchanged'),
       (@receipt, 0, @user, 'given'), (@receipt, 1, @user, 'given')",
    "insert into game_gacha.gacha_histories
       (user_id, saga_id, draw_index, pool_id, item_master_id, rarity, is_new, is_pickup)
     values (@user, @done, 0, 'a-pool', 'drawn', 'SR', true, false)",
    "insert into game_inventory.user_items (user_id, item_master_id, quantity)
     values (@user, 'drawn', 1), (@user, 'exchanged', 1), (@user, 'given', 2)",
    "insert into game_gacha.player_pity (user_id, pity_group, pity_count) values (@user, 'a-group', 1)",
    "insert into game_gacha.player_pools
       (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step, drawn_copies)
     values (@user, 'a-pool', 1, 7, 1, false, 0, '{}')",
    "insert into game_gacha.player_seeds (user_id, client_seed, draw_count) values (@user, 'mine', 2)",
    "insert into game_gacha.player_points values (@user, 'a-point', 6, 2)",
    "insert into game_gacha.point_ledger
       (user_id, point_group, entry_id, delta, balance_after, reason, source_id) values
       (@user, 'a-point', 1, 10, 10, 'draw', @done), (@user, 'a-point', 2, -4, 6, 'exchange', @exchange)",
    "insert into game_gacha.gacha_pools (revision, pool_id, name, opens_at, document, odds)
     values (unhex(repeat('e', 64)), 'a-pool', 'a pool', '2026-01-01',
       '{\"exchange\":{\"offers\":[{\"item_master_id\":\"exchanged\",\"points\":4}]}}', '{}')",
    "insert into game_gacha.point_exchanges
       (exchange_id, user_id, pool_id, pool_revision, item_master_id, point_group, points,
        balance_after, is_new)
     values (@exchange, @user, 'a-pool', unhex(repeat('e', 64)), 'exchanged', 'a-point', 4, 6, true)",
    // A present that two people sent, and an act that gave gems.
    "insert into game_inventory.presents
       (present_id, act_id, audience, title, message, free_gems, paid_gems, items, starts_at, ends_at)
     values (@present, @user, 'listed', 'a title', '', 20, 0,
             '[{\"item_master_id\": \"given\", \"quantity\": 2}]', '2020-01-01', '2037-01-01')",
    "insert into game_inventory.player_presents (user_id, present_id) values (@user, @present)",
    "insert into game_inventory.received_presents (user_id, present_id, receipt_id)
     values (@user, @present, @receipt)",
    "insert into game_ops.operator_log
       (act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result, paid_gems,
        approves, user_id)
     values
       (@asked, 'adjust_currency', 'aoi', 'T', 'r', '', '{}', 'requested', '{}', 0, null, @user),
       (@booked, 'book_purchase', 'ben', 'T', 'r', '', '{}', 'done', '{}', 50, null, @user),
       (@restored, 'void_purchase', 'ben', 'T', 'r', '', '{}', 'done',
        '{\"effect\": \"given_again\"}', 29, null, @user),
       (@dismissed, 'void_purchase', 'ben', 'T', 'r', '', '{}', 'done',
        concat('{\"effect\": \"dismissed\", \"purchase_id\": \"', bin_to_uuid(@four), '\"}'), 0,
        null, @user),
       (@act, 'adjust_currency', 'ben', 'T', 'r', '',
        '{\"currency_type\": \"paid_gem\", \"delta\": 15}', 'done', '{}', 15, @asked, @user)",
    // It is about no player; of these books it is by its id. It went to two players.
    "insert into game_ops.operator_log
       (act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result, free_gems,
        item_copies)
     values (@user, 'send_presents', 'aoi', 'T', 'r', '', '{}', 'done', '{\"players\": 2}', 40, 4)",
];

const TAKEN_BACK: &str = "a lot is taken back exactly while the last of its revocations stands";
const BOOKED: &str = "every entry of a purchase is of a booking of its player, with as many gems";
const VOUCHED: &str = "what the game refused is booked by an act of an operator only, and such an act has its booking";
const ASKED: &str = "an exchange took as many points as the rules that it names ask for its item";
const CHANGED: &str =
    "what an operator took back or gave again of a purchase names the act, and such an act did it";
const DISMISSED: &str =
    "a pending purchase is dismissed by an act of an operator only, and such an act dismissed it";
const COUNTED: &str = "an act about a player counts for its person what it moved in the books";
const RECEIVED: &str =
    "what was received is a present that an operator sent to its player, in its period";
const PRESENT_COUNTED: &str =
    "a present counts for its person what it gives to all whom it was sent to";
const GAVE: &str = "a received present gave its gems and its items, once";
const ADJUSTED: &str =
    "an adjustment is an act of an operator about its player, and such an act is in the ledger";
const DELETED: &str = "paid gems are written off with the account exactly if the player is deleted";
const APPROVED: &str = "an act that was approved was asked for by another person";

/// A statement that breaks each rule, and the rule.
const DAMAGE: &[(&str, &str)] = &[
    (
        "update game_user.currencies set balance = balance + 1
         where user_id = @user and currency_type = 'free_gem'",
        "every balance is the sum of its ledger",
    ),
    (
        "update game_user.currencies set entry_count = 1
         where user_id = @user and currency_type = 'paid_gem'",
        "every balance counts the entries of its ledger, and every ledger has one",
    ),
    (
        "delete from game_user.currencies where user_id = @user and currency_type = 'free_gem'",
        "every balance counts the entries of its ledger, and every ledger has one",
    ),
    (
        "update game_user.currency_ledger set balance_after = balance_after + 1
         where user_id = @user and entry_id = 3",
        "the ledger counts without gaps, and each entry follows from the one before",
    ),
    (
        "update game_user.currency_ledger set entry_id = 6
         where user_id = @user and currency_type = 'free_gem' and entry_id = 4",
        "the ledger counts without gaps, and each entry follows from the one before",
    ),
    (
        "update game_user.currency_ledger set saga_id = @nobody
         where user_id = @user and entry_id = 2",
        "every entry that names a saga is of a saga of its player",
    ),
    (
        "update game_user.currency_ledger set reason = 'starting_gift'
         where user_id = @user and entry_id = 4",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.currency_ledger set saga_id = @done
         where user_id = @user and entry_id = 1",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.currency_ledger set delta = 301 where user_id = @user and entry_id = 4",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.currency_ledger set reason = 'draw_refund' where saga_id = @done",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.currency_ledger set currency_type = 'free_gem', entry_id = 9
         where user_id = @user and reason = 'debt_settled' and source_id = @act",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.currency_ledger set source_id = null
         where user_id = @user and reason = 'purchase' and entry_id = 7",
        "gems come and go for the reasons that there are, each with what it names",
    ),
    (
        "update game_user.paid_gem_lots set remaining = remaining + 1
         where user_id = @user and lot_number = 4",
        "the lots make up the balance of paid gems, and count without gaps",
    ),
    (
        "update game_user.paid_gem_lots set lot_number = 6 where user_id = @user and lot_number = 4",
        "the lots make up the balance of paid gems, and count without gaps",
    ),
    (
        "update game_user.paid_gem_lot_entries set delta = -31 where user_id = @user and entry_id = 5",
        "every entry of paid gems names the lots that make it up",
    ),
    (
        "delete from game_user.paid_gem_lot_entries where user_id = @user and entry_id = 9",
        "every entry of paid gems names the lots that make it up",
    ),
    (
        "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
         values (@user, 99, 4, 1)",
        "every entry of paid gems names the lots that make it up",
    ),
    (
        "update game_user.paid_gem_lot_entries set lot_number = 4
         where user_id = @user and entry_id = 9",
        "each lot is the sum of its entries, and brought what it granted",
    ),
    (
        "update game_user.paid_gem_lots set granted = 51 where user_id = @user and lot_number = 2",
        "each lot is the sum of its entries, and brought what it granted",
    ),
    (
        "update game_user.paid_gem_revocations set taken = 69
         where user_id = @user and lot_number = 1 and revocation_number = 1",
        "each lot is the sum of its entries, and brought what it granted",
    ),
    (
        "update game_user.paid_gem_lots set is_taken_back = false
         where user_id = @user and lot_number = 1",
        TAKEN_BACK,
    ),
    (
        "update game_user.paid_gem_lots set is_taken_back = false
         where user_id = @user and lot_number = 5",
        TAKEN_BACK,
    ),
    (
        "update game_user.paid_gem_lots set restores_lot_number = null
         where user_id = @user and lot_number = 5",
        TAKEN_BACK,
    ),
    (
        "update game_user.paid_gem_lots set revocation_count = 1
         where user_id = @user and lot_number = 1",
        TAKEN_BACK,
    ),
    (
        "delete from game_user.paid_gem_revocations
         where user_id = @user and lot_number = 1 and revocation_number = 1",
        TAKEN_BACK,
    ),
    (
        "update game_user.paid_gem_revocations set restored_at = null
         where user_id = @user and lot_number = 1 and revocation_number = 1",
        TAKEN_BACK,
    ),
    (
        "insert into game_user.paid_gem_revocations
           (user_id, lot_number, revocation_number, taken, owed, revoked_at, revoked_after,
            revoked_act) values (@user, 9, 1, 0, 0, now(), 0, 4)",
        TAKEN_BACK,
    ),
    (
        "update game_user.paid_gem_lot_entries set delta = delta + if(lot_number = 1, -1, 1)
         where user_id = @user and entry_id = 4",
        "a saga gave back to each lot what it took of it, or nothing",
    ),
    (
        "update game_user.paid_gem_lot_entries set delta = delta + if(lot_number = 1, 1, -1)
         where user_id = @user and entry_id = 3",
        "the oldest lots were spent first",
    ),
    (
        "update game_user.currencies set owed = 1
         where user_id = @user and currency_type = 'paid_gem'",
        "what is owed is the sum of its changes, which count without gaps",
    ),
    (
        "update game_user.currencies set owed = 1
         where user_id = @user and currency_type = 'free_gem'",
        "what is owed is the sum of its changes, which count without gaps",
    ),
    (
        "update game_user.paid_gem_debts set owed_after = 2 where user_id = @user and debt_id = 2",
        "what is owed is the sum of its changes, which count without gaps",
    ),
    (
        "update game_user.paid_gem_debts set debt_id = 8 where user_id = @user and debt_id = 7",
        "what is owed is the sum of its changes, which count without gaps",
    ),
    (
        "update game_user.paid_gem_revocations set owed = 31
         where user_id = @user and lot_number = 1 and revocation_number = 2",
        "every debt comes from a revoked lot, and goes by gems of a lot or a restored one",
    ),
    (
        "update game_user.paid_gem_debts set entry_id = 7 where user_id = @user and debt_id = 2",
        "every debt comes from a revoked lot, and goes by gems of a lot or a restored one",
    ),
    (
        "update game_user.paid_gem_revocations set restored_at = null
         where user_id = @user and lot_number = 3",
        "every debt comes from a revoked lot, and goes by gems of a lot or a restored one",
    ),
    (
        "update game_user.paid_gem_lots set granted = 31 where user_id = @user and lot_number = 5",
        "every debt comes from a revoked lot, and goes by gems of a lot or a restored one",
    ),
    (
        "update game_user.currencies c join game_user.paid_gem_lots l on l.user_id = c.user_id
         set c.owed = 1, l.remaining = 1
         where c.user_id = @user and c.currency_type = 'paid_gem' and l.lot_number = 1",
        "while anything is owed, nothing is left of revoked purchases",
    ),
    (
        "update game_user.paid_gem_revocations set owed = 0
         where user_id = @user and lot_number = 1 and revocation_number = 2",
        "what is owed is what was used of revoked purchases",
    ),
    (
        "update game_user.paid_gem_revocations set owed = 0
         where user_id = @user and lot_number = 1 and revocation_number = 2",
        "a revocation recorded all that its lot had left and all that was used of it",
    ),
    (
        "insert into game_purchase.booking_changes
           (purchase_id, number, change_kind, store_at, free_gems)
         values (@one, 1, 'revoked', now(), 5)",
        "what was taken and given again of bonuses is what stores changed",
    ),
    (
        "update game_purchase.bookings set paid_gems = 101 where purchase_id = @one",
        "a booked purchase brought its gems for its price, and follows its store",
    ),
    (
        "update game_purchase.bookings set price_micros = 1 where purchase_id = @one",
        "a booked purchase brought its gems for its price, and follows its store",
    ),
    (
        "update game_purchase.bookings set bonus_free_gems = 10 where purchase_id = @one",
        "a booked purchase brought its gems for its price, and follows its store",
    ),
    (
        "update game_purchase.purchases set status = 'booked' where purchase_id = @one",
        "a booked purchase brought its gems for its price, and follows its store",
    ),
    (
        "update game_purchase.purchases set change_count = 1 where purchase_id = @one",
        "a booked purchase brought its gems for its price, and follows its store",
    ),
    ("delete from game_purchase.bookings where purchase_id = @two", BOOKED),
    ("update game_purchase.bookings set user_id = @nobody where purchase_id = @two", BOOKED),
    ("update game_purchase.bookings set paid_gems = 49 where purchase_id = @two", BOOKED),
    (
        "update game_user.currency_ledger set reason = 'purchase_bonus', source_id = @two
         where user_id = @user and currency_type = 'free_gem' and entry_id = 5",
        BOOKED,
    ),
    (
        "update game_gacha.sagas set status = 'DRAW_COMPLETED' where saga_id = @done",
        "a saga is live exactly until its end",
    ),
    (
        "insert into game_gacha.live_sagas (user_id, draw_group, pool_id, saga_id)
         values (@user, 'a-group', 'a-pool', @done)",
        "a saga is live exactly until its end",
    ),
    (
        "insert into game_gacha.live_sagas (user_id, draw_group, pool_id, saga_id)
         values (@user, 'a-group', 'a-pool', @nobody)",
        "a saga is live exactly until its end",
    ),
    (
        "update game_gacha.sagas set draw_completed_at = null where saga_id = @done",
        "a saga's timeline has exactly the statuses on the way to where it is",
    ),
    (
        "update game_gacha.sagas set currency_refunded_at = null where saga_id = @failed",
        "a saga's timeline has exactly the statuses on the way to where it is",
    ),
    (
        "update game_gacha.sagas set status = 'COMPLETED' where saga_id = @failed",
        "a saga's timeline has exactly the statuses on the way to where it is",
    ),
    (
        "delete from game_user.currency_ledger where saga_id = @done",
        "a charged saga was charged exactly its cost, once from each kind of gems that it names",
    ),
    (
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
         values (@user, 'free_gem', 6, -300, 2420, 'again', @done)",
        "a charged saga was charged exactly its cost, once from each kind of gems that it names",
    ),
    (
        "update game_gacha.sagas set cost_amount = 299 where saga_id = @done",
        "a charged saga was charged exactly its cost, once from each kind of gems that it names",
    ),
    (
        "update game_gacha.sagas set status = 'STARTED' where saga_id = @done",
        "a saga that was only started has taken nothing",
    ),
    (
        "delete from game_user.currency_ledger where saga_id = @failed and reason = 'draw_refund'",
        "a failed saga's ledger is zero",
    ),
    (
        "update game_gacha.gacha_histories set item_master_id = 'better' where saga_id = @done",
        "a completed saga granted and recorded exactly its draws, as they were drawn",
    ),
    (
        "update game_gacha.sagas set results = json_set(results, '$[0].item_master_id', 'better')
         where saga_id = @done",
        "a completed saga granted and recorded exactly its draws, as they were drawn",
    ),
    (
        "update game_gacha.sagas set results = '[]' where saga_id = @done",
        "a completed saga granted and recorded exactly its draws, as they were drawn",
    ),
    (
        "update game_gacha.gacha_histories set is_new = false where saga_id = @done",
        "a completed saga granted and recorded exactly its draws, as they were drawn",
    ),
    (
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
         values (@done, 1, @user, 'drawn')",
        "a completed saga granted exactly as many items as were paid for",
    ),
    (
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
         values (@failed, 0, @user, 'void')",
        "what was granted comes from a completed saga, an exchange or a present of its player",
    ),
    (
        "insert into game_gacha.gacha_histories
           (user_id, saga_id, draw_index, pool_id, item_master_id, rarity, is_new, is_pickup)
         values (@user, @failed, 0, 'a-pool', 'void', 'SSR', true, true)",
        "the history has completed sagas of its player alone",
    ),
    (
        "update game_inventory.user_items set quantity = 2
         where user_id = @user and item_master_id = 'drawn'",
        "the inventory is what was granted",
    ),
    (
        "delete from game_inventory.user_items where user_id = @user",
        "the inventory is what was granted",
    ),
    (
        "update game_gacha.player_pity set pity_count = 89 where user_id = @user",
        "pity is where the last completed draw left it",
    ),
    (
        "update game_gacha.player_pity set is_pickup_due = true where user_id = @user",
        "pity is where the last completed draw left it",
    ),
    (
        "delete from game_gacha.player_pity where user_id = @user",
        "pity is where the last completed draw left it",
    ),
    (
        "update game_gacha.player_pools set draws_on_day = 0 where user_id = @user",
        "purchases are where the last completed draw left them",
    ),
    (
        "insert into game_gacha.player_pools
           (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step)
         values (@user, 'another-pool', 1, 7, 1, false, 0)",
        "purchases are where the last completed draw left them",
    ),
    (
        "update game_gacha.player_seeds set draw_count = 3 where user_id = @user",
        "the numbers of a player's draws have no gap",
    ),
    (
        "update game_gacha.sagas set draw_number = 3 where saga_id = @failed",
        "the numbers of a player's draws have no gap",
    ),
    (
        "update game_gacha.player_points set balance = 7 where user_id = @user",
        "points are the sum of their ledger",
    ),
    (
        "update game_gacha.player_points set entry_count = 3 where user_id = @user",
        "points count the entries of their ledger, and every ledger of points has some",
    ),
    (
        "update game_gacha.point_ledger set balance_after = 11 where user_id = @user and entry_id = 1",
        "the ledger of points counts without gaps, and each entry follows from the one before",
    ),
    (
        "update game_gacha.sagas set points = 11 where saga_id = @done",
        "a saga gave its points exactly if it is complete",
    ),
    (
        "update game_gacha.point_ledger set source_id = @failed where user_id = @user and entry_id = 1",
        "a saga gave its points exactly if it is complete",
    ),
    (
        "update game_gacha.point_ledger set source_id = @nobody where user_id = @user and entry_id = 1",
        "every entry of points is of a saga, or an exchange, of its player",
    ),
    (
        "update game_gacha.point_exchanges set points = 5 where exchange_id = @exchange",
        "an exchange took its points and gave its item, once",
    ),
    (
        "delete from game_inventory.item_grants where saga_id = @exchange",
        "an exchange took its points and gave its item, once",
    ),
    (
        "update game_gacha.gacha_pools set document = replace(document, ':4', ':400')
         where revision = unhex(repeat('e', 64))",
        ASKED,
    ),
    ("delete from game_gacha.gacha_pools where revision = unhex(repeat('e', 64))", ASKED),
    (
        "update game_gacha.point_exchanges set pool_id = 'another' where exchange_id = @exchange",
        ASKED,
    ),
    ("delete from game_inventory.player_presents where user_id = @user", RECEIVED),
    ("delete from game_inventory.presents where present_id = @present", RECEIVED),
    ("delete from game_ops.operator_log where act_id = @user", RECEIVED),
    (
        "update game_inventory.presents set ends_at = '2021-01-01' where present_id = @present",
        RECEIVED,
    ),
    (
        "update game_inventory.presents set starts_at = '2036-01-01' where present_id = @present",
        RECEIVED,
    ),
    ("update game_inventory.presents set free_gems = 21 where present_id = @present", GAVE),
    ("update game_inventory.presents set paid_gems = 1 where present_id = @present", GAVE),
    ("update game_inventory.presents set items = '[]' where present_id = @present", GAVE),
    ("delete from game_user.currency_ledger where source_id = @receipt", GAVE),
    ("delete from game_inventory.item_grants where saga_id = @receipt and draw_index = 1", GAVE),
    (
        "update game_inventory.item_grants set item_master_id = 'better' where saga_id = @receipt",
        GAVE,
    ),
    (
        "update game_user.currency_ledger set source_id = @nobody where source_id = @receipt",
        "every entry of a present is of a present that its player received",
    ),
    (
        "update game_inventory.received_presents set user_id = @nobody where user_id = @user",
        "every entry of a present is of a present that its player received",
    ),
    ("delete from game_ops.operator_log where act_id = @act", ADJUSTED),
    ("update game_ops.operator_log set outcome = 'requested' where act_id = @act", ADJUSTED),
    (
        "update game_ops.operator_log set ordered = json_set(ordered, '$.delta', 14)
         where act_id = @act",
        ADJUSTED,
    ),
    (
        "update game_user.currency_ledger set reason = 'present' where source_id = @act
           and reason = 'adjustment'",
        ADJUSTED,
    ),
    ("update game_ops.operator_log set principal = 'ben' where act_id = @asked", APPROVED),
    ("update game_ops.operator_log set principal = 'live/ben' where act_id = @asked", APPROVED),
    ("update game_ops.operator_log set outcome = 'done' where act_id = @asked", APPROVED),
    ("update game_ops.operator_log set approves = @nobody where act_id = @act", APPROVED),
    ("delete from game_ops.operator_log where act_id = @booked", VOUCHED),
    ("update game_ops.operator_log set outcome = 'requested' where act_id = @booked", VOUCHED),
    ("update game_ops.operator_log set user_id = @nobody where act_id = @booked", VOUCHED),
    ("update game_purchase.bookings set act_id = null where purchase_id = @two", VOUCHED),
    ("update game_purchase.bookings set act_id = @act where purchase_id = @two", VOUCHED),
    ("delete from game_purchase.bookings where purchase_id = @two", VOUCHED),
    (
        "update game_purchase.refusals set reason = 'wrong_environment' where purchase_id = @two",
        VOUCHED,
    ),
    (
        "insert into game_purchase.refusals (purchase_id, user_id, reason, order_id)
         values (@three, @user, 'not_on_sale', '')",
        VOUCHED,
    ),
    ("delete from game_ops.operator_log where act_id = @dismissed", DISMISSED),
    ("update game_ops.operator_log set outcome = 'requested' where act_id = @dismissed", DISMISSED),
    ("update game_ops.operator_log set user_id = @nobody where act_id = @dismissed", DISMISSED),
    (
        "update game_ops.operator_log
         set result = json_set(result, '$.purchase_id', bin_to_uuid(@three))
         where act_id = @dismissed",
        DISMISSED,
    ),
    ("delete from game_purchase.refusals where purchase_id = @four", DISMISSED),
    (
        "update game_purchase.refusals set reason = 'not_on_sale' where purchase_id = @four",
        DISMISSED,
    ),
    ("delete from game_ops.operator_log where act_id = @restored", CHANGED),
    ("update game_ops.operator_log set outcome = 'requested' where act_id = @restored", CHANGED),
    ("update game_ops.operator_log set user_id = @nobody where act_id = @restored", CHANGED),
    (
        "update game_ops.operator_log set result = json_set(result, '$.effect', 'taken_back')
         where act_id = @restored",
        CHANGED,
    ),
    ("update game_purchase.booking_changes set act_id = null where act_id = @restored", CHANGED),
    (
        "update game_purchase.booking_changes set act_id = @act where number = 1 and purchase_id = @three",
        CHANGED,
    ),
    (
        "update game_purchase.booking_changes set act_id = @restored where purchase_id = @three",
        CHANGED,
    ),
    ("update game_ops.operator_log set paid_gems = 0 where act_id = @act", COUNTED),
    ("update game_ops.operator_log set free_gems = 1 where act_id = @act", COUNTED),
    ("update game_ops.operator_log set paid_gems = 49 where act_id = @booked", COUNTED),
    ("update game_ops.operator_log set paid_gems = 28 where act_id = @restored", COUNTED),
    ("update game_ops.operator_log set item_copies = 1 where act_id = @booked", COUNTED),
    ("update game_ops.operator_log set paid_gems = 15 where act_id = @asked", COUNTED),
    ("update game_ops.operator_log set free_gems = 20 where act_id = @user", PRESENT_COUNTED),
    ("update game_ops.operator_log set paid_gems = 1 where act_id = @user", PRESENT_COUNTED),
    ("update game_ops.operator_log set item_copies = 2 where act_id = @user", PRESENT_COUNTED),
    ("update game_ops.operator_log set result = '{}' where act_id = @user", PRESENT_COUNTED),
    (
        "update game_ops.operator_log set outcome = 'requested' where act_id = @user",
        PRESENT_COUNTED,
    ),
    ("delete from game_inventory.presents where act_id = @user", PRESENT_COUNTED),
    ("update game_inventory.presents set paid_gems = 1 where act_id = @user", PRESENT_COUNTED),
    // To two players, that is more than a number of 64 bits.
    (
        "update game_inventory.presents set free_gems = 10000000000000000000 where act_id = @user",
        PRESENT_COUNTED,
    ),
    (
        "update game_inventory.presents set audience = 'everyone' where act_id = @user",
        PRESENT_COUNTED,
    ),
    (
        "update game_inventory.presents
         set items = json_array_append(items, '$', json_object('quantity', 1))
         where act_id = @user",
        PRESENT_COUNTED,
    ),
    ("update game_user.users set deleted_at = now() where user_id = @user", DELETED),
    (
        "update game_user.currency_ledger set reason = 'account_deleted'
         where user_id = @user and reason = 'paid_gem_expired'",
        DELETED,
    ),
    (
        "delete from game_user.users where user_id = @user",
        "every player of whom there are books exists",
    ),
];

/// Begins a transaction with the books of a new player.
async fn begin(conn: &mut MySqlConnection) -> Uuid {
    let user_id = Uuid::new_v4();
    sqlx::raw_sql("begin").execute(&mut *conn).await.unwrap();
    for (name, id) in [
        ("user", user_id),
        ("done", Uuid::new_v4()),
        ("failed", Uuid::new_v4()),
        ("exchange", Uuid::new_v4()),
        ("present", Uuid::new_v4()),
        ("receipt", Uuid::new_v4()),
        ("asked", Uuid::new_v4()),
        ("nobody", Uuid::new_v4()),
        ("one", Uuid::new_v4()),
        ("two", Uuid::new_v4()),
        ("three", Uuid::new_v4()),
        ("four", Uuid::new_v4()),
        ("back", Uuid::new_v4()),
        ("again", Uuid::new_v4()),
        ("booked", Uuid::new_v4()),
        ("restored", Uuid::new_v4()),
        ("dismissed", Uuid::new_v4()),
        ("act", Uuid::new_v4()),
    ] {
        let set = format!("set @{name} = cast(x'{}' as binary(16))", id.simple());
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut *conn).await.unwrap();
    }
    for &statement in BOOKS {
        let done = sqlx::raw_sql(statement).execute(&mut *conn).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    user_id
}

async fn violations(conn: &mut MySqlConnection, user_id: Uuid) -> Vec<Violation> {
    check_all(conn, Players::one(user_id)).await.unwrap().0
}

#[tokio::test]
async fn books_that_balance_break_no_rule() {
    let mut conn = database::connect().await;
    let user_id = begin(&mut conn).await;
    assert_eq!(violations(&mut conn, user_id).await, []);
    conn.close().await.unwrap();
}

#[tokio::test]
async fn each_rule_names_what_breaks_it() {
    let mut conn = database::connect().await;
    for &(damage, sentence) in DAMAGE {
        let rule = RULES.iter().find(|rule| rule.sentence == sentence).unwrap();
        let user_id = begin(&mut conn).await;
        let done = sqlx::raw_sql(damage).execute(&mut conn).await;
        let done = done.unwrap_or_else(|error| panic!("{damage}: {error}"));
        assert!(done.rows_affected() > 0, "no damage was done: {damage}");
        let found = check(&mut conn, rule, Players::one(user_id)).await.unwrap();
        let named = found.first();
        let named = named.unwrap_or_else(|| panic!("{sentence}: holds in spite of {damage}"));
        assert_eq!((named.rule, named.user_id), (sentence, user_id));
        assert!(!named.shown.is_empty(), "{sentence}");
        sqlx::raw_sql("rollback").execute(&mut conn).await.unwrap();
    }
}

#[tokio::test]
async fn every_rule_is_broken_by_some_damage() {
    let broken: BTreeSet<&str> = DAMAGE.iter().map(|(_, rule)| *rule).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.sentence).collect();
    assert_eq!(broken, rules);
}

#[tokio::test]
async fn books_balance_between_draw_and_grant() {
    let mut conn = database::connect().await;
    let user_id = begin(&mut conn).await;
    for statement in [
        "insert into game_gacha.live_sagas (user_id, draw_group, pool_id, saga_id)
         values (@user, 'a-group', 'a-pool', @nobody)",
        "insert into game_gacha.sagas
           (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, draw_count, status,
            cost_currency_type, cost_amount, reserve_before, charged_free_gems, draw_number,
            state_before, currency_reserved_at, draw_completed_at)
         values (@nobody, @user, '', 'a-pool', '', 'a-group', 1, 'DRAW_COMPLETED', 'free_gem', 300,
                 now(), 300, 3, '{}', now(), now())",
        "update game_user.currencies set balance = 2420, entry_count = 6
         where user_id = @user and currency_type = 'free_gem'",
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
         values (@user, 'free_gem', 6, -300, 2420, 'draw_cost', @nobody)",
        "update game_gacha.player_seeds set draw_count = 3 where user_id = @user",
    ] {
        sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
    }
    assert_eq!(violations(&mut conn, user_id).await, []);
    // The draw has not changed anything yet that a player could see.
    let moved = "update game_gacha.player_pity set pity_count = 2 where user_id = @user";
    sqlx::raw_sql(moved).execute(&mut conn).await.unwrap();
    assert_ne!(violations(&mut conn, user_id).await, []);
    conn.close().await.unwrap();
}

/// How many players there were in the snapshot that an audit reads. In the first
/// seconds after the migration, that snapshot has no tables yet.
async fn old_player_count() -> i64 {
    until("a snapshot with all tables", async || {
        check_slice(&mut database::connect().await, Players::one(Uuid::nil())).await.ok()
    })
    .await;
    let players = "select count(*) from game_user.users
                   as of timestamp current_timestamp(6) - interval 5 second";
    let count: (i64,) =
        sqlx::query_as(players).fetch_one(&mut database::connect().await).await.unwrap();
    count.0
}

#[tokio::test]
async fn all_players_are_audited_slice_by_slice() {
    let mut conn = database::connect().await;
    let before = old_player_count().await;
    let (mut next, mut count) = (Some(Uuid::nil()), 0);
    while let Some(first) = next {
        let slice = Slice::from(&mut conn, first, 100).await.unwrap();
        // Other tests break rules on purpose, so what it finds is theirs.
        let times = check_slice(&mut conn, slice.players).await.unwrap().times;
        assert_eq!(times.len(), RULES.len());
        (next, count) = (slice.next, count + i64::from(slice.count));
    }
    let (after,): (i64,) =
        sqlx::query_as("select count(*) from game_user.users").fetch_one(&mut conn).await.unwrap();
    assert!((before..=after).contains(&count), "{count} players of {before} to {after}");
}

#[tokio::test]
async fn a_new_player_with_a_larger_gift_is_found_though_the_books_balance() {
    let player = Player::new().await;
    let players = Players::one(player.user_id);
    let largest = Gifts { free_gems: 3000, paid_gems: 0 };
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    assert_eq!(check_gifts(&mut tx, largest, players).await.unwrap(), []);
    // As the user of create-guest-session could have made the player.
    for larger in [
        "update game_user.currency_ledger set delta = 3001, balance_after = 3001
         where user_id = ? and currency_type = 'free_gem'",
        "update game_user.currencies set balance = 3001
         where user_id = ? and currency_type = 'free_gem'",
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason)
         values (?, 'paid_gem', 1, 1, 1, 'starting_gift')",
        "update game_user.currencies set balance = 1, entry_count = 1
         where user_id = ? and currency_type = 'paid_gem'",
        "insert into game_user.paid_gem_lots
           (user_id, lot_number, source_id, origin, granted, remaining)
         select user_id, 1, user_id, 'starting_gift', 1, 1
         from game_user.users where user_id = ?",
        "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
         values (?, 1, 1, 1)",
    ] {
        assert_eq!(database::execute(&mut tx, larger, player.user_id).await.unwrap(), 1);
    }
    assert_eq!(violations(&mut tx, player.user_id).await, []);
    let found = check_gifts(&mut tx, largest, players).await.unwrap();
    let shown: BTreeSet<&str> = found.iter().map(|it| it.shown.as_str()).collect();
    let expected = ["free_gem: the gift was 3001", "paid_gem: the gift was 1"];
    assert_eq!(shown, BTreeSet::from(expected));
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_known_as_such() {
    let mut conn = database::connect().await;
    sqlx::raw_sql("set max_execution_time = 20").execute(&mut conn).await.unwrap();
    let slow = "select count(*) from information_schema.columns a, information_schema.columns b,
                information_schema.columns c where a.column_name < b.column_name";
    let error = sqlx::raw_sql(slow).execute(&mut conn).await.unwrap_err();
    assert!(is_too_slow(&error), "{error}");
    let broken = sqlx::raw_sql("select nothing").execute(&mut conn).await.unwrap_err();
    assert!(!is_too_slow(&broken), "{broken}");
}

#[tokio::test]
async fn the_audit_runs_by_itself_and_what_a_pass_found_is_seen_after_it() {
    old_player_count().await;
    let report = lambda::invoke("audit-books", &json!({})).await;
    assert_eq!(report["is_complete"], true, "{report}");
    for counted in ["players", "violations", "redrawn", "wrong_draws", "skipped"] {
        assert!(report[counted].is_u64(), "{counted}: {report}");
    }
    // The pass is over, so the next one has found nothing yet; the console needs the last one.
    // The schedule audits too, so it may be a later pass than this one.
    let shown = AOI.send("show-game", None, &json!({})).await.data();
    let last = &shown["audit"]["last"];
    assert!(last["checked_players"].as_u64() > Some(0), "{shown}");
    for counted in ["violations", "redrawn_draws"] {
        assert!(last[counted].is_u64(), "{counted}: {shown}");
    }
}

/// The seed of the period that a saga was drawn in, once it is revealed.
const REVEALED: &str = "select count(*) from game_gacha.sagas s
    join game_gacha.seed_periods p on p.period_id = s.seed_period_id
    where s.saga_id = ? and p.revealed_seed is not null";

#[tokio::test]
async fn draws_of_closed_periods_are_repeated_and_void_ones_are_counted_by_rarity() {
    let player = Player::new().await;
    let players = Players::one(player.user_id);
    let void = database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-standard", 1).await;
    for name in ["reserve", "draw", "refund"] {
        step(name, void).await.unwrap();
    }
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let done: Uuid = drawn["saga_id"].as_str().unwrap().parse().unwrap();
    let mut conn = database::connect().await;
    tokio::time::timeout(Duration::from_secs(60), async {
        while database::count(REVEALED, done).await == 0 {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    })
    .await
    .expect("the seed is revealed");

    let mut tx = conn.begin().await.unwrap();
    let draws = check_draws(&mut tx, players).await.unwrap();
    assert!(draws.redrawn >= 1 && draws.wrong.is_empty(), "{draws:?}");
    let rarity = database::saga(void).await.draw.unwrap().results[0].rarity;
    assert_eq!(draws.void_items, BTreeMap::from([(rarity.to_string(), 1)]), "{draws:?}");
    // Whatever is changed in a draw, or in what it was drawn by. Both draws, because one
    // of each period is chosen.
    for change in [
        "update game_gacha.sagas set results = json_set(results, '$[0].item_master_id', 'other')
         where user_id = ?",
        "update game_gacha.sagas set state_after = json_set(state_after, '$.pity_count', 89)
         where user_id = ?",
        "update game_gacha.sagas set draw_number = draw_number + 7 where user_id = ?",
        "update game_gacha.sagas set client_seed = 'another' where user_id = ?",
        "update game_gacha.sagas set cost_amount = 1 where user_id = ?",
    ] {
        let mut tx = tx.begin().await.unwrap();
        assert_eq!(database::execute(&mut tx, change, player.user_id).await.unwrap(), 2);
        let draws = check_draws(&mut tx, players).await.unwrap();
        let [wrong, ..] = draws.wrong.as_slice() else { panic!("{change}: {draws:?}") };
        assert_eq!(wrong.user_id, player.user_id, "{change}");
        tx.rollback().await.unwrap();
    }
    tx.rollback().await.unwrap();
}
