//! Both decoders on the same samples.

use murine::Result;
use murine::decode::{BandPass, Cca, Decision, Decoder, DecoderOptions};

/// Window lengths that are compared, in seconds.
pub(crate) const LENGTHS_S: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// Harmonics of the sines and cosines of CCA.
pub(crate) const CCA_HARMONICS: usize = 2;

/// The spiking decoder, and CCA behind the same kind of filter.
pub(crate) struct Rig {
    pub(crate) decoder: Decoder,
    bands: Vec<BandPass>,
    lengths: Vec<usize>,
    ccas: Vec<Cca>,
    sample_hz: f64,
}

/// What was heard from the start of a window on.
pub(crate) struct Heard {
    /// The choice of the spiking decoder at the end of each length.
    pub(crate) spiking: Vec<usize>,
    /// That of CCA.
    pub(crate) cca: Vec<usize>,
    /// Its correlation with the target of that choice, at the end of the last length.
    pub(crate) rho: f64,
    /// The first decision of the race, if there was one, and after how many seconds.
    pub(crate) decision: Option<(Decision, f64)>,
}

impl Rig {
    pub(crate) fn new(options: &DecoderOptions, lengths_s: &[f64]) -> Result<Self> {
        let DecoderOptions { sample_hz, channels, ref frequencies, .. } = *options;
        let lengths: Vec<_> = lengths_s.iter().map(|s| (s * sample_hz).round() as usize).collect();
        let cca = |n: &usize| Cca::new(frequencies, CCA_HARMONICS, *n, sample_hz);
        Ok(Self {
            decoder: Decoder::new(options.clone())?,
            bands: vec![BandPass::new(6.0, 60.0, sample_hz); channels],
            ccas: lengths.iter().map(cca).collect(),
            lengths,
            sample_hz,
        })
    }

    /// Takes in samples that belong to no window.
    pub(crate) fn pass(&mut self, samples: impl IntoIterator<Item = Vec<f64>>) -> Result<()> {
        for sample in samples {
            self.filter(&sample);
            self.decoder.push(&sample)?;
        }
        Ok(())
    }

    /// Opens a window, which ends with the samples.
    pub(crate) fn listen(&mut self, samples: impl IntoIterator<Item = Vec<f64>>) -> Result<Heard> {
        let mut heard = Heard { spiking: Vec::new(), cca: Vec::new(), rho: 0.0, decision: None };
        let mut window = vec![Vec::new(); self.bands.len()];
        self.decoder.restart(0.0);
        for (n, sample) in (1..).zip(samples) {
            let filtered = self.filter(&sample);
            window.iter_mut().zip(filtered).for_each(|(channel, x)| channel.push(x));
            let decision = self.decoder.push(&sample)?;
            let seconds = n as f64 / self.sample_hz;
            heard.decision = heard.decision.or(decision.map(|decision| (decision, seconds)));
            if let Some(length) = self.lengths.iter().position(|length| *length == n) {
                heard.spiking.push(greatest(&self.decoder.evidence()?));
                let correlations = self.ccas[length].correlations(&window);
                let choice = greatest(&correlations);
                heard.cca.push(choice);
                heard.rho = correlations[choice];
            }
        }
        Ok(heard)
    }

    fn filter(&mut self, sample: &[f64]) -> Vec<f64> {
        self.bands.iter_mut().zip(sample).map(|(band, x)| band.filter(*x)).collect()
    }
}

/// The place of the greatest number.
fn greatest(values: &[f64]) -> usize {
    let best = values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(place, _)| place)
}
