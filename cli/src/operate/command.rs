//! The commands.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::act::{Papers, print};
use super::list::{List, is_player_id};
use super::place::{Functions, Place, Refused};

/// Looks at players, suspends them, ends their sessions, and forgets months of birth.
#[derive(Debug, Subcommand)]
pub(crate) enum Player {
    /// Shows a player: profile, balances, and the newest rows of lots, purchases, ledger,
    /// sagas, draws and their proofs, presents, logins, and what operators did. What was
    /// looked for, such as a draw, is in `found`, however old it is.
    Show {
        #[command(flatten)]
        wanted: Wanted,
        /// Show the older rows of a list: what an answer has under `older` for it.
        #[arg(long, value_name = "CURSOR")]
        older: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Print the answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Suspends a player.
    Suspend {
        player_id: String,
        /// When the suspension ends, such as 2026-04-01T12:00:00Z; never by default.
        #[arg(long)]
        until: Option<String>,
        #[command(flatten)]
        papers: Papers,
    },
    /// Lifts the suspension of a player.
    Lift {
        player_id: String,
        #[command(flatten)]
        papers: Papers,
    },
    /// Ends all sessions of a player.
    Logout {
        player_id: String,
        #[command(flatten)]
        papers: Papers,
    },
    /// Forgets the month in which a player was born, so that the game asks again.
    ForgetBirthMonth {
        player_id: String,
        #[command(flatten)]
        papers: Papers,
    },
}

/// By what to find a player.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Wanted {
    /// Such as PLY000000000042.
    player_id: Option<String>,
    /// By the id in the tables.
    #[arg(long, value_name = "USER_ID")]
    user: Option<Uuid>,
    /// By a draw.
    #[arg(long, value_name = "SAGA_ID")]
    saga: Option<Uuid>,
    /// By the source that an entry of a ledger names.
    #[arg(long, value_name = "SOURCE_ID")]
    source: Option<Uuid>,
    /// By a store's name of a purchase: Apple's transaction id, Google's purchase token.
    #[arg(long, value_name = "ID")]
    transaction: Option<String>,
}

/// Gives and takes gems.
#[derive(Debug, Subcommand)]
pub(crate) enum Gems {
    /// Gives a player gems at once. A present lets the player know.
    Give {
        player_id: String,
        amount: u32,
        /// Paid gems, as a lot without a price.
        #[arg(long)]
        paid: bool,
        #[command(flatten)]
        papers: Papers,
    },
    /// Takes free gems of a player.
    Take {
        player_id: String,
        amount: u32,
        #[command(flatten)]
        papers: Papers,
    },
    /// Approves what another operator asked for.
    Approve {
        act_id: Uuid,
        #[command(flatten)]
        papers: Papers,
    },
}

/// Puts presents into mailboxes.
#[derive(Debug, Subcommand)]
pub(crate) enum Present {
    /// Sends a present.
    Send(Box<Sending>),
    /// Approves what another operator asked for.
    Approve {
        act_id: Uuid,
        #[command(flatten)]
        papers: Papers,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Sending {
    #[command(flatten)]
    to: To,
    #[arg(long)]
    title: String,
    #[arg(long, default_value = "")]
    message: String,
    #[arg(long, default_value_t = 0)]
    free_gems: u32,
    #[arg(long, default_value_t = 0)]
    paid_gems: u32,
    /// An item and how many of it, such as silver-bow=2; may be given more than once.
    #[arg(long = "item", value_name = "ITEM=COUNT", value_parser = item)]
    items: Vec<(String, u32)>,
    /// When it appears, such as 2026-04-01T12:00:00Z; at once by default.
    #[arg(long)]
    starts: Option<String>,
    /// When it can no longer be received.
    #[arg(long)]
    ends: String,
    #[command(flatten)]
    papers: Papers,
}

/// Who gets a present.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// One player.
    #[arg(long, value_name = "PLAYER_ID")]
    to: Option<String>,
    /// The players of a CSV file: a player id in the first column of each line.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Everyone who plays before it ends.
    #[arg(long)]
    everyone: bool,
}

/// Keeps players out for a while.
#[derive(Debug, Subcommand)]
pub(crate) enum Maintenance {
    /// Opens or announces maintenance.
    Open {
        /// When it begins; at once by default.
        #[arg(long)]
        starts: Option<String>,
        /// When it is expected to end, which players are told. It ends when you close it.
        #[arg(long)]
        ends: Option<String>,
        #[command(flatten)]
        papers: Papers,
    },
    /// Lets players in again.
    Close {
        #[command(flatten)]
        papers: Papers,
    },
}

/// Says which clients may play.
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Sets the least and the newest version. One that is left out is removed.
    Versions {
        /// Clients before it are refused.
        #[arg(long)]
        least: Option<String>,
        /// What clients may update to.
        #[arg(long)]
        newest: Option<String>,
        #[command(flatten)]
        papers: Papers,
    },
}

/// Takes pools off sale for a while.
#[derive(Debug, Subcommand)]
pub(crate) enum Pool {
    /// Takes a pool off sale. Draws that have begun end.
    Pause {
        pool_id: String,
        #[command(flatten)]
        papers: Papers,
    },
    /// Puts a pool back on sale.
    Resume {
        pool_id: String,
        #[command(flatten)]
        papers: Papers,
    },
}

fn item(text: &str) -> Result<(String, u32), String> {
    let (item, count) = text.split_once('=').ok_or("must be an item and a count: bow=2")?;
    let count = count.parse().map_err(|_| "the count must be a whole number".to_owned())?;
    Ok((item.to_owned(), count))
}

