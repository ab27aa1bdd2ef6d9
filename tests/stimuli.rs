//! Poisson counts, generators and sources.
#![expect(clippy::float_cmp, reason = "exact results are what is tested")]

use murine::prelude::*;
use murine::random::poisson_pmf;
use murine::stimulus::{
    Action, Change, POISSON_BLOCK, PoissonCounts, PoissonKeys, Profile, Source, SourceContext,
    SourceSpec, Stimulus, StimulusSpec,
};

const MEANS: [f64; 7] = [0.0, 0.001, 0.1, 1.28, 2.3, 20.0, 300.0];

fn counts(mean: f64) -> PoissonCounts {
    PoissonCounts::new(PoissonKeys::stimulus(7, 2), mean)
}

#[test]
fn blocks_equal_single_counts() {
    for mean in MEANS.into_iter().chain([1e-20, 1e-9, 5000.0, 1e5]) {
        let counts = counts(mean);
        for (block, step) in [(0, 0), (1, 1), (77, 123_456_789_012), (60_000_000, 5)] {
            let mut inbox = [5; POISSON_BLOCK];
            counts.add(block, step, -3, std::slice::from_mut(&mut inbox));
            for (n, &sum) in inbox.iter().enumerate() {
                let neuron = u64::from(block) * 64 + n as u64;
                assert_eq!(
                    sum,
                    5 - 3 * counts.count(neuron, step).cast_signed(),
                    "{mean} {neuron}"
                );
            }
        }
    }
}

#[test]
fn blocks_that_draw_again_equal_single_counts() {
    // At 1.28, one number in ten thousand is drawn again: look at enough to see many.
    let counts = counts(1.28);
    for step in 0..3000 {
        let mut inbox = [0; POISSON_BLOCK];
        counts.add(9, step, 1, std::slice::from_mut(&mut inbox));
        for (n, &sum) in inbox.iter().enumerate() {
            assert_eq!(sum as u32, counts.count(9 * 64 + n as u64, step));
        }
    }
}

/// Chi-square of many counts against the Poisson distribution, in standard deviations.
fn deviation(mean: f64, blocks: u32, steps: u64) -> (f64, f64, f64) {
    let counts = counts(mean);
    let mut seen = vec![0.0; PoissonCounts::most(mean) as usize + 1];
    for block in 0..blocks {
        for step in 0..steps {
            let mut inbox = [0; POISSON_BLOCK];
            counts.add(block, step, 1, std::slice::from_mut(&mut inbox));
            for count in inbox {
                seen[count as usize] += 1.0;
            }
        }
    }
    let total = f64::from(blocks) * steps as f64 * 64.0;
    let (mut statistic, mut bins) = (0.0, 0.0);
    let (mut expected, mut observed) = (0.0, 0.0);
    for (k, o) in seen.iter().enumerate() {
        expected += total * poisson_pmf(k as f64, mean);
        observed += o;
        if expected > 20.0 {
            statistic += (observed - expected) * (observed - expected) / expected;
            (expected, observed, bins) = (0.0, 0.0, bins + 1.0);
        }
    }
    let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
        seen.iter().enumerate().map(|(k, n)| f(k as f64) * n).sum::<f64>() / total
    };
    let average = sum(&|k| k);
    let variance = sum(&|k| (k - average).powi(2));
    let freedom: f64 = bins - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    let z = ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt();
    let mean_z = (average - mean) / (mean / total).sqrt();
    let variance_z = (variance - mean) / ((mean + 2.0 * mean * mean) / total).sqrt();
    (z, mean_z, variance_z)
}

#[test]
fn counts_are_poisson() {
    for mean in [0.001, 0.1, 1.28, 2.3, 20.0, 300.0] {
        // Ten million numbers resolve probabilities to well below one 16-bit slot.
        let (z, mean_z, variance_z) = deviation(mean, 400, 400);
        assert!(z < 5.5, "mean {mean}: distribution off by {z} standard deviations");
        assert!(mean_z.abs() < 5.5, "mean {mean}: off by {mean_z} standard deviations");
        assert!(variance_z.abs() < 5.5, "mean {mean}: variance off by {variance_z}");
    }
    let mut inbox = [0; POISSON_BLOCK];
    counts(0.0).add(3, 4, 1, std::slice::from_mut(&mut inbox));
    assert_eq!(inbox, [0; POISSON_BLOCK]);
}

#[test]
fn numbers_differ_between_stimuli_sources_and_seeds() {
    let sums = |keys: PoissonKeys| -> Vec<u32> {
        let counts = PoissonCounts::new(keys, 2.3);
        (0..200).map(|n| counts.count(n, 10)).collect()
    };
    let all = [
        sums(PoissonKeys::stimulus(1, 0)),
        sums(PoissonKeys::stimulus(1, 1)),
        sums(PoissonKeys::stimulus(2, 0)),
        sums(PoissonKeys::source(1, 0)),
        sums(PoissonKeys::source(1, 1)),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "{i}");
    }
}

