//! Running a loop at the widest SIMD that the processor has.

use std::any::Any;
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;

use crate::{Error, Result};

/// The variable that narrows SIMD, for comparisons.
const LIMIT: &str = "MURINE_SIMD";

/// What this process uses: the best there is, unless `MURINE_SIMD` is `avx2` or `portable`.
pub(crate) fn arch() -> pulp::Arch {
    static ARCH: OnceLock<pulp::Arch> = OnceLock::new();
    *ARCH.get_or_init(|| limited(&std::env::var(LIMIT).unwrap_or_default()).unwrap_or_default())
}

/// Refuses a `MURINE_SIMD` that means nothing.
pub(crate) fn check() -> Result<()> {
    limited(&std::env::var(LIMIT).unwrap_or_default()).map(|_| ())
}

fn limited(limit: &str) -> Result<pulp::Arch> {
    match limit {
        "" => Ok(pulp::Arch::new()),
        "portable" => Ok(pulp::Arch::Scalar),
        #[cfg(target_arch = "x86_64")]
        "avx2" => Ok(V3::try_new().map_or(pulp::Arch::Scalar, pulp::Arch::V3)),
        _ => Err(Error::parameter(
            LIMIT,
            format!(
                "`{limit}` is not possible: `avx2`, `portable`, or leave it unset for the widest"
            ),
        )),
    }
}

/// A closure that pulp compiles once for each SIMD width.
struct Wide<F>(F);

impl<R, F: FnMut(Width) -> R> pulp::WithSimd for Wide<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, simd: S) -> R {
        (self.0)(Width::of(simd))
    }
}

/// Runs `f`, compiled for each SIMD width; `f` and what it calls must be `#[inline(always)]`.
///
/// Given to [`pulp::Arch::dispatch`] directly, a closure that mutates what it captures is called
/// through a shim for `FnOnce` that is not inlined, and so is compiled for the lowest width only.
#[inline]
pub(crate) fn wide<R>(arch: pulp::Arch, f: impl FnMut(Width) -> R) -> R {
    arch.dispatch(Wide(f))
}

/// The SIMD width that a closure is compiled for; known to the compiler.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Width {
    /// What every processor has.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

/// Entries of a table that lies in registers.
pub(crate) const ENTRIES: usize = 32;

/// Numbers looked up together.
pub(crate) type Numbers = [u16; 64];

impl Width {
    #[inline(always)]
    fn of(simd: impl pulp::Simd) -> Self {
        let any: &dyn Any = &simd;
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(v4) = any.downcast_ref() {
                return Self::Avx512(*v4);
            }
            if let Some(v3) = any.downcast_ref() {
                return Self::Avx2(*v3);
            }
        }
        let _ = any;
        Self::Portable
    }

    /// `table[i]` for each `i` of `index`, all below [`ENTRIES`].
    #[inline(always)]
    pub(crate) fn look_up(self, table: &Table, index: &Numbers) -> Numbers {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => {
                let words = bytemuck::cast(table.words);
                let [a, b]: [_; 2] = bytemuck::cast(*index);
                let bw = simd.avx512bw;
                bytemuck::cast([
                    bw._mm512_permutexvar_epi16(a, words),
                    bw._mm512_permutexvar_epi16(b, words),
                ])
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => {
                let [a, b, c, d]: [_; 4] = bytemuck::cast(*index);
                bytemuck::cast([
                    table.bytes_of(simd, a),
                    table.bytes_of(simd, b),
                    table.bytes_of(simd, c),
                    table.bytes_of(simd, d),
                ])
            }
            Self::Portable => {
                let mut numbers = [0; 64];
                for n in 0..64 {
                    numbers[n] = table.words[usize::from(index[n]) % ENTRIES];
                }
                numbers
            }
        }
    }
}

/// A table of 16-bit numbers for registers.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    words: [u16; ENTRIES],
    /// As AVX2 can look them up: the low bytes of either half, then the high bytes; each twice, for
    /// the two lanes of a register.
    bytes: [[u8; 32]; 4],
}

impl Table {
    pub(crate) fn new(words: [u16; ENTRIES]) -> Self {
        let bytes = |shift: u32, half: usize| {
            std::array::from_fn(|i| (words[16 * half + i % 16] >> shift) as u8)
        };
        Self { words, bytes: [bytes(0, 0), bytes(0, 1), bytes(8, 0), bytes(8, 1)] }
    }

    /// Entry `i`.
    pub(crate) fn get(&self, i: usize) -> u16 {
        self.words[i]
    }

    /// 16 numbers by AVX2.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn bytes_of(&self, simd: V3, index: __m256i) -> __m256i {
        let avx2 = simd.avx2;
        // Both bytes of a number ask for the same entry, of the first half or the second (bit 4).
        let ask = avx2._mm256_or_si256(index, avx2._mm256_slli_epi16::<8>(index));
        let second = avx2._mm256_slli_epi16::<3>(ask);
        let low = avx2._mm256_blendv_epi8(
            avx2._mm256_shuffle_epi8(bytemuck::cast(self.bytes[0]), ask),
            avx2._mm256_shuffle_epi8(bytemuck::cast(self.bytes[1]), ask),
            second,
        );
        let high = avx2._mm256_blendv_epi8(
            avx2._mm256_shuffle_epi8(bytemuck::cast(self.bytes[2]), ask),
            avx2._mm256_shuffle_epi8(bytemuck::cast(self.bytes[3]), ask),
            second,
        );
        let low_byte = bytemuck::cast([0x00ff_u16; 16]);
        avx2._mm256_blendv_epi8(high, low, low_byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_alike_at_every_width() {
        let table = std::array::from_fn(|i| (i * 40_503 % 65_536) as u16);
        let index: Numbers = std::array::from_fn(|i| (i * 37 % ENTRIES) as u16);
        let table = Table::new(table);
        let expected = index.map(|i| table.get(usize::from(i)));
        for limit in ["", "avx2", "portable"] {
            let arch = limited(limit).expect("a width");
            let found = wide(
                arch,
                #[inline(always)]
                |width| width.look_up(&table, &index),
            );
            assert_eq!(found, expected, "{arch:?}");
        }
    }

    #[test]
    fn a_width_that_does_not_exist_is_refused() {
        let message = limited("avx1024").expect_err("unknown").to_string();
        assert!(message.contains("avx1024") && message.contains("portable"), "{message}");
    }
}
