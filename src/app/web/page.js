// The page around the program: loading, pointer and keyboard, the address, and the state that a reload restores.
// Everything comes from this folder.
'use strict';

const canvas = document.getElementById('canvas');
const typing = document.getElementById('typing');
const progress = document.getElementById('progress');
let lang = language();
const embedded = 'embed' in document.documentElement.dataset;
const touches = matchMedia('(pointer: coarse)').matches;
// lessons: the folder of the pages to read, if this site has them
const {version, lessons} = document.documentElement.dataset;
const read = () => lessons && `${lessons}/${lang}/`;

/** The link's language, else the browser's. */
function language() {
  const named = /[&#]lang=(en|ko)\b/.exec(location.hash);
  return named ? named[1] : navigator.language.startsWith('ko') ? 'ko' : 'en';
}
/** The words of a key of assets/words, of which words.js has the page's; {name} stands for an argument. */
function say(key, named = {}) { return kWords[lang][key].replace(/\{(\w+)\}/g, (all, name) => named[name]); }
/** Functions that set the page's own words; called again when the program's language changes. */
const words = [];
function worded(set) { words.push(set); set(); }
worded(() => { document.documentElement.lang = lang; });

function trouble(text, whole = false) {
  const box = document.getElementById('trouble');
  const most = 200;  // characters kept of a link's or file's name, which comes first; the description of the problem is at the end
  box.firstElementChild.textContent = text.length > 3 * most && !whole ? text.slice(0, most) + ' … ' + text.slice(-2 * most) : text;
  box.hidden = false;
}
Object.assign(document.querySelector('#trouble button'), {textContent: say('web.ok')}).addEventListener('click', () => { document.getElementById('trouble').hidden = true; back(); });
/** Gives the keyboard back to the program. */
function back() { if (!embedded) typing.focus({preventScroll: true}); }
/** Another lesson is shown, so the message about the previous one is hidden. */
function quiet() { if (!ended) document.getElementById('trouble').hidden = true; }
let ended = false;
function end(why) {
  if (ended) return;
  ended = true;
  document.getElementById('loading').hidden = true;
  trouble(why + '\n' + say('web.load_again'));
}
window.addEventListener('error', (event) => end(say('web.stopped', {why: event.message})));

// Kept data: settings for every visit, and the acts of the last ten tabs. In a browser that stores nothing they are
// forgotten; everything else works.
const kSettingsFolder = '/home/web_user/.config/kafkascope';
// Named by this folder, because several sites may share an origin.
const kHere = new URL('.', location).pathname, kSettings = 'kafkascope:' + kHere + ':', kMine = '/kept/mine.json';
const kFonts = '/usr/share/fonts/truetype/nanum/';
function lessonOf(hash) { return decoded(hash.slice(1).split('&')[0].split('@')[0]); }
function decoded(text) {
  // if it is not one of our links, the program reports it
  try { return decodeURIComponent(text); } catch (error) { return text; }
}

/** A moment as a person types it, in microseconds; null: it is none. scenario::parse_typed_moment has the same rule, and
 *  tests/data/moments.json its examples. */
function momentOf(typed) {
  const units = {__proto__: null, us: 1n, ms: 1000n, s: 1000000n, m: 60000000n, h: 3600000000n, d: 86400000000n};
  /** The number, which must be whole in microseconds and at most `most`; null otherwise. */
  const exact = (number, unit, most) => {
    if (!/^\d+(\.\d+)?$/.test(number) || number.replace('.', '').length > 24) return null;
    const [whole, fraction = ''] = number.split('.'), divisor = 10n ** BigInt(fraction.length);
    const product = BigInt(whole + fraction) * unit;
    return product % divisor === 0n && product / divisor <= most ? product / divisor : null;
  };
  const text = typed.replaceAll(' ', ''), longest = 365000n * units.d;
  if (text.includes(':')) {
    const parts = text.split(':'), seconds = exact(parts.pop(), units.s, 59999999n);
    const whole = parts.map((part, i) => part.includes('.') ? null : exact(part, 1n, i === 0 ? 1000000n : 59n));
    if (seconds === null || whole.length > 2 || whole.includes(null)) return null;
    return Number(whole.reduce((all, part) => all * 60n + part, 0n) * units.m + seconds);
  }
  let sum = 0n;
  for (const [, number, unit] of text.matchAll(/([\d.]*)([^\d.]*)/g)) {
    if (number + unit === '' && text !== '') continue;  // after the last one
    // "1m30s"; the last unit may be missing
    const part = unit in units || unit === '' ? exact(number, units[unit || 's'], longest - sum) : null;
    if (part === null) return null;
    sum += part;
  }
  return Number(sum);
}

/** The landing plays by itself until the visitor acts: until then the address stays the same and nothing is kept. */
let untouched = false, leaveLanding = () => {};

/** Functions that the program calls. */
const Page = {
  address: () => location.origin + location.pathname,
  showAddress(link, another) {
    const named = /&lang=(en|ko)\b/.exec(link);
    if (named && named[1] !== lang) {
      lang = named[1];
      for (const set of words) set();
    }
    if (embedded) document.getElementById('full').href = 'index.html' + link;
    if (another) leaveLanding(), quiet();
    // A touch screen has no Esc.
    document.getElementById('exit').hidden = embedded || !touches || !link.includes('layout=presenter');
    if (location.hash === link || untouched) return;
    history[another ? 'pushState' : 'replaceState']({tab: sessions.tab}, '', link);
  },
  /** Makes the browser save a file. */
  handOver(path) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const url = URL.createObjectURL(new Blob([Module.FS.readFile(path)]));
    const anchor = Object.assign(document.createElement('a'), {href: url, download: name});
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  },
  keep(path) {
    if (embedded || untouched) return;
    const text = Module.FS.readFile(path, {encoding: 'utf8'});
    if (path === kMine) return sessions.keep(text);
    try { localStorage.setItem(kSettings + path, text); } catch (error) { console.warn(error.message); }
  },
  /** The text has characters that the fonts lack: loads the full fonts in their place. */
  async fetchFonts() {
    if (Page.fontsAsked) return;
    Page.fontsAsked = true;
    try {
      for (const name of ['NanumBarunGothic.ttf', 'NanumBarunGothicBold.ttf'])
        Module.FS.writeFile(kFonts + name, new Uint8Array(await (await get('fonts/' + name)).arrayBuffer()));
      if (!ended) Module.ccall('page_reload_fonts');
    } catch (error) { console.warn(error.message); }
  },
  copy(text) {
    const copied = (done) => ended || Module.ccall('page_copied', null, ['number'], [done ? 1 : 0]);
    const refused = () => {
      copied(false);
      trouble(say('web.cannot_copy') + '\n' + text, true);
      const shown = document.querySelector('#trouble p').firstChild;
      getSelection().setBaseAndExtent(shown, shown.length - text.length, shown, shown.length);
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => copied(true), refused);
    else refused();
  },
  open(address) {
    const tab = window.open(address, '_blank');
    if (tab) tab.opener = null;
    return tab !== null;
  },
  fullscreen() {
    const page = document.documentElement;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (page.requestFullscreen) page.requestFullscreen().catch((error) => console.warn(error.message));
  },
  frames: 0,
  drawn() { if (++Page.frames === 1) begin(); },
};

