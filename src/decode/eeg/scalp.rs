//! Where the electrodes are, and how far a source in the brain is seen.

/// Electrodes that have a place.
pub(super) const MOST: usize = 8;

/// A place on the scalp in cm from Oz: to the right, upwards.
pub(super) type Place = (f64, f64);

/// Oz, O1, O2, `POz`, PO3, PO4, PO5, PO6 on a head of 57 cm.
const PLACES: [Place; MOST] = [
    (0.0, 0.0),
    (-2.9, 0.5),
    (2.9, 0.5),
    (0.0, 3.6),
    (-3.4, 3.9),
    (3.4, 3.9),
    (-5.2, 4.1),
    (5.2, 4.1),
];

/// The places of the first electrodes.
pub(super) fn electrodes(channels: usize) -> Vec<Place> {
    PLACES[..channels].to_vec()
}

/// How strongly each electrode sees a source below `centre`: a Gaussian of `width` cm.
pub(super) fn seen(scalp: &[Place], centre: Place, width: f64) -> Vec<f64> {
    let distance2 = |p: &Place| (p.0 - centre.0).powi(2) + (p.1 - centre.1).powi(2);
    scalp.iter().map(|p| (-0.5 * distance2(p) / (width * width)).exp()).collect()
}

/// Scales gains (a list for each source) so that each channel has unit power from independent
/// sources of unit power.
pub(super) fn equalise(gains: &mut [Vec<f64>], power: f64) {
    for channel in 0..gains[0].len() {
        let sum: f64 = gains.iter().map(|source| source[channel].powi(2)).sum();
        for source in &mut *gains {
            source[channel] *= (power / sum).sqrt();
        }
    }
}

/// Scales gains so that the mean over the channels of the power is `power`.
pub(super) fn normalise(gains: &mut [Vec<f64>], power: f64) {
    let channels = gains[0].len() as f64;
    let mean = gains.iter().flatten().map(|g| g * g).sum::<f64>() / channels;
    gains.iter_mut().flatten().for_each(|g| *g *= (power / mean).sqrt());
}
