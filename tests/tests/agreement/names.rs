//! One name, in the spelling of each place.

/// `request-draw` → `RequestDraw`.
pub(crate) fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| match word.split_at_checked(1) {
            Some((first, rest)) => first.to_ascii_uppercase() + rest,
            None => String::new(),
        })
        .collect()
}

/// `request-draw` → `REQUEST_DRAW`.
pub(crate) fn upper_snake(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}
