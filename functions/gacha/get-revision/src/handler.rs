use serde::Serialize;
use serde_json::value::RawValue;
use tenjo_domain::PoolRevision;
use tenjo_http::{Anyone, ApiError, Caching, Call, Reply};
use tenjo_store::{Db, pool};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(crate) struct RevisionView {
    pool_id: String,
    revision: String,
    #[serde(with = "time::serde::rfc3339")]
    published_at: OffsetDateTime,
    /// The rules, to the byte: the revision is the hash of this text.
    document: String,
    /// The text as it was published.
    odds: Box<RawValue>,
}

impl Reply for RevisionView {
    /// It is the hash of its content.
    fn caching(&self) -> Caching {
        Caching::ForEver
    }
}

/// The rules of a revision of a pool, whether it is on sale or not. It is for
/// everybody: whoever has the revision of a purchase can look up by which rules it was
/// drawn.
///
/// # Errors
/// - `invalid_request` (400): no revision
/// - `not_found` (404): an unknown one
pub(crate) async fn get_revision(db: &Db, call: Call<Anyone>) -> Result<RevisionView, ApiError> {
    let revision: PoolRevision =
        call.path("revision")?.parse().map_err(ApiError::field("revision"))?;
    let mut conn = db.acquire().await?;
    let found =
        pool::find_revision(&mut conn, revision).await?.ok_or(ApiError::NotFound("revision"))?;
    Ok(RevisionView {
        pool_id: found.pool_id.to_string(),
        revision: revision.to_string(),
        published_at: found.published_at,
        document: found.document,
        odds: RawValue::from_string(found.odds).map_err(ApiError::internal)?,
    })
}
