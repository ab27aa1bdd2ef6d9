//! Reading a recording: rates, irregularity, and the spectrum of the population's activity.
//!
//!     murine run configs/brunel.toml --out runs/brunel
//!     cargo run --release --example analyse_recording -- runs/brunel/spikes.h5

use std::path::Path;

use murine::analysis::{binned_rate, mean_cv_isi, mean_rate_hz, spectrum, synchrony};
use murine::plot::{SpectrumOptions, spectrum as draw};
use murine::prelude::*;
use murine::record::read_spikes_sonata;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "runs/brunel/spikes.h5".into());
    let recording = read_spikes_sonata(Path::new(&path))?;
    for population in &recording.populations {
        let rate = mean_rate_hz(&recording, population).unwrap_or(0.0);
        let cv = mean_cv_isi(&recording, population).unwrap_or(f64::NAN);
        let index = synchrony(&recording, population, 1.0).unwrap_or(f64::NAN);
        println!("{:>8}: {rate:.2} Hz, CV {cv:.2}, synchrony {index:.1}", population.name);
    }

    let first = &recording.populations[0];
    let activity: Vec<f64> = binned_rate(&recording, first, 1.0).rates_hz().collect();
    let Some(spectrum) = spectrum(&activity, 1.0, 256) else {
        println!("too short for a spectrum: record at least 256 ms");
        return Ok(());
    };
    draw(&[(&first.name, &spectrum)], &SpectrumOptions::default(), Path::new("spectrum.png"))
}
