//! Pictures of a simulation: what happened in colour, the exact figures in black.

mod shares;
mod spend;
mod wait;

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use tenjo_domain::Pool;

use crate::exact::Exact;
use crate::plan::Plan;
use crate::report::whole;
use crate::tally::Tally;

/// A picture in SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, in words that fit a file name.
    pub name: &'static str,
    /// The picture.
    pub svg: String,
}

/// What can go wrong with a picture. There is no file here, so nothing should.
pub type PictureError = Box<dyn Error + Send + Sync>;

/// All pictures of a simulation.
///
/// # Errors
/// When the picture cannot be laid out.
pub fn pictures(plan: &Plan, tally: &Tally, exact: &Exact) -> Result<Vec<Picture>, PictureError> {
    let mut pictures = Vec::new();
    let waits = [("first-ssr", "first SSR"), ("first-pickup", "first pickup")];
    for (((name, of), tally), exact) in waits.into_iter().zip(&tally.waits).zip(&exact.waits) {
        let Some(exact) = exact else { continue };
        let title = format!("What the {of} costs");
        pictures.push(picture(name, plan, &title, |area| wait::draw(area, tally, exact))?);
    }
    pictures.push(picture("shares", plan, "How often each rarity comes", |area| {
        shares::draw(area, tally, exact)
    })?);
    let last = exact
        .waits
        .iter()
        .zip(&tally.waits)
        .rev()
        .find_map(|(exact, tally)| exact.as_ref().map(|exact| (exact, tally)));
    if let Some((exact, tally)) = last {
        let of = if plan.waits[1] { "first pickup" } else { "first SSR" };
        let title = format!("Gems for the {of}, by share of players");
        pictures.push(picture("spend", plan, &title, |area| spend::draw(area, tally, exact))?);
    }
    Ok(pictures)
}

/// The size of each picture.
const SIZE: (u32, u32) = (960, 540);
const FONT: &str = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif";
/// What was simulated.
const COLOUR: RGBColor = RGBColor(31, 119, 180);
/// What is exact.
const INK: RGBColor = RGBColor(33, 37, 41);
const GREY: RGBColor = RGBColor(108, 117, 125);
const FAINT: RGBColor = RGBColor(226, 230, 234);

type Area<'svg> = DrawingArea<SVGBackend<'svg>, Shift>;

/// A white picture with a title, and below it what was simulated.
fn picture(
    name: &'static str,
    plan: &Plan,
    title: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), PictureError>,
) -> Result<Picture, PictureError> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(70);
        head.draw(&Text::new(title.to_owned(), (24, 14), font(24).color(&INK)))?;
        head.draw(&Text::new(subtitle(plan), (24, 46), font(15).color(&GREY)))?;
        legend(&head)?;
        draw(&body.margin(4, 12, 12, 28))?;
        root.present()?;
    }
    Ok(Picture { name, svg })
}

/// On the right of the title: what is a bar or an area, and what a line.
fn legend(head: &Area<'_>) -> Result<(), PictureError> {
    head.draw(&Rectangle::new([(728, 20), (752, 34)], COLOUR.mix(0.6).filled()))?;
    head.draw(&Text::new("simulated", (760, 20), font(15).color(&INK)))?;
    head.draw(&PathElement::new([(854, 27), (878, 27)], INK.stroke_width(3)))?;
    head.draw(&Text::new("exact", (886, 20), font(15).color(&INK)))?;
    Ok(())
}

fn subtitle(plan: &Plan) -> String {
    let pool: &Pool = &plan.pool;
    format!(
        "{} ({}), {} at once, {} simulated players, seed {}",
        pool.name(),
        pool.pool_id(),
        plan.draw_count.get(),
        whole(plan.players.into()),
        plan.seed,
    )
}

/// Text of a size in pixels. The library takes the height of a line instead.
fn font(size: u32) -> TextStyle<'static> {
    (FONT, f64::from(size) * 1.24).into_font().into_text_style(&SIZE)
}
