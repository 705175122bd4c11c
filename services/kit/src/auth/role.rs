use std::{fmt, str::FromStr};

/// What a caller may be to the whole of a government. Being somebody's rater, peer or superior is
/// never a role: it is asked of the reporting line at the date in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everybody with an employee id.
    Employee,
    HrOfficer,
    UnitLeader,
    RegionalLeader,
    PerformanceTeam,
    Inspector,
    /// Reads the shared summaries of a province.
    ProvinceAuditor,
    /// Runs the deployment.
    Operator,
    /// A service of the suite, acting for the tenant it names.
    Service,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a role, such as hr_officer")]
pub struct NotARole;

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Employee,
        Self::HrOfficer,
        Self::UnitLeader,
        Self::RegionalLeader,
        Self::PerformanceTeam,
        Self::Inspector,
        Self::ProvinceAuditor,
        Self::Operator,
        Self::Service,
    ];

    /// The role's name in a token, unless the configuration maps other values.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::HrOfficer => "hr_officer",
            Self::UnitLeader => "unit_leader",
            Self::RegionalLeader => "regional_leader",
            Self::PerformanceTeam => "performance_team",
            Self::Inspector => "inspector",
            Self::ProvinceAuditor => "province_auditor",
            Self::Operator => "operator",
            Self::Service => "service",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(NotARole)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Roles(u16);

impl Roles {
    pub const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut next) = (0, 0);
        while next < roles.len() {
            bits |= roles[next].bit();
            next += 1;
        }
        Self(bits)
    }

    pub const fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether a role is in both sets.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    #[must_use]
    pub const fn without(self, role: Role) -> Self {
        Self(self.0 & !role.bit())
    }

    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert_eq!("rater".parse::<Role>(), Err(NotARole));
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = Roles::of(&[Role::Employee, Role::Service]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Role::Employee, Role::Service]);
        assert!(set.meets(Roles::of(&[Role::Service, Role::Inspector])));
        assert!(!set.meets(Roles::of(&[Role::Inspector])));
        assert_eq!(set.without(Role::Service), Roles::of(&[Role::Employee]));
    }
}
