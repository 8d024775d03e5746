use serde::Serialize;
use tenjo_domain::{
    Cost, DayRule, DrawCount, ExchangeRule, Guarantee, Limits, OpeningHours, PityRule, Pool,
    PoolKind, Presentation, Price, Quote, SoftPity, StageParts,
};
use tenjo_http::Reader;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, Time, UtcOffset};

use crate::PresentationView;

/// A pool as players see it.
#[derive(Serialize)]
pub struct PoolView {
    pool_id: String,
    #[serde(flatten)]
    presentation: PresentationView,
    kind: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    opens_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    opening_hours: Option<OpeningHoursView>,
    is_open: bool,
    day: DayView,
    limits: LimitsView,
    free_daily_draw_count: Option<u32>,
    prices: Vec<PriceView>,
    guarantee: Option<GuaranteeView>,
    pity_rule: Option<PityRuleView>,
    steps: Option<Vec<StepView>>,
    after_last_step: Option<&'static str>,
    exchange: Option<ExchangeRuleView>,
}

#[derive(Serialize)]
struct OpeningHoursView {
    utc_offset: String,
    weekdays: Vec<String>,
    from: String,
    until: String,
}

#[derive(Serialize)]
struct DayView {
    utc_offset: String,
    begins_at: String,
}

#[derive(Serialize)]
struct LimitsView {
    per_day: Option<u32>,
    in_total: Option<u32>,
}

/// One price of a pool.
#[derive(Serialize)]
pub struct PriceView {
    draw_count: u32,
    currency_type: &'static str,
    amount: u64,
}

#[derive(Serialize)]
struct GuaranteeView {
    draw_count: u32,
    rarity: &'static str,
}

#[derive(Serialize)]
struct PityRuleView {
    pity_group: String,
    max_count: u32,
    soft: Option<SoftPityView>,
    rate_up_guarantee: bool,
}

#[derive(Serialize)]
struct SoftPityView {
    from_count: u32,
    weight_step: u64,
}

#[derive(Serialize)]
struct StepView {
    prices: Vec<PriceView>,
    guarantee: Option<GuaranteeView>,
}

#[derive(Serialize)]
struct ExchangeRuleView {
    point_group: String,
    points_per_draw: u64,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    offers: Vec<OfferView>,
}

#[derive(Serialize)]
struct OfferView {
    item_master_id: String,
    points: u64,
}

/// The kind of a pool, in the API's word.
pub(crate) const fn kind_of(pool_kind: &PoolKind) -> &'static str {
    match pool_kind {
        PoolKind::Standard(_) => "standard",
        PoolKind::StepUp { .. } => "step_up",
        PoolKind::Box { .. } => "box",
    }
}

impl PoolView {
    /// A pool as it is sold at `now`, for this reader. Its prices are those of the first
    /// step.
    pub fn of(
        pool: &Pool,
        presentation: Option<&Presentation>,
        reader: &mut Reader,
        now: OffsetDateTime,
    ) -> Self {
        let parts = pool.parts();
        let (guarantee, steps, after_last_step) = match &parts.kind {
            PoolKind::Standard(stage) => (stage.guarantee, None, None),
            PoolKind::StepUp { steps, after_last } => {
                (None, Some(steps.iter().map(StepView::from).collect()), Some(after_last.as_str()))
            }
            PoolKind::Box { .. } => (None, None, None),
        };
        Self {
            pool_id: pool.pool_id().to_string(),
            presentation: PresentationView::of(presentation, pool.name(), reader),
            kind: kind_of(&parts.kind),
            opens_at: pool.opens_at(),
            closes_at: pool.closes_at(),
            opening_hours: parts.opening_hours.as_ref().map(OpeningHoursView::from),
            is_open: pool.is_open(now),
            day: DayView::from(&parts.day),
            limits: LimitsView::from(&parts.limits),
            free_daily_draw_count: parts.free_daily.map(|count| count.get()),
            prices: pool.prices_at(0).iter().map(PriceView::from).collect(),
            guarantee: guarantee.as_ref().map(GuaranteeView::from),
            pity_rule: pool.pity().map(PityRuleView::from),
            steps,
            after_last_step,
            exchange: pool.exchange().map(ExchangeRuleView::from),
        }
    }
}

const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
const OFFSET: &[BorrowedFormatItem<'_>] =
    format_description!("[offset_hour sign:mandatory]:[offset_minute]");

fn clock(time: Time) -> String {
    time.format(CLOCK).unwrap_or_default() // hours and minutes can always be written
}

fn offset(offset: UtcOffset) -> String {
    offset.format(OFFSET).unwrap_or_default()
}

impl From<&OpeningHours> for OpeningHoursView {
    fn from(hours: &OpeningHours) -> Self {
        Self {
            utc_offset: offset(hours.utc_offset),
            weekdays: hours.weekdays.iter().map(|day| day.to_string().to_lowercase()).collect(),
            from: clock(hours.from),
            until: clock(hours.until),
        }
    }
}

impl From<&DayRule> for DayView {
    fn from(day: &DayRule) -> Self {
        Self { utc_offset: offset(day.utc_offset), begins_at: clock(day.begins_at) }
    }
}

impl From<&Limits> for LimitsView {
    fn from(limits: &Limits) -> Self {
        Self { per_day: limits.per_day.map(Into::into), in_total: limits.in_total.map(Into::into) }
    }
}

impl PriceView {
    fn of(draw_count: DrawCount, cost: Cost) -> Self {
        Self {
            draw_count: draw_count.get(),
            currency_type: cost.currency_type.as_str(),
            amount: cost.amount.amount(),
        }
    }
}

impl From<&Price> for PriceView {
    fn from(price: &Price) -> Self {
        Self::of(price.draw_count, price.cost)
    }
}

impl From<&Quote> for PriceView {
    fn from(quote: &Quote) -> Self {
        Self::of(quote.draw_count, quote.cost)
    }
}

impl From<&PityRule> for PityRuleView {
    fn from(rule: &PityRule) -> Self {
        Self {
            pity_group: rule.group.as_str().to_owned(),
            max_count: rule.max_count.get(),
            soft: rule.soft.as_ref().map(SoftPityView::from),
            rate_up_guarantee: rule.rate_up_guarantee,
        }
    }
}

impl From<&SoftPity> for SoftPityView {
    fn from(soft: &SoftPity) -> Self {
        Self { from_count: soft.from_count.get(), weight_step: soft.weight_step.get() }
    }
}

impl From<&Guarantee> for GuaranteeView {
    fn from(guarantee: &Guarantee) -> Self {
        Self { draw_count: guarantee.draw_count.get(), rarity: guarantee.rarity.as_str() }
    }
}

impl From<&StageParts> for StepView {
    fn from(step: &StageParts) -> Self {
        Self {
            prices: step.prices.iter().map(PriceView::from).collect(),
            guarantee: step.guarantee.as_ref().map(GuaranteeView::from),
        }
    }
}

impl From<&ExchangeRule> for ExchangeRuleView {
    fn from(rule: &ExchangeRule) -> Self {
        let offers = rule.offers.iter().map(|offer| OfferView {
            item_master_id: offer.item_master_id.to_string(),
            points: offer.points.amount(),
        });
        Self {
            point_group: rule.group.as_str().to_owned(),
            points_per_draw: rule.points_per_draw.amount(),
            closes_at: rule.closes_at,
            offers: offers.collect(),
        }
    }
}
