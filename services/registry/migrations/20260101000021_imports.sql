-- A delivery of a personnel export, staged until it is merged.
CREATE TABLE imports (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    -- The request id of the caller.
    import_id      uuid        NOT NULL,
    caller         text        NOT NULL,
    mode           text        NOT NULL CONSTRAINT imports_mode_known CHECK (mode IN ('ALL_OR_NOTHING', 'GOOD_ROWS')),
    dry_run        boolean     NOT NULL,
    create_units   boolean     NOT NULL,
    as_of          date        NOT NULL,
    state          text        NOT NULL CONSTRAINT imports_state_known CHECK (
        state IN ('RECEIVING', 'CHECKING', 'MERGING', 'LINKING', 'DONE', 'REFUSED')),
    -- The header line of the file, null until it was read.
    header_line    text,
    -- How far it has come: bytes and rows staged, rows checked, merged, and linked to superiors.
    received_bytes bigint      NOT NULL,
    received_rows  bigint      NOT NULL,
    checked_rows   bigint      NOT NULL,
    merged_rows    bigint      NOT NULL,
    linked_rows    bigint      NOT NULL,
    created        bigint      NOT NULL,
    updated        bigint      NOT NULL,
    unchanged      bigint      NOT NULL,
    refused        bigint      NOT NULL,
    faults         bigint      NOT NULL,
    units_created     bigint   NOT NULL,
    positions_created bigint   NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, import_id),
    CONSTRAINT imports_in_order CHECK (checked_rows <= received_rows AND merged_rows <= checked_rows
        AND linked_rows <= merged_rows),
    CONSTRAINT imports_dry_run_merges_nothing CHECK (NOT dry_run OR merged_rows = 0)
);
CREATE INDEX imports_by_time ON imports (tenant_id, created_at, import_id);
CALL make_plumbing_table('registry', 'imports');

-- The cells of a row, read and judged one by one. Of a refused row what could be read.
CREATE TABLE import_rows (
    tenant_id       tenant_code NOT NULL DEFAULT current_tenant(),
    import_id       uuid        NOT NULL,
    row_no          bigint      NOT NULL,
    refused         boolean     NOT NULL,
    number          text        COLLATE "C",
    -- The ids that a new employee, its assignment and its event get.
    employee_id     uuid        NOT NULL,
    assignment_id   uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    opened_on       date,
    name            text,
    front_title     text,
    back_title      text,
    -- The rows of name_words, joined by line feeds.
    tails           text,
    employment_kind text,
    rank            text,
    rank_from       date,
    status          text,
    absence_kind    text,
    status_from     date,
    position_id     uuid,
    unit_id         uuid,
    position_kind   text,
    heads_unit      boolean     NOT NULL,
    assignment_kind text        NOT NULL,
    assignment_from date,
    superior        text        COLLATE "C",
    -- The EmployeeChanged of a new employee.
    event           bytea,
    -- No foreign key to the import: rows come and go with it by the tens of thousands.
    PRIMARY KEY (tenant_id, import_id, row_no)
);
CREATE INDEX import_rows_by_number ON import_rows (tenant_id, import_id, number, row_no);
-- Posts that one person at a time holds or acts for.
CREATE INDEX import_rows_by_single_post ON import_rows (tenant_id, import_id, position_id, row_no)
    WHERE heads_unit OR assignment_kind <> 'DEFINITIVE';
CALL make_plumbing_table('registry', 'import_rows');

-- Statistics of the staged rows and of tables that have doubled since theirs were taken: without them every
-- lookup by any index seems to find one row. Who serves may not ANALYZE.
CREATE FUNCTION analyze_for_import() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    outgrown text;
BEGIN
    ANALYZE import_rows (import_id, row_no, number, superior, position_id, assignment_kind, heads_unit);
    FOR outgrown IN
        SELECT relname
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
            AND relname IN ('employees', 'identity_numbers', 'ranks', 'statuses', 'positions', 'assignments',
                'name_words', 'reporting_lines')
            AND pg_relation_size(oid) > 2 * current_setting('block_size')::bigint * greatest(relpages, 1)
    LOOP
        EXECUTE format('ANALYZE %I', outgrown);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION analyze_for_import() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyze_for_import() TO registry_app;

-- Units and positions that a file names and the registry has not.
CREATE TABLE import_units (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    import_id   uuid        NOT NULL,
    unit_id     uuid        NOT NULL,
    code        text        NOT NULL,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    parent_code text,
    -- The row that named it first.
    row_no      bigint      NOT NULL,
    PRIMARY KEY (tenant_id, import_id, unit_id),
    CONSTRAINT import_units_import_exists FOREIGN KEY (tenant_id, import_id)
        REFERENCES imports (tenant_id, import_id) ON DELETE CASCADE
);
CALL make_plumbing_table('registry', 'import_units');

CREATE TABLE import_positions (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    import_id   uuid        NOT NULL,
    position_id uuid        NOT NULL,
    unit_id     uuid        NOT NULL,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    level       text,
    class       smallint,
    heads_unit  boolean     NOT NULL,
    PRIMARY KEY (tenant_id, import_id, position_id),
    CONSTRAINT import_positions_import_exists FOREIGN KEY (tenant_id, import_id)
        REFERENCES imports (tenant_id, import_id) ON DELETE CASCADE
);
CALL make_plumbing_table('registry', 'import_positions');

CREATE TABLE import_faults (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    import_id uuid        NOT NULL,
    row_no    bigint      NOT NULL,
    -- The column of the file from 1; 0 for the whole row.
    place     integer     NOT NULL,
    -- The column of the published list, null for the whole row.
    heading   text,
    code      text        NOT NULL,
    -- The cell as it came, the digits of numbers masked.
    value     text        NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row_no, place, code),
    CONSTRAINT import_faults_import_exists FOREIGN KEY (tenant_id, import_id)
        REFERENCES imports (tenant_id, import_id) ON DELETE CASCADE
);
CALL make_plumbing_table('registry', 'import_faults');
