//! Lambda: operators' functions are invoked.

use std::time::Duration;

use hyper::Method;
use serde_json::Value;

use super::{Aws, Call};

/// As long as a function may run.
const INVOKE_WITHIN: Duration = Duration::from_secs(16 * 60);

impl Aws {
    /// Invokes what is live of a function, and gives its report.
    pub(crate) async fn invoke(&self, function: &str, payload: &Value) -> anyhow::Result<Value> {
        let address = self.address("lambda");
        let answer = self
            .call(Call {
                service: "lambda",
                operation: format!("Invoke of {function}"),
                method: Method::POST,
                url: format!(
                    "{address}/2015-03-31/functions/{function}/invocations?Qualifier=live"
                ),
                headers: vec![("content-type", "application/json".to_owned())],
                body: serde_json::to_vec(payload)?,
                within: INVOKE_WITHIN,
            })
            .await?;
        let report = answer.json();
        // A failed function is a call that succeeded. Its report says why.
        anyhow::ensure!(
            report["errorType"].is_null() && report["errorMessage"].is_null(),
            "{function} failed: {} {}",
            report["errorType"].as_str().unwrap_or_default(),
            report["errorMessage"].as_str().unwrap_or_default(),
        );
        Ok(report)
    }
}
