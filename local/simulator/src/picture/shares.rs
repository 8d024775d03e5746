//! The share of each rarity as a bar, with a mark where it should end.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use tenjo_domain::Rarity;

use super::{Area, COLOUR, FAINT, GREY, INK, PictureError, font};
use crate::exact::Exact;
use crate::figure::float;
use crate::report::number;
use crate::tally::Tally;

pub(super) fn draw(area: &Area<'_>, tally: &Tally, exact: &Exact) -> Result<(), PictureError> {
    let players = float(tally.players.into());
    let percent = |count: f64| count / exact.counted_draws * 100.0;
    let bars: Vec<(Rarity, f64, f64)> = [Rarity::R, Rarity::Sr, Rarity::Ssr]
        .into_iter()
        .zip(tally.of_rarity)
        .zip(exact.of_rarity)
        .map(|((rarity, sums), exact)| {
            (rarity, percent(float(sums.sum.into()) / players), percent(exact))
        })
        .filter(|(_, simulated, exact)| *simulated > 0.0 || *exact > 0.0)
        .collect();
    let most = bars.iter().fold(1.0, |most: f64, (_, a, b)| most.max(*a).max(*b));

    let rows = float(bars.len() as u128);
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(54)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..most * 1.45, 0.0..rows)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .axis_style(GREY)
        .x_desc(format!("share of the first {} draws, %", number(exact.counted_draws, 0)))
        .axis_desc_style(font(15).color(&INK))
        .label_style(font(14).color(&GREY))
        .x_label_formatter(&|percent| format!("{percent:.0}"))
        .draw()?;

    let left = Pos::new(HPos::Left, VPos::Center);
    for (row, (rarity, simulated, exact)) in bars.into_iter().enumerate() {
        let middle = float(row as u128) + 0.5;
        let bar = [(0.0, middle - 0.28), (simulated, middle + 0.28)];
        chart.draw_series([Rectangle::new(bar, COLOUR.mix(0.6).filled())])?;
        let mark = [(exact, middle - 0.36), (exact, middle + 0.36)];
        chart.draw_series([PathElement::new(mark, INK.stroke_width(3))])?;
        let name = Text::new(rarity.to_string(), (-46, 0), font(18).color(&INK).pos(left));
        chart.draw_series([EmptyElement::at((0.0, middle)) + name])?;
        let label = format!("{simulated:.4} % (exact {exact:.4} %)");
        let label = Text::new(label, (12, 0), font(15).color(&INK).pos(left));
        chart.draw_series([EmptyElement::at((simulated.max(exact), middle)) + label])?;
    }
    Ok(())
}
