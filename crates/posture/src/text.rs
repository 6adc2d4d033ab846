//! Lines of the Prometheus text format, version 0.0.4.

use std::fmt::{Display, Write};

use crate::family::Family;

/// Appends one series with its value. Label names must be valid and in alphabetical order, as the `prometheus` crate writes them.
pub(crate) fn sample(out: &mut String, family: Family, labels: &[(&str, &str)], value: impl Display) {
    out.push_str(family.name());
    let mut before = '{';
    for (name, value) in labels {
        out.push(before);
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value);
        out.push('"');
        before = ',';
    }
    if !labels.is_empty() {
        out.push('}');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(out, " {value}");
}

fn escape(out: &mut String, value: &str) {
    for part in value.split_inclusive(['\\', '"', '\n']) {
        let escaped = match part.as_bytes().last() {
            Some(b'\\') => "\\\\",
            Some(b'"') => "\\\"",
            Some(b'\n') => "\\n",
            _ => {
                out.push_str(part);
                continue;
            }
        };
        out.push_str(&part[..part.len() - 1]);
        out.push_str(escaped);
    }
}

/// The label of an account tag: `tag_` and the key, with `_` for whatever a label name cannot hold.
pub(crate) fn tag_label(key: &str) -> String {
    let key = key.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' });
    "tag_".chars().chain(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_read_as_the_format_wants() {
        let mut out = String::new();
        sample(&mut out, Family::CoverageRatio, &[], 0.5);
        sample(&mut out, Family::AccountInfo, &[("account_name", "a\\b \"c\"\nd\\"), ("ou_path", ""), ("tag_é", "é")], 1);
        assert_eq!(
            out,
            "orgsweep_coverage_ratio 0.5\norgsweep_account_info{account_name=\"a\\\\b \\\"c\\\"\\nd\\\\\",ou_path=\"\",tag_é=\"é\"} 1\n"
        );
    }

    #[test]
    fn tag_keys_become_label_names() {
        assert_eq!(tag_label("CostCenter"), "tag_CostCenter");
        assert_eq!(tag_label("aws:team/owner-1 é"), "tag_aws_team_owner_1__");
    }
}
