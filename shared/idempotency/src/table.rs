//! One table of DynamoDB, with the three operations that records need.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tenjo_aws::{CallError, DYNAMODB, Patience, Service, persist};
use tokio::time::Instant;

use crate::Unavailable;

/// A slow table must not make draws slow: they go on without it.
const WITHIN: Duration = Duration::from_millis(800);

/// How long one try may take.
const TRY_WITHIN: Duration = Duration::from_millis(400);

/// How DynamoDB names the refusal of a condition.
const CONDITION: &str = "ConditionalCheckFailedException";

/// A value in DynamoDB's JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Value {
    /// A text.
    S(String),
    /// A number, which DynamoDB writes as a text.
    N(String),
}

pub(crate) fn text(value: &str) -> Value {
    Value::S(value.to_owned())
}

pub(crate) fn number(value: i64) -> Value {
    Value::N(value.to_string())
}

/// An item to write.
pub(crate) type Item<'a> = BTreeMap<&'a str, Value>;

/// What stands for a name or a value in a condition.
type Names<'a> = [(&'a str, &'a str)];
type Values<'a> = [(&'a str, Value)];

/// The outcome of a put with a condition.
pub(crate) enum Put {
    Written,
    /// The condition does not hold for this item.
    Refused(Found),
}

/// The item that refused a condition.
#[derive(Deserialize, Default)]
pub(crate) struct Found {
    #[serde(default, rename = "Item")]
    item: HashMap<String, Value>,
}

impl Found {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.item.get(name) {
            Some(Value::S(text)) => Some(text),
            Some(Value::N(_)) | None => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    service: Service,
    name: String,
}

impl Table {
    pub(crate) fn from_env(name: &str) -> Self {
        Self { service: Service::from_env(DYNAMODB), name: name.to_owned() }
    }

    pub(crate) async fn put(
        &self,
        item: &Item<'_>,
        condition: &str,
        names: &Names<'_>,
        values: &Values<'_>,
    ) -> Result<Put, Unavailable> {
        let input = json!({
            "TableName": self.name,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": map(names),
            "ExpressionAttributeValues": map(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        match self.call("PutItem", &input).await {
            Ok(()) => Ok(Put::Written),
            Err(error) if error.kind == CONDITION => serde_json::from_slice(&error.body)
                .map(Put::Refused)
                .map_err(|error| Unavailable(CallError::never(error))),
            Err(error) => Err(Unavailable(error)),
        }
    }

    /// Updates an item if the condition holds for it.
    pub(crate) async fn update(
        &self,
        id: &str,
        update: &str,
        condition: &str,
        names: &Names<'_>,
        values: &Values<'_>,
    ) -> Result<(), Unavailable> {
        let mut input = self.on_condition(id, condition, names, values);
        input["UpdateExpression"] = json!(update);
        unless_refused(self.call("UpdateItem", &input).await)
    }

    /// Deletes an item if the condition holds for it.
    pub(crate) async fn delete(
        &self,
        id: &str,
        condition: &str,
        names: &Names<'_>,
        values: &Values<'_>,
    ) -> Result<(), Unavailable> {
        let input = self.on_condition(id, condition, names, values);
        unless_refused(self.call("DeleteItem", &input).await)
    }

    /// What an operation on an item takes that a condition must hold for.
    fn on_condition(
        &self,
        id: &str,
        condition: &str,
        names: &Names<'_>,
        values: &Values<'_>,
    ) -> serde_json::Value {
        json!({
            "TableName": self.name,
            "Key": { "id": text(id) },
            "ConditionExpression": condition,
            "ExpressionAttributeNames": map(names),
            "ExpressionAttributeValues": map(values),
        })
    }

    /// Tries an operation until DynamoDB answers or time is over. Each of the three may
    /// be sent twice: its condition then refuses or finds what the first one wrote.
    async fn call(&self, operation: &str, input: &serde_json::Value) -> Result<(), CallError> {
        let patience = Patience { one: TRY_WITHIN, deadline: Instant::now() + WITHIN };
        persist(patience, || self.service.call(operation, input)).await.map(drop)
    }
}

fn map<'a, T: Serialize>(pairs: &'a [(&'a str, T)]) -> BTreeMap<&'a str, &'a T> {
    pairs.iter().map(|(name, value)| (*name, value)).collect()
}

/// A condition that does not hold is no error: the item is somebody else's by now.
fn unless_refused(called: Result<(), CallError>) -> Result<(), Unavailable> {
    match called {
        Err(error) if error.kind != CONDITION => Err(Unavailable(error)),
        _ => Ok(()),
    }
}
