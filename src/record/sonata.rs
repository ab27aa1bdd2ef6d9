//! Spikes in the SONATA format, which h5py, libsonata and the field's tools read.
//!
//! ```text
//! /                               magic = 0x0A7A, version = [0, 1]
//! /spikes/NAME/                   sorting = "by_time"
//!              timestamps         f64, ms
//!              node_ids           u64, index within the population
//! /murine/recording               the recording's description, as JSON
//! ```
//!
//! See the SONATA developer guide, section "Spike file" (Dai et al., PLOS Comput Biol 2020,
//! doi:10.1371/journal.pcbi.1007696).

use std::path::Path;

use super::hdf5::{Attribute, Hdf5File, Node, Type};
use super::{RecordedPopulation, Recording, Spike, SpikeStream};
use crate::{Error, Result};

/// Spikes held back until they are written together: 16 MiB of file, whatever the number of
/// populations, in writes long enough for any disk.
const HELD: usize = 1 << 20;

/// Where a reader of ours finds the description.
pub(super) const DESCRIPTION: &str = "murine/recording";

/// Writes spikes as a SONATA file, in memory that does not depend on their number.
///
/// The stream is read twice: to count, and to write. The file appears under its name when it
/// is whole.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the stream returns.
pub fn write_spikes_sonata(stream: &impl SpikeStream, path: &Path) -> Result<()> {
    let recording = stream.description();
    let counts = count(stream)?;
    let description = serde_json::to_vec(recording).map_err(|e| Error::write(path)(e.into()))?;
    let mut file = Hdf5File::create(path, &tree(recording, &counts, description.len() as u64))?;
    file.write(2 * counts.len(), 0, &description)?;
    let mut parts: Vec<_> =
        recording.populations.iter().enumerate().map(|(n, p)| Part::new(n, p)).collect();
    let mut held = 0;
    stream.for_each(&mut |spikes| {
        for piece in spikes.chunks(HELD) {
            for spike in piece {
                if let Some(n) = recording.population_of(spike.neuron) {
                    parts[n].hold(*spike, recording.time_ms(spike.step));
                }
            }
            held += piece.len();
            if held >= HELD {
                parts.iter_mut().try_for_each(|part| part.write(&mut file))?;
                held = 0;
            }
        }
        Ok(())
    })?;
    parts.iter_mut().try_for_each(|part| part.write(&mut file))?;
    file.commit()
}

/// The spikes of each population.
pub(super) fn count(stream: &impl SpikeStream) -> Result<Vec<u64>> {
    let recording = stream.description();
    let mut counts = vec![0; recording.populations.len()];
    stream.for_each(&mut |spikes| {
        for spike in spikes {
            if let Some(n) = recording.population_of(spike.neuron) {
                counts[n] += 1;
            }
        }
        Ok(())
    })?;
    Ok(counts)
}

/// The groups and datasets of the file; the description comes last.
fn tree(recording: &Recording, counts: &[u64], description: u64) -> Node {
    let population = |(population, &count): (&RecordedPopulation, &u64)| {
        let units = Attribute::text("units", "ms");
        let sorting = Attribute {
            name: "sorting",
            of: Type::Names(&["none", "by_id", "by_time"]),
            shape: vec![],
            bytes: vec![2],
        };
        let datasets = vec![
            ("timestamps".into(), Node::Dataset(Type::F64, vec![count], vec![units])),
            ("node_ids".into(), Node::Dataset(Type::U64, vec![count], vec![])),
        ];
        (population.name.clone(), Node::Group(datasets, vec![sorting]))
    };
    let populations = recording.populations.iter().zip(counts).map(population).collect();
    let own = vec![("recording".into(), Node::Dataset(Type::U8, vec![description], vec![]))];
    let children = vec![
        ("spikes".into(), Node::Group(populations, vec![])),
        ("murine".into(), Node::Group(own, vec![])),
    ];
    Node::Group(children, root_attributes())
}

/// What SONATA asks for at the root of every file.
pub(super) fn root_attributes() -> Vec<Attribute> {
    vec![
        Attribute {
            name: "magic",
            of: Type::U32,
            shape: vec![],
            bytes: 0x0A7A_u32.to_le_bytes().into(),
        },
        Attribute {
            name: "version",
            of: Type::U32,
            shape: vec![2],
            bytes: vec![0, 0, 0, 0, 1, 0, 0, 0],
        },
    ]
}

/// The spikes of one population that are still to be written.
struct Part {
    number: usize,
    first: u64,
    offset: u64,
    times: Vec<u8>,
    ids: Vec<u8>,
}

impl Part {
    fn new(number: usize, population: &RecordedPopulation) -> Self {
        Self { number, first: population.first, offset: 0, times: Vec::new(), ids: Vec::new() }
    }

    fn hold(&mut self, spike: Spike, time_ms: f64) {
        self.times.extend(time_ms.to_le_bytes());
        self.ids.extend((spike.neuron - self.first).to_le_bytes());
    }

    fn write(&mut self, file: &mut Hdf5File) -> Result<()> {
        file.write(2 * self.number, self.offset, &self.times)?;
        file.write(2 * self.number + 1, self.offset, &self.ids)?;
        self.offset += self.times.len() as u64;
        self.times.clear();
        self.ids.clear();
        Ok(())
    }
}
