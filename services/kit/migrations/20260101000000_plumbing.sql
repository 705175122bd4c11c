-- What every service's database holds besides its own tables. Each service links this file as its
-- first migration, and its second calls `make_kit_tables` with the service's name.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- A Kemendagri code: `12` for a province, `12.76` for a regency or city.
CREATE DOMAIN tenant_code AS text
    CONSTRAINT tenant_code_form CHECK (value ~ '^[0-9]{2}(\.[0-9]{2})?$');

-- The tenant of the running transaction, NULL outside of one.
CREATE FUNCTION current_tenant() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('kinerja.tenant_id', true), '');

-- Rows belong to one tenant, and are seen by its transactions alone.
CREATE PROCEDURE make_tenant_table(service text, name text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY tenant ON %I USING (tenant_id = nullif(current_setting(''kinerja.tenant_id'', true), ''''))', name);
    EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true)', name, service || '_owner');
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', name, service || '_app');
    -- Plans are the same for every tenant: one that is new to the statistics, or the only one in them, would
    -- otherwise seem to have no rows, or all, and its lookups read its whole table.
    EXECUTE format('ALTER TABLE %I ALTER COLUMN tenant_id SET STATISTICS 0', name);
END $$;

-- A tenant's table that housekeeping across tenants reaches too, through the system role.
CREATE PROCEDURE make_plumbing_table(service text, name text)
LANGUAGE plpgsql AS $$
BEGIN
    CALL make_tenant_table(service, name);
    EXECUTE format('CREATE POLICY system ON %I TO %I USING (true)', name, service || '_system');
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', name, service || '_system');
END $$;

-- Rows of no tenant and without personal data.
CREATE PROCEDURE make_shared_table(service text, name text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I, %I', name, service || '_app', service || '_system');
END $$;

-- The marks that callers put on their mutations; pruned after 24 hours.
CREATE TABLE request_keys (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    caller      text        NOT NULL,
    method      text        NOT NULL,
    request_id  uuid        NOT NULL,
    fingerprint bytea       NOT NULL,
    resource_id uuid        NOT NULL,
    claimed_at  timestamptz NOT NULL,
    CONSTRAINT request_keys_pkey PRIMARY KEY (tenant_id, caller, method, request_id)
);
CREATE INDEX request_keys_by_age ON request_keys (claimed_at);

-- Who read whose data. The subject of what was read as a whole, such as an export, is the unit or the government.
CREATE TABLE access_log (
    tenant_id           tenant_code NOT NULL DEFAULT current_tenant(),
    entry_id            uuid        NOT NULL,
    read_at             timestamptz NOT NULL,
    caller              text        NOT NULL,
    method              text        NOT NULL,
    subject_employee_id uuid        NOT NULL,
    CONSTRAINT access_log_pkey PRIMARY KEY (tenant_id, entry_id)
);
CREATE INDEX access_log_by_age ON access_log (read_at);
CREATE INDEX access_log_by_subject ON access_log (tenant_id, subject_employee_id, read_at);

-- Public events: appended by use cases without a position, given one by the stamper after the commit.
CREATE TABLE outbox (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    event_id    uuid        NOT NULL,
    -- Grows within a transaction, and from one holder of a key's row lock to the next.
    append_id   bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    position    bigint,
    key         uuid        NOT NULL,
    revision    bigint      NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text,
    type_name   text        NOT NULL,
    payload     bytea       NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT outbox_position_unique UNIQUE (position),
    CONSTRAINT outbox_position_positive CHECK (position > 0),
    CONSTRAINT outbox_revision_positive CHECK (revision > 0)
);
CREATE INDEX outbox_pending ON outbox (append_id) WHERE position IS NULL;

-- The last event that was pruned from the outbox; no row while none was.
CREATE TABLE feed_horizon (
    only_row boolean NOT NULL DEFAULT true,
    position bigint  NOT NULL,
    event_id uuid    NOT NULL,
    CONSTRAINT feed_horizon_pkey PRIMARY KEY (only_row),
    CONSTRAINT feed_horizon_only_row CHECK (only_row)
);

-- How far each projection of a neighbour's feed has come. The rebuild columns are set while it is rebuilt:
-- the head to replay from, and the token of the next snapshot page, empty for the first.
CREATE TABLE cursors (
    projection       text    NOT NULL,
    source           text    NOT NULL,
    version          integer NOT NULL,
    position         bigint  NOT NULL,
    event_id         uuid    NOT NULL,
    rebuild_position bigint,
    rebuild_event_id uuid,
    rebuild_token    text,
    CONSTRAINT cursors_pkey PRIMARY KEY (projection),
    CONSTRAINT cursors_rebuild_whole CHECK (num_nulls(rebuild_position, rebuild_event_id, rebuild_token) IN (0, 3))
);

-- The governments of which a projection holds something.
CREATE TABLE cursor_tenants (
    projection text        NOT NULL,
    tenant_id  tenant_code NOT NULL,
    CONSTRAINT cursor_tenants_pkey PRIMARY KEY (projection, tenant_id)
);

-- What a rebuild has found at the source so far; empty between rebuilds.
CREATE TABLE rebuild_keys (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    projection text        NOT NULL,
    key        uuid        NOT NULL,
    CONSTRAINT rebuild_keys_pkey PRIMARY KEY (tenant_id, projection, key)
);

-- Events that could not be applied, with their error, and behind them the later events of the same key.
CREATE TABLE parked_events (
    tenant_id  tenant_code NOT NULL DEFAULT current_tenant(),
    projection text        NOT NULL,
    key        uuid        NOT NULL,
    nth        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    position   bigint      NOT NULL,
    -- The event as it came, a kinerja.events.v1.Event.
    event      bytea       NOT NULL,
    -- Unset for those that only wait behind another.
    error      text,
    is_due     boolean     NOT NULL DEFAULT false,
    parked_at  timestamptz NOT NULL,
    CONSTRAINT parked_events_pkey PRIMARY KEY (tenant_id, projection, key, nth)
);

-- How much work each government has, counted now and then (kit: census): what operators are told, without
-- personal data. `counted_at` is unset until the first count.
CREATE TABLE census_rounds (
    tenant_id  tenant_code NOT NULL,
    counted_at timestamptz,
    CONSTRAINT census_rounds_pkey PRIMARY KEY (tenant_id)
);
CREATE TABLE census (
    tenant_id tenant_code NOT NULL,
    subject   text        NOT NULL,
    state     text        NOT NULL,
    count     bigint      NOT NULL,
    -- Of a window: when it closes.
    closes_at timestamptz,
    CONSTRAINT census_pkey PRIMARY KEY (tenant_id, subject, state)
);

-- Called once, by a service's first own migration.
CREATE PROCEDURE make_kit_tables(service text)
LANGUAGE plpgsql AS $$
BEGIN
    CALL make_plumbing_table(service, 'request_keys');
    CALL make_plumbing_table(service, 'access_log');
    CALL make_plumbing_table(service, 'outbox');
    CALL make_plumbing_table(service, 'parked_events');
    CALL make_plumbing_table(service, 'rebuild_keys');
    CALL make_shared_table(service, 'feed_horizon');
    CALL make_shared_table(service, 'cursors');
    CALL make_shared_table(service, 'cursor_tenants');
    CALL make_shared_table(service, 'census_rounds');
    CALL make_shared_table(service, 'census');
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', service || '_app', service || '_system');
END $$;
