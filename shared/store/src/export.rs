//! Everything that is held about a player, for the player: a section for each table, a
//! column for each column, as `docs/personal-data.md` lists them.
//!
//! Left out are secrets (hashes of devices and tokens, seals, salts), what the working of
//! the game needs for minutes, and how a draw stands before it has ended. What operators
//! wrote for themselves is left out too; what they did is there.

use sqlx::AssertSqlSafe;
use tenjo_domain::UserId;

use crate::{Conn, Limit, Page};

/// How a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// A UUID.
    Id,
    /// Bytes, in hexadecimal digits.
    Bytes,
    /// A text or a number.
    Plain,
    /// A boolean.
    Flag,
    /// A time, as everywhere in the API.
    Time,
    /// A day.
    Day,
    /// JSON that is kept as text.
    Json,
}

use Shown::{Bytes, Day, Flag, Id, Json, Plain, Time};

/// By what a table says whose its rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// It has the player's id.
    Named,
    /// It has the id of a purchase, which was booked for the player or refused.
    Bought,
}

use Whose::{Bought, Named};

/// A table, and what is shown of a player's rows in it.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The table.
    pub table: &'static str,
    whose: Whose,
    /// An expression that orders a player's rows, and tells any two of them apart.
    key: &'static str,
    /// Which rows, beside those of the player; empty for all.
    only: &'static str,
    columns: &'static [(&'static str, Shown)],
}

