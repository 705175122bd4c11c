CALL make_kit_tables('registry');

-- Governments served by this deployment: no personal data, read by every tenant for its own time zone.
CREATE TABLE tenants (
    tenant_id  tenant_code NOT NULL PRIMARY KEY,
    name       text        NOT NULL CONSTRAINT tenants_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    time_zone  text        NOT NULL CONSTRAINT tenants_time_zone_indonesian CHECK (
        time_zone IN ('Asia/Jakarta', 'Asia/Pontianak', 'Asia/Makassar', 'Asia/Jayapura')),
    created_at timestamptz NOT NULL,
    revision   bigint      NOT NULL
);
CALL make_shared_table('registry', 'tenants');

-- Settings of a government, by the day they begin to rule; the first version also rules what lies before it.
CREATE TABLE policy_versions (
    tenant_id          tenant_code NOT NULL DEFAULT current_tenant(),
    from_on            date        NOT NULL,
    version            integer     NOT NULL CONSTRAINT policy_versions_version_positive CHECK (version > 0),
    lowest_rater_kind  text        NOT NULL CONSTRAINT policy_versions_lowest_rater_kind_known CHECK (
        lowest_rater_kind IN ('PENGAWAS', 'ADMINISTRATOR', 'JPT')),
    delegation_allowed boolean     NOT NULL,
    working_week       smallint    NOT NULL CONSTRAINT policy_versions_working_week_known CHECK (working_week IN (5, 6)),
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, from_on),
    CONSTRAINT policy_versions_version_unique UNIQUE (tenant_id, version)
);
CALL make_tenant_table('registry', 'policy_versions');

-- Which days count for which clock, and how many of them it runs.
CREATE TABLE policy_clocks (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    version   integer     NOT NULL,
    clock     text        NOT NULL CONSTRAINT policy_clocks_clock_known CHECK (
        clock IN ('EVALUATION_HANDOVER', 'EVALUATION_RETURN', 'RATER_QUESTION', 'COMPLAINT')),
    counts    text        NOT NULL CONSTRAINT policy_clocks_counts_known CHECK (
        counts IN ('CALENDAR_DAYS', 'GOVERNMENT_WORKING_DAYS', 'UNIT_WORKING_DAYS')),
    days      smallint    CONSTRAINT policy_clocks_days_range CHECK (days BETWEEN 1 AND 366),
    PRIMARY KEY (tenant_id, version, clock),
    CONSTRAINT policy_clocks_version_exists FOREIGN KEY (tenant_id, version)
        REFERENCES policy_versions (tenant_id, version),
    -- The days of a complaint follow its class, which the evaluation service knows.
    CONSTRAINT policy_clocks_days_given CHECK ((clock = 'COMPLAINT') = (days IS NULL))
);
CALL make_tenant_table('registry', 'policy_clocks');
