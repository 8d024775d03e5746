//! `tenjo game`: what the game does now.

use std::process::ExitCode;

use serde_json::json;
use uuid::Uuid;

use super::act::lines;
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
        // A field is left out rather than null: functions refuse null.
        let before = self.log_before.map(|act_id| json!({ "log_before": act_id }));
        let wanted = before.unwrap_or_else(|| json!({}));
        let game = self.place.functions()?.call("show-game", None, &wanted).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&game)?);
        } else {
            println!("{}", lines(&game, 0));
        }
        Ok(ExitCode::SUCCESS)
    }
}