/** Acts by hand and the visitor's own files: a reload or a crashed tab gets its own back; a new visit is offered the
 *  latest. */
const sessions = {
  // this tab's name; it survives a reload in sessionStorage, and in the tab's history when a browser restores its tabs
  tab: '',
  database: null,
  mine: null,  // what this tab had: {tab, lesson, rest, text, at}
  latest: null,
  leaving: '',  // the address that is being reloaded; a page that is leaving has no time for the database

  done: (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); }),
  store(mode) { return sessions.database.transaction('sessions', mode).objectStore('sessions'); },
  async open() {
    try {
      const opening = indexedDB.open('kafkascope:' + kHere, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('sessions', {keyPath: 'tab'}).createIndex('at', 'at');
      const late = new Promise((_, failed) => setTimeout(failed, 3000, Error('The browser does not open its storage.')));
      sessions.database = await Promise.race([sessions.done(opening), late]);
      const before = sessionStorage.getItem(kSettings + 'tab') || (history.state && history.state.tab);
      if (before) sessions.mine = await sessions.done(sessions.store('readonly').get(before)) || null;
      sessions.tab = before && await sessions.own(before) ? before : await sessions.newTab();
      sessionStorage.setItem(kSettings + 'tab', sessions.tab);
      const last = JSON.parse(sessionStorage.getItem(kSettings + 'leaving') || 'null');
      if (last && (!sessions.mine || last.at > sessions.mine.at)) sessions.mine = {...last, tab: sessions.tab, left: true};
      sessionStorage.removeItem(kSettings + 'leaving');
      const cursor = await sessions.done(sessions.store('readonly').index('at').openCursor(null, 'prev'));
      sessions.latest = cursor && cursor.value;
    } catch (error) { console.warn(error.message); }
  },
  /** Whether this tab gets the name. After a tab is duplicated both have the same name, and one of them needs
   *  another. */
  own(name) {
    if (!navigator.locks) return true;
    return new Promise((done) => navigator.locks.request(kSettings + name, {ifAvailable: true}, (lock) => {
      done(lock !== null);
      return lock && new Promise(() => {});  // held as long as the page exists
    }));
  },
  async newTab() {
    const name = [...crypto.getRandomValues(new Uint32Array(2))].map((n) => n.toString(36)).join('');
    await sessions.own(name);
    return name;
  },
  async keep(text) {
    if (!sessions.database || !sessions.tab) return;
    try {
      const rest = /[@&].*/.exec(location.hash), lesson = lessonOf(sessions.leaving || location.hash);
      const mine = {tab: sessions.tab, lesson, rest: rest ? rest[0] : '', text, at: Date.now()};
      if (sessions.leaving && text) sessionStorage.setItem(kSettings + 'leaving', JSON.stringify(mine));
      const store = sessions.store('readwrite');
      if (text === '') return store.delete(sessions.tab);
      store.put(mine);
      const oldestFirst = await sessions.done(store.index('at').getAllKeys());
      for (const tab of oldestFirst.slice(0, -10)) store.delete(tab);
    } catch (error) { console.warn(error.message); }
  },
};

