//! Comparing the numbers of JSON: whole numbers exactly, because account ids and sizes exceed what a float holds, all others as floats.

use std::cmp::Ordering;

use serde_json::Number;

pub(super) fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        let cases = [
            ("1", "1.0", Ordering::Equal),
            ("3.018e2", "301.8", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("18446744073709551615", "-1", Ordering::Greater),
            ("-0.5", "0", Ordering::Less),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(&number(left), &number(right)), Some(expected), "{left} {right}");
            assert_eq!(compare(&number(right), &number(left)), Some(expected.reverse()), "{right} {left}");
        }
    }
}
