-- A name from each of its words on, without case, accents and titles: `ahmad yani`, `yani`. A prefix of
-- one of these rows is found by bounds, wherever in the name the word stands.
CREATE TABLE name_words (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    -- Whether it is the whole name.
    is_first    boolean     NOT NULL,
    tail        text        COLLATE "C" NOT NULL,
    employee_id uuid        NOT NULL,
    PRIMARY KEY (tenant_id, is_first, tail, employee_id),
    CONSTRAINT name_words_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id)
);
CALL make_tenant_table('registry', 'name_words');
