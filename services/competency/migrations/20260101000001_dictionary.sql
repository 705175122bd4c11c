CALL make_kit_tables('competency');

-- The five levels of mastery (PermenPANRB 38/2017).
CREATE TABLE proficiency_levels (
    level   smallint NOT NULL CONSTRAINT proficiency_levels_range CHECK (level BETWEEN 1 AND 5),
    name_id text     NOT NULL,
    name_en text     NOT NULL,
    CONSTRAINT proficiency_levels_pkey PRIMARY KEY (level)
);
CALL make_shared_table('competency', 'proficiency_levels');

CREATE TABLE national_competencies (
    code          text COLLATE "C" NOT NULL CONSTRAINT national_competencies_code_form CHECK (code ~ '^[MS]\.[0-9]{2}$'),
    kind          text NOT NULL,
    name_id       text NOT NULL,
    name_en       text NOT NULL,
    definition_id text NOT NULL,
    definition_en text NOT NULL,
    CONSTRAINT national_competencies_pkey PRIMARY KEY (code),
    CONSTRAINT national_competencies_kind_of_code CHECK (
        (kind = 'MANAGERIAL' AND code LIKE 'M.%') OR (kind = 'SOCIO_CULTURAL' AND code LIKE 'S.%'))
);
CALL make_shared_table('competency', 'national_competencies');

-- What somebody of a level can be seen doing.
CREATE TABLE national_behaviours (
    code         text COLLATE "C" NOT NULL,
    level        smallint NOT NULL,
    ordinal      smallint NOT NULL,
    behaviour_id text     NOT NULL,
    behaviour_en text     NOT NULL,
    CONSTRAINT national_behaviours_pkey PRIMARY KEY (code, level, ordinal),
    CONSTRAINT national_behaviours_of_competency FOREIGN KEY (code) REFERENCES national_competencies (code),
    CONSTRAINT national_behaviours_of_level FOREIGN KEY (level) REFERENCES proficiency_levels (level)
);
CALL make_shared_table('competency', 'national_behaviours');

-- What a government asks of its own posts beside the national dictionary. Codes of the two never meet.
CREATE TABLE technical_competencies (
    tenant_id     tenant_code NOT NULL DEFAULT current_tenant(),
    code          text COLLATE "C" NOT NULL CONSTRAINT technical_competencies_code_form CHECK (
        code ~ '^T\.[A-Z0-9]+(\.[A-Z0-9]+)*$' AND length(code) <= 30),
    name_id       text        NOT NULL,
    name_en       text        NOT NULL,
    definition_id text        NOT NULL,
    definition_en text        NOT NULL,
    created_at    timestamptz NOT NULL,
    retired_at    timestamptz,
    revision      bigint      NOT NULL,
    CONSTRAINT technical_competencies_pkey PRIMARY KEY (tenant_id, code)
);
CALL make_tenant_table('competency', 'technical_competencies');

CREATE TABLE technical_behaviours (
    tenant_id    tenant_code NOT NULL DEFAULT current_tenant(),
    code         text COLLATE "C" NOT NULL,
    level        smallint    NOT NULL,
    ordinal      smallint    NOT NULL,
    behaviour_id text        NOT NULL,
    behaviour_en text        NOT NULL,
    CONSTRAINT technical_behaviours_pkey PRIMARY KEY (tenant_id, code, level, ordinal),
    CONSTRAINT technical_behaviours_of_competency FOREIGN KEY (tenant_id, code)
        REFERENCES technical_competencies (tenant_id, code),
    CONSTRAINT technical_behaviours_of_level FOREIGN KEY (level) REFERENCES proficiency_levels (level)
);
CALL make_tenant_table('competency', 'technical_behaviours');
