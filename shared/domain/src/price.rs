//! Prices: a number of draws for an amount of gems.

use crate::{Cost, Gems, Invalid, Payment};

/// How many draws one request asks for: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrawCount(u32);

impl DrawCount {
    /// The most draws that one request may ask for.
    pub const MAX: u32 = 100;

    /// A number of draws.
    ///
    /// # Errors
    /// When it is not 1 to 100.
    pub const fn new(count: u32) -> Result<Self, Invalid> {
        if count >= 1 && count <= Self::MAX {
            Ok(Self(count))
        } else {
            Err(Invalid("must be 1 to 100"))
        }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A price: a number of draws for an amount of gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// How many draws are sold.
    pub draw_count: DrawCount,
    /// What they cost together.
    pub cost: Cost,
}

impl Price {
    /// A price in the given gems.
    ///
    /// # Errors
    /// When the draw count or the amount is out of range.
    pub fn new(draw_count: u32, currency_type: Payment, amount: u64) -> Result<Self, Invalid> {
        let draw_count = DrawCount::new(draw_count)?;
        let amount = Gems::new(amount)?;
        Ok(Self { draw_count, cost: Cost { currency_type, amount } })
    }
}
