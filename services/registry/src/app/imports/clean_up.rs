use kinerja_kit::tenant::TenantId;

use super::{App, Error, Import};
use crate::store;

impl App {
    /// Forgets the staged rows of a final import; its report stays.
    pub(crate) async fn clean_up_import(
        &self,
        tenant: &TenantId,
        import: &Import,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin(tenant).await?;
        store::imports::rows::delete(&mut tx, import.header.import_id).await?;
        tx.commit().await?;
        Ok(())
    }
}
