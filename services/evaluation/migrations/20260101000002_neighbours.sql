-- What the feeds of registry and planning told, as far as evaluation needs it. `revision` is that of the
-- source's event: a lower one never replaces a higher one. `is_gone`: the source, asked for everything it
-- has, did not name it.

CREATE TABLE governments (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    name      text        NOT NULL,
    time_zone text        NOT NULL,
    revision  bigint      NOT NULL,
    PRIMARY KEY (tenant_id)
);
CALL make_plumbing_table('evaluation', 'governments');

CREATE TABLE units (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id   uuid        NOT NULL,
    name      text        NOT NULL,
    is_gone   boolean     NOT NULL,
    revision  bigint      NOT NULL,
    PRIMARY KEY (tenant_id, unit_id)
);
CALL make_tenant_table('evaluation', 'units');

CREATE TABLE employees (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id uuid        NOT NULL,
    name        text        NOT NULL,
    is_gone     boolean     NOT NULL,
    revision    bigint      NOT NULL,
    PRIMARY KEY (tenant_id, employee_id)
);
CALL make_tenant_table('evaluation', 'employees');

CREATE TABLE periods (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    period_id uuid        NOT NULL,
    year      integer     NOT NULL,
    kind      text        NOT NULL,
    ordinal   smallint    NOT NULL,
    is_gone   boolean     NOT NULL,
    revision  bigint      NOT NULL,
    PRIMARY KEY (tenant_id, period_id)
);
CREATE INDEX periods_by_round ON periods (tenant_id, year, kind, ordinal);
CALL make_tenant_table('evaluation', 'periods');

-- The reference version of each plan.
CREATE TABLE plans (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id           uuid        NOT NULL,
    version           integer     NOT NULL,
    employee_id       uuid        NOT NULL,
    unit_id           uuid        NOT NULL,
    heads_unit        boolean     NOT NULL,
    year              integer     NOT NULL,
    starts_on         date        NOT NULL,
    ends_on           date        NOT NULL,
    rater_employee_id uuid        NOT NULL,
    -- Indicators with their targets as approved: only ever read as a whole.
    indicators        jsonb       NOT NULL,
    is_gone           boolean     NOT NULL,
    revision          bigint      NOT NULL,
    PRIMARY KEY (tenant_id, plan_id)
);
CREATE INDEX plans_by_year ON plans (tenant_id, year, unit_id, employee_id, plan_id);
CALL make_tenant_table('evaluation', 'plans');
