//! Elements that are NaN or infinite.

/// What can be wrong with a value; two sides agree where their kinds do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Finite,
    /// Not a number.
    Nan,
    /// +∞
    PositiveInfinity,
    /// −∞
    NegativeInfinity,
}

impl Kind {
    /// The kind of a value.
    pub fn of(value: f64) -> Self {
        match value {
            f64::INFINITY => Self::PositiveInfinity,
            f64::NEG_INFINITY => Self::NegativeInfinity,
            _ if value.is_nan() => Self::Nan,
            _ => Self::Finite,
        }
    }

    fn is_infinite(self) -> bool {
        matches!(self, Self::PositiveInfinity | Self::NegativeInfinity)
    }
}

/// Counts of elements that are not finite.
#[derive(Clone, Copy, Default)]
pub struct NonFinite {
    /// NaN in actual.
    pub nan_actual: u64,
    /// NaN in expected.
    pub nan_expected: u64,
    /// Infinities of either sign in actual.
    pub inf_actual: u64,
    /// Infinities of either sign in expected.
    pub inf_expected: u64,
    /// Elements where the two sides have different kinds.
    pub mismatch: u64,
    /// Flat index of the first element of actual that is not finite.
    pub first: Option<usize>,
}

impl NonFinite {
    /// Counts one element by its flat index and the kinds of both sides.
    pub fn count(&mut self, index: usize, actual: Kind, expected: Kind) {
        self.nan_actual += u64::from(actual == Kind::Nan);
        self.nan_expected += u64::from(expected == Kind::Nan);
        self.inf_actual += u64::from(actual.is_infinite());
        self.inf_expected += u64::from(expected.is_infinite());
        self.mismatch += u64::from(actual != expected);
        if actual != Kind::Finite && self.first.is_none() {
            self.first = Some(index);
        }
    }
}
