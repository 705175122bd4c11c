use super::{PositionId, UnitId};

/// The post a plan is for, as it was when the plan was begun. Kind and level are the registry's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub unit_id: UnitId,
    pub position_id: PositionId,
    pub position_kind: String,
    pub position_level: String,
    pub position_name: String,
    pub heads_unit: bool,
}
