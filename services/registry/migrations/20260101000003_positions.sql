-- A post (jabatan) of a unit. It never changes its unit: a post elsewhere is another post.
CREATE TABLE positions (
    tenant_id        tenant_code NOT NULL DEFAULT current_tenant(),
    position_id      uuid        NOT NULL,
    unit_id          uuid        NOT NULL,
    code             text        COLLATE "C" CONSTRAINT positions_code_length CHECK (length(code) BETWEEN 1 AND 64),
    name             text        NOT NULL CONSTRAINT positions_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 200),
    kind             text        NOT NULL CONSTRAINT positions_kind_known CHECK (
        kind IN ('REGIONAL_LEADER', 'JPT', 'ADMINISTRATOR', 'PENGAWAS', 'PELAKSANA', 'FUNCTIONAL')),
    level            text,
    class            smallint    CONSTRAINT positions_class_range CHECK (class BETWEEN 1 AND 17),
    heads_unit       boolean     NOT NULL,
    seats            integer     NOT NULL CONSTRAINT positions_seats_range CHECK (seats BETWEEN 1 AND 10000),
    technical_duties text[]      NOT NULL CONSTRAINT positions_technical_duties_count CHECK (
        cardinality(technical_duties) <= 50),
    opened_on        date        NOT NULL,
    closed_on        date,
    created_at       timestamptz NOT NULL,
    revision         bigint      NOT NULL,
    PRIMARY KEY (tenant_id, position_id),
    CONSTRAINT positions_code_unique UNIQUE (tenant_id, code),
    CONSTRAINT positions_unit_exists FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, unit_id),
    -- What an assignment repeats of its position, so that lists by unit and by kind have an index.
    CONSTRAINT positions_identity UNIQUE (tenant_id, position_id, unit_id, kind),
    CONSTRAINT positions_level_of_kind CHECK (CASE kind
        WHEN 'JPT' THEN level IS NOT NULL AND level IN ('UTAMA', 'MADYA', 'PRATAMA')
        WHEN 'PELAKSANA' THEN level IS NULL OR level IN ('KLEREK', 'OPERATOR', 'TEKNISI')
        WHEN 'FUNCTIONAL' THEN level IS NOT NULL AND level IN ('PEMULA', 'TERAMPIL', 'MAHIR', 'PENYELIA',
            'AHLI_PERTAMA', 'AHLI_MUDA', 'AHLI_MADYA', 'AHLI_UTAMA')
        ELSE level IS NULL END),
    CONSTRAINT positions_one_seat_for_a_head CHECK (NOT heads_unit OR seats = 1),
    CONSTRAINT positions_closed_after_opened CHECK (closed_on > opened_on)
);
-- Lists of people probe for each one's position: one bucket, however many positions there are.
CREATE INDEX positions_by_id ON positions USING hash (position_id) WITH (fillfactor = 40);
ALTER TABLE positions ALTER COLUMN position_id SET (n_distinct = -1);
CREATE INDEX positions_by_unit ON positions (tenant_id, unit_id, position_id);
CREATE INDEX positions_heads ON positions (tenant_id, unit_id) WHERE heads_unit;
CREATE UNIQUE INDEX positions_one_head ON positions (tenant_id, unit_id) WHERE heads_unit AND closed_on IS NULL;
CALL make_tenant_table('registry', 'positions');
