//! How names are made comparable for search.

/// The longest beginning of a name that is kept for search, in characters.
const MAX_TAIL: usize = 100;

/// A name in small letters, without accents and punctuation, its words one space apart.
pub fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => plain.push(c),
            // An apostrophe lies within a word: Nur'aini, Ma'ruf.
            '\'' | '’' | '‘' | '`' => {}
            c => match unaccented(c) {
                Some(c) => plain.push(c),
                None if c.is_alphanumeric() => plain.push(c),
                None if plain.ends_with(' ') || plain.is_empty() => {}
                None => plain.push(' '),
            },
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// The plain name from each of its words on; the first one is the whole name.
pub fn tails(name: &str) -> Vec<String> {
    let plain = plain(name);
    let starts = plain.char_indices().filter(|(at, _)| *at == 0 || plain[..*at].ends_with(' '));
    starts.map(|(at, _)| plain[at..].chars().take(MAX_TAIL).collect()).collect()
}

/// The letters that names in Indonesia bring with them from elsewhere.
fn unaccented(c: char) -> Option<char> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        _ => return None,
    })
}

/// The first key after all that begin with `prefix`, in the order of bytes.
pub fn end_of(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(plain("  José  Ma'ruf-Amin. "), "jose maruf amin");
        assert_eq!(plain("Tgk. M. Nūr"), "tgk m nūr");
    }

    #[test]
    fn a_name_is_found_from_each_of_its_words_on() {
        assert_eq!(
            tails("Ahmad Rizki Nasution"),
            ["ahmad rizki nasution", "rizki nasution", "nasution"]
        );
        assert!(tails("...").is_empty());
    }

    proptest! {
        #[test]
        fn what_begins_with_a_prefix_lies_between_it_and_its_end(prefix in "[a-z ]{1,8}", rest in "\\PC{0,8}") {
            let key = format!("{prefix}{rest}");
            prop_assume!(!key.contains(char::MAX));
            let end = end_of(&prefix);
            prop_assert!(prefix <= key && key < end);
        }

        #[test]
        fn a_plain_name_stays_as_it_is(name in "\\PC{0,30}") {
            let once = plain(&name);
            prop_assert_eq!(plain(&once), once.clone());
        }
    }
}
