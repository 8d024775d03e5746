//! Purchases that a person has to book, to take back, or to close.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::act::Papers;
use super::command::{set, user_id};

/// Books purchases that a store vouches for, takes others back, and closes those that wait for
/// nothing.
#[derive(Debug, Subcommand)]
pub(crate) enum Purchase {
    /// Books a purchase that nothing else can book. Look at it in the store's own console
    /// first.
    Book(Box<Booking>),
    /// Takes a purchase back, as its store did without telling.
    Void {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        papers: Papers,
    },
    /// Gives a purchase again that was taken back, as its store did without telling.
    Restore {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        papers: Papers,
    },
    /// Closes a pending purchase for ever: its store told of it, or a client sent it, and its
    /// store does not vouch for it. Look at it in the store's own console first.
    Dismiss {
        /// The purchase, as `player show` or the log of reconcile-purchases names it.
        purchase_id: Uuid,
        /// The player whose client began it, such as PLY000000000042. Nobody, if only its
        /// store told of it.
        #[arg(long, value_name = "PLAYER_ID")]
        player: Option<String>,
        #[command(flatten)]
        papers: Papers,
    },
    /// Approves a booking that another operator asked for.
    Approve {
        act_id: Uuid,
        #[command(flatten)]
        papers: Papers,
    },
    /// Approves a void, or a restoration, that another operator asked for.
    ApproveVoid {
        act_id: Uuid,
        #[command(flatten)]
        papers: Papers,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Booking {
    /// Whose it is, such as PLY000000000042.
    player_id: String,
    #[command(flatten)]
    transaction: Transaction,
    /// The product of the game whose gems the player gets.
    #[arg(long)]
    product: String,
    /// The store's name of the product, if the game has another one for it.
    #[arg(long)]
    store_product: Option<String>,
    /// The number on the store's own receipt.
    #[arg(long)]
    order_id: Option<String>,
    /// What was paid, in millionths of the currency's unit.
    #[arg(long)]
    price_micros: u64,
    /// In which currency, such as JPY.
    #[arg(long)]
    currency: String,
    /// When it was bought, such as 2026-04-01T12:00:00Z.
    #[arg(long)]
    purchased_at: String,
    #[command(flatten)]
    papers: Papers,
}

/// Which purchase, and since when it is so.
#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// Whose it is, such as PLY000000000042.
    player_id: String,
    #[command(flatten)]
    transaction: Transaction,
    /// When the store did it, as its console says, such as 2026-04-01T12:00:00Z.
    #[arg(long)]
    at: String,
}

/// A store's name of a purchase.
#[derive(Debug, clap::Args)]
struct Transaction {
    /// Which store: apple or google.
    #[arg(long)]
    store: String,
    /// Apple's transaction id, or Google's purchase token.
    #[arg(long, value_name = "ID")]
    transaction: String,
}

impl Purchase {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Book(booking) => booking.run().await,
            Self::Void { of, papers } => of.run(true, papers).await,
            Self::Restore { of, papers } => of.run(false, papers).await,
            Self::Dismiss { purchase_id, player, papers } => {
                let mut order = json!({ "dismissed": purchase_id });
                if let Some(player_id) = player {
                    order["user_id"] = user_id(&papers, &player_id).await?;
                }
                papers.order("void-purchase", &order).await
            }
            Self::Approve { act_id, papers } => papers.approve("book-purchase", act_id).await,
            Self::ApproveVoid { act_id, papers } => papers.approve("void-purchase", act_id).await,
        }
    }
}

impl Booking {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let mut order = self.transaction.order(user_id(&self.papers, &self.player_id).await?);
        for (name, value) in [
            ("product_id", json!(self.product)),
            ("currency", json!(self.currency)),
            ("price_micros", json!(self.price_micros)),
            ("purchased_at", json!(self.purchased_at)),
        ] {
            order[name] = value;
        }
        set(&mut order, "store_product_id", self.store_product);
        set(&mut order, "order_id", self.order_id);
        self.papers.order("book-purchase", &order).await
    }
}

impl Of {
    async fn run(self, voided: bool, papers: Papers) -> anyhow::Result<ExitCode> {
        let mut order = self.transaction.order(user_id(&papers, &self.player_id).await?);
        order["voided"] = json!(voided);
        order["at"] = json!(self.at);
        papers.order("void-purchase", &order).await
    }
}

impl Transaction {
    fn order(&self, user_id: Value) -> Value {
        json!({ "user_id": user_id, "store": self.store, "transaction_id": self.transaction })
    }
}
