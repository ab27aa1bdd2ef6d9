//! Walker's alias method (1977, doi 10.1145/355744.355749) in integers: from 16 random bits to an
//! outcome.

use crate::simd::{ENTRIES, Numbers, Table, Width};

/// How many values 16 bits have.
const VALUES: u32 = 1 << 16;

/// A table that gives each of the 65,536 values its outcome: the upper bits of a value choose a
/// column, the lower bits one of its two outcomes.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    /// How many of the lower bits.
    low: u32,
    columns: Columns,
}

/// Lower bits below `threshold[column]` mean `below[column]`, others `above[column]`.
#[derive(Clone, Debug)]
enum Columns {
    /// In registers: threshold, below, above.
    Few(Box<[Table; 3]>),
    /// In memory: (threshold, below, above).
    Many(Vec<(u16, u16, u16)>),
}

impl Alias {
    /// Deals the values to outcomes: each of `slots` is (how many values, outcome), 65,536 values
    /// and at most as many outcomes.
    pub(super) fn new(slots: Vec<(u32, u16)>) -> Self {
        debug_assert_eq!(slots.iter().map(|s| s.0).sum::<u32>(), VALUES);
        let count = slots.len().next_power_of_two().max(ENTRIES);
        let low = 16 - count.trailing_zeros();
        let columns = columns(slots, count, 1 << low);
        let columns = if count == ENTRIES {
            Columns::Few(Box::new([
                Table::new(std::array::from_fn(|i| columns[i].0)),
                Table::new(std::array::from_fn(|i| columns[i].1)),
                Table::new(std::array::from_fn(|i| columns[i].2)),
            ]))
        } else {
            Columns::Many(columns)
        };
        Self { low, columns }
    }

    /// Whether the table lies in registers, and outcomes are below [`ENTRIES`] or multiples of it.
    #[inline(always)]
    pub(super) fn in_registers(&self) -> bool {
        matches!(self.columns, Columns::Few(_))
    }

    /// The outcome of one value.
    pub(super) fn outcome(&self, value: u16) -> u16 {
        let column = usize::from(value >> self.low);
        let (threshold, below, above) = match &self.columns {
            Columns::Few(few) => (few[0].get(column), few[1].get(column), few[2].get(column)),
            Columns::Many(columns) => columns[column],
        };
        if self.lower(value) < threshold { below } else { above }
    }

    /// The outcomes of many values.
    #[inline(always)]
    pub(super) fn outcomes(&self, width: Width, values: &Numbers) -> Numbers {
        let Columns::Few(few) = &self.columns else {
            return self.one_by_one(values);
        };
        let [threshold, below, above] = &**few;
        let (mut column, mut lower) = (Numbers([0; 64]), Numbers([0; 64]));
        for n in 0..64 {
            column.0[n] = values.0[n] >> LOW_OF_FEW;
            lower.0[n] = values.0[n] & ((1 << LOW_OF_FEW) - 1);
        }
        let threshold = width.look_up(threshold, &column);
        let below = width.look_up(below, &column);
        let mut outcomes = width.look_up(above, &column);
        for n in 0..64 {
            // Arithmetic, since a choice would become a branch.
            let chosen = u16::from(lower.0[n] < threshold.0[n]).wrapping_neg();
            outcomes.0[n] ^= (outcomes.0[n] ^ below.0[n]) & chosen;
        }
        outcomes
    }

    #[inline(never)]
    fn one_by_one(&self, values: &Numbers) -> Numbers {
        Numbers(values.0.map(|value| self.outcome(value)))
    }

    fn lower(&self, value: u16) -> u16 {
        value & ((1 << self.low) - 1)
    }
}

/// Lower bits of a value where the table lies in registers.
const LOW_OF_FEW: u32 = 16 - ENTRIES.trailing_zeros();

/// Fills `count` columns of `size` values each: what an outcome lacks to fill a column comes from
/// one that has too many.
fn columns(mut slots: Vec<(u32, u16)>, count: usize, size: u32) -> Vec<(u16, u16, u16)> {
    slots.resize(count, (0, slots[0].1));
    let (mut small, mut large): (Vec<_>, Vec<_>) = slots.into_iter().partition(|s| s.0 < size);
    let mut columns = Vec::with_capacity(count);
    while let Some((few, below)) = small.pop() {
        let Some((many, above)) = large.pop() else {
            unreachable!("the mean of all is the size of a column");
        };
        columns.push((few as u16, below, above));
        let left = (many - (size - few), above);
        if left.0 < size { small.push(left) } else { large.push(left) }
    }
    columns.extend(large.into_iter().map(|(_, outcome)| (size as u16, outcome, outcome)));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{wide, width};

    fn dealt(alias: &Alias, outcomes: usize) -> Vec<u32> {
        let mut dealt = vec![0; outcomes];
        for value in 0..=u16::MAX {
            dealt[usize::from(alias.outcome(value))] += 1;
        }
        dealt
    }

    #[test]
    fn every_outcome_has_its_values() {
        for slots in [
            vec![65_536],
            vec![1, 65_535],
            vec![65_500, 30, 0, 6],
            (0..32).map(|_| 2048).collect(),
            (0..33).map(|i| if i == 5 { 65_536 - 32 * 900 } else { 900 }).collect(),
            (0..256).map(|i| 2 * i + 1).collect(),
        ] {
            let alias = Alias::new(slots.iter().copied().zip(0..).collect());
            assert_eq!(dealt(&alias, slots.len()), slots);
        }
    }

    #[test]
    fn many_values_at_once_are_as_one_by_one() {
        for outcomes in [3_u32, 32, 60] {
            let each = VALUES / outcomes;
            let slots =
                (0..outcomes).map(|i| if i == 0 { VALUES - each * (outcomes - 1) } else { each });
            let alias = Alias::new(slots.zip(0..).collect());
            for first in (0..VALUES).step_by(64) {
                let values = Numbers(std::array::from_fn(|n| (first + n as u32) as u16));
                let found = wide(
                    width(),
                    #[inline(always)]
                    |width| alias.outcomes(width, &values),
                );
                assert_eq!(found.0, values.0.map(|v| alias.outcome(v)));
            }
        }
    }
}
