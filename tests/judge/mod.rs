//! An independent judge: random networks of extreme, but legal values against solvers that share
//! nothing with the crate but its equations.
//!
//! Sources whose spikes are known drive a few neurons. The solvers take the spikes that Murine reports,
//! the weights as they were given, and the models as they are documented. Then
//!
//! - V is within 1e-4 of the way from reset to threshold, and 0.2 % of what the magnitudes of the weights
//!   that arrived would have brought,
//! - a spike is not before V might have reached the threshold so, nor later than a step after it must have,
//!   counted from the spike before,
//! - nothing is ever NaN or infinite, and at most one network in twenty is refused, each for a reason.

mod case;
mod cell;
mod conductance;
mod dice;
mod draw;
mod exact;
mod extremes;
mod izhikevich;
mod linear;
mod run;
mod trial;
mod verdict;
mod wide;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use case::Case;
use cell::Kind;
use draw::{draw, strong};
use verdict::{MEMBRANES, OFF_MEMBRANE, Outcome, Rules, TRAINS, UNSTABLE, Wrong};

/// Judges networks `numbers` that `draw` makes; `JUDGE=17` in the environment judges number 17 alone, and
/// `JUDGE=5000..7500` those.
fn judge(draw: impl Fn(u64) -> Case, rules: Rules, numbers: Range<u64>) {
    let numbers = std::env::var("JUDGE").map_or(numbers, |asked| range(&asked));
    let count = numbers.end - numbers.start;
    let one = count == 1;
    let (mut refused, mut spikes) = (0, 0);
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for number in numbers {
        let case = draw(number);
        if one {
            println!("{case:#?}");
        }
        let verdict = catch_unwind(AssertUnwindSafe(|| verdict::judge(&case, number, rules)));
        let panicked = || Err(Wrong { what: "a panic", how: String::new() });
        match verdict.unwrap_or_else(|_| panicked()) {
            Ok(Outcome::Right(n)) => spikes += n as u64,
            Ok(Outcome::Refused) => refused += 1,
            Err(Wrong { what, how }) => {
                let precision = if case.double { "double" } else { "default" };
                let how = format!("{number} ({precision}, dt {} ms): {how}", case.cell.dt);
                found.entry(what).or_default().push(how);
            }
        }
    }
    let report = |(what, all): (&&str, &Vec<String>)| {
        let examples: Vec<&str> = all.iter().take(6).map(String::as_str).collect();
        format!("{what}: {} networks\n    network {}", all.len(), examples.join("\n    network "))
    };
    let report: Vec<String> = found.iter().map(report).collect();
    let report = report.join("\n  ");
    if found.get(OFF_MEMBRANE).is_some_and(|all| all.len() as u64 * 1000 <= rules.further * count) {
        println!("{report}");
        found.remove(OFF_MEMBRANE);
    }
    assert!(
        found.is_empty(),
        "of {count} networks, {refused} refused for a reason, {spikes} spikes; wrong:\n  {report}"
    );
    assert!(refused * 20 <= count.max(20), "{refused} of {count} networks are refused");
    assert!(one || spikes > count, "{spikes} spikes in {count} networks show little");
}

/// The numbers that `asked` stands for: `17`, or `5000..7500`.
fn range(asked: &str) -> Range<u64> {
    let number = |n: &str| n.parse().expect("JUDGE is a number, or two with .. between");
    match asked.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(asked)..number(asked) + 1,
    }
}

macro_rules! judged {
    ($($name:ident, $long:ident: $draw:expr, $rules:expr;)*) => {$(
        #[test]
        fn $name() {
            judge($draw, $rules, 0..25);
        }

        #[test]
        #[ignore = "takes a minute"]
        fn $long() {
            judge($draw, $rules, 1000..3500);
        }
    )*};
}

judged! {
    iaf_psc_exp, iaf_psc_exp_at_length: |n| draw(Kind::Exp, n), MEMBRANES;
    iaf_psc_delta, iaf_psc_delta_at_length: |n| draw(Kind::Delta, n), MEMBRANES;
    iaf_cond_exp, iaf_cond_exp_at_length: |n| draw(Kind::Cond, n), MEMBRANES;
    izhikevich, izhikevich_at_length: |n| draw(Kind::Izhikevich, n), UNSTABLE;
    trains_of_conductances, trains_of_conductances_at_length: |n| strong(Kind::Cond, n), TRAINS;
    trains_of_izhikevich, trains_of_izhikevich_at_length: |n| strong(Kind::Izhikevich, n), TRAINS;
}
