-- How long an assessment counts, which source counts before another, and whether it counts at all.
CREATE TABLE assessment_sources (
    policy_version text     NOT NULL,
    source         text     NOT NULL,
    valid_from     date     NOT NULL,
    valid_months   smallint NOT NULL CONSTRAINT assessment_sources_months_range CHECK (valid_months BETWEEN 1 AND 120),
    precedence     smallint NOT NULL,
    counts         boolean  NOT NULL,
    CONSTRAINT assessment_sources_pkey PRIMARY KEY (source, valid_from)
);
CALL make_shared_table('competency', 'assessment_sources');

INSERT INTO assessment_sources (policy_version, source, valid_from, valid_months, precedence, counts) VALUES
    ('K1', 'ASSESSMENT_CENTRE', DATE '2000-01-01', 36, 1, true),
    ('K1', 'SUPERIOR', DATE '2000-01-01', 12, 2, true),
    ('K1', 'PEERS', DATE '2000-01-01', 12, 3, true),
    ('K1', 'SELF', DATE '2000-01-01', 12, 4, false);

CREATE TABLE assessments (
    tenant_id       tenant_code NOT NULL DEFAULT current_tenant(),
    assessment_id   uuid        NOT NULL,
    employee_id     uuid        NOT NULL,
    source          text        NOT NULL CONSTRAINT assessments_source_known CHECK (
        source IN ('ASSESSMENT_CENTRE', 'SUPERIOR', 'PEERS', 'SELF')),
    assessed_on     date        NOT NULL,
    -- The last day it counts.
    valid_until     date        NOT NULL,
    policy_version  text        NOT NULL,
    ballots         integer     NOT NULL,
    note            text        NOT NULL,
    recorded_by     uuid,
    basis           text        NOT NULL,
    created_at      timestamptz NOT NULL,
    withdrawn_at    timestamptz,
    withdraw_reason text,
    revision        bigint      NOT NULL,
    CONSTRAINT assessments_pkey PRIMARY KEY (tenant_id, assessment_id),
    CONSTRAINT assessments_valid_after_assessed CHECK (valid_until > assessed_on),
    CONSTRAINT assessments_peers_heard CHECK (CASE source WHEN 'PEERS' THEN ballots >= 3 ELSE ballots = 0 END),
    CONSTRAINT assessments_of_oneself_by_oneself CHECK ((source = 'SELF') = (recorded_by IS NOT DISTINCT FROM employee_id)),
    CONSTRAINT assessments_superior_is_known CHECK (source <> 'SUPERIOR' OR recorded_by IS NOT NULL),
    CONSTRAINT assessments_withdrawn_with_reason CHECK (num_nulls(withdrawn_at, withdraw_reason) IN (0, 2))
);
CREATE UNIQUE INDEX assessments_one_a_day ON assessments (tenant_id, employee_id, source, assessed_on)
    WHERE withdrawn_at IS NULL;
CREATE INDEX assessments_by_employee ON assessments (tenant_id, employee_id, assessed_on DESC, assessment_id DESC);
CREATE INDEX assessments_by_source ON assessments (tenant_id, employee_id, source, assessed_on DESC, assessment_id DESC);
CALL make_tenant_table('competency', 'assessments');

CREATE TABLE assessment_levels (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    assessment_id uuid        NOT NULL,
    code          text COLLATE "C" NOT NULL,
    -- Zero: not even the behaviours of level 1 were seen.
    level         smallint    NOT NULL CONSTRAINT assessment_levels_range CHECK (level BETWEEN 0 AND 5),
    evidence      text        NOT NULL,
    CONSTRAINT assessment_levels_pkey PRIMARY KEY (tenant_id, assessment_id, code),
    CONSTRAINT assessment_levels_of_assessment FOREIGN KEY (tenant_id, assessment_id)
        REFERENCES assessments (tenant_id, assessment_id)
);
CALL make_tenant_table('competency', 'assessment_levels');
