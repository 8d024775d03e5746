//! Times in orders.

use tenjo_http::ApiError;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// The database's TIMESTAMP ends in January of 2038.
const LAST: OffsetDateTime = datetime!(2038-01-01 00:00 UTC);

/// Reads a time of an order's field, such as `2026-04-01T12:00:00Z`.
///
/// # Errors
/// - `invalid_request`: it is none, or before 2020, or after 2037
pub fn moment(field: &str, text: &str) -> Result<OffsetDateTime, ApiError> {
    let moment = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| ApiError::invalid(field, "must be a time such as 2026-04-01T12:00:00Z"))?;
    if (datetime!(2020-01-01 00:00 UTC)..LAST).contains(&moment) {
        Ok(moment)
    } else {
        Err(ApiError::invalid(field, "must be of the years 2020 to 2037"))
    }
}

/// The same, of a time that is over at `now`.
///
/// # Errors
/// - `invalid_request`: it is none, or in the future
pub fn past_moment(
    field: &str,
    text: &str,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, ApiError> {
    let moment = moment(field, text)?;
    if moment > now {
        return Err(ApiError::invalid(field, "must not be in the future"));
    }
    Ok(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_one_that_the_database_can_have() {
        for (text, is_good) in [
            ("2026-04-01T12:00:00Z", true),
            ("2026-04-01T12:00:00+09:00", true),
            ("2037-12-31T23:59:59Z", true),
            ("2038-01-01T00:00:00Z", false),
            ("1999-01-01T00:00:00Z", false),
            ("2026-04-01", false),
            ("tomorrow", false),
        ] {
            assert_eq!(moment("at", text).is_ok(), is_good, "{text}");
        }
    }
}
