//! ECDSA over the brainpool curves of RFC 5639, checking only: `pgp` reads such keys and signatures, and has no
//! arithmetic for them.
//!
//! All that goes in is public, so how long it takes tells nothing. Nothing is ever signed here.

use k256::elliptic_curve::bigint::U512;
use k256::elliptic_curve::bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use pgp::crypto::ecc_curve::ECCCurve;

type Field = DynResidue<{ U512::LIMBS }>;
type Modulus = DynResidueParams<{ U512::LIMBS }>;

/// A curve `y² = x³ + ax + b` over a prime field, in hexadecimal; its points are a group of prime order.
struct Numbers {
    bits: usize,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
}

const P256R1: Numbers = Numbers {
    bits: 256,
    prime: "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
    a: "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
    b: "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
    x: "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
    y: "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
    order: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
};

const P384R1: Numbers = Numbers {
    bits: 384,
    prime: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123\
            acd3a729901d1a71874700133107ec53",
    a: "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f\
        8aa5814a503ad4eb04a8c7dd22ce2826",
    b: "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d5\
        7cb4390295dbc9943ab78696fa504c11",
    x: "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8\
        e826e03436d646aaef87b2e247d4af1e",
    y: "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff9912928\
        0e4646217791811142820341263c5315",
    order: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7\
            cf3ab6af6b7fc3103b883202e9046565",
};

const P512R1: Numbers = Numbers {
    bits: 512,
    prime: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330871\
            7d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
    a: "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc\
        2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
    b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a7\
        2bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
    x: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098e\
        ff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
    y: "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111\
        b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
    order: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870\
            553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
};

fn numbers(curve: &ECCCurve) -> Option<&'static Numbers> {
    match curve {
        ECCCurve::BrainpoolP256r1 => Some(&P256R1),
        ECCCurve::BrainpoolP384r1 => Some(&P384R1),
        ECCCurve::BrainpoolP512r1 => Some(&P512R1),
        _ => None,
    }
}

/// Whether the numbers `r` and `s` are a signature over `digest` by the key at this point, which is written without
/// compression. Never on other curves.
pub(crate) fn verifies(curve: &ECCCurve, point: &[u8], digest: &[u8], [r, s]: [&[u8]; 2]) -> bool {
    let curve = numbers(curve).map(Curve::new);
    curve.is_some_and(|curve| curve.verifies(point, digest, r, s).is_some())
}

/// Whether the bytes are a point of this curve, written without compression.
pub(crate) fn is_point(curve: &ECCCurve, point: &[u8]) -> bool {
    let curve = numbers(curve).map(Curve::new);
    curve.is_some_and(|curve| curve.point(point).is_some())
}

/// A point in projective coordinates; `z` is zero for the neutral one.
#[derive(Clone, Copy)]
struct Point {
    x: Field,
    y: Field,
    z: Field,
}

struct Curve {
    bits: usize,
    prime: Modulus,
    order: Modulus,
    a: Field,
    b: Field,
    generator: Point,
}

impl Curve {
    fn new(numbers: &Numbers) -> Self {
        let prime = DynResidueParams::new(&integer(numbers.prime));
        let field = |hex| Field::new(&integer(hex), prime);
        Self {
            bits: numbers.bits,
            prime,
            order: DynResidueParams::new(&integer(numbers.order)),
            a: field(numbers.a),
            b: field(numbers.b),
            generator: Point {
                x: field(numbers.x),
                y: field(numbers.y),
                z: Field::one(prime),
            },
        }
    }

