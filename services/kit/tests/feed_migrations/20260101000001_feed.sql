CALL make_kit_tables('kit');

-- What the source of the tests speaks of.
CREATE TABLE sources (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    source_id uuid        NOT NULL,
    name      text        NOT NULL,
    revision  bigint      NOT NULL,
    CONSTRAINT sources_pkey PRIMARY KEY (tenant_id, source_id)
);
CALL make_tenant_table('kit', 'sources');

-- What the consumer of the tests makes of it.
CREATE TABLE neighbours (
    tenant_id    tenant_code NOT NULL DEFAULT current_tenant(),
    neighbour_id uuid        NOT NULL,
    name         text        NOT NULL,
    is_gone      boolean     NOT NULL,
    revision     bigint      NOT NULL,
    CONSTRAINT neighbours_pkey PRIMARY KEY (tenant_id, neighbour_id)
);
CALL make_tenant_table('kit', 'neighbours');

-- One row for each time an event had an effect.
CREATE TABLE effects (
    tenant_id tenant_code NOT NULL DEFAULT current_tenant(),
    effect_id bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    event_id  uuid        NOT NULL,
    key       uuid        NOT NULL,
    revision  bigint      NOT NULL,
    name      text        NOT NULL,
    CONSTRAINT effects_pkey PRIMARY KEY (tenant_id, effect_id),
    CONSTRAINT effects_name_edible CHECK (name NOT LIKE '%poison%')
);
CALL make_tenant_table('kit', 'effects');
