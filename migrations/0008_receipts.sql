-- Receipts: what a provider says about a message after it took it.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- One receipt, under the locks of its attempt and delivery. False: nobody knows the message yet.
create function apply_receipt(p_provider text, p_message_id text, p_status text, p_error text, p_request uuid, p_attempt int) returns boolean
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_request uuid := p_request;
  v_attempt int := p_attempt;
  v_now     timestamptz;
  v_retry   boolean;
  a         delivery_attempt;
  d         delivery;
begin
  if v_request is null then
    select m.request_id, m.attempt into v_request, v_attempt
      from provider_message m where m.provider_message_id = p_message_id and m.provider = p_provider;
    if not found then return false; end if;
  end if;
  select * into a from delivery_attempt x where x.request_id = v_request and x.attempt = v_attempt for no key update;
  if not found or a.provider <> p_provider then return false; end if;
  select * into d from delivery x where x.request_id = v_request for no key update;
  v_now := clock_timestamp();
  insert into delivery_event (at, request_id, attempt, kind, status, error_code)
  values (v_now, v_request, v_attempt, 'receipt', p_status, p_error);
  if not attempt_moves(a.state, p_status) then return true; end if;     -- late or repeated: an event and nothing else

  update delivery_attempt x set state = p_status, error_code = coalesce(p_error, x.error_code), finished_at = coalesce(x.finished_at, v_now),
         provider_message_id = coalesce(x.provider_message_id, p_message_id)
   where x.request_id = v_request and x.attempt = v_attempt;

  if p_status = 'accepted' and d.status = 'sending' then
    update delivery x set status = 'sent', reason = null, provider = a.provider, channel = a.channel, finished_at = v_now
     where x.request_id = v_request;
  elsif p_status = 'delivered' and d.status in ('sending', 'sent', 'undelivered') then
    update delivery x set status = 'delivered', reason = null, provider = a.provider, channel = a.channel, finished_at = v_now,
           sweep_at = null, job = null
     where x.request_id = v_request;
  elsif p_status = 'undelivered' and d.status in ('sending', 'sent') and d.attempts = v_attempt then
    -- Once for each delivery, and only for a code that is still wanted: the sweep publishes the job, and begin takes another provider.
    v_retry := d.job is not null and d.receipt_retry = 0 and d.deadline > v_now + interval '30 s'
           and exists (select 1 from verification v where v.id = d.verification_id and v.status = 'pending'
                          and v.generation = d.generation and v.code_expires_at > v_now + interval '30 s');
    update delivery x set status = case when v_retry then 'sent' else 'undelivered' end, reason = coalesce(p_error, x.reason),
           receipt_retry = case when v_retry then 1 else x.receipt_retry end, sweep_at = case when v_retry then v_now end,
           finished_at = v_now, job = case when v_retry then x.job end
     where x.request_id = v_request;
  end if;
  return true;
end $$;

-- matched | parked. p_status: accepted | delivered | undelivered. A receipt that names our request is looked up by it, else by message id.
create function record_receipt(p_provider text, p_message_id text, p_status text, p_error text default null,
                               p_request uuid default null, p_attempt int default null) returns text
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
begin
  if p_status not in ('accepted', 'delivered', 'undelivered') then
    raise exception 'receipt status is %, not accepted, delivered or undelivered', p_status using errcode = '22023';
  end if;
  if apply_receipt(p_provider, p_message_id, p_status, p_error, p_request, p_attempt) then return 'matched'; end if;
  insert into parked_receipt (provider, provider_message_id, status, error_code, request_id, attempt, at)
  values (p_provider, p_message_id, p_status, p_error, p_request, p_attempt, clock_timestamp())
  on conflict do nothing;
  return 'parked';
end $$;

-- Applies the parked receipts of these messages (finish), or of all (null: the sweep); returns how many.
create function match_parked(p_message_id text[] default null) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  r         record;
  v_matched int := 0;
begin
  -- In the order of the attempts that they lock. skip locked: another call is at it.
  for r in select p.* from parked_receipt p
             left join lateral (select m.request_id from provider_message m
                                 where m.provider_message_id = p.provider_message_id and m.provider = p.provider limit 1) m on true
            where (p_message_id is null or p.provider_message_id = any (p_message_id))
              and (p.request_id is not null or m.request_id is not null)
            order by coalesce(p.request_id, m.request_id), p.at limit 1000 for update of p skip locked loop
    if apply_receipt(r.provider, r.provider_message_id, r.status, r.error_code, r.request_id, r.attempt) then
      delete from parked_receipt p where p.provider = r.provider and p.provider_message_id = r.provider_message_id and p.status = r.status;
      v_matched := v_matched + 1;
    end if;
  end loop;
  return v_matched;
end $$;

revoke execute on function apply_receipt, record_receipt, match_parked from public;
grant execute on function record_receipt to otp_verify;
grant execute on function match_parked to otp_worker;
reset role;
