-- What the neighbours' feeds told: only what this service's rules and lists need. No names. What a source no
-- longer knows is marked as gone, never deleted.
CREATE TABLE governments (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    time_zone text        NOT NULL,
    revision  bigint      NOT NULL,
    CONSTRAINT governments_pkey PRIMARY KEY (tenant_id)
);
CALL make_tenant_table('competency', 'governments');

CREATE TABLE units (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id        uuid        NOT NULL,
    parent_unit_id uuid,
    is_gone        boolean     NOT NULL,
    revision       bigint      NOT NULL,
    CONSTRAINT units_pkey PRIMARY KEY (tenant_id, unit_id)
);
CALL make_tenant_table('competency', 'units');

CREATE TABLE employees (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id    uuid        NOT NULL,
    unit_id        uuid,
    position_id    uuid,
    position_kind  text,
    position_level text,
    heads_unit     boolean     NOT NULL,
    is_gone        boolean     NOT NULL,
    revision       bigint      NOT NULL,
    CONSTRAINT employees_pkey PRIMARY KEY (tenant_id, employee_id),
    CONSTRAINT employees_position_whole CHECK (num_nulls(unit_id, position_id, position_kind, position_level) IN (0, 4))
);
CREATE INDEX employees_by_unit ON employees (tenant_id, unit_id, employee_id);
CALL make_tenant_table('competency', 'employees');

-- Evaluations that became final. While the employee is not known yet, the gap waits for the registry.
CREATE TABLE evaluations (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id uuid        NOT NULL,
    employee_id   uuid        NOT NULL,
    year          integer     NOT NULL,
    predicate     text        NOT NULL,
    finalised_at  timestamptz NOT NULL,
    gap_pending   boolean     NOT NULL,
    revision      bigint      NOT NULL,
    CONSTRAINT evaluations_pkey PRIMARY KEY (tenant_id, evaluation_id),
    CONSTRAINT evaluations_predicate_known CHECK (
        predicate IN ('VERY_GOOD', 'GOOD', 'NEEDS_IMPROVEMENT', 'POOR', 'VERY_POOR'))
);
CREATE INDEX evaluations_gap_pending ON evaluations (tenant_id, employee_id) WHERE gap_pending;
CALL make_tenant_table('competency', 'evaluations');