/** Restores the files of earlier visits. Returns the links to try in order: first to the kept acts, if the address
 *  still leads to that lesson. */
function restore() {
  const link = location.hash, links = [link];
  Module.FS.mkdirTree('/kept');
  Module.FS.mkdirTree(kSettingsFolder);
  Module.FS.writeFile(kSettingsFolder + '/hints-seen', 'seen\n');  // no tour to dismiss
  if (embedded) return [link.includes('&layout=') ? link : (link || '#') + '&layout=lesson'];
  try {
    for (let i = 0; i < localStorage.length; ++i) {
      const key = localStorage.key(i);
      if (!key.startsWith(kSettings + '/')) continue;
      const path = key.slice(kSettings.length);
      Module.FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
      Module.FS.writeFile(path, localStorage.getItem(key));
    }
    const kept = sessions.mine;
    if (kept && link !== '' && kept.lesson === lessonOf(link)) {
      Module.FS.writeFile(kMine, kept.text);
      // the address may be older than the kept state
      const rest = kept.left ? kept.rest : (/[@&].*/.exec(link) || [''])[0];
      links.unshift('#' + kMine + rest);
    }
  } catch (error) { console.warn(error.message); }
  return links;
}

// ---- loading

/** Reads a response to its end and moves the progress bar. */
function counted(response) {
  const reader = response.body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const {done, value} = await reader.read();
      if (done) return controller.close();
      progress.value += value.length;
      controller.enqueue(value);
    },
  });
}
async function get(file) {
  const response = await fetch(file);
  if (!response.ok) throw new Error(file + ': ' + response.status);
  if (file.endsWith('?v=' + version)) handed.push(hand(file, response));
  return response;
}
/** On a first visit the service worker is given what has been loaded, so that nothing is loaded twice. */
const handed = [];
async function hand(file, response) {
  if (embedded || !('serviceWorker' in navigator) || navigator.serviceWorker.controller) return;
  const copy = response.clone();
  try { await (await caches.open(kSettings + version)).put(file, copy); } catch (error) { console.warn(error.message); }
}

