//! An operator, who calls operators' functions at their URLs.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Answer;
use crate::variable;

/// Someone whom IAM knows, by an access key of the stack.
#[derive(Debug, Clone, Copy)]
pub struct Operator(pub &'static str);

/// With all rights of operators.
pub const AOI: Operator = Operator("aoi");
/// The same rights, another person.
pub const BEN: Operator = Operator("ben");
/// Others with the same rights. What a person moves in a day is counted, so tests whose
/// acts are many or large have a person of their own.
pub const CHIE: Operator = Operator("chie");
/// See [`CHIE`].
pub const DAIKI: Operator = Operator("daiki");
/// See [`CHIE`].
pub const EMI: Operator = Operator("emi");

/// Every function of operators, and the policies that let somebody call it.
pub const FUNCTIONS: [(&str, &[&str]); 12] = [
    ("show-game", &["support", "live"]),
    ("show-player", &["support"]),
    ("adjust-currency", &["support"]),
    ("book-purchase", &["support"]),
    ("void-purchase", &["support"]),
    ("send-presents", &["support"]),
    ("set-suspension", &["support"]),
    ("end-sessions", &["support"]),
    ("forget-birth-month", &["support"]),
    ("set-maintenance", &["live"]),
    ("set-client-versions", &["live"]),
    ("set-pool-pause", &["live"]),
];

impl Operator {
    /// The name by which IAM and the log know the operator.
    #[must_use]
    pub fn principal(self) -> String {
        format!("arn:aws:sts::000000000000:assumed-role/Operator/{}", self.0)
    }

    /// Sends a body to a function's URL, as it is.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(self, function: &str, key: Option<&str>, body: &Value) -> Answer {
        let lambda_url = variable("TENJO_TEST_LAMBDA_URL");
        self.send_to(&lambda_url, function, key, body).await.expect("an answer")
    }

    /// The same, to a stack whose Lambda service is there.
    ///
    /// # Errors
    /// There is no answer: nobody knows what came of it.
    pub async fn send_to(
        self,
        lambda_url: &str,
        function: &str,
        key: Option<&str>,
        body: &Value,
    ) -> reqwest::Result<Answer> {
        let url = format!("{lambda_url}/lambda-url/{function}/");
        // The stand-ins do not check signatures.
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/lambda/aws4_request, \
             SignedHeaders=host, Signature=none",
            self.0
        );
        let mut request = reqwest::Client::new().post(url).header("Authorization", signed);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        Answer::read(request.json(body).send().await?).await
    }

    /// Every row of a list of a player's, page after page, as `show-player` shows it.
    ///
    /// # Panics
    /// When it is not shown.
    pub async fn whole_list(self, user_id: Uuid, name: &str) -> Vec<Value> {
        let mut wanted = json!({ "user_id": user_id });
        let mut rows = Vec::new();
        loop {
            let mut shown = self.send("show-player", None, &wanted).await.data();
            let Value::Array(page) = shown[name].take() else { panic!("no list {name}: {shown}") };
            assert!(rows.is_empty() || !page.is_empty(), "an empty page of {name}");
            rows.extend(page);
            wanted["older"] = shown["older"][name].take();
            if wanted["older"].is_null() {
                return rows;
            }
        }
    }

    /// Orders an act, with a key.
    pub async fn order(self, function: &str, key: &str, order: &Value) -> Answer {
        let body = json!({ "ticket": "SUP-1", "reason": "a test", "order": order });
        self.send(function, Some(key), &body).await
    }

    /// Orders an act that must be done.
    ///
    /// # Panics
    /// When it is refused, or waits for another person.
    pub async fn does(self, function: &str, order: &Value) -> Value {
        let done = self.order(function, &Uuid::new_v4().to_string(), order).await.data();
        assert_eq!(done["outcome"], "done", "{done}");
        done
    }

    /// Tries an act without doing it.
    pub async fn tries(self, function: &str, order: &Value) -> Answer {
        let body =
            json!({ "ticket": "SUP-1", "reason": "a test", "dry_run": true, "order": order });
        self.send(function, Some(&Uuid::new_v4().to_string()), &body).await
    }

    /// Approves a request, with a key.
    pub async fn approves(self, function: &str, key: &str, request: &Value) -> Answer {
        let body = json!({ "ticket": "SUP-1", "reason": "checked", "approves": request });
        self.send(function, Some(key), &body).await
    }
}
