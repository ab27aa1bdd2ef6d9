//! Running a loop at the widest SIMD that the processor has.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;

use crate::{Error, Result};

/// The variable that narrows SIMD, for comparisons.
const LIMIT: &str = "MURINE_SIMD";

#[cfg(target_arch = "x86_64")]
pulp::simd_type!({
    /// AVX2 and AES: Intel since 2013, AMD since 2015.
    pub(crate) struct WithAvx2 {
        sse: f!("sse"),
        sse2: f!("sse2"),
        sse3: f!("sse3"),
        ssse3: f!("ssse3"),
        sse4_1: f!("sse4.1"),
        sse4_2: f!("sse4.2"),
        popcnt: f!("popcnt"),
        avx: f!("avx"),
        avx2: f!("avx2"),
        bmi1: f!("bmi1"),
        bmi2: f!("bmi2"),
        fma: f!("fma"),
        lzcnt: f!("lzcnt"),
        aes: f!("aes"),
    }

    /// AVX-512, and AES on whole registers: Intel servers since 2019, AMD since 2022.
    pub(crate) struct WithAvx512 {
        sse: f!("sse"),
        sse2: f!("sse2"),
        sse3: f!("sse3"),
        ssse3: f!("ssse3"),
        sse4_1: f!("sse4.1"),
        sse4_2: f!("sse4.2"),
        popcnt: f!("popcnt"),
        avx: f!("avx"),
        avx2: f!("avx2"),
        bmi1: f!("bmi1"),
        bmi2: f!("bmi2"),
        fma: f!("fma"),
        lzcnt: f!("lzcnt"),
        aes: f!("aes"),
        avx512f: f!("avx512f"),
        avx512bw: f!("avx512bw"),
        avx512cd: f!("avx512cd"),
        avx512dq: f!("avx512dq"),
        avx512vl: f!("avx512vl"),
        vaes: f!("vaes"),
    }
});

/// A SIMD width that the processor has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Width {
    /// What every processor has.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(WithAvx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(WithAvx512),
}

/// What this process uses: the best there is, unless `MURINE_SIMD` is `avx2` or `portable`.
pub(crate) fn width() -> Width {
    static WIDTH: OnceLock<Width> = OnceLock::new();
    *WIDTH.get_or_init(|| {
        Width::limited(&std::env::var(LIMIT).unwrap_or_default())
            .unwrap_or_else(|_| Width::widest())
    })
}

/// Refuses a `MURINE_SIMD` that means nothing.
pub(crate) fn check() -> Result<()> {
    Width::limited(&std::env::var(LIMIT).unwrap_or_default()).map(|_| ())
}

/// A closure, and the width that pulp compiles it for: as a type, since it has to be known then.
struct Wide<F, W>(F, W);

impl<R, F: FnMut(Width) -> R, W: Into<Width>> pulp::NullaryFnOnce for Wide<F, W> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)(self.1.into())
    }
}

#[cfg(target_arch = "x86_64")]
impl From<WithAvx2> for Width {
    #[inline(always)]
    fn from(simd: WithAvx2) -> Self {
        Self::Avx2(simd)
    }
}

#[cfg(target_arch = "x86_64")]
impl From<WithAvx512> for Width {
    #[inline(always)]
    fn from(simd: WithAvx512) -> Self {
        Self::Avx512(simd)
    }
}

/// Runs `f`, compiled for each SIMD width; `f` and what it calls must be `#[inline(always)]`.
#[inline]
pub(crate) fn wide<R>(width: Width, mut f: impl FnMut(Width) -> R) -> R {
    match width {
        #[cfg(target_arch = "x86_64")]
        Width::Avx512(simd) => simd.vectorize(Wide(f, simd)),
        #[cfg(target_arch = "x86_64")]
        Width::Avx2(simd) => simd.vectorize(Wide(f, simd)),
        Width::Portable => f(Width::Portable),
    }
}

/// Entries of a table that lies in registers.
pub(crate) const ENTRIES: usize = 32;

/// Numbers looked up together. On whole cache lines, like all here that a register is loaded from:
/// one that straddles two takes twice as long, and waits for what was just stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Numbers(pub(crate) [u16; 64]);

