-- What a year comes to: one row for a person, year and government.
CREATE TABLE annual_predicates (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id          uuid        NOT NULL,
    year                 integer     NOT NULL,
    annual_predicate_id  uuid        NOT NULL,
    unit_id              uuid        NOT NULL,
    cycle_id             uuid        NOT NULL,
    cycle_kind           text        NOT NULL CONSTRAINT annual_predicates_cycle_is_annual CHECK (cycle_kind = 'ANNUAL'),
    policy_id            text        COLLATE "C" NOT NULL,
    results_rating       text        NOT NULL,
    behaviour_rating     text        NOT NULL,
    predicate            text        NOT NULL,
    review               text        NOT NULL,
    set_by               uuid        NOT NULL,
    rater_employee_id    uuid        NOT NULL,
    rater_as_of          date        NOT NULL,
    rater_basis          text        NOT NULL,
    superior_employee_id uuid,
    set_at               timestamptz NOT NULL,
    window_opens_at      timestamptz NOT NULL,
    window_closes_at     timestamptz NOT NULL,
    revision             bigint      NOT NULL,
    CONSTRAINT annual_predicates_one_a_year PRIMARY KEY (tenant_id, employee_id, year),
    CONSTRAINT annual_predicates_id_once UNIQUE (tenant_id, annual_predicate_id),
    CONSTRAINT annual_predicates_cycle_exists FOREIGN KEY (tenant_id, cycle_id, policy_id, cycle_kind, year)
        REFERENCES cycles (tenant_id, cycle_id, policy_id, kind, year),
    CONSTRAINT annual_predicates_window_exists FOREIGN KEY (tenant_id, cycle_id, window_opens_at, window_closes_at)
        REFERENCES cycle_windows (tenant_id, cycle_id, opens_at, closes_at),
    CONSTRAINT annual_predicates_by_the_matrix FOREIGN KEY (
            tenant_id, policy_id, results_rating, behaviour_rating, predicate)
        REFERENCES policy_cells (tenant_id, policy_id, results_rating, behaviour_rating, predicate),
    CONSTRAINT annual_predicates_only_by_the_rater CHECK (set_by = rater_employee_id),
    CONSTRAINT annual_predicates_never_oneself CHECK (set_by <> employee_id),
    CONSTRAINT annual_predicates_inside_the_window CHECK (set_at >= window_opens_at AND set_at < window_closes_at)
);
CREATE INDEX annual_predicates_by_unit ON annual_predicates (tenant_id, year, unit_id, employee_id);
CALL make_tenant_table('evaluation', 'annual_predicates');

-- Which parts the rater had read, and how they stood.
CREATE TABLE annual_predicate_parts (
    tenant_id           tenant_code NOT NULL DEFAULT current_tenant(),
    employee_id         uuid        NOT NULL,
    year                integer     NOT NULL,
    evaluation_id       uuid        NOT NULL,
    evaluation_revision bigint      NOT NULL,
    PRIMARY KEY (tenant_id, employee_id, year, evaluation_id),
    CONSTRAINT annual_predicate_parts_predicate_exists FOREIGN KEY (tenant_id, employee_id, year)
        REFERENCES annual_predicates (tenant_id, employee_id, year),
    CONSTRAINT annual_predicate_parts_evaluation_exists FOREIGN KEY (tenant_id, evaluation_id)
        REFERENCES evaluations (tenant_id, evaluation_id)
);
CALL make_tenant_table('evaluation', 'annual_predicate_parts');
