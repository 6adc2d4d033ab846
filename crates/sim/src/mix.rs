//! The one source of variety: a hash of (seed, account, what is asked for), the same on every platform and in every release.
//!
//! Nothing is drawn from a generator with a state, so any account's any region can be answered alone and in any order.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a over the seed and the parts (each closed by a byte no part contains), finished by the 64-bit finalizer of `MurmurHash3`,
/// because FNV alone spreads short inputs badly over the high bits.
pub(crate) fn mix(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = FNV_OFFSET;
    let mut feed = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    seed.to_le_bytes().into_iter().for_each(&mut feed);
    for part in parts {
        part.bytes().for_each(&mut feed);
        feed(0xff);
    }
    finish(hash)
}

fn finish(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// A share from 0 to less than 1, drawn for the `number`th time in a `place`.
pub(crate) fn share(seed: u64, place: u64, number: u64) -> f64 {
    let hash = finish(finish(finish(seed ^ FNV_OFFSET) ^ place) ^ number);
    // The 53 bits that an f64 holds exactly.
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number below `bound` (which must not be 0), fit for indexing.
pub(crate) fn below(seed: u64, parts: &[&str], bound: usize) -> usize {
    let bound = bound as u64;
    // The remainder is below a bound that came from a usize.
    usize::try_from(mix(seed, parts) % bound).unwrap_or_default()
}

/// `length` characters of `alphabet`, as AWS ids have them (`vpc-0a1b…`, `ou-ab12-…`).
pub(crate) fn characters(seed: u64, parts: &[&str], alphabet: &str, length: usize) -> String {
    let letters = alphabet.as_bytes();
    let base = letters.len() as u64;
    let mut hash = mix(seed, parts);
    let mut text = String::with_capacity(length);
    for place in 0..length {
        // One hash holds about 12 characters of 36: take a fresh one before it runs dry.
        if place > 0 && place % 8 == 0 {
            hash = finish(hash ^ place as u64);
        }
        text.push(char::from(letters[usize::try_from(hash % base).unwrap_or_default()]));
        hash /= base;
    }
    text
}

/// The 17 hexadecimal digits of an EC2 resource id.
pub(crate) fn hex17(seed: u64, parts: &[&str]) -> String {
    characters(seed, parts, "0123456789abcdef", 17)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_on_every_platform() {
        assert_eq!(mix(7, &["111111111111", "root-mfa-enabled"]), mix(7, &["111111111111", "root-mfa-enabled"]));
        assert_ne!(mix(7, &["ab", "c"]), mix(7, &["a", "bc"]));
        assert_ne!(mix(7, &["a"]), mix(8, &["a"]));
    }

    #[test]
    fn spreads_evenly_enough() {
        let mut seen = [0_u32; 10];
        for number in 0..10_000 {
            seen[below(1, &[&number.to_string()], 10)] += 1;
        }
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
    }

    #[test]
    fn shares_are_independent_of_each_other() {
        for seed in [0, 1, 7] {
            let below = |place, bound| (0..10_000).filter(|&number| share(seed, place, number) < bound).count();
            assert!((2850..3150).contains(&below(0, 0.3)) && (900..1100).contains(&below(1, 0.1)));
            let both = (0..10_000).filter(|&number| share(seed, 0, number) < 0.3 && share(seed, 1, number) < 0.5).count();
            assert!((1350..1650).contains(&both), "{both}");
        }
    }
}
