//! A pool's parts into the shape of the document, and back.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::str::FromStr;

use tenjo_domain::{
    DayRule, DrawCount, ExchangeRule, Invalid, ItemMasterId, OpeningHours, PityGroup, PityRule,
    PointGroup, Points, PoolId, PoolItem, PoolKind, PoolParts, Rarity, SoftPity, StageParts,
};

use super::shape::{
    Day, Document, Exchange, FORMAT, FreeDaily, Guarantee, Hours, Item, Limits, Offer, Pity, Price,
    RarityWeight, Rules, Soft, Stage,
};
use super::{DocumentError, times};
use crate::weekday;

impl<'a> Document<'a> {
    pub(super) fn of(parts: &'a PoolParts) -> Self {
        let limits = parts.limits;
        let has_limits = limits.per_day.is_some() || limits.in_total.is_some();
        Self {
            format: FORMAT,
            pool_id: parts.pool_id.as_str().into(),
            name: parts.name.as_str().into(),
            opens_at: times::moment(parts.opens_at),
            closes_at: parts.closes_at.map(times::moment),
            opening_hours: parts.opening_hours.as_ref().map(Hours::of),
            day: Day {
                utc_offset: times::offset(parts.day.utc_offset),
                begins_at: times::time_of_day(parts.day.begins_at),
            },
            limits: has_limits
                .then_some(Limits { per_day: limits.per_day, in_total: limits.in_total }),
            free_daily: parts.free_daily.map(|count| FreeDaily { draw_count: count.get() }),
            pity: parts.pity.as_ref().map(Pity::of),
            rules: Rules::of(&parts.kind),
            exchange: parts.exchange.as_ref().map(Exchange::of),
            items: parts.items.iter().map(Item::of).collect(),
        }
    }

    pub(super) fn into_parts(self) -> Result<PoolParts, DocumentError> {
        let limits = self.limits.map_or_else(Default::default, |limits| tenjo_domain::Limits {
            per_day: limits.per_day,
            in_total: limits.in_total,
        });
        Ok(PoolParts {
            pool_id: PoolId::new(self.pool_id).map_err(at("pool_id"))?,
            name: self.name.into_owned(),
            opens_at: times::read_moment(&self.opens_at).map_err(at("opens_at"))?,
            closes_at: read_closes_at(self.closes_at.as_deref())?,
            opening_hours: self.opening_hours.map(Hours::read).transpose()?,
            day: DayRule {
                utc_offset: times::read_offset(&self.day.utc_offset).map_err(at("utc_offset"))?,
                begins_at: times::read_time_of_day(&self.day.begins_at).map_err(at("begins_at"))?,
            },
            limits,
            free_daily: self.free_daily.map(|free| read_count(free.draw_count)).transpose()?,
            pity: self.pity.map(Pity::read).transpose()?,
            kind: self.rules.read()?,
            exchange: self.exchange.map(Exchange::read).transpose()?,
            items: self.items.into_iter().map(Item::read).collect::<Result<_, _>>()?,
        })
    }
}

impl Hours<'_> {
    fn of(hours: &OpeningHours) -> Self {
        Self {
            utc_offset: times::offset(hours.utc_offset),
            weekdays: hours.weekdays.iter().map(|&day| weekday::word(day).into()).collect(),
            from: times::time_of_day(hours.from),
            until: times::time_of_day(hours.until),
        }
    }

    fn read(self) -> Result<OpeningHours, DocumentError> {
        let weekday = |word: &Cow<'_, str>| weekday::read(word).map_err(at("weekdays"));
        Ok(OpeningHours {
            utc_offset: times::read_offset(&self.utc_offset).map_err(at("utc_offset"))?,
            weekdays: self.weekdays.iter().map(weekday).collect::<Result<_, _>>()?,
            from: times::read_time_of_day(&self.from).map_err(at("from"))?,
            until: times::read_time_of_day(&self.until).map_err(at("until"))?,
        })
    }
}

impl<'a> Pity<'a> {
    fn of(rule: &'a PityRule) -> Self {
        Self {
            group: rule.group.as_str().into(),
            max_count: rule.max_count,
            soft: rule
                .soft
                .map(|soft| Soft { from_count: soft.from_count, weight_step: soft.weight_step }),
            rate_up_guarantee: rule.rate_up_guarantee,
        }
    }

    fn read(self) -> Result<PityRule, DocumentError> {
        Ok(PityRule {
            group: PityGroup::new(self.group).map_err(at("pity.group"))?,
            max_count: self.max_count,
            soft: self.soft.map(|soft| SoftPity {
                from_count: soft.from_count,
                weight_step: soft.weight_step,
            }),
            rate_up_guarantee: self.rate_up_guarantee,
        })
    }
}

impl<'a> Rules<'a> {
    fn of(kind: &'a PoolKind) -> Self {
        match kind {
            PoolKind::Standard(stage) => Self::Standard(Stage::of(stage)),
            PoolKind::StepUp { steps, after_last } => Self::StepUp {
                after_last: after_last.as_str().into(),
                steps: steps.iter().map(Stage::of).collect(),
            },
            PoolKind::Box { prices, reset } => {
                Self::Box { reset: reset.as_str().into(), prices: Price::of_all(prices) }
            }
        }
    }

