-- A row per version. Revisions grow over all versions of a plan.
CREATE TABLE plans (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id              uuid        NOT NULL,
    version              integer     NOT NULL CONSTRAINT plans_version_counts CHECK (version >= 1),
    state                text        NOT NULL,
    employee_id          uuid        NOT NULL,
    period_id            uuid        NOT NULL,
    year                 integer     NOT NULL,
    unit_id              uuid        NOT NULL,
    position_id          uuid        NOT NULL,
    position_kind        text        NOT NULL,
    position_level       text        NOT NULL,
    position_name        text        NOT NULL,
    heads_unit           boolean     NOT NULL,
    starts_on            date        NOT NULL,
    ends_on              date        NOT NULL,
    approach             text        NOT NULL
        CONSTRAINT plans_approach_known CHECK (approach IN ('QUANTITATIVE', 'QUALITATIVE')),
    support              text        NOT NULL,
    accountability       text        NOT NULL,
    consequences         text        NOT NULL,
    submitted_at         timestamptz,
    window_kind          text,
    opens_at             timestamptz,
    closes_at            timestamptz,
    rater_employee_id    uuid,
    rater_on             date,
    rater_reason         text,
    escalated_at         timestamptz,
    superior_employee_id uuid,
    superior_on          date,
    superior_reason      text,
    decided_at           timestamptz,
    decided_by           uuid,
    decision             text CONSTRAINT plans_decision_known CHECK (decision IN ('APPROVED', 'RETURNED')),
    created_at           timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (tenant_id, plan_id, version),
    CONSTRAINT plans_employee UNIQUE (tenant_id, plan_id, version, employee_id),
    CONSTRAINT plans_period FOREIGN KEY (tenant_id, period_id, year) REFERENCES periods (tenant_id, period_id, year),
    CONSTRAINT plans_window FOREIGN KEY (tenant_id, period_id, window_kind, opens_at, closes_at)
        REFERENCES period_windows (tenant_id, period_id, kind, opens_at, closes_at) ON UPDATE CASCADE,
    CONSTRAINT plans_state_known CHECK (
        state IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'ESCALATED', 'APPROVED', 'SUPERSEDED', 'CLOSED')),
    CONSTRAINT plans_days CHECK (starts_on <= ends_on),
    CONSTRAINT plans_window_kind_known CHECK (window_kind IN ('PLANNING', 'AMENDMENT')),
    CONSTRAINT plans_submission_whole CHECK (
        num_nonnulls(submitted_at, window_kind, opens_at, closes_at, rater_employee_id, rater_on, rater_reason) IN (0, 7)),
    CONSTRAINT plans_escalation_whole CHECK (
        num_nonnulls(escalated_at, superior_employee_id, superior_on, superior_reason) IN (0, 4)),
    CONSTRAINT plans_decision_whole CHECK (num_nonnulls(decided_at, decided_by, decision) IN (0, 3)),
    CONSTRAINT plans_submitted_in_window CHECK (submitted_at >= opens_at AND submitted_at < closes_at),
    CONSTRAINT plans_draft_is_untouched CHECK (
        state <> 'DRAFT' OR num_nonnulls(submitted_at, escalated_at, decided_at) = 0),
    CONSTRAINT plans_submitted CHECK (state IN ('DRAFT', 'CLOSED') OR submitted_at IS NOT NULL),
    CONSTRAINT plans_escalated CHECK (state <> 'ESCALATED' OR escalated_at IS NOT NULL),
    CONSTRAINT plans_waiting_is_undecided CHECK (state NOT IN ('SUBMITTED', 'ESCALATED') OR decided_at IS NULL),
    CONSTRAINT plans_decided CHECK (
        (state <> 'RETURNED' OR decision IS NOT DISTINCT FROM 'RETURNED')
        AND (state NOT IN ('APPROVED', 'SUPERSEDED') OR decision IS NOT DISTINCT FROM 'APPROVED')),
    CONSTRAINT plans_rater_is_another CHECK (rater_employee_id <> employee_id),
    CONSTRAINT plans_superior_is_another CHECK (
        superior_employee_id <> employee_id AND superior_employee_id <> rater_employee_id),
    CONSTRAINT plans_decided_by_authority CHECK (
        decided_by IS NULL
        OR decided_by IS NOT DISTINCT FROM
            CASE WHEN escalated_at IS NULL THEN rater_employee_id ELSE superior_employee_id END)
);
-- One version in the making, and one that is the reference, for a person, a period and a position.
CREATE UNIQUE INDEX plans_one_in_the_making ON plans (tenant_id, employee_id, period_id, position_id)
    WHERE state IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'ESCALATED');
CREATE UNIQUE INDEX plans_one_reference ON plans (tenant_id, employee_id, period_id, position_id)
    WHERE state = 'APPROVED';
CREATE INDEX plans_by_unit ON plans (tenant_id, period_id, unit_id, state, employee_id, plan_id, version);
CREATE INDEX plans_by_employee ON plans (tenant_id, employee_id, year DESC, plan_id DESC, version DESC);
CREATE INDEX plans_waiting_for_rater ON plans (tenant_id, rater_employee_id, submitted_at, plan_id)
    WHERE state = 'SUBMITTED';
