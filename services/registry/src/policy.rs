//! Who may call what: one line per RPC.

use kinerja_kit::auth::{
    Policy,
    Role::{
        self, Employee, HrOfficer, Operator, PerformanceTeam, ProvinceAuditor, RegionalLeader,
        Service, UnitLeader,
    },
    Rule, Who,
};

pub(crate) const POLICY: Policy = Policy::new(&[
    rule("/kinerja.registry.v1.TenantService/CreateTenant", &[Operator]),
    rule("/kinerja.registry.v1.TenantService/UpdateTenant", &[Operator]),
    rule("/kinerja.registry.v1.TenantService/GetTenant", &[Employee, HrOfficer, Operator, Service]),
    rule("/kinerja.registry.v1.TenantService/ListTenants", &[Operator, Service, ProvinceAuditor]),
    rule("/kinerja.registry.v1.TenantService/SetTenantPolicy", &[HrOfficer]),
    rule("/kinerja.registry.v1.TenantService/GetTenantPolicy", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.TenantService/ListTenantPolicies", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.CalendarService/SetCalendarYear", &[HrOfficer]),
    rule("/kinerja.registry.v1.CalendarService/GetCalendarYear", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.CalendarService/SetUnitCalendar", &[HrOfficer]),
    rule("/kinerja.registry.v1.CalendarService/GetUnitCalendar", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.CalendarService/GetCalendar", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.CalendarService/ResolveDueDay", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.UnitService/CreateUnit", &[HrOfficer]),
    rule("/kinerja.registry.v1.UnitService/RenameUnit", &[HrOfficer]),
    rule("/kinerja.registry.v1.UnitService/MoveUnit", &[HrOfficer]),
    rule("/kinerja.registry.v1.UnitService/CloseUnit", &[HrOfficer]),
    rule("/kinerja.registry.v1.UnitService/GetUnit", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.UnitService/ListUnits", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.UnitService/ListSubtree", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.UnitService/ListUnitHistory", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.PositionService/CreatePosition", &[HrOfficer]),
    rule("/kinerja.registry.v1.PositionService/UpdatePosition", &[HrOfficer]),
    rule("/kinerja.registry.v1.PositionService/ClosePosition", &[HrOfficer]),
    rule("/kinerja.registry.v1.PositionService/GetPosition", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.PositionService/ListPositions", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.EmployeeService/CreateEmployee", &[HrOfficer]),
    rule("/kinerja.registry.v1.EmployeeService/UpdateEmployee", &[HrOfficer]),
    rule("/kinerja.registry.v1.EmployeeService/ChangeIdentityNumber", &[HrOfficer]),
    rule("/kinerja.registry.v1.EmployeeService/ChangeRank", &[HrOfficer]),
    rule("/kinerja.registry.v1.EmployeeService/ChangeStatus", &[HrOfficer]),
    rule("/kinerja.registry.v1.EmployeeService/GetEmployee", &[Employee, HrOfficer, Service]),
    rule(
        "/kinerja.registry.v1.EmployeeService/ListEmployees",
        &[HrOfficer, UnitLeader, RegionalLeader, PerformanceTeam, Service],
    ),
    rule(
        "/kinerja.registry.v1.EmployeeService/ListEmployeeHistory",
        &[Employee, HrOfficer, Service],
    ),
    rule("/kinerja.registry.v1.AssignmentService/CreateAssignment", &[HrOfficer]),
    rule("/kinerja.registry.v1.AssignmentService/EndAssignment", &[HrOfficer]),
    rule("/kinerja.registry.v1.AssignmentService/TransferEmployee", &[HrOfficer]),
    rule("/kinerja.registry.v1.AssignmentService/GetAssignment", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.AssignmentService/ListAssignments", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.ArrivalService/ReleaseEmployee", &[HrOfficer]),
    rule("/kinerja.registry.v1.ArrivalService/AdmitEmployee", &[HrOfficer]),
    rule("/kinerja.registry.v1.ArrivalService/GetArrival", &[HrOfficer]),
    rule("/kinerja.registry.v1.ArrivalService/ListArrivals", &[HrOfficer]),
    rule("/kinerja.registry.v1.ReportingLineService/ResolveRater", &[Employee, HrOfficer, Service]),
    rule(
        "/kinerja.registry.v1.ReportingLineService/ResolveRaters",
        &[HrOfficer, PerformanceTeam, Service],
    ),
    rule("/kinerja.registry.v1.ReportingLineService/SetReportingLine", &[HrOfficer]),
    rule(
        "/kinerja.registry.v1.ReportingLineService/ListReportingLines",
        &[Employee, HrOfficer, Service],
    ),
    rule("/kinerja.registry.v1.DelegationService/CreateDelegation", &[HrOfficer]),
    rule("/kinerja.registry.v1.DelegationService/EndDelegation", &[HrOfficer]),
    rule("/kinerja.registry.v1.DelegationService/ListDelegations", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.DelegationService/CreateRecusal", &[HrOfficer]),
    rule("/kinerja.registry.v1.DelegationService/EndRecusal", &[HrOfficer]),
    rule("/kinerja.registry.v1.DelegationService/ListRecusals", &[Employee, HrOfficer, Service]),
    rule("/kinerja.registry.v1.CorrectionService/FileCorrection", &[Employee]),
    rule("/kinerja.registry.v1.CorrectionService/WithdrawCorrection", &[Employee]),
    rule("/kinerja.registry.v1.CorrectionService/PreviewCorrection", &[Employee, HrOfficer]),
    rule("/kinerja.registry.v1.CorrectionService/DecideCorrection", &[HrOfficer]),
    rule("/kinerja.registry.v1.CorrectionService/GetCorrection", &[Employee, HrOfficer]),
    rule("/kinerja.registry.v1.CorrectionService/ListCorrections", &[Employee, HrOfficer]),
    rule("/kinerja.registry.v1.ImportService/ImportEmployees", &[HrOfficer]),
    rule("/kinerja.registry.v1.ImportService/GetImport", &[HrOfficer]),
    rule("/kinerja.registry.v1.ImportService/ListImports", &[HrOfficer]),
    rule("/kinerja.registry.v1.ImportService/ListImportFaults", &[HrOfficer]),
    rule("/kinerja.registry.v1.ImportService/DeleteImport", &[HrOfficer]),
    rule("/kinerja.registry.v1.ExportService/ExportEmployees", &[HrOfficer]),
    rule(
        "/kinerja.registry.v1.SearchService/SearchEmployees",
        &[Employee, HrOfficer, PerformanceTeam],
    ),
    rule("/kinerja.registry.v1.PublicServiceService/CreatePublicService", &[HrOfficer]),
    rule("/kinerja.registry.v1.PublicServiceService/UpdatePublicService", &[HrOfficer]),
    rule("/kinerja.registry.v1.PublicServiceService/ClosePublicService", &[HrOfficer]),
    rule("/kinerja.registry.v1.PublicServiceService/AssignPublicService", &[HrOfficer]),
    public("/kinerja.registry.v1.PublicServiceService/GetPublicService"),
    public("/kinerja.registry.v1.PublicServiceService/ListPublicServices"),
    rule(
        "/kinerja.registry.v1.PublicServiceService/ResolveOfficial",
        &[HrOfficer, PerformanceTeam, Service],
    ),
    rule("/kinerja.registry.v1.DisciplineService/ImportAttendance", &[HrOfficer, Service]),
    rule("/kinerja.registry.v1.DisciplineService/ImportSanctions", &[HrOfficer]),
    rule(
        "/kinerja.registry.v1.DisciplineService/ListAttendance",
        &[Employee, HrOfficer, PerformanceTeam, Service],
    ),
    rule(
        "/kinerja.registry.v1.DisciplineService/ListSanctions",
        &[Employee, HrOfficer, PerformanceTeam, Service],
    ),
    rule(
        "/kinerja.registry.v1.DisciplineService/GetDisciplineFacts",
        &[Employee, HrOfficer, PerformanceTeam, Service],
    ),
    rule("/kinerja.registry.v1.LicenceService/CreateLicence", &[HrOfficer]),
    rule("/kinerja.registry.v1.LicenceService/ImportLicences", &[HrOfficer]),
    rule("/kinerja.registry.v1.LicenceService/UpdateLicence", &[HrOfficer]),
    rule(
        "/kinerja.registry.v1.LicenceService/GetLicence",
        &[Employee, HrOfficer, PerformanceTeam, Service],
    ),
    rule(
        "/kinerja.registry.v1.LicenceService/ListLicences",
        &[Employee, HrOfficer, PerformanceTeam, Service],
    ),
    rule(
        "/kinerja.registry.v1.LicenceService/ListExpiringLicences",
        &[HrOfficer, PerformanceTeam, Service],
    ),
]);

/// For everybody, without token.
const fn public(rpc: &'static str) -> Rule {
    Rule { rpc, who: Who::Anyone }
}

const fn rule(rpc: &'static str, roles: &'static [Role]) -> Rule {
    Rule { rpc, who: Who::Roles(roles) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_has_its_line() {
        let descriptors = kinerja_proto::FILE_DESCRIPTOR_SET;
        POLICY.check_complete(descriptors, "kinerja.registry.v1").expect("a complete policy");
    }
}
