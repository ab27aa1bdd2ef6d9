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

    /// A number in the open interval (0, 1), one of 2^52 equally likely: with one bit more, the
    /// largest would round to 1.
    pub fn unit(&mut self) -> f64 {
        ((self.bits64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A number in `0..n`, uniform to within n / 2^64.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits64()) * u128::from(n)) >> 64) as u64
    }
}