/// All of them, in the order of the export.
pub const SECTIONS: &[Section] = &[
    Section {
        table: "game_user.users",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[
            ("user_id", Id),
            ("player_id", Plain),
            ("display_name", Plain),
            ("is_guest", Flag),
            ("version", Plain),
            ("account_token", Id),
            ("suspended_at", Time),
            ("suspended_until", Time),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_user.devices",
        whose: Named,
        key: "concat(created_at, hex(registration_id))",
        only: "",
        columns: &[
            ("device_type", Plain),
            ("created_at", Time),
            ("ended_at", Time),
            ("end_reason", Plain),
        ],
    },
    Section {
        table: "game_user.refresh_token_families",
        whose: Named,
        key: "hex(family_id)",
        only: "",
        columns: &[
            ("family_id", Id),
            ("device_type", Plain),
            ("created_at", Time),
            ("used_at", Time),
            ("ended_at", Time),
            ("end_reason", Plain),
            ("expires_at", Time),
        ],
    },
    Section {
        table: "game_user.links",
        whose: Named,
        key: "provider",
        only: "",
        columns: &[("provider", Plain), ("subject", Plain), ("linked_at", Time)],
    },
    Section {
        table: "game_user.transfer_codes",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[("made_at", Time), ("expires_at", Time), ("tries", Plain), ("used_at", Time)],
    },
    Section {
        table: "game_user.deletions",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[("due_at", Time), ("asked_at", Time)],
    },
    Section {
        table: "game_user.visits",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[("seen_on", Day)],
    },
    Section {
        table: "game_user.currencies",
        whose: Named,
        key: "currency_type",
        only: "",
        columns: &[("currency_type", Plain), ("balance", Plain), ("owed", Plain)],
    },
    Section {
        table: "game_user.currency_ledger",
        whose: Named,
        key: "concat(currency_type, lpad(entry_id, 20, '0'))",
        only: "",
        columns: &[
            ("currency_type", Plain),
            ("entry_id", Plain),
            ("delta", Plain),
            ("balance_after", Plain),
            ("reason", Plain),
            ("saga_id", Id),
            ("source_id", Id),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_user.paid_gem_lots",
        whose: Named,
        key: "lpad(lot_number, 20, '0')",
        only: "",
        columns: &[
            ("lot_number", Plain),
            ("source_id", Id),
            ("origin", Plain),
            ("store", Plain),
            ("product_id", Plain),
            ("money_code", Plain),
            ("price_micros", Plain),
            ("granted", Plain),
            ("remaining", Plain),
            ("expired", Plain),
            ("settled", Plain),
            ("expires_at", Time),
            ("is_taken_back", Flag),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_user.paid_gem_lot_entries",
        whose: Named,
        key: "concat(lpad(entry_id, 20, '0'), lpad(lot_number, 20, '0'))",
        only: "",
        columns: &[("entry_id", Plain), ("lot_number", Plain), ("delta", Plain)],
    },
    Section {
        table: "game_user.paid_gem_revocations",
        whose: Named,
        key: "concat(lpad(lot_number, 20, '0'), lpad(revocation_number, 20, '0'))",
        only: "",
        columns: &[
            ("lot_number", Plain),
            ("revocation_number", Plain),
            ("taken", Plain),
            ("owed", Plain),
            ("revoked_at", Time),
            ("restored_at", Time),
        ],
    },
    Section {
        table: "game_user.paid_gem_debts",
        whose: Named,
        key: "lpad(debt_id, 20, '0')",
        only: "",
        columns: &[
            ("debt_id", Plain),
            ("lot_number", Plain),
            ("delta", Plain),
            ("owed_after", Plain),
            ("reason", Plain),
            ("entry_id", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_gacha.player_pity",
        whose: Named,
        key: "pity_group",
        only: "",
        columns: &[
            ("pity_group", Plain),
            ("pity_count", Plain),
            ("is_pickup_due", Flag),
            ("updated_at", Time),
        ],
    },
    Section {
        table: "game_gacha.player_pools",
        whose: Named,
        key: "pool_id",
        only: "",
        columns: &[
            ("pool_id", Plain),
            ("draw_total", Plain),
            ("day", Plain),
            ("draws_on_day", Plain),
            ("is_free_draw_taken", Flag),
            ("step", Plain),
            ("drawn_copies", Json),
            ("updated_at", Time),
        ],
    },
    Section {
        table: "game_gacha.sagas",
        whose: Named,
        key: "hex(saga_id)",
        only: "status in ('COMPLETED', 'FAILED')",
        columns: &[
            ("saga_id", Id),
            ("pool_id", Plain),
            ("pool_revision", Bytes),
            ("draw_count", Plain),
            ("step", Plain),
            ("is_free", Flag),
            ("quoted_at", Time),
            ("cost_currency_type", Plain),
            ("cost_amount", Plain),
            ("point_group", Plain),
            ("points", Plain),
            ("status", Plain),
            ("failure_reason", Plain),
            ("charged_free_gems", Plain),
            ("charged_paid_gems", Plain),
            ("draw_number", Plain),
            ("client_seed", Plain),
            ("client_seed_origin", Plain),
            ("client_seed_set_at", Time),
            ("created_at", Time),
            ("currency_reserved_at", Time),
            ("draw_completed_at", Time),
            ("item_granted_at", Time),
            ("completed_at", Time),
            ("compensating_at", Time),
            ("currency_refunded_at", Time),
            ("failed_at", Time),
        ],
    },
    Section {
        table: "game_gacha.gacha_histories",
        whose: Named,
        key: "concat(hex(saga_id), lpad(draw_index, 10, '0'))",
        only: "",
        columns: &[
            ("saga_id", Id),
            ("draw_index", Plain),
            ("pool_id", Plain),
            ("item_master_id", Plain),
            ("rarity", Plain),
            ("is_new", Flag),
            ("is_pickup", Flag),
            ("drawn_at", Time),
        ],
    },
    Section {
        table: "game_gacha.player_points",
        whose: Named,
        key: "point_group",
        only: "",
        columns: &[("point_group", Plain), ("balance", Plain)],
    },
    Section {
        table: "game_gacha.point_ledger",
        whose: Named,
        key: "concat(lpad(entry_id, 20, '0'), point_group)",
        only: "",
        columns: &[
            ("point_group", Plain),
            ("entry_id", Plain),
            ("delta", Plain),
            ("balance_after", Plain),
            ("reason", Plain),
            ("source_id", Id),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_gacha.refused_exchanges",
        whose: Named,
        key: "hex(exchange_id)",
        only: "",
        columns: &[
            ("exchange_id", Id),
            ("pool_id", Plain),
            ("item_master_id", Plain),
            ("reason", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_gacha.point_exchanges",
        whose: Named,
        key: "hex(exchange_id)",
        only: "",
        columns: &[
            ("exchange_id", Id),
            ("pool_id", Plain),
            ("pool_revision", Bytes),
            ("item_master_id", Plain),
            ("point_group", Plain),
            ("points", Plain),
            ("balance_after", Plain),
            ("is_new", Flag),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_gacha.player_seeds",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[
            ("client_seed", Plain),
            ("set_at", Time),
            ("draw_count", Plain),
            ("change_day", Plain),
            ("changes", Plain),
        ],
    },
    Section {
        table: "game_inventory.user_items",
        whose: Named,
        key: "item_master_id",
        only: "",
        columns: &[("item_master_id", Plain), ("quantity", Plain), ("first_acquired_at", Time)],
    },
    Section {
        table: "game_inventory.item_grants",
        whose: Named,
        key: "concat(hex(saga_id), lpad(draw_index, 10, '0'))",
        only: "",
        columns: &[
            ("saga_id", Id),
            ("draw_index", Plain),
            ("item_master_id", Plain),
            ("granted_at", Time),
        ],
    },
    Section {
        table: "game_inventory.player_presents",
        whose: Named,
        key: "hex(present_id)",
        only: "",
        columns: &[("present_id", Id)],
    },
    Section {
        table: "game_inventory.received_presents",
        whose: Named,
        key: "hex(present_id)",
        only: "",
        columns: &[("present_id", Id), ("receipt_id", Id), ("received_at", Time)],
    },
    Section {
        table: "game_purchase.bookings",
        whose: Named,
        key: "hex(purchase_id)",
        only: "",
        columns: &[
            ("purchase_id", Id),
            ("store", Plain),
            ("environment", Plain),
            ("order_id", Plain),
            ("product_id", Plain),
            ("shop_revision", Bytes),
            ("currency", Plain),
            ("price_micros", Plain),
            ("counted_micros", Plain),
            ("paid_gems", Plain),
            ("bonus_free_gems", Plain),
            ("purchased_at", Time),
            ("booked_at", Time),
        ],
    },
    Section {
        table: "game_purchase.purchases",
        whose: Bought,
        key: "hex(purchase_id)",
        only: "",
        columns: &[
            ("purchase_id", Id),
            ("store", Plain),
            ("transaction_id", Plain),
            ("status", Plain),
            ("changed_at", Time),
            ("last_change", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_purchase.booking_changes",
        whose: Bought,
        key: "concat(hex(purchase_id), lpad(number, 10, '0'))",
        only: "",
        columns: &[
            ("purchase_id", Id),
            ("number", Plain),
            ("change_kind", Plain),
            ("store_at", Time),
            ("free_gems", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_purchase.store_notifications",
        whose: Bought,
        key: "hex(notification_key)",
        only: "",
        columns: &[
            ("store", Plain),
            ("notification_id", Plain),
            ("kind", Plain),
            ("purchase_id", Id),
            ("effect", Plain),
            ("received_at", Time),
        ],
    },
    Section {
        table: "game_purchase.refusals",
        whose: Named,
        key: "hex(purchase_id)",
        only: "",
        columns: &[
            ("purchase_id", Id),
            ("reason", Plain),
            ("order_id", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_purchase.player_products",
        whose: Named,
        key: "product_id",
        only: "",
        columns: &[("product_id", Plain), ("bought_count", Plain)],
    },
    Section {
        table: "game_purchase.pending_purchases",
        whose: Named,
        key: "hex(purchase_id)",
        only: "",
        columns: &[
            ("purchase_id", Id),
            ("store", Plain),
            ("transaction_id", Plain),
            ("store_product_id", Plain),
            ("signed_transaction", Plain),
            ("created_at", Time),
        ],
    },
    Section {
        table: "game_purchase.player_births",
        whose: Named,
        key: "hex(user_id)",
        only: "",
        columns: &[("birth_year", Plain), ("birth_month", Plain), ("created_at", Time)],
    },
    Section {
        table: "game_ops.operator_log",
        whose: Named,
        key: "hex(act_id)",
        only: "outcome = 'done'",
        columns: &[("act_id", Id), ("act", Plain), ("ordered", Json), ("created_at", Time)],
    },
];

impl Section {
    /// The columns that are shown.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// The query for a player's rows after a key.
    fn query(&self) -> String {
        let fields: Vec<String> = self
            .columns
            .iter()
            .map(|(name, shown)| format!("'{name}', {}", shown.of(name)))
            .collect();
        let only = if self.only.is_empty() { "true" } else { self.only };
        format!(
            "select cast({key} as char) as place, cast(json_object({fields}) as char)
             from {table}
             where {whose} and {only} and cast({key} as binary) > cast(? as binary)
             order by cast({key} as binary) limit ?",
            whose = self.whose.condition(),
            key = self.key,
            fields = fields.join(", "),
            table = self.table,
        )
    }
}

impl Whose {
    /// The condition for the rows of one player, whose id is its only parameter.
    const fn condition(self) -> &'static str {
        match self {
            Self::Named => "user_id = ?",
            Self::Bought => {
                "purchase_id in (
                   select owned.purchase_id from (
                     select purchase_id, user_id from game_purchase.bookings
                     union all
                     select r.purchase_id, r.user_id from game_purchase.refusals r
                     where not exists (select 1 from game_purchase.bookings b
                                       where b.purchase_id = r.purchase_id)
                   ) owned where owned.user_id = ?)"
            }
        }
    }
}

impl Shown {
    /// The expression for a column of this kind.
    fn of(self, column: &str) -> String {
        match self {
            Self::Id => format!("bin_to_uuid({column})"),
            Self::Bytes => format!("lower(hex({column}))"),
            Self::Plain => column.to_owned(),
            Self::Flag => format!("cast(if({column}, 'true', 'false') as json)"),
            Self::Time => format!("date_format({column}, '%Y-%m-%dT%H:%i:%s.%fZ')"),
            Self::Day => format!("date_format({column}, '%Y-%m-%d')"),
            Self::Json => format!("cast({column} as json)"),
        }
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which section it is of, by its place in [`SECTIONS`].
    pub section: usize,
    /// What orders it there.
    pub key: String,
    /// Its columns, a JSON object.
    pub json: String,
}

/// Rows of a player after a place, section by section.
///
/// # Errors
/// When the database fails.
pub async fn rows(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(usize, String)>,
    limit: Limit,
) -> sqlx::Result<Page<Row>> {
    let (first, mut after) = after.unwrap_or_default();
    let mut found = Vec::new();
    for (section, it) in SECTIONS.iter().enumerate().skip(first) {
        let missing = (limit.and_one() as usize).saturating_sub(found.len());
        if missing == 0 {
            break;
        }
        // Safe: the text consists of constants of this file.
        let query = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(it.query()));
        let rows = query
            .bind(user_id.0.as_bytes().as_slice())
            .bind(std::mem::take(&mut after))
            .bind(u32::try_from(missing).unwrap_or(u32::MAX))
            .fetch_all(&mut *conn)
            .await?;
        found.extend(rows.into_iter().map(|(key, json)| Row { section, key, json }));
    }
    Ok(Page::of(found, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_and_no_column_comes_twice() {
        let mut tables: Vec<_> = SECTIONS.iter().map(|section| section.table).collect();
        tables.sort_unstable();
        tables.dedup();
        assert_eq!(tables.len(), SECTIONS.len());
        for section in SECTIONS {
            let mut columns: Vec<_> = section.columns().collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), section.columns.len(), "{}", section.table);
        }
    }

    #[test]
    fn what_a_draw_drew_and_what_seals_it_are_never_shown() {
        let sagas = SECTIONS.iter().find(|section| section.table == "game_gacha.sagas").unwrap();
        assert_eq!(sagas.only, "status in ('COMPLETED', 'FAILED')");
        for hidden in ["results", "state_before", "state_after", "salt", "is_new", "reserve_seal"] {
            assert!(sagas.columns().all(|column| column != hidden), "{hidden}");
        }
    }
}
