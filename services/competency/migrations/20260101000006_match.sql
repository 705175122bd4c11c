-- Categories of the job person match by named scheme; bounds in hundredths of a percent.
CREATE TABLE match_categories (
    scheme         text     NOT NULL,
    policy_version text     NOT NULL,
    category       text     NOT NULL,
    name_id        text     NOT NULL,
    name_en        text     NOT NULL,
    from_e2        integer  NOT NULL CONSTRAINT match_categories_from_range CHECK (from_e2 BETWEEN 0 AND 10000),
    CONSTRAINT match_categories_pkey PRIMARY KEY (scheme, category),
    CONSTRAINT match_categories_from_unique UNIQUE (scheme, from_e2)
);
CALL make_shared_table('competency', 'match_categories');

INSERT INTO match_categories (scheme, policy_version, category, name_id, name_en, from_e2) VALUES
    ('OPTIMAL', 'K1', 'OPTIMAL', 'Optimal', 'Optimal', 9000),
    ('OPTIMAL', 'K1', 'CUKUP_OPTIMAL', 'Cukup optimal', 'Fairly optimal', 7800),
    ('OPTIMAL', 'K1', 'KURANG_OPTIMAL', 'Kurang optimal', 'Less than optimal', 0),
    ('MS_MMS_KMS', 'K1', 'MS', 'Memenuhi syarat', 'Meets the requirements', 8000),
    ('MS_MMS_KMS', 'K1', 'MMS', 'Masih memenuhi syarat', 'Still meets the requirements', 6800),
    ('MS_MMS_KMS', 'K1', 'KMS', 'Kurang memenuhi syarat', 'Does not meet the requirements', 0);
