//! Personnel exports taken in through the stream.

use kinerja_kit::client::Channel;
use kinerja_registry::MIGRATOR;
use pb::{
    ImportFaultCode as Fault, ImportMode as Mode, ImportState as State,
    import_employees_request::Part, import_service_client::ImportServiceClient,
};
use sqlx::PgPool;
use tokio_stream::StreamExt as _;
use tonic::Status;

use crate::{
    pb,
    world::{TEBING, World, request_id},
};

pub(crate) const HEADER: &str = "NIP;NAMA;JENIS_PEGAWAI;GOLONGAN;TMT_GOLONGAN;STATUS;KODE_UNIT;NAMA_UNIT;KODE_UNIT_INDUK;JENIS_UNIT;JABATAN;JENIS_JABATAN;JENJANG;KELAS;KEPALA_UNIT;JENIS_PENEMPATAN;TMT_JABATAN;NIP_ATASAN\n";
pub(crate) const HEAD: &str = "'197111181995031001;dr. Parlin Rangkuti, M.M.;PNS;IV/b;01-10-2024;AKTIF;DINKES;Dinas Kesehatan;;DINAS;Kepala Dinas;JPT_PRATAMA;;14;Y;DEFINITIF;01-07-2025;\n";
pub(crate) const NURSE: &str = "19860926 201505 2 001;Siti Rahma;PNS;III/b;2024-04-01;;DINKES.01;Puskesmas Rambutan;DINKES;PUSKESMAS;Perawat;FUNGSIONAL;AHLI_PERTAMA;8;T;;2023-02-01;197111181995031001\n";
pub(crate) const CLERK: &str = "199003122022211004;Budi Santoso, S.E.;PPPK;IX;01-03-2022;AKTIF;DINKES;Dinas Kesehatan;;DINAS;Pengelola Data;PELAKSANA;;7;T;DEFINITIF;01-03-2022;\n";

pub(crate) struct Delivery {
    pub(crate) header: pb::ImportHeader,
    pub(crate) parts: Vec<Part>,
}

/// A file that arrives in pieces of 100 bytes.
pub(crate) fn file(text: impl AsRef<[u8]>) -> Delivery {
    let parts = text.as_ref().chunks(100).map(|piece| Part::Csv(piece.to_vec()));
    let header = pb::ImportHeader {
        request_id: request_id(),
        mode: Mode::GoodRows.into(),
        create_units: true,
        ..pb::ImportHeader::default()
    };
    Delivery { header, parts: parts.chain([Part::End(pb::ImportEnd {})]).collect() }
}

pub(crate) fn rows(rows: &[&str]) -> Delivery {
    file([&[HEADER], rows].concat().concat())
}

impl Delivery {
    pub(crate) fn all_or_nothing(mut self) -> Self {
        self.header.mode = Mode::AllOrNothing.into();
        self
    }

    pub(crate) fn dry(mut self) -> Self {
        self.header.dry_run = true;
        self
    }

    pub(crate) fn without_new_units(mut self) -> Self {
        self.header.create_units = false;
        self
    }
}

pub(crate) fn importer(world: &World, tenant: &str) -> ImportServiceClient<Channel> {
    ImportServiceClient::new(world.officer_of(tenant))
}

pub(crate) fn messages(delivery: Delivery) -> Vec<pb::ImportEmployeesRequest> {
    let parts = [Part::Header(delivery.header)].into_iter().chain(delivery.parts);
    parts.map(|part| pb::ImportEmployeesRequest { part: Some(part) }).collect()
}

/// Sends a delivery and returns the last reply.
pub(crate) async fn send(world: &World, delivery: Delivery) -> Result<pb::Import, Status> {
    let request = tokio_stream::iter(messages(delivery));
    let mut replies = importer(world, TEBING).import_employees(request).await?.into_inner();
    let mut last = None;
    while let Some(reply) = replies.next().await {
        last = reply?.import;
    }
    Ok(last.expect("a reply"))
}

pub(crate) async fn import(world: &World, delivery: Delivery) -> pb::Import {
    send(world, delivery).await.expect("an import")
}

pub(crate) fn counts(import: &pb::Import) -> (i64, i64, i64, i64) {
    let counts = import.counts.expect("counts");
    (counts.created, counts.updated, counts.unchanged, counts.refused)
}

