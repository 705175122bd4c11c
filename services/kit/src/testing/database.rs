use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::tenant::Database;

/// The database of a test, connected as the role that serves.
///
/// `#[sqlx::test]` makes and migrates the database as a superuser, whom row-level security does not bind.
pub async fn app(pool: &PgPool, service: &str) -> Database {
    Database::new(app_pool(pool, service, 10).await, service)
}

/// Up to `size` connections as the app role to the database that `pool` is connected to.
pub async fn app_pool(pool: &PgPool, service: &str, size: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size)
        .test_before_acquire(false)
        .connect_with(as_app(pool, service))
        .await
        .expect("a connection as the app role")
}

pub(super) fn as_app(pool: &PgPool, service: &str) -> PgConnectOptions {
    let options = (*pool.connect_options()).clone();
    options.options([("role", format!("{service}_app"))])
}
