//! Somebody types: gaze, EEG, decoder and letters in a closed loop.

use std::time::Instant;

use murine::Result;
use murine::decode::{Decision, Decoder, DecoderOptions, Eeg, EegOptions, itr};

use super::compare::{LATENCY_S, SETTLE_S, SHIFT_S};
use super::keyboard::{self, BACKSPACE};

/// After so many seconds at one key without a decision the person gives up.
const PATIENCE_S: f64 = 30.0;

/// A text that takes more decisions than this many times its letters is given up, too.
const MOST_TRIES: usize = 5;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    pub(crate) text: String,
    /// Keys that were decided, and among them those that were not looked at.
    pub(crate) decisions: usize,
    pub(crate) errors: usize,
    pub(crate) confidence: f64,
    /// Seconds of typing.
    pub(crate) seconds: f64,
    /// Decisions in the rest at the end.
    pub(crate) false_triggers: usize,
    /// Wall seconds in the decoder: in all, and for the slowest sample.
    pub(crate) wall_s: f64,
    pub(crate) slowest_s: f64,
    /// Samples in all.
    pub(crate) samples: usize,
}

impl Typed {
    /// Bits per minute, of the keys that were looked at.
    pub(crate) fn itr(&self) -> f64 {
        let right = 1.0 - self.errors as f64 / self.decisions.max(1) as f64;
        self.rate(right)
    }

    /// Bits per minute as far as the decoder knows: its confidence in place of its accuracy.
    pub(crate) fn expected_itr(&self) -> f64 {
        self.rate(self.confidence / self.decisions.max(1) as f64)
    }

    fn rate(&self, accuracy: f64) -> f64 {
        itr(keyboard::KEYS.len(), accuracy, self.seconds / self.decisions.max(1) as f64)
    }
}

/// Somebody in front of the keyboard.
pub(crate) struct Typist {
    eeg: Eeg,
    decoder: Decoder,
    sample_hz: f64,
    /// When the first sample came, if samples come in real time.
    begin: Option<Instant>,
    typed: Typed,
}

impl Typist {
    /// Sits down and rests while the decoder learns its surroundings.
    pub(crate) fn new(options: &EegOptions, realtime: bool) -> Result<Self> {
        let decoder = Decoder::new(DecoderOptions {
            frequencies: keyboard::frequencies(),
            sample_hz: options.sample_hz,
            channels: options.channels,
            ..DecoderOptions::default()
        })?;
        let mut typist = Self {
            eeg: Eeg::new(options)?,
            decoder,
            sample_hz: options.sample_hz,
            begin: realtime.then(Instant::now),
            typed: Typed::default(),
        };
        typist.rest(SETTLE_S)?;
        typist.typed.false_triggers = 0;
        Ok(typist)
    }

    /// One sample. After a decision the decoder waits for the gaze to move on.
    fn sample(&mut self) -> Result<Option<Decision>> {
        let sample = self.eeg.sample();
        if let Some(begin) = self.begin {
            let due = self.typed.samples as f64 / self.sample_hz - begin.elapsed().as_secs_f64();
            std::thread::sleep(std::time::Duration::from_secs_f64(due.max(0.0)));
        }
        let begin = Instant::now();
        let decision = self.decoder.push(&sample)?;
        let wall_s = begin.elapsed().as_secs_f64();
        self.typed.wall_s += wall_s;
        self.typed.slowest_s = self.typed.slowest_s.max(wall_s);
        self.typed.samples += 1;
        if decision.is_some() {
            self.decoder.restart(SHIFT_S + LATENCY_S);
        }
        Ok(decision)
    }

    /// Looks at no key for some seconds.
    pub(crate) fn rest(&mut self, seconds: f64) -> Result<()> {
        self.eeg.look_at(None);
        for _ in 0..(seconds * self.sample_hz) as usize {
            self.typed.false_triggers += usize::from(self.sample()?.is_some());
        }
        Ok(())
    }

    /// Types a text: looks at the next letter, or at backspace after a wrong one. Tells each decision
    /// to `show`: the key, its confidence, and what was typed so far.
    pub(crate) fn write(
        &mut self,
        text: &str,
        mut show: impl FnMut(usize, f64, &Typed),
    ) -> Result<()> {
        let first = self.typed.samples;
        while self.typed.text != text && self.typed.decisions < MOST_TRIES * text.len() {
            let right = text.starts_with(&self.typed.text);
            let letter = if right { text[self.typed.text.len()..].chars().next() } else { None };
            let key = keyboard::key(letter.unwrap_or(BACKSPACE)).unwrap_or_default();
            let Some(Decision { target, confidence }) = self.look(key)? else { break };
            keyboard::press(&mut self.typed.text, target);
            self.typed.decisions += 1;
            self.typed.errors += usize::from(target != key);
            self.typed.confidence += confidence;
            self.typed.seconds = (self.typed.samples - first) as f64 / self.sample_hz;
            show(target, confidence, &self.typed);
        }
        Ok(())
    }

    /// Moves the gaze to a key and keeps it there until something is typed.
    fn look(&mut self, key: usize) -> Result<Option<Decision>> {
        self.eeg.look_at(None);
        for _ in 0..(SHIFT_S * self.sample_hz) as usize {
            self.sample()?;
        }
        self.eeg.look_at(Some(keyboard::targets()[key]));
        for _ in 0..(PATIENCE_S * self.sample_hz) as usize {
            if let Some(decision) = self.sample()? {
                return Ok(Some(decision));
            }
        }
        Ok(None)
    }

    pub(crate) fn typed(&self) -> &Typed {
        &self.typed
    }

    pub(crate) fn sample_hz(&self) -> f64 {
        self.sample_hz
    }
}
