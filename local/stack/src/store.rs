//! The test store, as the deployment sees it: addresses and names for `template.yaml`,
//! and keys for SSM. The production code buys there.

use std::path::Path;

use anyhow::Context;
/// What the test store calls the app and its accounts. This crate does not build the
/// store, which needs much, so the names stand here once more; nothing can be bought if
/// they differ.
const BUNDLE_ID: &str = "game.tenjo";
const APPLE_API_KEY_ID: &str = "TESTKEY001";
const APPLE_API_ISSUER_ID: &str = "57246542-96fe-1a63-e053-0824d011072a";
const APPLE_CLIENT_ID: &str = "game.tenjo";
const GOOGLE_CLIENT_ID: &str = "tenjo.apps.googleusercontent.com";
const APPLE_APP_ID: &str = "TEAM123456.game.tenjo";
const PUSH_AUDIENCE: &str = "tenjo-notifications";
const PUSH_EMAIL: &str = "push@test-store.iam.gserviceaccount.com";

/// Where the test store listens.
#[derive(Debug, Clone)]
pub(crate) struct TestStore {
    pub(crate) url: String,
}

impl TestStore {
    pub(crate) fn at(port: u16) -> Self {
        Self { url: format!("http://{}", crate::port::loopback(port)) }
    }

    /// The template's parameters that name stores. Nothing here costs money.
    pub(crate) fn template_parameters(&self) -> impl Iterator<Item = (String, String)> {
        [
            ("PurchaseEnvironment", "sandbox".to_owned()),
            ("AppleBundleId", BUNDLE_ID.to_owned()),
            ("AppleApiUrl", self.url.clone()),
            ("AppleApiIssuerId", APPLE_API_ISSUER_ID.to_owned()),
            ("AppleApiKeyId", APPLE_API_KEY_ID.to_owned()),
            ("GooglePackageName", BUNDLE_ID.to_owned()),
            ("GoogleApiUrl", self.url.clone()),
            ("GoogleCertsUrl", format!("{}/certs", self.url)),
            ("AppleKeysUrl", format!("{}/auth/keys", self.url)),
            ("AppleClientIds", APPLE_CLIENT_ID.to_owned()),
            ("GoogleClientIds", GOOGLE_CLIENT_ID.to_owned()),
            ("AppleAppIds", APPLE_APP_ID.to_owned()),
            ("GoogleIntegrityUrl", self.url.clone()),
            ("GooglePushAudience", PUSH_AUDIENCE.to_owned()),
            ("GooglePushEmail", PUSH_EMAIL.to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
    }
}

/// The SSM parameters below `stores/`, from the files that the test store wrote.
///
/// # Errors
/// It wrote none.
pub(crate) fn parameters(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let read = |file: &str| {
        let path = folder.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok(vec![
        ("stores/apple-roots".to_owned(), read("apple-root.pem")?),
        ("stores/apple-attest-roots".to_owned(), read("apple-attest-root.pem")?),
        (format!("stores/apple-api-keys/{APPLE_API_KEY_ID}"), read("apple-api-key.pem")?),
        ("stores/google-service-account".to_owned(), read("google-service-account.json")?),
        // One account has both rights here.
        ("stores/google-integrity-account".to_owned(), read("google-service-account.json")?),
    ])
}
