//! `tenjo report`: what the law asks of the books.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::mysql::MySqlConnectOptions;
use tenjo_deploy::counted;
use tenjo_masters::read_shop;
use tenjo_report::{
    Conn, Difference, Expected, Figures, Form, Line, Lines, Month, Names, Product, ReportError,
    Slice, StoreLine, TracedEntry, Until, by_lots, by_replay, differences, newest_final,
    read_store_report, slices, stores, trace,
};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::exit;

/// Shows unused paid gems on a date, how paid gems moved by month, and the revenue that
/// their use earned, by product, store and currency. It reads append-only tables up to
/// the end of a day, so the same day gives the same figures for ever.
#[derive(clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// The database, with a user who may read it: mysql://user:password@host:4000.
    /// By default the one that TENJO_DATABASE_URL names.
    #[arg(long)]
    database_url: Option<String>,
    /// The last day, such as 2026-09-30. It must have ended.
    #[arg(long, value_name = "DATE")]
    until: String,
    /// The clock by which days and months end.
    #[arg(long, value_name = "OFFSET", default_value = "+09:00", allow_hyphen_values = true)]
    utc_offset: String,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Prints the ledger entries behind the figures of a month, one a line, instead.
    #[arg(
        long,
        value_name = "MONTH",
        conflicts_with_all = ["check", "json", "reconcile", "month", "store", "app", "masters"]
    )]
    trace: Option<String>,
    /// Reckons a second time, by replaying the ledger, and fails if anything differs.
    #[arg(long)]
    check: bool,
    /// Compares a store's report of a month with the books, instead of showing these: Apple's
    /// summary sales report, Google Play's estimated sales report, or CSV with the columns
    /// store,product_id,money_code,units,micros.
    #[arg(long, value_name = "FILE", requires = "month")]
    reconcile: Option<PathBuf>,
    /// The month of that report, such as 2026-09. It must end by the last day.
    #[arg(long, value_name = "MONTH", requires = "reconcile")]
    month: Option<String>,
    /// Compares only this store; may be repeated. By default the store whose report it is; for
    /// one made by hand, all that the report or the books have in that month.
    #[arg(
        long,
        value_name = "STORE",
        requires = "reconcile",
        value_parser = ["apple", "google"]
    )]
    store: Vec<String>,
    /// Leaves out other apps of the account: the app's SKU in a report of Apple's, the name of
    /// its package in one of Google's.
    #[arg(long, value_name = "APP", requires = "reconcile")]
    app: Option<String>,
    /// The folder whose products.yaml has the stores' names of products: by default masters.
    #[arg(long, value_name = "FOLDER", requires = "reconcile")]
    masters: Option<PathBuf>,
    /// How many connections read at once.
    #[arg(long, default_value_t = 4)]
    connections: u8,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    // All that can be refused is, before anything is read.
    let until = Until::read(&args.until, &args.utc_offset)?;
    let traced = args.trace.as_deref().map(str::parse::<Month>).transpose()?;
    let month = args.month.as_deref().map(str::parse::<Month>).transpose()?;
    if let Some(month) = month.filter(|month| !until.has_all_of(*month)) {
        anyhow::bail!("--month {month} has not ended with --until {}", args.until);
    }
    if let Some(month) = traced.filter(|month| *month > until.month()) {
        anyhow::bail!("--trace {month} begins after --until {}", args.until);
    }
    let store = match (args.reconcile.as_deref(), month) {
        (Some(path), Some(month)) => Some(store_report(path, month, &args)?),
        _ => None,
    };
    let options = crate::database::options(args.database_url.clone())?;
    let mut conn = Conn::connect_with(&options).await.context("the database cannot be reached")?;
    newest_final(&mut conn, until).await?;
    let scope = Scope { until, month: traced };
    let source = Source { options, connections: args.connections.max(1), scope };
    if traced.is_some() {
        println!("{TRACED}");
        let read: Reading<Vec<TracedEntry>> =
            |conn, slice, scope| Box::pin(trace(conn, slice, scope.until, scope.month));
        source.each(read, |parts| parts.iter().for_each(print_traced)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let figures =
        source.sum(|conn, slice, scope| Box::pin(by_lots(conn, slice, scope.until))).await?;
    if args.check {
        let replay =
            source.sum(|conn, slice, scope| Box::pin(by_replay(conn, slice, scope.until))).await?;
        if let Some(differs) = differs(&figures, &replay) {
            println!("The two reckonings differ: {differs}");
            return Ok(exit::WRONG.into());
        }
    }
    if let (Some((form, lines)), Some(month)) = (store, month) {
        return reconcile(&figures, month, (form, &lines), &args);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&figures, &args))?);
    } else {
        print!("{}", as_text(&figures, &args));
    }
    Ok(ExitCode::SUCCESS)
}

