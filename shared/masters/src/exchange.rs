//! What the points of a pool buy.

use tenjo_domain::{ExchangeRule, Offer, PointGroup};

use crate::fields::{Fields, each};
use crate::node::Node;
use crate::pool::{Known, rarity_of, read_item_id};
use crate::{Report, values};

pub(crate) fn read_exchange(
    node: &Node,
    known: Known<'_>,
    report: &Report<'_>,
) -> Option<ExchangeRule> {
    let mut fields = Fields::of(node, report)?;
    let group = fields.required("group", values::slug(PointGroup::new));
    let points_per_draw = fields.required("points_per_draw", values::points);
    let closes_at = fields.optional("closes_at", values::moment);
    let offers = fields.required_part("offers", |node, report| {
        each(node, report, |node, report| read_offer(node, known, report))
    });
    fields.end()?;
    Some(ExchangeRule {
        group: group?,
        points_per_draw: points_per_draw?,
        closes_at: closes_at?,
        offers: offers?,
    })
}

fn read_offer(node: &Node, known: Known<'_>, report: &Report<'_>) -> Option<Offer> {
    let mut fields = Fields::of(node, report)?;
    let item_master_id = read_item_id(&mut fields);
    let points = fields.required("points", values::points);
    fields.end()?;
    let item_master_id = item_master_id?;
    rarity_of(&item_master_id, known, node.line, report);
    Some(Offer { item_master_id, points: points? })
}