    fn read(self) -> Result<PoolKind, DocumentError> {
        Ok(match self {
            Self::Standard(stage) => PoolKind::Standard(stage.read()?),
            Self::StepUp { after_last, steps } => PoolKind::StepUp {
                steps: steps.into_iter().map(Stage::read).collect::<Result<_, _>>()?,
                after_last: word(&after_last, "after_last")?,
            },
            Self::Box { reset, prices } => PoolKind::Box {
                prices: prices.into_iter().map(Price::read).collect::<Result<_, _>>()?,
                reset: word(&reset, "reset")?,
            },
        })
    }
}

impl<'a> Stage<'a> {
    fn of(stage: &'a StageParts) -> Self {
        let weight = |&(rarity, weight): &(Rarity, NonZeroU32)| RarityWeight {
            rarity: rarity.as_str().into(),
            weight,
        };
        Self {
            prices: Price::of_all(&stage.prices),
            rarity_weights: stage.rarity_weights.iter().map(weight).collect(),
            guarantee: stage.guarantee.map(|guarantee| Guarantee {
                draw_count: guarantee.draw_count.get(),
                rarity: guarantee.rarity.as_str().into(),
            }),
        }
    }

    fn read(self) -> Result<StageParts, DocumentError> {
        let weight = |of: RarityWeight<'_>| Ok((word(&of.rarity, "rarity_weights")?, of.weight));
        let guarantee = |of: Guarantee<'_>| {
            Ok::<_, DocumentError>(tenjo_domain::Guarantee {
                draw_count: read_count(of.draw_count)?,
                rarity: word(&of.rarity, "guarantee.rarity")?,
            })
        };
        Ok(StageParts {
            prices: self.prices.into_iter().map(Price::read).collect::<Result<_, _>>()?,
            rarity_weights: self
                .rarity_weights
                .into_iter()
                .map(weight)
                .collect::<Result<_, DocumentError>>()?,
            guarantee: self.guarantee.map(guarantee).transpose()?,
        })
    }
}

impl Price<'_> {
    fn of_all(prices: &[tenjo_domain::Price]) -> Vec<Self> {
        let one = |price: &tenjo_domain::Price| Self {
            draw_count: price.draw_count.get(),
            currency_type: price.cost.currency_type.as_str().into(),
            amount: price.cost.amount.amount(),
        };
        prices.iter().map(one).collect()
    }

    fn read(self) -> Result<tenjo_domain::Price, DocumentError> {
        let payment = word(&self.currency_type, "currency_type")?;
        tenjo_domain::Price::new(self.draw_count, payment, self.amount).map_err(at("prices"))
    }
}

impl<'a> Exchange<'a> {
    fn of(rule: &'a ExchangeRule) -> Self {
        let offer = |offer: &'a tenjo_domain::Offer| Offer {
            item_master_id: offer.item_master_id.as_str().into(),
            points: offer.points.amount(),
        };
        Self {
            group: rule.group.as_str().into(),
            points_per_draw: rule.points_per_draw.amount(),
            closes_at: rule.closes_at.map(times::moment),
            offers: rule.offers.iter().map(offer).collect(),
        }
    }

    fn read(self) -> Result<ExchangeRule, DocumentError> {
        let offer = |offer: Offer<'_>| {
            Ok(tenjo_domain::Offer {
                item_master_id: read_item(offer.item_master_id)?,
                points: Points::new(offer.points).map_err(at("exchange.offers"))?,
            })
        };
        Ok(ExchangeRule {
            group: PointGroup::new(self.group).map_err(at("exchange.group"))?,
            points_per_draw: Points::new(self.points_per_draw)
                .map_err(at("exchange.points_per_draw"))?,
            closes_at: read_closes_at(self.closes_at.as_deref())?,
            offers: self.offers.into_iter().map(offer).collect::<Result<_, DocumentError>>()?,
        })
    }
}

impl<'a> Item<'a> {
    fn of(item: &'a PoolItem) -> Self {
        Self {
            item_master_id: item.item_master_id.as_str().into(),
            rarity: item.rarity.as_str().into(),
            weight: item.weight,
            is_pickup: item.is_pickup,
        }
    }

    fn read(self) -> Result<PoolItem, DocumentError> {
        Ok(PoolItem {
            item_master_id: read_item(self.item_master_id)?,
            rarity: word(&self.rarity, "rarity")?,
            weight: self.weight,
            is_pickup: self.is_pickup,
        })
    }
}

fn at(field: &'static str) -> impl Fn(Invalid) -> DocumentError {
    move |invalid| DocumentError::Value { field, invalid }
}

fn word<T: FromStr<Err = Invalid>>(text: &str, field: &'static str) -> Result<T, DocumentError> {
    text.parse().map_err(at(field))
}

fn read_count(count: u32) -> Result<DrawCount, DocumentError> {
    DrawCount::new(count).map_err(at("draw_count"))
}

fn read_item(name: Cow<'_, str>) -> Result<ItemMasterId, DocumentError> {
    ItemMasterId::new(name).map_err(at("item_master_id"))
}

fn read_closes_at(text: Option<&str>) -> Result<Option<time::OffsetDateTime>, DocumentError> {
    text.map(times::read_moment).transpose().map_err(at("closes_at"))
}
