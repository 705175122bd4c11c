//! The units and positions that rows name: those of the registry, and those that the import brings.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
};

use uuid::Uuid;

use super::{columns::Column, faults::FaultCode, rows::PostCells};
use crate::domain::{PositionKind, PositionLevel, Rung, UnitKind};

/// A unit that the registry has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUnit {
    pub unit_id: Uuid,
    pub code: String,
    pub name: String,
    pub kind: UnitKind,
    pub parent_code: Option<String>,
    pub row: i64,
}

/// A position, known or new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub position_id: Uuid,
    pub unit_id: Uuid,
    pub name: String,
    pub kind: PositionKind,
    pub level: Option<PositionLevel>,
    pub class: Option<i16>,
    pub heads_unit: bool,
}

/// Units by code and name, positions by unit and name.
#[derive(Debug, Default)]
pub struct Directory {
    may_create: bool,
    by_code: HashMap<String, Uuid>,
    /// `None` where a name is of more than one unit.
    by_name: HashMap<String, Option<Uuid>>,
    posts: HashMap<PostKey, Vec<Post>>,
    heads: HashMap<Uuid, Uuid>,
    new_units: Vec<NewUnit>,
    new_posts: Vec<Post>,
}

/// The unit and a hash of the name: a government has tens of thousands, and each tells its name already.
type PostKey = (Uuid, u64);

/// The column of a post that cannot be, and why.
pub type PostFault = (Column, FaultCode);

impl Directory {
    pub fn new(may_create: bool) -> Self {
        Self { may_create, ..Self::default() }
    }

    pub fn add_unit(&mut self, unit_id: Uuid, code: Option<&str>, name: &str) {
        if let Some(code) = code {
            self.by_code.insert(code.to_owned(), unit_id);
        }
        let known = self.by_name.entry(plain(name).collect()).or_insert(Some(unit_id));
        if *known != Some(unit_id) {
            *known = None;
        }
    }

    pub fn add_post(&mut self, post: Post) {
        if post.heads_unit {
            self.heads.insert(post.unit_id, post.position_id);
        }
        let posts = self.posts.entry(post_key(post.unit_id, &post.name)).or_default();
        posts.reserve_exact(1);
        posts.push(post);
    }

    /// Units and positions that came up since this was asked last.
    pub fn take_new(&mut self) -> (Vec<NewUnit>, Vec<Post>) {
        (std::mem::take(&mut self.new_units), std::mem::take(&mut self.new_posts))
    }

