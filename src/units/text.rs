//! Quantities in text: a number and a unit.

use super::ParseQuantityError;

/// The ways to write micro, as a regular expression.
pub(super) const MICRO: &str = "[u\u{b5}\u{3bc}]";

/// Splits "10 ms" into the number and the unit.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |i| i + 1);
    (text[..end].trim(), text[end..].trim())
}

/// Reads a number with one of `units`; infinities and NaN are refused.
pub(super) fn parse(
    text: &str,
    kind: &str,
    units: &[(&'static str, f64)],
) -> Result<f64, ParseQuantityError> {
    let (number, unit) = split(text);
    let refuse = |why: &str| {
        let names = units.iter().map(|u| u.0).collect::<Vec<_>>().join(", ");
        let example = example(number, is_unit(units, unit).unwrap_or(units[0]));
        ParseQuantityError(format!(
            "{why} in \"{text}\": expected {kind} such as {example} (units: {names})"
        ))
    };
    let Some((_, factor)) = is_unit(units, unit) else {
        return Err(refuse(&if unit.is_empty() {
            "no unit".to_owned()
        } else {
            format!("unknown unit `{unit}`")
        }));
    };
    let value: f64 = number.parse().map_err(|_| {
        let comma = number.contains(',') && number.replace(',', ".").parse::<f64>().is_ok();
        refuse(if comma { "a comma where a point must be" } else { "no number" })
    })?;
    let scaled = scale(value, factor);
    if scaled.is_finite() { Ok(scaled) } else { Err(refuse("not a finite number")) }
}

/// The unit of that name; micro may be written as the letter u or as either sign of Unicode.
pub(super) fn is_unit(units: &[(&'static str, f64)], name: &str) -> Option<(&'static str, f64)> {
    let micro = name.strip_prefix(['\u{b5}', '\u{3bc}']);
    let same =
        |unit: &str| unit == name || micro.is_some_and(|m| unit.strip_prefix('u') == Some(m));
    units.iter().copied().find(|(unit, _)| same(unit))
}

/// A quantity to take as a pattern: with the number that was meant, where that is one.
pub(super) fn example(number: &str, (unit, factor): (&str, f64)) -> String {
    let number = number.replace(',', ".");
    let sound = number.parse().is_ok_and(|x| scale(x, factor).is_finite());
    format!("\"{} {unit}\"", if sound { &number } else { "10" })
}

/// `value * factor`, dividing where the factor is a reciprocal, so that "100 us" is 0.1 ms exactly.
pub(super) fn scale(value: f64, factor: f64) -> f64 {
    let reciprocal = 1.0 / factor;
    if factor < 1.0 && (reciprocal - reciprocal.round()).abs() < 1e-6 * reciprocal {
        value / reciprocal.round()
    } else {
        value * factor
    }
}
