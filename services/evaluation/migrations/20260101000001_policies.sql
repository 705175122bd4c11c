CALL make_kit_tables('evaluation');

-- One version of a government's evaluation policy: the numbers of rules K1, K3, K5, K7 and K12. Never updated.
-- Percentages are scaled by 10,000.
CREATE TABLE policies (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    policy_id            text        COLLATE "C" NOT NULL CONSTRAINT policies_id_form CHECK (
        policy_id ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
    supersedes           text        COLLATE "C",
    name                 text        NOT NULL,
    valid_from           date        NOT NULL,
    shown_decimals       smallint    NOT NULL CONSTRAINT policies_shown_decimals_range CHECK (shown_decimals BETWEEN 0 AND 4),
    above_over_e4        bigint      NOT NULL,
    meets_from_e4        bigint      NOT NULL CONSTRAINT policies_meets_from_not_negative CHECK (meets_from_e4 >= 0),
    majority_over_e4     bigint      NOT NULL CONSTRAINT policies_majority_range CHECK (
        majority_over_e4 BETWEEN 0 AND 999999),
    mean_cap_e4          bigint      NOT NULL CONSTRAINT policies_mean_cap_positive CHECK (mean_cap_e4 > 0),
    behaviour_above_from smallint    NOT NULL CONSTRAINT policies_behaviour_range CHECK (behaviour_above_from BETWEEN 1 AND 7),
    objection_days       smallint    NOT NULL CONSTRAINT policies_objection_days_range CHECK (objection_days BETWEEN 1 AND 366),
    objection_clock      text        NOT NULL CONSTRAINT policies_objection_clock_known CHECK (
        objection_clock IN ('CALENDAR_DAYS', 'WORKING_DAYS')),
    created_at           timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    PRIMARY KEY (tenant_id, policy_id),
    CONSTRAINT policies_supersedes_exists FOREIGN KEY (tenant_id, supersedes) REFERENCES policies (tenant_id, policy_id),
    CONSTRAINT policies_classes_in_order CHECK (meets_from_e4 <= above_over_e4)
);
CREATE INDEX policies_by_validity ON policies (tenant_id, valid_from, policy_id);
CALL make_tenant_table('evaluation', 'policies');

-- Rule K8: what the matrix makes of two ratings. Nine rows a version.
CREATE TABLE policy_cells (
    tenant_id        tenant_code NOT NULL DEFAULT current_tenant(),
    policy_id        text        COLLATE "C" NOT NULL,
    results_rating   text        NOT NULL CONSTRAINT policy_cells_results_known CHECK (
        results_rating IN ('ABOVE', 'MEETS', 'BELOW')),
    behaviour_rating text        NOT NULL CONSTRAINT policy_cells_behaviour_known CHECK (
        behaviour_rating IN ('ABOVE', 'MEETS', 'BELOW')),
    predicate        text        NOT NULL CONSTRAINT policy_cells_predicate_known CHECK (
        predicate IN ('VERY_GOOD', 'GOOD', 'NEEDS_IMPROVEMENT', 'POOR', 'VERY_POOR')),
    PRIMARY KEY (tenant_id, policy_id, results_rating, behaviour_rating),
    -- What a result refers to: a predicate that is not its cell's cannot be stored.
    CONSTRAINT policy_cells_with_predicate UNIQUE (tenant_id, policy_id, results_rating, behaviour_rating, predicate),
    CONSTRAINT policy_cells_policy_exists FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, policy_id)
);
CALL make_tenant_table('evaluation', 'policy_cells');

-- What each rule says, and who says so.
CREATE TABLE policy_rules (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    policy_id  text        COLLATE "C" NOT NULL,
    rule       text        NOT NULL CONSTRAINT policy_rules_rule_form CHECK (rule ~ '^K[0-9]{1,2}$'),
    source     text        NOT NULL CONSTRAINT policy_rules_source_known CHECK (source IN ('LAW', 'READING')),
    citation   text        NOT NULL,
    indonesian text        NOT NULL,
    english    text        NOT NULL,
    PRIMARY KEY (tenant_id, policy_id, rule),
    CONSTRAINT policy_rules_policy_exists FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, policy_id)
);
CALL make_tenant_table('evaluation', 'policy_rules');
