//! Which answers may change under the same idempotency key. Three documents say it, each
//! for its own readers, and they must say the same.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::{Project, text, yaml};

/// About the key itself, so it is in no list.
const OF_THE_KEY: &str = "idempotency_key_reused";

/// Statuses and codes, as a sentence or a table names them.
#[derive(Debug, Default)]
struct Named {
    codes: BTreeSet<String>,
    /// Those that stand alone. Of `403 user_suspended`, only the code is meant.
    statuses: BTreeSet<u16>,
}

impl Named {
    fn add(&mut self, text: &str) {
        let mut alone: Option<u16> = None;
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 1 {
                self.codes.insert(part.to_owned());
                alone = None;
                continue;
            }
            self.statuses.extend(alone.take());
            for word in part.split(|it: char| !it.is_ascii_alphanumeric()) {
                if word == "5xx" {
                    self.statuses.extend(500..600);
                } else if word.len() == 3
                    && let Ok(status) = word.parse()
                {
                    self.statuses.extend(alone.replace(status));
                }
            }
            if !part.ends_with(' ') || !part.trim_end().ends_with(|it: char| it.is_ascii_digit()) {
                self.statuses.extend(alone.take());
            }
        }
        self.statuses.extend(alone);
    }
}

/// What a document says.
struct Lists {
    of: &'static str,
    stays: Named,
    may_change: Named,
}

impl Lists {
    fn new(of: &'static str, stays: &str, may_change: &str) -> Self {
        let mut lists = Self { of, stays: Named::default(), may_change: Named::default() };
        lists.stays.add(stays);
        lists.may_change.add(may_change);
        lists
    }

    /// Whether an answer stays; or why the document does not say.
    fn says(&self, status: u16, code: &str) -> Result<bool, String> {
        let stays = self.stays.codes.contains(code);
        let may_change = self.may_change.codes.contains(code)
            || self.may_change.statuses.contains(&status) && !stays;
        if stays == may_change {
            let both = if stays { "both lists have" } else { "neither list has" };
            return Err(format!("{}: {both} {status} {code}", self.of));
        }
        Ok(stays)
    }
}

/// The text between two others.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin:?}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} after {begin:?}")).0
}

fn of_design(page: &str) -> Lists {
    let section = between(page, "\n## Idempotency\n", "\n## ");
    let stays = between(section, "A refusal of the game is an answer too:", "A complete draw");
    let table = between(section, "|---|---|\n", "\n\n");
    let answers: Vec<_> = table.lines().filter_map(|row| row.split('|').nth(1)).collect();
    Lists::new("docs/API-DESIGN.md", stays, &answers.join("\n"))
}

fn of_clients(page: &str) -> Lists {
    let table = between(page, "|---|---|---|\n", "\n\n");
    let rows = |is_final: &str| {
        let cells = table.lines().map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        let rows = cells.filter(|cells| cells[2] == is_final).map(|cells| cells[1].to_owned());
        rows.collect::<Vec<_>>().join("\n")
    };
    Lists::new("docs/clients.md", &rows("yes"), &rows("no"))
}

fn of_openapi(document: &Value) -> Lists {
    let text = document.pointer("/components/parameters/IdempotencyKey/description");
    let text = text.and_then(Value::as_str).unwrap();
    let stays = between(text, "good or bad (", "), is recorded");
    let may_change = between(text, "Only after", "(but not");
    Lists::new("openapi.yaml", stays, may_change)
}

#[test]
fn all_documents_name_the_same_answers_that_may_change_under_a_key() {
    let project = Project::read().unwrap();
    let keyed = ["request-draw", "exchange-points"];
    let codes: BTreeSet<(u16, String)> = project
        .operations
        .iter()
        .filter(|operation| keyed.contains(&operation.name.as_str()))
        .flat_map(|operation| operation.codes.clone())
        .filter(|(_, code)| code != OF_THE_KEY)
        .collect();
    assert!(codes.len() >= 15, "{codes:?}");
    let documents = [
        of_design(&text("docs/API-DESIGN.md").unwrap()),
        of_clients(&text("docs/clients.md").unwrap()),
        of_openapi(&yaml("openapi.yaml").unwrap()),
    ];
    let mut wrong = Vec::new();
    for (status, code) in &codes {
        let said = documents.each_ref().map(|document| document.says(*status, code));
        wrong.extend(said.iter().filter_map(|said| said.clone().err()));
        if said.iter().flatten().collect::<BTreeSet<_>>().len() > 1 {
            wrong.push(format!("{status} {code}: stays, by each document: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_status_before_a_code_is_not_meant_alone() {
    let mut named = Named::default();
    named.add("401, 403 `client_outdated`, 429, 503 `try_later` or a 413");
    assert_eq!(named.statuses, BTreeSet::from([401, 413, 429]));
    assert_eq!(named.codes, BTreeSet::from(["client_outdated", "try_later"].map(str::to_owned)));
}
