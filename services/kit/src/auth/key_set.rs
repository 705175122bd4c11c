use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::Value;

/// The usable keys of a JWKS document.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Grows by one with every document that differs from the one before.
    pub(super) generation: u64,
}

/// A key and the one algorithm it is good for.
#[derive(Debug)]
pub(super) struct Key {
    jwk: Jwk,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// No key of that id, or without an id no single key of that kind.
    Unknown,
    /// The key is there, and for another algorithm.
    OtherKind,
}

#[derive(Debug, thiserror::Error)]
#[error("not a JWKS document: {0}")]
pub(super) struct NotAKeySet(&'static str);

impl KeySet {
    /// Reads a document; keys for other purposes or of other kinds are passed over.
    pub(super) fn parse(document: &[u8]) -> Result<Self, NotAKeySet> {
        let document: Value =
            serde_json::from_slice(document).map_err(|_| NotAKeySet("it is not JSON"))?;
        let Some(Value::Array(listed)) = document.get("keys") else {
            return Err(NotAKeySet("it has no list of keys"));
        };
        let keys = listed.iter().filter_map(|jwk| Key::read(jwk.clone())).collect();
        Ok(Self { keys, generation: 0 })
    }

    pub(super) fn same_keys(&self, other: &Self) -> bool {
        self.keys.iter().map(|key| &key.jwk).eq(other.keys.iter().map(|key| &key.jwk))
    }

    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&Key, Missing> {
        let Some(kid) = kid else {
            let mut candidates = self.keys.iter().filter(|key| key.algorithm == algorithm);
            return match (candidates.next(), candidates.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(Missing::Unknown),
            };
        };
        let mut named = self.keys.iter().filter(|key| key.id() == Some(kid)).peekable();
        named.peek().ok_or(Missing::Unknown)?;
        named.find(|key| key.algorithm == algorithm).ok_or(Missing::OtherKind)
    }
}

impl Key {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    fn id(&self) -> Option<&str> {
        self.jwk.common.key_id.as_deref()
    }

    fn read(jwk: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        let algorithm = algorithm(&jwk)?;
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { jwk, algorithm, decoding })
    }
}

/// The algorithm by the kind of the key, never by what a token claims.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    let declared = jwk.common.key_algorithm;
    declared.is_none_or(|declared| declared == KeyAlgorithm::from(algorithm)).then_some(algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn parse(keys: &str) -> KeySet {
        KeySet::parse(format!(r#"{{"keys":[{keys}]}}"#).as_bytes()).expect("a key set")
    }

    #[test]
    fn a_key_is_found_for_its_own_algorithm_only() {
        let set = parse(ED);
        assert!(set.find(Some("a"), Algorithm::EdDSA).is_ok());
        assert_eq!(set.find(Some("a"), Algorithm::ES256).err(), Some(Missing::OtherKind));
        assert_eq!(set.find(Some("b"), Algorithm::EdDSA).err(), Some(Missing::Unknown));
    }

    #[test]
    fn a_token_without_key_id_needs_the_only_key_of_its_kind() {
        assert!(parse(ED).find(None, Algorithm::EdDSA).is_ok());
        let two = parse(&format!("{ED},{}", ED.replace(r#""a""#, r#""b""#)));
        assert_eq!(two.find(None, Algorithm::EdDSA).err(), Some(Missing::Unknown));
    }

    #[test]
    fn keys_for_anything_else_are_passed_over() {
        let secret = r#"{"kty":"oct","kid":"s","k":"c2VjcmV0"}"#;
        let encryption = ED.replace(r#""kid""#, r#""use":"enc","kid""#);
        let other_algorithm = ED.replace(r#""kid""#, r#""alg":"ES256","kid""#);
        let set =
            parse(&[secret, &encryption, &other_algorithm, r#"{"kty":"new"}"#, "7"].join(","));
        assert!(set.keys.is_empty());
    }

    #[test]
    fn a_document_without_keys_is_no_key_set() {
        for document in ["", "[]", "<html>", r#"{"keys":7}"#] {
            assert!(KeySet::parse(document.as_bytes()).is_err(), "{document}");
        }
    }
}