let program = null, landing = false;
const errors = [];
var Module = {
  canvas,
  print: (text) => console.log(text),
  printErr: (text) => { console.warn(text); if (Object.values(kWords).some((words) => text.startsWith(words['web.note']))) return; errors.push(text); if (Page.frames === 0 || errors.length < 20) trouble(errors.slice(-6).join('\n')); },
  preRun: [() => {
    // For tests that drive the page: a report of what is shown, and a smaller memory limit.
    const asked = new URLSearchParams(location.search);
    if (asked.has('report')) ENV.KAFKASCOPE_REPORT = '/report';
    if (asked.has('memory')) ENV.KAFKASCOPE_MEMORY = asked.get('memory');
    Module.arguments.push(...restore());
  }],
  arguments: [lang, matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'],
  instantiateWasm(imports, done) {
    program.then((response) => new Response(counted(response), {headers: {'Content-Type': 'application/wasm'}}))
      .then((answer) => WebAssembly.instantiateStreaming(answer, imports))
      .then((made) => done(made.instance, made.module))
      .catch((error) => end(say('web.not_loaded', {why: error.message})));
    return {};
  },
  onAbort: (why) => end(say('web.stopped', {why})),
};
async function load() {
  progress.max += Number(progress.dataset.data);
  program = get('kafkascope.wasm?v=' + version);
  const kept = embedded ? null : sessions.open();
  try {
    const data = await new Response(counted(await get('kafkascope.data?v=' + version))).arrayBuffer();
    await kept;
    untouched = landing = !embedded && location.hash === '';
    Module.getPreloadedPackage = () => data;
    const onerror = () => end(say('web.not_loaded', {why: 'kafkascope.js'}));
    document.body.append(Object.assign(document.createElement('script'), {src: 'kafkascope.js?v=' + version, onerror}));
  } catch (error) { end(say('web.no_lessons', {why: error.message})); }
}

/** A phone shows the lesson's page, at the link's moment; the program only on request. */
async function readInstead() {
  const lesson = lessonOf(location.hash) || 'index', page = read() + lesson + '.html';
  const own = !/^[a-z0-9-]+$/.test(lesson);
  try {
    const answer = lessons && !own ? await fetch(page) : null;
    if (answer && answer.ok) {
      const at = location.hash.split('&')[0].split('@').slice(1).pop() || '0s';
      const moment = momentOf(decoded(at)) / 1000;
      const told = [...(await answer.text()).matchAll(/ id="t(\d+)"/g)].map((found) => Number(found[1])).filter((at) => at <= moment);
      return location.replace(page + (told.length && moment ? '#t' + told.pop() : ''));
    }
  } catch (error) { console.warn(error.message); }
  document.getElementById('loading').hidden = true;
  const box = document.getElementById('small');
  const [anyway, lessonPages] = box.querySelectorAll('a');
  box.firstElementChild.textContent = say(own ? 'web.own_needs_width' : 'web.needs_width');
  anyway.textContent = say('web.open_anyway');
  anyway.href = '?anyway' + location.hash;
  offerReading(lessonPages);
  box.hidden = false;
}
function offerReading(anchor) {
  if (!lessons) return;
  worded(() => {
    anchor.textContent = say('web.read_lessons');
    anchor.href = read() + 'index.html';
  });
  anchor.hidden = false;
}

const small = matchMedia('(max-width: 699px), (pointer: coarse) and (max-height: 499px)').matches;
progress.ariaLabel = say('web.loading');
worded(() => { canvas.ariaLabel = say('web.canvas'); });
offerReading(document.querySelector('#loading a'));
if (small && !embedded && !new URLSearchParams(location.search).has('anyway')) readInstead();
else load();
window.addEventListener('hashchange', () => { if (!document.getElementById('small').hidden) location.reload(); });

// ---- once the first frame is drawn

// GLFW's numbers: the physical position of a key, whatever the layout or the input method makes of it.
const kKeys = {
  Space: 32, Quote: 39, Comma: 44, Minus: 45, Period: 46, Slash: 47, Semicolon: 59, Equal: 61, BracketLeft: 91, Backslash: 92, BracketRight: 93,
  Backquote: 96, Escape: 256, Enter: 257, Tab: 258, Backspace: 259, Insert: 260, Delete: 261, ArrowRight: 262, ArrowLeft: 263, ArrowDown: 264,
  ArrowUp: 265, PageUp: 266, PageDown: 267, Home: 268, End: 269, NumpadEnter: 335, ShiftLeft: 340, ControlLeft: 341, AltLeft: 342, ShiftRight: 344,
  ControlRight: 345, AltRight: 346,
};
function keyOf(code) {
  if (/^Key[A-Z]$/.test(code)) return code.charCodeAt(3);
  if (/^Digit\d$/.test(code)) return code.charCodeAt(5);
  if (/^F([1-9]|1[0-2])$/.test(code)) return 289 + Number(code.slice(1));
  return kKeys[code] || 0;
}
// These keep the browser's own meaning: reload, tools, tabs, zoom, paste, search, print, back and forward, its own
// bars. The program's functions on Ctrl+R, L and P are on Alt instead.
const theirs = (event) => /^F(5|6|11|12)$/.test(event.code) || (event.altKey && /^Arrow(Left|Right)$/.test(event.code)) ||
  ((event.ctrlKey || event.metaKey) && /^(KeyR|KeyT|KeyW|KeyN|KeyV|KeyI|KeyL|KeyP|KeyF|Minus|Equal|Digit0)$/.test(event.code) && !event.altKey);

const mac = navigator.platform.startsWith('Mac');
const instead = (event) => event.altKey && !event.ctrlKey && /^Key[RLP]$/.test(event.code);

function begin() {
  document.getElementById('loading').hidden = true;
  const call = (name, kinds, ...values) => ended || Module.ccall(name, null, kinds, values);
  const escape = () => { for (const down of [1, 0]) call('page_key', ['number', 'number', 'number'], kKeys.Escape, down, 0); };
  const down = new Set();
  // Boxes over the picture are reached with Tab, and have their own keys.
  const boxes = ['landing', 'trouble'].map((id) => document.getElementById(id));
  const pages = (event) => (event.target instanceof Element && event.target.matches('button, a')) || (event.code === 'Tab' && boxes.some((box) => !box.hidden));
  const key = (event, action) => {
    const number = keyOf(event.code);
    if (action === 0) down.delete(number);
    if (!number || theirs(event) || (action === 1 && pages(event))) return;
    if (event.isComposing && !/^Key/.test(event.code)) return;  // belongs to the input method
    // AltGr is Ctrl and Alt on Windows; Option on a Mac also types characters.
    const third = event.getModifierState('AltGraph') || (event.ctrlKey && event.altKey) || (mac && event.altKey && !instead(event));
    const types = event.key.length === 1 && !event.metaKey && (third || (!event.ctrlKey && !event.altKey));
    if (action === 1 && !types && !event.isComposing && event.keyCode !== 229) event.preventDefault();
    const mods = (event.shiftKey ? 1 : 0) | (types ? 0 : (event.ctrlKey || event.metaKey || instead(event) ? 2 : 0) | (event.altKey ? 4 : 0));
    if (action === 1) down.add(number);
    call('page_key', ['number', 'number', 'number'], number, action === 1 && event.repeat ? 2 : action, mods);
  };
  window.addEventListener('keydown', (event) => key(event, 1));
  window.addEventListener('keyup', (event) => key(event, 0));
  window.addEventListener('blur', () => {  // keys released elsewhere are not reported here
    for (const number of down) call('page_key', ['number', 'number', 'number'], number, 0, 0);
    down.clear();
  });
  const write = (text) => { for (const character of text) call('page_text', ['number'], character.codePointAt(0)); };
  typing.addEventListener('input', (event) => {
    if (event.isComposing) return;
    write(typing.value.replace(/[\r\n]+/g, ''));
    typing.value = '';
  });
  typing.addEventListener('compositionend', (event) => { write(event.data); typing.value = ''; });
  // In somebody's article the page takes no focus until the reader acts in it.
  if (!embedded) typing.focus({preventScroll: true});
  window.addEventListener('focus', () => typing.focus({preventScroll: true}));
  // The state that a reload restores is also written at the last moment.
  const flush = () => {
    sessions.leaving = location.hash;
    call('page_flush', []);
    sessions.leaving = '';
  };
  window.addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', () => { if (document.hidden) flush(); });
  canvas.addEventListener('webglcontextlost', () => {
    flush();
    end(say('web.no_graphics'));
  });
  // The places recorded by another tab are stored here, too.
  if (!embedded) window.addEventListener('storage', (event) => {
    if (event.newValue !== null && event.key && event.key.startsWith(kSettings + '/') && !ended)
      Module.FS.writeFile(event.key.slice(kSettings.length), event.newValue);
  });

  const at = (event) => call('page_pointer', ['number', 'number'], event.clientX * devicePixelRatio, event.clientY * devicePixelRatio);
  const button = (number, down) => call('page_button', ['number', 'number'], number, down ? 1 : 0);
  // the program's numbers: left, right, middle
  const number = (event) => event.button === 1 ? 2 : event.button === 2 ? 1 : 0;
  const fingers = new Map();
  // A finger presses when it moves or leaves: until then a second one may follow, and two fingers press nothing.
  // pair: the position of two fingers, until both have left
  let longPress = 0, waits = false, menuAt = -1e9, pair = null;
  const press = () => {
    if (waits) button(0, true);
    waits = false;
  };
  const away = () => call('page_pointer', ['number', 'number'], -1, -1);
  const between = () => {
    const [a, b] = [...fingers.values()];
    const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    return {clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2, apart: Math.max(apart, 30)};
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    typing.focus({preventScroll: true});
    event.preventDefault();
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, event);
      clearTimeout(longPress);
      if (fingers.size > 1) {
        if (event.timeStamp - menuAt < 700) escape();
        waits = false;
        if (!pair) away(), button(0, false);  // the first finger must not click
        return at(pair = between());
      }
    }
    at(event);
    if (event.pointerType !== 'touch') return button(number(event), true);
    waits = true;
    // a busy page first processes the events that have happened meanwhile
    longPress = setTimeout(() => requestAnimationFrame(() => {
      if (!waits) return;
      // on a timeline the finger presses when it moves or leaves
      if (!ended && Module.ccall('page_drags', 'number')) return;
      waits = false;
      menuAt = performance.now();  // a late second finger closes the menu again: it was a pinch
      button(1, true);
      button(1, false);
    }), 550);
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (event.pointerType === 'touch') {
      if (!before) return;
      if (Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) > 10) {
        clearTimeout(longPress);
        press();
      }
      if (pair) {
        fingers.set(event.pointerId, event);
        if (fingers.size < 2) return;
        const now = between();
        call('page_fingers', ['number', 'number', 'number'], (now.clientX - pair.clientX) * devicePixelRatio, (now.clientY - pair.clientY) * devicePixelRatio, now.apart / pair.apart);
        return at(pair = now);
      }
    }
    at(event);
  });
  const up = (event) => {
    if (event.pointerType === 'touch') {
      if (!fingers.delete(event.pointerId)) return;
      clearTimeout(longPress);
      if (!pair) return press(), button(0, false);
      if (fingers.size === 0) pair = null, away();
      else if (fingers.size > 1) pair = between();
      return;
    }
    at(event);
    button(number(event), false);
  };
  const gone = (event) => {  // the finger left without a click
    waits = false;
    away();
    up(event);
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', gone);
  // In Firefox, the second finger of a test can leave without a pointerup.
  canvas.addEventListener('pointerleave', (event) => event.pointerType === 'touch' ? gone(event) : away());
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('wheel', (event) => {
    if (event.ctrlKey || (embedded && !document.hasFocus())) return;  // the browser's zoom, or the article's scrolling
    event.preventDefault();
    const lines = event.deltaMode === 0 ? event.deltaY / 100 : event.deltaY / 3;
    call('page_wheel', ['number'], -lines);
  }, {passive: false});

  window.addEventListener('dragover', (event) => event.preventDefault());
  window.addEventListener('drop', async (event) => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) take(file.name, file);
  });
  /** Takes a scenario file. Its content is only data. */
  async function take(name, blob) {
    quiet();
    if (blob.size > 16e6) return trouble(say('web.too_big', {name}));
    Module.FS.mkdirTree('/dropped');
    const path = '/dropped/' + (name.replace(/[^\p{L}\p{N}._-]/gu, '_') || 'scenario.json');
    Module.FS.writeFile(path, new Uint8Array(await blob.arrayBuffer()));
    call('page_drop', ['string'], path);
    Module.FS.unlink(path);
  }
  Page.take = take;
  if (embedded) {
    const full = document.getElementById('full');
    worded(() => { full.textContent = say('web.open_in_full'); });
    full.hidden = false;
  }
  const exit = document.getElementById('exit');
  worded(() => { exit.textContent = say('web.end_presentation'); });
  exit.onclick = () => { back(); escape(); };
  if (landing) greet(call);
  if (!embedded && 'serviceWorker' in navigator)
    Promise.all(handed).then(() => navigator.serviceWorker.register('service_worker.js')).catch((error) => console.warn(error.message));
  window.addEventListener('popstate', () => { if (location.hash) leaveLanding(), quiet(), call('page_follow', ['string'], location.hash); });
}

