//! The four operations, with DynamoDB's requests and answers.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tenjo_aws_json::{Failure, Service, read, refused, unknown_operation, validation};
use tenjo_iam::{Identities, Identity};

use crate::expression::Words;
use crate::item::{self, Item, KEY, MOST_BYTES, Number, Value};
use crate::table::Table;

/// The account of everything on one machine.
const ACCOUNT: &str = "000000000000";

/// The service with its one table. A clone is the same service.
#[derive(Clone)]
pub(crate) struct DynamoDb {
    table: Arc<Mutex<Table>>,
    name: String,
    arn: String,
    identities: Arc<Identities>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetItem {
    table_name: String,
    key: Item,
    /// Every read here is consistent.
    #[serde(default, rename = "ConsistentRead")]
    _consistent_read: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutItem {
    table_name: String,
    item: Item,
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    return_values_on_condition_check_failure: Old,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateItem {
    table_name: String,
    key: Item,
    update_expression: String,
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteItem {
    table_name: String,
    key: Item,
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    return_values: Old,
}

/// Whether the answer has the item as it was before.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Old {
    #[default]
    None,
    AllOld,
}

impl Service for DynamoDb {
    const CONTENT_TYPE: &'static str = "application/x-amz-json-1.0";

    fn error_type(name: &str) -> String {
        let namespace = match name {
            "AccessDeniedException" | "UnrecognizedClientException" | "ValidationException" => {
                "com.amazon.coral.service"
            }
            _ => "com.amazonaws.dynamodb.v20120810",
        };
        format!("{namespace}#{name}")
    }

    fn identities(&self) -> &Identities {
        &self.identities
    }

    fn call(
        &self,
        caller: &Identity,
        operation: Option<&str>,
        body: &[u8],
    ) -> Result<Json, Failure> {
        match operation {
            Some("DynamoDB_20120810.GetItem") => self.get_item(caller, read(body)?),
            Some("DynamoDB_20120810.PutItem") => self.put_item(caller, read(body)?),
            Some("DynamoDB_20120810.UpdateItem") => self.update_item(caller, read(body)?),
            Some("DynamoDB_20120810.DeleteItem") => self.delete_item(caller, read(body)?),
            other => Err(unknown_operation(other)),
        }
    }
}

impl DynamoDb {
    pub(crate) fn new(table: Table, name: &str, region: &str, identities: Identities) -> Self {
        Self {
            table: Arc::new(Mutex::new(table)),
            name: name.to_owned(),
            arn: format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"),
            identities: Arc::new(identities),
        }
    }

    /// Removes the items that have expired by this time.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn remove_expired(&self, seconds: i128) -> io::Result<()> {
        self.lock().remove_expired(Number::new(seconds))
    }

    fn get_item(&self, caller: &Identity, input: GetItem) -> Result<Json, Failure> {
        self.authorize(caller, "GetItem", &input.table_name)?;
        let id = key_alone(&input.key)?;
        Ok(match self.lock().get(id) {
            Some(item) => json!({ "Item": item }),
            None => json!({}),
        })
    }

    fn put_item(&self, caller: &Identity, input: PutItem) -> Result<Json, Failure> {
        self.authorize(caller, "PutItem", &input.table_name)?;
        let id = item::key(&input.item).map_err(validation)?.to_owned();
        check_size(&input.item)?;
        let words = Words::new(input.expression_attribute_names, input.expression_attribute_values);
        let guard = Guard::read(words, input.condition_expression.as_deref())?;
        let mut table = self.lock();
        guard.check(table.get(&id), input.return_values_on_condition_check_failure)?;
        table.put(id, input.item).map_err(broken)?;
        Ok(json!({}))
    }

    fn update_item(&self, caller: &Identity, input: UpdateItem) -> Result<Json, Failure> {
        self.authorize(caller, "UpdateItem", &input.table_name)?;
        let id = key_alone(&input.key)?.to_owned();
        let mut words =
            Words::new(input.expression_attribute_names, input.expression_attribute_values);
        let set = words.update(&input.update_expression).map_err(validation)?;
        if set.iter().any(|(name, _)| name == KEY) {
            return Err(validation(
                "One or more parameter values were invalid: Cannot update attribute id. This \
                 attribute is part of the key",
            ));
        }
        let guard = Guard::read(words, input.condition_expression.as_deref())?;
        let mut table = self.lock();
        let before = table.get(&id);
        guard.check(before, Old::None)?;
        let mut item = before.cloned().unwrap_or(input.key);
        item.extend(set);
        check_size(&item)?;
        table.put(id, item).map_err(broken)?;
        Ok(json!({}))
    }

    fn delete_item(&self, caller: &Identity, input: DeleteItem) -> Result<Json, Failure> {
        self.authorize(caller, "DeleteItem", &input.table_name)?;
        let id = key_alone(&input.key)?;
        let words = Words::new(input.expression_attribute_names, input.expression_attribute_values);
        let guard = Guard::read(words, input.condition_expression.as_deref())?;
        let mut table = self.lock();
        guard.check(table.get(id), Old::None)?;
        let deleted = table.delete(id).map_err(broken)?;
        Ok(match deleted {
            Some(item) if input.return_values == Old::AllOld => json!({ "Attributes": item }),
            _ => json!({}),
        })
    }

    /// Checks that the caller may do this with the table, by its name or its ARN.
    fn authorize(&self, caller: &Identity, operation: &str, table: &str) -> Result<(), Failure> {
        let arn = match table.starts_with("arn:") {
            true => table.to_owned(),
            false => self.arn.replace(&format!("table/{}", self.name), &format!("table/{table}")),
        };
        caller.authorize(&format!("dynamodb:{operation}"), &arn)?;
        if arn == self.arn {
            return Ok(());
        }
        Err(refused("ResourceNotFoundException", "Requested resource not found"))
    }

    /// A call that panicked has changed all of an item or nothing.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The condition of a request, if it has one.
struct Guard(Option<crate::expression::Condition>);

impl Guard {
    /// Reads the last expression of a request. All words must have been used then.
    fn read(mut words: Words, condition: Option<&str>) -> Result<Self, Failure> {
        let condition = condition.map(|text| words.condition(text)).transpose();
        let condition = condition.map_err(validation)?;
        words.check_used().map_err(validation)?;
        Ok(Self(condition))
    }

    /// Refuses if the condition does not hold for the item.
    fn check(&self, item: Option<&Item>, old: Old) -> Result<(), Failure> {
        if self.0.as_ref().is_none_or(|condition| condition.holds(item)) {
            return Ok(());
        }
        let mut failure =
            refused("ConditionalCheckFailedException", "The conditional request failed");
        if let (Some(item), Old::AllOld) = (item, old) {
            failure.fields.insert("Item".to_owned(), json!(item));
        }
        Err(failure)
    }
}

/// The key of a request that may name nothing else.
fn key_alone(key: &Item) -> Result<&str, Failure> {
    if key.len() != 1 {
        return Err(validation("The provided key element does not match the schema"));
    }
    item::key(key).map_err(validation)
}

fn check_size(item: &Item) -> Result<(), Failure> {
    if item::bytes(item) > MOST_BYTES {
        return Err(validation("Item size has exceeded the maximum allowed size"));
    }
    Ok(())
}

/// The file of the table cannot be written.
fn broken(error: io::Error) -> Failure {
    eprintln!("cannot write the table's file: {error}");
    refused("InternalServerError", "Internal server error")
}

#[cfg(test)]
mod tests;
