#!/bin/sh
# Makes the roles of the hub and its database on a PostgreSQL server, as an administrator of that server. May be
# run again. In the container of compose.yaml it runs by itself at the first start.
#
#   PGHOST=… PGUSER=postgres LIENTHONG_DB_PASSWORD_FILE=/path sh deploy/postgres/roles.sh
#
# The owner that the hub logs in as is no superuser and makes no roles: the services' roles exist before it comes.
set -eu
owner="${LIENTHONG_DB_OWNER:-lienthong}"
database="${LIENTHONG_DB_NAME:-lienthong}"
roles="lienthong_ingest lienthong_identity lienthong_aggregate lienthong_export lienthong_console"
: "${LIENTHONG_DB_PASSWORD_FILE:?names the file with the password of the owner}"
export LIENTHONG_DB_PASSWORD_FILE
# In the container the variables of the image name the administrator.
: "${PGUSER:=${POSTGRES_USER:-postgres}}"
export PGUSER

# The password is set through a variable of psql, quoted by psql, and is in no command line.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<SQL
\set owner '$owner'
\set database '$database'
\set roles '$roles'
\set password \`cat "\$LIENTHONG_DB_PASSWORD_FILE"\`
SET log_statement = 'none';
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
ALTER ROLE :"owner" PASSWORD :'password';
SELECT format('CREATE ROLE %I NOLOGIN', role) FROM regexp_split_to_table(:'roles', ' ') AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
SELECT format('GRANT %I TO %I', role, :'owner') FROM regexp_split_to_table(:'roles', ' ') AS role \gexec
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', :'database', role) FROM regexp_split_to_table(:'roles', ' ') AS role \gexec
SQL
echo "Đã có cơ sở dữ liệu '$database' của '$owner'. / The database is there: run 'lienthong migrate'."