#[test]
fn strengths_follow_their_profile() {
    let dt = 0.1 * MS;
    let mut stimulus = PoissonGenerator::new(8.0 * HZ, 87.8 * PA).receptor("excitatory");
    assert_eq!(stimulus.value(0, dt), (8.0, u64::MAX));
    (stimulus.start, stimulus.stop) = (1.0 * MS, Some(2.0 * MS));
    assert_eq!(stimulus.value(0, dt), (0.0, 10));
    assert_eq!(stimulus.value(10, dt), (8.0, 20));
    assert_eq!(stimulus.value(20, dt), (0.0, u64::MAX));
    let receptor = Some("excitatory".to_owned());
    assert_eq!(stimulus.action(), Action::Poisson { receptor, weight: (87.8 * PA).into() });
    let steps = StepCurrentGenerator::new(vec![(0.5 * MS, 100.0 * PA), (1.5 * MS, -200.0 * PA)]);
    steps.validate(dt).unwrap();
    assert_eq!(steps.value(0, dt), (0.0, 5));
    assert_eq!(steps.value(5, dt), (100.0, 15));
    assert_eq!(steps.value(99, dt), (-200.0, u64::MAX));
    assert_eq!(steps.peak(), 200.0);
    let dc = DcGenerator::new(100.0 * PA);
    assert_eq!((dc.value(7, dt), dc.peak()), ((100.0, u64::MAX), 100.0));
}

fn context(first: u64, count: usize) -> SourceContext {
    SourceContext { seed: 3, population: 1, first, count, dt: 0.1 * MS }
}

#[test]
fn a_poisson_source_is_the_same_however_it_is_cut() {
    let source = PoissonSource::new(vec![(0.0 * MS, 900.0 * HZ), (5.0 * MS, 20.0 * KHZ)]);
    source.validate(300, 0.1 * MS).unwrap();
    let mut whole = source.emitter(&context(0, 300));
    let mut parts = [source.emitter(&context(0, 128)), source.emitter(&context(128, 172))];
    let mut totals = [0; 2];
    for step in 0..100 {
        let (mut all, mut joined) = (Vec::new(), Vec::new());
        whole.emit(step, &mut all);
        for (part, first) in parts.iter_mut().zip([0, 128]) {
            let mut some = Vec::new();
            part.emit(step, &mut some);
            joined.extend(some.iter().map(|n| n + first));
        }
        assert!(all.is_sorted());
        assert_eq!(all, joined);
        totals[usize::from(step >= 50)] += all.len();
    }
    for (total, mean) in totals.into_iter().zip([1350.0, 30_000.0f64]) {
        assert!((total as f64 - mean).abs() < 6.0 * mean.sqrt(), "{total} spikes, not {mean}");
    }
    whole.set_rate(0.0);
    let mut none = Vec::new();
    whole.emit(100, &mut none);
    assert!(none.is_empty());
}

#[test]
fn a_spike_generator_emits_what_it_is_told() {
    let times = vec![vec![0.3 * MS, 0.1 * MS, 0.3 * MS], vec![], vec![0.3 * MS]];
    let source = SpikeGenerator::new(times);
    source.validate(3, 0.1 * MS).unwrap();
    let mut emitter = source.emitter(&context(0, 3));
    let mut stamped = Vec::new();
    for step in 0..5 {
        let mut spikes = Vec::new();
        emitter.emit(step, &mut spikes);
        stamped.extend(spikes.into_iter().map(|n| (step + 1, n)));
    }
    assert_eq!(stamped, [(1, 0), (3, 0), (3, 0), (3, 2)]);
}