fn store_report(path: &Path, month: Month, args: &Args) -> anyhow::Result<(Form, Lines)> {
    let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let nothing = || format!("{}: nothing is compared", path.display());
    let form = Form::of(&text).with_context(nothing)?;
    let names = match form {
        Form::Plain => Names::new(),
        Form::Apple | Form::Google => {
            product_names(args.masters.as_deref().unwrap_or(Path::new("masters")))?
        }
    };
    let expected = Expected { month, app: args.app.as_deref(), names: &names };
    Ok((form, read_store_report(form, &text, &expected).with_context(nothing)?))
}

/// The stores' names of the products. A product is never taken away and its name never moves
/// to another, so the newest masters have them all.
fn product_names(masters: &Path) -> anyhow::Result<Names> {
    let path = masters.join("products.yaml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read; --masters names it", path.display()))?;
    let shop = read_shop(&text).with_context(|| format!("{} is wrong", path.display()))?;
    let names = shop.products().iter().flat_map(|product| {
        product.parts().listings.iter().map(move |(store, listing)| {
            let theirs = (store.as_str().to_owned(), listing.store_product_id.clone());
            (theirs, product.product_id().to_string())
        })
    });
    Ok(names.collect())
}

/// What is read.
#[derive(Debug, Clone, Copy)]
struct Scope {
    until: Until,
    /// Of which month, if only of one.
    month: Option<Month>,
}

/// Where a report comes from.
struct Source {
    options: MySqlConnectOptions,
    connections: u8,
    scope: Scope,
}

/// Reads one slice of the players.
type Reading<T> = for<'a> fn(
    &'a mut Conn,
    Slice,
    Scope,
) -> Pin<Box<dyn Future<Output = Result<T, ReportError>> + Send + 'a>>;

impl Source {
    /// Reads all slices of the players on a few connections, and has each taken as soon as
    /// it is read, so that no more than these few are held.
    async fn each<T: Send + 'static>(
        &self,
        read: Reading<T>,
        mut take: impl FnMut(T),
    ) -> anyhow::Result<()> {
        let left = Arc::new(Mutex::new(slices()));
        let (sender, mut given) = mpsc::channel(1);
        let mut readers = JoinSet::new();
        for _ in 0..self.connections {
            let (left, sender) = (Arc::clone(&left), sender.clone());
            let (options, scope) = (self.options.clone(), self.scope);
            readers.spawn(async move {
                let mut conn = Conn::connect_with(&options).await?;
                loop {
                    let Some(slice) = left.lock().await.next() else { break };
                    let part = read(&mut conn, slice, scope).await?;
                    if sender.send(part).await.is_err() {
                        break; // another reader failed
                    }
                }
                Ok::<_, ReportError>(())
            });
        }
        drop(sender);
        loop {
            tokio::select! {
                // Whoever failed ends all of them, before all else is read.
                Some(ended) = readers.join_next() => ended??,
                Some(part) = given.recv() => take(part),
                else => return Ok(()),
            }
        }
    }

    /// The figures of all players.
    async fn sum(&self, read: Reading<Figures>) -> anyhow::Result<Figures> {
        let mut sum = Figures::default();
        self.each(read, |part| sum.add(part)).await?;
        Ok(sum)
    }
}

