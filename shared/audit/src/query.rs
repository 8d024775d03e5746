//! Queries about a range of players.

use sqlx::mysql::MySqlArguments;
use sqlx::{Arguments, AssertSqlSafe};

use crate::Players;

/// Where a query names its players.
const PLACE: &str = "{players}";

/// A query with `{players}`, for these. Its text is the same for all of them, because their
/// ids are bound: a connection prepares it once, and most are planned once for it. Ids in
/// the text would fill the connection's cache with statements that nobody asks again.
///
/// Safe: the text consists of constants of this crate and of numbers.
pub(crate) fn of(
    query: &str,
    players: Players,
) -> sqlx::Result<(AssertSqlSafe<String>, MySqlArguments)> {
    let mut ends = MySqlArguments::default();
    for _ in query.matches(PLACE) {
        for end in [players.first, players.last] {
            ends.add(end.as_bytes().as_slice()).map_err(sqlx::Error::Encode)?;
        }
    }
    Ok((AssertSqlSafe(query.replace(PLACE, "between ? and ?")), ends))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::{Arguments, SqlSafeStr};
    use uuid::Uuid;

    use super::*;
    use crate::RULES;

    #[test]
    fn a_rule_asks_for_all_players_in_the_same_words() {
        for rule in &RULES {
            let slices =
                [Players::one(Uuid::nil()), Players { first: Uuid::nil(), last: Uuid::max() }];
            let texts = slices.map(|players| {
                let (statement, ends) = of(rule.broken, players).unwrap();
                let text = statement.into_sql_str().as_str().to_owned();
                assert!(ends.len() >= 2 && ends.len() == text.matches('?').count(), "{text}");
                text
            });
            assert_eq!(BTreeSet::from(texts).len(), 1, "{}", rule.sentence);
        }
    }
}
