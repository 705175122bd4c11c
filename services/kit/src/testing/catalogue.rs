use sqlx::PgPool;

/// The tables of a migrated database by kind, each kind in alphabetical order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TableKinds {
    pub tenant: Vec<String>,
    pub plumbing: Vec<String>,
    pub shared: Vec<String>,
    /// Of none of the three kinds: a table that nobody decided about.
    pub unknown: Vec<String>,
}

const TENANT_ROWS: &str =
    "((tenant_id)::text = NULLIF(current_setting('kinerja.tenant_id'::text, true), ''::text))";

/// Reads the kinds from the catalogue and compares every policy and grant literally.
pub async fn table_kinds(pool: &PgPool, service: &str) -> TableKinds {
    let mut kinds = TableKinds::default();
    for table in tables(pool).await {
        let (app, system) = (format!("{service}_app"), format!("{service}_system"));
        let tenant = ["tenant:PERMISSIVE:public:".to_owned() + TENANT_ROWS];
        let owner = [format!("owner_all:PERMISSIVE:{service}_owner:true")];
        let across = [format!("system:PERMISSIVE:{system}:true")];
        let write = "DELETE,INSERT,SELECT,UPDATE";
        let (own, both) =
            ([format!("{app}={write}")], [format!("{app}={write}"), format!("{system}={write}")]);
        let kind = if table.is(true, &[&owner[..], &tenant].concat(), &own) {
            &mut kinds.tenant
        } else if table.is(true, &[&owner[..], &across, &tenant].concat(), &both) {
            &mut kinds.plumbing
        } else if table.is(false, &[], &both) {
            &mut kinds.shared
        } else {
            &mut kinds.unknown
        };
        kind.push(table.name);
    }
    kinds
}

#[derive(sqlx::FromRow)]
struct Table {
    name: String,
    secured: bool,
    policies: Vec<String>,
    grants: Vec<String>,
    starts_with_tenant: bool,
}

impl Table {
    fn is(&self, secured: bool, policies: &[String], grants: &[String]) -> bool {
        self.secured == secured
            && self.policies == policies
            && self.grants == grants
            && (self.starts_with_tenant || !secured)
    }
}

async fn tables(pool: &PgPool) -> Vec<Table> {
    sqlx::query_as(
        "SELECT c.relname::text AS name,
             c.relrowsecurity AND c.relforcerowsecurity AS secured,
             ARRAY(SELECT p.policyname || ':' || p.permissive || ':' || array_to_string(p.roles, ',') || ':'
                       || coalesce(p.qual, '') || coalesce(p.with_check, '')
                   FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
                   ORDER BY p.policyname) AS policies,
             ARRAY(SELECT g.grantee || '=' || string_agg(g.privilege_type, ',' ORDER BY g.privilege_type)
                   FROM information_schema.role_table_grants g
                   WHERE g.table_schema = 'public' AND g.table_name = c.relname AND g.grantee <> tableowner
                   GROUP BY g.grantee ORDER BY g.grantee) AS grants,
             EXISTS (SELECT FROM pg_index i
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                     WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname = 'tenant_id') AS starts_with_tenant
         FROM pg_class c
         JOIN pg_tables t ON t.schemaname = 'public' AND t.tablename = c.relname
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND c.relname <> '_sqlx_migrations'
         ORDER BY c.relname",
    )
    .fetch_all(pool)
    .await
    .expect("the catalogue")
}
