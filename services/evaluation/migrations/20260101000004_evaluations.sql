-- The evaluation of one plan in one cycle, or of a part of its days.
CREATE TABLE evaluations (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id        uuid        NOT NULL,
    employee_id          uuid        NOT NULL,
    plan_id              uuid        NOT NULL,
    cycle_id             uuid        NOT NULL,
    policy_id            text        COLLATE "C" NOT NULL,
    year                 integer     NOT NULL,
    unit_id              uuid        NOT NULL,
    heads_unit           boolean     NOT NULL,
    starts_on            date        NOT NULL,
    ends_on              date        NOT NULL,
    state                text        NOT NULL CONSTRAINT evaluations_state_known CHECK (
        state IN ('OPEN', 'PREPARED', 'RATED', 'ACKNOWLEDGED', 'FINALISED')),
    -- Until it is prepared, who rated the plan; then the registry's answer for `rater_as_of`.
    rater_employee_id    uuid        NOT NULL,
    rater_as_of          date,
    rater_basis          text,
    superior_employee_id uuid,
    proposal_number      integer,
    rating_number        integer,
    receipt_kind         text        CONSTRAINT evaluations_receipt_kind_known CHECK (
        receipt_kind IN ('ACKNOWLEDGED', 'RECORDED')),
    received_at          timestamptz,
    receipt_note         text,
    objection_closes_at  timestamptz,
    finalised_at         timestamptz,
    created_at           timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    PRIMARY KEY (tenant_id, evaluation_id),
    CONSTRAINT evaluations_cycle_exists FOREIGN KEY (tenant_id, cycle_id, policy_id)
        REFERENCES cycles (tenant_id, cycle_id, policy_id),
    -- What a rating repeats of its evaluation, so that its own constraints can speak of it.
    CONSTRAINT evaluations_for_rating UNIQUE (
        tenant_id, evaluation_id, employee_id, cycle_id, policy_id, heads_unit),
    CONSTRAINT evaluations_parts_do_not_overlap EXCLUDE USING gist (
        plan_id WITH =, cycle_id WITH =, tenant_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&),
    CONSTRAINT evaluations_days_in_order CHECK (starts_on <= ends_on),
    CONSTRAINT evaluations_never_oneself CHECK (rater_employee_id <> employee_id),
    CONSTRAINT evaluations_rater_answered CHECK ((rater_as_of IS NULL) = (rater_basis IS NULL)),
    CONSTRAINT evaluations_prepared_has_proposal CHECK ((state = 'OPEN') = (proposal_number IS NULL)),
    CONSTRAINT evaluations_rated_has_rating CHECK (
        (state IN ('OPEN', 'PREPARED')) = (rating_number IS NULL)),
    CONSTRAINT evaluations_acknowledged_has_receipt CHECK (
        (state IN ('ACKNOWLEDGED', 'FINALISED')) = (receipt_kind IS NOT NULL)
        AND (receipt_kind IS NULL) = (received_at IS NULL)
        AND (receipt_kind IS NULL) = (objection_closes_at IS NULL)),
    CONSTRAINT evaluations_finalised_has_time CHECK ((state = 'FINALISED') = (finalised_at IS NOT NULL))
);
CREATE INDEX evaluations_by_employee ON evaluations (tenant_id, employee_id, evaluation_id);
CREATE INDEX evaluations_by_rater ON evaluations (tenant_id, rater_employee_id, evaluation_id);
CREATE INDEX evaluations_by_cycle ON evaluations (tenant_id, cycle_id, evaluation_id);
CREATE INDEX evaluations_by_unit ON evaluations (tenant_id, cycle_id, unit_id, evaluation_id);
CREATE INDEX evaluations_by_state ON evaluations (tenant_id, cycle_id, state, evaluation_id);
-- Who may still object: the end of it alone is read.
CREATE INDEX evaluations_by_objection ON evaluations (tenant_id, objection_closes_at) WHERE objection_closes_at IS NOT NULL;
-- What a neighbour that rebuilds is told.
CREATE INDEX evaluations_finalised ON evaluations (tenant_id, evaluation_id) WHERE state = 'FINALISED';
CALL make_tenant_table('evaluation', 'evaluations');

-- What policy proposed for results, and from what.
CREATE TABLE proposals (
    tenant_id        tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id    uuid        NOT NULL,
    proposal_number  integer     NOT NULL,
    results_proposal text        NOT NULL CONSTRAINT proposals_results_known CHECK (
        results_proposal IN ('ABOVE', 'MEETS', 'BELOW', 'RATER_DECIDES')),
    above            smallint    NOT NULL,
    meets            smallint    NOT NULL,
    below            smallint    NOT NULL,
    unmeasured       smallint    NOT NULL,
    -- Percent scaled by 10,000; NULL where nothing is measured.
    mean_e4          bigint,
    plan_version     integer     NOT NULL,
    source_etag      text        NOT NULL,
    -- Every indicator with its target and realisation as they were: frozen, and only ever read as a whole.
    measurements     jsonb       NOT NULL,
    prepared_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, evaluation_id, proposal_number),
    CONSTRAINT proposals_with_results UNIQUE (tenant_id, evaluation_id, proposal_number, results_proposal),
    CONSTRAINT proposals_evaluation_exists FOREIGN KEY (tenant_id, evaluation_id)
        REFERENCES evaluations (tenant_id, evaluation_id)
);
CALL make_tenant_table('evaluation', 'proposals');

ALTER TABLE evaluations ADD CONSTRAINT evaluations_proposal_exists
    FOREIGN KEY (tenant_id, evaluation_id, proposal_number) REFERENCES proposals (tenant_id, evaluation_id, proposal_number);
