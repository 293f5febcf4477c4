-- Jobs that never came to begin: not understood, refused by policy (no provider for the channel, country not allowed), or too late for a
-- text, as most of a backlog is after an outage.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Records each as a rejected delivery with its reason. What could not be read may be null. An accepted request that policy refuses is
-- ended, and keeps its job: a resend is made from it. One of its tenant that could not be understood when it first came is new when it comes
-- mended, as it is to begin; any other known request id is left untouched. recorded: whether this call wrote it, and then the verification
-- of an accepted one, and the channel.
--
-- p_unwritten: a job whose template or variables are unknown here. Number and purpose only tell whether it is the accepted request, whose end is
-- left to be told (untold_event); where nobody knows it, it is recorded without them. recorded is true for its repeat as well: false means that
-- the request was begun, or is another's, and must come to begin.
create function reject_jobs(
  p_request uuid[], p_tenant text[], p_number text[], p_purpose text[], p_user text[], p_channel text[], p_template text[], p_locale text[],
  p_requested timestamptz[], p_reason text[], p_trace text[], p_unwritten boolean[] default null)
returns table (request_id uuid, recorded boolean, verification_id uuid, channel text)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  delete from delivery d where d.status = 'rejected' and length(d.number) = 0        -- as in begin
     and d.request_id = any (array(select u.request from unnest(p_request, p_number, p_unwritten) as u(request, number, unwritten)
                                    where u.number <> '' and u.unwritten is not true))
     and d.tenant in ('', p_tenant[array_position(p_request, d.request_id)]);
  return query
  with u as (
    select distinct on (u.request) u.*
      from unnest(p_request, p_tenant, p_number, p_purpose, p_user, p_channel, p_template, p_locale, p_requested, p_reason, p_trace, p_unwritten)
           as u(request, tenant, number, purpose, usr, channel, template, locale, requested, reason, trace, unwritten) order by u.request
  ), ended as (
    update delivery d set status = 'rejected', reason = u.reason, finished_at = v_now, sweep_at = null
      from u where u.unwritten and d.request_id = u.request and d.status = 'queued'
               and (d.tenant, d.number, d.purpose) = (u.tenant, u.number, u.purpose)
    returning d.*
  ), told as (
    insert into untold_event (due_at, at, request_id, verification_id, tenant, "user", purpose, status, channel, reason, traceparent)
    select v_now, v_now, e.request_id, e.verification_id, e.tenant, e."user", e.purpose, e.status, e.channel, e.reason, e.traceparent from ended e
  ), written as (
    insert into delivery as d (request_id, tenant, number, purpose, "user", channel, template, locale, status, reason, requested_at, deadline,
                               created_at, finished_at, traceparent)
    select u.request, coalesce(u.tenant, ''), case when u.unwritten then '' else coalesce(u.number, '') end, coalesce(u.purpose, ''), u.usr,
           nullif(u.channel, ''), nullif(u.template, ''), nullif(u.locale, ''), 'rejected', u.reason,
           coalesce(u.requested, v_now), coalesce(u.requested, v_now), v_now, v_now, u.trace
      from u where not exists (select 1 from ended e where e.request_id = u.request) order by u.request
    on conflict on constraint delivery_pkey do update
       set status = 'rejected', reason = excluded.reason, finished_at = v_now, sweep_at = null
     where (d.status = 'queued' or is_unwritten(d.status, d.reason) and d.verification_id is not null)
       and (d.tenant, d.number, d.purpose) = (excluded.tenant, excluded.number, excluded.purpose)
    returning d.request_id, d.reason, d.verification_id, d.channel
  ), gone as (
    select w.* from written w union all select e.request_id, e.reason, e.verification_id, e.channel from ended e
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status) select v_now, g.request_id, 0, 'ended', g.reason from gone g
  )
  select u.request, g.request_id is not null or u.unwritten is true and exists (
           select 1 from delivery d where d.request_id = u.request and d.tenant = u.tenant and d.status = 'rejected' and d.number in ('', u.number)),
         g.verification_id, g.channel
    from u left join gone g on g.request_id = u.request;
end $$;

-- Ends jobs with under 30 s of life left as expired, where that is all that begin would do: nobody knows the request, and its number has no
-- pending verification; or it was accepted and never begun, and then its stored deadline counts. Returns those that it ended, with the
-- verification of an accepted one. All others are left untouched, for begin to answer: so is a repeat of this call.
--
-- It must keep up with a queue of nothing else, so it takes no lock but that of the row it writes, and no budget: nothing is charged for a
-- text that is not sent. (lateral ... limit 1: as in begin.)
create function expire_jobs(
  p_request uuid[], p_tenant text[], p_number text[], p_purpose text[], p_user text[], p_ip text[], p_channel text[], p_template text[],
  p_locale text[], p_requested timestamptz[], p_ttl int[], p_trace text[])
returns table (request_id uuid, verification_id uuid, channel text)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now  timestamptz := clock_timestamp();
  v_late timestamptz := v_now + interval '30 s';
begin
  return query
  with u as (
    select distinct on (u.request) u.*, u.requested + make_interval(secs => u.ttl) as due
      from unnest(p_request, p_tenant, p_number, p_purpose, p_user, p_ip, p_channel, p_template, p_locale, p_requested, p_ttl, p_trace)
           as u(request, tenant, number, purpose, usr, ip, channel, template, locale, requested, ttl, trace) order by u.request
  ), late as (
    select u.* from u
      left join lateral (select d.status from delivery d where d.request_id = u.request limit 1) d on true
      left join lateral (select v.id from verification v
                          where v.number = u.number and v.tenant = u.tenant and v.purpose = u.purpose and v.status = 'pending' limit 1) v on true
     where u.due < v_late and (d.status is null and v.id is null or d.status = 'queued')
  ), written as (
    insert into delivery as d (request_id, tenant, number, purpose, "user", client_ip, channel, template, locale, status, reason, requested_at,
                               deadline, created_at, finished_at, traceparent)
    select l.request, l.tenant, l.number, l.purpose, l.usr, l.ip, l.channel, l.template, l.locale, 'expired', 'expired', l.requested,
           l.due, v_now, v_now, l.trace
      from late l order by l.request
    on conflict on constraint delivery_pkey do update
       set status = 'expired', reason = 'expired', finished_at = v_now, sweep_at = null
     where d.status = 'queued' and d.deadline < v_late and (d.tenant, d.number, d.purpose) = (excluded.tenant, excluded.number, excluded.purpose)
    returning d.request_id, d.verification_id, d.channel
  ), events as (
    insert into delivery_event (at, request_id, attempt, kind, status) select v_now, w.request_id, 0, 'ended', 'expired' from written w
  )
  select w.request_id, w.verification_id, w.channel from written w;
end $$;

revoke execute on function reject_jobs, expire_jobs from public;
grant execute on function reject_jobs, expire_jobs to otp_worker;
reset role;
