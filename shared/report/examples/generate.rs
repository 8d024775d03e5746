//! Fills an empty database with so many entries of paid gems, to measure reports:
//! `cargo run --release -p tenjo-report --example generate -- URL ENTRIES [FREE]`.
//!
//! Each player buys lots of 1,000 gems and spends each by 20 draws, over a year. For each
//! entry of paid gems there are FREE of free gems, nine if nothing else is said: most draws
//! of a game are paid by these, and a report reads past them.

#![allow(clippy::unwrap_used, reason = "an example")]

use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

const LOTS: u64 = 10;
const DRAWS: u64 = 20;
const ENTRIES: u64 = LOTS * (DRAWS + 1) - DRAWS / 2;
/// Entries of free gems for each of paid gems.
const FREE: u64 = 9;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap();
    let entries: u64 = arguments.next().unwrap().parse().unwrap();
    let free: u64 = arguments.next().map_or(FREE, |free| free.parse().unwrap());
    let mut conn = MySqlConnection::connect(&url).await?;
    tenjo_store::migration::run(&mut conn).await?;
    let started = Instant::now();
    for player in 0..entries.div_ceil(ENTRIES) {
        fill(&mut conn, player, free).await?;
        if player % 500 == 499 {
            let paid = (player + 1) * ENTRIES;
            let all = paid * (free + 1);
            println!("{paid} entries of paid gems, {all} in all, {:.0?}", started.elapsed());
        }
    }
    Ok(())
}

async fn fill(conn: &mut MySqlConnection, player: u64, free: u64) -> sqlx::Result<()> {
    // Spread over all ids, and the same in every run.
    let user = format!("x'{:016x}{player:016x}'", player.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (mut lots, mut ledger, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut entry_id, mut balance) = (0_u64, 0_u64);
    for lot in 1..=LOTS {
        let source = format!("x'{player:024x}{lot:08x}'");
        let (store, code, price) = match (player + lot) % 4 {
            0 => ("apple", "JPY", 1_600_000_000_u64),
            1 => ("google", "JPY", 1_600_000_000),
            2 => ("apple", "USD", 9_990_000),
            _ => ("google", "EUR", 10_990_001),
        };
        let is_last = lot == LOTS;
        let left = if is_last { 500 } else { 0 };
        lots.push(format!(
            "({user}, {lot}, {source}, 'purchase', '{store}', 'gems-1000', '{code}', {price}, \
             1000, {left})"
        ));
        let draws = if is_last { DRAWS / 2 } else { DRAWS };
        for act in 0..=draws {
            entry_id += 1;
            let days = (LOTS - lot) * 36 + (DRAWS - act);
            let at = format!("timestamp('2026-09-30') - interval {days} day");
            let (delta, reason, ids) = if act == 0 {
                balance += 1000;
                (1000, "purchase", format!("null, {source}"))
            } else {
                balance -= 50;
                (-50, "draw_cost", format!("x'{player:016x}{entry_id:016x}', null"))
            };
            ledger.push(format!(
                "({user}, 'paid_gem', {entry_id}, {delta}, {balance}, '{reason}', {ids}, {at})"
            ));
            parts.push(format!("({user}, {entry_id}, {lot}, {delta})"));
        }
    }
    // A gift, and a draw for each other entry: 1 gem each, so that the sum is right.
    let free_entries = ENTRIES * free;
    for entry in 1..=free_entries {
        let at = format!(
            "timestamp('2026-09-30') - interval {} minute",
            (free_entries - entry) * 525_600 / free_entries
        );
        let left = free_entries - entry;
        let (delta, reason, saga_id) = if entry == 1 {
            (i128::from(left), "starting_gift", "null".to_owned())
        } else {
            // Other sagas than those that paid gems were spent on.
            (-1, "draw_cost", format!("x'ff{player:014x}{entry:016x}'"))
        };
        ledger.push(format!(
            "({user}, 'free_gem', {entry}, {delta}, {left}, '{reason}', {saga_id}, null, {at})"
        ));
    }
    let mut tx = conn.begin().await?;
    for statement in [
        format!(
            "insert into game_user.currencies (user_id, currency_type, balance, entry_count)
             values ({user}, 'paid_gem', {balance}, {entry_id}), ({user}, 'free_gem', 0, {free_entries})"
        ),
        format!(
            "insert into game_user.paid_gem_lots
               (user_id, lot_number, source_id, origin, store, product_id, money_code,
                price_micros, granted, remaining) values {}",
            lots.join(", ")
        ),
        format!(
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id,
                source_id, created_at) values {}",
            ledger.join(", ")
        ),
        format!(
            "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
             values {}",
            parts.join(", ")
        ),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await?;
    }
    tx.commit().await
}
