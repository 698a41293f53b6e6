-- Runs once, when the database is new: a role for Grafana that can read what the hub is going to make, and nothing else.
CREATE ROLE grafana LOGIN PASSWORD 'grafana';
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
GRANT USAGE ON SCHEMA public TO grafana;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO grafana;
