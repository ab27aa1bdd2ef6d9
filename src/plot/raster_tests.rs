use super::*;
use crate::plot::figure::Item;
use crate::record::Spike;

/// Populations with these sizes; every neuron spikes every `period` steps, at a phase of its
/// own.
fn network(sizes: &[(&str, u64, Kind)], period: u64, last_step: u64) -> Recording {
    let mut recording = Recording { dt_ms: 0.1, first_step: 0, last_step, ..Recording::default() };
    let mut first = 0;
    for &(name, size, kind) in sizes {
        recording.populations.push(RecordedPopulation::new(name, first, size, kind));
        first += size;
    }
    for neuron in 0..first {
        let phase = (neuron * 7919) % period;
        recording.spikes.extend(
            (0..last_step / period).map(|n| Spike { step: n * period + phase + 1, neuron }),
        );
    }
    recording.spikes.sort_unstable();
    recording
}

#[test]
fn dense_rasters_stay_small() {
    let sizes = [("exc", 10_000, Kind::Excitatory), ("inh", 2_500, Kind::Inhibitory)];
    let recording = network(&sizes, 263, 10_000);
    let figure = figure(&recording, &RasterOptions::default()).unwrap();
    assert!(figure.png().unwrap().len() < 300_000, "{}", figure.png().unwrap().len());
    assert!(figure.svg().unwrap().len() < 1_000_000);
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    let recording = network(&[("exc", 30, Kind::Excitatory)], 500, 10_000);
    let draw = || figure(&recording, &RasterOptions::default()).unwrap();
    assert_eq!(draw().png(), draw().png());
    assert_eq!(draw().svg(), draw().svg());
}

#[test]
fn silence_and_emptiness_can_be_drawn() {
    let mut recording =
        network(&[("exc", 30, Kind::Excitatory), ("none", 0, Kind::Inhibitory)], 500, 10_000);
    recording.spikes.clear();
    assert!(figure(&recording, &RasterOptions::default()).unwrap().png().is_ok());
    recording.last_step = 0;
    assert!(figure(&recording, &RasterOptions::default()).unwrap().png().is_ok());
    recording.populations.truncate(0);
    assert!(figure(&recording, &RasterOptions::default()).is_err());
}

#[test]
fn marks_have_the_colour_of_their_kind() {
    let recording =
        network(&[("exc", 5, Kind::Excitatory), ("inh", 5, Kind::Inhibitory)], 1000, 10_000);
    let image = figure(&recording, &RasterOptions::default()).unwrap().image.unwrap();
    let pixels = image.rgb.as_chunks::<3>().0;
    let (upper, lower) = pixels.split_at(pixels.len() / 2);
    let has = |half: &[[u8; 3]], kind| half.contains(&colour(kind));
    assert!(has(upper, Kind::Excitatory) && !has(upper, Kind::Inhibitory));
    assert!(has(lower, Kind::Inhibitory) && !has(lower, Kind::Excitatory));
}

#[test]
fn marks_fill_the_lane_of_a_neuron_beside_many() {
    let sizes = [("big", 20_000, Kind::Excitatory), ("one", 1, Kind::Inhibitory)];
    let image = figure(&network(&sizes, 500, 1000), &RasterOptions::default()).unwrap().image;
    let image = image.unwrap();
    let (pixels, width) = (image.rgb.as_chunks::<3>().0, image.size.0 as usize);
    let ink = colour(Kind::Inhibitory);
    let inked = pixels.chunks(width).map(|line| line.contains(&ink)).collect::<Vec<_>>();
    let lane = f64::from(image.size.1) * 15.0 / 1014.0;
    let high = inked.iter().filter(|inked| **inked).count() as f64;
    assert!((high - lane).abs() <= 1.0, "{high} of {lane} pixels");
}

#[test]
fn wrong_options_are_errors() {
    let recording = network(&[("exc", 5, Kind::Excitatory)], 1000, 10_000);
    let message = |options: RasterOptions| {
        figure(&recording, &options).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let base = RasterOptions::default();
    let unknown = message(RasterOptions { populations: vec!["ex".into()], ..base.clone() });
    assert!(unknown.contains("no population `ex`; the recording has exc"), "{unknown}");
    let empty = message(RasterOptions { from_ms: Some(2000.0), ..base.clone() });
    assert!(empty.contains("the recording goes from 0 to 1000 ms"), "{empty}");
    assert!(message(RasterOptions { size: (10, 10), ..base }).contains("10 x 10 pixels"));
}

#[test]
fn nothing_leaves_a_small_picture() {
    let name = "a population with a name that is longer than the picture is wide";
    let recording = network(&[(name, 1, Kind::Excitatory), ("b", 9, Kind::Inhibitory)], 500, 1000);
    let title = name.repeat(3);
    let options = RasterOptions { title, size: (400, 300), ..RasterOptions::default() };
    for item in figure(&recording, &options).unwrap().items {
        let Item::Text { text, at, size, align, upright: false, .. } = item else { continue };
        let width = text_width(&text, size);
        let left = match align.0 {
            HPos::Left => at.0,
            HPos::Center => at.0 - width / 2,
            HPos::Right => at.0 - width,
        };
        assert!(left >= 0 && left + width <= 400, "{text}: {left} to {}", left + width);
    }
}

#[test]
fn a_window_narrower_than_a_bin_shows_its_rate() {
    let recording = network(&[("exc", 100, Kind::Excitatory)], 100, 1000);
    let options =
        RasterOptions { from_ms: Some(20.0), to_ms: Some(23.0), ..RasterOptions::default() };
    let (window, bin_ms) = window(&recording, &options).unwrap();
    let populations: Vec<_> = recording.populations.iter().collect();
    let rates = rates(&recording, &window, &populations, bin_ms).unwrap();
    assert_eq!(bin_ms, 3.0);
    assert!(rates[0].1.counts == [30], "{:?}", rates[0].1.counts);
}

#[test]
fn names_and_indices_do_not_overlap() {
    let mut sizes = vec![("big", 10_000, Kind::Excitatory)];
    sizes.extend(["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, 5, Kind::Inhibitory)));
    let figure = figure(&network(&sizes, 1000, 1000), &RasterOptions::default()).unwrap();
    let left = figure.image.as_ref().unwrap().corner.0;
    let mut heights: Vec<i32> = Vec::new();
    for item in &figure.items {
        match item {
            Item::Text { at, upright: false, .. } if at.0 < left && at.1 < 600 => {
                heights.push(at.1);
            }
            _ => {}
        }
    }
    heights.sort_unstable();
    assert!(heights.len() >= 6 && heights.windows(2).all(|h| h[1] - h[0] >= 16), "{heights:?}");
}
