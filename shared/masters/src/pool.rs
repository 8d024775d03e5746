//! A file of `pools/`: one pool, named after it.

use std::num::NonZeroU32;

use tenjo_domain::{
    DayRule, DrawCount, ItemMasterId, Language, Limits, OpeningHours, PityGroup, PityRule, Pool,
    PoolItem, PoolParts, Presentation, Price, Rarity, SoftPity,
};

use crate::exchange::read_exchange;
use crate::fields::{Fields, each};
use crate::items::Rarities;
use crate::kind::{Shape, read_kind};
use crate::node::Node;
use crate::{Report, lines, presentation, values};

/// Which items there are, and how rare each is. `None` if `items.yaml` could
/// not be read: then no item is unknown.
pub(crate) type Known<'a> = Option<&'a Rarities>;

pub(crate) fn read(
    root: &Node,
    own: &Language,
    known: Known<'_>,
    report: &Report<'_>,
) -> Option<(Pool, Presentation)> {
    let (parts, presentation) = read_parts(root, own, known, report)?;
    let pool = Pool::new(parts).map_err(|errors| lines::report_errors(root, &errors, report));
    Some((pool.ok()?, presentation))
}

fn read_parts(
    root: &Node,
    own: &Language,
    known: Known<'_>,
    report: &Report<'_>,
) -> Option<(PoolParts, Presentation)> {
    let mut fields = Fields::of(root, report)?;
    let pool_id = fields.required("pool_id", values::pool_id);
    let name = presentation::name(&mut fields, own);
    let opens_at = fields.required("opens_at", values::moment);
    let closes_at = fields.optional("closes_at", values::moment);
    let opening_hours = fields.optional_part("opening_hours", read_hours);
    let day = fields.optional_part("day", read_day);
    let limits = fields.optional_part("limits", read_limits);
    let free_daily = fields.optional_part("free_daily", read_free_daily);
    let kind = read_kind(&mut fields);
    let pity = fields.optional_part("pity", read_pity);
    let exchange =
        fields.optional_part("exchange", |node, report| read_exchange(node, known, report));
    let shape = Shape::of(&fields);
    let items = fields.required_part("items", |node, report| {
        each(node, report, |node, report| read_item(node, shape, known, report))
    });
    let presentation = presentation::of(&mut fields, own, name);
    // No rule depends on a whole part that is misspelt: it is only not there.
    let _ = fields.end();
    let presentation = presentation?;
    let parts = PoolParts {
        pool_id: pool_id?,
        // In the game's own language, so that a translation is no new revision.
        name: presentation.name.own().to_owned(),
        opens_at: opens_at?,
        closes_at: closes_at?,
        opening_hours: opening_hours?,
        day: day?.unwrap_or_default(),
        limits: limits?.unwrap_or_default(),
        free_daily: free_daily?,
        pity: pity?,
        kind: kind?,
        exchange: exchange?,
        items: items?,
    };
    Some((parts, presentation))
}

fn read_hours(node: &Node, report: &Report<'_>) -> Option<OpeningHours> {
    let mut fields = Fields::of(node, report)?;
    let utc_offset = fields.required("utc_offset", values::utc_offset);
    let weekdays = fields.optional("weekdays", values::weekdays);
    let from = fields.required("from", values::time_of_day);
    let until = fields.required("until", values::time_of_day);
    fields.end()?;
    Some(OpeningHours {
        utc_offset: utc_offset?,
        weekdays: weekdays?.unwrap_or_default(),
        from: from?,
        until: until?,
    })
}

fn read_day(node: &Node, report: &Report<'_>) -> Option<DayRule> {
    let mut fields = Fields::of(node, report)?;
    let utc_offset = fields.required("utc_offset", values::utc_offset);
    let begins_at = fields.required("begins_at", values::time_of_day);
    fields.end()?;
    Some(DayRule { utc_offset: utc_offset?, begins_at: begins_at? })
}

fn read_limits(node: &Node, report: &Report<'_>) -> Option<Limits> {
    let mut fields = Fields::of(node, report)?;
    let per_day = fields.optional("per_day", values::count);
    let in_total = fields.optional("in_total", values::count);
    fields.end()?;
    Some(Limits { per_day: per_day?, in_total: in_total? })
}

fn read_free_daily(node: &Node, report: &Report<'_>) -> Option<DrawCount> {
    let mut fields = Fields::of(node, report)?;
    let draw_count = fields.required("draw_count", values::draw_count);
    fields.end()?;
    draw_count
}

fn read_pity(node: &Node, report: &Report<'_>) -> Option<PityRule> {
    let mut fields = Fields::of(node, report)?;
    let group = fields.required("group", values::slug(PityGroup::new));
    let max_count = fields.required("max_count", values::count);
    let soft = fields.optional_part("soft", read_soft);
    let rate_up_guarantee = fields.optional("rate_up_guarantee", values::truth);
    fields.end()?;
    Some(PityRule {
        group: group?,
        max_count: max_count?,
        soft: soft?,
        rate_up_guarantee: rate_up_guarantee?.unwrap_or_default(),
    })
}

fn read_soft(node: &Node, report: &Report<'_>) -> Option<SoftPity> {
    let mut fields = Fields::of(node, report)?;
    let from_count = fields.required("from_count", values::count);
    let weight_step = fields.required("weight_step", values::amount);
    fields.end()?;
    Some(SoftPity { from_count: from_count?, weight_step: weight_step? })
}

/// Prices, wherever they stand.
pub(crate) fn read_price(node: &Node, report: &Report<'_>) -> Option<Price> {
    let mut fields = Fields::of(node, report)?;
    let draw_count = fields.required("draw_count", values::draw_count);
    let currency_type = fields.required("currency_type", values::word);
    let amount = fields.required("amount", values::whole);
    fields.end()?;
    let price = Price::new(draw_count?.get(), currency_type?, amount?);
    price.map_err(|invalid| report.add(node.line, invalid)).ok()
}

fn read_item(node: &Node, shape: Shape, known: Known<'_>, report: &Report<'_>) -> Option<PoolItem> {
    let mut fields = Fields::of(node, report)?;
    let item_master_id = read_item_id(&mut fields);
    let weight = read_weight(&mut fields, shape);
    let is_pickup = fields.optional("is_pickup", values::truth);
    fields.end()?;
    let item_master_id = item_master_id?;
    let rarity = rarity_of(&item_master_id, known, node.line, report);
    Some(PoolItem {
        item_master_id,
        rarity: rarity?,
        weight: weight?,
        is_pickup: is_pickup?.unwrap_or_default(),
    })
}

pub(crate) fn read_item_id(fields: &mut Fields<'_>) -> Option<ItemMasterId> {
    fields.required("item_master_id", values::slug(ItemMasterId::new))
}

/// How rare a known item is.
pub(crate) fn rarity_of(
    item: &ItemMasterId,
    known: Known<'_>,
    line: u64,
    report: &Report<'_>,
) -> Option<Rarity> {
    if let Some(rarity) = known?.get(item) {
        *rarity
    } else {
        report.add(line, format!("item {item} is not in items.yaml"));
        None
    }
}

fn read_weight(fields: &mut Fields<'_>, shape: Shape) -> Option<NonZeroU32> {
    if shape == Shape::Box {
        fields.misplaced("weight", "a box holds copies of an item; write copies instead of weight");
        fields.required("copies", values::count)
    } else {
        fields.misplaced("copies", "only a box has copies; write weight instead");
        fields.required("weight", values::count)
    }
}
