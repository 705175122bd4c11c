-- Who holds a position (penempatan): definitively, or acting as Plt (vacant) or Plh (holder absent).
CREATE TABLE assignments (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    assignment_id     uuid        NOT NULL,
    employee_id       uuid        NOT NULL,
    position_id       uuid        NOT NULL,
    unit_id           uuid        NOT NULL,
    position_kind     text        NOT NULL,
    kind              text        NOT NULL CONSTRAINT assignments_kind_known CHECK (kind IN ('DEFINITIVE', 'PLT', 'PLH')),
    from_on           date        NOT NULL,
    -- The first day on which it no longer holds.
    until_on          date,
    instrument_number text        NOT NULL CONSTRAINT assignments_instrument_number_length CHECK (
        length(instrument_number) <= 100),
    created_at        timestamptz NOT NULL,
    revision          bigint      NOT NULL,
    PRIMARY KEY (tenant_id, assignment_id),
    CONSTRAINT assignments_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT assignments_position_exists FOREIGN KEY (tenant_id, position_id, unit_id, position_kind)
        REFERENCES positions (tenant_id, position_id, unit_id, kind) ON UPDATE CASCADE,
    CONSTRAINT assignments_until_after_from CHECK (until_on > from_on),
    -- An open row against a closed one is judged under the lock of the employee's row.
    CONSTRAINT assignments_one_definitive_at_a_time EXCLUDE USING gist (
        employee_id WITH =, tenant_id WITH =, daterange(from_on, until_on) WITH &&)
        WHERE (kind = 'DEFINITIVE' AND until_on IS NOT NULL)
);
CREATE UNIQUE INDEX assignments_one_definitive_open ON assignments (tenant_id, employee_id)
    WHERE kind = 'DEFINITIVE' AND until_on IS NULL;
CREATE UNIQUE INDEX assignments_one_acting_open ON assignments (tenant_id, position_id)
    WHERE kind <> 'DEFINITIVE' AND until_on IS NULL;
CREATE INDEX assignments_by_employee ON assignments USING hash (employee_id) WITH (fillfactor = 40);
ALTER TABLE assignments ALTER COLUMN employee_id SET (n_distinct = -1);
CREATE INDEX assignments_by_position ON assignments (tenant_id, position_id);
CREATE INDEX assignments_by_unit ON assignments (tenant_id, unit_id, employee_id, from_on) WHERE kind = 'DEFINITIVE';
CREATE INDEX assignments_by_position_kind ON assignments (tenant_id, position_kind, employee_id, from_on)
    WHERE kind = 'DEFINITIVE';
CALL make_tenant_table('registry', 'assignments');

-- A record closed because its person goes to another government ...
CREATE TABLE departures (
    tenant_id           tenant_code NOT NULL DEFAULT current_tenant(),
    arrival_id          uuid        NOT NULL,
    employee_id         uuid        NOT NULL,
    destination         tenant_code NOT NULL,
    left_on             date        NOT NULL,
    created_at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, arrival_id),
    CONSTRAINT departures_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT departures_elsewhere CHECK (destination <> tenant_id)
);
CREATE INDEX departures_by_employee ON departures (tenant_id, employee_id);
CALL make_tenant_table('registry', 'departures');

-- ... and what that government needs to open one of its own.
CREATE TABLE arrivals (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    arrival_id           uuid        NOT NULL,
    origin               tenant_code NOT NULL,
    origin_employee_id   uuid        NOT NULL,
    left_on              date        NOT NULL,
    name                 text        NOT NULL,
    front_title          text        NOT NULL,
    back_title           text        NOT NULL,
    employment_kind      text        NOT NULL,
    identity_number      text        COLLATE "C",
    rank                 text,
    rank_from_on         date,
    admitted_employee_id uuid,
    created_at           timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    PRIMARY KEY (tenant_id, arrival_id),
    CONSTRAINT arrivals_admitted_employee_exists FOREIGN KEY (tenant_id, admitted_employee_id)
        REFERENCES employees (tenant_id, employee_id)
);
CREATE INDEX arrivals_waiting ON arrivals (tenant_id, arrival_id) WHERE admitted_employee_id IS NULL;
CALL make_tenant_table('registry', 'arrivals');
