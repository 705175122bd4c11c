-- Attendance (kehadiran) by person and month.
CREATE TABLE attendance_months (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id    uuid        NOT NULL,
    month_on       date        NOT NULL CONSTRAINT attendance_months_first_day CHECK (date_part('day', month_on) = 1),
    working_days   smallint    NOT NULL,
    present_days   smallint    NOT NULL,
    excused_days   smallint    NOT NULL,
    unexcused_days smallint    NOT NULL,
    lost_minutes   integer     NOT NULL CONSTRAINT attendance_months_lost_minutes_range CHECK (
        lost_minutes BETWEEN 0 AND 44640),
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, employee_id, month_on),
    CONSTRAINT attendance_months_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT attendance_months_days_add_up CHECK (
        present_days >= 0 AND excused_days >= 0 AND unexcused_days >= 0 AND working_days BETWEEN 0 AND 31
        AND present_days + excused_days + unexcused_days = working_days)
);
CALL make_tenant_table('registry', 'attendance_months');

-- Disciplinary sanctions (hukuman disiplin), known by person and decree.
CREATE TABLE sanctions (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    sanction_id   uuid        NOT NULL,
    employee_id   uuid        NOT NULL,
    severity      text        NOT NULL CONSTRAINT sanctions_severity_known CHECK (severity IN ('LIGHT', 'MEDIUM', 'HEAVY')),
    kind          text        NOT NULL CONSTRAINT sanctions_kind_length CHECK (length(btrim(kind)) BETWEEN 1 AND 200),
    decree_number text        COLLATE "C" NOT NULL CONSTRAINT sanctions_decree_number_length CHECK (
        length(btrim(decree_number)) BETWEEN 1 AND 100),
    decree_on     date        NOT NULL,
    starts_on     date        NOT NULL,
    -- The last day it is in force; null without an end.
    ends_on       date,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sanction_id),
    CONSTRAINT sanctions_decree_unique UNIQUE (tenant_id, employee_id, decree_number),
    CONSTRAINT sanctions_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT sanctions_in_order CHECK (decree_on <= starts_on AND ends_on >= starts_on)
);
CREATE INDEX sanctions_by_employee ON sanctions (tenant_id, employee_id, starts_on, sanction_id);
CALL make_tenant_table('registry', 'sanctions');
