//! Systems of linear equations in whole numbers.

use num_bigint::BigInt;
use num_traits::{One, Zero};

/// Eliminates all unknowns but the last from as many equations, and returns
/// what is left of the last equation: the factor of the last unknown, and the
/// right-hand sides.
///
/// Fraction-free, so that numbers grow no more than they must: E. H. Bareiss,
/// "Sylvester's identity and multistep integer-preserving Gaussian elimination"
/// (1968). Each division is exact. The callers' matrices are 1 − P with P
/// substochastic and irreducible, each row times a positive number: all their
/// leading minors but the last are positive, so there is nothing to pivot.
pub(super) fn eliminate(mut rows: Vec<Vec<BigInt>>) -> Vec<BigInt> {
    let count = rows.len();
    let mut before = BigInt::one();
    for pivot in 0..count.saturating_sub(1) {
        let (done, rest) = rows.split_at_mut(pivot + 1);
        let top = &done[pivot];
        for row in rest {
            let factor = std::mem::take(&mut row[pivot]);
            for column in pivot + 1..row.len() {
                let mut value = &row[column] * &top[pivot];
                if !factor.is_zero() && !top[column].is_zero() {
                    value -= &factor * &top[column];
                }
                row[column] = value / &before;
            }
        }
        before.clone_from(&top[pivot]);
    }
    rows.pop().map(|row| row[count - 1..].to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(rows: &[&[i64]]) -> Vec<Vec<BigInt>> {
        rows.iter().map(|row| row.iter().map(|&n| BigInt::from(n)).collect()).collect()
    }

    #[test]
    fn what_is_left_of_the_last_equation_tells_the_last_unknown() {
        // 2x + y = 5, x + 3y = 10: y = 3. And 4x = 8 alone: x = 2.
        let left = eliminate(whole(&[&[2, 1, 5], &[1, 3, 10]]));
        assert_eq!(left, [5, 15].map(BigInt::from));
        assert_eq!(eliminate(whole(&[&[4, 8]])), [4, 8].map(BigInt::from));
        // x − z = 0, y − x = 1, 2z − y = 3 with two right-hand sides: z = 4, 8.
        let left = eliminate(whole(&[&[1, 0, -1, 0, 0], &[-1, 1, 0, 1, 2], &[0, -1, 2, 3, 6]]));
        assert_eq!(left, [1, 4, 8].map(BigInt::from));
    }
}
