-- An explicit edge by its start; no rater means that the line follows the units again.
CREATE TABLE reporting_lines (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id       uuid        NOT NULL,
    from_on           date        NOT NULL,
    rater_employee_id uuid,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, employee_id, from_on),
    CONSTRAINT reporting_lines_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT reporting_lines_rater_exists FOREIGN KEY (tenant_id, rater_employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT reporting_lines_never_oneself CHECK (rater_employee_id <> employee_id)
);
CREATE INDEX reporting_lines_by_rater ON reporting_lines (tenant_id, rater_employee_id, employee_id, from_on);
CALL make_tenant_table('registry', 'reporting_lines');

-- The instrument that lets somebody below the lowest rating level rate: a person, or whoever holds a position.
CREATE TABLE delegations (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    delegation_id     uuid        NOT NULL,
    employee_id       uuid,
    position_id       uuid,
    instrument_number text        NOT NULL CONSTRAINT delegations_instrument_number_length CHECK (
        length(btrim(instrument_number)) BETWEEN 1 AND 100),
    instrument_on     date        NOT NULL,
    from_on           date        NOT NULL,
    until_on          date        NOT NULL,
    created_at        timestamptz NOT NULL,
    revision          bigint      NOT NULL,
    PRIMARY KEY (tenant_id, delegation_id),
    CONSTRAINT delegations_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT delegations_position_exists FOREIGN KEY (tenant_id, position_id)
        REFERENCES positions (tenant_id, position_id),
    CONSTRAINT delegations_one_delegate CHECK (num_nonnulls(employee_id, position_id) = 1),
    CONSTRAINT delegations_until_after_from CHECK (until_on > from_on)
);
CREATE INDEX delegations_by_employee ON delegations (tenant_id, employee_id, from_on) WHERE employee_id IS NOT NULL;
CREATE INDEX delegations_by_position ON delegations (tenant_id, position_id, from_on) WHERE position_id IS NOT NULL;
CALL make_tenant_table('registry', 'delegations');

-- A rater stands aside for one employee: to a delegate named by an instrument, else to the next superior.
CREATE TABLE recusals (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    recusal_id           uuid        NOT NULL,
    employee_id          uuid        NOT NULL,
    rater_employee_id    uuid        NOT NULL,
    delegate_employee_id uuid,
    instrument_number    text        CONSTRAINT recusals_instrument_number_length CHECK (
        length(btrim(instrument_number)) BETWEEN 1 AND 100),
    instrument_on        date,
    reason               text        NOT NULL CONSTRAINT recusals_reason_length CHECK (
        length(btrim(reason)) BETWEEN 1 AND 1000),
    from_on              date        NOT NULL,
    until_on             date,
    created_at           timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    PRIMARY KEY (tenant_id, recusal_id),
    CONSTRAINT recusals_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT recusals_rater_exists FOREIGN KEY (tenant_id, rater_employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT recusals_delegate_exists FOREIGN KEY (tenant_id, delegate_employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT recusals_never_oneself CHECK (
        rater_employee_id <> employee_id AND delegate_employee_id <> employee_id
        AND delegate_employee_id <> rater_employee_id),
    CONSTRAINT recusals_delegate_by_instrument CHECK (
        num_nonnulls(delegate_employee_id, instrument_number, instrument_on) IN (0, 3)),
    CONSTRAINT recusals_until_after_from CHECK (until_on > from_on)
);
CREATE INDEX recusals_by_employee ON recusals (tenant_id, employee_id, from_on);
CREATE INDEX recusals_by_delegate ON recusals (tenant_id, delegate_employee_id);
CALL make_tenant_table('registry', 'recusals');

-- The instrument that, on a day, lets a person or the holder of a position rate.
CREATE FUNCTION delegation_on(employee uuid, held_position uuid, day date)
    RETURNS TABLE (instrument_number text, instrument_on date)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.instrument_number, d.instrument_on
    FROM delegations d
    WHERE (d.employee_id = employee OR d.position_id = held_position) AND d.from_on <= day AND d.until_on > day
    ORDER BY d.from_on DESC, d.delegation_id
    LIMIT 1;
END;

-- The highest office that a person holds or acts in on a day.
CREATE FUNCTION office_on(employee uuid, day date)
    RETURNS TABLE (position_id uuid, position_name text, position_kind text, capacity text,
        instrument_number text, instrument_on date)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT p.position_id, p.name, p.kind, a.kind, d.instrument_number, d.instrument_on
    FROM assignments a
    JOIN positions p ON p.tenant_id = a.tenant_id AND p.position_id = a.position_id
    LEFT JOIN LATERAL delegation_on(a.employee_id, a.position_id, day) d ON true
    WHERE a.employee_id = employee AND a.from_on <= day AND (a.until_on IS NULL OR a.until_on > day)
    ORDER BY array_position(ARRAY['REGIONAL_LEADER', 'JPT', 'ADMINISTRATOR', 'PENGAWAS'], p.kind),
        d.instrument_on IS NULL, a.kind
    LIMIT 1;
END;
