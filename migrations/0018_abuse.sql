-- The abuse budget: who pumps texts asks for many and enters no codes. For each tenant, texts to a country and for the network of an
-- address are counted with those that led to the right code; where too many did not, in an hour, a day or a fortnight, it is closed.
--
-- Nothing of this is on the way of a send or a check. A sweep reads each delivery once, when its code is dead and all is decided, into
-- buckets of ten minutes; what came longer than an hour before the first sweep, or while no worker swept for that long, is left out. Processes
-- read the short list of what is closed, and decide by their settings what follows from it.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- kind: c country, i network. Older than a day they are folded into one of the whole day.
create table abuse_bucket (
  tenant   text collate "C" not null,
  kind     "char"           not null,
  subject  text collate "C" not null,
  whole_day boolean         not null,
  at       timestamptz      not null,                               -- its begin
  sent     int              not null,
  verified int              not null,
  primary key (subject, tenant, kind, whole_day, at)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index abuse_bucket_at on abuse_bucket (at);

-- Deliveries before it are counted. One row.
create table abuse_mark (
  only_one boolean     primary key default true check (only_one),
  at       timestamptz not null
) with (fillfactor = 20);

-- span: the shortest window that is exceeded. told: its event was published.
create table abuse_closed (
  tenant     text collate "C" not null,
  kind       "char"           not null,
  subject    text collate "C" not null,
  span       text             not null,
  unverified int              not null,
  verified   int              not null,
  allowed    int              not null,
  since      timestamptz      not null,
  told       boolean          not null default false,
  primary key (subject, tenant, kind)
);

-- '203.0.113.0/24' or '2001:db8::/64': who has one address of these has them all. Null for what is no address.
create function network_of(p_ip text) returns text
language sql immutable parallel safe
return case when p_ip ~ '^[0-9.]+$' then text(network(set_masklen(p_ip::inet, 24)))
            when p_ip ~ '^[0-9a-fA-F:.]+$' then text(network(set_masklen(p_ip::inet, 64))) end;

-- Is more unverified than p_allowed: the greater of a floor and a share of what was verified? One row for the shortest window in which it
-- is. Floors and shares are those of an hour, a day and a fortnight.
create function abuse_exceeded(p_tenant text, p_kind "char", p_subject text, p_until timestamptz, p_floors int[], p_shares float8[])
returns table (span text, unverified int, verified int, allowed int)
language sql stable
begin atomic
  select x.span, c.sent - c.verified, c.verified, greatest(x.floor, x.share * c.verified)::int
    from (values ('1h', interval '1 h', p_floors[1], p_shares[1], 1), ('24h', interval '24 h', p_floors[2], p_shares[2], 2),
                 ('14d', interval '14 days', p_floors[3], p_shares[3], 3)) as x(span, length, floor, share, place)
   cross join lateral (
     select coalesce(sum(b.sent), 0)::int as sent, coalesce(sum(b.verified), 0)::int as verified
       from otp.abuse_bucket b
      where b.subject = p_subject and b.tenant = p_tenant and b.kind = p_kind and b.at > p_until - x.length) c
   where x.floor is not null and c.sent - c.verified > greatest(x.floor, x.share * c.verified)
   order by x.place limit 1;
end;

-- Counts the deliveries of the next p_piece that are older than p_grace, and opens or closes whom they concern. Null floors: that kind is
-- not judged, and is open. True: there is more to count, call again. One at a time: a second caller has nothing to do.
create function sweep_abuse(p_grace interval, p_floors_country int[], p_shares_country float8[], p_floors_ip int[], p_shares_ip float8[],
                            p_piece interval default '30 s') returns boolean
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_due    timestamptz := clock_timestamp() - p_grace;
  v_from   timestamptz;
  v_until  timestamptz;
  v_bucket timestamptz;
begin
  if not pg_try_advisory_xact_lock(hashtext('otp.sweep_abuse')) then return false; end if;
  select m.at into v_from from abuse_mark m;
  -- Nothing was swept for an hour: what came before is old news, and catching up would hold the list back. (greatest knows no null: the first.)
  v_from := greatest(v_from, v_due - interval '1 h');
  v_until := least(v_due, v_from + p_piece);
  if v_from >= v_until then return false; end if;
  insert into abuse_mark (at) values (v_until) on conflict on constraint abuse_mark_pkey do update set at = excluded.at;
  v_bucket := date_bin('10 min', v_from, 'epoch');

  -- tenant by tenant, along the index that listing has
  with recursive t(tenant) as (
    (select d.tenant from delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null
  ), decided as (
    select d.tenant, d.country, network_of(d.client_ip) as network, coalesce(v.status = 'approved', false) as verified
      from t
     cross join lateral (select d.* from delivery d where d.tenant = t.tenant and d.created_at >= v_from and d.created_at < v_until) d
      left join lateral (select v.status from verification v where v.id = d.verification_id and v.tenant = d.tenant limit 1) v on true
     where d.attempts > 0
  )
  insert into abuse_bucket as b (tenant, kind, subject, whole_day, at, sent, verified)
  select c.* from (
    select d.tenant, 'c'::"char", d.country, false, v_bucket, count(*)::int, (count(*) filter (where d.verified))::int
      from decided d where d.country is not null group by d.tenant, d.country
    union all
    select d.tenant, 'i'::"char", d.network, false, v_bucket, count(*)::int, (count(*) filter (where d.verified))::int
      from decided d where d.network is not null group by d.tenant, d.network) c
  on conflict on constraint abuse_bucket_pkey do update set sent = b.sent + excluded.sent, verified = b.verified + excluded.verified;

  if date_bin('10 min', v_until, 'epoch') > v_bucket then
    with old as (
      delete from abuse_bucket b where not b.whole_day and b.at < v_until - interval '25 h' returning b.*)
    insert into abuse_bucket as b (tenant, kind, subject, whole_day, at, sent, verified)
    select o.tenant, o.kind, o.subject, true, date_trunc('day', o.at), sum(o.sent)::int, sum(o.verified)::int from old o group by 1, 2, 3, 5
    on conflict on constraint abuse_bucket_pkey do update set sent = b.sent + excluded.sent, verified = b.verified + excluded.verified;
    delete from abuse_bucket b where b.whole_day and b.at < v_until - interval '16 days';
  end if;

  with subject as (
    select b.tenant, b.kind, b.subject from abuse_bucket b where b.at >= v_bucket and not b.whole_day
    union
    select c.tenant, c.kind, c.subject from abuse_closed c
  ), judged as materialized (
    select s.*, e.span, e.unverified, e.verified, e.allowed
      from subject s
      left join lateral abuse_exceeded(s.tenant, s.kind, s.subject, v_until, case s.kind when 'c' then p_floors_country else p_floors_ip end,
                                       case s.kind when 'c' then p_shares_country else p_shares_ip end) e on true
  ), opened as (
    delete from abuse_closed c using judged j
     where j.span is null and (c.subject, c.tenant, c.kind) = (j.subject, j.tenant, j.kind)
  )
  insert into abuse_closed as c (tenant, kind, subject, span, unverified, verified, allowed, since)
  select j.tenant, j.kind, j.subject, j.span, j.unverified, j.verified, j.allowed, clock_timestamp() from judged j where j.span is not null
  on conflict on constraint abuse_closed_pkey do update
     set span = excluded.span, unverified = excluded.unverified, verified = excluded.verified, allowed = excluded.allowed;
  return v_until < v_due;
end $$;

-- What is closed now; the latest first, should it be very much.
create function closed_by_abuse(p_limit int default 100000) returns table (tenant text, kind text, subject text)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select c.tenant, case c.kind when 'c' then 'country' else 'ip' end, c.subject from otp.abuse_closed c order by c.since desc limit p_limit
$$;

-- Closed, and its event not published yet. More than one worker may ask: events come at least once.
create function untold_abuse(p_limit int default 100)
returns table (tenant text, kind text, subject text, span text, unverified int, verified int, allowed int, since timestamptz)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select c.tenant, case c.kind when 'c' then 'country' else 'ip' end, c.subject, c.span, c.unverified, c.verified, c.allowed, c.since
    from otp.abuse_closed c where not c.told order by c.since limit p_limit
$$;

-- The broker has these events.
create function told_abuse(p_tenant text[], p_kind text[], p_subject text[]) returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  update otp.abuse_closed c set told = true
    from unnest(p_tenant, p_kind, p_subject) as u(tenant, kind, subject)
   where c.tenant = u.tenant and c.subject = u.subject and c.kind = case u.kind when 'country' then 'c' else 'i' end::"char"
$$;

revoke execute on function network_of, abuse_exceeded, sweep_abuse, closed_by_abuse, untold_abuse, told_abuse from public;
grant execute on function sweep_abuse, closed_by_abuse, untold_abuse, told_abuse to otp_worker;
grant execute on function closed_by_abuse to otp_verify;
reset role;
