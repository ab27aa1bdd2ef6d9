//! Philox4x32-10 and its keys.

/// What a random number is for: two purposes never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Parameters and initial values of neurons.
    Parameter = 1,
    /// How many synapses a source makes in a tile.
    Count = 2,
    /// Delays of synapses.
    Delay = 3,
    /// Targets of synapses.
    Target = 4,
    /// Weights of synapses.
    Weight = 5,
    /// Poisson input.
    Poisson = 6,
    /// The tail of Poisson input (see `stimulus::poisson`).
    PoissonTail = 7,
    /// Which neurons a recorder samples.
    Sample = 8,
    /// Anything drawn in tests or by models defined elsewhere.
    User = 9,
    /// Who takes part in a volley.
    Volley = 10,
    /// Links between modules.
    Module = 11,
}

/// A 64-bit Philox key made of (seed, purpose, number of the population, projection or stimulus).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(crate) [u32; 2]);

impl Key {
    /// The key of `purpose` for the `who`-th population, projection or stimulus.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, who: usize) -> Self {
        let mixed = mix(seed ^ mix((u64::from(purpose as u32) << 48) ^ who as u64));
        Self([mixed as u32, (mixed >> 32) as u32])
    }
}

/// The finaliser of `SplitMix64` (Steele et al. 2014): a bijection that avalanches.
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const M0: u64 = 0xD251_1F53;
const M1: u64 = 0xCD9E_8D57;
const W0: u32 = 0x9E37_79B9;
const W1: u32 = 0xBB67_AE85;

/// One block of Philox4x32-10: four numbers for one counter.
#[must_use]
pub fn philox(counter: [u32; 4], key: Key) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key.0;
    for _ in 0..10 {
        let p0 = M0 * u64::from(c0);
        let p1 = M1 * u64::from(c2);
        (c0, c1, c2, c3) =
            ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        k0 = k0.wrapping_add(W0);
        k1 = k1.wrapping_add(W1);
    }
    [c0, c1, c2, c3]
}

/// How many blocks fit a SIMD register of 512 bits, a word in each 64-bit lane.
const LANES: usize = 8;

/// The keys of the ten rounds, computed once for many blocks.
#[derive(Clone, Copy, Debug)]
struct RoundKeys([[u64; 2]; 10]);

impl RoundKeys {
    fn new(key: Key) -> Self {
        let [k0, k1] = key.0;
        Self(std::array::from_fn(|round| {
            let round = round as u32;
            let after = |k: u32, w: u32| u64::from(k.wrapping_add(w.wrapping_mul(round)));
            [after(k0, W0), after(k1, W1)]
        }))
    }
}

/// `N` consecutive blocks: `result[i]` is word `i` of the blocks `first, first + 1, ...`.
///
/// Each word lives in a 64-bit lane whose upper half may hold rubbish until the end: that is what
/// the widening multiplication of SIMD units takes, so a round is two multiplications, two shifts
/// and four exclusive ors, without a shuffle. One block's rounds depend on each other; four
/// times [`LANES`] at once hide that latency.
#[inline(always)]
fn philox_lanes<const N: usize>(first: u32, rest: [u32; 3], keys: &RoundKeys) -> [[u64; N]; 4] {
    let mut c0 = [0u64; N];
    for (i, lane) in c0.iter_mut().enumerate() {
        *lane = u64::from(first.wrapping_add(i as u32));
    }
    let [a, b, d] = rest.map(|word| [u64::from(word); N]);
    let mut c = [c0, a, b, d];
    // Written out: as a loop, the compiler takes a 64-bit multiplication three times as slow.
    let k = &keys.0;
    c = round(round(round(round(round(c, k[0]), k[1]), k[2]), k[3]), k[4]);
    c = round(round(round(round(round(c, k[5]), k[6]), k[7]), k[8]), k[9]);
    for word in &mut c {
        for lane in word {
            *lane &= LOW;
        }
    }
    c
}

const LOW: u64 = 0xffff_ffff;

/// One round on every lane.
#[inline(always)]
fn round<const N: usize>([c0, c1, c2, c3]: [[u64; N]; 4], [k0, k1]: [u64; 2]) -> [[u64; N]; 4] {
    let mut next = [[0; N]; 4];
    for i in 0..N {
        let p0 = M0 * (c0[i] & LOW);
        let p1 = M1 * (c2[i] & LOW);
        next[0][i] = (p1 >> 32) ^ c1[i] ^ k0;
        next[1][i] = p1;
        next[2][i] = (p0 >> 32) ^ c3[i] ^ k1;
        next[3][i] = p0;
    }
    next
}

/// Fills `out` with the words of the blocks 0, 1, ... of the counter `rest`: word `j` of `out` is
/// word `j % 4` of block `j / 4`.
#[inline(always)]
pub fn fill(key: Key, rest: [u32; 3], out: &mut [u32]) {
    let keys = RoundKeys::new(key);
    let (many, rest_of) = out.as_chunks_mut::<{ 16 * LANES }>();
    let mut block = 0;
    for words in many {
        let pairs: [u64; 8 * LANES] =
            interleaved(philox_lanes::<{ 4 * LANES }>(block, rest, &keys));
        *words = bytemuck::cast(pairs);
        block += 4 * LANES as u32;
    }
    for chunk in rest_of.chunks_mut(4 * LANES) {
        let pairs: [u64; 2 * LANES] = interleaved(philox_lanes::<LANES>(block, rest, &keys));
        let words: [u32; 4 * LANES] = bytemuck::cast(pairs);
        chunk.copy_from_slice(&words[..chunk.len()]);
        block += LANES as u32;
    }
    for word in out {
        *word = u32::from_le(*word);
    }
}

/// The words of each block after another, two to a lane, the first in the lower half as memory
/// has it; `M` is twice `N`.
#[inline(always)]
fn interleaved<const N: usize, const M: usize>([a, b, c, d]: [[u64; N]; 4]) -> [u64; M] {
    let (mut low, mut high) = ([0; N], [0; N]);
    for i in 0..N {
        low[i] = (a[i] | b[i] << 32).to_le();
        high[i] = (c[i] | d[i] << 32).to_le();
    }
    let mut pairs = [0; M];
    for i in 0..N {
        pairs[2 * i] = low[i];
        pairs[2 * i + 1] = high[i];
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // From Random123's kat_vectors.
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, answer) in cases {
            assert_eq!(philox(counter, Key(key)), answer);
        }
    }

    #[test]
    fn lanes_and_fill_equal_single_blocks() {
        let key = Key::new(7, Purpose::User, 3);
        let lanes = philox_lanes::<LANES>(5, [1, 2, 3], &RoundKeys::new(key));
        for (w, lane) in lanes.iter().enumerate() {
            for (i, word) in (0..).zip(lane) {
                assert_eq!(*word, u64::from(philox([5 + i, 1, 2, 3], key)[w]));
            }
        }
        let mut many = [0; 177];
        fill(key, [1, 2, 3], &mut many);
        for (j, &word) in many.iter().enumerate() {
            assert_eq!(word, philox([j as u32 / 4, 1, 2, 3], key)[j % 4]);
        }
    }

    #[test]
    fn keys_differ_in_every_part() {
        let key = Key::new(1, Purpose::Target, 0);
        assert_ne!(key, Key::new(2, Purpose::Target, 0));
        assert_ne!(key, Key::new(1, Purpose::Weight, 0));
        assert_ne!(key, Key::new(1, Purpose::Target, 1));
    }
}
