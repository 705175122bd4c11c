CALL make_kit_tables('planning');

-- What planning knows of the registry, from its feed.

CREATE TABLE governments (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    name      text        NOT NULL,
    time_zone text        NOT NULL,
    revision  bigint      NOT NULL,
    CONSTRAINT governments_pkey PRIMARY KEY (tenant_id)
);
CALL make_plumbing_table('planning', 'governments');

CREATE TABLE units (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id        uuid        NOT NULL,
    parent_unit_id uuid,
    closed_on      date,
    -- The registry, asked for everything it has, did not name it.
    is_gone        boolean     NOT NULL,
    revision       bigint      NOT NULL,
    CONSTRAINT units_pkey PRIMARY KEY (tenant_id, unit_id)
);
CREATE INDEX units_by_parent ON units (tenant_id, parent_unit_id);
CALL make_tenant_table('planning', 'units');

CREATE TABLE employees (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id    uuid        NOT NULL,
    status         text        NOT NULL,
    unit_id        uuid,
    position_id    uuid,
    position_kind  text        NOT NULL,
    position_level text        NOT NULL,
    position_name  text        NOT NULL,
    heads_unit     boolean     NOT NULL,
    is_gone        boolean     NOT NULL,
    revision       bigint      NOT NULL,
    CONSTRAINT employees_pkey PRIMARY KEY (tenant_id, employee_id)
);
CALL make_tenant_table('planning', 'employees');
