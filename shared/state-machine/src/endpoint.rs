//! Lets the SDK call Step Functions' stand-in on one machine.

use aws_sdk_sfn::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sfn::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sfn::error::BoxError;

/// Removes the prefix `sync-` from a loopback host. For `StartSyncExecution`, the SDK
/// adds it to the host, and the host `sync-127.0.0.1` does not exist.
#[derive(Debug)]
pub(crate) struct LoopbackHost;

impl Intercept for LoopbackHost {
    fn name(&self) -> &'static str {
        "LoopbackHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(uri) = without_prefix(request.uri()) {
            request.set_uri(uri)?;
        }
        Ok(())
    }
}

fn without_prefix(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://sync-")?;
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|host| {
            rest.strip_prefix(host)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
        .then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_host_loses_its_prefix() {
        for (uri, expected) in [
            ("http://sync-127.0.0.1:9001/", Some("http://127.0.0.1:9001/")),
            ("http://sync-localhost/", Some("http://localhost/")),
            ("http://127.0.0.1:9001/", None),
            ("http://sync-127.0.0.1.example/", None),
            ("https://sync-states.eu-west-1.amazonaws.com/", None),
        ] {
            assert_eq!(without_prefix(uri).as_deref(), expected, "{uri}");
        }
    }
}
