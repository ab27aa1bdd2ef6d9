//! A recording, decoded as it plays.

use std::time::{Duration, Instant};

use murine::decode::{Decoder, DecoderOptions, itr};

use super::compare::{LATENCY_S, SHIFT_S};
use super::options::Options;
use super::recording::Recording;

/// Plays recordings, one after the other, and prints each decision.
pub(crate) fn run(
    options: &Options,
    recordings: &[Recording],
) -> Result<(), Box<dyn std::error::Error>> {
    for recording in recordings {
        let frequencies = recording.choice(&options.frequencies)?;
        play(options, recording, &frequencies)?;
    }
    Ok(())
}

fn play(options: &Options, recording: &Recording, frequencies: &[f64]) -> murine::Result<()> {
    let sample_hz = options.sample_hz;
    let mut decoder = Decoder::new(DecoderOptions {
        sample_hz,
        channels: recording.channels(),
        frequencies: frequencies.to_vec(),
        ..DecoderOptions::default()
    })?;
    let (begin, mut wall_s) = (Instant::now(), 0.0);
    let (mut decisions, mut confidences) = (0.0, 0.0);
    for (n, sample) in recording.samples.iter().enumerate() {
        let seconds = n as f64 / sample_hz;
        if options.realtime {
            let due = seconds - begin.elapsed().as_secs_f64();
            std::thread::sleep(Duration::from_secs_f64(due.max(0.0)));
        }
        let pushed = Instant::now();
        let decision = decoder.push(sample)?;
        wall_s += pushed.elapsed().as_secs_f64();
        let Some(decision) = decision else { continue };
        decisions += 1.0;
        confidences += decision.confidence;
        let rate = itr(frequencies.len(), confidences / decisions, seconds / decisions);
        let truth = match recording.looked_at_hz.get(n) {
            Some(0.0) => "at rest".to_owned(),
            Some(hz) => format!("{hz} Hz is looked at"),
            None => String::new(),
        };
        say!(
            "{seconds:7.1} s  {:5} Hz  {:5.1} %  {rate:4.0} bits/min  {truth}",
            frequencies[decision.target],
            100.0 * decision.confidence
        );
        decoder.restart(SHIFT_S + LATENCY_S);
    }
    let seconds = recording.samples.len() as f64 / sample_hz;
    say!(
        "a decision comes {:.3} ms after its sample:\n{:.0} times faster than the EEG arrives",
        1e3 * wall_s / recording.samples.len() as f64,
        seconds / wall_s
    );
    Ok(())
}
