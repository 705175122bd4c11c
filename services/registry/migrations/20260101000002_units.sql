-- A node of the tree of units (unor). What it is called and where it hangs is kept by start.
CREATE TABLE units (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id    uuid        NOT NULL,
    code       text        COLLATE "C" CONSTRAINT units_code_length CHECK (length(code) BETWEEN 1 AND 64),
    kind       text        NOT NULL CONSTRAINT units_kind_known CHECK (kind IN (
        'GOVERNMENT', 'SECRETARIAT', 'COUNCIL_SECRETARIAT', 'INSPECTORATE', 'DEPARTMENT', 'AGENCY', 'DISTRICT',
        'SUBDISTRICT', 'DIVISION', 'SECTION', 'TECHNICAL_UNIT', 'HOSPITAL', 'HEALTH_CENTRE', 'SCHOOL', 'OTHER')),
    opened_on  date        NOT NULL,
    closed_on  date,
    created_at timestamptz NOT NULL,
    revision   bigint      NOT NULL,
    PRIMARY KEY (tenant_id, unit_id),
    CONSTRAINT units_code_unique UNIQUE (tenant_id, code),
    CONSTRAINT units_tenant_exists FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT units_closed_after_opened CHECK (closed_on > opened_on)
);
CALL make_tenant_table('registry', 'units');

CREATE TABLE unit_names (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id   uuid        NOT NULL,
    from_on   date        NOT NULL,
    name      text        NOT NULL CONSTRAINT unit_names_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    PRIMARY KEY (tenant_id, unit_id, from_on),
    CONSTRAINT unit_names_unit_exists FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, unit_id)
);
CALL make_tenant_table('registry', 'unit_names');

CREATE TABLE unit_parents (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id        uuid        NOT NULL,
    from_on        date        NOT NULL,
    -- Null for a root.
    parent_unit_id uuid,
    -- With the parent in it, so that nobody looks through the index below for the way up.
    PRIMARY KEY (tenant_id, unit_id, from_on) INCLUDE (parent_unit_id),
    CONSTRAINT unit_parents_unit_exists FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, unit_id),
    CONSTRAINT unit_parents_parent_exists FOREIGN KEY (tenant_id, parent_unit_id) REFERENCES units (tenant_id, unit_id),
    CONSTRAINT unit_parents_not_itself CHECK (parent_unit_id <> unit_id)
);
CREATE INDEX unit_parents_by_parent ON unit_parents (tenant_id, parent_unit_id, unit_id, from_on);
CALL make_tenant_table('registry', 'unit_parents');

-- The unit that follows in a tree that is open on a day, as the way from its root down; null behind the last.
-- A unit comes before those below it, and those of one parent by id: a page of a tree reads no more than it gives.
CREATE FUNCTION next_unit(path uuid[], day date) RETURNS uuid[]
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    next uuid;
BEGIN
    FOR depth IN REVERSE least(cardinality(path), 32)..1 LOOP
        SELECT p.unit_id INTO next
        FROM unit_parents p
        JOIN units u USING (tenant_id, unit_id)
        WHERE p.parent_unit_id = path[depth]
            AND p.unit_id > coalesce(path[depth + 1], '00000000-0000-0000-0000-000000000000')
            AND u.opened_on <= day AND (u.closed_on IS NULL OR u.closed_on > day)
            AND p.from_on = (
                SELECT max(newest.from_on) FROM unit_parents newest
                WHERE newest.tenant_id = p.tenant_id AND newest.unit_id = p.unit_id AND newest.from_on <= day)
        ORDER BY p.unit_id
        LIMIT 1;
        IF FOUND THEN
            RETURN path[:depth] || next;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Days that are not working days for the whole government, a year at a time.
CREATE TABLE calendar_years (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    year       smallint    NOT NULL CONSTRAINT calendar_years_year_range CHECK (year BETWEEN 2000 AND 2200),
    created_at timestamptz NOT NULL,
    revision   bigint      NOT NULL,
    PRIMARY KEY (tenant_id, year)
);
CALL make_tenant_table('registry', 'calendar_years');

CREATE TABLE holidays (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    holiday_on date        NOT NULL,
    year       smallint    NOT NULL,
    kind       text        NOT NULL CONSTRAINT holidays_kind_known CHECK (kind IN ('NATIONAL', 'COLLECTIVE_LEAVE')),
    name       text        NOT NULL CONSTRAINT holidays_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    PRIMARY KEY (tenant_id, holiday_on),
    CONSTRAINT holidays_year_exists FOREIGN KEY (tenant_id, year) REFERENCES calendar_years (tenant_id, year),
    CONSTRAINT holidays_in_year CHECK (date_part('year', holiday_on) = year)
);
CALL make_tenant_table('registry', 'holidays');

-- What a unit, and the units below it, does otherwise than the government.
CREATE TABLE unit_calendars (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    revision   bigint      NOT NULL,
    PRIMARY KEY (tenant_id, unit_id),
    CONSTRAINT unit_calendars_unit_exists FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, unit_id)
);
CALL make_tenant_table('registry', 'unit_calendars');

CREATE TABLE unit_working_weeks (
    tenant_id    tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id      uuid        NOT NULL,
    from_on      date        NOT NULL,
    working_week smallint    NOT NULL CONSTRAINT unit_working_weeks_week_known CHECK (working_week IN (5, 6)),
    PRIMARY KEY (tenant_id, unit_id, from_on),
    CONSTRAINT unit_working_weeks_calendar_exists FOREIGN KEY (tenant_id, unit_id)
        REFERENCES unit_calendars (tenant_id, unit_id)
);
CALL make_tenant_table('registry', 'unit_working_weeks');

CREATE TABLE unit_calendar_days (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    unit_id   uuid        NOT NULL,
    day_on    date        NOT NULL,
    works     boolean     NOT NULL,
    name      text        NOT NULL CONSTRAINT unit_calendar_days_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    PRIMARY KEY (tenant_id, unit_id, day_on),
    CONSTRAINT unit_calendar_days_calendar_exists FOREIGN KEY (tenant_id, unit_id)
        REFERENCES unit_calendars (tenant_id, unit_id)
);
CALL make_tenant_table('registry', 'unit_calendar_days');
