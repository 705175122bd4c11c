-- What an employee says is wrong in the record, and what HR decided about it.
CREATE TABLE corrections (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    correction_id     uuid        NOT NULL,
    employee_id       uuid        NOT NULL,
    kind              text        NOT NULL CONSTRAINT corrections_kind_known CHECK (kind IN ('REPORTING_LINE', 'NAME')),
    from_on           date,
    rater_employee_id uuid,
    name              text,
    front_title       text,
    back_title        text,
    grounds           text        NOT NULL CONSTRAINT corrections_grounds_length CHECK (
        length(btrim(grounds)) BETWEEN 1 AND 2000),
    state             text        NOT NULL CONSTRAINT corrections_state_known CHECK (
        state IN ('FILED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')),
    decided_by        text,
    decided_at        timestamptz,
    decision_reason   text        CONSTRAINT corrections_decision_reason_length CHECK (
        length(btrim(decision_reason)) BETWEEN 1 AND 2000),
    created_at        timestamptz NOT NULL,
    revision          bigint      NOT NULL,
    PRIMARY KEY (tenant_id, correction_id),
    CONSTRAINT corrections_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT corrections_rater_exists FOREIGN KEY (tenant_id, rater_employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT corrections_proposal_of_kind CHECK (CASE kind
        WHEN 'REPORTING_LINE' THEN from_on IS NOT NULL AND num_nonnulls(name, front_title, back_title) = 0
        ELSE num_nonnulls(name, front_title, back_title) = 3 AND num_nonnulls(from_on, rater_employee_id) = 0 END),
    CONSTRAINT corrections_decided CHECK (
        (state IN ('ACCEPTED', 'REJECTED')) = (num_nonnulls(decided_by, decided_at, decision_reason) = 3))
);
CREATE INDEX corrections_by_employee ON corrections (tenant_id, employee_id, correction_id);
-- What waits for a decision is withdrawn before the same thing is said to be wrong in another way.
CREATE UNIQUE INDEX corrections_one_open ON corrections (tenant_id, employee_id, kind) WHERE state = 'FILED';
CREATE INDEX corrections_by_state ON corrections (tenant_id, state, correction_id);
CALL make_tenant_table('registry', 'corrections');
