#include "sandbox/inbox_page.hpp"

namespace otp::sandbox {

namespace {

constexpr const char* style = R"css(
:root { color-scheme: light dark; --back: #f4f5f7; --card: #fff; --ink: #1a1d21; --soft: #68707c;
  --line: #e2e5ea; --mark: #0b6e4f; --bad: #b3261e; --wait: #8a6100; --chip: #eef0f3; }
@media (prefers-color-scheme: dark) { :root { --back: #121417; --card: #1c1f24; --ink: #eceef1;
  --soft: #98a1ad; --line: #2c3138; --mark: #5fd3a5; --bad: #ff8a80; --wait: #f0c36a; --chip: #282d34; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { position: sticky; top: 0; z-index: 1; background: var(--card); border-bottom: 1px solid var(--line); }
header div, main { max-width: 46rem; margin: 0 auto; padding: .75rem 1rem; }
header div { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
h1 { margin: 0; font-size: 1.1rem; }
#count { color: var(--soft); font-size: .9rem; flex: 1; }
#count.off { color: var(--bad); }
input { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line);
  border-radius: .6rem; padding: .4rem .7rem; width: 15rem; max-width: 100%; }
input:focus-visible { outline: 2px solid var(--mark); outline-offset: 1px; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
li { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: .8rem 1rem; }
.top { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline; font-size: .85rem; color: var(--soft); }
.to { font-size: 1rem; font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; }
.chip { background: var(--chip); border-radius: 1rem; padding: .05rem .55rem; }
.status { margin-inline-start: auto; font-weight: 600; color: var(--wait); }
.delivered { color: var(--mark); } .undelivered, .failed { color: var(--bad); }
.text { margin: .5rem 0 0; font-size: 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.id { margin-top: .4rem; font: .75rem/1.3 ui-monospace, monospace; color: var(--soft); overflow-wrap: anywhere; }
#empty { color: var(--soft); text-align: center; padding: 4rem 1rem; }
[hidden] { display: none !important; }
)css";

// Texts come from whoever sends, so they reach the page as text only, never as HTML.
constexpr const char* script = R"js(
'use strict';
const shown = 100;
const list = document.getElementById('messages');
const count = document.getElementById('count');
const empty = document.getElementById('empty');
const filter = document.getElementById('to');
const rows = new Map();

function part(tag, kind, text) {
  const node = document.createElement(tag);
  node.className = kind;
  node.textContent = text;
  return node;
}

function row(message) {
  const node = document.createElement('li');
  const top = document.createElement('div');
  const text = part('p', 'text', message.text);
  top.className = 'top';
  text.dir = 'auto';
  top.append(
    part('span', 'to', message.to),
    part('span', 'chip', message.provider),
    part('span', 'chip', message.channel),
    part('time', 'at', new Date(message.at).toLocaleTimeString()),
    part('span', 'status', ''));
  node.append(top, text, part('div', 'id', message.message_id + (message.from ? ' from ' + message.from : '')));
  return node;
}

function show(messages, total) {
  const wanted = new Set(messages.map(message => message.message_id));
  for (const [id, node] of rows)
    if (!wanted.has(id)) { node.remove(); rows.delete(id); }
  let place = list.firstElementChild;
  for (const message of messages) {
    let node = rows.get(message.message_id);
    if (!node) {
      node = row(message);
      rows.set(message.message_id, node);
    }
    const status = node.querySelector('.status');
    if (status.textContent !== message.status) {
      status.textContent = message.status;
      status.className = 'status ' + message.status;
    }
    if (node === place) place = place.nextElementSibling;
    else list.insertBefore(node, place);
  }
  count.className = '';
  count.textContent = total + (total === 1 ? ' message' : ' messages') +
    (total > messages.length ? ', the latest ' + messages.length + ' shown' : '');
  empty.hidden = messages.length > 0;
}

async function update() {
  try {
    const query = new URLSearchParams({limit: shown});
    if (/[0-9]/.test(filter.value)) query.set('to', filter.value.trim());
    const answer = await fetch('/inbox?' + query, {cache: 'no-store'});
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json(), Number(answer.headers.get('X-Total-Count')));
  } catch (error) {
    count.className = 'off';
    count.textContent = 'the sandbox does not answer';
  }
}

async function keepUpdating() {
  if (!document.hidden) await update();
  setTimeout(keepUpdating, 1000);
}

filter.addEventListener('input', update);
keepUpdating();
)js";

constexpr const char* body = R"html(
<header><div>
<h1>Sandbox inbox</h1><span id="count" role="status">loading</span>
<input id="to" type="search" inputmode="tel" placeholder="only to +14155550100" aria-label="Only messages to this number">
</div></header>
<main><ol id="messages"></ol><p id="empty" hidden>Nothing here yet. What is sent to Twilio or Gupshup on this sandbox shows up by itself.</p></main>
)html";

}  // namespace

std::string inbox_page() {
    return std::string("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n") +
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
           "<title>Sandbox inbox</title>\n<style>" + style + "</style>\n</head>\n<body>" + body +
           "<script>" + script + "</script>\n</body>\n</html>\n";
}

}  // namespace otp::sandbox
