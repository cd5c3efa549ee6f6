//! The order of the secret numbers of RSA keys.
//!
//! The format demands that p is less than q. The library writes the primes in the order in which they were found,
//! and GnuPG takes the demand for granted: with p above q some of its signatures come out wrong.

use rsa::BigUint;
use zeroize::Zeroizing;

use super::part::Plain;

/// Primes with more bytes than this belong to keys that nobody reads; keeps hostile input from costing minutes.
const MAX_PRIME: usize = 1024;

/// Returns the numbers of an RSA key with p less than q. What is in order already, or is no such key, is returned
/// unchanged.
pub(crate) fn in_order(plain: Plain) -> Plain {
    swapped(&plain).unwrap_or(plain)
}

/// The same key with p and q swapped; `None` when p is less than q or the numbers do not fit together.
pub(crate) fn swapped(plain: &[u8]) -> Option<Plain> {
    let mut rest = plain;
    take_number(&mut rest)?;
    let exponent = &plain[..plain.len() - rest.len()];
    let (p, q) = (take_number(&mut rest)?, take_number(&mut rest)?);
    take_number(&mut rest)?;
    if !rest.is_empty() || p.len() > MAX_PRIME || q.len() > MAX_PRIME {
        return None;
    }
    let larger = Zeroizing::new(BigUint::from_bytes_be(p));
    let smaller = Zeroizing::new(BigUint::from_bytes_be(q));
    if *larger <= *smaller {
        return None;
    }
    let inverse = inverse(&smaller, &larger)?;
    let mut out = Zeroizing::new(Vec::with_capacity(plain.len() + 2));
    out.extend_from_slice(exponent);
    for number in [&smaller, &larger, &inverse] {
        put_number(&mut out, number)?;
    }
    Some(out)
}

/// The inverse of `number` modulo `prime`, by Fermat; `None` when that is no prime.
fn inverse(number: &BigUint, prime: &BigUint) -> Option<Zeroizing<BigUint>> {
    let one = BigUint::from(1_u8);
    let two = BigUint::from(2_u8);
    if *prime <= two || prime % &two != one {
        return None;
    }
    let exponent = Zeroizing::new(prime - two);
    let inverse = Zeroizing::new(number.modpow(&exponent, prime));
    let product = Zeroizing::new(&*inverse * number);
    (&*product % prime == one).then_some(inverse)
}

/// Takes a number of the format: its length in bits, then its bytes.
fn take_number<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (bits, tail) = rest.split_first_chunk::<2>()?;
    let (number, tail) =
        tail.split_at_checked(usize::from(u16::from_be_bytes(*bits)).div_ceil(8))?;
    *rest = tail;
    Some(number)
}

fn put_number(out: &mut Vec<u8>, number: &BigUint) -> Option<()> {
    out.extend_from_slice(&u16::try_from(number.bits()).ok()?.to_be_bytes());
    out.extend_from_slice(&Zeroizing::new(number.to_bytes_be()));
    Some(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The primes and the inverse.
    fn numbers(plain: &[u8]) -> [BigUint; 3] {
        let mut rest = plain;
        let [_, p, q, u] =
            [(); 4].map(|()| BigUint::from_bytes_be(take_number(&mut rest).unwrap()));
        assert!(rest.is_empty());
        [p, q, u]
    }

    /// Fails unless the numbers are as the format demands.
    pub(crate) fn assert_in_order(plain: &[u8]) {
        let [p, q, u] = numbers(plain);
        assert!(p < q, "p is less than q");
        assert_eq!(u * p % q, BigUint::from(1_u8), "u is the inverse of p");
    }

    /// The same numbers with p above q, as older versions wrote them.
    pub(crate) fn disorder(plain: &[u8]) -> Plain {
        assert_in_order(plain);
        let [p, q, _] = numbers(plain);
        let mut rest = plain;
        take_number(&mut rest).unwrap();
        let mut out = Zeroizing::new(plain[..plain.len() - rest.len()].to_vec());
        let u = inverse(&q, &p).unwrap();
        for number in [&q, &p, &u] {
            put_number(&mut out, number).unwrap();
        }
        out
    }

    fn plain(numbers: [u64; 4]) -> Plain {
        let mut out = Plain::default();
        for number in numbers {
            put_number(&mut out, &BigUint::from(number)).unwrap();
        }
        out
    }

    #[test]
    fn small_numbers_are_put_in_order() {
        // 11 is the inverse of 7 modulo 19, 3 that of 19 modulo 7.
        for (given, expected) in [
            ([5, 19, 7, 3], [5, 7, 19, 11]),
            ([5, 7, 19, 11], [5, 7, 19, 11]),
            // Not prime, even, zero, equal: left as they are.
            ([5, 21, 7, 3], [5, 21, 7, 3]),
            ([5, 20, 7, 3], [5, 20, 7, 3]),
            ([5, 9, 0, 3], [5, 9, 0, 3]),
            ([5, 2, 1, 1], [5, 2, 1, 1]),
            ([5, 7, 7, 1], [5, 7, 7, 1]),
        ] {
            assert_eq!(in_order(plain(given)), plain(expected), "{given:?}");
        }
    }

    #[test]
    fn what_is_not_four_numbers_is_left_alone() {
        let good = plain([5, 19, 7, 3]);
        let cut = &good[..good.len() - 1];
        let longer = [&good[..], &[0]].concat();
        for bytes in [&[][..], &[0], &[255, 255, 1], cut, &longer] {
            assert_eq!(&in_order(Zeroizing::new(bytes.to_vec()))[..], bytes);
        }
    }
}
