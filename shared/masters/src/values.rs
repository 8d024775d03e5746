//! Reads single values.

use std::borrow::Cow;
use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;

use tenjo_documents::weekday;
use tenjo_domain::{DrawCount, Invalid, Points, PoolId, PriceMicros};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::{datetime, format_description};
use time::{OffsetDateTime, Time, UtcOffset, Weekday};

use crate::node::{Node, Value};

/// Why a value was refused.
pub(crate) type Reason = Cow<'static, str>;

/// The greatest whole number that every reader of JSON keeps exact.
const MAX_WHOLE: u64 = (1 << 53) - 1;

/// The longest name that the database holds.
const MAX_NAME: usize = 100;

/// The moments that the database holds.
const FIRST: OffsetDateTime = datetime!(1970-01-01 00:00:01 UTC);
const LAST: OffsetDateTime = datetime!(2038-01-19 03:14:07 UTC);

const TIME_OF_DAY: &[BorrowedFormatItem<'_>] = format_description!(version = 2, "[hour]:[minute]");
const OFFSET: &[BorrowedFormatItem<'_>] =
    format_description!(version = 2, "[offset_hour sign:mandatory]:[offset_minute]");

pub(crate) fn text(node: &Node) -> Result<&str, Reason> {
    match &node.value {
        Value::Text(text) => Ok(text),
        Value::Whole(_) | Value::OtherNumber | Value::Truth(_) => {
            Err("must be text; put it in quotes".into())
        }
        Value::Nothing | Value::List(_) | Value::Fields(_) => Err("must be text".into()),
    }
}

/// What players read.
pub(crate) fn name(node: &Node) -> Result<String, Reason> {
    let text = text(node)?;
    if (1..=MAX_NAME).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must have 1 to {MAX_NAME} characters").into())
    }
}

/// One of the words of an enum.
pub(crate) fn word<T: FromStr<Err = Invalid>>(node: &Node) -> Result<T, Reason> {
    text(node)?.parse().map_err(refused)
}

/// A name of master data.
pub(crate) fn slug<T>(
    new: impl FnOnce(String) -> Result<T, Invalid>,
) -> impl FnOnce(&Node) -> Result<T, Reason> {
    |node| new(text(node)?.to_owned()).map_err(refused)
}

/// A pool's name begins with `pool-`, so that it is not mistaken for an item's or a
/// group's where names stand side by side.
pub(crate) fn pool_id(node: &Node) -> Result<PoolId, Reason> {
    let pool_id = slug(PoolId::new)(node)?;
    match pool_id.as_str().strip_prefix("pool-") {
        Some(rest) if !rest.is_empty() => Ok(pool_id),
        _ => Err("must begin with pool-, and a name after it".into()),
    }
}

pub(crate) fn truth(node: &Node) -> Result<bool, Reason> {
    if let Value::Truth(truth) = node.value {
        Ok(truth)
    } else {
        Err("must be true or false".into())
    }
}

/// A whole number from 0.
pub(crate) fn whole(node: &Node) -> Result<u64, Reason> {
    match node.value {
        Value::Whole(number) if number <= MAX_WHOLE => Ok(number),
        _ => Err(format!("must be a whole number, 0 to {MAX_WHOLE}").into()),
    }
}

/// A whole number from 1.
pub(crate) fn count(node: &Node) -> Result<NonZeroU32, Reason> {
    match node.value {
        Value::Whole(number) => u32::try_from(number).ok().and_then(NonZeroU32::new),
        _ => None,
    }
    .ok_or_else(|| format!("must be a whole number, 1 to {}", u32::MAX).into())
}

/// A whole number from 1, of what may be many.
pub(crate) fn amount(node: &Node) -> Result<NonZeroU64, Reason> {
    whole(node)
        .ok()
        .and_then(NonZeroU64::new)
        .ok_or_else(|| format!("must be a whole number, 1 to {MAX_WHOLE}").into())
}

/// Money: a whole number, or a decimal in quotes, because YAML would read a bare one as
/// a number that is not exact.
pub(crate) fn money(node: &Node) -> Result<PriceMicros, Reason> {
    let micros = match &node.value {
        Value::Whole(units) => units.checked_mul(1_000_000),
        Value::Text(text) => decimal(text),
        _ => None,
    };
    micros
        .filter(|micros| *micros <= MAX_WHOLE)
        .and_then(|micros| PriceMicros::new(micros).ok())
        .ok_or_else(|| {
            "must be an amount such as 160, or \"0.99\" with at most six decimals".into()
        })
}

/// `0.99` in millionths.
fn decimal(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)
}

pub(crate) fn points(node: &Node) -> Result<Points, Reason> {
    amount(node).and_then(|points| Points::new(points.get()).map_err(refused))
}

pub(crate) fn draw_count(node: &Node) -> Result<DrawCount, Reason> {
    let max = DrawCount::MAX;
    count(node)
        .ok()
        .and_then(|count| DrawCount::new(count.get()).ok())
        .ok_or_else(|| format!("must be a whole number, 1 to {max}").into())
}

pub(crate) fn moment(node: &Node) -> Result<OffsetDateTime, Reason> {
    let at = OffsetDateTime::parse(text(node)?, &Rfc3339)
        .map_err(|_| "must be a moment such as 2026-09-01T00:00:00Z")?;
    if at < FIRST || at > LAST {
        return Err("must be between 1970 and 2038-01-19T03:14:07Z".into());
    }
    if at.nanosecond() % 1_000 != 0 {
        return Err("must not be finer than microseconds".into());
    }
    Ok(at.to_offset(UtcOffset::UTC))
}

pub(crate) fn time_of_day(node: &Node) -> Result<Time, Reason> {
    Time::parse(text(node)?, TIME_OF_DAY)
        .map_err(|_| "must be a time of day such as \"05:00\"".into())
}

/// No clock in use is further from UTC than 14 hours.
pub(crate) fn utc_offset(node: &Node) -> Result<UtcOffset, Reason> {
    let most = 14 * 3_600;
    UtcOffset::parse(text(node)?, OFFSET)
        .ok()
        .filter(|offset| offset.whole_seconds().abs() <= most)
        .ok_or_else(|| "must be an offset from UTC such as \"+09:00\"".into())
}

pub(crate) fn weekdays(node: &Node) -> Result<Vec<Weekday>, Reason> {
    let Value::List(list) = &node.value else { return Err("must be a list".into()) };
    let mut weekdays = list
        .iter()
        .map(|node| weekday::read(text(node)?).map_err(refused))
        .collect::<Result<Vec<_>, _>>()?;
    // One order for the same hours, whatever order they were written in.
    weekdays.sort_by_key(|day| day.number_days_from_monday());
    if weekdays.is_empty() || weekdays.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("must name at least one day, and each once; leave it out for every day".into());
    }
    Ok(weekdays)
}

pub(crate) fn refused(invalid: Invalid) -> Reason {
    invalid.0.into()
}
