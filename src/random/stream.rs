//! A sequential reader of one counter's numbers, where drawing in bulk is not worth it.

use super::{Key, philox};

/// The numbers of one (key, who, when), one after the other.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    rest: [u32; 3],
    block: u32,
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// The smallest number that [`unit`](Self::unit) gives.
    pub const LEAST: f64 = 0.5 / 9_007_199_254_740_992.0;
    /// The largest number that [`unit`](Self::unit) gives: the largest below one.
    pub const MOST: f64 = 1.0 - f64::EPSILON / 2.0;

    /// The numbers of `key` at `rest` (who, where and when).
    #[must_use]
    pub fn new(key: Key, rest: [u32; 3]) -> Self {
        Self { key, rest, block: 0, words: [0; 4], used: 4 }
    }

    /// 32 random bits.
    pub fn bits32(&mut self) -> u32 {
        if self.used == 4 {
            self.words = philox([self.block, self.rest[0], self.rest[1], self.rest[2]], self.key);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// 64 random bits.
    pub fn bits64(&mut self) -> u64 {
        u64::from(self.bits32()) | u64::from(self.bits32()) << 32
    }

    /// A number in the open interval (0, 1), one of 2^53 equally likely.
    pub fn unit(&mut self) -> f64 {
        let unit = ((self.bits64() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0);
        // The last of them would be rounded to one.
        unit.min(Self::MOST)
    }

    /// A number in `0..n`, uniform to within n / 2^64.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits64()) * u128::from(n)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use crate::random::{Distribution, normal_quantile};
    use crate::units::MV;

    #[test]
    fn the_ends_of_a_normal_distribution_are_finite() {
        assert!(normal_quantile(Stream::LEAST).is_finite());
        assert!(normal_quantile(Stream::MOST).is_finite());
        let (least, most) = Distribution::normal(0.0 * MV, 1.0 * MV).range();
        assert!(least < -8.0 && least > -9.0, "{least}");
        assert!(most > 8.0 && most < 9.0, "{most}");
    }
}