function titleOf(scenario) {
  try {
    const {title, id} = JSON.parse(scenario);
    return String(typeof title === 'object' && title !== null ? title[lang] || title.en : title || id).slice(0, 80);
  } catch (error) { return ''; }
}

/** The first sentence for a visitor without a link, and the one thing to do, which the page does itself after two
 *  seconds. */
function greet(call) {
  const box = document.getElementById('landing'), sentence = box.firstElementChild;
  const button = (id, act) => Object.assign(document.getElementById(id), {onclick: act});
  // Once the visitor acts, the page does nothing by itself.
  const touched = (event) => {
    if (event instanceof KeyboardEvent && (theirs(event) || /^(Control|Shift|Alt|Meta|F\d)/.test(event.code))) return;
    clearTimeout(soon);
    untouched = false;
    for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, touched);
    for (const set of words) set();
  };
  const leave = leaveLanding = () => { touched(); box.hidden = true; typing.focus(); };
  const killing = button('kill', () => kill()), again = button('again', () => {
    leave();
    Module.FS.writeFile(kMine, sessions.latest.text);
    call('page_follow', ['string'], '#' + kMine + sessions.latest.rest);
  });
  const learn = button('learn', () => { leave(); call('page_follow', ['string'], '#leader-failover@0s'); });
  const close = button('leave', leave);
  close.textContent = '×';
  worded(() => {
    sentence.textContent = say(killing.hidden ? 'web.has_crashed' : untouched ? 'web.will_crash' : 'web.what_if');
    killing.textContent = say('web.kill');
    learn.textContent = say('web.learn');
    close.ariaLabel = say('ui.twin_close');
    document.getElementById('licences').textContent = say('web.licences');
    again.textContent = say('web.go_on');
    if (sessions.latest) again.title = titleOf(sessions.latest.text) + ', ' + new Date(sessions.latest.at).toLocaleString(lang);
  });
  again.hidden = !sessions.latest;
  const kill = () => {
    clearTimeout(soon);
    call('page_do', ['string'], '{"do": "crash", "node": "broker-1"}');
    killing.hidden = true;
    back();
    for (const set of words) set();
  };
  const soon = setTimeout(kill, 2000);
  offerReading(box.querySelector('a'));
  for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, touched);
  box.hidden = false;
}
