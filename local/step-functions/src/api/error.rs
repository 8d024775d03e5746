//! Errors in the shape of AWS JSON 1.0: `{"__type", "message"}`.

use http::StatusCode;
use serde_json::json;
use tenjo_iam::Refusal;

const STEP_FUNCTIONS: &str = "com.amazonaws.swf.service.v2.model";
const FRAMEWORK: &str = "com.amazon.coral.service";
const VALIDATION: &str = "com.amazon.coral.validate";

/// A call that started no execution.
#[derive(Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    namespace: &'static str,
    name: &'static str,
    message: Option<String>,
}

impl ApiError {
    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> String {
        let mut body = json!({ "__type": format!("{}#{}", self.namespace, self.name) });
        if let Some(message) = &self.message {
            body["message"] = json!(message);
        }
        body.to_string()
    }

    pub(crate) fn unknown_operation() -> Self {
        Self::bad_request(FRAMEWORK, "UnknownOperationException", None)
    }

    /// The caller is unknown, or has no right to this.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::bad_request(FRAMEWORK, refusal.name, Some(refusal.message))
    }

    pub(crate) fn serialization() -> Self {
        Self::bad_request(FRAMEWORK, "SerializationException", None)
    }

    pub(crate) fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::bad_request(FRAMEWORK, "InternalFailure", None)
        }
    }

    pub(crate) fn validation(member: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
        );
        Self::bad_request(VALIDATION, "ValidationException", Some(message))
    }

    pub(crate) fn invalid_arn(arn: &str) -> Self {
        let message = format!("Invalid Arn: '{arn}'");
        Self::bad_request(STEP_FUNCTIONS, "InvalidArn", Some(message))
    }

    pub(crate) fn state_machine_does_not_exist(arn: &str) -> Self {
        let message = format!("State Machine Does Not Exist: '{arn}'");
        Self::bad_request(STEP_FUNCTIONS, "StateMachineDoesNotExist", Some(message))
    }

    pub(crate) fn invalid_name(name: &str) -> Self {
        let message = format!("Invalid Name: '{name}'");
        Self::bad_request(STEP_FUNCTIONS, "InvalidName", Some(message))
    }

    pub(crate) fn invalid_execution_input(problem: &serde_json::Error) -> Self {
        let message = format!("Invalid State Machine Execution Input: '{problem}'");
        Self::bad_request(STEP_FUNCTIONS, "InvalidExecutionInput", Some(message))
    }

    fn bad_request(namespace: &'static str, name: &'static str, message: Option<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, namespace, name, message }
    }
}
