//! Text that is ready to be sent as it is and compressed: compressed once, when it changes, and never on the way of a scrape.
//!
//! Each text is compressed by itself, up to a byte boundary and without an end. So any of them, one after the other, between a header and
//! an end, are one gzip stream of one member, which every client reads. The checksum of the whole is combined from those of the parts.

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

/// No name, no time, no particular operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty last block.
const END: [u8; 2] = [3, 0];

/// Text, plain and compressed. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Text {
    plain: Bytes,
    deflated: Bytes,
    checksum: Hasher,
}

impl Text {
    /// Compresses a text.
    pub fn new(text: &str) -> Self {
        let mut checksum = Hasher::new();
        checksum.update(text.as_bytes());
        // Copied, because what a string reserved beyond its text would stay reserved as long as this lives.
        Self { plain: Bytes::copy_from_slice(text.as_bytes()), deflated: deflate(text.as_bytes()), checksum }
    }

    /// The text as it is.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// These texts, one after the other, as one gzip stream.
    pub fn gzip(texts: &[Self]) -> Vec<Bytes> {
        let mut checksum = Hasher::new();
        let mut length = 0_u64;
        let mut pieces = vec![Bytes::from_static(&HEADER)];
        for text in texts {
            checksum.combine(&text.checksum);
            length += text.plain.len() as u64;
            pieces.push(text.deflated.clone());
        }
        #[expect(clippy::cast_possible_truncation, reason = "gzip counts the length modulo 2^32")]
        let length = length as u32;
        pieces.push([END.as_slice(), &checksum.finalize().to_le_bytes(), &length.to_le_bytes()].concat().into());
        pieces
    }
}

fn deflate(text: &[u8]) -> Bytes {
    if text.is_empty() {
        return Bytes::new();
    }
    let mut compress = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(text.len() / 8 + 64);
    loop {
        let rest = usize::try_from(compress.total_in()).map_or(&[][..], |read| &text[read.min(text.len())..]);
        // Compressing from memory to memory fails in one way only: there is no room left.
        let status = compress.compress_vec(rest, &mut out, FlushCompress::Sync);
        let all_read = usize::try_from(compress.total_in()) == Ok(text.len());
        if all_read && out.len() < out.capacity() && matches!(status, Ok(Status::Ok | Status::BufError)) {
            return Bytes::copy_from_slice(&out);
        }
        out.reserve(out.capacity().max(1024));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn unzipped(texts: &[Text]) -> String {
        let bytes = Text::gzip(texts).concat();
        let mut decoder = GzDecoder::new(bytes.as_slice());
        let mut text = String::new();
        decoder.read_to_string(&mut text).unwrap();
        assert!(decoder.into_inner().is_empty(), "one member, and nothing after it");
        text
    }

    #[test]
    fn nothing_is_an_empty_stream() {
        assert_eq!(unzipped(&[]), "");
        assert_eq!(unzipped(&[Text::default(), Text::new("")]), "");
    }

    #[test]
    fn a_long_text_is_compressed_whole() {
        let line =
            |number: u32| format!("orgsweep_check_compliant{{account_id=\"{number:012}\"}} {}\n", number.wrapping_mul(2_654_435_761));
        let text: String = (0..30_000).map(line).collect();
        let texts = [Text::new(&text), Text::new("end")];
        assert_eq!(unzipped(&texts), format!("{text}end"));
        assert!(Text::gzip(&texts).concat().len() < text.len() / 3);
    }

    proptest! {
        #[test]
        fn what_is_unzipped_is_what_was_put_in(texts in vec("\\PC{0,300}", 0..20)) {
            let compressed: Vec<Text> = texts.iter().map(|text| Text::new(text)).collect();
            prop_assert_eq!(unzipped(&compressed), texts.concat());
        }
    }
}
