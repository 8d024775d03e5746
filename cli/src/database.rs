//! How commands reach the database.

use anyhow::Context;
use sqlx::mysql::MySqlConnectOptions;

/// Names the database.
const VARIABLE: &str = "TENJO_DATABASE_URL";

/// Has the certificates, in PEM, of the authority that signed the database's, if that
/// is a private one.
const CA: &str = "TENJO_DATABASE_CA";

/// The database of `--database-url`, or else of `TENJO_DATABASE_URL`.
pub(crate) fn options(url: Option<String>) -> anyhow::Result<MySqlConnectOptions> {
    let url = url.or_else(|| std::env::var(VARIABLE).ok());
    let url = url.filter(|url| !url.is_empty()).with_context(|| {
        format!(
            "which database? Name it with --database-url or {VARIABLE}; `cargo xtask up` prints \
             the address of its own"
        )
    })?;
    let ca = std::env::var(CA).ok().filter(|ca| !ca.is_empty());
    tenjo_store::options(&url, ca.as_deref()).context("the database's URL")
}
