//! Forty keys, each with its own flicker (Wang et al. 2017, doi:10.1109/TNSRE.2016.2627556).

use std::f64::consts::FRAC_PI_2;

use murine::decode::Target;

/// What the keys type; `<` takes back the last letter.
pub(crate) const KEYS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.<";

/// The key that takes back the last letter.
pub(crate) const BACKSPACE: char = '<';

/// How each key flickers: 8 to 15.8 Hz in steps of 0.2 Hz, neighbours a quarter of a cycle apart.
pub(crate) fn targets() -> Vec<Target> {
    Target::row(KEYS.len(), 8.0, 0.2, FRAC_PI_2)
}

/// The frequencies alone: all that the decoder knows.
pub(crate) fn frequencies() -> Vec<f64> {
    targets().iter().map(|target| target.hz).collect()
}

/// What a key types.
pub(crate) fn letter(key: usize) -> char {
    char::from(KEYS.as_bytes()[key])
}

/// The key of a letter, if there is one.
pub(crate) fn key(letter: char) -> Option<usize> {
    KEYS.chars().position(|k| k == letter.to_ascii_uppercase())
}

/// Presses a key.
pub(crate) fn press(text: &mut String, key: usize) {
    match letter(key) {
        BACKSPACE => drop(text.pop()),
        letter => text.push(letter),
    }
}
