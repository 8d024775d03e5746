use std::fmt::Display;

/// A count with its noun, which is given in the singular.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    if count == N::from(1) { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_in_the_singular_and_none_is_not() {
        for (count, told) in [(0_u64, "0 players"), (1, "1 player"), (2, "2 players")] {
            assert_eq!(counted(count, "player"), told);
        }
    }
}
