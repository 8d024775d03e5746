//! Times as the document writes them: each kind in one form of one length, so
//! that the same time is always the same text.

use tenjo_domain::Invalid;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

const MOMENT: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
);
const TIME_OF_DAY: &[BorrowedFormatItem<'_>] =
    format_description!(version = 2, "[hour]:[minute]:[second].[subsecond digits:6]");
const OFFSET: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[offset_hour sign:mandatory]:[offset_minute]:[offset_second]"
);

// Formatting could fail only for a part that the value does not have, and each
// value has all that its form asks for.

pub(crate) fn moment(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(MOMENT).unwrap_or_default()
}

pub(crate) fn read_moment(text: &str) -> Result<OffsetDateTime, Invalid> {
    PrimitiveDateTime::parse(text, MOMENT)
        .map(PrimitiveDateTime::assume_utc)
        .map_err(|_| Invalid("must be a moment such as 2026-09-01T00:00:00.000000Z"))
}

pub(super) fn time_of_day(time: Time) -> String {
    time.format(TIME_OF_DAY).unwrap_or_default()
}

pub(super) fn read_time_of_day(text: &str) -> Result<Time, Invalid> {
    Time::parse(text, TIME_OF_DAY)
        .map_err(|_| Invalid("must be a time of day such as 05:00:00.000000"))
}

pub(crate) fn offset(offset: UtcOffset) -> String {
    offset.format(OFFSET).unwrap_or_default()
}

pub(crate) fn read_offset(text: &str) -> Result<UtcOffset, Invalid> {
    UtcOffset::parse(text, OFFSET).map_err(|_| Invalid("must be an offset such as +09:00:00"))
}
