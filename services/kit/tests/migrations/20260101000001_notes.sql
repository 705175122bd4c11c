CALL make_kit_tables('kit');

-- A tenant's table, for the tests of the kit.
CREATE TABLE notes (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    note_id   uuid        NOT NULL,
    text      text        NOT NULL,
    CONSTRAINT notes_pkey PRIMARY KEY (tenant_id, note_id)
);
CALL make_tenant_table('kit', 'notes');
