-- Which level of the nine each kind of post asks for, by policy version. Words are the registry's; an empty
-- level stands for every level of the kind.
CREATE TABLE national_standards (
    policy_version text     NOT NULL,
    position_kind  text     NOT NULL,
    position_level text     NOT NULL,
    code           text COLLATE "C" NOT NULL,
    required_level smallint NOT NULL CONSTRAINT national_standards_level_range CHECK (required_level BETWEEN 1 AND 5),
    valid_from     date     NOT NULL,
    source         text     NOT NULL,
    CONSTRAINT national_standards_pkey PRIMARY KEY (position_kind, position_level, code, valid_from),
    CONSTRAINT national_standards_of_competency FOREIGN KEY (code) REFERENCES national_competencies (code)
);
CALL make_shared_table('competency', 'national_standards');

INSERT INTO national_standards
    (policy_version, position_kind, position_level, code, required_level, valid_from, source)
SELECT 'K1', posts.kind, posts.level, code, posts.required, DATE '2026-01-01', posts.source
FROM national_competencies
CROSS JOIN (VALUES
    ('JPT', 'UTAMA', 5, 'PermenPANRB 38/2017'),
    ('JPT', 'MADYA', 5, 'PermenPANRB 38/2017'),
    ('JPT', 'PRATAMA', 4, 'PermenPANRB 38/2017'),
    ('ADMINISTRATOR', '', 3, 'PermenPANRB 38/2017'),
    ('PENGAWAS', '', 2, 'PermenPANRB 38/2017'),
    ('PELAKSANA', '', 1, 'PermenPANRB 38/2017'),
    ('FUNCTIONAL', 'AHLI_UTAMA', 5, 'PermenPANRB 38/2017'),
    ('FUNCTIONAL', 'AHLI_MADYA', 4, 'PermenPANRB 38/2017'),
    ('FUNCTIONAL', 'AHLI_MUDA', 3, 'PermenPANRB 38/2017'),
    ('FUNCTIONAL', 'AHLI_PERTAMA', 2, 'PermenPANRB 38/2017'),
    ('FUNCTIONAL', 'PENYELIA', 2, 'kebijakan K1'),
    ('FUNCTIONAL', 'MAHIR', 2, 'kebijakan K1'),
    ('FUNCTIONAL', 'TERAMPIL', 1, 'kebijakan K1'),
    ('FUNCTIONAL', 'PEMULA', 1, 'kebijakan K1')
) AS posts (kind, level, required, source);

-- What a government asks beyond, or instead of, the national standard.
CREATE TABLE standards (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    standard_id    uuid        NOT NULL,
    position_kind  text        NOT NULL,
    position_level text        NOT NULL,
    position_id    uuid,
    valid_from     date        NOT NULL,
    source         text        NOT NULL,
    created_at     timestamptz NOT NULL,
    withdrawn_at   timestamptz,
    revision       bigint      NOT NULL,
    CONSTRAINT standards_pkey PRIMARY KEY (tenant_id, standard_id),
    CONSTRAINT standards_position_kind_known CHECK (
        position_kind IN ('REGIONAL_LEADER', 'JPT', 'ADMINISTRATOR', 'PENGAWAS', 'PELAKSANA', 'FUNCTIONAL'))
);
CREATE UNIQUE INDEX standards_one_from_a_date ON standards
    (tenant_id, position_kind, position_level, position_id, valid_from) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX standards_by_kind ON standards (tenant_id, position_kind, standard_id);
CALL make_tenant_table('competency', 'standards');

CREATE TABLE standard_levels (
    tenant_id      tenant_code NOT NULL DEFAULT current_tenant(),
    standard_id    uuid        NOT NULL,
    code           text COLLATE "C" NOT NULL,
    -- Zero: not asked of these posts, whatever a wider standard says.
    required_level smallint    NOT NULL CONSTRAINT standard_levels_range CHECK (required_level BETWEEN 0 AND 5),
    CONSTRAINT standard_levels_pkey PRIMARY KEY (tenant_id, standard_id, code),
    CONSTRAINT standard_levels_of_standard FOREIGN KEY (tenant_id, standard_id)
        REFERENCES standards (tenant_id, standard_id)
);
CALL make_tenant_table('competency', 'standard_levels');
