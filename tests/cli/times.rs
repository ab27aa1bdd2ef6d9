//! Times in files are decimals: step 3 of 0.1 ms is at 0.3 ms.

use std::fs::File;

use ndarray::Array1;
use ndarray_npy::NpzReader;

use super::network::Folder;

/// A neuron that emits a spike in every step, all of it recorded.
const EVERY_STEP: &str = r#"
[simulation]
dt = "DT ms"
duration = "DURATION ms"
[population.s]
size = 1
source.spike_generator.spike_times = [[TIMES]]
[population.a]
size = 1
neuron = "iaf_psc_exp"
[recorder.spikes]
spikes = { population = "s" }
[recorder.v]
state = { population = "a", variables = ["v_m"], neurons = [0], interval = "DT ms" }
[recorder.r]
rate = { population = "s", bin = "DT ms" }
[recorder.b]
activity = { population = "s", bin = "DT ms" }
"#;

/// The column `time_ms` of a file of text.
fn column(folder: &Folder, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path(name)).expect(name);
    let mut rows = text.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let head = rows.next().expect("a header");
    let place = head.iter().position(|name| *name == "time_ms").expect("times");
    rows.map(|row| row[place].to_owned()).collect()
}

fn bits(times: &[f64]) -> Vec<u64> {
    times.iter().map(|time| time.to_bits()).collect()
}

#[test]
fn times_are_decimals_in_every_format() {
    for (dt, digits) in [("0.1", 1), ("0.025", 3), ("0.001", 3), ("0.03125", 5)] {
        let per_step = (dt.parse::<f64>().expect("a number") * 10f64.powi(digits)).round() as u64;
        // As written by hand: 0.3, not 0.30000000000000004.
        let texts: Vec<String> = (0..=60)
            .map(|step| {
                let (digits, one) = (digits as usize, 10_u64.pow(digits as u32));
                let (whole, rest) = (step * per_step / one, step * per_step % one);
                let text = format!("{whole}.{rest:0digits$}");
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            })
            .collect();
        let numbers: Vec<f64> = texts.iter().map(|t| t.parse().expect("a number")).collect();
        let quoted: Vec<String> = texts[1..].iter().map(|t| format!("\"{t} ms\"")).collect();
        let config = EVERY_STEP
            .replace("DT", dt)
            .replace("DURATION", &texts[60])
            .replace("TIMES", &quoted.join(", "));
        let folder = Folder::new();
        std::fs::write(folder.path("c.toml"), config).expect("a config");
        folder.succeed(&["run", "c.toml", "--out", "r", "--no-plot", "--format", "csv,npz"]);

        assert_eq!(column(&folder, "r/spikes.csv"), texts[1..], "spikes at dt = {dt}");
        assert_eq!(column(&folder, "r/state.a.v_m.csv"), texts[1..], "state at dt = {dt}");
        assert_eq!(column(&folder, "r/rates.csv"), texts[..60], "rates at dt = {dt}");
        assert_eq!(column(&folder, "r/activity.csv"), texts[..60], "activity at dt = {dt}");
        for (name, array, expected) in [
            ("spikes", "s/time_ms", &numbers[1..]),
            ("state.a.v_m", "time_ms", &numbers[1..]),
            ("rates", "time_ms", &numbers[..60]),
            ("activity", "time_ms", &numbers[..60]),
        ] {
            let file = File::open(folder.path(&format!("r/{name}.npz"))).expect(name);
            let times: Array1<f64> =
                NpzReader::new(file).expect("arrays").by_name(array).expect("times");
            assert_eq!(bits(&times.to_vec()), bits(expected), "{name} at dt = {dt}");
        }
        let file = hdf5_pure::File::open(folder.path("r/spikes.h5")).expect("spikes");
        let times =
            file.dataset("spikes/s/timestamps").expect("times").read_f64().expect("numbers");
        assert_eq!(bits(&times), bits(&numbers[1..]), "SONATA at dt = {dt}");
        let file = hdf5_pure::File::open(folder.path("r/state.a.v_m.h5")).expect("a report");
        let times = file.dataset("report/a/mapping/time").expect("times").read_f64();
        let expected = [numbers[1], numbers[60] + numbers[1], numbers[1]];
        for (time, expected) in times.expect("numbers").into_iter().zip(expected) {
            assert!((time - expected).abs() < 1e-12, "{time}, not {expected}");
        }
        assert_eq!(folder.json("r/summary.json")["duration_ms"], numbers[60]);
        let spikes = murine::record::read_spikes_sonata(&folder.path("r/spikes.h5"));
        assert_eq!(spikes.expect("a recording").spikes.len(), 60);
    }
}
