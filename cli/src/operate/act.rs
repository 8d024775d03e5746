//! One act: tried, shown, agreed to, done.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::place::{Place, Uncertain};

/// What every act needs.
#[derive(Debug, clap::Args)]
pub(crate) struct Papers {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The ticket that the act belongs to.
    #[arg(long)]
    ticket: String,
    /// Why, in a sentence for the log.
    #[arg(long)]
    reason: String,
    /// Names the act: the same key never acts twice. A new one by default.
    #[arg(long)]
    key: Option<String>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

impl Papers {
    /// Orders an act of a function.
    ///
    /// # Errors
    /// The function refuses, or nobody agreed.
    pub(crate) async fn order(&self, function: &str, order: &Value) -> anyhow::Result<ExitCode> {
        self.act(function, "order", order).await
    }

    /// Approves the request of another person.
    ///
    /// # Errors
    /// The function refuses, or nobody agreed.
    pub(crate) async fn approve(&self, function: &str, request: Uuid) -> anyhow::Result<ExitCode> {
        self.act(function, "approves", &json!(request)).await
    }

    async fn act(&self, function: &str, what: &str, it: &Value) -> anyhow::Result<ExitCode> {
        let functions = self.place.functions()?;
        let key = self.key.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
        let mut body = json!({ "ticket": self.ticket, "reason": self.reason, "dry_run": true });
        body[what] = it.clone();
        let tried = functions.call(function, Some(&key), &body).await?;
        if tried["outcome"] != "dry_run" {
            // The key stands for an act of before: this is its answer again.
            return self.tell(function, &tried, "This was done before");
        }
        if self.dry_run {
            return self.tell(function, &tried, "This would change");
        }
        if !self.yes {
            if let Some(request) = requested(&tried) {
                eprintln!("{request}");
            }
            eprintln!("{function} would change:\n{}", lines(&tried["result"], 1));
            if tried["needs_second_person"] == true {
                eprintln!("It takes a second person: this only asks for it.");
            }
            ensure!(agrees()?, "nothing was done");
        }
        body["dry_run"] = json!(false);
        let done = functions.call(function, Some(&key), &body).await;
        let done = done.map_err(|error| what_came_of_it(error, &key))?;
        let what = if done["outcome"] == "done" { "Done" } else { "Requested" };
        self.tell(function, &done, what)
    }

    fn tell(&self, function: &str, answer: &Value, what: &str) -> anyhow::Result<ExitCode> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(answer)?);
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(request) = requested(answer) {
            println!("{request}");
        }
        println!("{what}:\n{}", lines(&answer["result"], 1));
        let act_id = answer["act_id"].as_str().unwrap_or_default();
        match answer["outcome"].as_str() {
            Some("requested") => {
                println!("Another person approves it with: {} {act_id}", approval(function));
            }
            Some("done") => println!("Act {act_id}"),
            _ => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A refusal says that nothing happened. A lost answer says nothing.
fn what_came_of_it(error: anyhow::Error, key: &str) -> anyhow::Error {
    if error.is::<Uncertain>() {
        error.context(format!(
            "it is not certain whether it was done; run it again with --key {key}"
        ))
    } else {
        error.context("nothing was done")
    }
}

/// The command that approves what a function was asked for.
fn approval(function: &str) -> &'static str {
    if function == "void-purchase" { "approve-void" } else { "approve" }
}

/// What another person asked for, if the act approves it.
fn requested(answer: &Value) -> Option<String> {
    let request = answer.get("request").filter(|request| request.is_object())?;
    Some(format!("Another person requested:\n{}", lines(request, 1)))
}

/// Whether the person at the terminal says yes.
fn agrees() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to agree: add --yes, or --dry-run to only look");
    }
    eprint!("Do it? (yes) ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Prints what a function shows: as JSON, or for people.
pub(crate) fn print(shown: &Value, is_json: bool) -> anyhow::Result<ExitCode> {
    if is_json {
        println!("{}", serde_json::to_string_pretty(shown)?);
    } else {
        println!("{}", lines(shown, 0));
    }
    Ok(ExitCode::SUCCESS)
}

/// A value for people: a field on each line.
pub(crate) fn lines(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(fields) if fields.is_empty() => format!("{indent}none"),
        Value::Object(fields) => {
            let line = |(name, value): (&String, &Value)| {
                if is_plain(value) {
                    format!("{indent}{name}: {}", text(value))
                } else {
                    format!("{indent}{name}:\n{}", lines(value, depth + 1))
                }
            };
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Value::Array(rows) if rows.is_empty() => format!("{indent}none"),
        Value::Array(rows) => {
            let row = |row: &Value| match row {
                Value::Object(fields) => {
                    let fields =
                        fields.iter().map(|(name, value)| format!("{name} {}", text(value)));
                    format!("{indent}- {}", fields.collect::<Vec<_>>().join(", "))
                }
                row => format!("{indent}- {}", text(row)),
            };
            rows.iter().map(row).collect::<Vec<_>>().join("\n")
        }
        plain => format!("{indent}{}", text(plain)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lost_answer_leaves_it_open_what_was_done() {
        let refused = || anyhow::anyhow!("insufficient_currency: too few gems");
        let certain = format!("{:#}", what_came_of_it(refused(), "a-key"));
        assert_eq!(certain, "nothing was done: insufficient_currency: too few gems");
        let lost = refused().context(Uncertain).context("adjust-currency refused");
        let lost = what_came_of_it(lost, "a-key").to_string();
        assert!(lost.contains("not certain") && lost.contains("--key a-key"), "{lost}");
    }

    #[test]
    fn what_changes_is_shown_a_field_on_each_line() {
        let changed = json!({
            "player_id": "PLY000000000042",
            "after": { "until": null },
            "lots": [{ "lot_number": 1, "remaining": 5 }],
            "acts": [],
            "older": {},
        });
        let expected = "  acts:\n    none\n  after:\n    until: null\n  lots:\n    - lot_number 1, \
                        remaining 5\n  older:\n    none\n  player_id: PLY000000000042";
        let mut shown: Vec<_> = lines(&changed, 1).split("\n  ").map(str::to_owned).collect();
        let mut wanted: Vec<_> = expected.split("\n  ").map(str::to_owned).collect();
        shown.iter_mut().chain(&mut wanted).for_each(|line| *line = line.trim().to_owned());
        shown.sort();
        wanted.sort();
        assert_eq!(shown, wanted);
    }
}
