-- What otp-verify shows. The functions belong to otp_reader, which row-level security holds to one tenant: a forgotten condition shows
-- nothing of another. (The other functions belong to the tables' owner, whom it does not touch.)
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

grant usage on schema audit to otp_reader;
grant execute on function audit.mask, shown_status to otp_reader;
grant select (id, tenant, number, purpose, "user", status, wrong_checks, created_at, expires_at, settled_at) on verification to otp_reader;
grant select (request_id, verification_id, tenant, number, purpose, "user", channel, template, locale, status, reason, provider, attempts,
              requested_at, created_at, finished_at) on delivery to otp_reader;
grant select on delivery_attempt, delivery_event to otp_reader;
alter table verification enable row level security;
alter table delivery enable row level security;
create policy one_tenant on verification for select to otp_reader using (tenant = current_setting('otp.tenant', true));
create policy one_tenant on delivery for select to otp_reader using (tenant = current_setting('otp.tenant', true));

-- RFC 3339 in UTC with milliseconds.
create function rfc3339(p_at timestamptz) returns text
language sql stable parallel safe
return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The body of GET /v1/verifications/{id}; null where this tenant has none of that id.
create function read_verification(p_tenant text, p_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
begin
  perform set_config('otp.tenant', p_tenant, true);
  return (
    select jsonb_build_object(
             'id', v.id, 'status', shown_status(v.status, v.wrong_checks, v.expires_at), 'to', audit.mask(v.number), 'purpose', v.purpose,
             'user', v."user", 'created_at', rfc3339(v.created_at), 'expires_at', rfc3339(v.expires_at), 'settled_at', rfc3339(v.settled_at),
             'verified_at', case when v.status = 'approved' then rfc3339(v.settled_at) end, 'deliveries', coalesce(l.list, '[]'))
      from verification v
      left join lateral (
        select jsonb_agg(jsonb_build_object(
                 'request_id', d.request_id, 'status', d.status, 'reason', d.reason, 'channel', d.channel, 'provider', d.provider,
                 'template', d.template, 'locale', d.locale, 'requested_at', rfc3339(d.requested_at), 'created_at', rfc3339(d.created_at),
                 'finished_at', rfc3339(d.finished_at), 'attempts', coalesce(a.list, '[]'), 'events', coalesce(e.list, '[]'))
                 order by d.created_at, d.request_id) as list
          from delivery d
          left join lateral (
            select jsonb_agg(jsonb_build_object(
                     'attempt', a.attempt, 'provider', a.provider, 'channel', a.channel, 'state', a.state, 'provider_message_id', a.provider_message_id,
                     'http_status', a.http_status, 'error_code', a.error_code, 'segments', a.segments, 'started_at', rfc3339(a.started_at),
                     'finished_at', rfc3339(a.finished_at)) order by a.attempt) as list
              from delivery_attempt a where a.request_id = d.request_id) a on true
          left join lateral (
            select jsonb_agg(jsonb_build_object(
                     'at', rfc3339(e.at), 'attempt', e.attempt, 'kind', e.kind, 'status', e.status, 'error_code', e.error_code) order by e.at) as list
              from delivery_event e where e.request_id = d.request_id and e.at >= d.created_at) e on true
         where d.verification_id = v.id) l on true
     where v.id = p_id and v.tenant = p_tenant);
end $$;

-- Where a page of the list ended.
create function list_cursor(p_at timestamptz, p_id uuid) returns text
language sql stable parallel safe
return (extract(epoch from p_at) * 1000000)::bigint || '_' || p_id;

-- The body of GET /v1/deliveries: newest first, {items, next_cursor}. A null filter is none; p_created_after and p_created_before are
-- exclusive; p_to is a whole number. p_cursor is the next_cursor of the page before; another text ends with 22023.
--
-- Filters that have no index are looked for in the next 20,000 deliveries only: what fits hardly any of millions would take longer than a
-- statement may. So a page may hold few items or none, and yet have a next_cursor.
--
-- Stable, so that all its statements see what the call's snapshot does: between two of its own, a request that was stored meanwhile would move
-- the cursor, and the next page would repeat items of this one.
create function list_deliveries(
  p_tenant text, p_status text, p_provider text, p_purpose text, p_user text, p_to text,
  p_created_after timestamptz, p_created_before timestamptz, p_limit int default 50, p_cursor text default null) returns jsonb
language plpgsql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  c_most constant int := 20000;
  v_at   timestamptz;                 -- the last row of the page before
  v_id   uuid;
  v_ids  uuid[];
  v_next text;
begin
  perform set_config('otp.tenant', p_tenant, true);
  if p_cursor is not null then
    if p_cursor !~ '^[0-9]{1,17}_[0-9a-f-]{36}$' then raise exception 'no such cursor' using errcode = '22023'; end if;
    v_at := 'epoch'::timestamptz + split_part(p_cursor, '_', 1)::bigint * interval '1 microsecond';
    begin
      v_id := split_part(p_cursor, '_', 2)::uuid;
    exception when invalid_text_representation then raise exception 'no such cursor' using errcode = '22023';
    end;
  end if;

  -- One row more than asked for tells whether there is another page. Two statements, because each has an index of its own.
  if p_to is not null then
    v_ids := array(
      select d.request_id from delivery d
       where d.number = p_to and d.tenant = p_tenant and (v_at is null or (d.created_at, d.request_id) < (v_at, v_id))
         and (p_created_after is null or d.created_at > p_created_after) and (p_created_before is null or d.created_at < p_created_before)
         and (p_status is null or d.status = p_status) and (p_provider is null or d.provider = p_provider)
         and (p_purpose is null or d.purpose = p_purpose) and (p_user is null or d."user" = p_user)
       order by d.created_at desc, d.request_id desc limit p_limit + 1);
  else
    v_at := coalesce(v_at, 'infinity');
    v_id := coalesce(v_id, '00000000-0000-0000-0000-000000000000');
    p_created_after := coalesce(p_created_after, '-infinity');
    p_created_before := coalesce(p_created_before, 'infinity');
    v_ids := array(
      select x.request_id
        from (select d.request_id, d.created_at, d.status, d.provider, d.purpose, d."user" from delivery d
               where d.tenant = p_tenant and (d.created_at, d.request_id) < (v_at, v_id)
                 and d.created_at > p_created_after and d.created_at < p_created_before
               order by d.created_at desc, d.request_id desc limit c_most) x
       where (p_status is null or x.status = p_status) and (p_provider is null or x.provider = p_provider)
         and (p_purpose is null or x.purpose = p_purpose) and (p_user is null or x."user" = p_user)
       order by x.created_at desc, x.request_id desc limit p_limit + 1);
    if cardinality(v_ids) <= p_limit and coalesce(p_status, p_provider, p_purpose, p_user) is not null then
      v_next := (select list_cursor(d.created_at, d.request_id) from delivery d
                  where d.tenant = p_tenant and (d.created_at, d.request_id) < (v_at, v_id)
                    and d.created_at > p_created_after and d.created_at < p_created_before
                  order by d.created_at desc, d.request_id desc offset c_most - 1 limit 1);
    end if;
  end if;
  if cardinality(v_ids) > p_limit then
    v_ids := v_ids[:p_limit];
    v_next := (select list_cursor(d.created_at, d.request_id) from delivery d where d.request_id = v_ids[p_limit]);
  end if;

  return (
    select jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
             'request_id', d.request_id, 'verification_id', d.verification_id, 'status', d.status, 'reason', d.reason, 'to', audit.mask(d.number),
             'purpose', d.purpose, 'user', d."user", 'channel', d.channel, 'provider', d.provider, 'template', d.template, 'locale', d.locale,
             'attempts', d.attempts, 'requested_at', rfc3339(d.requested_at), 'created_at', rfc3339(d.created_at),
             'finished_at', rfc3339(d.finished_at)) order by u.place), '[]'), 'next_cursor', v_next)
      from unnest(v_ids) with ordinality as u(id, place)
     cross join lateral (select d.request_id, d.verification_id, d.status, d.reason, d.number, d.purpose, d."user", d.channel, d.provider, d.template,
                                d.locale, d.attempts, d.requested_at, d.created_at, d.finished_at
                           from delivery d where d.request_id = u.id limit 1) d);
end $$;

revoke execute on function rfc3339, list_cursor, read_verification, list_deliveries from public;
grant execute on function rfc3339, list_cursor to otp_reader;
grant execute on function read_verification, list_deliveries to otp_verify;
reset role;
alter function otp.read_verification owner to otp_reader;
alter function otp.list_deliveries owner to otp_reader;
