use std::{collections::HashMap, hash::Hash, mem};

/// A map that never grows beyond twice `half`: when its young half is full, the old half is
/// forgotten as a whole. What is lost this way can be made again.
#[derive(Debug)]
pub(super) struct BoundedMap<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V> BoundedMap<K, V> {
    pub(super) fn new(half: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.half {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// Takes a value out, to be put back changed.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let young = self.young.remove(key);
        let old = self.old.remove(key);
        young.or(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_the_size_is_bounded() {
        let mut map = BoundedMap::new(100);
        for key in 0..10_000 {
            map.insert(key, key);
            assert!(map.young.len() + map.old.len() <= 200);
        }
        assert!((9_900..10_000).all(|key| map.get(&key) == Some(&key)));
        assert_eq!(map.get(&0), None);
    }

    #[test]
    fn a_value_that_was_replaced_is_not_seen_again() {
        let mut map = BoundedMap::new(1);
        map.insert("a", 1);
        map.insert("b", 2);
        map.insert("a", 3);
        assert_eq!(map.remove(&"a"), Some(3));
        assert_eq!(map.get(&"a"), None);
    }
}
