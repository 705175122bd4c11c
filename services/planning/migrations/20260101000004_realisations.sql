-- One version of a government's rules by which achievements are classed (domain policy K3). Never updated.
CREATE TABLE policies (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    policy_id     text        COLLATE "C" NOT NULL CONSTRAINT policies_id_form CHECK (
        policy_id ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
    supersedes    text        COLLATE "C",
    name          text        NOT NULL,
    -- Rules the periods that end on this day or later, until the next version does.
    valid_from    date        NOT NULL,
    -- In hundredths of a percent: MEETS from here on, ABOVE beyond there.
    meets_from_e2 integer     NOT NULL,
    above_over_e2 integer     NOT NULL,
    citation      text        NOT NULL,
    created_at    timestamptz NOT NULL,
    revision      bigint      NOT NULL,
    CONSTRAINT policies_pkey PRIMARY KEY (tenant_id, policy_id),
    CONSTRAINT policies_one_a_day UNIQUE (tenant_id, valid_from),
    CONSTRAINT policies_supersedes_exists FOREIGN KEY (tenant_id, supersedes) REFERENCES policies (tenant_id, policy_id),
    CONSTRAINT policies_classes_in_order CHECK (0 < meets_from_e2 AND meets_from_e2 <= above_over_e2)
);
CALL make_tenant_table('planning', 'policies');

-- What an employee recorded of a plan in a period, under one version of the plan and of the policy.
CREATE TABLE result_sheets (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id       uuid        NOT NULL,
    period_id     uuid        NOT NULL,
    version       integer     NOT NULL,
    employee_id   uuid        NOT NULL,
    policy_id     text        COLLATE "C" NOT NULL,
    recorded_by   uuid        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    window_kind   text        NOT NULL,
    opens_at      timestamptz NOT NULL,
    closes_at     timestamptz NOT NULL,
    created_at    timestamptz NOT NULL,
    revision      bigint      NOT NULL,
    CONSTRAINT result_sheets_pkey PRIMARY KEY (tenant_id, plan_id, period_id),
    CONSTRAINT result_sheets_version UNIQUE (tenant_id, plan_id, period_id, version),
    CONSTRAINT result_sheets_of_plan FOREIGN KEY (tenant_id, plan_id, version, employee_id)
        REFERENCES plans (tenant_id, plan_id, version, employee_id),
    CONSTRAINT result_sheets_policy FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, policy_id),
    CONSTRAINT result_sheets_window FOREIGN KEY (tenant_id, period_id, window_kind, opens_at, closes_at)
        REFERENCES period_windows (tenant_id, period_id, kind, opens_at, closes_at) ON UPDATE CASCADE,
    CONSTRAINT result_sheets_window_kind_known CHECK (window_kind = 'REALISATION'),
    CONSTRAINT result_sheets_recorded_in_window CHECK (recorded_at >= opens_at AND recorded_at < closes_at),
    CONSTRAINT result_sheets_recorded_by_employee CHECK (recorded_by = employee_id)
);
CALL make_tenant_table('planning', 'result_sheets');

CREATE TABLE realisations (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    plan_id           uuid        NOT NULL,
    period_id         uuid        NOT NULL,
    indicator_id      uuid        NOT NULL,
    version           integer     NOT NULL,
    -- In ten-thousandths of the target's unit.
    value_e4          bigint,
    narrative         text        NOT NULL,
    evidence          text        NOT NULL,
    evidence_url      text        NOT NULL,
    -- The exact share of the target, what is shown of it in hundredths of a percent, and its class.
    share_numerator   bigint,
    share_denominator bigint,
    percent_e2        bigint,
    class             text,
    CONSTRAINT realisations_pkey PRIMARY KEY (tenant_id, plan_id, period_id, indicator_id),
    CONSTRAINT realisations_of_sheet FOREIGN KEY (tenant_id, plan_id, period_id, version)
        REFERENCES result_sheets (tenant_id, plan_id, period_id, version),
    CONSTRAINT realisations_of_indicator FOREIGN KEY (tenant_id, plan_id, version, indicator_id)
        REFERENCES indicators (tenant_id, plan_id, version, indicator_id),
    CONSTRAINT realisations_say_something CHECK (value_e4 IS NOT NULL OR narrative <> ''),
    CONSTRAINT realisations_value_counts CHECK (value_e4 >= 0),
    CONSTRAINT realisations_achievement_whole CHECK (
        num_nonnulls(share_numerator, share_denominator, percent_e2, class) IN (0, 4)),
    CONSTRAINT realisations_achievement_needs_value CHECK (class IS NULL OR value_e4 IS NOT NULL),
    CONSTRAINT realisations_share_positive CHECK (share_numerator >= 0 AND share_denominator > 0),
    CONSTRAINT realisations_class_known CHECK (class IN ('ABOVE', 'MEETS', 'BELOW'))
);
CALL make_tenant_table('planning', 'realisations');
