//! What each database user may do, and what it may not.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{Connection, MySqlConnection};
use tenjo_store::roles::{ROLES, Users, set_role};
use tenjo_tests::grants::files;
use tenjo_tests::variable;

/// Statements that a role must not run. Every other test shows what it needs.
const FORBIDDEN: [(&str, &[&str]); 46] = [
    (
        "USER",
        &[
            "select 1 from game_gacha.sagas",
            "select 1 from game_inventory.user_items",
            "select 1 from game_user.devices",
            "select 1 from game_user.transfer_codes",
            "select 1 from game_user.refresh_tokens",
            "update game_user.users set display_name = '' where false",
            "update game_user.currencies set balance = 0 where false",
            "insert into game_user.currencies select * from game_user.currencies",
            "insert into game_user.currency_ledger select * from game_user.currency_ledger",
        ],
    ),
    (
        "PROFILE",
        &[
            "select 1 from game_user.currencies",
            "select 1 from game_user.devices",
            "insert into game_user.users select * from game_user.users",
            "delete from game_user.users where false",
        ],
    ),
    (
        "GUEST",
        &[
            "select 1 from game_gacha.sagas",
            "update game_user.users set suspended_at = null where false",
            "delete from game_user.devices where false",
            "select 1 from game_user.transfer_codes",
            "insert into game_user.deletions (user_id, due_at) select user_id, due_at from game_user.deletions",
            "update game_user.currencies set balance = 0 where false",
            "select 1 from game_user.currency_ledger",
            "update game_user.currency_ledger set delta = 0 where false",
            "delete from game_user.currency_ledger where false",
            "select 1 from game_user.paid_gem_lots",
            "update game_user.paid_gem_lots set remaining = 0 where false",
            "insert into game_user.paid_gem_debts select * from game_user.paid_gem_debts",
            "drop table game_user.users",
            "delete from game_user.used_challenges where false",
        ],
    ),
    (
        "SESSION",
        &[
            "select 1 from game_user.currencies",
            "insert into game_user.devices select * from game_user.devices",
            "delete from game_user.devices where false",
            "insert into game_user.transfer_codes select * from game_user.transfer_codes",
            "delete from game_user.transfer_codes where false",
            "update game_user.users set suspended_at = null where false",
            "delete from game_user.refresh_tokens where false",
        ],
    ),
    (
        "ACCESS",
        &[
            "update game_user.refresh_tokens set used_at = null where false",
            "insert into game_user.refresh_tokens select * from game_user.refresh_tokens",
            "insert into game_user.refresh_token_families select * from game_user.refresh_token_families",
            "insert into game_user.devices select * from game_user.devices",
            "delete from game_user.devices where false",
            "delete from game_user.transfer_codes where false",
            "delete from game_user.links where false",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_user.currencies",
        ],
    ),
    (
        "CODE",
        &[
            "select 1 from game_user.devices",
            "update game_user.refresh_tokens set used_at = null where false",
            "insert into game_user.refresh_tokens select * from game_user.refresh_tokens",
            "update game_user.refresh_token_families set ended_at = null where false",
            "delete from game_user.transfer_codes where false",
            "update game_user.users set suspended_at = null where false",
        ],
    ),
    (
        "TRANSFER",
        &[
            "insert into game_user.transfer_codes select * from game_user.transfer_codes",
            "delete from game_user.transfer_codes where false",
            "delete from game_user.used_challenges where false",
            "delete from game_user.devices where false",
            "select 1 from game_user.refresh_tokens",
            "insert into game_user.users select * from game_user.users",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_user.currencies",
        ],
    ),
    (
        "SIGN_IN",
        &[
            "insert into game_user.links select * from game_user.links",
            "delete from game_user.links where false",
            "delete from game_user.used_identity_tokens where false",
            "update game_user.users set is_guest = true where false",
            "insert into game_user.users select * from game_user.users",
            "select 1 from game_user.devices",
            "select 1 from game_user.refresh_tokens",
        ],
    ),
    (
        "LINK",
        &[
            "delete from game_user.links where false",
            "update game_user.links set user_id = '' where false",
            "delete from game_user.used_identity_tokens where false",
            "update game_user.refresh_tokens set used_at = null where false",
            "insert into game_user.refresh_tokens select * from game_user.refresh_tokens",
            "insert into game_user.refresh_token_families select * from game_user.refresh_token_families",
            "select 1 from game_user.devices",
            "select 1 from game_user.currencies",
        ],
    ),
    (
        "UNLINK",
        &[
            "insert into game_user.links select * from game_user.links",
            "update game_user.links set user_id = '' where false",
            "delete from game_user.devices where false",
            "insert into game_user.transfer_codes select * from game_user.transfer_codes",
            "delete from game_user.transfer_codes where false",
            "select 1 from game_user.currencies",
        ],
    ),
    (
        "LEAVE",
        &[
            "delete from game_user.visits where false",
            "update game_user.users set display_name = '' where false",
            "delete from game_user.deletions where false",
            "update game_user.deletions set due_at = due_at where false",
            "insert into game_user.devices select * from game_user.devices",
            "delete from game_user.devices where false",
            "select 1 from game_user.transfer_codes",
            "update game_user.currencies set balance = 0 where false",
        ],
    ),
    (
        "EXPORT",
        &[
            "update game_user.users set display_name = '' where false",
            "insert into game_user.deletions (user_id, due_at) select user_id, due_at from game_user.deletions",
            "delete from game_user.devices where false",
            "select 1 from game_user.refresh_tokens",
            "select 1 from game_gacha.server_seeds",
            "select 1 from game_gacha.live_sagas",
        ],
    ),
    (
        "GACHA",
        &[
            "select 1 from game_user.users",
            "update game_gacha.player_pity set pity_count = 89 where false",
            "update game_gacha.sagas set status = 'COMPLETED' where false",
            "insert into game_gacha.sagas select * from game_gacha.sagas",
            "select 1 from game_gacha.live_sagas",
            "select 1 from game_gacha.player_minutes",
            "select 1 from game_gacha.gacha_items",
            "select 1 from game_gacha.server_seeds",
            "update game_gacha.seed_periods set revealed_seed = null where false",
            "update game_gacha.tree_nodes set hash = '' where false",
            "update game_gacha.player_seeds set draw_count = 0 where false",
        ],
    ),
    (
        "OPEN",
        &[
            "select 1 from game_user.users",
            "update game_gacha.sagas set status = 'COMPLETED' where false",
            "delete from game_gacha.sagas where false",
            "delete from game_gacha.live_sagas where false",
            "update game_gacha.player_pity set pity_count = 89 where false",
            "update game_gacha.player_pools set step = 0 where false",
            "insert into game_gacha.gacha_pools select * from game_gacha.gacha_pools",
            "select 1 from game_gacha.server_seeds",
            "update game_gacha.player_seeds set draw_count = 0 where false",
            "update game_gacha.seed_periods set revealed_seed = null where false",
        ],
    ),
    (
        "OWN_SEED",
        &[
            "select 1 from game_gacha.sagas",
            "select 1 from game_gacha.seed_periods",
            "select 1 from game_gacha.server_seeds",
            "delete from game_gacha.player_seeds where false",
        ],
    ),
    (
        "INVENTORY",
        &[
            "select 1 from game_inventory.item_grants",
            "update game_inventory.user_items set quantity = 0 where false",
            "select 1 from game_user.users",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "SHOP",
        &[
            "select 1 from game_user.users",
            "select 1 from game_user.currencies",
            "select 1 from game_purchase.pending_purchases",
            "select 1 from game_purchase.store_notifications",
            "update game_purchase.purchases set status = 'booked' where false",
            "insert into game_purchase.player_births select * from game_purchase.player_births",
        ],
    ),
    (
        "BIRTH",
        &[
            "update game_purchase.player_births set birth_year = 1990 where false",
            "delete from game_purchase.player_births where false",
            "select 1 from game_purchase.bookings",
            "select 1 from game_user.currencies",
        ],
    ),
    (
        "PURCHASE",
        &[
            "update game_purchase.bookings set user_id = '' where false",
            "delete from game_purchase.bookings where false",
            "delete from game_purchase.purchases where false",
            "select 1 from game_purchase.booking_changes",
            "select 1 from game_purchase.player_births",
            "insert into game_purchase.shop_periods select * from game_purchase.shop_periods",
            "insert into game_purchase.shop_revisions select * from game_purchase.shop_revisions",
            "update game_purchase.live_shop set revision = '' where false",
            "update game_user.currency_ledger set delta = 0 where false",
            "delete from game_user.paid_gem_lots where false",
            "update game_user.users set account_token = '' where false",
            "select 1 from game_gacha.sagas",
        ],
    ),
    (
        "NOTICE",
        &[
            "delete from game_user.paid_gem_revocations where false",
            "insert into game_purchase.bookings select * from game_purchase.bookings",
            "select 1 from game_purchase.pending_purchases",
            "delete from game_purchase.pending_purchases where false",
            "update game_purchase.store_notifications set effect = '' where false",
            "delete from game_purchase.store_notifications where false",
            "update game_purchase.booking_changes set number = 1 where false",
            "select 1 from game_purchase.shop_revisions",
            "select 1 from game_user.users",
            "update game_user.currency_ledger set delta = 0 where false",
            "select 1 from game_gacha.sagas",
        ],
    ),
    (
        "RECONCILE",
        &[
            "update game_purchase.bookings set user_id = '' where false",
            "update game_purchase.store_notifications set effect = '' where false",
            "delete from game_purchase.purchases where false",
            "insert into game_purchase.shop_revisions select * from game_purchase.shop_revisions",
            "update game_user.currency_ledger set delta = 0 where false",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_user.devices",
            "select 1 from game_gacha.sagas",
        ],
    ),
    (
        "RESERVE",
        &[
            "select 1 from game_inventory.user_items",
            "update game_user.currency_ledger set delta = 0 where false",
            "insert into game_user.paid_gem_lots (user_id) values ('')",
            "delete from game_user.paid_gem_lots where false",
            "update game_user.paid_gem_lot_entries set delta = 0 where false",
            "insert into game_user.paid_gem_debts select * from game_user.paid_gem_debts",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_gacha.player_pity",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "DRAW",
        &[
            "select 1 from game_user.currencies",
            "insert into game_user.currency_ledger select * from game_user.currency_ledger",
            "insert into game_gacha.sagas select * from game_gacha.sagas",
            "update game_gacha.gacha_items set weight = 1 where false",
            "select 1 from game_gacha.player_pity",
            "update game_gacha.player_pools set step = 0 where false",
            "insert into game_inventory.user_items select * from game_inventory.user_items",
            "update game_gacha.server_seeds set ciphertext = '' where false",
            "insert into game_gacha.server_seeds values ('', '')",
            "update game_gacha.seed_periods set commitment = '' where false",
        ],
    ),
    (
        "GRANT",
        &[
            "select 1 from game_user.currencies",
            "delete from game_inventory.item_grants where false",
            "update game_gacha.gacha_histories set rarity = 'SSR' where false",
            "delete from game_gacha.player_pity where false",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "REFUND",
        &[
            "select 1 from game_inventory.user_items",
            "delete from game_user.currency_ledger where false",
            "insert into game_user.paid_gem_lots (user_id) values ('')",
            "delete from game_user.paid_gem_lots where false",
            "update game_user.paid_gem_lot_entries set delta = 0 where false",
            "update game_user.paid_gem_debts set delta = 0 where false",
            "update game_gacha.player_pity set pity_count = 0 where false",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "EXCHANGE",
        &[
            "select 1 from game_user.currencies",
            "insert into game_gacha.player_points select * from game_gacha.player_points",
            "update game_gacha.point_ledger set delta = 0 where false",
            "delete from game_inventory.item_grants where false",
            "select 1 from game_gacha.server_seeds",
            "delete from game_gacha.player_minutes where false",
            "update game_user.refresh_token_families set ended_at = null where false",
        ],
    ),
    (
        "PUBLISH",
        &[
            "update game_gacha.gacha_pools set document = '' where false",
            "delete from game_gacha.gacha_pools where false",
            "update game_gacha.gacha_items set weight = 1 where false",
            "delete from game_inventory.item_masters where false",
            "update game_purchase.shop_periods set revision = '' where false",
            "delete from game_purchase.shop_periods where false",
            "select 1 from game_gacha.sagas",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "SEEDS",
        &[
            "update game_gacha.server_seeds set ciphertext = '' where false",
            "delete from game_gacha.server_seeds where false",
            "delete from game_gacha.seed_periods where false",
            "select 1 from game_gacha.player_seeds",
            "update game_gacha.sagas set results = null where false",
            "update game_gacha.tree_nodes set hash = '' where false",
            "delete from game_gacha.tree_nodes where false",
        ],
    ),
    (
        "RECOVER",
        &[
            "update game_gacha.sagas set status = 'FAILED' where false",
            "delete from game_gacha.live_sagas where false",
            "insert into game_gacha.live_sagas (user_id) values ('')",
            "select 1 from game_gacha.gacha_histories",
            "select 1 from game_user.currencies",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "EXPIRE",
        &[
            "select 1 from game_user.currency_ledger",
            "update game_user.currency_ledger set delta = 0 where false",
            "insert into game_user.paid_gem_lots (user_id) values ('')",
            "update game_user.paid_gem_lot_entries set delta = 0 where false",
            "insert into game_user.paid_gem_debts select * from game_user.paid_gem_debts",
            "select 1 from game_user.users",
            "select 1 from game_gacha.sagas",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "DELETE",
        &[
            "delete from game_user.users where false",
            "delete from game_user.currency_ledger where false",
            "update game_user.currency_ledger set delta = 0 where false",
            "insert into game_user.paid_gem_lots (user_id) values ('')",
            "update game_purchase.bookings set user_id = '' where false",
            "delete from game_purchase.bookings where false",
            "select 1 from game_gacha.sagas",
            "delete from game_gacha.live_sagas where false",
            "insert into game_user.devices select * from game_user.devices",
        ],
    ),
    (
        "AUDIT",
        &[
            "update game_user.paid_gem_lots set remaining = 0 where false",
            "update game_user.paid_gem_revocations set restored_at = null where false",
            "update game_user.paid_gem_debts set delta = 0 where false",
            "update game_user.currencies set balance = 0 where false",
            "update game_gacha.sagas set status = 'FAILED' where false",
            "delete from game_gacha.audit_progress where false",
            "select 1 from game_user.devices",
            "select 1 from game_user.refresh_tokens",
            "select 1 from game_gacha.server_seeds",
        ],
    ),
    (
        "STATUS",
        &[
            "update game_ops.service_status set maintenance_starts_at = null where false",
            "select 1 from game_ops.operator_log",
            "select 1 from game_user.users",
        ],
    ),
    (
        "HOME",
        &[
            "update game_user.users set display_name = 'a' where false",
            "update game_user.currencies set balance = 0 where false",
            "insert into game_inventory.received_presents select * from game_inventory.received_presents",
            "update game_gacha.player_pity set pity_count = 89 where false",
            "update game_gacha.live_pools set revision = '' where false",
            "select 1 from game_user.devices",
            "select 1 from game_user.refresh_tokens",
            "select 1 from game_user.refresh_token_families",
            "select 1 from game_user.currency_ledger",
            "select 1 from game_gacha.sagas",
            "select 1 from game_gacha.gacha_histories",
            "select 1 from game_gacha.server_seeds",
            "select 1 from game_inventory.user_items",
            "select 1 from game_purchase.purchases",
            "select 1 from game_ops.operator_log",
        ],
    ),
    (
        "PRESENTS",
        &[
            "insert into game_inventory.presents select * from game_inventory.presents",
            "insert into game_inventory.player_presents select * from game_inventory.player_presents",
            "update game_inventory.received_presents set received_at = received_at where false",
            "delete from game_inventory.received_presents where false",
            "delete from game_inventory.item_grants where false",
            "update game_user.currency_ledger set delta = 0 where false",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_ops.operator_log",
            "update game_ops.service_status set maintenance_starts_at = null where false",
        ],
    ),
    (
        "OPS_SHOW",
        &[
            "update game_user.users set suspended_at = null where false",
            "update game_user.currencies set balance = 0 where false",
            "select 1 from game_user.devices",
            "select 1 from game_user.refresh_tokens",
            "select 1 from game_gacha.server_seeds",
            "select 1 from game_purchase.player_births",
            "update game_purchase.purchases set status = 'booked' where false",
            "update game_purchase.booking_changes set act_id = null where false",
            "delete from game_purchase.pending_purchases where false",
            "update game_inventory.presents set free_gems = 0 where false",
            "insert into game_ops.operator_log (act_id) select act_id from game_ops.operator_log",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_GAME",
        &[
            "update game_ops.service_status set maintenance_starts_at = null where false",
            "delete from game_gacha.live_sagas where false",
            "update game_gacha.live_sagas set attempt_count = 0 where false",
            "update game_gacha.sagas set status = 'FAILED' where false",
            "select 1 from game_gacha.server_seeds",
            "select 1 from game_gacha.gacha_histories",
            "select 1 from game_user.users",
            "select 1 from game_user.currencies",
            "update game_inventory.item_masters set name = '' where false",
            "update game_purchase.live_shop set revision = '' where false",
            "select 1 from game_purchase.bookings",
            "insert into game_ops.operator_log (act_id) select act_id from game_ops.operator_log",
        ],
    ),
    (
        "OPS_GEMS",
        &[
            "insert into game_purchase.bookings select * from game_purchase.bookings",
            "select 1 from game_purchase.purchases",
            "select 1 from game_user.paid_gem_revocations",
            "insert into game_inventory.item_grants select * from game_inventory.item_grants",
            "update game_user.paid_gem_debts set delta = 0 where false",
            "delete from game_user.paid_gem_lots where false",
            "update game_user.currency_ledger set delta = 0 where false",
            "update game_user.users set suspended_at = null where false",
            "insert into game_user.currencies select * from game_user.currencies",
            "insert into game_inventory.presents select * from game_inventory.presents",
            "select 1 from game_gacha.sagas",
            "delete from game_ops.operators where false",
            "select 1 from game_ops.operators",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_BOOK",
        &[
            "update game_purchase.bookings set act_id = null where false",
            "delete from game_purchase.bookings where false",
            "delete from game_purchase.purchases where false",
            "delete from game_purchase.refusals where false",
            "insert into game_purchase.refusals select * from game_purchase.refusals",
            "select 1 from game_purchase.booking_changes",
            "select 1 from game_purchase.player_births",
            "update game_purchase.live_shop set revision = '' where false",
            "insert into game_purchase.shop_periods select * from game_purchase.shop_periods",
            "insert into game_purchase.shop_revisions select * from game_purchase.shop_revisions",
            "select 1 from game_user.paid_gem_revocations",
            "update game_user.currency_ledger set delta = 0 where false",
            "update game_user.users set account_token = '' where false",
            "select 1 from game_user.devices",
            "select 1 from game_gacha.sagas",
            "delete from game_ops.operators where false",
            "select 1 from game_ops.operators",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_VOID",
        &[
            "insert into game_purchase.bookings select * from game_purchase.bookings",
            "update game_purchase.bookings set user_id = '' where false",
            "update game_purchase.booking_changes set free_gems = 0 where false",
            "update game_purchase.refusals set user_id = null where false",
            "delete from game_purchase.refusals where false",
            "delete from game_purchase.purchases where false",
            "insert into game_purchase.pending_purchases (purchase_id) select purchase_id from game_purchase.pending_purchases",
            "update game_purchase.pending_purchases set user_id = null where false",
            "insert into game_purchase.store_notifications select * from game_purchase.store_notifications",
            "delete from game_user.paid_gem_revocations where false",
            "delete from game_user.paid_gem_lots where false",
            "update game_user.currency_ledger set delta = 0 where false",
            "update game_user.users set suspended_at = null where false",
            "select 1 from game_gacha.sagas",
            "delete from game_ops.operators where false",
            "select 1 from game_ops.operators",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_MAIL",
        &[
            "update game_user.currencies set balance = 0 where false",
            "select 1 from game_inventory.received_presents",
            "insert into game_inventory.received_presents select * from game_inventory.received_presents",
            "update game_inventory.presents set free_gems = 0 where false",
            "delete from game_inventory.presents where false",
            "delete from game_inventory.player_presents where false",
            "insert into game_inventory.item_grants select * from game_inventory.item_grants",
            "insert into game_user.currency_ledger select * from game_user.currency_ledger",
            "update game_inventory.item_masters set name = '' where false",
            "delete from game_ops.operators where false",
            "select 1 from game_ops.operators",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_BAN",
        &[
            "delete from game_user.users where false",
            "insert into game_user.users select * from game_user.users",
            "select 1 from game_user.currencies",
            "update game_user.refresh_token_families set ended_at = null where false",
            "insert into game_inventory.presents select * from game_inventory.presents",
            "select 1 from game_gacha.sagas",
            "update game_ops.operators set last_act_at = last_act_at where false",
            "update game_ops.operator_log set principal = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_LOGOUT",
        &[
            "update game_user.users set suspended_at = null where false",
            "insert into game_user.refresh_token_families select * from game_user.refresh_token_families",
            "select 1 from game_user.refresh_tokens",
            "select 1 from game_user.currencies",
            "delete from game_user.refresh_token_families where false",
            "update game_user.refresh_tokens set used_at = null where false",
            "insert into game_user.devices select * from game_user.devices",
            "delete from game_user.devices where false",
            "insert into game_user.transfer_codes select * from game_user.transfer_codes",
            "delete from game_user.transfer_codes where false",
            "select 1 from game_user.links",
            "update game_ops.operator_log set principal = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_BIRTH",
        &[
            "insert into game_purchase.player_births select * from game_purchase.player_births",
            "update game_purchase.player_births set birth_year = 1990 where false",
            "select 1 from game_purchase.bookings",
            "select 1 from game_user.currencies",
            "update game_user.users set suspended_at = null where false",
            "update game_ops.operator_log set principal = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_STATUS",
        &[
            "insert into game_ops.service_status (status_id) values (2)",
            "delete from game_ops.service_status where false",
            "select 1 from game_user.users",
            "select 1 from game_gacha.sagas",
            "insert into game_gacha.paused_pools select * from game_gacha.paused_pools",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
    (
        "OPS_POOL",
        &[
            "update game_gacha.live_pools set revision = '' where false",
            "delete from game_gacha.live_pools where false",
            "select 1 from game_gacha.gacha_pools",
            "select 1 from game_gacha.server_seeds",
            "select 1 from game_user.users",
            "update game_gacha.paused_pools set pool_id = '' where false",
            "update game_ops.service_status set maintenance_starts_at = null where false",
            "update game_ops.operator_log set reason = '' where false",
            "delete from game_ops.operator_log where false",
        ],
    ),
];

#[tokio::test]
async fn what_no_function_needs_is_refused() {
    let tried: BTreeSet<String> =
        FORBIDDEN.iter().map(|(role, _)| format!("tenjo_{}", role.to_lowercase())).collect();
    let users: BTreeSet<String> = ROLES.iter().map(|role| role.user.to_owned()).collect();
    assert_eq!(tried, users, "every database user is tried");
    for (role, statements) in FORBIDDEN {
        let url = variable(&format!("TENJO_{role}_DATABASE_URL"));
        let mut conn = MySqlConnection::connect(&url).await.unwrap();
        for &statement in statements {
            let error = sqlx::raw_sql(statement).execute(&mut conn).await.expect_err(statement);
            let error = error.to_string();
            let refused = ["denied", "privilege check"].iter().any(|why| error.contains(why));
            assert!(refused, "{role}: {statement}: {error}");
        }
    }
}

/// So what is tried as these users, here and in `minting.rs`, is tried for every function
/// that moves money or is an operator's.
#[test]
fn every_function_of_operators_and_of_purchases_is_one_of_these_users() {
    let functions = files().functions;
    let users: BTreeSet<&str> = ROLES.iter().map(|role| role.user).collect();
    let mut found = 0;
    for service in ["ops", "purchase"] {
        let folder = format!("{}/../functions/{service}", env!("CARGO_MANIFEST_DIR"));
        for function in std::fs::read_dir(folder).unwrap() {
            let name = function.unwrap().file_name().into_string().unwrap();
            // It is the administrator, who makes these users.
            if name == "migrate" {
                continue;
            }
            let function = functions.iter().find(|it| it["access_key_id"] == name);
            let environment = function.unwrap()["environment"].as_object().unwrap();
            let own: Vec<String> = environment
                .keys()
                .filter_map(|name| name.strip_suffix("_DATABASE_URL"))
                .map(str::to_lowercase)
                .collect();
            let [user] = own.as_slice() else { panic!("{name} is {own:?}") };
            assert!(users.contains(user.as_str()), "{name} is {user}");
            found += 1;
        }
    }
    assert!(found >= 25, "only {found} functions were found");
}

/// `GRANT SELECT,INSERT ON `game_user`.`devices` TO …`, as `show grants` prints it,
/// in the form of `ROLES`.
fn grant(line: &str) -> (String, BTreeSet<String>) {
    let (rights, rest) = line.trim_start_matches("GRANT ").split_once(" ON ").unwrap();
    let table = rest.split(" TO ").next().unwrap().replace('`', "").to_lowercase();
    (table, rights.split(',').map(|right| right.trim().to_lowercase()).collect())
}

#[tokio::test]
async fn every_database_user_has_the_rights_that_are_listed_and_no_others() {
    let mut conn = tenjo_tests::database::connect().await;
    for role in &ROLES {
        let statement = format!("show grants for '{}'@'%'", role.user);
        let lines: Vec<(String,)> =
            sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(&mut conn).await.unwrap();
        let held: BTreeMap<_, _> = lines.iter().map(|(line,)| grant(line)).collect();
        let listed = role.grants().iter().map(|(table, rights)| {
            let rights = rights.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
            ((*table).to_owned(), rights)
        });
        let nothing = ("*.*".to_owned(), BTreeSet::from(["usage".to_owned()]));
        assert_eq!(held, listed.chain([nothing]).collect(), "{}", role.user);
    }
}

/// A user of another installation beside this one: with a prefix, and for connections
/// from other machines.
#[tokio::test]
async fn a_user_of_another_machine_is_refused_without_tls() {
    let mut conn = tenjo_tests::database::connect().await;
    let role = ROLES.iter().find(|role| role.user == "tenjo_inventory").unwrap();
    let password = "a-password-of-this-test";
    let here: MySqlConnectOptions = variable("TENJO_INVENTORY_DATABASE_URL").parse().unwrap();
    let open = async |users: &Users| {
        let options = here.clone().username(&users.name(role)).password(password);
        MySqlConnection::connect_with(&options.ssl_mode(MySqlSslMode::Disabled)).await
    };
    for (require_tls, is_let_in) in [(false, true), (true, false), (false, true)] {
        let users = Users { prefix: "4f2aWkTest01234.".to_owned(), require_tls };
        set_role(&mut conn, role, &users, password).await.unwrap();
        let opened = open(&users).await;
        assert_eq!(opened.is_ok(), is_let_in, "TLS required: {require_tls}");
        if let Ok(mut opened) = opened {
            sqlx::raw_sql("select 1 from game_inventory.item_masters")
                .execute(&mut opened)
                .await
                .unwrap();
        }
    }
    sqlx::raw_sql("drop user '4f2aWkTest01234.tenjo_inventory'@'%'")
        .execute(&mut conn)
        .await
        .unwrap();
}

/// A prefix of TiDB Cloud's has sixteen characters.
#[tokio::test]
async fn tidb_takes_the_name_of_every_user_with_a_prefix() {
    let mut conn = tenjo_tests::database::connect().await;
    let users = Users { prefix: "2aEp24QWEDLqRFs.".to_owned(), require_tls: false };
    let names: Vec<String> =
        ROLES.iter().map(|role| format!("'{}'@'%'", users.name(role))).collect();
    let names = names.join(", ");
    for statement in [format!("create user {names}"), format!("drop user {names}")] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await.unwrap();
    }
}
