-- A send over HTTP is stored before it is published, by the rules of begin, which exist once.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- One request; with p_resend_of refused (verification_settled) where that verification is not the pending one. verdict is one of
--   queued    stored now: publish p_job, then call mark_published; a sweep publishes it after 30 s otherwise
--   repeated  the same request was stored before: expires_at and next_send_seconds are those of the first answer, and job is its message
--             where no worker has begun it
--   refused   for `reason`; retry_after_ms where waiting helps. A repeat gets the same reason.
create function accept_send(
  p_request uuid, p_tenant text, p_number text, p_purpose text, p_user text, p_ip text, p_channel text, p_template text, p_locale text,
  p_ttl int, p_code_length int, p_job bytea, p_trace text, p_verification uuid,
  p_resend_of uuid default null, p_ladder int[] default '{30,60,120,300}', p_short int default 5, p_day int default 10, p_hour_ip int default 60,
  p_hour_user int default null, p_day_user int default null, p_watch int[] default null, p_bar text default null, p_watched text default null,
  p_country text default null)
returns table (request_id uuid, verdict text, status text, reason text, verification_id uuid, channel text, expires_at timestamptz,
               next_send_seconds int, retry_after_ms bigint, observed text, charged boolean, job bytea)
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  select b.request_id, b.verdict, b.status, b.reason, b.verification_id, b.channel, b.expires_at, b.next_send_seconds, b.retry_after_ms,
         b.observed, b.charged,
         (select d.job from otp.delivery d where d.request_id = p_request and b.verdict = 'repeated' and b.status = 'queued')
    from otp.begin_sends(null, null, array[p_request], array[p_tenant], array[p_number], array[p_purpose], array[p_user], array[p_ip],
           array[p_channel], array[p_template], array[p_locale], array[null::text], array[clock_timestamp()], array[p_ttl],
           array[p_job], array[p_trace], array[p_verification], array[null::text], array[null::text], array[null::bytea],
           array[p_code_length], true, p_resend_of, p_ladder, p_short, p_day, p_hour_ip, p_hour_user, p_day_user, p_watch,
           array[p_bar], array[p_watched], array[p_country]) b
$$;

-- What a resend of a verification is made from: it, and its latest request. job is that request's message where it is kept: of one by
-- AMQP only with variables or receipts to come. No row for a stranger to the tenant. status is as shown: anything but 'pending' has no
-- resend. repeats: the tenant has p_request stored, and accept_send has the answer to it, whatever the status is now.
create function verification_for_resend(p_tenant text, p_id uuid, p_request uuid default null)
returns table (status text, number text, purpose text, "user" text, client_ip text, channel text, template text, locale text,
               ttl_seconds int, code_length int, request_id uuid, job bytea, repeats boolean)
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select case when v.status <> 'pending' then v.status when v.wrong_checks >= 5 then 'max_attempts_reached'
              when v.expires_at <= clock_timestamp() then 'expired' else 'pending' end,
         v.number, v.purpose, d."user", d.client_ip, d.channel, d.template, d.locale, extract(epoch from d.deadline - d.requested_at)::int,
         v.code_length, d.request_id, d.job, exists (select 1 from otp.delivery r where r.request_id = p_request and r.tenant = v.tenant)
    from otp.verification v
    left join lateral (select d.* from otp.delivery d where d.verification_id = v.id order by d.requested_at desc, d.request_id desc limit 1) d on true
   where v.id = p_id and v.tenant = p_tenant
$$;

-- The broker confirmed these jobs: the sweep has nothing to do for them. One that is due again has been so since the sweep took it: a
-- receipt came, whose job is not on the queue yet. A canceled request is never the latest, so nothing will be made
-- from its message.
create function mark_published(p_request uuid[]) returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with held as (
    select d.request_id from otp.delivery d where d.request_id = any (p_request) and d.sweep_at > clock_timestamp()
     order by d.request_id for no key update)
  update otp.delivery d set published_at = clock_timestamp(), sweep_at = null,
         job = case when d.status <> 'canceled' then d.job end
   where d.request_id = any (array(select held.request_id from held))
$$;

revoke execute on function accept_send, verification_for_resend, mark_published from public;
grant execute on function accept_send, verification_for_resend to otp_verify;
grant execute on function mark_published to otp_worker, otp_verify;
reset role;
