//! `tenjo game`: what the game does now.

use std::process::ExitCode;

use serde_json::json;
use uuid::Uuid;

use super::act::print;
use super::command::set;
use super::place::Place;

/// Shows whether players are let in, the pools, the sagas that stopped, figures, the
/// audit, and the log of operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Game {
    /// Show the log from the line before this act on, instead of the newest lines.
    #[arg(long, value_name = "ACT_ID")]
    log_before: Option<Uuid>,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Game {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut wanted = json!({});
        set(&mut wanted, "log_before", self.log_before.map(|act_id| act_id.to_string()));
        print(&self.place.functions()?.call("show-game", None, &wanted).await?, self.json)
    }
}
