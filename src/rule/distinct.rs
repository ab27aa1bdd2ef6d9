//! Drawing partners in bulk: independently, or distinct ones.

use crate::random::{Key, fill};
use crate::simd::{Width, wide, width};

/// Draws uniform numbers of one stream in bulk.
#[derive(Clone, Copy)]
pub(super) struct Sampler {
    key: Key,
    width: Width,
}

/// Above this range, 32 random bits are too coarse: at the limit, no number is likelier than
/// another by more than 1e-3.
const NARROW: u64 = 1 << 22;

impl Sampler {
    pub(super) fn new(key: Key) -> Self {
        Self { key, width: width() }
    }

    fn words(&self, rest: [u32; 3], words: &mut [u32]) {
        wide(
            self.width,
            #[inline(always)]
            |_| fill(self.key, rest, words),
        );
    }

    /// Appends `n` independent numbers below `range`, which step over `except`.
    pub(super) fn independent(
        &self,
        rest: [u32; 3],
        n: usize,
        range: u64,
        except: Option<u32>,
        out: &mut Vec<u32>,
    ) {
        let from = out.len();
        let skip = except.unwrap_or(u32::MAX);
        if range <= NARROW {
            out.resize(from + n, 0);
            self.words(rest, &mut out[from..]);
            for place in &mut out[from..] {
                let drawn = ((u64::from(*place) * range) >> 32) as u32;
                *place = drawn + u32::from(drawn >= skip);
            }
            return;
        }
        let mut words = vec![0; 2 * n];
        self.words(rest, &mut words);
        out.extend(words.as_chunks().0.iter().map(|&pair| {
            let drawn = below(pair, range) as u32;
            drawn + u32::from(drawn >= skip)
        }));
    }

    /// Appends `n` distinct numbers below `range`, every set equally likely, which step over
    /// `except`. Floyd's algorithm (Bentley & Floyd 1987, doi 10.1145/30401.315746): one number
    /// and one look-up each, however large `n` is in comparison with `range`.
    pub(super) fn distinct(
        &self,
        rest: [u32; 3],
        n: usize,
        range: u64,
        except: Option<u32>,
        out: &mut Vec<u32>,
    ) {
        debug_assert!(n as u64 <= range, "{n} distinct numbers below {range}");
        let mut words = vec![0; if range <= NARROW { n } else { 2 * n }];
        self.words(rest, &mut words);
        let mut taken = Taken::new(n, range);
        let skip = except.unwrap_or(u32::MAX);
        for (i, last) in (range - n as u64..range).enumerate() {
            let drawn = if range <= NARROW {
                ((u64::from(words[i]) * (last + 1)) >> 32) as u32
            } else {
                below([words[2 * i], words[2 * i + 1]], last + 1) as u32
            };
            let place = if taken.insert(drawn) {
                drawn
            } else {
                taken.insert(last as u32);
                last as u32
            };
            out.push(place + u32::from(place >= skip));
        }
    }
}

/// A number below `n` from 64 random bits.
fn below(words: [u32; 2], n: u64) -> u64 {
    let bits = u64::from(words[0]) << 32 | u64::from(words[1]);
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

/// A set of small numbers: bits where the range is small in comparison with the set, else an
/// open-addressing table at most half full.
enum Taken {
    Bits(Vec<u64>),
    Table { slots: Vec<u32>, shift: u32 },
}

impl Taken {
    fn new(n: usize, range: u64) -> Self {
        let slots = (2 * n).next_power_of_two().max(2);
        if range.div_ceil(64) <= slots as u64 {
            return Self::Bits(vec![0; range.div_ceil(64) as usize]);
        }
        Self::Table { slots: vec![u32::MAX; slots], shift: 32 - slots.trailing_zeros() }
    }

    /// Takes `x`, which is below `u32::MAX`; says whether it was free.
    #[inline]
    fn insert(&mut self, x: u32) -> bool {
        match self {
            Self::Bits(bits) => {
                let word = &mut bits[x as usize / 64];
                let free = *word & (1 << (x % 64)) == 0;
                *word |= 1 << (x % 64);
                free
            }
            Self::Table { slots, shift } => {
                let mut at = (x.wrapping_mul(0x9E37_79B1) >> *shift) as usize;
                loop {
                    if slots[at] == x {
                        return false;
                    }
                    if slots[at] == u32::MAX {
                        slots[at] = x;
                        return true;
                    }
                    at = (at + 1) & (slots.len() - 1);
                }
            }
        }
    }
}
