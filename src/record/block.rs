//! How a spool is cut into checked blocks, and what is in a block.
//!
//! A block is a head of 20 bytes and a payload, all little-endian:
//!
//! | bytes | head |
//! |---|---|
//! | 4 | kind of the block |
//! | 8 | length of the payload |
//! | 4 | CRC-32 of the payload |
//! | 4 | CRC-32 of the 16 bytes before |
//!
//! The head has a checksum of its own, so that a damaged length is told from a file that was
//! cut off.

use super::recording::Spike;

/// Bytes of a block's head.
pub(super) const HEAD: usize = 20;

/// What a block holds; the numbers are in the files and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Tag {
    Header = 0,
    Spikes = 1,
    State = 2,
    Rates = 3,
    End = 4,
    Activity = 5,
}

/// A block's head, read back.
pub(super) struct Head {
    pub tag: Tag,
    pub length: u64,
    pub checksum: u32,
}

impl Head {
    /// The head of a payload.
    pub(super) fn bytes(tag: Tag, payload: &[u8]) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&(tag as u32).to_le_bytes());
        head[4..12].copy_from_slice(&(payload.len() as u64).to_le_bytes());
        head[12..16].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        let own = crc32fast::hash(&head[..16]);
        head[16..].copy_from_slice(&own.to_le_bytes());
        head
    }

    /// Reads a head; `None` when its checksum does not fit.
    pub(super) fn parse(bytes: &[u8; HEAD]) -> Option<Self> {
        if crc32fast::hash(&bytes[..16]) != u32_at(bytes, 16)? {
            return None;
        }
        let tag = match u32_at(bytes, 0)? {
            0 => Tag::Header,
            1 => Tag::Spikes,
            2 => Tag::State,
            3 => Tag::Rates,
            4 => Tag::End,
            5 => Tag::Activity,
            _ => return None,
        };
        Some(Self { tag, length: u64_at(bytes, 4)?, checksum: u32_at(bytes, 12)? })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The number that stands at byte `at`, if there is one.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Appends numbers to a payload.
pub(super) fn put_u64s(payload: &mut Vec<u8>, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        payload.extend_from_slice(&number.to_le_bytes());
    }
}

/// The numbers that fill `bytes`.
pub(super) fn u64s(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.as_chunks::<8>().0.iter().map(|&b| u64::from_le_bytes(b))
}

/// Bytes before the runs in a block of spikes.
const SPIKES_HEAD: usize = 32;

/// Encodes spikes, sorted by step, as runs of one step each:
///
/// `last step covered, spikes, runs, bytes per number` (u64 each), then `step, count` (u64) of
/// each run, then the neuron numbers in 4 bytes each, or in 8 where one needs it.
///
/// A spike of a busy network so takes little more than 4 bytes, and decoding it is a copy.
pub(super) fn encode_spikes(spikes: &[Spike], up_to: u64, payload: &mut Vec<u8>) {
    let wide = spikes.iter().any(|s| s.neuron > u64::from(u32::MAX));
    let runs = spikes.chunk_by(|a, b| a.step == b.step);
    put_u64s(
        payload,
        [up_to, spikes.len() as u64, runs.clone().count() as u64, if wide { 8 } else { 4 }],
    );
    for run in runs {
        put_u64s(payload, [run[0].step, run.len() as u64]);
    }
    if wide {
        put_u64s(payload, spikes.iter().map(|s| s.neuron));
    } else {
        payload.extend(spikes.iter().flat_map(|s| (s.neuron as u32).to_le_bytes()));
    }
}

/// Decodes a block of spikes into `spikes`, replacing what is there.
///
/// `None` when the payload contradicts itself, which a right checksum all but excludes.
pub(super) fn decode_spikes(payload: &[u8], spikes: &mut Vec<Spike>) -> Option<()> {
    spikes.clear();
    let [count, runs, width] =
        [8, 16, 24].map(|at| u64_at(payload, at).and_then(|n| usize::try_from(n).ok()));
    let (count, width) = (count?, width?);
    let (runs, numbers) = payload.get(SPIKES_HEAD..)?.split_at_checked(runs?.checked_mul(16)?)?;
    if numbers.len() != count.checked_mul(width)? {
        return None;
    }
    spikes.reserve(count);
    let mut rest = numbers;
    for run in runs.as_chunks::<16>().0 {
        let (step, size) = (u64_at(run, 0)?, usize::try_from(u64_at(run, 8)?).ok()?);
        let (these, others) = rest.split_at_checked(size.checked_mul(width)?)?;
        rest = others;
        match width {
            4 => spikes.extend(
                these
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&b| Spike { step, neuron: u32::from_le_bytes(b).into() }),
            ),
            8 => spikes.extend(u64s(these).map(|neuron| Spike { step, neuron })),
            _ => return None,
        }
    }
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spikes_survive_encoding() {
        for shift in [0, 40] {
            let spikes: Vec<_> = [(3, 1), (3, 4_000_000_000), (90_000_000_000, 0)]
                .map(|(step, n)| Spike { step, neuron: n << shift })
                .into();
            let (mut payload, mut read) = (Vec::new(), Vec::new());
            encode_spikes(&spikes, 90_000_000_001, &mut payload);
            assert_eq!(decode_spikes(&payload, &mut read), Some(()));
            assert_eq!(read, spikes);
            assert_eq!(u64_at(&payload, 0), Some(90_000_000_001));
        }
    }

    #[test]
    fn a_payload_that_contradicts_itself_is_refused() {
        let mut payload = Vec::new();
        encode_spikes(
            &[Spike { step: 1, neuron: 2 }, Spike { step: 2, neuron: 2 }],
            3,
            &mut payload,
        );
        for at in 8..64 {
            let mut broken = payload.clone();
            broken[at] ^= 0x40;
            // Steps are free; counts and lengths are not.
            let step = (32..40).contains(&at) || (48..56).contains(&at);
            assert_eq!(decode_spikes(&broken, &mut Vec::new()).is_some(), step, "{at}");
        }
    }
}
