//! Random numbers of the judge's own: `SplitMix64` (Steele, Lea & Flood 2014,
//! doi 10.1145/2660193.2660195).

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Sequence `number`.
    pub(super) fn new(number: u64) -> Self {
        let mut dice = Self(number ^ 0x6a75_6467_6521_2121);
        dice.bits();
        dice
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// In low..high.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Ten to a power in low..high.
    pub(super) fn decades(&mut self, low: f64, high: f64) -> f64 {
        10f64.powf(self.between(low, high))
    }

    /// In 0..n.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        (self.unit() * n as f64) as u64
    }

    /// Whether something of this probability happens.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of some values.
    pub(super) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// Minus one or one.
    pub(super) fn sign(&mut self) -> f64 {
        self.one_of(&[-1.0, 1.0])
    }
}
