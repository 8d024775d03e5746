//! How a pool is drawn, and for how much: by odds, by steps, or from a box.

use std::num::NonZeroU32;

use tenjo_domain::{Guarantee, PoolKind, Rarity, StageParts};

use crate::fields::{Fields, each};
use crate::node::Node;
use crate::pool::read_price;
use crate::{Report, values};

/// Which kind of pool a file describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Standard,
    StepUp,
    Box,
}

impl Shape {
    /// By its field; a file that has neither describes a standard pool.
    pub(crate) fn of(fields: &Fields<'_>) -> Self {
        if fields.has("step_up") {
            Self::StepUp
        } else if fields.has("box") {
            Self::Box
        } else {
            Self::Standard
        }
    }
}

pub(crate) fn read_kind(fields: &mut Fields<'_>) -> Option<PoolKind> {
    match Shape::of(fields) {
        Shape::Standard => read_stage(fields).map(PoolKind::Standard),
        Shape::StepUp => {
            let of_step = |name| format!("a step-up has its {name} in each step; take this away");
            for name in ["prices", "rarity_weights", "guarantee"] {
                fields.misplaced(name, &of_step(name));
            }
            fields.misplaced("box", "a pool is a step-up or a box, not both");
            fields.required_part("step_up", read_step_up)
        }
        Shape::Box => {
            for name in ["rarity_weights", "guarantee"] {
                let reason =
                    format!("a box is drawn by the copies in it and has no {name}; take this away");
                fields.misplaced(name, &reason);
            }
            let prices =
                fields.required_part("prices", |node, report| each(node, report, read_price));
            let reset = fields.required_part("box", |node, report| {
                let mut fields = Fields::of(node, report)?;
                let reset = fields.required("reset", values::word);
                fields.end()?;
                reset
            });
            Some(PoolKind::Box { prices: prices?, reset: reset? })
        }
    }
}

fn read_stage(fields: &mut Fields<'_>) -> Option<StageParts> {
    let prices = fields.required_part("prices", |node, report| each(node, report, read_price));
    let rarity_weights = fields.required_part("rarity_weights", read_rarity_weights);
    let guarantee = fields.optional_part("guarantee", read_guarantee);
    Some(StageParts { prices: prices?, rarity_weights: rarity_weights?, guarantee: guarantee? })
}

fn read_step_up(node: &Node, report: &Report<'_>) -> Option<PoolKind> {
    let mut fields = Fields::of(node, report)?;
    let after_last = fields.required("after_last", values::word);
    let steps = fields.required_part("steps", |node, report| each(node, report, read_step));
    fields.end()?;
    Some(PoolKind::StepUp { steps: steps?, after_last: after_last? })
}

fn read_step(node: &Node, report: &Report<'_>) -> Option<StageParts> {
    let mut fields = Fields::of(node, report)?;
    let price = fields.required_part("price", read_price);
    let rarity_weights = fields.required_part("rarity_weights", read_rarity_weights);
    let guarantee = fields.optional_part("guarantee", read_guarantee);
    fields.end()?;
    Some(StageParts {
        prices: vec![price?],
        rarity_weights: rarity_weights?,
        guarantee: guarantee?,
    })
}

fn read_rarity_weights(node: &Node, report: &Report<'_>) -> Option<Vec<(Rarity, NonZeroU32)>> {
    let mut fields = Fields::of(node, report)?;
    let weights: Vec<_> = Rarity::ALL
        .iter()
        .map(|&rarity| Some((rarity, fields.optional(rarity.as_str(), values::count)?)))
        .collect();
    fields.end()?;
    let weights = weights.into_iter().collect::<Option<Vec<_>>>()?;
    Some(weights.into_iter().filter_map(|(rarity, weight)| Some((rarity, weight?))).collect())
}

fn read_guarantee(node: &Node, report: &Report<'_>) -> Option<Guarantee> {
    let mut fields = Fields::of(node, report)?;
    let draw_count = fields.required("draw_count", values::draw_count);
    let rarity = fields.required("rarity", values::word);
    fields.end()?;
    Some(Guarantee { draw_count: draw_count?, rarity: rarity? })
}