/// Row, heading and code of every fault.
pub(crate) async fn faults(world: &World, import: &pb::Import) -> Vec<(i64, String, Fault)> {
    let mut all = Vec::new();
    let mut request = pb::ListImportFaultsRequest {
        import_id: import.id.clone(),
        page_size: 2,
        page_token: String::new(),
    };
    loop {
        let page = importer(world, TEBING).list_import_faults(request.clone()).await;
        let page = page.expect("faults").into_inner();
        all.extend(page.faults);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(all.iter().all(|fault| !fault.english.is_empty() && !fault.indonesian.is_empty()));
    all.into_iter().map(|fault| (fault.row, fault.heading.clone(), fault.code())).collect()
}

pub(crate) fn fault(row: i64, heading: &str, code: Fault) -> (i64, String, Fault) {
    (row, heading.to_owned(), code)
}

pub(crate) async fn count(pool: &PgPool, table: &'static str) -> i64 {
    let text = match table {
        "employees" => "SELECT count(*) FROM employees",
        "units" => "SELECT count(*) FROM units",
        "outbox" => "SELECT count(*) FROM outbox WHERE type_name LIKE '%EmployeeChanged'",
        "import_rows" => "SELECT count(*) FROM import_rows",
        _ => "SELECT count(*) FROM reporting_lines",
    };
    sqlx::query_scalar(text).fetch_one(pool).await.expect("a count")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_file_brings_people_units_positions_and_reporting_lines(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let done = import(&world, rows(&[NURSE, HEAD, CLERK])).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (3, 0, 0, 0)));
    assert_eq!(done.counts.map(|c| (c.units_created, c.positions_created)), Some((2, 3)));
    for (table, rows) in
        [("employees", 3), ("units", 2), ("outbox", 3), ("lines", 1), ("import_rows", 0)]
    {
        assert_eq!(count(&pool, table).await, rows, "{table}");
    }
    let nurse: (String, String, String, String, String) = sqlx::query_as(
        "SELECT e.name, r.rank, s.status, p.name, a.from_on::text
         FROM identity_numbers JOIN employees e USING (tenant_id, employee_id)
         JOIN ranks r USING (tenant_id, employee_id) JOIN statuses s USING (tenant_id, employee_id)
         JOIN assignments a USING (tenant_id, employee_id) JOIN positions p USING (tenant_id, position_id)
         WHERE number = '198609262015052001'",
    )
    .fetch_one(&pool)
    .await
    .expect("the nurse");
    let nurse = [nurse.0, nurse.1, nurse.2, nurse.3, nurse.4];
    assert_eq!(nurse, ["Siti Rahma", "III/b", "ACTIVE", "Perawat", "2023-02-01"]);
    let title: String = sqlx::query_scalar(
        "SELECT front_title || back_title FROM employees WHERE name = 'Parlin Rangkuti'",
    )
    .fetch_one(&pool)
    .await
    .expect("the head");
    assert_eq!(title, "dr.M.M.");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn any_separator_with_or_without_byte_order_mark_is_read(pool: PgPool) {
    let world = World::new(pool).await;
    let semicolons = [HEADER, HEAD, CLERK].concat();
    assert_eq!(counts(&import(&world, file(&semicolons)).await), (2, 0, 0, 0));
    let tabs = format!("\u{feff}{}", semicolons.replace(';', "\t").replace('\n', "\r\n"));
    assert_eq!(counts(&import(&world, file(tabs)).await), (0, 0, 2, 0));
    let quoted = semicolons.replace(", ", ",, ");
    let commas: String = quoted
        .lines()
        .map(|line| {
            let cells = line.split(';').map(|cell| format!("\"{}\"", cell.replace(",, ", ", ")));
            cells.collect::<Vec<_>>().join(",") + "\n"
        })
        .collect();
    assert_eq!(counts(&import(&world, file(commas)).await), (0, 0, 2, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn rows_may_come_cell_by_cell(pool: PgPool) {
    let world = World::new(pool).await;
    let row = pb::ImportRow {
        identity_number: "198609262015052001".into(),
        name: "Siti Rahma".into(),
        employment_kind: "PNS".into(),
        ..pb::ImportRow::default()
    };
    let mut delivery = rows(&[]);
    delivery.parts =
        vec![Part::Rows(pb::ImportRows { rows: vec![row] }), Part::End(pb::ImportEnd {})];
    assert_eq!(counts(&import(&world, delivery).await), (1, 0, 0, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_cell_is_reported_by_row_and_column_and_good_rows_go_in(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let ruined = "1.98501E+17;Ani;PNS;III/a;30-02-2024;AKTIF;;;;;;;;;;;;\n";
    let blank = "198609262015052002;;HONORER;III/z;01-01-2024;LIBUR;;;;;;;;;;;;\n";
    let short = "198609262015052003;Ani;PNS\n";
    let later = "198609262015052004;Ani;PNS;III/a;01-01-2027;;;;;;;;;;;;;\n";
    let done = import(&world, rows(&[HEAD, ruined, blank, short, CLERK, later])).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (2, 0, 0, 4)));
    let expected = [
        fault(2, "NIP", Fault::NumberRuined),
        fault(2, "TMT_GOLONGAN", Fault::Date),
        fault(3, "NAMA", Fault::Blank),
        fault(3, "JENIS_PEGAWAI", Fault::Word),
        fault(3, "GOLONGAN", Fault::Word),
        fault(3, "STATUS", Fault::Word),
        fault(4, "", Fault::CellCount),
        fault(6, "TMT_GOLONGAN", Fault::DateOrder),
    ];
    assert_eq!(faults(&world, &done).await, expected);
    assert_eq!(count(&pool, "employees").await, 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_in_a_report_is_masked(pool: PgPool) {
    let world = World::new(pool).await;
    let done = import(&world, rows(&["198609262015053001;Ani;PNS;;;;;;;;;;;;;;;\n"])).await;
    let request = pb::ListImportFaultsRequest { import_id: done.id, ..Default::default() };
    let page = importer(&world, TEBING).list_import_faults(request).await.expect("faults");
    assert_eq!(page.into_inner().faults[0].value, "1986**************");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn all_or_nothing_means_nothing_when_one_row_is_faulty(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let faulty = "1.98501E+17;Ani;PNS;;;;;;;;;;;;;;;\n";
    let refused = import(&world, rows(&[HEAD, faulty]).all_or_nothing()).await;
    assert_eq!((refused.state(), counts(&refused)), (State::Refused, (1, 0, 0, 1)));
    assert_eq!((count(&pool, "employees").await, count(&pool, "units").await), (0, 0));
    let done = import(&world, rows(&[HEAD, NURSE]).all_or_nothing()).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (2, 0, 0, 0)));
    assert_eq!(count(&pool, "employees").await, 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_dry_run_tells_everything_and_changes_nothing(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let faulty = "1.98501E+17;Ani;PNS;;;;;;;;;;;;;;;\n";
    let told = import(&world, rows(&[HEAD, faulty, NURSE]).dry()).await;
    assert_eq!((told.state(), counts(&told)), (State::Done, (2, 0, 0, 1)));
    assert_eq!(faults(&world, &told).await, [fault(2, "NIP", Fault::NumberRuined)]);
    for table in ["employees", "units", "outbox", "lines", "import_rows"] {
        assert_eq!(count(&pool, table).await, 0, "{table}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_known_number_changes_what_differs(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    import(&world, rows(&[HEAD, NURSE, CLERK])).await;
    let promoted = CLERK
        .replace("Budi Santoso, S.E.", "Budi Santoso, S.E., M.M.")
        .replace("IX;01-03-2022", "X;01-01-2026")
        .replace(
            "Pengelola Data;PELAKSANA;;7;T;DEFINITIF;01-03-2022",
            "Analis;PELAKSANA;;8;T;DEFINITIF;01-02-2026",
        );
    let done = import(&world, rows(&[HEAD, NURSE, &promoted])).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (0, 1, 2, 0)));
    assert_eq!(count(&pool, "outbox").await, 4);
    let (ranks, open, ended): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM ranks WHERE tenant_id = i.tenant_id AND employee_id = i.employee_id),
            count(*) FILTER (WHERE until_on IS NULL), count(*) FILTER (WHERE until_on = '2026-02-01')
         FROM identity_numbers i JOIN assignments a USING (tenant_id, employee_id)
         WHERE number = '199003122022211004' GROUP BY i.tenant_id, i.employee_id",
    )
    .fetch_one(&pool)
    .await
    .expect("history");
    assert_eq!((ranks, open, ended), (2, 1, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_blank_cell_leaves_what_is_known(pool: PgPool) {
    let world = World::new(pool).await;
    import(&world, rows(&[CLERK])).await;
    let bare = "199003122022211004;Budi Santoso, S.E.;PPPK;;;;;;;;;;;;;;;\n";
    assert_eq!(counts(&import(&world, rows(&[bare])).await), (0, 0, 1, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_row_is_refused_and_an_acting_one_is_not_repeated(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let acting =
        "198609262015052001;;;;;;DINKES.01;;;;Kepala Puskesmas;PENGAWAS;;;Y;PLT;01-02-2026;\n";
    let done = import(&world, rows(&[HEAD, NURSE, NURSE, acting])).await;
    assert_eq!(counts(&done), (2, 0, 0, 1));
    assert_eq!(faults(&world, &done).await, [fault(3, "NIP", Fault::Repeated)]);
    let kinds: Vec<String> = sqlx::query_scalar(
        "SELECT a.kind FROM assignments a JOIN identity_numbers USING (tenant_id, employee_id)
         WHERE number = '198609262015052001' ORDER BY a.kind",
    )
    .fetch_all(&pool)
    .await
    .expect("assignments");
    assert_eq!(kinds, ["DEFINITIVE", "PLT"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_acting_official_must_be_known(pool: PgPool) {
    let world = World::new(pool).await;
    let acting = "198609262015052001;;;;;;DINKES;Dinas Kesehatan;;DINAS;Kepala Dinas;JPT_PRATAMA;;;Y;PLT;01-02-2026;\n";
    let done = import(&world, rows(&[acting])).await;
    assert_eq!(faults(&world, &done).await, [fault(1, "NIP", Fault::EmployeeUnknown)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn units_and_positions_are_made_only_where_the_caller_says_so(pool: PgPool) {
    let world = World::new(pool).await;
    let refused = import(&world, rows(&[HEAD]).without_new_units()).await;
    assert_eq!(faults(&world, &refused).await, [fault(1, "KODE_UNIT", Fault::UnitUnknown)]);
    import(&world, rows(&[HEAD])).await;
    let refused = import(&world, rows(&[CLERK]).without_new_units()).await;
    assert_eq!(faults(&world, &refused).await, [fault(1, "JABATAN", Fault::PositionUnknown)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_below_an_unknown_one_takes_its_rows_with_it(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let done = import(&world, rows(&[&NURSE.replace(";197111181995031001", ";")])).await;
    assert_eq!(
        faults(&world, &done).await,
        [fault(1, "KODE_UNIT_INDUK", Fault::ParentUnitUnknown)]
    );
    assert_eq!((count(&pool, "units").await, count(&pool, "employees").await), (0, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_has_one_head_and_its_head_one_holder(pool: PgPool) {
    let world = World::new(pool).await;
    let second = CLERK.replace("Pengelola Data;PELAKSANA;;7;T", "Kepala Dinas;JPT_PRATAMA;;14;Y");
    let done = import(&world, rows(&[HEAD, &second])).await;
    assert_eq!(faults(&world, &done).await, [fault(2, "KEPALA_UNIT", Fault::HeadTaken)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_superior_must_be_in_the_registry_or_the_file(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let unknown = CLERK.replace(";01-03-2022;\n", ";01-03-2022;197511181999031001\n");
    let done = import(&world, rows(&[HEAD, NURSE, &unknown])).await;
    assert_eq!(faults(&world, &done).await, [fault(3, "NIP_ATASAN", Fault::SuperiorUnknown)]);
    assert_eq!((count(&pool, "employees").await, count(&pool, "lines").await), (2, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_row_whose_superior_was_refused_goes_in_without_the_line(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let faulty = HEAD.replace("IV/b", "IV/z");
    let done =
        import(&world, rows(&[&faulty, CLERK, &NURSE.replace(";DINKES;PUSKESMAS", ";;PUSKESMAS")]))
            .await;
    assert_eq!(counts(&done), (2, 0, 0, 1));
    let told = faults(&world, &done).await;
    assert_eq!(told[1..], [fault(3, "NIP_ATASAN", Fault::SuperiorRefused)]);
    assert_eq!((count(&pool, "employees").await, count(&pool, "lines").await), (2, 0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reporting_lines_that_form_a_ring_are_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let head = HEAD.replace(";01-07-2025;\n", ";01-07-2025;198609262015052001\n");
    let done = import(&world, rows(&[&head, NURSE, CLERK])).await;
    let ring = |row| fault(row, "NIP_ATASAN", Fault::SuperiorRing);
    assert_eq!(faults(&world, &done).await, [ring(1), ring(2)]);
    assert_eq!(counts(&done), (1, 0, 0, 2));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_exported_is_imported_as_unchanged(pool: PgPool) {
    use pb::export_service_client::ExportServiceClient;
    let world = World::new(pool).await;
    let acting =
        "198609262015052001;;;;;;DINKES.01;;;;Kepala Puskesmas;PENGAWAS;;;Y;PLT;01-02-2026;\n";
    import(&world, rows(&[HEAD, NURSE, CLERK, acting])).await;
    let request = pb::ExportEmployeesRequest {
        separator: pb::ExportSeparator::Semicolon.into(),
        ..pb::ExportEmployeesRequest::default()
    };
    let mut client = ExportServiceClient::new(world.officer_of(TEBING));
    let mut chunks = client.export_employees(request).await.expect("a stream").into_inner();
    let mut text = Vec::new();
    while let Some(chunk) = chunks.next().await {
        text.extend(chunk.expect("a chunk").csv);
    }
    assert_eq!(String::from_utf8_lossy(&text).lines().count(), 5);
    let again = import(&world, file(text)).await;
    assert_eq!(
        (again.state(), counts(&again)),
        (State::Done, (0, 0, 3, 0)),
        "{:?}",
        faults(&world, &again).await
    );
}