CREATE INDEX plans_waiting_for_superior ON plans (tenant_id, superior_employee_id, submitted_at, plan_id)
    WHERE state = 'ESCALATED';
CREATE INDEX plans_told ON plans (tenant_id, plan_id) WHERE decision = 'APPROVED' AND state IN ('APPROVED', 'CLOSED');
CALL make_tenant_table('planning', 'plans');

CREATE TABLE plan_steps (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id           uuid        NOT NULL,
    -- The revision that the step made.
    revision          bigint      NOT NULL,
    version           integer     NOT NULL,
    kind              text        NOT NULL CONSTRAINT plan_steps_kind_known CHECK (
        kind IN ('SUBMITTED', 'RETURNED', 'ESCALATED', 'APPROVED', 'CLOSED')),
    -- Unset where an officer acted who is no employee of the government.
    actor_employee_id uuid,
    taken_at          timestamptz NOT NULL,
    reason            text        NOT NULL,
    CONSTRAINT plan_steps_pkey PRIMARY KEY (tenant_id, plan_id, revision),
    CONSTRAINT plan_steps_of_plan FOREIGN KEY (tenant_id, plan_id, version) REFERENCES plans (tenant_id, plan_id, version),
    CONSTRAINT plan_steps_reason_given CHECK (kind IN ('SUBMITTED', 'APPROVED') OR reason <> ''),
    CONSTRAINT plan_steps_actor_known CHECK (kind = 'CLOSED' OR actor_employee_id IS NOT NULL)
);
CALL make_tenant_table('planning', 'plan_steps');

CREATE TABLE work_results (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id       uuid        NOT NULL,
    version       integer     NOT NULL,
    -- The same in every version that keeps the result.
    result_id     uuid        NOT NULL,
    ordinal       integer     NOT NULL,
    kind          text        NOT NULL CONSTRAINT work_results_kind_known CHECK (kind IN ('MAIN', 'ADDITIONAL')),
    scope         text        NOT NULL
        CONSTRAINT work_results_scope_known CHECK (scope IN ('ORGANISATIONAL', 'INDIVIDUAL')),
    name          text        NOT NULL,
    assigned_from text        NOT NULL,
    CONSTRAINT work_results_pkey PRIMARY KEY (tenant_id, plan_id, version, result_id),
    CONSTRAINT work_results_order UNIQUE (tenant_id, plan_id, version, ordinal),
    CONSTRAINT work_results_of_plan FOREIGN KEY (tenant_id, plan_id, version)
        REFERENCES plans (tenant_id, plan_id, version)
);
CALL make_tenant_table('planning', 'work_results');

CREATE TABLE indicators (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id       uuid        NOT NULL,
    version       integer     NOT NULL,
    -- The same in every version that keeps the indicator.
    indicator_id  uuid        NOT NULL,
    result_id     uuid        NOT NULL,
    ordinal       integer     NOT NULL,
    aspect        text        NOT NULL
        CONSTRAINT indicators_aspect_known CHECK (aspect IN ('QUANTITY', 'QUALITY', 'TIME', 'COST')),
    name          text        NOT NULL,
    polarity      text        NOT NULL
        CONSTRAINT indicators_polarity_known CHECK (polarity IN ('HIGHER', 'LOWER', 'RANGE')),
    -- In ten-thousandths of the unit.
    target_min_e4 bigint,
    target_max_e4 bigint,
    target_unit   text,
    success       text        NOT NULL,
    data_source   text        NOT NULL,
    pair          text        NOT NULL,
    CONSTRAINT indicators_pkey PRIMARY KEY (tenant_id, plan_id, version, indicator_id),
    CONSTRAINT indicators_order UNIQUE (tenant_id, plan_id, version, result_id, ordinal),
    CONSTRAINT indicators_of_result FOREIGN KEY (tenant_id, plan_id, version, result_id)
        REFERENCES work_results (tenant_id, plan_id, version, result_id),
    CONSTRAINT indicators_target_whole CHECK (num_nonnulls(target_min_e4, target_max_e4, target_unit) IN (0, 3)),
    CONSTRAINT indicators_target_order CHECK (0 <= target_min_e4 AND target_min_e4 <= target_max_e4)
);
CALL make_tenant_table('planning', 'indicators');

CREATE TABLE expectations (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id    uuid        NOT NULL,
    version    integer     NOT NULL,
    core_value text        NOT NULL CONSTRAINT expectations_core_value_known CHECK (core_value IN (
        'SERVICE_ORIENTED', 'ACCOUNTABLE', 'COMPETENT', 'HARMONIOUS', 'LOYAL', 'ADAPTIVE', 'COLLABORATIVE')),
    text       text        NOT NULL,
    CONSTRAINT expectations_pkey PRIMARY KEY (tenant_id, plan_id, version, core_value),
    CONSTRAINT expectations_of_plan FOREIGN KEY (tenant_id, plan_id, version)
        REFERENCES plans (tenant_id, plan_id, version)
);
CALL make_tenant_table('planning', 'expectations');
