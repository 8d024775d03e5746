//! Calls AWS by signed requests, without the clients of an SDK.
//!
//! The services that Tenjo uses have the same protocol: one POST of JSON, whose
//! operation is a header. AWS's own crate signs it. `docs/adr/0014` says what the
//! clients of the SDK would cost.

mod error;
mod persist;
mod request;
mod service;
mod sign;

pub use aws_credential_types::Credentials;
pub use error::CallError;
pub use persist::{Patience, persist};
pub use request::{Answered, Requests};
pub use service::Service;
pub use sign::Unsigned;

/// A service of AWS.
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// Its name in signatures.
    name: &'static str,
    /// Where its host name begins.
    host: &'static str,
    /// The variable that sets another address, as it does for AWS's SDKs.
    endpoint: &'static str,
    /// What its operations begin with, in the header `X-Amz-Target`.
    target: &'static str,
    content_type: &'static str,
}

/// SSM, for its Parameter Store.
pub const SSM: Api = Api {
    name: "ssm",
    host: "ssm",
    endpoint: "AWS_ENDPOINT_URL_SSM",
    target: "AmazonSSM",
    content_type: "application/x-amz-json-1.1",
};

/// KMS.
pub const KMS: Api = Api {
    name: "kms",
    host: "kms",
    endpoint: "AWS_ENDPOINT_URL_KMS",
    target: "TrentService",
    content_type: "application/x-amz-json-1.1",
};

/// DynamoDB.
pub const DYNAMODB: Api = Api {
    name: "dynamodb",
    host: "dynamodb",
    endpoint: "AWS_ENDPOINT_URL_DYNAMODB",
    target: "DynamoDB_20120810",
    content_type: "application/x-amz-json-1.0",
};

/// Step Functions, for its synchronous runs: they have a host of their own.
pub const SYNC_STATES: Api = Api {
    name: "states",
    host: "sync-states",
    endpoint: "AWS_ENDPOINT_URL_SFN",
    target: "AWSStepFunctions",
    content_type: "application/x-amz-json-1.0",
};
