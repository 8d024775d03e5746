//! One name, in the spelling of each place.

/// `requestDraw` → `request-draw`.
pub(crate) fn kebab(operation_id: &str) -> String {
    let mut name = String::new();
    for letter in operation_id.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

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