impl Width {
    fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(simd) = WithAvx512::try_new() {
                return Self::Avx512(simd);
            }
            if let Some(simd) = WithAvx2::try_new() {
                return Self::Avx2(simd);
            }
        }
        Self::Portable
    }

    /// Which of `numbers` are at least `bound`, a bit each.
    #[inline(always)]
    pub(crate) fn at_least(self, numbers: &Numbers, bound: u16) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(simd) = self {
            let bw = simd.avx512bw;
            let [a, b]: [_; 2] = bytemuck::cast(numbers.0);
            let bound = bytemuck::cast([bound; 32]);
            let which = |some| u64::from(bw._mm512_cmpge_epu16_mask(some, bound));
            return which(a) | which(b) << 32;
        }
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx2(simd) = self {
            return simd.at_least(numbers, bound);
        }
        let mut which = [0; 64];
        for n in 0..64 {
            which[n] = u8::from(numbers.0[n] >= bound);
        }
        mask(&which)
    }

    /// Adds `more` to `sums[i]` where bit `i` of `which` is set.
    #[inline(always)]
    pub(crate) fn add_where(self, sums: &mut [i32; 64], mut which: u64, more: i32) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(simd) = self {
            let avx512 = simd.avx512f;
            let more = avx512._mm512_set1_epi32(more);
            for sums in sums.as_chunks_mut::<16>().0 {
                let old = bytemuck::cast(*sums);
                let new = avx512._mm512_mask_add_epi32(old, which as u16, old, more);
                *sums = bytemuck::cast(new);
                which >>= 16;
            }
            return;
        }
        while which != 0 {
            let sum = &mut sums[which.trailing_zeros() as usize];
            *sum = sum.wrapping_add(more);
            which &= which - 1;
        }
    }

    /// Adds `multiples[i]` to `sums` for each i of `index`, of which the lowest bits count.
    #[inline(always)]
    pub(crate) fn add_multiples(
        self,
        multiples: &Multiples,
        index: &Numbers,
        sums: &mut [i32; 64],
    ) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(simd) = self {
            let avx512 = simd.avx512f;
            let [low, high]: [_; 2] = bytemuck::cast(multiples.all);
            let index: [_; 4] = bytemuck::cast(index.0);
            for (index, sums) in index.into_iter().zip(sums.as_chunks_mut::<16>().0) {
                let index = avx512._mm512_cvtepu16_epi32(index);
                let more = avx512._mm512_permutex2var_epi32(low, index, high);
                *sums = bytemuck::cast(avx512._mm512_add_epi32(bytemuck::cast(*sums), more));
            }
            return;
        }
        for (sum, index) in sums.iter_mut().zip(&index.0) {
            let times = i32::from(index % ENTRIES as u16);
            let more = multiples.all[0].wrapping_add(multiples.step.wrapping_mul(times));
            *sum = sum.wrapping_add(more);
        }
    }

    /// What is left of the widest by a limit.
    pub(crate) fn limited(limit: &str) -> Result<Self> {
        match limit {
            "" => Ok(Self::widest()),
            "portable" => Ok(Self::Portable),
            #[cfg(target_arch = "x86_64")]
            "avx2" => Ok(WithAvx2::try_new().map_or(Self::Portable, Self::Avx2)),
            _ => Err(Error::parameter(
                LIMIT,
                format!(
                    "`{limit}` is not possible: `avx2`, `portable`, or leave it unset for the widest"
                ),
            )),
        }
    }

    /// `table[i]` for each `i` of `index`, all below [`ENTRIES`].
    #[inline(always)]
    pub(crate) fn look_up(self, table: &Table, index: &Numbers) -> Numbers {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => {
                let words = bytemuck::cast(table.words);
                let [a, b]: [_; 2] = bytemuck::cast(index.0);
                let bw = simd.avx512bw;
                Numbers(bytemuck::cast([
                    bw._mm512_permutexvar_epi16(a, words),
                    bw._mm512_permutexvar_epi16(b, words),
                ]))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => {
                let [a, b, c, d]: [_; 4] = bytemuck::cast(index.0);
                Numbers(bytemuck::cast([
                    table.bytes_of(simd, a),
                    table.bytes_of(simd, b),
                    table.bytes_of(simd, c),
                    table.bytes_of(simd, d),
                ]))
            }
            Self::Portable => Numbers(index.0.map(|i| table.words[usize::from(i) % ENTRIES])),
        }
    }
}

/// A number and what comes of adding a step to it again and again, for registers.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Multiples {
    all: [i32; ENTRIES],
    step: i32,
}

impl Multiples {
    pub(crate) fn new(first: i32, step: i32) -> Self {
        // Each from its number, not from the one before: that is done in a few instructions.
        let multiple = |i: usize| first.wrapping_add(step.wrapping_mul((i as u32).cast_signed()));
        Self { all: std::array::from_fn(multiple), step }
    }
}

