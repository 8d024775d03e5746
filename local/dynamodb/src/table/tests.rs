use super::*;
use crate::item::Value;

fn item(id: &str, expiry: i128) -> Item {
    [("id", Value::S(id.to_owned())), ("expiry", Value::N(Number::new(expiry)))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn lines(folder: &Path) -> usize {
    fs::read_to_string(folder.join("items.jsonl")).unwrap().lines().count()
}

#[test]
fn the_file_does_not_grow_for_ever() {
    let folder = std::env::temp_dir().join(format!("tenjo-dynamodb-{}-grow", std::process::id()));
    let mut table = Table::open(&folder).unwrap();
    table.put("kept".to_owned(), item("kept", 9)).unwrap();
    for expiry in 0..SPARE_CHANGES as i128 + 10 {
        table.put("often".to_owned(), item("often", expiry)).unwrap();
    }
    assert_eq!(lines(&folder), SPARE_CHANGES + 11);
    table.remove_expired(Number::new(0)).unwrap();
    assert_eq!(lines(&folder), 2);

    table.put("last".to_owned(), item("last", 9)).unwrap();
    let again = Table::open(&folder).unwrap();
    for id in ["kept", "often", "last"] {
        assert_eq!(again.get(id), table.get(id), "{id}");
        assert!(again.get(id).is_some(), "{id}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_is_broken_in_the_middle_is_refused() {
    for text in ["{\"put\":{}}\n", "nonsense\n{\"delete\":\"a\"}\n"] {
        assert!(replay(text).is_err(), "{text}");
    }
}
