//! Lists of players, as files.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use anyhow::Context;

/// A list whose every line is a player id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List {
    player_ids: Vec<String>,
    /// The line of each, counted from 1.
    lines: Vec<usize>,
}

/// A line that is wrong, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    pub(crate) why: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl List {
    /// Reads a CSV file: a player id in the first column of each line, and perhaps the
    /// header `player_id`. Other columns are for people.
    ///
    /// # Errors
    /// It cannot be read, or has mistakes: all of them are named.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        Self::parse(&text).map_err(|mistakes| {
            let mistakes: Vec<_> = mistakes.iter().map(|it| format!("\n  {name}, {it}")).collect();
            anyhow::anyhow!("nothing was done:{}", mistakes.concat())
        })
    }

    fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut list = Self { player_ids: Vec::new(), lines: Vec::new() };
        let (mut mistakes, mut seen) = (Vec::new(), HashMap::new());
        // Spreadsheets write a mark of the byte order before the first line.
        let text = text.trim_start_matches('\u{feff}');
        for (line, row) in (1..).zip(text.lines()) {
            let id = row.split(',').next().unwrap_or_default().trim().trim_matches('"');
            if line == 1 && id == "player_id" {
                continue;
            }
            let mut wrong = |why: String| mistakes.push(Mistake { line, why });
            if !is_player_id(id) {
                wrong(format!("{id:?} is no player id, such as PLY000000000042"));
            } else if let Some(first) = seen.insert(id.to_owned(), line) {
                wrong(format!("{id} is on line {first} too"));
            } else {
                list.player_ids.push(id.to_owned());
                list.lines.push(line);
            }
        }
        if list.player_ids.is_empty() && mistakes.is_empty() {
            mistakes.push(Mistake { line: 1, why: "the list is empty".to_owned() });
        }
        if mistakes.is_empty() { Ok(list) } else { Err(mistakes) }
    }

    pub(crate) fn player_ids(&self) -> &[String] {
        &self.player_ids
    }

    /// The mistake behind a field that a function refused, such as
    /// `order.player_ids.17`, if it is one of the list.
    pub(crate) fn mistake(&self, field: &str, message: &str) -> Option<Mistake> {
        let index: usize = field.strip_prefix("order.player_ids.")?.parse().ok()?;
        let why = message.split_once(": ").map_or(message, |(_, why)| why);
        let id = self.player_ids.get(index)?;
        Some(Mistake { line: *self.lines.get(index)?, why: format!("{id} {why}") })
    }
}

pub(crate) fn is_player_id(text: &str) -> bool {
    text.strip_prefix("PLY").is_some_and(|digits| {
        digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_player_on_each_line() {
        for text in [
            "PLY000000000042\nPLY000000000043\n",
            "player_id\nPLY000000000042\r\nPLY000000000043",
            "\u{feff}player_id,name\n\"PLY000000000042\",Aoi\nPLY000000000043,Ben\n",
        ] {
            let list = List::parse(text).unwrap();
            assert_eq!(list.player_ids(), ["PLY000000000042", "PLY000000000043"], "{text:?}");
        }
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "player_id\nPLY000000000042\nPLY42\n\nPLY000000000042\n";
        let mistakes = List::parse(text).unwrap_err();
        let named: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            named,
            [
                "line 3: \"PLY42\" is no player id, such as PLY000000000042",
                "line 4: \"\" is no player id, such as PLY000000000042",
                "line 5: PLY000000000042 is on line 2 too",
            ]
        );
        assert_eq!(List::parse("").unwrap_err().len(), 1);
    }

    #[test]
    fn what_a_function_refuses_is_found_on_its_line() {
        let list = List::parse("player_id\nPLY000000000042\nPLY000000000043").unwrap();
        let mistake = list.mistake("order.player_ids.1", "order.player_ids.1: is no player");
        assert_eq!(mistake.unwrap().to_string(), "line 3: PLY000000000043 is no player");
        assert_eq!(list.mistake("ticket", "is required"), None);
    }
}
