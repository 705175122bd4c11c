-- Licences to practise that expire: STR, SIP.
CREATE TABLE licences (
    tenant_id   tenant_code NOT NULL DEFAULT current_tenant(),
    licence_id  uuid        NOT NULL,
    employee_id uuid        NOT NULL,
    kind        text        NOT NULL CONSTRAINT licences_kind_known CHECK (kind IN ('STR', 'SIP', 'OTHER')),
    number      text        COLLATE "C" NOT NULL CONSTRAINT licences_number_length CHECK (
        length(btrim(number)) BETWEEN 1 AND 100),
    issuer      text        NOT NULL CONSTRAINT licences_issuer_length CHECK (length(btrim(issuer)) BETWEEN 1 AND 200),
    issued_on   date        NOT NULL,
    -- The last day it is valid.
    expires_on  date        NOT NULL,
    created_at  timestamptz NOT NULL,
    revision    bigint      NOT NULL,
    PRIMARY KEY (tenant_id, licence_id),
    CONSTRAINT licences_number_unique UNIQUE (tenant_id, kind, number),
    CONSTRAINT licences_employee_exists FOREIGN KEY (tenant_id, employee_id)
        REFERENCES employees (tenant_id, employee_id),
    CONSTRAINT licences_expires_after_issue CHECK (expires_on > issued_on)
);
CREATE INDEX licences_by_employee ON licences (tenant_id, employee_id, expires_on, licence_id);
CREATE INDEX licences_by_expiry ON licences (tenant_id, expires_on, licence_id);
CALL make_tenant_table('registry', 'licences');
