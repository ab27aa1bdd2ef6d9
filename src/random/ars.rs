//! ARS4x32-7: seven rounds of AES on a counter (Salmon et al. 2011, doi 10.1145/2063384.2063405).
//!
//! Processors have a round as one instruction, so that it costs a fifth of Philox where many numbers
//! are needed. Its statistics are as good (it passes `BigCrush`, and so do five rounds); secrecy it does
//! not give. The only unsafe code of `random`: what these instructions are called by.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "instructions need their feature")
)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m128i, _mm_aesenc_si128, _mm_aesenclast_si128, _mm512_aesenc_epi128,
    _mm512_aesenclast_epi128, _mm512_xor_si512,
};

use aes::Block;
use aes::hazmat::{Block8, cipher_round, cipher_round_par, inv_mix_columns};

use super::Key;
use crate::simd::Width;

const ROUNDS: usize = 7;

/// What is added to the halves of the key for each round: the golden ratio and the root of 3, less 1.
const WEYL: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];

/// Blocks that a SIMD register of 512 bits holds.
pub const BLOCKS: usize = 4;

/// Four blocks of four words each.
pub type Blocks = [u32; 4 * BLOCKS];

/// Numbers of 16 bits in them.
pub const NUMBERS: usize = 8 * BLOCKS;

/// A stream of blocks: the keys of the rounds, each as often as a register has blocks.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub struct Ars {
    keys: [Blocks; ROUNDS + 1],
}

impl Ars {
    /// The blocks of `key`.
    #[must_use]
    pub fn new(key: Key) -> Self {
        let [k0, k1] = key.0;
        let start = [u64::from(k0) | u64::from(k1) << 32, 0];
        let keys = std::array::from_fn(|round| {
            let mut words = [0; 4];
            for (half, words) in words.as_chunks_mut().0.iter_mut().enumerate() {
                let key = start[half].wrapping_add(WEYL[half].wrapping_mul(round as u64));
                *words = [key as u32, (key >> 32) as u32];
            }
            std::array::from_fn(|i| words[i % 4])
        });
        Self { keys }
    }

