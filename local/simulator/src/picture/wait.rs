//! For how many players something has come by a draw, and by when for most.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, COLOUR, FAINT, GREY, INK, PictureError, font};
use crate::exact::ExactWait;
use crate::report::{percent_of, whole};
use crate::tally::WaitTally;

/// Which percentiles are marked, and how high their labels stand.
const MARKS: [(u32, f64); 3] = [(50, 30.0), (90, 20.0), (99, 10.0)];

pub(super) fn draw(
    area: &Area<'_>,
    tally: &WaitTally,
    exact: &ExactWait,
) -> Result<(), PictureError> {
    let last = exact.chances.len().saturating_sub(1).max(1);
    let gems = exact.spend.gems_by_draws(last);
    let players = tally.by_draw.iter().sum::<u64>() + tally.never;
    let mut within = 0;
    let simulated: Vec<(usize, f64)> = (0..=last)
        .map(|draw| {
            within += tally.by_draw.get(draw).copied().unwrap_or(0);
            (draw, percent_of(within, players))
        })
        .collect();
    let known = exact.chances.iter().map(|chance| chance * 100.0).enumerate();

    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(54)
        .y_label_area_size(64)
        .build_cartesian_2d(0..last, 0.0..104.0)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .axis_style(GREY)
        .x_desc("draws")
        .y_desc("players who have it, %")
        .axis_desc_style(font(15).color(&INK))
        .label_style(font(14).color(&GREY))
        .y_labels(6)
        .y_label_formatter(&|percent| format!("{percent:.0}"))
        .draw()?;

    chart.draw_series(
        AreaSeries::new(simulated, 0.0, COLOUR.mix(0.2))
            .border_style(COLOUR.mix(0.55).stroke_width(7)),
    )?;
    chart.draw_series(LineSeries::new(known, INK.stroke_width(2)))?;

    for (percent, label_height) in MARKS {
        let Some(draws) = exact.percentile(percent) else { continue };
        let height = exact.chances.get(draws).map_or(0.0, |chance| chance * 100.0);
        chart.draw_series([PathElement::new(
            [(draws, 0.0), (draws, height)],
            GREY.mix(0.7).stroke_width(1),
        )])?;
        chart.draw_series([Circle::new((draws, height), 4, INK.filled())])?;
        let of_gems = gems.get(draws).copied().unwrap_or(0);
        let label =
            format!("{percent} %: {} draws, {} gems", whole(draws as u128), whole(of_gems.into()));
        // Labels stand below the curve, each at its own height, on the side
        // where there is room.
        let is_right = draws * 2 > last;
        let (side, shift) = if is_right { (HPos::Right, -8) } else { (HPos::Left, 8) };
        let style = font(14).color(&INK).pos(Pos::new(side, VPos::Center));
        let label = Text::new(label, (shift, 0), style);
        chart.draw_series([EmptyElement::at((draws, label_height)) + label])?;
    }
    Ok(())
}