    fn verifies(&self, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Option<()> {
        let key = self.point(point)?;
        let (r, s) = (self.scalar(r)?, self.scalar(s)?);
        let digest = &digest[..digest.len().min(self.bits / 8)];
        let digest = Field::new(&from_bytes(digest)?, self.order);
        let less_two = self.order.modulus().wrapping_sub(&U512::from_u8(2));
        let inverse = s.pow(&less_two);
        let sum = self.sum_of_multiples(&digest.mul(&inverse), &r.mul(&inverse), &key);
        if sum.z == Field::zero(self.prime) {
            return None;
        }
        let less_two = self.prime.modulus().wrapping_sub(&U512::from_u8(2));
        let x = sum.x.mul(&sum.z.pow(&less_two)).retrieve();
        (Field::new(&x, self.order) == r).then_some(())
    }

    /// Returns the point that bytes without compression describe, if it lies on the curve.
    fn point(&self, bytes: &[u8]) -> Option<Point> {
        let size = self.bits / 8;
        let (kind, coordinates) = bytes.split_first()?;
        if *kind != 4 || coordinates.len() != 2 * size {
            return None;
        }
        let coordinate = |bytes| {
            let number = from_bytes(bytes)?;
            (number < *self.prime.modulus()).then(|| Field::new(&number, self.prime))
        };
        let (x, y) = coordinates.split_at(size);
        let (x, y) = (coordinate(x)?, coordinate(y)?);
        let right = x.square().add(&self.a).mul(&x).add(&self.b);
        let z = Field::one(self.prime);
        (y.square() == right).then_some(Point { x, y, z })
    }

    /// Returns a number of a signature, which is more than nothing and less than the order.
    fn scalar(&self, bytes: &[u8]) -> Option<Field> {
        let number = from_bytes(bytes)?;
        let fits = number != U512::ZERO && number < *self.order.modulus();
        fits.then(|| Field::new(&number, self.order))
    }

    /// Returns `u` times the generator plus `v` times the key.
    fn sum_of_multiples(&self, u: &Field, v: &Field, key: &Point) -> Point {
        let both = self.add(&self.generator, key);
        let (u, v) = (u.retrieve(), v.retrieve());
        let mut sum = self.neutral();
        for bit in (0..self.bits).rev() {
            sum = self.add(&sum, &sum);
            match (u.bit_vartime(bit), v.bit_vartime(bit)) {
                (true, true) => sum = self.add(&sum, &both),
                (true, false) => sum = self.add(&sum, &self.generator),
                (false, true) => sum = self.add(&sum, key),
                (false, false) => {}
            }
        }
        sum
    }

    fn neutral(&self) -> Point {
        let zero = Field::zero(self.prime);
        Point {
            x: zero,
            y: Field::one(self.prime),
            z: zero,
        }
    }

    /// Adds any two points, equal or neutral ones too: the complete formulas of Renes, Costello and Batina (2015),
    /// which hold because the order is odd.
    fn add(&self, p: &Point, q: &Point) -> Point {
        let thrice = |number: &Field| number.add(number).add(number);
        let cross = |a: &Field, b: &Field, c: &Field, d: &Field| a.mul(d).add(&b.mul(c));
        let (xx, yy, zz) = (p.x.mul(&q.x), p.y.mul(&q.y), p.z.mul(&q.z));
        let xy = cross(&p.x, &p.y, &q.x, &q.y);
        let xz = cross(&p.x, &p.z, &q.x, &q.z);
        let yz = cross(&p.y, &p.z, &q.y, &q.z);
        let a_zz = self.a.mul(&zz);
        let shift = self.a.mul(&xz).add(&thrice(&self.b.mul(&zz)));
        let slope = thrice(&xx).add(&a_zz);
        let rest = self.a.mul(&xx.sub(&a_zz)).add(&thrice(&self.b.mul(&xz)));
        let (less, more) = (yy.sub(&shift), yy.add(&shift));
        Point {
            x: xy.mul(&less).sub(&yz.mul(&rest)),
            y: slope.mul(&rest).add(&more.mul(&less)),
            z: yz.mul(&more).add(&xy.mul(&slope)),
        }
    }
}

fn integer(hex: &str) -> U512 {
    U512::from_be_hex(&format!("{hex:0>128}"))
}

/// Returns the number in these bytes, the largest digit first; `None` if it is too large for any curve here.
fn from_bytes(bytes: &[u8]) -> Option<U512> {
    let mut wide = [0; U512::BYTES];
    let start = U512::BYTES.checked_sub(bytes.len())?;
    wide[start..].copy_from_slice(bytes);
    Some(U512::from_be_slice(&wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Curve, key, digest and numbers of signatures that OpenSSL made; the second digest is longer than the order,
    /// the third one shorter.
    const MADE_BY_OPENSSL: [(ECCCurve, &str, &str, [&str; 2]); 3] = [
        (
            ECCCurve::BrainpoolP256r1,
            "047372fe4c8c681a0ebdfca1f1ad3ef05b0961837e2c38394626bd955ee54521ee\
             11e81cad6b84b1b16a8212263f66749340ff92ad791be845ff5bc4b6ab149ed2",
            "dbf56e75408ef5cd62945633c40aa4beb8ff5c83bf6bf47ddf7ee6f3d4affad4",
            [
                "66c0bd28a3dfcfed459ca6dd38ab1eb8d7dff7a48494e9b662df82628d10464f",
                "9bf7f0ef0e40b7a74aa73cc73e8e13826b8cf171cf9e9ce85b7e40b9d5cae203",
            ],
        ),
        (
            ECCCurve::BrainpoolP384r1,
            "041cfb04369f6c8412626b097c359ab2c8c94374d5ba0983bc50945addd35fc384\
             2d6e687cfa1dda44ac55c09f3640189483caa7743c6d77e6b81da1bd8e06e622\
             3bcd41be40f390a3f01ca022317b8a21eb6876e609127f5b5b4a4c1835b85eea",
            "2062adab436ccb9c9edad8aec267508ff129ba55df5b722c2bb2e6eef46cd06e\
             fe8d1be86f17737e2d7481c2ca67bd60839882e611fc0b9262921d0067596a9a",
            [
                "51ce84bbf818bb2cc17964c773ddddb372102396eac239d58aba3c8e15d690ea\
                 fb420c2f6a522f1367e06f2256bb6714",
                "142ec4e9f78e6b672a9546f745de643bc6ac39f9e5181db605e3a3be4f245393\
                 cb6ed6400158e542151959e76dbc746f",
            ],
        ),
        (
            ECCCurve::BrainpoolP512r1,
            "0444528478b6a69a08236d289ac95cd95374de1713d3d295d05f497ed979539264\
             0f7056b4899409786f61d4a788bb0c2d8cc7886dd50d393b884c3efd8b66a753\
             2609e6e31dc768d7083badc57cf4069e67bdc7026b3636c76394d26e821015a9\
             51daa0cc0f6712d1da068dd872f04568c5d9b6543f6cea8586875196478edc05",
            "dbf56e75408ef5cd62945633c40aa4beb8ff5c83bf6bf47ddf7ee6f3d4affad4",
            [
                "2758841619a075d82cb3de36263be8fb69ca3e51148ded819470e9f472b29318\
                 6a672d31d5b39e1461d336cb3756386777e4692793f35dc296367172dedf45e6",
                "769734c5bb0c9af2f2b4f82c25a9dc7b3bc3624e15563e20166762645927d806\
                 6b9786e1ba3577f7f06901c1f066ae3cdc335a11b6ab6c9e0a4c19bac1047cf7",
            ],
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).expect("hexadecimal")
    }

    #[test]
    fn what_openssl_signs_fits_and_nothing_near_it() {
        for (curve, point, digest, numbers) in MADE_BY_OPENSSL {
            let (point, digest) = (bytes(point), bytes(digest));
            let numbers = numbers.map(bytes);
            let check = |point: &[u8], digest: &[u8], [r, s]: [&[u8]; 2]| {
                verifies(&curve, point, digest, [r, s])
            };
            let [r, s] = [numbers[0].as_slice(), numbers[1].as_slice()];
            assert!(check(&point, &digest, [r, s]), "{curve:?}");
            let flipped = |bytes: &[u8], at: usize| {
                let mut bytes = bytes.to_vec();
                bytes[at] ^= 1;
                bytes
            };
            for at in [0, 20, 31] {
                assert!(!check(&point, &flipped(&digest, at), [r, s]), "{curve:?}");
                assert!(!check(&point, &digest, [&flipped(r, at), s]), "{curve:?}");
                assert!(!check(&point, &digest, [r, &flipped(s, at)]), "{curve:?}");
                assert!(!check(&flipped(&point, at), &digest, [r, s]), "{curve:?}");
            }
            assert!(!check(&point, &digest, [s, r]), "{curve:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_and_strange_points_are_refused() {
        for (curve, point, digest, numbers) in MADE_BY_OPENSSL {
            let (point, digest, [r, s]) = (bytes(point), bytes(digest), numbers.map(bytes));
            let order = bytes(super::numbers(&curve).expect("a curve of these").order);
            for bad in [&[][..], &[0; 64], &order, &[0xFF; 65]] {
                assert!(!verifies(&curve, &point, &digest, [bad, &s]));
                assert!(!verifies(&curve, &point, &digest, [&r, bad]));
            }
            let off_the_curve = [&[4][..], &vec![1; point.len() - 1]].concat();
            for bad in [
                &[][..],
                &point[1..],
                &point[..point.len() - 1],
                &off_the_curve,
            ] {
                assert!(!verifies(&curve, bad, &digest, [&r, &s]));
            }
        }
        assert!(!verifies(&ECCCurve::P256, &[4; 65], &[1; 32], [&[1], &[1]]));
    }

    #[test]
    fn adding_holds_for_equal_opposite_and_neutral_points() {
        for numbers in [&P256R1, &P384R1, &P512R1] {
            let curve = Curve::new(numbers);
            let one = curve.generator;
            let zero = Field::zero(curve.prime);
            let same = |p: &Point, q: &Point| p.x.mul(&q.z) == q.x.mul(&p.z);
            assert!(same(&curve.add(&one, &curve.neutral()), &one));
            let opposite = Point {
                y: zero.sub(&one.y),
                ..one
            };
            assert!(curve.add(&one, &opposite).z == zero);
            // One less than the order times the generator is its opposite.
            let less = curve.order.modulus().wrapping_sub(&U512::ONE);
            let nothing = Field::zero(curve.order);
            let most = curve.sum_of_multiples(&Field::new(&less, curve.order), &nothing, &one);
            assert!(same(&most, &one) && curve.add(&most, &one).z == zero);
        }
    }
}
