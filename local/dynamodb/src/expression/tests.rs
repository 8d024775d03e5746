use super::*;
use crate::item::Number;

fn text(text: &str) -> Value {
    Value::S(text.to_owned())
}

fn number(number: i128) -> Value {
    Value::N(Number::new(number))
}

fn words() -> Words {
    let names = [("#status", "status"), ("#owner", "owner")];
    let values = [(":done", text("DONE")), (":now", number(100)), (":later", number(200))];
    Words::new(
        names.map(|(word, name)| (word.to_owned(), name.to_owned())).into(),
        values.map(|(word, value)| (word.to_owned(), value)).into(),
    )
}

fn item() -> Item {
    [("id", text("a")), ("status", text("DONE")), ("expiry", number(99))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

#[test]
fn conditions_hold_as_in_dynamodb() {
    for (condition, of_item, of_none) in [
        ("attribute_exists(id)", true, false),
        ("attribute_not_exists(id)", false, true),
        ("attribute_exists(#owner)", false, false),
        ("#status = :done", true, false),
        (":done = #status", true, false),
        ("expiry < :now", true, false),
        ("expiry <= :now", true, false),
        ("expiry > :now", false, false),
        ("expiry >= :now", false, false),
        (":now < :later", true, true),
        // Another type is neither equal nor less nor more.
        ("expiry = :done", false, false),
        ("expiry < :done", false, false),
        ("expiry > :done", false, false),
        ("NOT #owner = :done", true, true),
        ("not attribute_exists(id)", false, true),
        // AND binds closer than OR.
        ("attribute_exists(id) OR expiry > :now AND expiry > :later", true, false),
        ("(attribute_exists(id) OR expiry > :now) AND expiry > :later", false, false),
        (
            "attribute_not_exists(id) OR expiry < :now OR (#status = :done AND missing < :now)",
            true,
            true,
        ),
        ("NOT attribute_exists(id) AND :now > :later", false, false),
    ] {
        let read = words().condition(condition).unwrap();
        assert_eq!(read.holds(Some(&item())), of_item, "{condition} of the item");
        assert_eq!(read.holds(None), of_none, "{condition} of no item");
    }
}

#[test]
fn an_update_is_a_list_of_attributes_to_set() {
    let set = words().update("SET #status = :done, expiry=:now").unwrap();
    let expected = [("status".to_owned(), text("DONE")), ("expiry".to_owned(), number(100))];
    assert_eq!(set, expected);
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    for (condition, problem) in [
        ("", "token: \"<EOF>\""),
        ("id", "token: \"<EOF>\""),
        ("id = ", "token: \"<EOF>\""),
        ("(id = :now", "token: \"<EOF>\""),
        ("id = :now)", "token: \")\""),
        ("id = :now extra", "token: \"extra\""),
        ("id <> :now", "token: \">\""),
        ("id BETWEEN :now AND :later", "token: \"BETWEEN\""),
        ("id = 5", "token: \"5\""),
        ("id.part = :now", "token: \".\""),
        ("begins_with(id, :done)", "The function begins_with is not served here"),
        ("#absent = :now", "attribute name: #absent"),
        ("id = :absent", "attribute value: :absent"),
        ("id = :", "token: \":\""),
    ] {
        let error = words().condition(condition).unwrap_err();
        assert!(error.starts_with("Invalid ConditionExpression: "), "{error}");
        assert!(error.contains(problem), "{condition}: {error}");
    }
    for (update, problem) in [
        ("REMOVE answer", "only SET is served here"),
        ("SET expiry = expiry", "token: \"expiry\""),
        ("SET expiry = :now,", "token: \"<EOF>\""),
        ("SET expiry = :now, expiry = :later", "overlap"),
        ("SET expiry = :now + :later", "token: \"+\""),
        ("SET expiry = :now REMOVE answer", "token: \"REMOVE\""),
    ] {
        let error = words().update(update).unwrap_err();
        assert!(error.starts_with("Invalid UpdateExpression: "), "{error}");
        assert!(error.contains(problem), "{update}: {error}");
    }
}

#[test]
fn every_word_of_a_request_must_be_used() {
    let mut words = words();
    words.update("SET #status = :done, #owner = :now").unwrap();
    let unused = words.check_used().unwrap_err();
    assert_eq!(
        unused,
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:later}"
    );
    words.condition("expiry < :later").unwrap();
    assert_eq!(words.check_used(), Ok(()));
}