/// The first figure in which two reports differ. Lines of nothing count as no lines.
fn differs(one: &Figures, other: &Figures) -> Option<String> {
    let lines = |figures: &Figures| -> BTreeMap<(Month, Product), Line> {
        let months = figures.months.iter();
        let lines = months.flat_map(|(month, products)| {
            products.iter().map(|(product, line)| ((*month, product.clone()), line.clone()))
        });
        lines.filter(|(_, line)| *line != Line::default()).collect()
    };
    let (lines_of_one, lines_of_other) = (lines(one), lines(other));
    for key in lines_of_one.keys().chain(lines_of_other.keys()) {
        let (line, replayed) = (lines_of_one.get(key), lines_of_other.get(key));
        if line != replayed {
            let (month, product) = key;
            return Some(format!("{month}, {}: {line:?} and {replayed:?}", name(product)));
        }
    }
    for product in one.unused.keys().chain(other.unused.keys()) {
        let (unused, replayed) = (one.unused.get(product), other.unused.get(product));
        if unused != replayed {
            return Some(format!("unused {}: {unused:?} and {replayed:?}", name(product)));
        }
    }
    (one.owed != other.owed).then(|| format!("owed: {} and {}", one.owed, other.owed))
}

/// Compares, prints what differs, and says whether nothing does.
fn reconcile(
    figures: &Figures,
    month: Month,
    (form, report): (Form, &Lines),
    args: &Args,
) -> anyhow::Result<ExitCode> {
    let in_report: BTreeSet<String> = report.keys().map(|(store, ..)| store.clone()).collect();
    let compared: BTreeSet<String> = match (args.store.as_slice(), form.store()) {
        ([], Some(store)) => BTreeSet::from([store.to_owned()]),
        ([], None) => in_report.union(&stores(figures, month)).cloned().collect(),
        (named, _) => named.iter().cloned().collect(),
    };
    let missing: Vec<&String> = compared.difference(&in_report).collect();
    let found = differences(figures, month, report, &compared);
    if args.json {
        let found = found.iter().map(difference_json).collect::<Vec<_>>();
        let shown = json!({
            "month": month.to_string(),
            "stores": compared,
            "missing_stores": missing,
            "lines": report.len(),
            "differences": found,
        });
        println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        for store in &missing {
            println!("{month} {store}: the report has no line of this store");
        }
        for difference in &found {
            let (store_name, product_id, code) = &difference.product;
            println!(
                "{month} {store_name} {product_id} {code}: the store has {} for {}, the books {} for {}",
                difference.store.units,
                units(difference.store.micros),
                difference.books.units,
                units(difference.books.micros),
            );
        }
    }
    if !found.is_empty() || !missing.is_empty() {
        return Ok(exit::WRONG.into());
    }
    if !args.json {
        let names = compared.into_iter().collect::<Vec<_>>().join(" and ");
        println!("The report and the books agree for {names}, {}.", counted(report.len(), "line"));
    }
    Ok(ExitCode::SUCCESS)
}

fn difference_json(difference: &Difference) -> Value {
    let (store, product_id, money_code) = &difference.product;
    let line = |line: &StoreLine| json!({ "units": line.units.to_string(), "micros": line.micros.to_string() });
    json!({
        "store": store,
        "product_id": product_id,
        "money_code": money_code,
        "in_report": line(&difference.store),
        "in_books": line(&difference.books),
    })
}

fn name(product: &Product) -> String {
    let parts = [&product.store, &product.product_id, &product.money_code];
    let sold = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    if sold.is_empty() { product.origin.clone() } else { sold }
}

