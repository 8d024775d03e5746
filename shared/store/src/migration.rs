//! The schema, and the rights of each database user on it.

use crate::{Conn, is_here};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Brings the schema up to date. Safe to repeat, and for two callers at once.
///
/// # Errors
/// When the database fails, or has a migration that this build does not know.
pub async fn run(conn: &mut Conn) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(conn).await
}

/// The database user of one service, step or other task, and its rights.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// The user's name.
    pub user: &'static str,
    /// Table and rights.
    grants: &'static [(&'static str, &'static str)],
}

/// Every database user except the administrator: one for each function that writes, or
/// for a few that write the same rows, and one for all routes of a service that only read. The user of such a route has
/// rights in its own schema only, and reads the one row that says whether the game is
/// open. The first screen has a user of its own, which reads of three schemas. What changes something for a player also reads whether
/// the session has ended; a step, publishing, the audit and operators' functions have what
/// they need in other schemas. Only operators' functions may write what they did into the
/// log, and none may change it. Only the steps that can end a saga, and
/// publishing, may delete, and the pause of a pool, who forgets a month of birth, and what deletes players or takes that
/// back. None may change a ledger entry or a pool's revision.
///
/// TiDB grants rights on whole tables. What a user could still write there that its
/// function never writes, the steps of the saga or the audit find out; ADR 24 lists it.
pub const ROLES: [Role; 46] = [
    Role {
        user: "tenjo_user",
        grants: &[
            ("game_user.links", "select"),
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select"),
            ("game_user.currency_ledger", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_profile",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select, update"),
            ("game_user.refresh_token_families", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_guest",
        grants: &[
            ("game_user.deletions", "select, delete"),
            ("game_user.visits", "select, insert, update"),
            ("game_user.users", "select, insert"),
            ("game_user.devices", "select, insert, update"),
            ("game_user.currencies", "select, insert"),
            ("game_user.currency_ledger", "insert"),
            ("game_user.paid_gem_lots", "insert"),
            ("game_user.paid_gem_lot_entries", "insert"),
            ("game_user.refresh_token_families", "select, insert, update"),
            ("game_user.refresh_tokens", "insert"),
            ("game_user.network_hours", "select, insert, update"),
            ("game_user.used_challenges", "insert"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_session",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.visits", "select, insert, update"),
            ("game_user.users", "select"),
            ("game_user.devices", "select, update"),
            ("game_user.refresh_token_families", "select, update"),
            ("game_user.transfer_codes", "select, update"),
            ("game_user.refresh_tokens", "select, insert, update"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_access",
        grants: &[
            ("game_user.users", "select"),
            ("game_user.devices", "select, update"),
            ("game_user.refresh_token_families", "select, update"),
            ("game_ops.service_status", "select"),
            ("game_user.links", "select"),
            ("game_user.transfer_codes", "select, update"),
        ],
    },
    Role {
        user: "tenjo_transfer_code",
        grants: &[
            ("game_user.users", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_user.transfer_codes", "select, insert, update"),
            ("game_ops.service_status", "select"),
            ("game_user.deletions", "select"),
        ],
    },
    Role {
        user: "tenjo_transfer",
        grants: &[
            ("game_user.users", "select"),
            ("game_user.devices", "select, insert, update"),
            ("game_user.transfer_codes", "select, update"),
            ("game_user.deletions", "select, delete"),
            ("game_user.visits", "select, insert, update"),
            ("game_user.refresh_token_families", "select, insert, update"),
            ("game_user.refresh_tokens", "insert"),
            ("game_user.network_hours", "select, insert, update"),
            ("game_user.used_challenges", "insert"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_sign_in",
        grants: &[
            ("game_user.users", "select"),
            ("game_user.deletions", "select, delete"),
            ("game_user.links", "select"),
            ("game_user.used_identity_tokens", "insert"),
            ("game_user.refresh_token_families", "select, insert, update"),
            ("game_user.refresh_tokens", "insert"),
            ("game_user.visits", "select, insert, update"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_link",
        grants: &[
            ("game_user.users", "select, update"),
            ("game_user.links", "select, insert"),
            ("game_user.used_identity_tokens", "insert"),
            ("game_user.refresh_token_families", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_unlink",
        grants: &[
            ("game_user.users", "select, update"),
            ("game_user.links", "select, delete"),
            ("game_user.devices", "select"),
            ("game_user.transfer_codes", "select, update"),
            ("game_user.refresh_token_families", "select, update"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_leave",
        grants: &[
            ("game_user.visits", "select, insert, update"),
            ("game_user.users", "select"),
            ("game_user.devices", "select, update"),
            ("game_user.refresh_token_families", "select, update"),
            ("game_user.deletions", "select, insert"),
            ("game_user.currencies", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_export",
        grants: &[
            ("game_user.links", "select"),
            ("game_user.users", "select"),
            ("game_user.devices", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_user.transfer_codes", "select"),
            ("game_user.deletions", "select"),
            ("game_user.visits", "select"),
            ("game_user.currencies", "select"),
            ("game_user.currency_ledger", "select"),
            ("game_user.paid_gem_lots", "select"),
            ("game_user.paid_gem_lot_entries", "select"),
            ("game_user.paid_gem_revocations", "select"),
            ("game_user.paid_gem_debts", "select"),
            ("game_gacha.player_pity", "select"),
            ("game_gacha.player_pools", "select"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.gacha_histories", "select"),
            ("game_gacha.player_points", "select"),
            ("game_gacha.point_ledger", "select"),
            ("game_gacha.refused_exchanges", "select"),
            ("game_gacha.point_exchanges", "select"),
            ("game_gacha.player_seeds", "select"),
            ("game_inventory.user_items", "select"),
            ("game_inventory.item_grants", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.refusals", "select"),
            ("game_purchase.player_products", "select"),
            ("game_purchase.pending_purchases", "select"),
            ("game_purchase.player_births", "select"),
            ("game_ops.operator_log", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_gacha",
        grants: &[
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select"),
            ("game_gacha.player_pity", "select"),
            ("game_gacha.player_pools", "select"),
            ("game_gacha.player_points", "select"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.gacha_histories", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_gacha.tree_nodes", "select"),
            ("game_gacha.player_seeds", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_open",
        grants: &[
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select"),
            ("game_gacha.player_pity", "select"),
            ("game_gacha.player_pools", "select"),
            ("game_gacha.player_minutes", "select, insert, update"),
            ("game_gacha.player_seeds", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_gacha.sagas", "select, insert"),
            ("game_gacha.live_sagas", "select, insert, update"),
            ("game_user.refresh_token_families", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_client_seed",
        grants: &[
            ("game_gacha.player_seeds", "select, insert, update"),
            ("game_user.refresh_token_families", "select"),
            ("game_user.users", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_inventory",
        grants: &[
            ("game_inventory.item_masters", "select"),
            ("game_inventory.user_items", "select"),
            ("game_inventory.presents", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_shop",
        grants: &[
            ("game_purchase.shop_revisions", "select"),
            ("game_purchase.live_shop", "select"),
            ("game_purchase.player_products", "select"),
            ("game_purchase.player_births", "select"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.purchases", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_birth_month",
        grants: &[
            ("game_purchase.player_births", "select, insert"),
            ("game_user.users", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_purchase",
        grants: &[
            ("game_purchase.shop_revisions", "select"),
            ("game_purchase.live_shop", "select"),
            ("game_purchase.shop_periods", "select"),
            ("game_purchase.purchases", "select, insert, update"),
            ("game_purchase.bookings", "select, insert"),
            ("game_purchase.refusals", "select, insert"),
            ("game_purchase.player_products", "select, insert, update"),
            ("game_purchase.pending_purchases", "select, insert, update, delete"),
            ("game_user.users", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "select, insert"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_notice",
        grants: &[
            ("game_purchase.purchases", "select, insert, update"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.booking_changes", "select, insert"),
            ("game_purchase.pending_purchases", "insert, update"),
            ("game_purchase.store_notifications", "select, insert"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_revocations", "select, insert, update"),
            ("game_user.paid_gem_debts", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_reconcile",
        grants: &[
            ("game_purchase.shop_revisions", "select"),
            ("game_purchase.live_shop", "select"),
            ("game_purchase.shop_periods", "select"),
            ("game_purchase.purchases", "select, insert, update"),
            ("game_purchase.bookings", "select, insert"),
            ("game_purchase.refusals", "select, insert"),
            ("game_purchase.player_products", "select, insert, update"),
            ("game_purchase.pending_purchases", "select, insert, update, delete"),
            ("game_purchase.booking_changes", "select, insert"),
            ("game_purchase.store_notifications", "select, insert"),
            ("game_purchase.reconciliations", "select, insert, update"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_revocations", "select, insert, update"),
            ("game_user.paid_gem_debts", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_reserve",
        grants: &[
            ("game_gacha.sagas", "select, update"),
            ("game_gacha.live_sagas", "select, delete"),
            ("game_gacha.gacha_pools", "select"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "insert"),
            ("game_user.paid_gem_lots", "select, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_draw",
        grants: &[
            ("game_gacha.sagas", "select, update"),
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_gacha.server_seeds", "select"),
            ("game_gacha.player_seeds", "select, insert, update"),
            ("game_user.currency_ledger", "select"),
        ],
    },
    Role {
        user: "tenjo_grant",
        grants: &[
            ("game_gacha.sagas", "select, update"),
            ("game_gacha.live_sagas", "select, delete"),
            ("game_gacha.player_pity", "select, insert, update"),
            ("game_gacha.player_pools", "select, insert, update"),
            ("game_gacha.gacha_histories", "insert"),
            ("game_gacha.player_points", "select, insert, update"),
            ("game_gacha.point_ledger", "insert"),
            ("game_inventory.item_grants", "insert"),
            ("game_inventory.user_items", "select, insert, update"),
        ],
    },
    Role {
        user: "tenjo_refund",
        grants: &[
            ("game_gacha.sagas", "select, update"),
            ("game_gacha.live_sagas", "select, delete"),
            ("game_gacha.gacha_histories", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "insert"),
        ],
    },
    Role {
        user: "tenjo_exchange",
        grants: &[
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select"),
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.player_points", "select, update"),
            ("game_gacha.point_ledger", "insert"),
            ("game_gacha.point_exchanges", "select, insert, update"),
            ("game_gacha.refused_exchanges", "select, insert, update"),
            ("game_gacha.player_minutes", "select, insert, update"),
            ("game_user.refresh_token_families", "select"),
            ("game_inventory.item_grants", "insert"),
            ("game_inventory.user_items", "select, insert, update"),
            ("game_user.users", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_publish",
        grants: &[
            ("game_gacha.gacha_pools", "select, insert"),
            ("game_gacha.gacha_items", "select, insert"),
            ("game_gacha.live_pools", "select, insert, update, delete"),
            ("game_inventory.item_masters", "select, insert, update"),
            ("game_purchase.shop_revisions", "select, insert"),
            ("game_purchase.live_shop", "select, insert, update"),
            ("game_purchase.shop_periods", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_seeds",
        grants: &[
            ("game_gacha.seed_periods", "select, insert, update"),
            ("game_gacha.server_seeds", "select, insert"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.live_sagas", "select"),
            ("game_gacha.tree_nodes", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_recover",
        grants: &[("game_gacha.sagas", "select"), ("game_gacha.live_sagas", "select, update")],
    },
    Role {
        user: "tenjo_expire",
        grants: &[
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "insert"),
            ("game_user.paid_gem_lots", "select, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_delete",
        grants: &[
            ("game_user.links", "select, delete"),
            ("game_user.users", "select, update"),
            ("game_user.devices", "select, delete"),
            ("game_user.refresh_token_families", "select, delete"),
            ("game_user.transfer_codes", "select, delete"),
            ("game_user.deletions", "select, delete"),
            ("game_user.visits", "select, delete"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "insert"),
            ("game_user.paid_gem_lots", "select, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_gacha.live_sagas", "select"),
            ("game_gacha.player_seeds", "select, update"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.pending_purchases", "select"),
            ("game_purchase.player_births", "select, delete"),
        ],
    },
    Role {
        user: "tenjo_audit",
        grants: &[
            ("game_user.users", "select"),
            ("game_user.currencies", "select"),
            ("game_user.currency_ledger", "select"),
            ("game_user.paid_gem_lots", "select"),
            ("game_user.paid_gem_lot_entries", "select"),
            ("game_user.paid_gem_revocations", "select"),
            ("game_user.paid_gem_debts", "select"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.purchases", "select"),
            ("game_purchase.refusals", "select"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.live_sagas", "select"),
            ("game_gacha.gacha_histories", "select"),
            ("game_gacha.player_pity", "select"),
            ("game_gacha.player_pools", "select"),
            ("game_gacha.player_points", "select"),
            ("game_gacha.player_seeds", "select"),
            ("game_gacha.point_ledger", "select"),
            ("game_gacha.point_exchanges", "select"),
            ("game_gacha.audit_progress", "select, insert, update"),
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_inventory.user_items", "select"),
            ("game_inventory.item_grants", "select"),
            ("game_inventory.presents", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select"),
            ("game_ops.operator_log", "select"),
            ("game_purchase.booking_changes", "select"),
        ],
    },
    Role { user: "tenjo_status", grants: &[("game_ops.service_status", "select")] },
    // The first screen: it reads of three schemas, and can write nothing (ADR 44).
    Role {
        user: "tenjo_home",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select"),
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select"),
            ("game_gacha.player_pity", "select"),
            ("game_gacha.player_pools", "select"),
            ("game_gacha.player_points", "select"),
            ("game_inventory.presents", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_presents",
        grants: &[
            ("game_inventory.presents", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select, insert"),
            ("game_inventory.item_grants", "insert"),
            ("game_inventory.user_items", "select, insert, update"),
            ("game_user.users", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "insert"),
            ("game_ops.service_status", "select"),
        ],
    },
    Role {
        user: "tenjo_ops_show",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select"),
            ("game_user.currency_ledger", "select"),
            ("game_user.paid_gem_lots", "select"),
            ("game_user.paid_gem_revocations", "select"),
            ("game_user.refresh_token_families", "select"),
            ("game_purchase.purchases", "select"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.booking_changes", "select"),
            ("game_purchase.refusals", "select"),
            ("game_purchase.pending_purchases", "select"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.gacha_histories", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_inventory.presents", "select"),
            ("game_inventory.player_presents", "select"),
            ("game_inventory.received_presents", "select"),
            ("game_ops.operator_log", "select"),
        ],
    },
    Role {
        user: "tenjo_ops_game",
        grants: &[
            ("game_gacha.gacha_pools", "select"),
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select"),
            ("game_gacha.sagas", "select"),
            ("game_gacha.live_sagas", "select"),
            ("game_gacha.seed_periods", "select"),
            ("game_gacha.audit_progress", "select"),
            ("game_ops.service_status", "select"),
            ("game_ops.operator_log", "select"),
        ],
    },
    Role {
        user: "tenjo_ops_gems",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "insert"),
            ("game_ops.operators", "insert, update"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_book",
        grants: &[
            ("game_purchase.shop_revisions", "select"),
            ("game_purchase.live_shop", "select"),
            ("game_purchase.shop_periods", "select"),
            ("game_purchase.purchases", "select, insert, update"),
            ("game_purchase.bookings", "select, insert"),
            ("game_purchase.refusals", "select"),
            ("game_purchase.player_products", "select, insert, update"),
            ("game_purchase.pending_purchases", "select, insert, update, delete"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "insert"),
            ("game_ops.operators", "insert, update"),
            ("game_ops.operator_log", "select, insert"),
            ("game_user.deletions", "select"),
        ],
    },
    Role {
        user: "tenjo_ops_void",
        grants: &[
            ("game_purchase.purchases", "select, insert, update"),
            ("game_purchase.bookings", "select"),
            ("game_purchase.refusals", "select, insert"),
            ("game_purchase.pending_purchases", "select, delete"),
            ("game_purchase.booking_changes", "select, insert"),
            ("game_user.users", "select"),
            ("game_user.currencies", "select, update"),
            ("game_user.currency_ledger", "select, insert"),
            ("game_user.paid_gem_lots", "select, insert, update"),
            ("game_user.paid_gem_revocations", "select, insert, update"),
            ("game_user.paid_gem_lot_entries", "select, insert"),
            ("game_user.paid_gem_debts", "select, insert"),
            ("game_ops.operators", "insert, update"),
            ("game_ops.operator_log", "select, insert"),
            ("game_user.deletions", "select"),
        ],
    },
    Role {
        user: "tenjo_ops_mail",
        grants: &[
            ("game_user.users", "select"),
            ("game_inventory.item_masters", "select"),
            ("game_inventory.presents", "insert"),
            ("game_inventory.player_presents", "insert"),
            ("game_ops.operators", "insert, update"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_ban",
        grants: &[
            ("game_user.users", "select, update"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_logout",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_user.devices", "select, update"),
            ("game_user.transfer_codes", "select, update"),
            ("game_user.refresh_token_families", "select, update"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_birth",
        grants: &[
            ("game_user.deletions", "select"),
            ("game_user.users", "select"),
            ("game_purchase.player_births", "select, delete"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_status",
        grants: &[
            ("game_ops.service_status", "select, update"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
    Role {
        user: "tenjo_ops_pool",
        grants: &[
            ("game_gacha.live_pools", "select"),
            ("game_gacha.paused_pools", "select, insert, delete"),
            ("game_ops.operator_log", "select, insert"),
        ],
    },
];

impl Role {
    /// Each table that it may use, with its rights, such as `select, insert`.
    #[must_use]
    pub const fn grants(&self) -> &'static [(&'static str, &'static str)] {
        self.grants
    }
}

/// How the users of an installation are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// Stands before each name, with the dot at its end. TiDB Cloud demands one on
    /// clusters that many customers share; elsewhere it is empty.
    pub prefix: String,
    /// Whether TiDB refuses connections of these users without TLS.
    pub require_tls: bool,
}

impl Users {
    /// Users beside this administrator, whose name shows the prefix. They need TLS
    /// unless the database is on this machine.
    #[must_use]
    pub fn beside(administrator: &str, host: &str) -> Self {
        let prefix = administrator.rsplit_once('.').map(|(prefix, _)| format!("{prefix}."));
        Self { prefix: prefix.unwrap_or_default(), require_tls: !is_here(host) }
    }

    /// The name of a role's user.
    #[must_use]
    pub fn name(&self, role: &Role) -> String {
        format!("{}{}", self.prefix, role.user)
    }
}

/// Why a user was not made.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// It cannot be written into a statement without quoting rules.
    #[error("the password of {0} must be 16 or more of A-Z, a-z, 0-9, - and _")]
    Password(&'static str),
    /// The same.
    #[error("the prefix of user names must be of A-Z, a-z, 0-9, -, _ and dots")]
    Prefix,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Creates a role's user, with exactly its rights. Safe to repeat.
///
/// # Errors
/// When the password has characters that need quoting or is too short, or the
/// database fails.
pub async fn set_role(
    conn: &mut Conn,
    role: &Role,
    users: &Users,
    password: &str,
) -> Result<(), RoleError> {
    // `create user` takes no parameters, so names and password go into its text.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if password.len() < 16 || !password.bytes().all(plain) {
        return Err(RoleError::Password(role.user));
    }
    if !users.prefix.bytes().all(|byte| plain(byte) || byte == b'.') {
        return Err(RoleError::Prefix);
    }
    let user = users.name(role);
    let tls = if users.require_tls { "require ssl" } else { "require none" };
    let mut statements = vec![
        format!("create user if not exists '{user}'@'%' identified by '{password}' {tls}"),
        format!("alter user '{user}'@'%' identified by '{password}' {tls}"),
    ];
    statements.extend(surplus(conn, role, &user).await?);
    statements.extend(
        role.grants
            .iter()
            .map(|(table, rights)| format!("grant {rights} on {table} to '{user}'@'%'")),
    );
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The statements that revoke rights which this release does not grant. A table
/// is revoked only if the user has such a right on it, because functions may be
/// running; its other rights are granted again right after. (TiDB ignores `revoke
/// all privileges, grant option`.)
async fn surplus(conn: &mut Conn, role: &Role, user: &str) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select concat(db, '.', table_name), lower(table_priv)
         from mysql.tables_priv where user = ?",
    )
    .bind(user)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .iter()
        .filter(|(table, held)| {
            let granted = role.grants.iter().find(|(name, _)| name == table);
            let granted = granted.map_or("", |(_, rights)| rights);
            held.split(',').any(|right| !granted.split(", ").any(|granted| granted == right))
        })
        .map(|(table, _)| format!("revoke all on {table} from '{user}'@'%'"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_the_prefix_of_their_administrator_and_need_tls_from_other_machines() {
        for (administrator, host, prefix, require_tls) in [
            ("root", "127.0.0.1", "", false),
            ("root", "db.example", "", true),
            ("2aEp24QWEDLqRFs.root", "gateway01.tidbcloud.example", "2aEp24QWEDLqRFs.", true),
        ] {
            let users = Users::beside(administrator, host);
            assert_eq!((users.prefix.as_str(), users.require_tls), (prefix, require_tls));
            assert_eq!(users.name(&ROLES[0]), format!("{prefix}tenjo_user"));
        }
    }
}