    /// The counters of four consecutive blocks.
    #[inline(always)]
    pub(crate) fn consecutive(first: u32, [a, b, c]: [u32; 3]) -> Blocks {
        // In pairs, which are broadcast at once.
        let pair = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32).to_le();
        let pairs = [[pair(first, a), pair(b, c)]; BLOCKS];
        let mut counters: Blocks = bytemuck::cast(pairs);
        for i in 0..4 * BLOCKS {
            let number = if i % 4 == 0 { i as u32 / 4 } else { 0 };
            counters[i] = u32::from_le(counters[i]).wrapping_add(number);
        }
        counters
    }

    /// Makes counters those of blocks further on.
    #[inline(always)]
    pub(crate) fn advance(counters: &mut Blocks, by: u32) {
        for i in 0..4 * BLOCKS {
            counters[i] = counters[i].wrapping_add(if i % 4 == 0 { by } else { 0 });
        }
    }

    /// The blocks of four counters as 16-bit numbers, the lower half of a word first; `four` makes
    /// four numbers of four.
    #[inline(always)]
    pub(crate) fn numbers(
        &self,
        width: Width,
        counters: Blocks,
        four: impl Fn(u64) -> u64,
    ) -> [u16; NUMBERS] {
        let mut lanes: [u64; NUMBERS / 4] = bytemuck::cast(self.encrypt(width, counters));
        for lane in &mut lanes {
            *lane = four(u64::from_le(*lane)).to_le();
        }
        let mut numbers: [u16; NUMBERS] = bytemuck::cast(lanes);
        for number in &mut numbers {
            *number = u16::from_le(*number);
        }
        numbers
    }

    /// The blocks of four counters, as they lie in memory.
    #[inline(always)]
    fn encrypt(&self, width: Width, counters: Blocks) -> Blocks {
        match width {
            #[cfg(target_arch = "x86_64")]
            Width::Avx512(_) => {
                // SAFETY: `Width::Avx512` is a proof that the processor has these instructions.
                unsafe {
                    let first = bytemuck::cast(self.keys[0]);
                    let mut all = _mm512_xor_si512(bytemuck::cast(counters), first);
                    for key in &self.keys[1..ROUNDS] {
                        all = _mm512_aesenc_epi128(all, bytemuck::cast(*key));
                    }
                    bytemuck::cast(_mm512_aesenclast_epi128(all, bytemuck::cast(self.keys[ROUNDS])))
                }
            }
            #[cfg(target_arch = "x86_64")]
            Width::Avx2(_) => {
                let mut all: [__m128i; BLOCKS] = bytemuck::cast(self.start(counters));
                for (round, keys) in self.keys.iter().enumerate().skip(1) {
                    let [key, ..]: [__m128i; BLOCKS] = bytemuck::cast(*keys);
                    for block in &mut all {
                        // SAFETY: `Width::Avx2` is a proof that the processor has these instructions.
                        *block = unsafe {
                            if round < ROUNDS {
                                _mm_aesenc_si128(*block, key)
                            } else {
                                _mm_aesenclast_si128(*block, key)
                            }
                        };
                    }
                }
                bytemuck::cast(all)
            }
            Width::Portable => self.portable(self.start(counters)),
        }
    }

    /// What the first round takes.
    #[inline(always)]
    fn start(&self, mut counters: Blocks) -> Blocks {
        for i in 0..4 * BLOCKS {
            counters[i] = (counters[i] ^ self.keys[0][i]).to_le();
        }
        counters
    }

    /// One block.
    #[must_use]
    pub fn block(&self, mut counter: [u32; 4]) -> [u32; 4] {
        for word in &mut counter {
            *word = word.to_le();
        }
        self.mix(0, &mut counter);
        let mut block = Block::from(bytemuck::cast::<_, [u8; 16]>(counter));
        for round in 1..ROUNDS {
            let mut key = [0; 4];
            self.mix(round, &mut key);
            cipher_round(&mut block, &Block::from(bytemuck::cast::<_, [u8; 16]>(key)));
        }
        // The last round has no mixing of columns.
        cipher_round(&mut block, &Block::default());
        inv_mix_columns(&mut block);
        let mut words = bytemuck::cast(<[u8; 16]>::from(block));
        self.mix(ROUNDS, &mut words);
        for word in &mut words {
            *word = u32::from_le(*word);
        }
        words
    }

    /// Mixes the key of a round into the words of a block, as they lie in memory.
    #[inline]
    fn mix(&self, round: usize, words: &mut [u32; 4]) {
        for i in 0..4 {
            words[i] ^= self.keys[round][i].to_le();
        }
    }

    /// The rounds by a library, which has instructions for other processors, and does without where
    /// there are none.
    #[inline(never)]
    fn portable(&self, blocks: Blocks) -> Blocks {
        let bytes_of = |words: Blocks| -> [[u8; 16]; BLOCKS] { bytemuck::cast(words) };
        let all_of = |blocks: [[u8; 16]; BLOCKS]| {
            let mut all = Block8::default();
            for (to, from) in all.iter_mut().zip(blocks) {
                *to = Block::from(from);
            }
            all
        };
        let mut all = all_of(bytes_of(blocks));
        for key in &self.keys[1..ROUNDS] {
            cipher_round_par(&mut all, &all_of(bytes_of(key.map(u32::to_le))));
        }
        // The last round has no mixing of columns.
        cipher_round_par(&mut all, &Block8::default());
        let keys = bytes_of(self.keys[ROUNDS].map(u32::to_le));
        let mut out = [[0; 16]; BLOCKS];
        for ((out, block), key) in out.iter_mut().zip(&mut all).zip(keys) {
            inv_mix_columns(block);
            *out = std::array::from_fn(|i| block[i] ^ key[i]);
        }
        bytemuck::cast(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::wide;

    const PI: [u32; 4] = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];

    /// Of a program of its own that gives the vectors of Random123 for ten rounds.
    #[test]
    fn known_answers() {
        let zero = Ars::new(Key([0, 0])).block([0; 4]);
        assert_eq!(zero, [0xdacf_61ff, 0xc457_98f3, 0x113c_7eeb, 0x101e_27f3]);
        let pi = Ars::new(Key([0xa409_3822, 0x299f_31d0])).block(PI);
        assert_eq!(pi, [0xb330_966a, 0xd599_daa5, 0xca55_7885, 0xb5de_9cff]);
    }

    #[test]
    fn blocks_are_alike_at_every_width() {
        let ars = Ars::new(Key([7, 0x299f_31d0]));
        let mut counters = Ars::consecutive(u32::MAX - 5, [5, 6, 7]);
        Ars::advance(&mut counters, 4);
        for limit in ["", "avx2", "portable"] {
            let width = Width::limited(limit).expect("a width");
            let numbers = wide(
                width,
                #[inline(always)]
                |width| ars.numbers(width, counters, |four| four),
            );
            for (i, first) in [u32::MAX - 1, u32::MAX, 0, 1].into_iter().enumerate() {
                let block = ars.block([first, 5, 6, 7]);
                let halves = block.into_iter().flat_map(|word| [word as u16, (word >> 16) as u16]);
                assert!(halves.eq(numbers[8 * i..8 * i + 8].iter().copied()), "{width:?}");
            }
        }
    }
}
