use super::*;
use crate::record::recording::tests::small;
use crate::record::{ActivityStream, RateProbe, SpoolWriter, StateProbe};

/// A spool of several blocks of every sort.
fn write(path: &Path) -> Recording {
    let recording = small();
    let probe = StateProbe {
        population: "exc".into(),
        variable: "V_m".into(),
        unit: "mV".into(),
        neurons: vec![0, 3],
        interval_steps: 100,
        first_step: 10,
    };
    let header = SpoolHeader {
        recording: recording.description(),
        states: vec![probe],
        rates: Some(RateProbe { bin_steps: 500, populations: (0..4).collect(), modules: 1 }),
        activity: Some(RateProbe { bin_steps: 500, populations: vec![0, 1], modules: 5 }),
    };
    let mut spool = SpoolWriter::create(path, &header).unwrap();
    for (n, spikes) in recording.spikes.chunks(2).enumerate() {
        spool.append_spikes(spikes, spikes.last().unwrap().step).unwrap();
        spool.append_state(0, 2 * n as u64, &[-70.0, -60.0, -50.5, n as f64]).unwrap();
        spool.append_rates(n as u64, &[n as u64, 0, 0, 7]).unwrap();
        spool.append_activity(n as u64, &[n as u64; 10]).unwrap();
        spool.flush().unwrap();
    }
    spool.finish(1000).unwrap();
    recording
}

#[test]
fn what_was_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spikes.spool");
    let recording = write(&path);
    let spool = SpoolFile::open(&path).unwrap();
    assert_eq!(spool.ending(), &Ending::Complete);
    assert_eq!(spool.recording().unwrap(), recording);
    assert_eq!(spool.state(0).unwrap().values[8..], [-70.0, -60.0, -50.5, 2.0]);
    assert_eq!(spool.rates().unwrap().unwrap().counts, [0, 0, 0, 7, 1, 0, 0, 7, 2, 0, 0, 7]);
    let activity = spool.activity().unwrap();
    assert_eq!((activity.bins(), activity.description().modules), (3, 5));
    let mut bins = Vec::new();
    let mut keep = |counts: &[u64]| {
        bins.push(counts.to_vec());
        Ok(())
    };
    activity.for_each_bin(&mut keep).unwrap();
    assert_eq!(bins, [[0; 10], [1; 10], [2; 10]]);
}

#[test]
fn a_spool_cut_at_any_byte_gives_what_precedes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spikes.spool");
    let recording = write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let (mut errors, mut most) = (0, 0);
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        match SpoolFile::open(&path) {
            Err(Error::Malformed { .. }) => errors += 1,
            Err(other) => panic!("{other}"),
            Ok(spool) => {
                let read = spool.recording().unwrap().spikes;
                assert!(
                    matches!(spool.ending(), Ending::Cut { at } if *at <= length as u64),
                    "{length}"
                );
                assert_eq!(read, recording.spikes[..read.len()], "{length}");
                assert!(
                    read.len() >= most
                        && read.iter().all(|s| s.step <= spool.description().last_step)
                );
                most = read.len();
            }
        }
    }
    assert_eq!(most, recording.spikes.len());
    assert!(errors < bytes.len() / 2, "only a cut in the header is an error, not {errors}");
}

#[test]
fn a_changed_byte_is_noticed_and_what_precedes_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spikes.spool");
    let recording = write(&path);
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        std::fs::write(&path, &changed).unwrap();
        match SpoolFile::open(&path) {
            Err(error) => assert!(matches!(error, Error::Malformed { .. }), "{error}"),
            Ok(spool) => {
                assert!(
                    matches!(spool.ending(), Ending::Damaged { at: a, .. } if *a <= at as u64),
                    "{at}"
                );
                let read = spool.recording().unwrap().spikes;
                assert_eq!(read, recording.spikes[..read.len()], "{at}");
            }
        }
    }
}

#[test]
fn many_spikes_in_one_step_are_split_between_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spikes.spool");
    let mut recording = small();
    recording.spikes = (0..400_000).map(|n| Spike { step: 11 + n / 150_000, neuron: n }).collect();
    recording.write_spool(&path).unwrap();
    assert_eq!(SpoolFile::open(&path).unwrap().recording().unwrap(), recording);
}
