//! The stand-in for what attests devices.

use serde_json::{Value, json};

use crate::shop::act;

/// The field of a request that answers a challenge, by `apple` or `google`; `with` has what
/// is to be wrong with it.
///
/// # Panics
/// When the stand-in refuses.
pub async fn attestation(platform: &str, challenge: &str, with: Value) -> Value {
    let mut body = json!({ "challenge": challenge });
    let fields = body.as_object_mut().expect("an object");
    fields.extend(with.as_object().cloned().unwrap_or_default());
    let attested = act(&format!("attest/{platform}"), &body).await;
    json!({
        "platform": platform, "challenge": challenge, "statement": attested["statement"],
    })
}