impl Player {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show { wanted, older, place, json } => {
                let mut body = wanted.body()?;
                set(&mut body, "older", older);
                print(&show(&place.functions()?, &body).await?, json)
            }
            Self::Suspend { player_id, until, papers } => {
                let user_id = user_id(&papers, &player_id).await?;
                let mut order = json!({ "user_id": user_id, "suspended": true });
                set(&mut order, "until", until);
                papers.order("set-suspension", &order).await
            }
            Self::Lift { player_id, papers } => {
                let user_id = user_id(&papers, &player_id).await?;
                let order = json!({ "user_id": user_id, "suspended": false });
                papers.order("set-suspension", &order).await
            }
            Self::Logout { player_id, papers } => {
                let user_id = user_id(&papers, &player_id).await?;
                papers.order("end-sessions", &json!({ "user_id": user_id })).await
            }
            Self::ForgetBirthMonth { player_id, papers } => {
                let user_id = user_id(&papers, &player_id).await?;
                papers.order("forget-birth-month", &json!({ "user_id": user_id })).await
            }
        }
    }
}

impl Wanted {
    fn body(&self) -> anyhow::Result<Value> {
        Ok(match self {
            Self { player_id: Some(id), .. } => {
                ensure!(is_player_id(id), "{id:?} is no player id, such as PLY000000000042");
                json!({ "player_id": id })
            }
            Self { user: Some(id), .. } => json!({ "user_id": id }),
            Self { saga: Some(id), .. } => json!({ "saga_id": id }),
            Self { transaction: Some(id), .. } => json!({ "transaction_id": id }),
            Self { source, .. } => json!({ "source_id": source }),
        })
    }
}

async fn show(functions: &Functions, wanted: &Value) -> anyhow::Result<Value> {
    functions.call("show-player", None, wanted).await
}

pub(super) async fn user_id(papers: &Papers, player_id: &str) -> anyhow::Result<Value> {
    ensure!(is_player_id(player_id), "{player_id:?} is no player id, such as PLY000000000042");
    let functions = papers.place.functions()?;
    let player = show(&functions, &json!({ "player_id": player_id })).await;
    Ok(player.with_context(|| format!("cannot find {player_id}"))?["user"]["user_id"].take())
}

/// Sets a field unless it is left out: functions refuse null.
pub(super) fn set(order: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        order[name] = value.into();
    }
}

impl Gems {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (player_id, delta, paid, papers) = match self {
            Self::Give { player_id, amount, paid, papers } => {
                (player_id, i64::from(amount), paid, papers)
            }
            Self::Take { player_id, amount, papers } => {
                (player_id, -i64::from(amount), false, papers)
            }
            Self::Approve { act_id, papers } => {
                return papers.approve("adjust-currency", act_id).await;
            }
        };
        let user_id = user_id(&papers, &player_id).await?;
        let currency_type = if paid { "paid_gem" } else { "free_gem" };
        let order = json!({ "user_id": user_id, "currency_type": currency_type, "delta": delta });
        papers.order("adjust-currency", &order).await
    }
}

impl Present {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Send(sending) => sending.run().await,
            Self::Approve { act_id, papers } => papers.approve("send-presents", act_id).await,
        }
    }
}

impl Sending {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let list = self.to.list.as_deref().map(List::read).transpose()?;
        let item =
            |(item, count): &(String, u32)| json!({ "item_master_id": item, "quantity": count });
        let mut order = json!({
            "audience": if self.to.everyone { "everyone" } else { "listed" },
            "title": self.title,
            "message": self.message,
            "free_gems": self.free_gems,
            "paid_gems": self.paid_gems,
            "items": self.items.iter().map(item).collect::<Value>(),
            "ends_at": self.ends,
        });
        set(&mut order, "starts_at", self.starts);
        set(&mut order, "player_ids", self.to.to.map(|id| json!([id])));
        set(&mut order, "player_ids", list.as_ref().map(|list| json!(list.player_ids())));
        let sent = self.papers.order("send-presents", &order).await;
        sent.map_err(|error| {
            let refused = error.downcast_ref::<Refused>();
            let field = refused.and_then(|refused| Some((refused.field.as_deref()?, refused)));
            let mistake = field
                .zip(list.as_ref())
                .and_then(|((field, refused), list)| list.mistake(field, &refused.message));
            match (mistake, self.to.list) {
                (Some(mistake), Some(file)) => {
                    anyhow::anyhow!("nothing was done:\n  {}, {mistake}", file.display())
                }
                _ => error,
            }
        })
    }
}

impl Maintenance {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Open { starts, ends, papers } => {
                let mut order = json!({ "open": true });
                set(&mut order, "starts_at", starts);
                set(&mut order, "ends_at", ends);
                papers.order("set-maintenance", &order).await
            }
            Self::Close { papers } => {
                papers.order("set-maintenance", &json!({ "open": false })).await
            }
        }
    }
}

impl Client {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Versions { least, newest, papers } = self;
        let mut order = json!({});
        set(&mut order, "least", least);
        set(&mut order, "newest", newest);
        papers.order("set-client-versions", &order).await
    }
}

impl Pool {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (pool_id, paused, papers) = match self {
            Self::Pause { pool_id, papers } => (pool_id, true, papers),
            Self::Resume { pool_id, papers } => (pool_id, false, papers),
        };
        papers.order("set-pool-pause", &json!({ "pool_id": pool_id, "paused": paused })).await
    }
}
