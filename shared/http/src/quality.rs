//! Values of the `Accept-…` headers: what a client takes, and how gladly.

/// Each offer with its quality, in the order of the value; 1 where none is given, 0 where it
/// is no number.
pub(crate) fn offers(accepted: &str) -> impl Iterator<Item = (&str, f32)> {
    accepted.split(',').map(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        (name, quality.map_or(1.0, |text| text.parse().unwrap_or(0.0)))
    })
}