    /// Finds the post that a row names, or makes it.
    pub fn resolve(
        &mut self,
        row: i64,
        cells: &PostCells,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Result<Post, PostFault> {
        let unit_id = self.unit(row, cells, new_id)?;
        let key = post_key(unit_id, &cells.position);
        let mut known = self.posts.get(&key).into_iter().flatten();
        if let Some(post) = known.find(|post| is_named(post, cells)) {
            return Ok(post.clone());
        }
        if !self.may_create {
            return Err((Column::Position, FaultCode::PositionUnknown));
        }
        let kind = cells.kind.ok_or((Column::PositionKind, FaultCode::PositionIncomplete))?;
        Rung::try_new(kind, cells.level)
            .map_err(|_| (Column::PositionLevel, FaultCode::PositionIncomplete))?;
        if cells.heads_unit && self.heads.contains_key(&unit_id) {
            return Err((Column::HeadsUnit, FaultCode::HeadTaken));
        }
        let post = Post {
            position_id: new_id(),
            unit_id,
            name: cells.position.clone(),
            kind,
            level: cells.level,
            class: cells.class,
            heads_unit: cells.heads_unit,
        };
        self.new_posts.push(post.clone());
        self.add_post(post.clone());
        Ok(post)
    }

    fn unit(
        &mut self,
        row: i64,
        cells: &PostCells,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Result<Uuid, PostFault> {
        if cells.unit_code.is_empty() {
            return match self.by_name.get(&plain(&cells.unit_name).collect::<String>()) {
                Some(Some(unit_id)) => Ok(*unit_id),
                Some(None) => Err((Column::UnitName, FaultCode::UnitAmbiguous)),
                None => Err((Column::UnitName, FaultCode::UnitUnknown)),
            };
        }
        if let Some(unit_id) = self.by_code.get(&cells.unit_code) {
            return Ok(*unit_id);
        }
        if !self.may_create {
            return Err((Column::UnitCode, FaultCode::UnitUnknown));
        }
        if cells.unit_name.is_empty() {
            return Err((Column::UnitName, FaultCode::UnitIncomplete));
        }
        let kind = cells.unit_kind.ok_or((Column::UnitKind, FaultCode::UnitIncomplete))?;
        let (unit_id, name) = (new_id(), cells.unit_name.clone());
        let (code, parent) = (cells.unit_code.clone(), cells.parent_code.clone());
        self.add_unit(unit_id, Some(&code), &name);
        let parent_code = (!parent.is_empty()).then_some(parent);
        self.new_units.push(NewUnit { unit_id, code, name, kind, parent_code, row });
        Ok(unit_id)
    }

    /// The unit of a code, of the registry or of the import.
    pub fn unit_of_code(&self, code: &str) -> Option<Uuid> {
        self.by_code.get(code).copied()
    }
}

/// A blank cell fits any post of the name.
fn is_named(post: &Post, cells: &PostCells) -> bool {
    cells.kind.is_none_or(|kind| kind == post.kind)
        && cells.level.is_none_or(|level| Some(level) == post.level)
        && (cells.class.is_none() || post.class.is_none() || cells.class == post.class)
        && cells.heads_unit == post.heads_unit
        && plain(&post.name).eq(plain(&cells.position))
}

fn post_key(unit_id: Uuid, name: &str) -> PostKey {
    let hashes = BuildHasherDefault::<DefaultHasher>::default();
    (unit_id, hashes.hash_one(plain(name).collect::<String>()))
}

/// Names are one name in any case and spacing.
fn plain(name: &str) -> impl Iterator<Item = char> {
    let words = name.split_whitespace().flat_map(|word| [" ", word]);
    words.skip(1).flat_map(str::chars).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AssignmentKind;

    fn cells(code: &str, position: &str) -> PostCells {
        PostCells {
            unit_code: code.into(),
            unit_name: "Dinas Kesehatan".into(),
            parent_code: String::new(),
            unit_kind: Some(UnitKind::Department),
            position: position.into(),
            kind: Some(PositionKind::Pelaksana),
            level: None,
            class: None,
            heads_unit: false,
            assignment: AssignmentKind::Definitive,
        }
    }

    fn ids() -> impl FnMut() -> Uuid {
        let mut next = 0;
        move || {
            next += 1;
            Uuid::from_u128(next)
        }
    }

    #[test]
    fn a_post_that_is_named_twice_is_made_once() {
        let (mut directory, mut ids) = (Directory::new(true), ids());
        let first = directory.resolve(1, &cells("DINKES", "Pengelola Data"), &mut ids);
        let again = directory.resolve(2, &cells("DINKES", "pengelola  DATA"), &mut ids);
        assert_eq!(first, again);
        let (units, posts) = directory.take_new();
        assert_eq!((units.len(), posts.len()), (1, 1));
    }

    #[test]
    fn nothing_is_made_where_it_may_not_be() {
        let (mut directory, mut ids) = (Directory::new(false), ids());
        let unknown = Err((Column::UnitCode, FaultCode::UnitUnknown));
        assert_eq!(directory.resolve(1, &cells("DINKES", "Bidan"), &mut ids), unknown);
        directory.add_unit(Uuid::from_u128(9), Some("DINKES"), "Dinas Kesehatan");
        let unknown = Err((Column::Position, FaultCode::PositionUnknown));
        assert_eq!(directory.resolve(1, &cells("DINKES", "Bidan"), &mut ids), unknown);
    }

    #[test]
    fn a_unit_has_one_head() {
        let (mut directory, mut ids) = (Directory::new(true), ids());
        let head = |position: &str| PostCells { heads_unit: true, ..cells("DINKES", position) };
        assert!(directory.resolve(1, &head("Kepala Dinas"), &mut ids).is_ok());
        assert!(directory.resolve(2, &head("Kepala Dinas"), &mut ids).is_ok());
        let second = directory.resolve(3, &head("Kepala"), &mut ids);
        assert_eq!(second, Err((Column::HeadsUnit, FaultCode::HeadTaken)));
    }

    #[test]
    fn a_name_alone_must_be_of_one_unit() {
        let (mut directory, mut ids) = (Directory::new(true), ids());
        for unit in [1, 2] {
            directory.add_unit(Uuid::from_u128(unit), None, "Seksi Pelayanan");
        }
        let named = |name: &str| PostCells { unit_name: name.into(), ..cells("", "Bidan") };
        let fault = |code| Err((Column::UnitName, code));
        assert_eq!(
            directory.resolve(1, &named("seksi pelayanan"), &mut ids),
            fault(FaultCode::UnitAmbiguous)
        );
        assert_eq!(
            directory.resolve(1, &named("Seksi X"), &mut ids),
            fault(FaultCode::UnitUnknown)
        );
    }
}
