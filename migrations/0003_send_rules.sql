-- The rules of sending that begin and finish share.
--
-- Reasons. What a refusal or an end says, in delivery.reason, in outcome events and to clients; all of them, in one place:
--   expired               the deadline passed, or came nearer than 30 s, before anything was sent     delivery expired
--   in_doubt              the deadline passed and nobody knows whether a text went out                delivery expired
--   superseded            a newer request for the same verification took its place                    delivery canceled
--   verification_settled  its verification is approved, expired, canceled or closed                   delivery canceled (a resend over HTTP: rejected)
--   resend_too_soon       the pause of the ladder is not over                                         delivery rejected
--   limit_number          5 texts in 10 minutes or 10 in 24 hours to this number                      delivery rejected
--   limit_ip              60 texts in an hour asked for by this address                               delivery rejected
--   limit_user            the texts of an hour or a day that a user may ask for                       delivery rejected
--   limit_tenant          the tenant's own rate                                                       delivery rejected
--   limit_country         the rate of the number's country                                            delivery rejected
--   abuse_country         too few of this country's texts are followed by the right code              delivery rejected
--   abuse_ip              the same for the addresses of one network                                   delivery rejected
--   country_not_allowed   the number's country is not among those that may be texted                  delivery rejected
--   number_type_not_allowed  premium rate, shared cost, toll-free, or a fixed line for SMS            delivery rejected
--   no_provider_left      every provider of the route was tried twice or is in doubt                  delivery failed
--   attempts_spent        4 attempts, or 60 s since the first                                         delivery failed
--   request_id_conflict   the id belongs to another tenant, number or purpose                         nothing is changed
-- The rules of a rate, of a country and of a kind of number are the callers': they come to begin as p_bar, or to reject_jobs.
-- reject_jobs takes its reasons from the caller; finish_sends and receipts put the provider's error code.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Is there no room for one more after p_taken others, in a sliding window of p_max in p_span? Times are kept oldest first, so one
-- subscript tells. A time exactly p_span ago has left the window. (Stable, as a day's length is: what claims to be immutable and is not is
-- called for each row instead of being part of the statement, at a hundred times the cost.)
create function window_full(p_times timestamptz[], p_max int, p_span interval, p_now timestamptz, p_taken int default 0) returns boolean
language sql stable parallel safe
return p_taken >= p_max or coalesce(p_times[cardinality(p_times) + 1 - p_max + p_taken] > p_now - p_span, false);

-- When that window has room again.
create function window_opens(p_times timestamptz[], p_max int, p_span interval, p_taken int default 0) returns timestamptz
language sql stable parallel safe
return p_times[cardinality(p_times) + 1 - p_max + p_taken] + p_span;

-- When a request was asked for, as others measure themselves by it. One that was sent goes by when it was stored where its producer's clock is
-- ahead of ours, up to 60 s: it must not hold up whoever asks after it.
create function asked_by(p_requested timestamptz, p_created timestamptz, p_status text) returns timestamptz
language sql immutable parallel safe
return case when p_status in ('queued', 'sending') then p_requested else least(p_requested, p_created) end;

-- The pause after p_sends requests: the last step of the ladder goes on for ever.
create function ladder_pause(p_ladder int[], p_sends int) returns int
language sql immutable parallel safe
return coalesce(p_ladder[least(p_sends, cardinality(p_ladder))], 0);

-- May this request have another attempt: under 4 counted ones, and under 60 s since the first of them? p_ended is an attempt about to end
-- in the same call, p_counts whether it will count. The one try that a failed receipt asks for comes late, so no 60 s bind it (p_timed).
create function attempt_allowed(p_request uuid, p_now timestamptz, p_timed boolean, p_ended int default null, p_counts boolean default true)
returns boolean
language sql stable
begin atomic
  select count(*) < 4 and (not p_timed or coalesce(p_now < min(a.started_at) + interval '60 s', true))
    from otp.delivery_attempt a
   where a.request_id = p_request and a.counted and (p_counts or a.attempt is distinct from p_ended);
end;

-- The provider of the route ('twilio/sms,gupshup/sms') that this request has tried least; the route's order decides a tie. Out are those
-- with two counted attempts, and those with an attempt that may have reached the person, whatever became of it: a message that its receipt
-- calls undelivered did not, so its provider may still be asked on another channel. Out are also a channel that a receipt or a refusal barred,
-- and a provider on a channel where it refused, because what refuses allows no retry in any provider's table.
create function next_route(p_request uuid, p_route text, p_ended int default null, p_counts boolean default true) returns text
language sql stable
begin atomic
  select r.route
    from unnest(string_to_array(p_route, ',')) with ordinality as r(route, place)
   cross join lateral (
     select count(*) filter (where a.provider = split_part(r.route, '/', 1)) as tries,
            count(*) filter (where a.provider = split_part(r.route, '/', 1) and a.counted and (p_counts or a.attempt is distinct from p_ended))
              as used,
            bool_or(a.provider = split_part(r.route, '/', 1) and a.state not in ('refused', 'not_sent') and a.attempt is distinct from p_ended
                    and (a.state <> 'undelivered' or a.channel = split_part(r.route, '/', 2))) as perhaps_texted,
            bool_or(a.channel = split_part(r.route, '/', 2)
                    and (a.bars_channel or a.state = 'refused' and a.provider = split_part(r.route, '/', 1))) as barred
       from otp.delivery_attempt a
      where a.request_id = p_request) t
   where t.used < 2 and t.perhaps_texted is not true and t.barred is not true
   order by t.tries, r.place
   limit 1;
end;

-- Was a request ended because no text could be made for it? It is begun anew when its job comes mended, or to a worker that has its template.
create function is_unwritten(p_status text, p_reason text) returns boolean
language sql immutable parallel safe
return p_status = 'rejected' and p_reason in ('unknown_template', 'unknown_variable', 'missing_variable');

revoke execute on function window_full, window_opens, asked_by, ladder_pause, attempt_allowed, next_route, is_unwritten from public;
reset role;
