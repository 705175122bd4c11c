-- The three roles of one service. `SERVICE` is replaced by its name. Run once per cluster by its
-- administrator; never by a migration, since roles belong to the cluster and not to a database.
CREATE ROLE SERVICE_owner LOGIN;
CREATE ROLE SERVICE_app LOGIN NOINHERIT;
CREATE ROLE SERVICE_system NOLOGIN;
GRANT SERVICE_system TO SERVICE_app;
-- Compiling a statement takes longer than every statement of a service.
ALTER ROLE SERVICE_app SET jit = off;
-- Nothing that serves runs, or holds its locks, without end.
ALTER ROLE SERVICE_app SET statement_timeout = '30s';
ALTER ROLE SERVICE_app SET idle_in_transaction_session_timeout = '60s';
