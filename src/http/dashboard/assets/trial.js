// The page works without this script; with it, it lives: changes come in by themselves.
const main = document.querySelector('main.chat');
const posts = document.getElementById('posts');
const composer = document.getElementById('composer');
const line = document.getElementById('line');
const refusal = document.getElementById('refusal');
const suggestions = document.getElementById('suggestions');
const above = document.getElementById('above');
const connection = document.getElementById('connection');
const { as, in: here } = main.dataset;

// ---- what has been seen of each place, per person

const seenKey = (channel) => `tocsin:seen:${as}:${channel}`;
const seen = (channel) => localStorage.getItem(seenKey(channel)) ?? '';
const placeLink = (channel) => document.querySelector(`.places a[data-channel="${CSS.escape(channel)}"]`);

function see() {
  const latest = posts.lastElementChild?.dataset.at ?? '';
  if (latest > seen(here)) localStorage.setItem(seenKey(here), latest);
}

function mark(link) {
  const unread = link.dataset.channel !== here && link.dataset.latest > seen(link.dataset.channel);
  link.classList.toggle('has-unread', unread);
  link.querySelector('.unread').hidden = !unread;
}

// ---- patches

const isAtEnd = () => posts.scrollHeight - posts.scrollTop - posts.clientHeight < 80;
const toEnd = () => posts.scrollTo({ top: posts.scrollHeight });

function patch(markup) {
  const follow = isAtEnd();
  const template = document.createElement('template');
  template.innerHTML = markup;
  for (const fresh of Array.from(template.content.children)) place(fresh);
  if (follow) toEnd();
  if (!document.hidden) see();
}

function place(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) {
    document.getElementById(fresh.dataset.into)?.append(fresh);
    return;
  }
  if (fresh.dataset.revision && fresh.dataset.revision === old.dataset.revision) return;
  // An open panel stays open, and the keyboard stays where it is.
  for (const open of old.querySelectorAll('details[open][id]')) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute('open', '');
  }
  const focused = old.contains(document.activeElement) ? pathOf(document.activeElement) : undefined;
  old.replaceWith(fresh);
  if (fresh.matches('[data-into]')) showChange(fresh);
  if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
}

// An edit changes what stands far up by now: it must not go unseen.
function showChange(post) {
  post.classList.add('changed');
  if (post.getBoundingClientRect().bottom > posts.getBoundingClientRect().top) return;
  above.hidden = false;
  above.dataset.post = post.id;
}

above.addEventListener('click', () => {
  above.hidden = true;
  document.getElementById(above.dataset.post)?.scrollIntoView({ block: 'nearest' });
});

function pathOf(element) {
  const details = element.closest('details[id]');
  const within = details ? `#${CSS.escape(details.id)} ` : '';
  if (element.matches('button[name]')) {
    return `${within}button[name="${element.name}"][value="${CSS.escape(element.value)}"]`;
  }
  return within + element.localName;
}

const source = new EventSource(`/trial/live?${new URLSearchParams({ as, in: here })}`);
source.addEventListener('open', () => {
  connection.hidden = true;
  document.body.dataset.live = 'yes';
});
source.addEventListener('error', () => (connection.hidden = false));
source.addEventListener('patch', (event) => patch(event.data));
source.addEventListener('news', (event) => {
  const { channel, at } = JSON.parse(event.data);
  const link = placeLink(channel);
  if (!link || at <= link.dataset.latest) return;
  link.dataset.latest = at;
  mark(link);
});

// ---- forms

function refuse(words) {
  refusal.textContent = words;
  refusal.hidden = !words;
}

async function send(form, body) {
  const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'text/plain' } });
  if (!response.ok) throw new Error((await response.text()) || `It failed (${response.status}).`);
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  event.preventDefault();
  const { submitter } = event;
  const typed = line.value;
  // Read before anything is disabled or emptied: what is disabled is left out.
  const body = new URLSearchParams(new FormData(form, submitter));
  if (form === composer) line.value = '';
  if (submitter) submitter.disabled = true;
  refuse('');
  try {
    await send(form, body);
    if (form === composer) toEnd();
  } catch (error) {
    if (form === composer && line.value === '') line.value = typed;
    refuse(error instanceof TypeError ? 'Tocsin does not answer. Is it still running?' : error.message);
  }
  if (submitter) submitter.disabled = false;
  if (form === composer) {
    line.focus();
    await suggest();
  }
});

// ---- suggestions

let asked = 0;

async function suggest() {
  const turn = ++asked;
  const response = await fetch(`/trial/complete?${new URLSearchParams({ as, in: here, typed: line.value })}`);
  const lines = response.ok ? await response.json() : [];
  if (turn !== asked) return;
  suggestions.replaceChildren(...lines.filter((whole) => whole !== line.value).map(chip));
}

function chip(whole) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = whole;
  button.addEventListener('click', () => take(whole));
  return button;
}

function take(whole) {
  line.value = `${whole} `;
  line.focus();
  void suggest();
}

line.addEventListener('input', () => void suggest());
line.addEventListener('keydown', (event) => {
  const first = suggestions.querySelector('button');
  if (event.key !== 'Tab' || event.shiftKey || !first || line.value.trim() === '') return;
  event.preventDefault();
  take(first.textContent);
});

document.addEventListener('visibilitychange', () => document.hidden || see());
toEnd();
see();
document.querySelectorAll('.places a').forEach(mark);
for (const current of document.querySelectorAll('.side [aria-current]')) {
  current.scrollIntoView({ block: 'nearest', inline: 'center' });
}
void suggest();
