//! What the lucky and the unlucky pay, as bars, with a mark where each should
//! end.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, COLOUR, FAINT, GREY, INK, PictureError, font};
use crate::exact::ExactWait;
use crate::figure::{PERCENTS, float};
use crate::report::number;
use crate::tally::WaitTally;

pub(super) fn draw(
    area: &Area<'_>,
    tally: &WaitTally,
    exact: &ExactWait,
) -> Result<(), PictureError> {
    let paid = exact.spend.gems_by_draws(tally.by_draw.len().max(exact.chances.len()));
    let gems_of = |draws: usize| paid.get(draws).copied().unwrap_or(0);
    let bars: Vec<(u32, u64, u64)> = PERCENTS
        .into_iter()
        .filter_map(|percent| {
            let simulated = gems_of(tally.percentile(percent.into())?);
            Some((percent, simulated, gems_of(exact.percentile(percent)?)))
        })
        .collect();
    let most = bars.iter().map(|(_, a, b)| *a.max(b)).max().unwrap_or(0).max(1);

    let columns = float(bars.len().max(1) as u128);
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(40)
        .y_label_area_size(84)
        .build_cartesian_2d(0.0..columns, 0.0..float(most.into()) * 1.14)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .axis_style(GREY)
        .y_desc("gems")
        .y_labels(6)
        .axis_desc_style(font(15).color(&INK))
        .label_style(font(14).color(&GREY))
        .y_label_formatter(&|gems| number(*gems, 0))
        .draw()?;

    let below = font(15).color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
    let above = font(15).color(&INK).pos(Pos::new(HPos::Center, VPos::Bottom));
    for (column, (percent, simulated, exact)) in bars.into_iter().enumerate() {
        let middle = float(column as u128) + 0.5;
        let (simulated, exact) = (float(simulated.into()), float(exact.into()));
        let bar = [(middle - 0.3, 0.0), (middle + 0.3, simulated)];
        chart.draw_series([Rectangle::new(bar, COLOUR.mix(0.6).filled())])?;
        let mark = [(middle - 0.38, exact), (middle + 0.38, exact)];
        chart.draw_series([PathElement::new(mark, INK.stroke_width(3))])?;
        let paid = Text::new(number(exact, 0), (0, -8), above.clone());
        chart.draw_series([EmptyElement::at((middle, simulated.max(exact))) + paid])?;
        let name = Text::new(format!("{percent} %"), (0, 10), below.clone());
        chart.draw_series([EmptyElement::at((middle, 0.0)) + name])?;
    }
    Ok(())
}
