-- What a rater said of an evaluation. Never updated: a rating given again has the next number.
CREATE TABLE ratings (
    tenant_id            tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id        uuid        NOT NULL,
    rating_number        integer     NOT NULL,
    employee_id          uuid        NOT NULL,
    cycle_id             uuid        NOT NULL,
    policy_id            text        COLLATE "C" NOT NULL,
    heads_unit           boolean     NOT NULL,
    proposal_number      integer     NOT NULL,
    results_proposal     text        NOT NULL,
    results_rating       text        NOT NULL,
    results_reason       text        NOT NULL,
    results_departure    text,
    unit_result          text,
    behaviour_proposal   text        NOT NULL CONSTRAINT ratings_behaviour_below_is_never_proposed CHECK (
        behaviour_proposal IN ('ABOVE', 'MEETS', 'RATER_DECIDES')),
    behaviour_rating     text        NOT NULL,
    behaviour_reason     text        NOT NULL,
    behaviour_departure  text,
    behaviour_fact       text,
    predicate            text        NOT NULL,
    -- Who acted, and whom the registry named for which day, and why.
    rated_by             uuid        NOT NULL,
    rater_employee_id    uuid        NOT NULL,
    rater_as_of          date        NOT NULL,
    rater_basis          text        NOT NULL,
    superior_employee_id uuid,
    rated_at             timestamptz NOT NULL,
    window_opens_at      timestamptz NOT NULL,
    window_closes_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, evaluation_id, rating_number),
    CONSTRAINT ratings_evaluation_exists FOREIGN KEY (
            tenant_id, evaluation_id, employee_id, cycle_id, policy_id, heads_unit)
        REFERENCES evaluations (tenant_id, evaluation_id, employee_id, cycle_id, policy_id, heads_unit),
    CONSTRAINT ratings_proposal_exists FOREIGN KEY (tenant_id, evaluation_id, proposal_number, results_proposal)
        REFERENCES proposals (tenant_id, evaluation_id, proposal_number, results_proposal),
    CONSTRAINT ratings_window_exists FOREIGN KEY (tenant_id, cycle_id, window_opens_at, window_closes_at)
        REFERENCES cycle_windows (tenant_id, cycle_id, opens_at, closes_at),
    CONSTRAINT ratings_predicate_by_the_matrix FOREIGN KEY (
            tenant_id, policy_id, results_rating, behaviour_rating, predicate)
        REFERENCES policy_cells (tenant_id, policy_id, results_rating, behaviour_rating, predicate),
    CONSTRAINT ratings_only_by_the_rater CHECK (rated_by = rater_employee_id),
    CONSTRAINT ratings_never_oneself CHECK (rated_by <> employee_id),
    CONSTRAINT ratings_inside_the_window CHECK (rated_at >= window_opens_at AND rated_at < window_closes_at),
    CONSTRAINT ratings_results_departure_has_reason CHECK (
        results_proposal IN (results_rating, 'RATER_DECIDES') OR results_departure IS NOT NULL),
    CONSTRAINT ratings_behaviour_departure_has_reason CHECK (
        behaviour_proposal IN (behaviour_rating, 'RATER_DECIDES') OR behaviour_departure IS NOT NULL),
    CONSTRAINT ratings_behaviour_below_names_a_fact CHECK (
        behaviour_rating <> 'BELOW' OR behaviour_fact IS NOT NULL),
    CONSTRAINT ratings_head_names_the_units_result CHECK (NOT heads_unit OR unit_result IS NOT NULL)
);
CALL make_tenant_table('evaluation', 'ratings');

ALTER TABLE evaluations ADD CONSTRAINT evaluations_rating_exists
    FOREIGN KEY (tenant_id, evaluation_id, rating_number) REFERENCES ratings (tenant_id, evaluation_id, rating_number);

-- Each of the seven core values (BerAKHLAK) of a rating.
CREATE TABLE core_value_ratings (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id uuid        NOT NULL,
    rating_number integer     NOT NULL,
    core_value    text        NOT NULL CONSTRAINT core_value_ratings_value_known CHECK (core_value IN (
        'SERVICE_ORIENTED', 'ACCOUNTABLE', 'COMPETENT', 'HARMONIOUS', 'LOYAL', 'ADAPTIVE', 'COLLABORATIVE')),
    rating        text        NOT NULL CONSTRAINT core_value_ratings_rating_known CHECK (
        rating IN ('ABOVE', 'MEETS', 'BELOW')),
    reason        text        NOT NULL,
    fact          text,
    PRIMARY KEY (tenant_id, evaluation_id, rating_number, core_value),
    CONSTRAINT core_value_ratings_rating_exists FOREIGN KEY (tenant_id, evaluation_id, rating_number)
        REFERENCES ratings (tenant_id, evaluation_id, rating_number),
    CONSTRAINT core_value_ratings_below_names_a_fact CHECK (rating <> 'BELOW' OR fact IS NOT NULL)
);
CALL make_tenant_table('evaluation', 'core_value_ratings');

-- What a rating names that goes well, and what to improve.
CREATE TABLE remarks (
    tenant_id       tenant_code NOT NULL DEFAULT current_tenant(),
    evaluation_id   uuid        NOT NULL,
    rating_number   integer     NOT NULL,
    kind            text        NOT NULL CONSTRAINT remarks_kind_known CHECK (kind IN ('GOES_WELL', 'TO_IMPROVE')),
    ordinal         integer     NOT NULL,
    text            text        NOT NULL,
    competency_code text,
    PRIMARY KEY (tenant_id, evaluation_id, rating_number, kind, ordinal),
    CONSTRAINT remarks_rating_exists FOREIGN KEY (tenant_id, evaluation_id, rating_number)
        REFERENCES ratings (tenant_id, evaluation_id, rating_number),
    CONSTRAINT remarks_competency_is_improved CHECK (kind = 'TO_IMPROVE' OR competency_code IS NULL)
);
CALL make_tenant_table('evaluation', 'remarks');
