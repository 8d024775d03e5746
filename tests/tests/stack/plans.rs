//! The database keeps the plan of a prepared statement, unless it uses certain functions
//! (`unCacheableFunctions` in TiDB; this asks for them). To plan one anew often costs more
//! than to find a few rows by their keys: a player was found in 0.8 ms of the database's
//! processor time with a kept plan, and in 2.6 ms without.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::AssertSqlSafe;
use tenjo_tests::database;

/// What keeps TiDB from keeping a plan, and in how many statements. `last_insert_id` brings
/// a count back with the answer, which saves a second statement.
const PLANNED_ANEW: [(&str, usize); 1] = [("last_insert_id", 2)];

#[tokio::test]
async fn few_statements_use_a_function_that_keeps_the_database_from_keeping_their_plan() {
    let mut conn = database::connect().await;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = tenjo_stack::place::root().join("shared/store/.sqlx");
    for file in std::fs::read_dir(folder).unwrap() {
        let described = std::fs::read(file.unwrap().path()).unwrap();
        let described: Value = serde_json::from_slice(&described).unwrap();
        let query = described["query"].as_str().unwrap();
        let text = query.replace('\\', "\\\\").replace('\'', "''");
        let prepare = AssertSqlSafe(format!("prepare described from '{text}'"));
        sqlx::raw_sql(prepare).execute(&mut conn).await.unwrap_or_else(|e| panic!("{e}: {query}"));
        let warnings: Vec<(String, u32, String)> =
            sqlx::query_as("show warnings").fetch_all(&mut conn).await.unwrap();
        // The preparing statement itself is warned of too.
        let whys = warnings.iter().filter_map(|it| it.2.split("query has '").nth(1));
        for why in whys.filter_map(|why| why.split('\'').next()) {
            found.entry(why.to_owned()).or_default().push(query.to_owned());
        }
    }
    let counts: Vec<_> = found.iter().map(|(why, of)| (why.as_str(), of.len())).collect();
    assert_eq!(counts, PLANNED_ANEW, "{found:#?}");
}
