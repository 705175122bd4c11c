use std::collections::HashMap;

use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    errors::constraint,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::{TenantId, Tx},
};
use kinerja_proto::registry::v1::{self as pb, Reason};
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim, day,
    error::{end_before_start, no_position},
};
use crate::{
    domain::{
        PositionId,
        public_service::{Promise, PublicService, PublicServiceId},
    },
    store::{self, public_services::PostView},
};

/// What a service promises, in words and figures.
#[derive(Debug)]
pub(crate) struct Standard {
    pub(crate) name: String,
    pub(crate) product: String,
    pub(crate) promise: Promise,
    pub(crate) fee: String,
    pub(crate) requirements: String,
}

#[derive(Debug)]
pub(crate) struct CreatePublicService {
    pub(crate) standard: Standard,
    pub(crate) opens_on: Date,
    pub(crate) position: Option<PositionId>,
    pub(crate) key: RequestKey,
}

#[derive(Debug)]
pub(crate) enum PublicServiceChange {
    Standard(Standard),
    Close(Date),
    Assign(PositionId, Date),
}

/// A service and who answers for it on a day.
#[derive(Debug)]
pub(crate) struct PublicServiceView {
    pub(crate) service: PublicService,
    pub(crate) post: Option<PostView>,
}

impl App {
    pub(crate) async fn create_public_service(
        &self,
        caller: &Caller,
        new: CreatePublicService,
    ) -> Result<PublicService, Error> {
        let now = self.clock.now();
        let standard = new.standard;
        let service = PublicService {
            id: self.clock.new_id(),
            name: standard.name,
            product: standard.product,
            promise: standard.promise,
            fee: standard.fee,
            requirements: standard.requirements,
            opens_on: new.opens_on,
            closes_on: None,
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, service.id.uuid(), now).await? {
            return store::public_services::get(&mut tx, done.into()).await?.ok_or_else(not_found);
        }
        store::public_services::insert(&mut tx, &service, now).await.map_err(of_constraint)?;
        if let Some(position) = new.position {
            assign(&mut tx, &service, position, new.opens_on).await?;
        }
        tx.commit().await?;
        Ok(service)
    }

    pub(crate) async fn change_public_service(
        &self,
        caller: &Caller,
        id: PublicServiceId,
        change: PublicServiceChange,
        mutation: Mutation,
    ) -> Result<PublicServiceView, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &mutation.key, id.uuid(), now).await?;
        let mut service = store::public_services::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        let mut on = None;
        if done.is_none() {
            check_etag(mutation.revision, service.revision)?;
            service = match change {
                PublicServiceChange::Standard(standard) => improved(service, standard),
                PublicServiceChange::Close(closes_on) if closes_on <= service.opens_on => {
                    return Err(end_before_start());
                }
                PublicServiceChange::Close(closes_on) => {
                    service.close(closes_on).map_err(|_| closed())?
                }
                PublicServiceChange::Assign(position, from_on) => {
                    assign(&mut tx, &service, position, from_on).await?;
                    on = Some(from_on);
                    PublicService { revision: service.revision + 1, ..service }
                }
            };
            store::public_services::update(&mut tx, &service).await.map_err(of_constraint)?;
        }
        let day = day(&mut tx, on, now).await?;
        let post = store::public_services::posts(&mut tx, &[id.uuid()], day).await?.pop();
        tx.commit().await?;
        Ok(PublicServiceView { service, post })
    }

    /// What anybody may read of a service.
    pub(crate) async fn get_public_service(
        &self,
        tenant: &TenantId,
        id: PublicServiceId,
        on: Option<Date>,
    ) -> Result<PublicServiceView, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let day = day(&mut tx, on, self.clock.now()).await?;
        let service = store::public_services::get(&mut tx, id).await?.ok_or_else(not_found)?;
        let post = store::public_services::posts(&mut tx, &[id.uuid()], day).await?.pop();
        Ok(PublicServiceView { service, post })
    }

    pub(crate) async fn list_public_services(
        &self,
        tenant: &TenantId,
        page: PageRequest<String>,
    ) -> Result<Page<PublicServiceView>, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let day = day(&mut tx, None, self.clock.now()).await?;
        let after = page.after.as_deref().unwrap_or_default();
        let services = store::public_services::list(&mut tx, day, after, page.limit).await?;
        let services =
            page.page_of::<pb::PublicService, _>(services, |service| service.name.clone());
        let ids: Vec<Uuid> = services.items.iter().map(|service| service.id.uuid()).collect();
        let posts = store::public_services::posts(&mut tx, &ids, day).await?;
        let mut posts: HashMap<Uuid, PostView> =
            posts.into_iter().map(|post| (post.public_service_id, post)).collect();
        Ok(services
            .map(|service| PublicServiceView { post: posts.remove(&service.id.uuid()), service }))
    }

    /// The post that answers for a service on a day, and the employee who holds it.
    pub(crate) async fn resolve_official(
        &self,
        caller: &Caller,
        id: PublicServiceId,
        on: Option<Date>,
    ) -> Result<PostView, Error> {
        let view = self.get_public_service(caller.tenant()?, id, on).await?;
        let unassigned = || {
            let message = "no post answers for the service on the date";
            Error::not_found(Reason::PublicServiceUnassigned, message)
        };
        let post = view.post.ok_or_else(unassigned)?;
        if let Some(employee) = post.employee_id {
            self.access_log.record(caller, "ResolveOfficial", employee).await;
        }
        Ok(post)
    }
}

fn improved(service: PublicService, standard: Standard) -> PublicService {
    PublicService {
        name: standard.name,
        product: standard.product,
        promise: standard.promise,
        fee: standard.fee,
        requirements: standard.requirements,
        revision: service.revision + 1,
        ..service
    }
}

async fn assign(
    tx: &mut Tx,
    service: &PublicService,
    position: PositionId,
    from_on: Date,
) -> Result<(), Error> {
    if !service.is_open(from_on) {
        return Err(closed());
    }
    let posts = store::public_services::set_post(tx, service.id, from_on, position.uuid());
    posts.await.map_err(of_constraint)
}

fn of_constraint(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("public_services_name_unique") => {
            Error::taken(Reason::PublicServiceNameTaken, "another service has the name")
        }
        Some("public_service_posts_position_exists") => no_position(),
        _ => error.into(),
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::PublicServiceNotFound, "the public service does not exist")
}

fn closed() -> Error {
    Error::wrong_state(Reason::PublicServiceClosed, "the public service is closed")
}
