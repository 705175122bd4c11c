-- A round of evaluation under a policy version.
CREATE TABLE cycles (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    cycle_id   uuid        NOT NULL,
    year       integer     NOT NULL CONSTRAINT cycles_year_range CHECK (year BETWEEN 2000 AND 2999),
    kind       text        NOT NULL CONSTRAINT cycles_kind_known CHECK (kind IN ('ANNUAL', 'QUARTER', 'MONTH')),
    ordinal    smallint    NOT NULL,
    starts_on  date        NOT NULL,
    ends_on    date        NOT NULL,
    policy_id  text        COLLATE "C" NOT NULL,
    -- Its present window.
    opens_at   timestamptz NOT NULL,
    closes_at  timestamptz NOT NULL,
    state      text        NOT NULL CONSTRAINT cycles_state_known CHECK (state IN ('PLANNED', 'OPEN', 'CLOSED')),
    created_at timestamptz NOT NULL,
    revision   bigint      NOT NULL,
    PRIMARY KEY (tenant_id, cycle_id),
    CONSTRAINT cycles_once UNIQUE (tenant_id, year, kind, ordinal),
    CONSTRAINT cycles_with_policy UNIQUE (tenant_id, cycle_id, policy_id),
    CONSTRAINT cycles_with_kind UNIQUE (tenant_id, cycle_id, policy_id, kind, year),
    CONSTRAINT cycles_policy_exists FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, policy_id),
    CONSTRAINT cycles_ordinal_range CHECK (
        ordinal BETWEEN 1 AND CASE kind WHEN 'ANNUAL' THEN 1 WHEN 'QUARTER' THEN 4 ELSE 12 END),
    CONSTRAINT cycles_days_in_order CHECK (starts_on <= ends_on),
    CONSTRAINT cycles_window_in_order CHECK (opens_at < closes_at)
);
CREATE INDEX cycles_open ON cycles (tenant_id, year) WHERE state = 'OPEN';
CALL make_tenant_table('evaluation', 'cycles');

-- Every window a cycle has had. A rating refers to the one it was made in, also after it was moved.
CREATE TABLE cycle_windows (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    cycle_id   uuid        NOT NULL,
    opens_at   timestamptz NOT NULL,
    closes_at  timestamptz NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, cycle_id, opens_at, closes_at),
    CONSTRAINT cycle_windows_cycle_exists FOREIGN KEY (tenant_id, cycle_id) REFERENCES cycles (tenant_id, cycle_id),
    CONSTRAINT cycle_windows_in_order CHECK (opens_at < closes_at)
);
CALL make_tenant_table('evaluation', 'cycle_windows');
