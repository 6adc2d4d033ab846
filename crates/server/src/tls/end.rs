//! When a certificate ends. TLS itself looks at that in clients' certificates only, and never says it.

use jiff::civil::{DateTime, Time, date};

/// The tag of an optional first element, the version.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of a certificate's validity, in seconds since 1970.
pub(super) fn not_after(certificate: &[u8]) -> Option<i64> {
    let certificate = element(certificate)?.content;
    let mut rest = element(certificate)?.content;
    let first = element(rest)?;
    if first.tag == VERSION {
        rest = first.rest;
    }
    // Serial number, algorithm and issuer come before the validity.
    for _ in 0..3 {
        rest = element(rest)?.rest;
    }
    let validity = element(rest)?.content;
    let end = element(element(validity)?.rest)?;
    let text = str::from_utf8(end.content).ok()?;
    let text = match end.tag {
        // Two digits for the year: RFC 5280 has them mean 1950 to 2049.
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let end = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    Some(end.duration_since(date(1970, 1, 1).to_datetime(Time::midnight())).as_secs())
}

/// An element of DER, and what follows it.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    // Lengths from 128 on are written in as many bytes as the first one says.
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        let length = (bytes.len() <= 4).then(|| bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some(Element { tag, content, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element, of whatever length.
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap();
        let length = if length < 0x80 { vec![content.len().to_be_bytes()[7]] } else { [&[0x82], &length.to_be_bytes()[..]].concat() };
        [&[tag], &*length, content].concat()
    }

    fn certificate(version: bool, end: &[u8]) -> Vec<u8> {
        let version = if version { der(VERSION, &der(0x02, &[2])) } else { Vec::new() };
        let validity = der(0x30, &[&der(UTC_TIME, b"200101000000Z"), end].concat());
        let tbs = [version, der(0x02, &[1; 20]), der(0x30, &[]), der(0x30, &[0; 300]), validity, der(0x30, &[])].concat();
        der(0x30, &[der(0x30, &tbs), der(0x30, &[])].concat())
    }

    #[test]
    fn ends() {
        for (tag, text, expected) in [
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, "21251130000000Z", Some(4_920_134_400)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, "21251130000000+0100", None),
            (UTC_TIME, "", None),
            (0x16, "491231235959Z", None),
        ] {
            for version in [true, false] {
                assert_eq!(not_after(&certificate(version, &der(tag, text.as_bytes()))), expected, "{text}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_has_no_end() {
        let whole = certificate(true, &der(UTC_TIME, b"491231235959Z"));
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        assert_eq!(not_after(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(not_after(&[0x30, 0xff]), None);
    }
}
