-- What is proposed for a need until employee and superior say otherwise, by kind of competency (empty: none
-- was named) and the levels that are missing at least.
CREATE TABLE proposed_activities (
    policy_version  text     NOT NULL,
    competency_kind text     NOT NULL,
    missing_from    smallint NOT NULL,
    activity        text     NOT NULL,
    CONSTRAINT proposed_activities_pkey PRIMARY KEY (competency_kind, missing_from)
);
CALL make_shared_table('competency', 'proposed_activities');

INSERT INTO proposed_activities (policy_version, competency_kind, missing_from, activity) VALUES
    ('K1', '', 0, 'Bimbingan oleh atasan langsung'),
    ('K1', 'MANAGERIAL', 0, 'Coaching oleh atasan langsung'),
    ('K1', 'MANAGERIAL', 1, 'E-learning manajerial dan coaching oleh atasan langsung'),
    ('K1', 'MANAGERIAL', 2, 'Pelatihan manajerial klasikal dan mentoring'),
    ('K1', 'SOCIO_CULTURAL', 0, 'Komunitas belajar lintas unit'),
    ('K1', 'SOCIO_CULTURAL', 1, 'Pelatihan sosial kultural'),
    ('K1', 'TECHNICAL', 0, 'Bimbingan di tempat kerja'),
    ('K1', 'TECHNICAL', 1, 'Bimbingan teknis dan bimbingan di tempat kerja'),
    ('K1', 'TECHNICAL', 2, 'Pelatihan teknis klasikal dan magang');

CREATE TABLE development_plans (
    tenant_id             tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id               uuid        NOT NULL,
    employee_id           uuid        NOT NULL,
    year                  integer     NOT NULL,
    unit_id               uuid,
    state                 text        NOT NULL CONSTRAINT development_plans_state_known CHECK (
        state IN ('PROPOSED', 'AGREED', 'CLOSED')),
    employee_consented_at timestamptz,
    superior_id           uuid,
    superior_consented_at timestamptz,
    superior_basis        text,
    created_at            timestamptz NOT NULL,
    revision              bigint      NOT NULL,
    CONSTRAINT development_plans_pkey PRIMARY KEY (tenant_id, plan_id),
    CONSTRAINT development_plans_one_a_year UNIQUE (tenant_id, employee_id, year),
    CONSTRAINT development_plans_superior_whole CHECK (
        num_nulls(superior_id, superior_consented_at, superior_basis) IN (0, 3)),
    CONSTRAINT development_plans_superior_is_another CHECK (superior_id <> employee_id),
    CONSTRAINT development_plans_agreed_by_both CHECK (
        state <> 'AGREED' OR (employee_consented_at IS NOT NULL AND superior_consented_at IS NOT NULL)),
    CONSTRAINT development_plans_agreed_once_both_did CHECK (
        state <> 'PROPOSED' OR employee_consented_at IS NULL OR superior_consented_at IS NULL)
);
CREATE INDEX development_plans_by_unit ON development_plans (tenant_id, unit_id, plan_id);
CREATE INDEX development_plans_by_unit_and_state ON development_plans (tenant_id, unit_id, state, plan_id);
CREATE INDEX development_plans_by_state ON development_plans (tenant_id, state, plan_id);
CALL make_tenant_table('competency', 'development_plans');

CREATE TABLE development_needs (
    tenant_id       tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id         uuid        NOT NULL,
    need_id         uuid        NOT NULL,
    competency_code text COLLATE "C",
    origin          text        NOT NULL CONSTRAINT development_needs_origin_known CHECK (
        origin IN ('GAP', 'RATER', 'ADDED')),
    reason          text        NOT NULL,
    evaluation_id   uuid,
    required_level  smallint,
    found_level     smallint,
    activity        text        NOT NULL,
    due_on          date,
    state           text        NOT NULL CONSTRAINT development_needs_state_known CHECK (
        state IN ('PLANNED', 'AGREED', 'STARTED', 'DONE', 'DROPPED')),
    outcome         text,
    state_at        timestamptz NOT NULL,
    CONSTRAINT development_needs_pkey PRIMARY KEY (tenant_id, plan_id, need_id),
    CONSTRAINT development_needs_of_plan FOREIGN KEY (tenant_id, plan_id)
        REFERENCES development_plans (tenant_id, plan_id),
    CONSTRAINT development_needs_of_evaluation FOREIGN KEY (tenant_id, evaluation_id)
        REFERENCES evaluations (tenant_id, evaluation_id),
    CONSTRAINT development_needs_made_by_evaluation CHECK ((origin = 'ADDED') = (evaluation_id IS NULL)),
    CONSTRAINT development_needs_gap_has_levels CHECK (CASE origin
        WHEN 'GAP' THEN competency_code IS NOT NULL AND num_nulls(required_level, found_level) = 0
            AND found_level < required_level
        ELSE num_nulls(required_level, found_level) = 2 END),
    CONSTRAINT development_needs_settled_with_outcome CHECK (
        (state IN ('DONE', 'DROPPED')) = (outcome IS NOT NULL))
);
CREATE UNIQUE INDEX development_needs_gap_once ON development_needs (tenant_id, plan_id, competency_code)
    WHERE origin = 'GAP';
-- The rater's sentence by its hash: a sentence is longer than an index entry may be.
CREATE UNIQUE INDEX development_needs_rater_once ON development_needs (tenant_id, plan_id, md5(reason))
    WHERE origin = 'RATER';
CALL make_tenant_table('competency', 'development_needs');
