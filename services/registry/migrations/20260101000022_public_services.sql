-- What the government does for the public (layanan), and what it promises.
CREATE TABLE public_services (
    tenant_id             tenant_code NOT NULL DEFAULT current_tenant(),
    public_service_id     uuid        NOT NULL,
    name                  text        COLLATE "C" NOT NULL CONSTRAINT public_services_name_length CHECK (
        length(btrim(name)) BETWEEN 1 AND 200),
    product               text        NOT NULL,
    promised_working_days integer     CONSTRAINT public_services_working_days_range CHECK (
        promised_working_days BETWEEN 1 AND 366),
    promised_minutes      integer     CONSTRAINT public_services_minutes_range CHECK (
        promised_minutes BETWEEN 1 AND 10000),
    fee                   text        NOT NULL,
    requirements          text        NOT NULL,
    opens_on              date        NOT NULL,
    closes_on             date,
    created_at            timestamptz NOT NULL,
    revision              bigint      NOT NULL,
    PRIMARY KEY (tenant_id, public_service_id),
    CONSTRAINT public_services_name_unique UNIQUE (tenant_id, name),
    CONSTRAINT public_services_one_promise CHECK (num_nonnulls(promised_working_days, promised_minutes) = 1),
    CONSTRAINT public_services_closes_after_opening CHECK (closes_on > opens_on)
);
CALL make_tenant_table('registry', 'public_services');

-- The post that answers for a service, by start.
CREATE TABLE public_service_posts (
    tenant_id         tenant_code NOT NULL DEFAULT current_tenant(),
    public_service_id uuid        NOT NULL,
    from_on           date        NOT NULL,
    position_id       uuid        NOT NULL,
    PRIMARY KEY (tenant_id, public_service_id, from_on),
    CONSTRAINT public_service_posts_service_exists FOREIGN KEY (tenant_id, public_service_id)
        REFERENCES public_services (tenant_id, public_service_id),
    CONSTRAINT public_service_posts_position_exists FOREIGN KEY (tenant_id, position_id)
        REFERENCES positions (tenant_id, position_id)
);
CREATE INDEX public_service_posts_by_position ON public_service_posts (tenant_id, position_id);
CALL make_tenant_table('registry', 'public_service_posts');
