use proptest::prelude::*;

use super::generated::pool;
use super::*;

/// A pool with every rule that a standard pool can have, as it was when this
/// format began.
const FIXED: &str = concat!(
    r#"{"format":1,"pool_id":"moon","name":"Moon 月","opens_at":"2026-09-01T00:00:00.000000Z","#,
    r#""closes_at":"2026-10-01T00:00:00.000000Z","#,
    r#""opening_hours":{"utc_offset":"+09:00:00","weekdays":["saturday","sunday"],"#,
    r#""from":"18:00:00.000000","until":"23:00:00.000000"},"#,
    r#""day":{"utc_offset":"+09:00:00","begins_at":"05:00:00.000000"},"#,
    r#""limits":{"per_day":30,"in_total":300},"free_daily":{"draw_count":1},"#,
    r#""pity":{"group":"festival","max_count":90,"soft":{"from_count":75,"weight_step":6},"#,
    r#""rate_up_guarantee":true},"#,
    r#""rules":{"kind":"standard","#,
    r#""prices":[{"draw_count":1,"currency_type":"any_gem","amount":300},"#,
    r#"{"draw_count":10,"currency_type":"any_gem","amount":3000}],"#,
    r#""rarity_weights":[{"rarity":"R","weight":97},{"rarity":"SSR","weight":3}],"#,
    r#""guarantee":{"draw_count":10,"rarity":"SSR"}},"#,
    r#""exchange":{"group":"moon","points_per_draw":1,"closes_at":"2026-10-08T00:00:00.000000Z","#,
    r#""offers":[{"item_master_id":"kaguya","points":200}]},"#,
    r#""items":[{"item_master_id":"guard","rarity":"R","weight":1,"is_pickup":false},"#,
    r#"{"item_master_id":"kaguya","rarity":"SSR","weight":1,"is_pickup":true}]}"#,
);

#[test]
fn a_document_and_its_revision_never_change_between_releases() {
    let pool = from_document(FIXED).unwrap();
    assert_eq!(to_document(&pool), FIXED);
    assert_eq!(
        revision(FIXED).to_string(),
        "71cf57f78fe644cf0e8b0265710ff391f3cec72edbc37ed27daca40d0a65dd0a",
        "sagas would name revisions that nobody can find"
    );
}

#[test]
fn what_is_not_exactly_a_document_is_refused() {
    for (find, replace, problem) in [
        ("\"format\":1", "\"format\":2", "its format is 2"),
        ("\"name\"", "\"nam\"", "unknown field `nam`"),
        ("\"kind\":\"standard\",", "\"kind\":\"bag\",", "unknown variant `bag`"),
        ("\"kind\":\"standard\",", "\"kind\":\"standard\",\"luck\":1,", "unknown field `luck`"),
        (",\"is_pickup\":false", "", "missing field `is_pickup`"),
        ("any_gem", "any_coin", "currency_type: must be one of"),
        ("\"points_per_draw\":1", "\"points_per_draw\":0", "points_per_draw is 0"),
        ("\"points\":200", "\"points\":0", "item kaguya costs 0 points"),
        ("\"points\":200", "\"points\":9223372036854775808", "exchange.offers: must be at most"),
        ("\"weight\":97", "\"weight\":96", "the rarity weights add up to 99"),
        ("2026-09-01T00:00:00.000000Z", "2026-09-01T00:00:00Z", "opens_at: must be a moment"),
        ("+09:00:00", "+09:00", "utc_offset: must be an offset"),
        ("saturday", "Saturday", "weekdays: must be one of"),
        ("\"format\":1,", "\"format\":1, ", "not in canonical form"),
        ("\"per_day\":30,", "\"per_day\":30,\"in_total\":300,", "duplicate field"),
        ("[\"saturday\",\"sunday\"]", "null", "null"),
    ] {
        let text = FIXED.replacen(find, replace, 1);
        let error = from_document(&text).expect_err(replace).to_string();
        assert!(error.contains(problem), "{replace}: {error}");
    }
}

#[test]
fn a_document_has_nothing_that_the_pool_has_not() {
    let text = FIXED
        .replace(r#""closes_at":"2026-10-01T00:00:00.000000Z","#, "")
        .replace(r#""closes_at":"2026-10-08T00:00:00.000000Z","#, "")
        .replace(r#""soft":{"from_count":75,"weight_step":6},"#, "")
        .replace(r#""limits":{"per_day":30,"in_total":300},"#, "")
        .replace(r#","guarantee":{"draw_count":10,"rarity":"SSR"}"#, "");
    assert_eq!(to_document(&from_document(&text).unwrap()), text);
    let empty = FIXED.replace(r#"{"per_day":30,"in_total":300}"#, "{}");
    assert!(matches!(from_document(&empty), Err(DocumentError::NotCanonical)));
}

#[test]
fn every_kind_of_rules_has_its_shape() {
    let (head, rest) = FIXED.split_once(r#","free_daily""#).unwrap();
    let (_, tail) = rest.split_once(r#","exchange""#).unwrap();
    for rules in [
        concat!(
            r#"{"kind":"step_up","after_last":"loop","steps":["#,
            r#"{"prices":[{"draw_count":3,"currency_type":"free_gem","amount":100}],"#,
            r#""rarity_weights":[{"rarity":"R","weight":97},{"rarity":"SSR","weight":3}]},"#,
            r#"{"prices":[{"draw_count":10,"currency_type":"paid_gem","amount":0}],"#,
            r#""rarity_weights":[{"rarity":"R","weight":90},{"rarity":"SSR","weight":10}],"#,
            r#""guarantee":{"draw_count":10,"rarity":"SSR"}}]}"#,
        ),
        concat!(
            r#"{"kind":"box","reset":"after_last_pickup","#,
            r#""prices":[{"draw_count":1,"currency_type":"free_gem","amount":300}]}"#,
        ),
    ] {
        let text = format!(r#"{head},"rules":{rules},"exchange"{tail}"#);
        assert_eq!(to_document(&from_document(&text).unwrap()), text);
    }
}

proptest! {
    #[test]
    fn a_pool_and_its_document_say_the_same(pool in pool()) {
        let document = to_document(&pool);
        let read = from_document(&document).unwrap();
        prop_assert_eq!(read.parts(), pool.parts());
        prop_assert_eq!(to_document(&read), document);
    }
}
