-- What the bare probes write: one table each, and no rule. A row is written twice, so half of a page is left free.
create table narrow_send (
  id     uuid     primary key,
  number bigint   not null,
  tag    bytea    not null,
  status smallint not null default 0,
  sid    text
) with (fillfactor = 50);

create table narrow_check (
  number bigint   primary key,
  tag    bytea    not null,
  tries  smallint not null default 0,
  used   boolean  not null default false
) with (fillfactor = 40);
