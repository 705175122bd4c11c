CREATE TABLE periods (
    tenant_id        tenant_code NOT NULL DEFAULT current_tenant(),
    period_id        uuid        NOT NULL,
    -- The year it lies in; a year lies in itself.
    annual_period_id uuid        NOT NULL,
    year             integer     NOT NULL CONSTRAINT periods_year_known CHECK (year BETWEEN 2000 AND 2200),
    kind             text        NOT NULL,
    ordinal          integer     NOT NULL,
    name             text        NOT NULL,
    starts_on        date        NOT NULL,
    ends_on          date        NOT NULL,
    time_zone        text        NOT NULL,
    state            text        NOT NULL CONSTRAINT periods_state_known CHECK (state IN ('PLANNED', 'OPEN', 'CLOSED')),
    created_at       timestamptz NOT NULL,
    revision         bigint      NOT NULL,
    CONSTRAINT periods_pkey PRIMARY KEY (tenant_id, period_id),
    CONSTRAINT periods_one_of_a_kind UNIQUE (tenant_id, year, kind, ordinal),
    CONSTRAINT periods_year UNIQUE (tenant_id, period_id, year),
    CONSTRAINT periods_within_year FOREIGN KEY (tenant_id, annual_period_id, year)
        REFERENCES periods (tenant_id, period_id, year),
    CONSTRAINT periods_kind_known CHECK (
        (kind = 'ANNUAL' AND ordinal = 1) OR (kind = 'QUARTER' AND ordinal BETWEEN 1 AND 4)
        OR (kind = 'MONTH' AND ordinal BETWEEN 1 AND 12)),
    CONSTRAINT periods_year_holds_itself CHECK ((kind = 'ANNUAL') = (annual_period_id = period_id)),
    CONSTRAINT periods_days CHECK (starts_on <= ends_on)
);
CREATE INDEX periods_by_year ON periods (tenant_id, annual_period_id, state);
CREATE INDEX periods_by_day ON periods (tenant_id, starts_on, period_id);
CALL make_tenant_table('planning', 'periods');

CREATE TABLE period_windows (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    period_id uuid        NOT NULL,
    kind      text        NOT NULL
        CONSTRAINT period_windows_kind_known CHECK (kind IN ('PLANNING', 'AMENDMENT', 'REALISATION')),
    -- The days as they were set, and the instants that they are in the period's zone.
    opens_on  date        NOT NULL,
    closes_on date        NOT NULL,
    opens_at  timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    CONSTRAINT period_windows_pkey PRIMARY KEY (tenant_id, period_id, kind),
    -- Carried, by foreign key, by every row that the window rules.
    CONSTRAINT period_windows_bounds UNIQUE (tenant_id, period_id, kind, opens_at, closes_at),
    CONSTRAINT period_windows_of_period FOREIGN KEY (tenant_id, period_id) REFERENCES periods (tenant_id, period_id),
    CONSTRAINT period_windows_order CHECK (opens_on <= closes_on AND opens_at < closes_at)
);
CALL make_tenant_table('planning', 'period_windows');