/// Millionths as units, with all their digits.
fn units(micros: i128) -> String {
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn as_text(figures: &Figures, args: &Args) -> String {
    let mut text = String::new();
    let heading = format!("Paid gems up to {} (UTC{})", args.until, args.utc_offset);
    let _ = writeln!(text, "{heading}\n");
    let _ = writeln!(text, "{:<40} {:>15} {:>22}", "unused", "gems", "not earned");
    for (product, unused) in &figures.unused {
        let (name, micros) = (name(product), units(unused.micros));
        let _ = writeln!(text, "{name:<40} {:>15} {micros:>22}", unused.gems);
    }
    let all: i128 = figures.unused.values().map(|unused| unused.gems).sum();
    let _ = writeln!(text, "{:<40} {all:>15}", "all");
    let _ = writeln!(text, "{:<40} {:>15}\n", "owed for revoked purchases", figures.owed);
    for (month, products) in &figures.months {
        let _ = writeln!(
            text,
            "{month:<40} {:>15} {:>22} {:>22}",
            "gems", "sold less revoked", "earned"
        );
        for (product, line) in products {
            let sold = units(line.sold_micros - line.revoked_micros);
            let (name, earned) = (name(product), units(line.earned_micros));
            let gems: i128 = line.gems.values().sum();
            let _ = writeln!(text, "{name:<40} {gems:>15} {sold:>22} {earned:>22}");
            for (reason, gems) in &line.gems {
                let _ = writeln!(text, "  {reason:<38} {gems:>15}");
            }
        }
        text.push('\n');
    }
    let entries = if figures.entries == 1 { "entry" } else { "entries" };
    let _ = writeln!(text, "{} {entries} of the ledger", figures.entries);
    text
}

fn product_json(product: &Product) -> Value {
    json!({
        "origin": product.origin,
        "store": product.store,
        "product_id": product.product_id,
        "money_code": product.money_code,
    })
}

/// Whole numbers as strings: they can have more digits than a reader of JSON keeps.
fn as_json(figures: &Figures, args: &Args) -> Value {
    let unused = figures.unused.iter().map(|(product, unused)| {
        json!({
            "product": product_json(product),
            "gems": unused.gems.to_string(),
            "not_earned_micros": unused.micros.to_string(),
        })
    });
    let months = figures.months.iter().flat_map(|(month, products)| {
        products.iter().map(move |(product, line)| {
            let gems: BTreeMap<&str, String> = line
                .gems
                .iter()
                .map(|(reason, gems)| (reason.as_str(), gems.to_string()))
                .collect();
            json!({
                "month": month.to_string(),
                "product": product_json(product),
                "gems": gems,
                "lots": line.lots.to_string(),
                "sold_micros": line.sold_micros.to_string(),
                "revoked_lots": line.revoked_lots.to_string(),
                "revoked_micros": line.revoked_micros.to_string(),
                "earned_micros": line.earned_micros.to_string(),
            })
        })
    });
    json!({
        "until": args.until,
        "utc_offset": args.utc_offset,
        "unused": unused.collect::<Vec<_>>(),
        "owed_gems": figures.owed.to_string(),
        "months": months.collect::<Vec<_>>(),
        "ledger_entries": figures.entries,
    })
}

/// The columns of what is traced.
const TRACED: &str = "user_id,entry_id,at,lot_number,origin,store,product_id,money_code,reason,\
    gems,earned_micros,lots,sold_micros,revoked_lots,revoked_micros,owed";

fn print_traced(part: &TracedEntry) {
    let Product { origin, store, product_id, money_code } = &part.product;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    println!(
        "{},{},{},{},{origin},{},{},{},{},{},{},{},{},{},{},{}",
        part.user_id,
        part.entry_id.map(|entry_id| entry_id.to_string()).unwrap_or_default(),
        part.at,
        part.lot_number,
        text(store),
        text(product_id),
        text(money_code),
        part.reason,
        part.delta,
        part.earned_micros,
        part.lots,
        part.sold_micros,
        part.revoked_lots,
        part.revoked_micros,
        part.owed,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_all_its_digits() {
        for (micros, shown) in
            [(0, "0.000000"), (160_000_000, "160.000000"), (-1, "-0.000001"), (290_000, "0.290000")]
        {
            assert_eq!(units(micros), shown);
        }
    }
}
