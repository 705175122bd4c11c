-- One record of a person (pegawai ASN, or the elected leader) with one government.
CREATE TABLE employees (
    tenant_id       tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id     uuid        NOT NULL,
    name            text        NOT NULL CONSTRAINT employees_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    front_title     text        NOT NULL CONSTRAINT employees_front_title_length CHECK (length(front_title) <= 60),
    back_title      text        NOT NULL CONSTRAINT employees_back_title_length CHECK (length(back_title) <= 120),
    employment_kind text        NOT NULL CONSTRAINT employees_employment_kind_known CHECK (
        employment_kind IN ('PNS', 'CPNS', 'PPPK', 'PPPK_PART_TIME', 'STATE_OFFICIAL')),
    opened_on       date        NOT NULL,
    closed_on       date,
    created_at      timestamptz NOT NULL,
    revision        bigint      NOT NULL,
    PRIMARY KEY (tenant_id, employee_id),
    CONSTRAINT employees_closed_after_opened CHECK (closed_on >= opened_on)
);
-- Of a person one bucket is read, whatever the headcount; a B-tree grows by a level, and every page of a
-- list probes for each person on it. So do the indexes by employee below. Buckets are kept half empty, so that
-- hardly one overflows into a second page; and a person has about one row of each kind, whatever the planner
-- would count, so that it never prefers the B-tree.
CREATE INDEX employees_by_id ON employees USING hash (employee_id) WITH (fillfactor = 40);
ALTER TABLE employees ALTER COLUMN employee_id SET (n_distinct = -1);
CALL make_tenant_table('registry', 'employees');

-- NIP or NI PPPK by start; never a key, since a new contract brings a new number.
CREATE TABLE identity_numbers (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id uuid        NOT NULL,
    from_on     date        NOT NULL,
    number      text        COLLATE "C" NOT NULL CONSTRAINT identity_numbers_form CHECK (
        number ~ '^[0-9]{14}[12][0-9]{3}$' AND right(number, 3) <> '000'),
    PRIMARY KEY (tenant_id, employee_id, from_on),
    CONSTRAINT identity_numbers_number_unique UNIQUE (tenant_id, number),
    CONSTRAINT identity_numbers_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id)
);
CREATE INDEX identity_numbers_by_employee ON identity_numbers USING hash (employee_id) WITH (fillfactor = 40);
ALTER TABLE identity_numbers ALTER COLUMN employee_id SET (n_distinct = -1);
CALL make_tenant_table('registry', 'identity_numbers');

CREATE TABLE ranks (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id uuid        NOT NULL,
    from_on     date        NOT NULL,
    rank        text        NOT NULL CONSTRAINT ranks_rank_known CHECK (
        rank ~ '^((I|II|III)/[a-d]|IV/[a-e]|I|II|III|IV|V|VI|VII|VIII|IX|X|XI|XII|XIII|XIV|XV|XVI|XVII)$'),
    PRIMARY KEY (tenant_id, employee_id, from_on),
    CONSTRAINT ranks_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id)
);
CREATE INDEX ranks_by_employee ON ranks USING hash (employee_id) WITH (fillfactor = 40);
ALTER TABLE ranks ALTER COLUMN employee_id SET (n_distinct = -1);
CALL make_tenant_table('registry', 'ranks');

CREATE TABLE statuses (
    tenant_id    tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id  uuid        NOT NULL,
    from_on      date        NOT NULL,
    status       text        NOT NULL CONSTRAINT statuses_status_known CHECK (status IN (
        'ACTIVE', 'STUDY_LEAVE', 'UNPAID_LEAVE', 'PROTECTED_ABSENCE', 'SECONDED', 'SUSPENDED', 'PRE_RETIREMENT',
        'RETIRED', 'RESIGNED', 'DISMISSED', 'DECEASED', 'MOVED')),
    -- The kind of leave, never the health reason behind it.
    absence_kind text        CONSTRAINT statuses_absence_kind_known CHECK (
        absence_kind IN ('MATERNITY', 'SICK', 'IMPORTANT_REASON', 'MAJOR')),
    PRIMARY KEY (tenant_id, employee_id, from_on),
    CONSTRAINT statuses_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT statuses_absence_kind_given CHECK ((status = 'PROTECTED_ABSENCE') = (absence_kind IS NOT NULL))
);
CREATE INDEX statuses_by_status ON statuses (tenant_id, status, employee_id, from_on);
CREATE INDEX statuses_by_employee ON statuses USING hash (employee_id) WITH (fillfactor = 40);
ALTER TABLE statuses ALTER COLUMN employee_id SET (n_distinct = -1);
CALL make_tenant_table('registry', 'statuses');

-- A change that takes effect later is announced again on its day.
CREATE TABLE due_changes (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    due_on      date        NOT NULL,
    -- An employee, a unit, or the government as a whole.
    resource_id uuid        NOT NULL,
    -- Whether reporting lines of people, in units, or of everybody change with it.
    of_lines    boolean     NOT NULL,
    PRIMARY KEY (tenant_id, due_on, resource_id)
);
CREATE INDEX due_changes_by_day ON due_changes (due_on, tenant_id, resource_id);
CALL make_plumbing_table('registry', 'due_changes');

-- A name with its titles, as forms print it.
CREATE FUNCTION display_name(front_title text, name text, back_title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN front_title = '' THEN '' ELSE front_title || ' ' END
        || name
        || CASE WHEN back_title = '' THEN '' ELSE ', ' || back_title END;
