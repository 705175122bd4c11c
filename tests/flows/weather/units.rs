//! Units of a government: what is written and read while something goes wrong.

use std::collections::BTreeSet;

use kinerja_kit::client::{self, Channel};
use kinerja_proto::registry::v1::{
    CreateUnitRequest, ListUnitsRequest, UnitKind, unit_service_client::UnitServiceClient,
};
use tonic::Status;
use uuid::Uuid;

/// The request of the unit of that number: its id follows from the number, so that a repetition is the same write.
pub(super) fn unit(number: usize) -> CreateUnitRequest {
    let request_id = Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0002_0000 + number as u128);
    CreateUnitRequest {
        name: format!("Unit {number}"),
        kind: UnitKind::Section.into(),
        opened_on: "2026-01-02".to_owned(),
        request_id: request_id.to_string(),
        ..Default::default()
    }
}

/// Writes the unit of that number, and gives its id.
pub(super) async fn create(channel: &Channel, number: usize) -> Result<String, Status> {
    let mut units = UnitServiceClient::new(channel.clone());
    let created = units.create_unit(client::system(unit(number))).await?.into_inner();
    Ok(created.unit.unwrap_or_default().unit_id)
}

/// Reads one page.
pub(super) async fn read(channel: &Channel) -> Result<(), Status> {
    let request = client::system(ListUnitsRequest { page_size: 5, ..Default::default() });
    UnitServiceClient::new(channel.clone()).list_units(request).await.map(drop)
}

/// The ids of all there are.
pub(super) async fn all(channel: &Channel) -> Result<BTreeSet<String>, Status> {
    let mut units = UnitServiceClient::new(channel.clone());
    let (mut ids, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let request = ListUnitsRequest { page_size: 500, page_token, ..Default::default() };
        let page = units.list_units(client::system(request)).await?.into_inner();
        ids.extend(page.units.into_iter().map(|unit| unit.unit_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(ids);
        }
    }
}