#[cfg(target_arch = "x86_64")]
impl WithAvx2 {
    #[inline(always)]
    fn at_least(self, numbers: &Numbers, bound: u16) -> u64 {
        let avx2 = self.avx2;
        let bound: __m256i = bytemuck::cast([bound; 16]);
        let [a, b, c, d]: [__m256i; 4] = bytemuck::cast(numbers.0);
        let reach = |some| avx2._mm256_cmpeq_epi16(avx2._mm256_max_epu16(some, bound), some);
        // Packing puts the halves of two registers in turn.
        let which = |first, second| {
            let packed = avx2._mm256_packs_epi16(reach(first), reach(second));
            let in_order = avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
            u64::from(avx2._mm256_movemask_epi8(in_order).cast_unsigned())
        };
        which(a, b) | which(c, d) << 32
    }
}

/// Bit `l` says whether `flags[l]` is 1.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
pub(crate) fn mask(flags: &[u8; 64]) -> u64 {
    let (words, _) = flags.as_chunks::<8>();
    // Multiplying gathers the lowest bits of eight bytes in the highest byte.
    let gather =
        |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().enumerate().fold(0, |mask, (i, word)| mask | gather(word) << (8 * i))
}

/// A table of 16-bit numbers for registers.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
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
    fn bytes_of(&self, simd: WithAvx2, index: __m256i) -> __m256i {
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
        let index = Numbers(std::array::from_fn(|i| (i * 37 % ENTRIES) as u16));
        let table = Table::new(table);
        let expected = Numbers(index.0.map(|i| table.get(usize::from(i))));
        for limit in ["", "avx2", "portable"] {
            let width = Width::limited(limit).expect("a width");
            let found = wide(
                width,
                #[inline(always)]
                |width| width.look_up(&table, &index),
            );
            assert_eq!(found, expected, "{width:?}");
        }
    }

    #[test]
    fn numbers_are_compared_alike_at_every_width() {
        let numbers = Numbers(std::array::from_fn(|i| (i * 40_503 % 65_536) as u16));
        for limit in ["", "avx2", "portable"] {
            let width = Width::limited(limit).expect("a width");
            for bound in [0, 1, 30_000, 40_503, u16::MAX] {
                let found = wide(
                    width,
                    #[inline(always)]
                    |width| width.at_least(&numbers, bound),
                );
                for (i, &number) in numbers.0.iter().enumerate() {
                    assert_eq!(found >> i & 1 == 1, number >= bound, "{width:?}");
                }
            }
        }
    }

    #[test]
    fn chosen_sums_grow_at_every_width() {
        for limit in ["", "avx2", "portable"] {
            let width = Width::limited(limit).expect("a width");
            for which in [0, 1, 1 << 63, 0xf0f0_1234_5678_9abc, u64::MAX] {
                let mut sums: [i32; 64] =
                    std::array::from_fn(|i| i32::MAX - i32::try_from(i).expect("small"));
                wide(
                    width,
                    #[inline(always)]
                    |width| width.add_where(&mut sums, which, 5),
                );
                for (i, &sum) in (0..).zip(&sums) {
                    let more = if which >> i & 1 == 1 { 5 } else { 0 };
                    assert_eq!(sum, (i32::MAX - i).wrapping_add(more), "{width:?}");
                }
            }
        }
    }

    #[test]
    fn multiples_are_added_alike_at_every_width() {
        let index = Numbers(std::array::from_fn(|i| (i * 37 % 64) as u16 | 0x8000));
        for limit in ["", "avx2", "portable"] {
            let width = Width::limited(limit).expect("a width");
            for (first, step) in [(0, 1), (-7, 70_000), (i32::MAX, i32::MIN + 3)] {
                let multiples = Multiples::new(first, step);
                let mut sums: [i32; 64] = std::array::from_fn(|i| i32::try_from(i).expect("small"));
                wide(
                    width,
                    #[inline(always)]
                    |width| width.add_multiples(&multiples, &index, &mut sums),
                );
                for (i, &sum) in (0..).zip(&sums) {
                    let times = i * 37 % 64 % 32;
                    let more = first.wrapping_add(step.wrapping_mul(times));
                    assert_eq!(sum, i.wrapping_add(more), "{width:?}");
                }
            }
        }
    }

    #[test]
    fn a_width_that_does_not_exist_is_refused() {
        let message = Width::limited("avx1024").expect_err("unknown").to_string();
        assert!(message.contains("avx1024") && message.contains("portable"), "{message}");
    }
}
