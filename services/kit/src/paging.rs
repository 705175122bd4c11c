//! Keyset pages: a token says where the last page ended, and for which request.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{auth::Caller, fields::Fields};

const DEFAULT_SIZE: u16 = 50;
const MAX_SIZE: u16 = 500;
/// Where a page of whole documents ends, however few they are: stock gRPC clients take messages of four MiB.
const MAX_BYTES: usize = 3 << 20;
/// What stands before each document of a list on the wire, at most.
const FRAME: usize = 6;

/// What a page token holds.
#[derive(Clone, PartialEq, Message)]
struct Token {
    /// The key of the last item of the previous page, in JSON.
    #[prost(bytes = "vec", tag = "1")]
    after: Vec<u8>,
    /// What must not change between pages.
    #[prost(bytes = "vec", tag = "2")]
    scope: Vec<u8>,
}

/// The request a token belongs to: its method, its tenant and every field but those of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Vec<u8>);

impl Scope {
    /// Of a public method, whose request names the tenant.
    pub fn public(method: &str, request: &impl Message) -> Self {
        Self::hash(method, "", request)
    }

    /// `request` comes with `page_size` and `page_token` cleared.
    pub fn of(method: &str, caller: &Caller, request: &impl Message) -> Self {
        let tenant = caller.tenant().map(|tenant| tenant.as_str()).unwrap_or_default();
        Self::hash(method, tenant, request)
    }

    fn hash(method: &str, tenant: &str, request: &impl Message) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), &[0], tenant.as_bytes(), &[0]] {
            hash.update(part);
        }
        hash.update(request.encode_to_vec());
        Self(hash.finalize()[..16].to_vec())
    }
}

/// Up to `limit` items that come after the key `after`.
#[derive(Debug, Clone)]
pub struct PageRequest<K> {
    /// One more than the page's size: whether the last row is there says whether a page follows.
    pub limit: i64,
    pub after: Option<K>,
    scope: Scope,
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Empty on the last page.
    pub next_token: String,
}

impl<K: Serialize> PageRequest<K> {
    /// Makes a page of what was fetched with `limit`.
    pub fn page<T>(&self, items: Vec<T>, key: impl FnOnce(&T) -> K) -> Page<T> {
        self.cut(items, self.size(), key)
    }

    /// Makes a page of documents that may be long, each a `W` on the wire: it ends before they pass
    /// [`MAX_BYTES`] too, but never before the first one, so that a list always goes on.
    pub fn page_of<W, T>(&self, items: Vec<T>, key: impl FnOnce(&T) -> K) -> Page<T>
    where
        W: Message + From<T>,
        T: Clone,
    {
        let on_wire = |item: &T| W::from(item.clone()).encoded_len() + FRAME;
        let mut bytes = 0;
        let fits = |size: &usize| {
            bytes += size;
            bytes <= MAX_BYTES
        };
        let fitting = items.iter().take(self.size()).map(on_wire).take_while(fits).count();
        self.cut(items, fitting.max(1), key)
    }

    fn size(&self) -> usize {
        usize::try_from(self.limit - 1).unwrap_or_default()
    }

    fn cut<T>(&self, mut items: Vec<T>, size: usize, key: impl FnOnce(&T) -> K) -> Page<T> {
        let more = items.len() > size;
        items.truncate(size);
        let last = items.last().filter(|_| more);
        let next_token = last.map(|last| self.token(&key(last))).unwrap_or_default();
        Page { items, next_token }
    }

    fn token(&self, key: &K) -> String {
        let after = serde_json::to_vec(key).expect("keys are plain values");
        BASE64_URL_SAFE_NO_PAD.encode(Token { after, scope: self.scope.0.clone() }.encode_to_vec())
    }
}

impl<T> Page<T> {
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next_token: self.next_token }
    }
}

pub(crate) fn request<K: DeserializeOwned>(
    fields: &mut Fields,
    size: i32,
    token: &str,
    scope: Scope,
) -> PageRequest<K> {
    let size = match u16::try_from(size) {
        Ok(0) => DEFAULT_SIZE,
        Ok(size) => size.min(MAX_SIZE),
        Err(_) if size > 0 => MAX_SIZE,
        Err(_) => {
            fields.fault("page_size", "must not be negative");
            DEFAULT_SIZE
        }
    };
    let after = (!token.is_empty()).then(|| decode(token, &scope)).and_then(|after| {
        if after.is_none() {
            fields.fault("page_token", "was not issued for this request");
        }
        after
    });
    PageRequest { limit: i64::from(size) + 1, after, scope }
}

fn decode<K: DeserializeOwned>(token: &str, scope: &Scope) -> Option<K> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let token = Token::decode(bytes.as_slice()).ok()?;
    if token.scope != scope.0 {
        return None;
    }
    let key: Value = serde_json::from_slice(&token.after).ok()?;
    is_storable(&key).then(|| serde_json::from_value(key).ok()).flatten()
}

/// Whether a database can hold the key: a token is not signed, and may be anybody's work.
fn is_storable(key: &Value) -> bool {
    match key {
        Value::String(text) => !text.contains('\0') && !is_before_christ(text),
        Value::Array(parts) => parts.iter().all(is_storable),
        Value::Object(parts) => parts.values().all(is_storable),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A day or an instant before the year 0. PostgreSQL's calendar begins in 4713 BC, jiff's in 9999 BC.
fn is_before_christ(text: &str) -> bool {
    text.starts_with('-') && (text.parse::<Date>().is_ok() || text.parse::<Timestamp>().is_ok())
}