#[test]
fn wrong_stimuli_are_refused() {
    let refuse = |text: &str, part: &str| {
        let spec: StimulusSpec = toml::from_str(text).unwrap();
        let stimulus = Box::<dyn Stimulus>::from(spec);
        let message = stimulus.validate(0.1 * MS).expect_err(text).to_string();
        assert!(message.contains(part), "{text}: {message}");
    };
    let poisson = |rest: &str| format!("[poisson_generator]\nweight = \"1 mV\"\n{rest}");
    refuse(&poisson("rate = \"-1 Hz\""), "rate: -1 Hz is negative");
    refuse(&poisson("rate = \"2000 MHz\""), "rate: ");
    refuse(&poisson("rate = []"), "rate: the list is empty");
    let steps =
        "rate = [{ from = \"1 ms\", value = \"1 Hz\" }, { from = \"1 ms\", value = \"2 Hz\" }]";
    refuse(&poisson(steps), "rate[1].from: 1 ms is not after");
    refuse(&poisson("rate = [{ from = \"0.15 ms\", value = \"1 Hz\" }]"), "rate[0].from: 0.15 ms");
    refuse(&poisson("rate = [{ from = \"0 ms\", value = \"-1 Hz\" }]"), "rate[0].value: -1 Hz");
    refuse(&poisson("rate = \"1 Hz\"\nstart = \"0.15 ms\""), "start: 0.15 ms is not a multiple");
    refuse(&poisson("rate = \"1 Hz\"\nstart = \"-1 ms\""), "start: ");
    refuse(&poisson("rate = \"1 Hz\"\nstop = \"0 ms\""), "stop: 0 ms is not after start");
    let nan = DcGenerator::new(f64::NAN * PA);
    assert!(nan.validate(0.1 * MS).unwrap_err().to_string().contains("amplitude: NaN"));
    for text in [
        poisson("rate = \"1 mV\""),
        poisson("rate = 8"),
        poisson("rate = \"1 Hz\"\nrat = 1"),
        "[dc_generator]\namplitude = [\"1 pA\"]".to_owned(),
        "[dc_generator]".to_owned(),
    ] {
        assert!(toml::from_str::<StimulusSpec>(&text).is_err(), "{text}");
    }
}

#[test]
fn wrong_sources_are_refused() {
    let refuse = |text: &str, part: &str| {
        let spec: SourceSpec = toml::from_str(text).unwrap();
        let source = Box::<dyn Source>::from(spec);
        let message = source.validate(2, 0.1 * MS).expect_err(text).to_string();
        assert!(message.contains(part), "{text}: {message}");
    };
    refuse("poisson_generator = { rate = \"-1 Hz\" }", "rate: -1 Hz");
    refuse("spike_generator = { spike_times = [[\"1 ms\"]] }", "1 lists for 2 neurons");
    refuse(
        "spike_generator = { spike_times = [[], [\"0 ms\"]] }",
        "spike_times[1][0]: 0 ms is below the time step",
    );
    refuse("spike_generator = { spike_times = [[\"0.15 ms\"], []] }", "spike_times[0][0]: 0.15 ms");
    refuse("spike_generator = { spike_times = [[\"-1 ms\"], []] }", "spike_times[0][0]: -1 ms");
}

#[test]
fn profiles_survive_a_round_trip() {
    let change = Change { from: 500.0 * MS, value: 12.0 * HZ };
    for rate in [Profile::Constant(8.0 * HZ), Profile::Steps(vec![change])] {
        let spec = StimulusSpec::from(PoissonGenerator::new(rate, 0.1 * MV));
        let text = toml::to_string(&spec).unwrap();
        assert_eq!(toml::from_str::<StimulusSpec>(&text).unwrap(), spec, "{text}");
    }
    assert_eq!(StimulusSpec::names()[0], "poisson_generator");
}

/// Where spikes are rare, their number in a block of neurons is drawn first: also large numbers,
/// whose places take more random bits than the number leaves.
#[test]
fn rare_poisson_spikes_have_the_totals_of_a_poisson_process() {
    let mean = 0.125;
    let counts = PoissonCounts::new(PoissonKeys::stimulus(3, 1), mean);
    let (blocks, steps) = (64, 4000);
    let mut totals = [0_u32; 64];
    let mut places = [0_i32; POISSON_BLOCK];
    for step in 0..steps {
        let mut inbox = vec![[0; POISSON_BLOCK]; blocks];
        counts.add(7, step, 1, &mut inbox);
        for block in &inbox {
            let total: i32 = block.iter().sum();
            totals[total.unsigned_abs() as usize] += 1;
            if total > 18 {
                places.iter_mut().zip(block).for_each(|(sum, n)| *sum += n);
            }
        }
    }
    let all = (blocks as u64 * steps) as f64;
    let pmf = |k: u32| poisson_pmf(f64::from(k), mean * POISSON_BLOCK as f64);
    for (from, to) in [(0, 3), (9, 9), (10, 18), (19, 19), (20, 63)] {
        let expected = all * (from..=to).map(pmf).sum::<f64>();
        let found: u32 = totals[from as usize..=to as usize].iter().sum();
        let sd = expected.sqrt();
        assert!((f64::from(found) - expected).abs() < 5.0 * sd, "{from}: {found}, {expected}");
    }
    let sum: i32 = places.iter().sum();
    let each = f64::from(sum) / POISSON_BLOCK as f64;
    assert!(places.iter().all(|&n| (f64::from(n) - each).abs() < 6.0 * each.sqrt()), "{places:?}");
}
